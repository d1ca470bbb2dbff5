"""A webhook that misbehaves on demand: lies about lengths, stalls, drips, sends garbage."""

import re
import socket
import threading

from . import wait


class RawHook:
    """Reads a request, then lets a behaviour write to the connection; `on(token, behaviour)` chooses it.

    A behaviour takes the socket; when it returns the connection is closed. Without one the answer is a 204.
    """

    def __init__(self):
        self._behaviours = []
        self.seen = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.stopped = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def on(self, token, behaviour):
        self._behaviours.append((token.encode(), behaviour))

    def _accept(self):
        while not self.stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                request = read_request(connection)
                self.seen.append(request)
                for token, behaviour in self._behaviours:
                    if token in request:
                        behaviour(connection)
                        return
                connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            except OSError:
                pass

    def close(self):
        self.stopped.set()
        self._listener.close()


def read_request(connection):
    """Head and body as bytes."""
    connection.settimeout(wait.DEADLINE)
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        piece = connection.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body
