"""What stood around the original when its requests were recorded: Prosody with its names, and a component `ext`."""

import os
import socket
import threading
from hashlib import sha1
from xml.etree import ElementTree

import slixmpp

from . import entity, process, prosody, server

HOST, SECRET = "localhost", "recorded"
ALICE, BOB = "alice", "bob"
GATEWAY, EXT = "rest.localhost", "ext.localhost"
COMPONENTS = (GATEWAY, EXT, "restjson.localhost", "restdead.localhost", "resttpl.localhost")

MODULES = """modules_enabled = { "roster", "saslauth", "disco", "ping", "presence", "message", "iq", "c2s", "mam", "offline",
    "uptime", "vcard", "time", "private", "carbons", "blocklist", "version", "register", "adhoc", "external_services" }
modules_disabled = { "s2s", "tls", "http", "admin_shell" }
allow_registration = true
external_services = { { type = "stun", host = "turn.localhost", port = 3478 } }
"""


class Prosody(server.Server):
    """The server of the recordings."""

    kind = "prosody"

    def prepare(self):
        accounts = os.path.join(self.folder, "data", prosody.encoded(HOST), "accounts")
        os.makedirs(accounts)
        for user in (ALICE, BOB):
            with open(os.path.join(accounts, f"{user}.dat"), "w", encoding="utf-8") as file:
                file.write(f'return {{ ["password"] = "{SECRET}" }};\n')
        head, _, tail = prosody.CONFIG.format(domain=HOST, rooms="muc.localhost", **vars(self)).partition("modules_enabled")
        tail = tail.partition("modules_disabled")[2].partition("\n")[2]
        tail = tail.replace('"muc.localhost" "muc"', '"muc.localhost" "muc"\n    modules_enabled = { "muc_mam" }')
        path = os.path.join(self.folder, "prosody.cfg.lua")
        with open(path, "w", encoding="utf-8") as file:
            file.write(head + MODULES + tail + f'\nVirtualHost "hashed.{HOST}"\n')
            for name in COMPONENTS:
                file.write(f'\nComponent "{name}"\n    component_secret = "{SECRET}"\n')
        return process.Process("prosody", ["prosody", "-F", "--config", path], self.folder)


def alice(port):
    """The client of the recordings; it grants nobody anything."""
    def make():
        xmpp = slixmpp.ClientXMPP(f"{ALICE}@{HOST}/phone", SECRET)
        xmpp["feature_mechanisms"].unencrypted_plain = True
        xmpp.auto_authorize, xmpp.auto_subscribe = None, False
        return xmpp
    return entity.Entity(f"{ALICE}@{HOST}/phone", make, port)


INFO = "http://jabber.org/protocol/disco#info"
FORM = """<x xmlns='jabber:x:data' type='form'><title>T</title><field type='list-single' var='service' label='S'><required/>
<option label='H'><value>httpd</value></option><option label='F'><value>ftpd</value></option></field></x>""".replace("\n", "")
# What `ext` answers, by the namespace of the question.
ANSWERS = {
    "urn:xmpp:ping": "",
    "jabber:iq:version": "<query xmlns='jabber:iq:version'><name>Ext</name><version>1.2</version><os>TestOS</os></query>",
    "jabber:iq:last": "<query xmlns='jabber:iq:last' seconds='903'>Idle</query>",
    "http://jabber.org/protocol/stats":
        "<query xmlns='http://jabber.org/protocol/stats'><stat name='users/online' unit='users' value='3'/></query>",
    INFO: f"<query xmlns='{INFO}'NODE><identity category='component' type='generic' name='Ext'/>"
          "<feature var='urn:xmpp:ping'/><feature var='jabber:iq:version'/></query>",
    "http://jabber.org/protocol/disco#items":
        "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='a@ext.localhost' name='A'/>"
        "<item jid='b@ext.localhost' node='n'/></query>",
    "urn:test:unmapped": "<query xmlns='urn:test:unmapped'><deep a='1'><x/></deep>text</query>",
    "http://jabber.org/protocol/commands":
        "<command xmlns='http://jabber.org/protocol/commands' node='config' sessionid='s1' status='executing'>"
        f"<actions execute='next'><next/></actions>{FORM}</command>",
}
SECOND = ("<command xmlns='http://jabber.org/protocol/commands' node='config' sessionid='s1' status='completed'>"
          "<note type='info'>Got httpd</note></command>")
ERROR = "<error type='cancel'><{} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


class Ext:
    """A component in a few lines, since it has to answer exactly so."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.parser = ElementTree.XMLPullParser(("start", "end"))
        self.say(f"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='{EXT}'>")
        self.events = self.read()
        stream = next(element for kind, element in self.events if kind == "start")
        self.say(f"<handshake>{sha1((stream.get('id') + SECRET).encode()).hexdigest()}</handshake>")
        threading.Thread(target=self.serve, daemon=True).start()

    def say(self, text):
        self.socket.sendall(text.encode())

    def read(self):
        """Starts and ends of elements as they come."""
        while True:
            yield from self.parser.read_events()
            piece = self.socket.recv(65536)
            if not piece:
                return
            self.parser.feed(piece)

    def serve(self):
        depth = 1
        try:
            for kind, element in self.events:
                depth += 1 if kind == "start" else -1
                if kind == "end" and depth == 1 and element.tag.endswith("}iq") and element.get("type") in ("get", "set"):
                    self.answer(element)
        except OSError:
            pass

    def answer(self, iq):
        user, _, _ = iq.get("to").rpartition("@")
        child = next(iter(iq))
        namespace = child.tag[1:].partition("}")[0]
        sender = EXT if user == "otherfrom" else iq.get("to")
        node = f" node='{child.get('node')}'" if child.get("node") else ""
        if user == "silent":
            return
        if user.startswith("err-"):
            kind, content = "error", ERROR.format(user[4:])
        elif child.get("action") == "next":
            kind, content = "result", SECOND
        elif namespace in ANSWERS:
            kind, content = "result", ANSWERS[namespace].replace("NODE", node)
        else:
            kind, content = "error", ERROR.format("service-unavailable")
        self.say(f"<iq type='{kind}' id='{iq.get('id')}' from='{sender}' to='{iq.get('from')}' xml:lang='en'>{content}</iq>")

    def close(self):
        self.socket.close()
