"""HTTP over Unix sockets: a webhook that listens at one, and started programs that are handed open sockets."""

import os
import socket
import socketserver
import sys

from . import process, webhook


class UnixHook(webhook.Webhook):
    """A webhook at a Unix socket; the last part of `url` is the path of its requests."""

    def __init__(self):
        self.path = os.path.join(process.scratch("unixhook"), "hook.sock")
        super().__init__("HTTP/1.1")
        encoded = self.path.replace("/", "%2F")
        self.url = f"http+unix://{encoded}/hook?of=restanza"

    def listen(self, handler):
        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

            def get_request(self):
                connection, _ = super().get_request()
                return connection, ("local", 0)

        return Server(self.path, handler)


# Moves descriptors to where the protocol wants them, then becomes the program, whose process id it has already.
LAUNCHER = """
import os, sys
names, moves, *argv = sys.argv[1:]
high = [int(fd) for fd in moves.split()]
parked = [os.dup2(fd, 100 + fd) for fd in high]
for at, fd in enumerate(parked):
    os.dup2(fd, 3 + at)
    os.close(fd)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(high)), LISTEN_FDNAMES=names)
os.execv(argv[0], argv)
"""


def handing_over(argv, sockets, names):
    """How to start a program as systemd does, with sockets from descriptor 3 on; and what it inherits for that."""
    high = [s.fileno() for s in sockets]
    return [sys.executable, "-c", LAUNCHER, ":".join(names), " ".join(map(str, high)), *argv], high


def inheritable(family, address):
    """A listening socket that a started program can inherit."""
    listener = socket.socket(family)
    listener.bind(address)
    listener.listen(16)
    listener.set_inheritable(True)
    return listener
