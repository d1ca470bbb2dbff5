"""Broken HTTP: the right status, the connection closed where its framing is in doubt, and nobody else disturbed."""

import socket
import time

from harness import curl, wait
from harness.case import Case

GOOD = "<message to='alice@xmpp.test'><body>x</body></message>"


class Requests(Case):
    """Raw bytes; each ends with the connection closed by restanza."""

    sections = {"limits": {"head_time": "1000", "body_time": "1000", "idle_time": "1000", "connections": "8"}}

    def request(self, *lines, body=GOOD, line="POST /rest HTTP/1.1", host="Host: x"):
        head = [line, host, f"Authorization: {self.gateway.credentials}", "Content-Type: application/xmpp+xml", *lines]
        return "\r\n".join(filter(None, head)).encode() + b"\r\n\r\n" + (body if isinstance(body, bytes) else body.encode())

    def rows(self):
        length = f"Content-Length: {len(GOOD)}"
        smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        return (
            ("two different lengths", self.request("Content-Length: 0", length), [400]),
            ("the same length twice", self.request(length, length), [400]),
            ("a list of lengths", self.request(f"Content-Length: {len(GOOD)}, {len(GOOD)}"), [400]),
            ("a length with a sign", self.request(f"Content-Length: +{len(GOOD)}"), [400]),
            ("a negative length", self.request("Content-Length: -1"), [400]),
            ("a length of letters", self.request("Content-Length: ten"), [400]),
            ("an endless length", self.request("Content-Length: 99999999999999999999999999"), [400, 413]),
            ("length and chunks", self.request(length, "Transfer-Encoding: chunked", body=smuggled), [400]),
            ("unknown coding", self.request("Transfer-Encoding: xchunked", body=smuggled), [400, 501]),
            ("coding in front", self.request("Transfer-Encoding: gzip, chunked", body=smuggled), [400, 501]),
            ("chunked twice", self.request("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=smuggled), [400, 501]),
            ("broken chunk size", self.request("Transfer-Encoding: chunked", body="zz\r\nxx\r\n0\r\n\r\n"), [400]),
            ("huge chunk size", self.request("Transfer-Encoding: chunked", body="fffffffffffffffff\r\nx"), [400, 413]),
            ("chunk longer than said", self.request("Transfer-Encoding: chunked", body="2\r\nabcdef\r\n0\r\n\r\n"), [400]),
            ("folded header", self.request(length, "X: a\r\n b"), [400]),
            ("space before the colon", self.request("Content-Length : 5"), [400]),
            ("no name", self.request(length, ": x"), [400]),
            ("control in a header", self.request(length, "X: a\x01b"), [400]),
            ("no host", self.request(length, host=""), [400]),
            ("two hosts", self.request(length, "Host: y"), [400]),
            ("no method", self.request(length, line="/rest"), [400]),
            ("another protocol", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 500, [400]),
            ("XMPP", b"<?xml version='1.0'?><stream:stream to='xmpp.test'>\r\n\r\n", [400]),
            ("HTTP/2 by prior knowledge", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400, 505]),
            ("an unknown version", self.request(length, line="POST /rest HTTP/3.7"), [400, 505]),
            ("CONNECT", self.request(line="CONNECT x:1 HTTP/1.1", body=""), [400, 405, 501]),
            ("head too large", self.request("X: " + "x" * 20000), [431]),
            ("line too long", self.request(line=f"POST /{'x' * 20000} HTTP/1.1"), [414, 431]),
            ("too many headers", self.request(*[f"X{n}: y" for n in range(200)]), [431]),
            ("head that does not end", b"POST /rest HTTP/1.1\r\nHost: x\r\n", [408]),
            ("body that does not end", self.request(f"Content-Length: {len(GOOD) + 5}"), [408]),
            ("chunks that do not end", self.request("Transfer-Encoding: chunked", body="5\r\n<mess\r\n"), [408]),
        )

    def test_rows(self):
        for name, data, wanted in self.rows():
            with self.subTest(name):
                got = curl.raw(self.gateway.port, data)
                found = curl.statuses(got)
                self.assertEqual(len(found), 1, got[:500])
                self.assertIn(found[0], wanted, got[:500])
        self.status(202, self.gateway.post(GOOD))

    def test_a_caller_that_leaves_in_the_middle(self):
        for data in (b"", b"POST", self.request("Content-Length: 500"), self.request("Transfer-Encoding: chunked", body="5\r\n<")):
            curl.raw(self.gateway.port, data, finish=True)
        self.status(202, self.gateway.post(GOOD))

    def test_a_head_of_many_megabytes_costs_nothing(self):
        before = self.gateway.process.memory()
        with socket.create_connection(("127.0.0.1", self.gateway.port), timeout=wait.DEADLINE) as s:
            try:
                for _ in range(64):
                    s.sendall(b"x" * (1 << 20))
            except OSError:
                pass
        self.assertLess(self.gateway.process.memory() - before, 4 << 20)
        self.status(202, self.gateway.post(GOOD))

    def test_more_connections_than_places(self):
        idle = [socket.create_connection(("127.0.0.1", self.gateway.port)) for _ in range(8)]
        try:
            # They say nothing, so their places come back in a second; until then one more is told to come again.
            got = curl.raw(self.gateway.port, self.request(f"Content-Length: {len(GOOD)}", "Connection: close"))
            self.assertIn(curl.statuses(got), ([503], [202]), got[:300])
            if curl.statuses(got) == [503]:
                self.assertIn(b"retry-after:", got.lower())
        finally:
            for s in idle:
                s.close()
        wait.until(lambda: self.gateway.post(GOOD).status == 202, "there is a place again")

    def test_a_dripping_caller_is_ended(self):
        with socket.create_connection(("127.0.0.1", self.gateway.port), timeout=wait.DEADLINE) as s:
            end = time.monotonic() + wait.DEADLINE
            try:
                for byte in self.request(f"Content-Length: {len(GOOD)}") * 10:
                    s.sendall(bytes([byte]))
                    time.sleep(0.1)
                    self.assertLess(time.monotonic(), end, "still open")
            except OSError:
                return
            self.fail("it took the whole drip")


class Routes(Case):
    """Paths and methods."""

    def test_rows(self):
        rows = (
            ("GET", "", 301), ("PUT", "", 405), ("DELETE", "", 405),
            ("GET", "/../../etc/passwd", 400), ("POST", "x", 404), ("POST", "/nonsense/chat/alice@xmpp.test", 400),
        )
        for method, path, status in rows:
            with self.subTest(method=method, path=path):
                options = ("-X", method, "--path-as-is")
                answer = self.status(status, self.gateway.post("x", curl.TEXT, path=path, options=options))
                if status == 405:
                    self.assertIn("POST", answer.headers["allow"])

    def test_errors_come_in_the_format_of_the_request(self):
        for media, wanted in ((curl.JSON, curl.JSON), (curl.XML, curl.XML), (curl.TEXT, curl.JSON)):
            with self.subTest(media):
                self.assertEqual(self.status(401, self.gateway.post("x", media, auth=None)).type, wanted)
