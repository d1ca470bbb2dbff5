"""Callers that are no callers: who open connections and say nothing, who drip, who never read, who never end a line.

Each goes on until it is closed, and comes again at once when it is thrown out. `Honest` asks all the while, as others do.
"""

import errno
import multiprocessing
import re
import selectors
import socket
import threading
import time

from . import memory

FORK = multiprocessing.get_context("fork")
PIECE = b"x" * 65536


def source(number):
    """An address of loopback to come from; the honest come from the first one."""
    return f"127.0.{number // 250}.{2 + number % 250}"


class Crowd:
    """`count` connections. A kind of it says what each sends next, and when."""

    pause = 0.2

    def __init__(self, port, count):
        self.port, self.count = port, count
        self.opened = self.closed = self.sent = 0
        self.words = ""
        # A process of its own, so that the honest are held up by the gateway alone.
        self._stop, self._said = FORK.Event(), FORK.SimpleQueue()
        self._process = FORK.Process(target=self._run, daemon=True)

    def __enter__(self):
        self._process.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self.words = self._said.get()
        self._process.join()

    def first(self, number):
        """What a new connection sends, and goes on with."""
        raise NotImplementedError

    def _open(self, number):
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.bind((source(number), 0))
        line.setblocking(False)
        self.opened += 1
        if line.connect_ex(("127.0.0.1", self.port)) not in (0, errno.EINPROGRESS):
            line.close()
            return None
        return line

    def _run(self):
        lines = {number: None for number in range(self.count)}
        rest = dict.fromkeys(lines, b"")
        while not self._stop.is_set():
            for number, line in lines.items():
                if line is None:
                    lines[number] = line = self._open(number)
                    rest[number] = self.first(number)
                    continue
                try:
                    self._move(number, line, rest)
                except BlockingIOError:
                    pass
                except OSError:
                    self.closed += 1
                    line.close()
                    lines[number] = None
            self._stop.wait(self.pause)
        for line in lines.values():
            if line:
                line.close()
        self._said.put(f"{self.opened} connections, {self.closed} thrown out, {self.sent} bytes")

    def _move(self, number, line, rest):
        raise NotImplementedError


class Dripping(Crowd):
    """Sends its request byte by byte, and listens."""

    def __init__(self, port, count, request):
        super().__init__(port, count)
        self.request = request

    def first(self, number):
        return self.request

    def _move(self, number, line, rest):
        self.sent += line.send(rest[number][:1] or b"x")
        rest[number] = rest[number][1:]
        if not line.recv(65536):
            raise ConnectionError


class DrippingBody(Dripping):
    """Its head comes at once."""

    def _move(self, number, line, rest):
        head, _, body = rest[number].partition(b"\r\n\r\n")
        if body or rest[number].endswith(b"\r\n\r\n"):
            self.sent += line.send(head + b"\r\n\r\n")
            rest[number] = b""
        super()._move(number, line, rest)


class NeverReading(Dripping):
    """Sends request after request as fast as it can, and reads none of the answers."""

    pause = 0.01

    def _move(self, number, line, rest):
        while True:
            rest[number] = rest[number] or self.request
            n = line.send(rest[number])
            self.sent += n
            rest[number] = rest[number][n:]


class Honest:
    """Callers that ask for something proper, one after the other, each on a new connection or all on a kept one."""

    def __init__(self, port, request, callers=2, kept=1):
        self.port, self.request = port, request
        self.times, self.busy, self.again, self.failures = [], 0, 0, []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n < kept,), daemon=True) for n in range(callers + kept)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, kept):
        line = None
        while not self._stop.is_set():
            start = time.monotonic()
            try:
                line = line or socket.create_connection(("127.0.0.1", self.port), timeout=30)
                line.sendall(self.request)
                answer = self._answer(line)
                status = answer[9:12]
                if status == b"202":
                    self.times.append(time.monotonic() - start)
                elif status == b"503" and b"\r\nretry-after:" in answer.lower():
                    self.busy += 1
                else:
                    self.failures.append(answer[:200])
                if not kept or b"connection: close" in answer.lower():
                    line.close()
                    line = None
            except OSError as error:
                # A kept connection may be closed between two requests (RFC 9112 section 9.5); then one comes again.
                if kept and line and str(error) == "closed":
                    self.again += 1
                else:
                    self.failures.append(repr(error))
                if line:
                    line.close()
                line = None
            self._stop.wait(0.01)
        if line:
            line.close()

    @staticmethod
    def _answer(line):
        got = b""
        while b"\r\n\r\n" not in got:
            piece = line.recv(65536)
            if not piece:
                raise ConnectionError(f"closed after {got!r}" if got else "closed")
            got += piece
        head, _, body = got.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        while length and len(body) < int(length[1]):
            piece = line.recv(65536)
            if not piece:
                raise ConnectionError(f"closed after {got!r}")
            body += piece
        return head

    @property
    def words(self):
        times = sorted(self.times)
        p99 = times[int(len(times) * 0.99)] * 1000 if times else 0
        return (f"honest: {len(times)} served, p99 {p99:.1f} ms, {self.busy} told to come again, "
                f"{self.again} kept connections closed between requests, {len(self.failures)} failures")


