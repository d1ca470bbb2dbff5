"""A webhook that misbehaves on demand: lies about lengths, stalls, drips, sends garbage."""

import re
import socket
import struct
import time

from . import wait
from .listener import Listener


class RawHook(Listener):
    """Reads a request, then lets a behaviour write to the connection; `on(token, behaviour)` chooses it.

    A behaviour takes the socket; when it returns the connection is closed. Without one the answer is a 204.
    """

    def __init__(self):
        self._behaviours = []
        self.seen = []
        super().__init__(self._serve)
        self.url = f"http://127.0.0.1:{self.port}/"

    def on(self, token, behaviour):
        self._behaviours.append((token.encode(), behaviour))

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


def resets(first):
    """A behaviour: writes that, then breaks the connection instead of closing it."""
    def behave(connection):
        connection.sendall(first)
        time.sleep(0.2)  # so that it arrives before the reset
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return behave


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
