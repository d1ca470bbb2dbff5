"""The frame of a case: a server shared by all, two clients, a component that is not ours, a webhook and a gateway."""

import sys
import unittest
import uuid

from . import ejabberd, entity, gateway, prosody, webhook, xml

KINDS = {"prosody": prosody.Prosody, "ejabberd": ejabberd.Ejabberd}


class World:
    """A server and who is connected to it; started once, used by all cases that leave it alone."""

    _worlds = {}

    def __init__(self, kind):
        self.server = KINDS[kind]().start()
        self.alice = entity.client(self.server.client_port, "alice")
        self.other = entity.component(self.server.other_port)

    @classmethod
    def of(cls, kind):
        """The shared one."""
        if kind not in cls._worlds:
            cls._worlds[kind] = cls(kind)
        return cls._worlds[kind]

    @classmethod
    def close(cls):
        """Ends them all."""
        for world in cls._worlds.values():
            world.alice.close()
            world.other.close()
            world.server.stop()
        cls._worlds.clear()


class Case(unittest.TestCase):
    """A gateway of its own for each class; after every test it must still have its first and only link."""

    kind = "prosody"
    format = "xml"
    protocol = "HTTP/1.0"
    sections = {}
    domain = "rest.xmpp.test"

    @classmethod
    def setUpClass(cls):
        world = World.of(cls.kind)
        cls.server, cls.alice, cls.other = world.server, world.alice, world.other
        cls.hook = webhook.Webhook(cls.protocol)
        cls.addClassCleanup(cls.hook.close)
        sections = dict(cls.sections)
        if cls.format:
            sections['hook "main"'] = {"url": cls.hook.url, "format": cls.format, **sections.get('hook "main"', {})}
        cls.gateway = gateway.Gateway(cls.server.component_port, sections, cls.domain)
        cls.addClassCleanup(cls.end)
        cls.gateway.start()

    @classmethod
    def end(cls):
        """SIGTERM ends it without an error."""
        if cls.gateway.process.alive:
            status = cls.gateway.stop()
            assert status == 0, f"restanza ended with {status}:\n{cls.gateway.log}"

    def setUp(self):
        self.token = f"t{uuid.uuid4().hex[:12]}"
        for one in (self.alice, self.other):  # if an earlier test had its connection broken
            if not one.online:
                one.connect()
        self.alice.release()

    def tearDown(self):
        self.assertTrue(self.gateway.process.alive, f"restanza is gone:\n{self.gateway.log[-3000:]}")
        self.assertEqual(self.gateway.connects, 1, f"the link was lost:\n{self.gateway.log[-3000:]}")

    def status(self, wanted, answer):
        """The answer has that status; gives the answer."""
        self.assertEqual(answer.status, wanted, f"{answer!r}\nlog:\n{self.gateway.log[-1500:]}")
        return answer

    def same(self, got, wanted, **how):
        """Both say the same in XML. ejabberd puts the elements that it knows last, so there the order is free."""
        how.setdefault("ordered", self.kind != "ejabberd")
        self.assertTrue(xml.same(got, wanted, **how), f"\ngot    {xml.show(got)}\nwanted {xml.show(wanted)}")

    def fault(self, answer, status, condition):
        """The answer is an error that says so, in JSON or XML."""
        self.status(status, answer)
        if answer.type == "application/json":
            error = answer.json
            self.assertEqual((error["type"], error["code"], error["error"]["condition"]), ("error", status, condition))
            self.assertTrue(error["error"]["text"], answer)
        else:
            self.assertEqual(answer.type, "application/xmpp+xml", answer)
            root = xml.parse(answer.body)
            self.assertEqual(root.tag, "{http://etherx.jabber.org/streams}error")
            self.assertEqual(root[0].tag, f"{{urn:ietf:params:xml:ns:xmpp-streams}}{condition}", answer)
        return answer

    def settle(self):
        """After this, what alice would have got because of earlier deeds has arrived: a round through everything."""
        token = f"settle{uuid.uuid4().hex[:8]}"
        self.hook.on(token, 200, "text/plain", token)
        self.alice.send(f"<message to='{self.domain}' type='chat'><body>{token}</body></message>")
        self.alice.wait(lambda s: xml.text(s, "body") == token and s.get("from") == self.domain)


def on_both(case):
    """Makes of a class of cases one for each server."""
    module = sys.modules[case.__module__]
    for kind in KINDS:
        name = f"{case.__name__}_{kind}"
        setattr(module, name, type(name, (case,), {"kind": kind, "__module__": case.__module__}))
    return None
