"""The program under test, started as a user would: `restanza run --config FILE`."""

import functools
import os
import re
import signal
import subprocess

from . import curl, process, server, wait

# What the log says, as patterns: the only place that knows its words.
CONNECTED = re.compile(r"(?m)^.* link of \S+: up\b.*$")
# Every stream that was up and ended has one such line; so has every attempt that failed, with other words in front.
LOST = re.compile(r"(?m)^.* link of \S+: (?:closed|broken|dead|the server closed the connection;).*$")
RELOADED = r"\b(reload(ed)?|re-?read|in force)\b"


def binary():
    """The program: RESTANZA_BINARY, or cargo's debug build."""
    here = os.path.dirname(os.path.abspath(__file__))
    built = os.path.join(here, "..", "..", "..", "target", "debug", "restanza")
    return os.path.abspath(os.environ.get("RESTANZA_BINARY", built))


def quoted(sections):
    """The text of a configuration: {"section": {"key": value}}."""
    lines = []
    for name, keys in sections.items():
        lines += [f"[{name}]", *(f"{key} = {value}" for key, value in keys.items()), ""]
    return "\n".join(lines)


def run(*arguments, stdin="", env=None):
    """Runs the program to its end; for `check`, `config` and `convert`."""
    return subprocess.run(
        [binary(), *arguments], input=stdin if isinstance(stdin, bytes) else stdin.encode(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=process.environment(env), timeout=wait.DEADLINE,
    )


@functools.cache
def limit(name):
    """What the program says of one of its limits, which differ from board to board."""
    table = run("limits").stdout.decode()
    return int(re.search(rf"(?m)^{name} +(\d+)", table)[1])


class Gateway:
    """A running restanza. `sections` are added to, or change, what it needs at least; PORT in listen is its own."""

    def __init__(self, component_port, sections=None, domain="rest.xmpp.test", secret=None, env=None):
        self.domain = domain
        self.secret = secret or server.COMPONENTS[domain]
        self.port = wait.free_port()
        self.sections = {
            "component": {"server": f"127.0.0.1:{component_port}", "domain": domain, "secret": self.secret},
            "http": {"listen": f"127.0.0.1:{self.port}"},
        }
        for name, keys in (sections or {}).items():
            self.sections[name] = {**self.sections.get(name, {}), **keys}
        self.sections["http"]["listen"] = self.sections["http"]["listen"].replace("PORT", str(self.port))
        folder = process.scratch("gateway")
        self.config = os.path.join(folder, "restanza.conf")
        self.write()
        self.process = process.Process("restanza", [binary(), "run", "--config", self.config], folder, env)

    def write(self):
        """Writes the configuration as it now is."""
        with open(self.config, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(quoted(self.sections))

    def start(self, connected=True):
        """Starts it; comes back when it takes requests and, unless told otherwise, has its link."""
        seen = self.connects if connected and self.process.child else 0
        self.process.start()
        wait.until(lambda: wait.accepts(self.port) or not self.process.alive, lambda: f"it listens:\n{self.log}")
        if not self.process.alive:
            raise AssertionError(f"restanza ended with {self.process.child.returncode}:\n{self.log}")
        if connected:
            self.wait_connects(seen + 1)
        return self

    def stop(self, number=signal.SIGTERM):
        """Asks it to end, gives the exit status."""
        return self.process.stop(number)

    @property
    def log(self):
        """All its log lines so far."""
        return self.process.output() if os.path.exists(self.process.path) else ""

    @property
    def connects(self):
        """How often it said that it has a link."""
        return len(CONNECTED.findall(self.log))

    @property
    def losses(self):
        """How often it said that the link is gone."""
        return len(LOST.findall(self.log))

    def wait_connects(self, count, deadline=wait.DEADLINE):
        """Until it has said for the `count`th time that it has a link."""
        wait.until(lambda: self.connects >= count, lambda: f"connect number {count} is in the log:\n{self.log[-3000:]}",
                   deadline)

    def wait_log(self, pattern, deadline=wait.DEADLINE):
        """Until a log line matches; gives the line."""
        compiled = re.compile(f"(?mi)^.*(?:{pattern}).*$")
        return wait.until(lambda: compiled.search(self.log),
                          lambda: f"a line like {pattern!r} is in the log:\n{self.log[-3000:]}", deadline).group()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/rest"

    @property
    def credentials(self):
        """The component's own: its domain and secret."""
        return curl.basic(self.domain, self.secret)

    def call(self, body=None, media=curl.XML, path="", headers=None, options=(), auth=True, **more):
        """Starts a POST by curl; `answer()` of it waits."""
        sent = {"Content-Type": media, "Expect": None}
        if auth:
            sent["Authorization"] = self.credentials if auth is True else auth
        return curl.Call(self.url + path, body, {**sent, **(headers or {})}, *options, **more)

    def post(self, body=None, *arguments, **more):
        """The same, with the answer."""
        return self.call(body, *arguments, **more).answer()
