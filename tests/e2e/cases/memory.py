"""The memory that `restanza limits` promises, against that of a gateway whose every buffer is full at once."""

import concurrent.futures
import configparser
import os
import re
import socket
import ssl
import threading
import unittest

from harness import certs, fakeserver, gateway, rawhook, tlsproxy, wait

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
# How many callers there may be in addition who are about to hear that there is no room.
REFUSALS = 32
# Nothing may give up while the buffers fill.
PATIENT = {
    "head_time": 600000, "body_time": 600000, "request_time": 3600000, "idle_time": 3600000, "write_time": 600000,
    "call_time": 600000, "link_silent_time": 3600000, "link_confirm_time": 3600000, "link_doubt_time": 600000,
    "link_ping_time": 600000,
}


def profile(board):
    """The limits of a board: those of the README's table, and what its file says on top; whatever the binary's are."""
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
        table = file.read().partition("<!-- limits -->")[2].partition("<!-- /limits -->")[0]
    file = configparser.ConfigParser()
    file.read(os.path.join(TOP, "boards", f"{board}.board"), encoding="utf-8")
    return dict(re.findall(r"(?m)^\| `(\w+)` \| (\d+)", table)) | dict(file["limits"])


class Caller:
    """A kept connection."""

    def __init__(self, gate, context=None):
        self.gate = gate
        self.socket = socket.create_connection(("127.0.0.1", gate.port), timeout=wait.DEADLINE)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    def head(self, path, length, media, more=""):
        return (f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {self.gate.credentials}\r\n{more}"
                f"Content-Type: {media}\r\nContent-Length: {length}\r\n\r\n").encode()

    def send(self, path, body, media="application/xmpp+xml", more=""):
        self.socket.sendall(self.head(path, len(body), media, more) + body)

    def answer(self):
        """The status and the length of one answer."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.socket.recv(65536)
            assert piece, "the connection was closed"
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = int((re.search(rb"(?i)content-length: *(\d+)", head) or [0, 0])[1])
        while len(body) < length:
            body += self.socket.recv(65536)
        return int(head.split()[1]), length

    def post_or_hang(self, *arguments):
        """The status, or none when there is no answer yet."""
        self.send(*arguments)
        self.socket.settimeout(2)
        try:
            return self.answer()[0]
        except TimeoutError:
            return None

    def refusal(self):
        """What came instead of silence."""
        self.socket.settimeout(1)
        return self.socket.recv(65536)

    def post(self, *arguments, **more):
        self.send(*arguments, **more)
        return self.answer()


class Full(unittest.TestCase):
    """Every buffer of the router's profile, to its last bytes."""

    context = None  # of callers that speak TLS

    def encrypted(self):
        """What the settings need for TLS on all lines, as sections; none here."""
        return {}

    def link(self, port):
        """Where the daemon finds the server of that port."""
        return port

    def stop_reading(self):
        """From now on nothing is taken from the link."""
        self.deaf.set()

    def endpoint(self, hook):
        """The URL of the webhook."""
        return hook.url

    def caller(self):
        return Caller(self.gate, self.context)

    def overfill(self, callers):
        """What there is beside our own buffers."""

    def serve(self, peer):
        """A server that reads until it is told to stop, and never answers an iq."""
        peer.open()
        self.peer = peer
        peer.connection.settimeout(0.1)
        while not self.deaf.is_set():
            try:
                if not peer.connection.recv(65536):
                    return
            except TimeoutError:
                pass
        self.over.wait()

    def hang(self, connection):
        """An answer whose end never comes."""
        length = int(self.limits["reply"]) - 512
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % length)
        connection.sendall(b"r" * (length - 1))
        self.over.wait()

    def say(self, to, size, n=0):
        body = "m" * size
        self.peer.send(f"<message from='s{n}@xmpp.test' to='{to}@rest.xmpp.test'><body>{body}</body></message>")

    def used(self):
        """What `restanza limits` says is used, and in all; with its whole text."""
        done = gateway.run("limits", "--config", self.gate.config)
        text = done.stdout.decode()
        self.assertEqual(done.returncode, 0, done.stderr)
        used = {found[1]: int(found[2]) for found in re.finditer(r"(?m)^(\w+) +\d+ +(?:bytes|ms)? +(\d+) used now\.", text)}
        parts = {found[2]: int(found[1]) for found in re.finditer(r"(?m)= +(\d+)  (.+)$", text)}
        return used, parts, text

    def status(self):
        with open(f"/proc/{self.gate.process.pid}/status", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file)
        return {key: int(fields[key].split()[0]) * 1024 for key in ("VmHWM", "VmRSS", "RssAnon", "RssFile")}

    def test_the_sum_holds_and_is_no_more_than_half_too_large(self):
        self.limits = profile("router-arm")
        limit = {name: int(value) for name, value in self.limits.items()}
        self.deaf, self.over = threading.Event(), threading.Event()
        self.addCleanup(self.over.set)
        server = fakeserver.FakeServer(self.serve)
        self.addCleanup(server.close)
        hook = rawhook.RawHook()
        self.addCleanup(hook.close)
        hook.on("mmmm", self.hang)
        sections = {"limits": {**self.limits, **PATIENT}, **self.encrypted()}
        sections["http"] = {"proxies": "127.0.0.1", "iq_timeout": 3000, "iq_timeout_max": 3000, **sections.get("http", {})}
        url = self.endpoint(hook)
        for name in ("prompt", *(f"unknown{n}" for n in range(limit["slow_calls"]))):
            sections[f'hook "{name}"'] = {"url": url, "format": "xml", "to": f"{name}@", "at_once": 16, "timeout": 600,
                                          "queue": 256, "queue_bytes": limit["queue"], **sections.get("hook", {})}
        sections.pop("hook", None)
        self.gate = gate = gateway.Gateway(self.link(server.port), sections, secret="s").start()
        self.addCleanup(gate.process.kill)
        idle = self.status()

        # Logins that failed, from as many addresses as are remembered.
        # Some places stay free at first: with all taken, an idle connection would give way to who asks for the use.
        callers = [self.caller() for _ in range(limit["connections"] - 4)]
        for n in range(64):
            callers[0].socket.sendall(f"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.0.{n}\r\n"
                                      "Authorization: Bearer wrong\r\n\r\n".encode())
            self.assertEqual(callers[0].answer()[0], 403)
        # The workbench: a form of which every byte becomes several. Then an answer as large as they come, to everybody.
        form = b"to=a%40b&body=" + b"%26" * ((limit["body"] - 100) // 3)
        callers[0].post("/rest/echo", form, "application/x-www-form-urlencoded")
        echo = f"<message to='a@b'><body>{'e' * (limit['answer'] - 2500)}</body></message>".encode()
        for caller in callers:
            status, length = caller.post("/rest/echo", echo)
            self.assertEqual(status, 200)
            self.assertGreater(length, limit["answer"] * 0.9)
        # Calls that hang with a full answer, as many as there may be. A stanza stays in the queue while it is in a call,
        # so they fill that, too.
        self.say("prompt", 3)
        wait.until(lambda: b"</message>" in b"".join(hook.seen), "the prompt hook is known as such")
        calls = limit["calls"] + limit["slow_calls"]
        for n in range(limit["slow_calls"]):
            self.say(f"unknown{n}", 500, n)
        wait.until(lambda: len(hook.seen) == 1 + limit["slow_calls"], lambda: f"slow calls:\n{gate.log[-2000:]}")
        for n in range(limit["calls"]):
            self.say("prompt", 20000, 100 + n)
        wait.until(lambda: len(hook.seen) == 1 + calls, lambda: f"{calls} calls:\n{gate.log[-2000:]}")
        sender = iter(range(200, 1000))
        wait.until(lambda: self.say("prompt", 3000, next(sender)) or "hook prompt: the queue is full" in gate.log, "a full queue")
        # The waiting, each with a body that is nearly as large as they come.
        query = "<iq type='get' to='x@xmpp.test' id='q{:02}'><query xmlns='a:b'>{}</query></iq>"
        waiting = 48
        for n, caller in enumerate(callers[:waiting]):
            # One by one, for what goes to the server is bounded, too.
            caller.send("/rest", query.format(n, "q" * (limit["body"] - 200)).encode())
            wait.until(lambda n=n: {"waiting": n + 1, "outgoing": 0}.items() <= self.used()[0].items(), lambda: f"{n + 1} wait: {caller.refusal()}")
        # A server that reads no more; then what goes to it piles up here.
        self.stop_reading()
        text = f"<message to='a@xmpp.test'><body>{'o' * (limit['body'] - 200)}</body></message>".encode()
        sending = 0
        for caller in callers[waiting:]:
            # An answer comes once the stanza is written, or when there is no room for it.
            while (status := caller.post_or_hang("/rest", text)) == 202:
                pass
            if status == 503:
                break
            sending += 1
        # And what comes from it has no end.
        self.peer.connection.settimeout(wait.DEADLINE)
        self.peer.send("<message><body>" + "i" * 65000)
        late = [self.caller() for _ in range(3)]
        for caller in callers[waiting + sending:] + late:
            caller.socket.sendall(caller.head("/rest", limit["body"], "text/plain", "X-Pad: " + "p" * 3000 + "\r\n")
                                  + b"b" * (limit["body"] - 1))

        used, parts, text = self.used()
        self.assertGreaterEqual(used["connections"], limit["connections"] - 1, used)  # who asks may take the last one
        self.assertEqual((used["waiting"], used["login_addresses"]), (waiting, 64), used)
        self.assertGreater(used["outgoing"], limit["outgoing"] * 0.7)
        self.assertGreater(used["queue"], limit["queue"] * 0.7)
        self.assertEqual(used["calls"], calls, used)
        for caller in callers + late:
            self.addCleanup(caller.socket.close)
        print(f"\nfull, but for what TLS holds {self.status()}" if self.context else "")
        self.overfill(callers + late)
        now = self.status()
        total = parts["in all"]
        print(f"\n{text[text.index('memory at most'):]}idle {idle}\nfull {now}\nused {used}")
        self.assertLessEqual(now["VmHWM"], total)
        own = total - parts["the program, were all of it in memory"]
        self.assertLess(own, 1.5 * (now["VmHWM"] - now["RssFile"]))


class FullEncrypted(Full):
    """The same with TLS on every line, which then holds all it can as well. Needs a build with `tls`."""

    def encrypted(self):
        made = certs.Authority("full")
        self.good = made.pair("good")
        self.context = ssl.create_default_context(cafile=made.cert)
        return {"http": {"tls_cert": self.good.cert, "tls_key": self.good.key},
                "component": {"tls": "yes", "tls_ca": made.cert}, "hook": {"tls_ca": made.cert},
                # `restanza limits` asks here.
                "metrics": {"listen": f"127.0.0.1:{wait.free_port()}"}}

    def proxy(self, port):
        proxy = tlsproxy.TlsProxy(port, self.good)
        self.addCleanup(proxy.close)
        return proxy

    def link(self, port):
        self.before_link = self.proxy(port)
        return self.before_link.port

    def stop_reading(self):
        super().stop_reading()
        self.before_link.attentive.clear()

    def endpoint(self, hook):
        return f"https://127.0.0.1:{self.proxy(hook.port).port}/"

    def overfill(self, callers):
        """New callers in the place of all: each asks for much more than it reads. Then some in a handshake without end."""
        for caller in callers:
            caller.socket.close()
        self.before_link.attentive.set()
        wait.until(lambda: self.used()[0]["connections"] <= 1, "they are gone")  # but for who asks
        with concurrent.futures.ThreadPoolExecutor(16) as several:
            lines = list(several.map(self.stuck, range(int(self.limits["connections"]) - 1)))
        # Whoever takes the last place drives out one that has not logged in yet.
        lines.append(self.stuck(None))
        endless = []
        for _ in range(REFUSALS):
            endless.append(socket.create_connection(("127.0.0.1", self.gate.port), timeout=wait.DEADLINE))
            endless[-1].sendall(HELLO)
        for line in lines + endless:
            self.addCleanup(line.close)
        # They are waited for for a second; what they held is in the peak.
        wait.until(lambda: sum(map(cut_off, endless)) >= REFUSALS - 1, lambda: sum(map(cut_off, endless)))

    def stuck(self, _):
        """A caller that asks again and again, and does not read."""
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(wait.DEADLINE)
        line.connect(("127.0.0.1", self.gate.port))
        line = self.context.wrap_socket(line, server_hostname="localhost")
        one = f"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: {self.gate.credentials}\r\n\r\n".encode()
        # Whole records.
        some = one * (16384 // len(one))
        line.settimeout(1)
        try:
            while True:
                line.sendall(some)
        except TimeoutError:
            return line


def cut_off(line):
    """Whether the other side has closed."""
    line.settimeout(0.01)
    try:
        while line.recv(100):
            pass
    except TimeoutError:
        return False
    except ConnectionResetError:
        pass
    return True


# 23 KB of a message of 60 KB that opens a handshake (RFC 8446 section 4), in two records.
HELLO = b"".join(b"\x16\x03\x01" + len(part).to_bytes(2, "big") + part
                 for part in (b"\x01\x00\xf0\x00" + b"h" * 11000, b"h" * 11990))

