"""HTTP callers that we did not write: the program curl, and raw bytes for what curl refuses to send."""

import base64
import json
import os
import re
import socket
import subprocess
import tempfile

from . import process, wait

XML, JSON, TEXT, CBOR = "application/xmpp+xml", "application/json", "text/plain", "application/cbor"


class Answer:
    """Status, headers (names in lower case) and body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def type(self):
        return self.headers.get("content-type", "").partition(";")[0]

    def __repr__(self):
        return f"{self.status} {self.headers} {self.text[:600]}"


def basic(user, password):
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Call:
    """A running curl; `answer` waits for it."""

    def __init__(self, url, body=None, headers=None, *options, deadline=150):
        self.folder = tempfile.mkdtemp(dir=folder())
        argv = ["curl", "-sS", "--noproxy", "*", "--max-time", str(deadline), "-D", self._path("head"),
                "-o", self._path("body")]
        for key, value in (headers or {}).items():
            argv += ["-H", f"{key}: {value}" if value is not None else f"{key}:"]
        if body is not None:
            with open(self._path("sent"), "wb") as sent:
                sent.write(body if isinstance(body, bytes) else body.encode())
            argv += ["--data-binary", f"@{self._path('sent')}"]
        self.child = subprocess.Popen([*argv, *options, url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def _path(self, name):
        return os.path.join(self.folder, name)

    @property
    def done(self):
        return self.child.poll() is not None

    def answer(self):
        """The final answer; the status is 0 when there was none, the body then curl's words."""
        _, trouble = self.child.communicate()
        if self.child.returncode:
            return Answer(0, {}, trouble)
        with open(self._path("head"), encoding="latin-1", newline="") as file:
            heads = [h for h in file.read().split("\r\n\r\n") if h.strip()]
        body = b""
        if os.path.exists(self._path("body")):
            with open(self._path("body"), "rb") as file:
                body = file.read()
        return parsed(heads[-1], body)


_folder = []


def folder():
    """Where bodies go on their way to and from curl."""
    if not _folder:
        _folder.append(process.scratch("curl"))
    return _folder[0]


def parsed(head, body):
    """An answer from the text of its head."""
    first, *lines = head.split("\r\n")
    headers = {}
    for line in filter(None, lines):
        key, _, value = line.partition(":")
        key, value = key.strip().lower(), value.strip()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return Answer(int(first.split()[1]), headers, body)


def raw(port, data, deadline=wait.DEADLINE, finish=False):
    """Sends bytes as they are and gives all bytes that come back until the other side closes.

    With `finish` our sending side is closed after the last byte.
    """
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=deadline) as s:
        try:
            s.sendall(data)
            if finish:
                s.shutdown(socket.SHUT_WR)
            while piece := s.recv(65536):
                got += piece
        except (ConnectionResetError, BrokenPipeError):
            pass
        except socket.timeout:
            raise wait.Late(f"the connection is still open after {deadline:.0f} s; got {got[:300]!r}") from None
    return got


def statuses(data):
    """The statuses of all answers in some bytes."""
    return [int(s) for s in re.findall(rb"(?:^|\n|\}|>)HTTP/1\.[01] (\d{3})", data)]
