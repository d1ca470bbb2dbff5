"""XMPP entities that we did not write: slixmpp as a client and as a component.

slixmpp lives in one thread with its event loop; the cases speak to it with plain calls. Every stanza that arrives is
kept, and answered as slixmpp does. Queries in a few namespaces of ours are treated specially, see `_query`.
"""

import asyncio
import copy
import inspect
import logging
import threading
import time
from xml.etree import ElementTree

# Before the import, which already has something to say.
logging.getLogger("slixmpp").setLevel(logging.CRITICAL)
logging.getLogger("asyncio").setLevel(logging.CRITICAL)

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from . import server, wait, xml

ECHO = "urn:restanza:test:echo"  # answered with the same child
SLOW = "urn:restanza:test:slow"  # the same, when the case calls `release`
SILENT = "urn:restanza:test:silent"  # never answered

_loop = asyncio.new_event_loop()
threading.Thread(target=_loop.run_forever, name="slixmpp", daemon=True).start()


def _call(function, *arguments):
    """Runs a function in slixmpp's thread."""
    async def run():
        return function(*arguments)
    return asyncio.run_coroutine_threadsafe(run(), _loop).result(wait.DEADLINE)


def run(coroutine):
    """Runs a coroutine of slixmpp in its thread; gives what it gives."""
    return asyncio.run_coroutine_threadsafe(coroutine, _loop).result(wait.DEADLINE)


class Entity:
    """A client or a component, connected until `close`."""

    def __init__(self, jid, make, port):
        self.jid = jid
        self.port = port
        self.received = []
        self.online = False
        self.closing = False
        self._held = []
        self.xmpp = _call(self._made, make)
        self.connect()

    def _made(self, make):
        asyncio.set_event_loop(_loop)
        xmpp = make()
        xmpp.add_filter("in", self._keep)
        xmpp.add_event_handler("session_start", self._started)
        xmpp.add_event_handler("disconnected", self._ended)
        for plugin in ("xep_0030", "xep_0092", "xep_0199"):  # disco, version, ping
            xmpp.register_plugin(plugin)
        for namespace in (ECHO, SLOW, SILENT):
            stanzas = f"{{{xmpp.default_ns}}}iq/{{{namespace}}}query"
            xmpp.register_handler(Callback(namespace, MatchXPath(stanzas), self._query))
        return xmpp

    def _started(self, _event):
        if isinstance(self.xmpp, slixmpp.ClientXMPP):
            self.xmpp.send_presence()
        self.online = True

    def _ended(self, _event):
        self.online = False

    def _keep(self, stanza):
        self.received.append((time.monotonic(), copy.deepcopy(stanza.xml)))
        return stanza

    def _query(self, iq):
        if iq["type"] not in ("get", "set"):
            return
        query = next(iter(iq.xml))
        if query.tag.startswith(f"{{{SILENT}}}"):
            return
        answer = iq.reply()
        answer.xml.append(copy.deepcopy(query))
        if query.tag.startswith(f"{{{SLOW}}}"):
            self._held.append(answer)
        else:
            answer.send()

    def connect(self, deadline=wait.DEADLINE):
        """Connects, again if need be, and comes back when online."""
        _call(self._connect)
        wait.until(lambda: self.online, f"{self.jid} is online", deadline)
        return self

    def _connect(self):
        # slixmpp 1.8 takes the address as a pair and wants to be told that there is no TLS; later ones differ.
        names = inspect.signature(self.xmpp.connect).parameters
        if "address" in names:
            self.xmpp.connect(address=("127.0.0.1", self.port), use_ssl=False, **(
                {"force_starttls": False, "disable_starttls": True} if "disable_starttls" in names else {}))
        else:
            self.xmpp.connect("127.0.0.1", self.port)

    def send(self, text):
        """Sends a stanza as it is written."""
        _call(self.xmpp.send_raw, text)

    def release(self):
        """Answers the queries held back in namespace SLOW; gives how many."""
        held, self._held = self._held, []
        for answer in held:
            _call(answer.send)
        return len(held)

    @property
    def held(self):
        return len(self._held)

    def stanzas(self, match):
        """What arrived so far and matches: a text that occurs in it, or a predicate of the element."""
        if isinstance(match, str):
            wanted = match
            match = lambda stanza: wanted in ElementTree.tostring(stanza, encoding="unicode")
        return [stanza for _, stanza in list(self.received) if match(stanza)]

    def wait(self, match, deadline=wait.DEADLINE):
        """The first stanza that matches."""
        def last():
            return f"{self.jid} receives {match}; the last that came: " + "; ".join(
                xml.show(s) for _, s in self.received[-5:])
        return wait.until(lambda: self.stanzas(match), last, deadline)[0]

    def close(self):
        """Says goodbye."""
        self.closing = True
        _call(self.xmpp.disconnect)


def client(port, user="alice", resource="here", domain=server.DOMAIN, password=None):
    """A logged-in client."""
    def make():
        xmpp = slixmpp.ClientXMPP(f"{user}@{domain}/{resource}", password or server.USERS[user])
        xmpp["feature_mechanisms"].unencrypted_plain = True
        if hasattr(xmpp, "enable_plaintext"):
            xmpp.enable_plaintext = True
        return xmpp
    return Entity(f"{user}@{domain}/{resource}", make, port)


def component(port, name="other.xmpp.test"):
    """A connected component."""
    return Entity(name, lambda: slixmpp.ComponentXMPP(name, server.COMPONENTS[name], "127.0.0.1", port), port)
