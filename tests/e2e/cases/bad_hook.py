"""A webhook that lies, stalls or drips: the sender gets an error, the log names the hook, the next stanza is served."""

import signal
import time

from harness import gateway, rawhook, wait, xml
from harness.case import Case

JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def says(data):
    """Writes those bytes and closes."""
    return lambda connection: connection.sendall(data)


def stalls(first=b""):
    """Writes that, then nothing for long."""
    def behave(connection):
        connection.sendall(first)
        time.sleep(20)
    return behave


def drips(data):
    """A byte from time to time, without end."""
    def behave(connection):
        for _ in range(200):
            for byte in data:
                connection.sendall(bytes([byte]))
                time.sleep(0.1)
    return behave


def floods(head, piece):
    """Far more than anybody takes."""
    def behave(connection):
        connection.sendall(head)
        for _ in range(200000):
            connection.sendall(piece)
    return behave


class Lies(Case):
    """Rows of behaviours; each sender gets an error stanza with its id."""

    format = None

    @classmethod
    def setUpClass(cls):
        cls.raw = rawhook.RawHook()
        cls.addClassCleanup(cls.raw.close)
        cls.sections = {'hook "liar"': {"url": cls.raw.url, "format": "json", "attempts": "1", "breaker": "0", "redirects": "2"},
                        "limits": {"call_time": "1500"}}
        super().setUpClass()

    def rows(self):
        readable = b'{"kind":"message","body":"tall tale"}'
        return (
            ("closes at once", says(b""), None),
            ("no HTTP", says(b"220 smtp ready\r\n\r\n"), None),
            ("garbage", says(bytes(range(256)) * 8), None),
            ("half a head", says(b"HTTP/1.1 200 OK\r\nContent-Ty"), None),
            ("shorter than said", says(JSON_HEAD + b"Content-Length: 500\r\n\r\n" + readable), None),
            ("two lengths", says(JSON_HEAD + b"Content-Length: 31\r\nContent-Length: 5\r\n\r\n" + readable), None),
            ("a negative length", says(JSON_HEAD + b"Content-Length: -5\r\n\r\n" + readable), None),
            ("an endless length", says(JSON_HEAD + b"Content-Length: 99999999999999999999\r\n\r\n" + readable), None),
            ("broken chunks", says(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + readable), None),
            ("chunks cut off", says(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n1f\r\n" + readable[:10]), None),
            ("unknown coding", says(JSON_HEAD + b"Transfer-Encoding: gzip\r\n\r\n" + readable), None),
            ("1xx without end", floods(b"", b"HTTP/1.1 102 Processing\r\n\r\n"), None),
            ("headers without end", floods(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), None),
            ("body without end", floods(JSON_HEAD + b"\r\n", b"x" * 65536), None),
            ("a redirect in a loop", says(b"HTTP/1.1 307 Again\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), "undefined-condition"),
            ("a redirect elsewhere", says(b"HTTP/1.1 302 There\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"),
             "undefined-condition"),
            ("another protocol", says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), None),
            ("a reset within the body", rawhook.resets(JSON_HEAD + b"Content-Length: 500\r\n\r\n{"), "recipient-unavailable"),
            ("a reset without a length", rawhook.resets(JSON_HEAD + b"\r\n{"), "recipient-unavailable"),
            ("no answer", stalls(), "remote-server-timeout"),
            ("no end of the head", stalls(b"HTTP/1.1 200 OK\r\n"), "remote-server-timeout"),
            ("no end of the body", stalls(JSON_HEAD + b"Content-Length: 500\r\n\r\n{"), "remote-server-timeout"),
            ("a dripping head", drips(b"HTTP/1.1 200 OK\r\nX: y\r\n"), "remote-server-timeout"),
            ("a dripping body", lambda c: (c.sendall(JSON_HEAD + b"\r\n"), drips(b" ")(c)), "remote-server-timeout"),
        )

    def send(self, name):
        self.alice.send(f"<message to='cat@{self.domain}' id='{name}' type='chat'><body>{name}</body></message>")

    def test_rows(self):
        for number, (name, behaviour, condition) in enumerate(self.rows()):
            with self.subTest(name):
                token = f"{self.token}-{number}."
                self.raw.on(token, behaviour)
                self.send(token)
                got = self.alice.wait(lambda s, token=token: s.get("id") == token)
                self.assertEqual(got.get("type"), "error", xml.show(got))
                if condition:
                    self.assertEqual(xml.error(got)[1], condition)
        self.gateway.wait_log("liar")
        self.assertEqual(self.alice.stanzas("tall tale"), [])

    def test_an_answer_that_cannot_be_read(self):
        rows = (
            ("broken JSON", b"application/json", b'{"kind":"message","body":"tall tale"'),
            ("another kind", b"application/json", b'{"kind":"presence","status":"tall tale"}'),
            ("broken XML", b"application/xmpp+xml", b"<message><body>tall tale</message>"),
            ("two stanzas", b"application/xmpp+xml", b"<message><body>tall tale</body></message><message/>"),
            ("XML to close the stream", b"application/xmpp+xml", b"</stream:stream>"),
            ("compressed unasked", b"application/json\r\nContent-Encoding: gzip", b"\x1f\x8b\x08tall tale"),
        )
        for number, (name, media, body) in enumerate(rows):
            with self.subTest(name):
                token = f"{self.token}-{number}."
                head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: " + media + b"\r\n\r\n"
                self.raw.on(token, says(head + body))
                before, lines = len(self.alice.received), self.gateway.log.count("liar")
                self.send(token)
                wait.until(lambda before=before: len(self.alice.received) > before, "something comes back")
                wait.until(lambda lines=lines: self.gateway.log.count("liar") > lines, "the log names the hook")
        self.assertEqual(self.alice.stanzas("tall tale"), [])

    def test_others_are_served_while_one_stalls(self):
        self.raw.on(f"{self.token}-stalls", stalls())
        self.raw.on(f"{self.token}-good", says(JSON_HEAD + b'\r\n{"body":"' + self.token.encode() + b'-answer"}'))
        self.send(f"{self.token}-stalls")
        wait.until(lambda: any(f"{self.token}-stalls".encode() in r for r in self.raw.seen), "the hook is called")
        self.other.send(f"<message from='bob@other.xmpp.test' to='cat@{self.domain}'><body>{self.token}-good</body></message>")
        self.other.wait(f"{self.token}-answer")
        self.alice.wait(lambda s: s.get("id") == f"{self.token}-stalls" and s.get("type") == "error")

    def test_a_flood_costs_no_memory(self):
        before = self.gateway.process.memory()
        self.raw.on(self.token, floods(JSON_HEAD + b"\r\n", b"x" * 65536))
        self.send(self.token)
        self.alice.wait(lambda s: s.get("id") == self.token)
        self.assertLess(self.gateway.process.memory() - before, 4 << 20)


class Nobody(Case):
    """No webhook listens there."""

    format = None
    sections = {'hook "gone"': {"url": "http://127.0.0.1:9/", "format": "xml", "attempts": "2", "wait": "0.1", "breaker": "0"}}

    def test_the_sender_is_told(self):
        for kind in ("<message to='cat@{0}' id='{1}'><body>x</body></message>",
                     "<iq type='get' to='cat@{0}' id='{1}'><query xmlns='urn:example:x'/></iq>"):
            with self.subTest(kind):
                self.setUp()
                self.alice.send(kind.format(self.domain, self.token))
                got = self.alice.wait(lambda s: s.get("id") == self.token)
                self.assertEqual(xml.error(got)[:2], ("wait", "recipient-unavailable"))
        self.gateway.wait_log("gone")

    def test_an_error_is_not_answered_with_an_error(self):
        self.alice.send(f"<iq type='result' to='cat@{self.domain}' id='{self.token}'/>")
        self.alice.send(f"<message to='cat@{self.domain}' id='after{self.token}'><body>x</body></message>")
        self.alice.wait(lambda s: s.get("id") == f"after{self.token}")
        self.assertEqual(self.alice.stanzas(lambda s: s.get("id") == self.token), [])


class Restarted(Case):
    """A webhook that was away for a while, with a kept connection that has gone stale."""

    protocol = "HTTP/1.1"

    def test_a_stale_connection_is_not_the_senders_trouble(self):
        raw = rawhook.RawHook()
        self.addCleanup(raw.close)
        # Keeps the connection by its words, and closes it all the same.
        raw.on("", says(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nfine"))
        self.gateway.sections['hook "main"']["url"] = raw.url
        self.gateway.write()
        self.gateway.process.send(signal.SIGHUP)
        self.gateway.wait_log(gateway.RELOADED)

        def fine():
            return len(self.alice.stanzas(lambda s: xml.text(s, "body") == "fine"))

        for number in range(10):
            self.alice.send(f"<message to='cat@{self.domain}' id='{self.token}-{number}'><body>x</body></message>")
            wait.until(lambda number=number: fine() == number + 1, f"answer {number}")
        self.assertEqual(self.alice.stanzas(lambda s: s.get("type") == "error" and self.token in (s.get("id") or "")), [])
