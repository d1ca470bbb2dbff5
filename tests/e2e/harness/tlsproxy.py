"""Takes TLS and hands it on without, as stunnel in front of a component port does."""

import socket
import ssl
import threading

from . import wait
from .listener import Listener


class TlsProxy(Listener):
    """Listens on `port` with a certificate; `seen` has the version and the caller's certificate of each connection.

    While `attentive` is not set, nothing is read from who speaks TLS.
    """

    def __init__(self, target, pair, client_ca=None):
        self.target, self.seen = target, []
        self.attentive = threading.Event()
        self.attentive.set()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pair.cert, pair.key)
        if client_ca:
            self._context.verify_mode = ssl.CERT_REQUIRED
            self._context.load_verify_locations(client_ca)
        super().__init__(self._forward)

    def _forward(self, raw):
        try:
            raw.settimeout(wait.DEADLINE)
            with self._context.wrap_socket(raw, server_side=True) as inner, \
                    socket.create_connection(("127.0.0.1", self.target)) as outer:
                inner.settimeout(None)
                self.seen.append((inner.version(), inner.getpeercert()))
                back = threading.Thread(target=copy, args=(outer, inner), daemon=True)
                back.start()
                copy(inner, outer, self.attentive)
                back.join()
        except OSError:
            pass


def copy(source, target, attentive=None):
    """Until the source ends or breaks; then the target hears of it."""
    try:
        while data := source.recv(65536):
            if attentive:
                attentive.wait()
            target.sendall(data)
    except OSError:
        pass
    try:
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