def connections(port, count):
    """Opens that many connections, as fast as it can, and keeps them a while; gives what they heard."""
    lines, heard = [], {"connected": 0, "503": 0, "closed": 0, "not connected": 0}
    selector = selectors.DefaultSelector()
    for number in range(count):
        line = socket.socket()
        line.setblocking(False)
        line.bind((source(number % 1000), 0))
        if line.connect_ex(("127.0.0.1", port)) not in (0, errno.EINPROGRESS):
            heard["not connected"] += 1
            line.close()
            continue
        lines.append(line)
        selector.register(line, selectors.EVENT_READ)
        if number % 100 == 0:
            _listen(selector, heard, 0)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        _listen(selector, heard, 0.1)
    for line in lines:
        try:
            heard["connected"] += bool(line.getpeername())
        except OSError:
            pass
    for line in lines:
        line.close()
    return heard


def apart(run, *arguments):
    """Runs it in a process of its own."""
    said = FORK.SimpleQueue()
    process = FORK.Process(target=lambda: said.put(run(*arguments)), daemon=True)
    process.start()
    result = said.get()
    process.join()
    return result


def _listen(selector, heard, patience):
    for key, _ in selector.select(patience):
        try:
            data = key.fileobj.recv(4096)
        except OSError:
            data = b""
        heard["503" if data.startswith(b"HTTP/1.1 503") else "closed"] += 1
        selector.unregister(key.fileobj)


def pour(port, head, total):
    """Sends `head` and then bytes without a line feed, on as many connections as it takes; gives what was heard first."""
    sent, lines, heard = 0, 0, b""
    while sent < total:
        lines += 1
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            try:
                line.sendall(head)
                while sent < total:
                    sent += line.send(PIECE)
            except OSError:
                pass
            try:
                heard = heard or line.recv(65536)
            except OSError:
                pass
    return heard[9:12].decode(), lines


class Floods:
    """All of them against one gateway, each while honest callers go on. Facts, not times, are for tests."""

    def __init__(self, gate, honest, megabytes=256, many=10_000, seconds=4.0):
        self.gate, self.honest = gate, honest
        self.megabytes, self.many, self.seconds = megabytes, many, seconds

    def request(self, path, *fields, body=b""):
        """A POST with a login."""
        head = [f"POST {path} HTTP/1.1", "Host: x", f"Authorization: {self.gate.credentials}", *fields]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body

    def rows(self):
        """Name, and what is done meanwhile; it gives words for the figures."""
        slow = b"POST /rest HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 4096
        strange = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 200
        chunked = ("Transfer-Encoding: chunked", "Content-Type: text/plain")
        echo = self.request("/rest/echo/", "Content-Length: 60000", "Content-Type: text/plain", body=b"x" * 60000)
        body = self.request("/rest", "Content-Length: 60000", body=b"x")
        return (
            ("nothing else", lambda: time.sleep(self.seconds)),
            (f"{self.many} connections that say nothing", self._many),
            ("64 that drip a head", self._crowd(Dripping, slow)),
            ("64 that drip a body, with a login", self._crowd(DrippingBody, body)),
            ("64 that never read", self._crowd(NeverReading, strange)),
            ("64 that never read, with a login", self._crowd(NeverReading, echo)),
            (f"{self.megabytes} MB without LF in the first line", self._pour(b"GET /")),
            (f"{self.megabytes} MB without LF in a field", self._pour(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")),
            (f"{self.megabytes} MB without LF in a chunk's size", self._pour(self.request("/rest", *chunked) + b"1;")),
            (f"{self.megabytes} MB of a body that announces it",
             self._pour(self.request("/rest", f"Content-Length: {1 << 28}"))),
            (f"{self.megabytes} MB of a body in one chunk", self._pour(self.request("/rest", *chunked) + b"10000000\r\n")),
        )

    def _crowd(self, kind, request):
        def run():
            with kind(self.gate.port, 64, request) as crowd:
                time.sleep(self.seconds)
            return crowd.words
        return run

    def _many(self):
        heard = apart(connections, self.gate.port, self.many)
        return ", ".join(f"{count} {word}" for word, count in heard.items())

    def _pour(self, head):
        def run():
            status, lines = apart(pour, self.gate.port, head, self.megabytes << 20)
            return f"{status}, {lines} connections"
        return run

    def each(self):
        """Runs them; gives name, words, the honest callers, and the peak of memory so far."""
        for name, run in self.rows():
            with Honest(self.gate.port, self.honest) as honest:
                words = run()
            yield name, words, honest, memory.peak(self.gate.process)
