"""An XMPP server that takes components and misbehaves on demand.

Each connection is served by the next script of a list, the last one for all further connections. A script is a
function of a `Peer`; `well` is the good one. It records what it reads, exactly as far as it read.
"""

import hashlib
import re
import socket
import threading
from xml.etree import ElementTree

from . import wait

STREAM = "http://etherx.jabber.org/streams"
HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' "
    "xmlns='jabber:component:accept' id='{id}' from='{domain}'>"
)


class Peer:
    """One connection from a component."""

    def __init__(self, connection, server):
        self.connection, self.server = connection, server
        self.id = "some'id&"
        self.domain = ""
        self._parser = ElementTree.XMLPullParser(["start", "end"])
        self._depth = 0
        connection.settimeout(wait.DEADLINE * 4)

    def send(self, text):
        self.connection.sendall(text if isinstance(text, bytes) else text.encode())

    def _events(self):
        """Reads, and gives (depth, event, element) as they come, until the connection ends."""
        while True:
            for event, element in self._parser.read_events():
                if event == "start":
                    self._depth += 1
                    yield self._depth, event, element
                else:
                    yield self._depth, event, element
                    self._depth -= 1
            data = self.connection.recv(65536)
            if not data:
                return
            self.server.bytes += data
            self._parser.feed(data)

    def header(self):
        """Waits for the component's stream header and answers it."""
        self.read_header()
        self.send(HEADER.format(id=self.id.replace("&", "&amp;").replace("'", "&apos;"), domain=self.domain))

    def read_header(self):
        """Waits for the component's stream header and leaves it at that."""
        self._flow = self._events()
        for depth, event, element in self._flow:
            if depth == 1 and event == "start":
                assert element.tag == f"{{{STREAM}}}stream", element.tag
                self.domain = element.get("to")
                return
        raise ConnectionError("no header")

    def stanza(self):
        """The next whole child of the stream, or none when the stream is closed."""
        for depth, event, element in self._flow:
            if event == "end" and depth == 2:
                return element
            if event == "end" and depth == 1:
                self.server.goodbyes += 1
                return None
        return None

    def handshake(self, accept=True):
        """Reads the handshake and checks it; accepts it unless told otherwise."""
        element = self.stanza()
        wanted = hashlib.sha1((self.id + self.server.secret).encode()).hexdigest()
        good = element is not None and element.text == wanted
        if accept and good:
            self.send("<handshake/>")
            self.server.established += 1
        return good

    def error(self, condition, text=""):
        """Ends the stream with an error."""
        space = "urn:ietf:params:xml:ns:xmpp-streams"
        words = f"<text xmlns='{space}'>{text}</text>" if text else ""
        self.send(f"<stream:error><{condition} xmlns='{space}'/>{words}</stream:error></stream:stream>")

    def open(self):
        """Header and handshake, both as they should be."""
        self.header()
        self.handshake()

    def serve(self):
        """Takes stanzas until the stream ends; answers pings."""
        while (stanza := self.stanza()) is not None:
            tag = stanza.tag.rpartition("}")[2]
            if tag == "iq" and stanza.find("{urn:xmpp:ping}ping") is not None and stanza.get("type") == "get":
                self.send(f"<iq type='result' id='{stanza.get('id')}' to='{stanza.get('from', self.domain)}' "
                          f"from='{stanza.get('to', 'xmpp.test')}'/>")
                self.server.pings += 1
            else:
                self.server.stanzas.append(stanza)
        self.send("</stream:stream>")


def well(peer):
    """A server as it should be."""
    peer.open()
    peer.serve()


class FakeServer:
    """Listens; gives each connection to its script."""

    def __init__(self, *scripts, secret="s"):
        self.scripts, self.secret = list(scripts) or [well], secret
        self.connections, self.established, self.goodbyes, self.pings = 0, 0, 0, 0
        self.stanzas, self.bytes, self.failures = [], bytearray(), []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            script = self.scripts[min(self.connections, len(self.scripts) - 1)]
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection, script), daemon=True).start()

    def _serve(self, connection, script):
        with connection:
            try:
                script(Peer(connection, self))
            except (OSError, ElementTree.ParseError) as trouble:
                self.failures.append(trouble)

    def wait(self, match, deadline=wait.DEADLINE):
        """The first stanza in whose text `match` is found."""
        def found():
            return [s for s in list(self.stanzas) if re.search(match, ElementTree.tostring(s, encoding="unicode"))]
        return wait.until(found, f"the server gets {match}", deadline)[0]

    def drop(self):
        """Breaks all connections."""
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._open.clear()

    def close(self):
        self._listener.close()
        self.drop()
