"""Running it: signals, settings, and the commands that need no server."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import unittest

from harness import curl, entity, gateway, process, wait, webhook
from harness.case import Case
from cases.iq import query


class Term(Case):
    """SIGTERM finishes what is in flight and closes the stream."""

    def test_a_waiting_caller_gets_its_answer(self):
        call = self.gateway.call(query(entity.SLOW, self.token))
        wait.until(lambda: self.alice.held == 1, "alice holds it")
        self.gateway.process.send(signal.SIGTERM)
        self.gateway.wait_log("stop|shut|term")
        self.assertFalse(call.done)
        self.alice.release()
        self.assertEqual(call.answer().status, 200)
        self.assertEqual(self.gateway.process.child.wait(wait.DEADLINE), 0)

    def tearDown(self):
        self.assertFalse(self.gateway.process.alive)


class Interrupt(Case):
    """SIGINT, as from Ctrl-C, does the same; idle connections do not hold it up."""

    def test_ends_at_once(self):
        with socket.create_connection(("127.0.0.1", self.gateway.port)):
            self.assertEqual(self.gateway.stop(signal.SIGINT), 0)

    def tearDown(self):
        pass


class Hup(Case):
    """SIGHUP reads tokens and webhooks again; the link stays."""

    sections = {'token "old"': {"secret": "old-secret", "jid": "rest.xmpp.test"}}

    def reload(self):
        seen = self.gateway.log.count("\n")
        self.gateway.write()
        self.gateway.process.send(signal.SIGHUP)
        wait.until(lambda: self.gateway.log.count("\n") > seen, "the log says something of it")

    def message(self, auth):
        return self.gateway.post("<message to='alice@xmpp.test'><body>x</body></message>", auth=auth)

    def test_tokens(self):
        self.status(202, self.message("Bearer old-secret"))
        self.status(403, self.message("Bearer new-secret"))
        self.gateway.sections['token "new"'] = {"secret": "new-secret", "jid": "new@rest.xmpp.test"}
        old = self.gateway.sections.pop('token "old"')
        self.reload()
        self.status(403, self.message("Bearer old-secret"))
        self.status(202, self.message("Bearer new-secret"))
        self.gateway.sections['token "old"'] = old
        self.reload()

    def test_webhooks(self):
        second = webhook.Webhook()
        self.addCleanup(second.close)
        first = self.gateway.sections['hook "main"']["url"]
        self.gateway.sections['hook "main"'].update(url=second.url, format="json")
        self.reload()
        self.alice.send(f"<message to='cat@{self.domain}'><body>{self.token}</body></message>")
        self.assertEqual(second.wait(self.token).json["body"], self.token)
        self.assertEqual(self.hook.requests(self.token), [])
        self.gateway.sections['hook "main"'].update(url=first, format="xml")
        self.reload()

    def test_a_broken_file_changes_nothing(self):
        good = self.gateway.sections['token "old"']
        self.gateway.sections['token "old"'] = {"secret": "x", "jid": "@@", "nonsense": "1"}
        self.reload()
        self.status(202, self.message("Bearer old-secret"))
        self.gateway.sections['token "old"'] = good
        self.reload()


class Deaf(unittest.TestCase):
    """Who reads the log stops reading: nothing waits for it, and later it is told what it missed."""

    def test_a_reader_that_stops(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        gate = gateway.Gateway(wait.free_port(), {"log": {"level": "debug"}})
        child = subprocess.Popen(gate.process.argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=writer, env=process.environment())
        self.addCleanup(child.kill)
        os.close(writer)
        wait.until(lambda: wait.accepts(gate.port), "it listens")
        for _ in range(60):  # of more than 100 bytes of log each
            self.assertEqual(gate.post("<message/>").status, 422)
        read = bytearray(os.read(reader, 65536))
        gate.post("<message/>")
        while b"lines are missing here" not in read:
            read += os.read(reader, 65536)
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(wait.DEADLINE), 0)


GOOD = """[component]
server = 127.0.0.1:5347
domain = rest.xmpp.test
secret = s

