"""Ad-hoc commands over a webhook: `boards/host/thermostat.py` with the README's hook, walked through by slixmpp."""

import os
import re
import sys

from harness import entity, process, wait, xml
from harness.case import Case

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
COMMANDS = "http://jabber.org/protocol/commands"


class Thermostat(Case):
    """Each test begins a command of its own; what the rooms get is kept by the program."""

    format = None

    @classmethod
    def setUpClass(cls):
        with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
            readme = file.read()
        chapter = readme.partition("## Commands with forms over a webhook")[2].partition("\n## ")[0]
        section = re.search(r"(?m)^\[hook \"thermostat\"\]\n((?:\w.*\n)+)", chapter)[1]
        folder = process.scratch("thermostat")
        path = os.path.join(TOP, "boards", "host", "thermostat.py")
        port = wait.free_port()
        cls.program = process.Process("thermostat", [sys.executable, path, str(port)], folder).start()
        cls.addClassCleanup(cls.program.kill)
        keys = dict(line.split(" = ", 1) for line in section.splitlines())
        cls.sections = {'hook "thermostat"': {**keys, "url": keys["url"].replace(":8001", f":{port}")}}
        wait.until(lambda: wait.accepts(port), lambda: f"the thermostat listens:\n{cls.program.output()}")
        super().setUpClass()
        entity.run(cls.plugins())

    @classmethod
    async def plugins(cls):
        for name in ("xep_0004", "xep_0050"):
            cls.alice.xmpp.register_plugin(name)

    @property
    def jid(self):
        return f"thermostat@{self.domain}"

    def command(self, action, sessionid=None, form=None, node="thermostat"):
        """One request of the command by slixmpp's own plugin: the element `command` of the answer."""
        payload = None
        if form is not None:
            payload = self.alice.xmpp["xep_0004"].make_form(ftype="submit")
            for name, value in form.items():
                payload.add_field(var=name, value=value)
        async def ask():
            answer = await self.alice.xmpp["xep_0050"].send_command(
                self.jid, node, sessionid=sessionid, action=action, payload=payload, timeout=10)
            return answer["command"]
        return entity.run(ask())

    def begin(self):
        return self.command("execute")

    def notes(self, command):
        return [text for _, text in command["notes"]]

    def test_a_client_finds_the_command(self):
        """The stanzas that Gajim sends: what are you, which commands are there, what is this one."""
        disco = self.alice.xmpp["xep_0030"]
        async def look():
            return (await disco.get_info(jid=self.jid, timeout=10), await disco.get_items(jid=self.jid, node=COMMANDS, timeout=10),
                    await disco.get_info(jid=self.jid, node="thermostat", timeout=10), await disco.get_info(jid=self.domain, timeout=10))
        who, items, what, domain = entity.run(look())
        self.assertIn(COMMANDS, who["disco_info"]["features"])
        self.assertEqual(items["disco_items"]["items"], {(self.jid, "thermostat", "Set the thermostat")})
        self.assertEqual({identity[:2] for identity in what["disco_info"]["identities"]}, {("automation", "command-node")})
        # The hook is for one address, and not for the domain.
        self.assertNotIn(COMMANDS, domain["disco_info"]["features"])

    def test_both_steps(self):
        first = self.begin()
        session = first["sessionid"]
        self.assertEqual((first["status"], set(first["actions"])), ("executing", {"next"}))
        field = first["form"].get_fields()["room"]
        self.assertEqual((field["type"], field["value"], field["required"]), ("list-single", "kitchen", True))
        self.assertEqual({option["value"] for option in field["options"]}, {"kitchen", "bath"})
        second = self.command("next", session, {"room": "bath"})
        self.assertEqual((second["sessionid"], set(second["actions"])), (session, {"prev", "complete"}))
        self.assertEqual((second["form"]["title"], second["form"].get_fields()["target"]["value"]), ("How warm in the bath?", "23.0"))
        done = self.command("complete", session, {"target": "24.5"})
        self.assertEqual((done["status"], self.notes(done)), ("completed", ["The bath gets 24.5 degrees."]))
        # It has taken effect, and the session is over.
        again = self.begin()["sessionid"]
        self.assertEqual(self.command("next", again, {"room": "bath"})["form"].get_fields()["target"]["value"], "24.5")
        self.refused("complete", session, {"target": "9"})

    def test_back_and_on(self):
        session = self.begin()["sessionid"]
        self.command("next", session, {"room": "bath"})
        back = self.command("prev", session)
        self.assertEqual((back["status"], back["form"].get_fields()["room"]["value"]), ("executing", "bath"))
        # `execute` is the step's own way on.
        on = self.command("execute", session, {"room": "kitchen"})
        self.assertEqual(on["form"]["title"], "How warm in the kitchen?")
        self.assertEqual(self.command("execute", session, {"target": "19"})["status"], "completed")

    def test_bad_values_come_back_with_the_form(self):
        session = self.begin()["sessionid"]
        for action, form, note in (("next", {"room": "attic"}, "There is no such room."), ("next", {}, "There is no such room."),
                                   ("complete", {"room": "bath"}, "This step cannot complete."),
                                   ("prev", None, "This step cannot prev.")):
            with self.subTest(action=action, form=form):
                again = self.command(action, session, form)
                self.assertEqual((again["status"], self.notes(again)), ("executing", [note]))
                self.assertIn("room", again["form"].get_fields())
        self.command("next", session, {"room": "kitchen"})
        for target in ("warm", "4.9", "31", "nan", ""):
            with self.subTest(target):
                again = self.command("complete", session, {"target": target})
                self.assertEqual((again["status"], self.notes(again)), ("executing", ["That is not between 5 and 30 degrees."]))
        self.assertEqual(self.command("complete", session, {"target": "21"})["status"], "completed")

    def test_cancel(self):
        session = self.begin()["sessionid"]
        gone = self.command("cancel", session)
        self.assertEqual((gone["status"], self.notes(gone)), ("canceled", ["Nothing was changed."]))
        self.refused("next", session, {"room": "bath"})

    def test_sessions_are_apart(self):
        one, two = self.begin()["sessionid"], self.begin()["sessionid"]
        self.assertNotEqual(one, two)
        self.command("next", one, {"room": "bath"})
        self.assertEqual(self.command("next", two, {"room": "kitchen"})["form"]["title"], "How warm in the kitchen?")
        self.assertEqual(self.command("prev", one)["form"].get_fields()["room"]["value"], "bath")
        # Nobody else goes on with them.
        self.other.send(f"<iq type='set' from='eve@other.xmpp.test' to='{self.jid}' id='{self.token}'>"
                        f"<command xmlns='{COMMANDS}' node='thermostat' sessionid='{one}' action='cancel'/></iq>")
        told = self.other.wait(lambda s: s.get("id") == self.token)
        self.assertEqual(xml.error(told)[:2], ("modify", "bad-request"))

    def test_what_it_does_not_know(self):
        self.refused("next", "made-up", {"room": "bath"})
        self.alice.send(f"<iq type='get' to='{self.jid}' id='{self.token}'><query xmlns='urn:example:x'/></iq>")
        told = self.alice.wait(lambda s: s.get("id") == self.token)
        self.assertEqual(xml.error(told)[:2], ("cancel", "feature-not-implemented"))

    def refused(self, action, session, form):
        form = "".join(f"<field var='{name}'><value>{value}</value></field>" for name, value in form.items())
        identity = f"{self.token}-{action}"
        self.alice.send(f"<iq type='set' to='{self.jid}' id='{identity}'><command xmlns='{COMMANDS}' node='thermostat' "
                        f"sessionid='{session}' action='{action}'><x xmlns='jabber:x:data' type='submit'>{form}</x></command></iq>")
        told = self.alice.wait(lambda s: s.get("id") == identity)
        self.assertEqual(xml.error(told)[:2], ("modify", "bad-request"))


class OnTheDomain(Case):
    """A hook that gets commands to the domain itself, and only what they need."""

    format = None

    @classmethod
    def setUpClass(cls):
        cls.sections = {'hook "main"': {"format": "json", "key": "command, items, disco"}}
        cls.format = "json"
        super().setUpClass()

    def test_the_domain_says_that_it_has_commands(self):
        disco = self.alice.xmpp["xep_0030"]
        item = f'{{"jid": "{self.domain}", "node": "uptime", "name": "Uptime"}}'
        self.hook.on(COMMANDS, 200, "application/json", f'{{"kind": "iq", "items": [{item}]}}')
        async def look():
            return (await disco.get_info(jid=self.domain, timeout=10), await disco.get_items(jid=self.domain, node=COMMANDS, timeout=10))
        info, items = entity.run(look())
        self.assertIn(COMMANDS, info["disco_info"]["features"])
        self.assertEqual(items["disco_items"]["items"], {(self.domain, "uptime", "Uptime")})
