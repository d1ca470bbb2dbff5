"""A TCP proxy in front of a server that can go silent, as when a cable is cut: nothing passes, nothing is closed."""

import selectors
import socket

from . import wait
from .listener import Listener


class Proxy(Listener):
    """Forwards to a port of loopback. What the connecting side says is given to `tap`."""

    def __init__(self, target, tap=lambda data: None):
        self.target = target
        self.tap = tap
        self.silent = False
        self._pairs = []
        super().__init__(self._forward)

    def silence(self):
        """From now on nothing passes; what is connected stays so, what connects hears nothing."""
        self.silent = True

    def speak(self):
        """New connections work again. Those from before stay dead, as after a reboot of a router between."""
        self.silent = False

    def cut(self):
        """Breaks all connections."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _forward(self, inner):
        if self.silent:
            self._pairs.append((inner,))  # kept open, never read
            return
        try:
            outer = socket.create_connection(("127.0.0.1", self.target), timeout=wait.DEADLINE)
        except OSError:
            inner.close()
            return
        self._pairs.append((inner, outer))
        with selectors.DefaultSelector() as ready:
            ready.register(inner, selectors.EVENT_READ, outer)
            ready.register(outer, selectors.EVENT_READ, inner)
            while True:
                for key, _ in ready.select(1):
                    if self.silent:
                        return  # both ends stay open
                    try:
                        data = key.fileobj.recv(65536)
                        if data:
                            if key.fileobj is inner:
                                self.tap(data)
                            key.data.sendall(data)
                    except OSError:
                        data = b""
                    if not data:
                        inner.close()
                        outer.close()
                        return
                if self.silent:
                    return

    def close(self):
        super().close()
        self.cut()