[http]
listen = 127.0.0.1:1
"""

# What is wrong, the file, and the line that the message must name (0: none).
BAD = (
    ("an unknown section", GOOD + "[nonsense]\nx = 1\n", 8, "nonsense"),
    ("an unknown key", GOOD.replace("secret = s", "secret = s\nsecrit = s"), 5, "secrit"),
    ("no value", GOOD.replace("secret = s", "secret"), 4, "secret"),
    ("a key before any section", "x = 1\n" + GOOD, 1, "x"),
    ("a section left open", GOOD + "[hook \"a\"\nurl = http://127.0.0.1/\n", 8, "section"),
    ("the same key twice", GOOD + "listen = 127.0.0.1:2\n", 8, "listen"),
    ("no secret", GOOD.replace("secret = s\n", ""), 0, "secret"),
    ("no domain", GOOD.replace("domain = rest.xmpp.test\n", ""), 0, "domain"),
    ("a domain that is none", GOOD.replace("rest.xmpp.test", "a b"), 3, "domain"),
    ("a domain with a user", GOOD.replace("rest.xmpp.test", "a@b"), 3, "domain"),
    ("a server without a port that is a number", GOOD.replace(":5347", ":x"), 2, "server"),
    ("a port out of range", GOOD.replace(":5347", ":70000"), 2, "server"),
    ("a listen address that is none", GOOD.replace("127.0.0.1:1\n", "nowhere\n"), 7, "listen"),
    ("a timeout that is none", GOOD + "iq_timeout = soon\n", 8, "iq_timeout"),
    ("a negative timeout", GOOD + "iq_timeout = -1\n", 8, "iq_timeout"),
    ("a token without address", GOOD + "[token \"a\"]\nsecret = x\n", 0, "jid"),
    ("a token of another domain", GOOD + "[token \"a\"]\nsecret = x\njid = a@other.test\n", 10, "jid"),
    ("a token without secret", GOOD + "[token \"a\"]\njid = rest.xmpp.test\n", 0, "secret"),
    ("two tokens of one name", GOOD + "[token \"a\"]\nsecret = x\njid = rest.xmpp.test\n" * 2, 0, "a"),
    ("a hook without address", GOOD + "[hook \"a\"]\nformat = xml\n", 0, "url"),
    ("a hook with another scheme", GOOD + "[hook \"a\"]\nurl = ftp://x/\n", 9, "url"),
    ("a hook whose address is broken", GOOD + "[hook \"a\"]\nurl = http://\n", 9, "url"),
    ("an unknown format", GOOD + "[hook \"a\"]\nurl = http://x/\nformat = yaml\n", 10, "format"),
    ("unknown kinds", GOOD + "[hook \"a\"]\nurl = http://x/\nkinds = messages\n", 10, "kinds"),
    ("unknown events", GOOD + "[hook \"a\"]\nurl = http://x/\nevents = all of it\n", 10, "events"),
    ("a secret file that is not there", GOOD.replace("secret = s", "secret_file = /nonexistent"), 4, "secret_file"),
    ("a limit that is none", GOOD + "[limits]\nstanza = 1\n", 9, "stanza"),
)


class Commands(unittest.TestCase):
    """check, config, convert."""

    @classmethod
    def setUpClass(cls):
        cls.folder = process.scratch("check")

    def check(self, text, env=None, command="check"):
        path = os.path.join(self.folder, "restanza.conf")
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path, gateway.run(command, "--config", path, env=env)

    def test_a_good_file(self):
        _, done = self.check(GOOD)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_bad_files_are_explained(self):
        for name, text, line, key in BAD:
            for command in ("check", "run"):
                with self.subTest(name, command=command):
                    path, done = self.check(text, command=command)
                    words = (done.stderr + done.stdout).decode()
                    self.assertEqual(done.returncode, 2, words)
                    self.assertIn(key, words)
                    self.assertIn(f"{path}:{line}" if line else path, words)

    def test_a_file_that_is_no_text(self):
        self.assertEqual(self.check(b"\xff\xfe\x00" * 100)[1].returncode, 2)

    def test_a_file_that_is_not_there(self):
        done = gateway.run("check", "--config", "/nonexistent/restanza.conf")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"/nonexistent/restanza.conf", done.stderr + done.stdout)

    def test_the_environment_overrides(self):
        bad = GOOD.replace("secret = s\n", "")
        self.assertEqual(self.check(bad)[1].returncode, 2)
        self.assertEqual(self.check(bad, {"RESTANZA_COMPONENT_SECRET": "s"})[1].returncode, 0)
        self.assertEqual(self.check(GOOD, {"RESTANZA_HTTP_LISTEN": "nowhere"})[1].returncode, 2)

    def test_secrets_from_files(self):
        path = os.path.join(self.folder, "secret")
        with open(path, "w", encoding="utf-8") as file:
            file.write("from a file\n")
        self.assertEqual(self.check(GOOD.replace("secret = s", f"secret_file = {path}"))[1].returncode, 0)

    def test_the_sample_documents_every_key(self):
        done = gateway.run("config", "--sample")
        self.assertEqual(done.returncode, 0, done.stderr)
        for word in ("[component]", "server", "domain", "secret", "secret_file", "[http]", "listen", "iq_timeout",
                     "token", "jid", "hook", "url", "format", "kinds", "events"):
            self.assertIn(word, done.stdout.decode())

    def test_unknown_arguments(self):
        for arguments in (("nonsense",), ("run", "--nonsense"), ("convert", "--from", "yaml", "--to", "json")):
            with self.subTest(arguments):
                self.assertEqual(gateway.run(*arguments).returncode, 2)

    def test_help_and_version(self):
        for option in ("--help", "--version"):
            done = gateway.run(option)
            self.assertEqual(done.returncode, 0)
            self.assertIn(b"restanza", done.stdout)


class Convert(unittest.TestCase):
    """convert: standard input to standard output."""

    def convert(self, source, target, text, *more):
        return gateway.run("convert", "--from", source, "--to", target, *more, stdin=text)

    def test_both_ways(self):
        done = self.convert("json", "xml", '{"to":"a@b","body":"<\\ud83d\\ude00"}')
        self.assertEqual(done.returncode, 0, done.stderr)
        back = self.convert("xml", "json", done.stdout)
        self.assertEqual(back.returncode, 0, back.stderr)
        got = json.loads(back.stdout)
        self.assertEqual((got["to"], got["body"]), ("a@b", "<😀"))

    def test_a_broken_payload(self):
        done = self.convert("xml", "json", "<message><body></message>")
        self.assertNotEqual(done.returncode, 0)
        self.assertTrue(done.stderr)

    def test_line_by_line(self):
        lines = ['<message to="a@b"><body>x</body></message>', "<message>", "<massage/>"]
        done = self.convert("xml", "json", "".join(json.dumps(line) + "\n" for line in lines), "--ndjson")
        good, broken, unknown = [json.loads(line) for line in done.stdout.decode().splitlines()]
        self.assertEqual(json.loads(good["ok"])["body"], "x")
        self.assertEqual(broken["error"]["condition"], "not-well-formed")
        self.assertEqual(unknown["error"]["condition"], "unsupported-stanza-type")


class Secrets(Case):
    """Secrets of tokens come from files, the component's from the environment."""

    @classmethod
    def setUpClass(cls):
        path = os.path.join(process.scratch("secrets"), "token")
        with open(path, "w", encoding="utf-8") as file:
            file.write("kept-in-a-file\n")
        cls.sections = {'token "file"': {"secret_file": path, "jid": "rest.xmpp.test"}}
        super().setUpClass()

    def test_a_token_from_a_file(self):
        answer = self.gateway.post("<message to='alice@xmpp.test'><body>x</body></message>", curl.XML,
                                   auth="Bearer kept-in-a-file")
        self.status(202, answer)
