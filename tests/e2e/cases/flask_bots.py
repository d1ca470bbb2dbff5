"""The two echo bots of mod_rest's manual, unchanged, with Flask, configured as the manual says."""

import os

from harness import process, wait, xml
from harness.case import Case

BOTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "cases", "echo-bots")


class AsXml(Case):
    """`rest_callback_url` alone: XML."""

    format = None
    bot, says, options = "as_xml", "Yes this is bot", {}

    @classmethod
    def setUpClass(cls):
        port = wait.free_port()
        argv = ["/usr/bin/python3", "-m", "flask", "--app", os.path.abspath(os.path.join(BOTS, f"{cls.bot}.py")), "run", "--port", str(port)]
        cls.program = process.Process("flask", argv, process.scratch("flask")).start()
        cls.addClassCleanup(cls.program.kill)
        wait.until(lambda: wait.accepts(port) or not cls.program.alive, lambda: f"Flask listens:\n{cls.program.output()}")
        cls.sections = {'hook "bot"': {"rest_callback_url": f'"http://127.0.0.1:{port}/"', **cls.options}}
        super().setUpClass()

    def test_a_message_is_answered(self):
        for number in range(3):
            address = f"{self.token}-{number}@{self.domain}"
            self.alice.send(f"<message to='{address}' id='{self.token}-{number}' type='chat'><body>Hello</body></message>")
            got = self.alice.wait(lambda s, address=address: s.get("from") == address)
            self.assertEqual((got.tag.rpartition("}")[2], got.get("type"), xml.text(got, "body")), ("message", None, self.says))

    def test_what_it_does_not_do_is_501(self):
        self.alice.send(f"<iq type='get' to='bot@{self.domain}' id='{self.token}'><query xmlns='urn:example:x'/></iq>")
        told = self.alice.wait(lambda s: s.get("id") == self.token)
        self.assertEqual(xml.error(told)[:2], ("cancel", "feature-not-implemented"))


class AsJson(AsXml):
    """`rest_callback_content_type = "application/json"`."""

    bot, says, options = "as_json", "hello", {"rest_callback_content_type": '"application/json";'}
