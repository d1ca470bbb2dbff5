"""Endpoints that misbehave: the table of tests/cases/misbehaving, row by row, all at once, over one gateway."""

import os
import re
import ssl
import time

from harness import rawhook, wait, xml
from harness.case import Case
from harness.listener import Listener
from cases.tls import World_of_certificates

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "cases", "misbehaving", "README.md")

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
FINE = OK + b"Content-Length: 4\r\n\r\nfine"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def says(data):
    return lambda line: line.sendall(data)


def then_waits(data=b""):
    def behave(line):
        line.sendall(data)
        time.sleep(10)
    return behave


def drips(start, data):
    def behave(line):
        line.sendall(start)
        for byte in data:
            line.sendall(bytes([byte]))
            time.sleep(1)
    return behave


def floods(start, piece):
    def behave(line):
        line.sendall(start)
        for _ in range(64 << 20 >> 12):
            line.sendall(piece)
    return behave


def notified(line):
    line.sendall(OK + b"\r\nfine")
    line.unwrap()


BEHAVIOURS = {
    "refuses": None,
    "closes": says(b""),
    "silent": then_waits(),
    "drips": drips(b"", FINE),
    "drips-body": drips(OK + b"\r\n", b"fine" * 10),
    "half-head": says(OK),
    "resets": rawhook.resets(OK + b"Content-Length: 500\r\n\r\nfi"),
    "resets-open": rawhook.resets(OK + b"\r\nfi"),
    "short": says(OK + b"Content-Length: 500\r\n\r\nfine"),
    "cut-chunks": says(CHUNKED + b"10\r\nfine"),
    "long": says(FINE + b" is not all"),
    "two-lengths": says(OK + b"Content-Length: 4\r\nContent-Length: 2\r\n\r\nfine"),
    "bad-chunks": says(CHUNKED + b"zz\r\nfine"),
    "bad-coding": says(OK + b"Transfer-Encoding: gzip\r\n\r\nfine"),
    "hints": says(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + FINE),
    "endless-hints": floods(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "endless-head": floods(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "endless-body": floods(OK + b"\r\n", b"x" * 4096),
    "endless-chunks": floods(CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n"),
    "huge-length": floods(OK + b"Content-Length: 99999999999\r\n\r\n", b"x" * 4096),
    "wrong-type": says(FINE.replace(b"text/plain", b"text/html")),
    "wrong-body": says(FINE.replace(b"text/plain", b"application/json")),
    "gzip": says(FINE.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")),
    "loop": says(b"HTTP/1.1 307 Again\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
    "elsewhere": says(b"HTTP/1.1 302 There\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"),
    "upgrade": says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    "garbage": says(bytes(range(256)) * 8),
    "smtp": says(b"220 mail.example ESMTP ready\r\n\r\n"),
    "http10": says(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nfine"),
    "bare-lf": says(FINE.replace(b"\r\n", b"\n")),
    "tls-expired": says(FINE),
    "tls-name": says(FINE),
    "tls-stranger": says(FINE),
    "tls-plain": None,
    "tls-closes": None,
    "tls-length": says(FINE),
    "tls-chunked": says(CHUNKED + b"4\r\nfine\r\n0\r\n\r\n"),
    "tls-notified": notified,
    "tls-cut": says(OK + b"\r\nfine"),
}


class Endpoint(Listener):
    """Listens and behaves so, to each connection."""

    def __init__(self, name, behave):
        self.name, self.behave = name, behave
        made = World_of_certificates.get()
        self.pair = {"tls-expired": made.expired, "tls-name": made.misnamed, "tls-stranger": made.unknown}.get(name, made.good)
        super().__init__(self.serve)

    def serve(self, line):
        try:
            line.settimeout(wait.DEADLINE)
            if self.name == "tls-plain":
                line.recv(65536)
                line.sendall(FINE)
            elif self.name == "tls-closes":
                line.recv(65536)
            elif self.name.startswith("tls-"):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.pair.cert, self.pair.key)
                line = context.wrap_socket(line, server_side=True)
            if self.behave:
                rawhook.read_request(line)
                self.behave(line)
        except OSError:
            pass
        finally:
            # Not by TLS: whoever wants to be polite has been.
            line.close()


def rows():
    """The table: name, what the sender gets, what the log says, whether it is tried again."""
    with open(TABLE, encoding="utf-8") as file:
        lines = [re.split(r" *\| *", line.strip())[1:-1] for line in file if line.startswith("| ")]
    return [(name, sender, log, again == "yes") for name, _, sender, log, again in lines[1:]]


class Table(Case):
    """Every row has a hook and an address of its own."""

    format = None

    @classmethod
    def setUpClass(cls):
        rules = {"format": "json", "attempts": "2", "wait": "0.1", "timeout": "2", "breaker": "0", "redirects": "2",
                 "tls_ca": World_of_certificates.get().ca.cert}
        cls.sections = {}
        for name, behave in BEHAVIOURS.items():
            port = wait.free_port() if name == "refuses" else Endpoint(name, behave).port
            tls = name.startswith("tls-")
            keys = rules if tls else {key: value for key, value in rules.items() if key != "tls_ca"}
            cls.sections[f'hook "{name}"'] = {"url": f"http{'s' if tls else ''}://127.0.0.1:{port}/", "to": f"{name}@", **keys}
        super().setUpClass()

    def test_every_row(self):
        table = rows()
        self.assertEqual([row[0] for row in table], list(BEHAVIOURS))
        idle = self.gateway.process.peak()
        for name, *_ in table:
            self.alice.send(f"<message to='{name}@{self.domain}' id='{self.token}-{name}' type='chat'><body>Hello</body></message>")
        for name, sender, log, again in table:
            with self.subTest(name):
                address = f"{name}@{self.domain}"
                got = self.alice.wait(lambda s, address=address: s.get("from") == address, 30)
                if sender == "empty reply":
                    self.assertEqual((got.get("type"), len(got)), ("chat", 0), xml.show(got))
                elif sender.startswith("reply: "):
                    self.assertEqual(xml.text(got, "body"), sender.removeprefix("reply: "), xml.show(got))
                else:
                    self.assertEqual(", ".join(xml.error(got)[:2]), sender)
                    # What the system said of addresses is for the log.
                    self.assertNotIn("127.0.0.1", xml.show(got))
                said = [line for line in self.gateway.log.splitlines() if f" hook {name}: " in line]
                self.assertEqual(any("attempt 2 of 2" in line for line in said), again, said)
                if log == "nothing":
                    self.assertEqual(said, [])
                else:
                    self.assertTrue(any(log in line for line in said), (log, said))
        grown = (self.gateway.process.peak() - idle) >> 10
        print(f"     {len(table)} rows: {idle >> 10} kB resident before, at most {grown} kB more meanwhile")
        # Some places with a full answer each, and TLS.
        self.assertLess(grown, 3072)
        for name, *_ in table:
            self.assertEqual(len(self.alice.stanzas(lambda s, name=name: s.get("from") == f"{name}@{self.domain}")), 1, name)
