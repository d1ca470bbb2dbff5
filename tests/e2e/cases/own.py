"""What the gateway answers when its own domain is asked."""

from harness import xml
from harness.case import Case, on_both


@on_both
class Domain(Case):
    """Without a webhook: everything asked gets an answer from the gateway itself."""

    format = None

    def ask(self, payload, to=None, kind="get"):
        self.alice.send(f"<iq type='{kind}' id='{self.token}' to='{to or self.domain}'>{payload}</iq>")
        return self.alice.wait(lambda s: s.get("id") == self.token and s.get("from") == (to or self.domain))

    def test_ping(self):
        answer = self.ask("<ping xmlns='urn:xmpp:ping'/>")
        self.assertEqual((answer.get("type"), len(answer)), ("result", 0))

    def test_version(self):
        answer = self.ask("<query xmlns='jabber:iq:version'/>")
        self.assertEqual(answer.get("type"), "result")
        self.assertEqual(xml.text(answer[0], "name"), "restanza")
        self.assertTrue(xml.text(answer[0], "version"))

    def test_disco(self):
        answer = self.ask("<query xmlns='http://jabber.org/protocol/disco#info'/>")
        self.assertEqual(answer.get("type"), "result")
        self.assertEqual(["restanza"], [i.get("name") for i in answer[0] if i.tag.endswith("}identity")])
        features = {f.get("var") for f in answer[0] if f.tag.endswith("}feature")}
        self.assertLessEqual({"http://jabber.org/protocol/disco#info", "urn:xmpp:ping", "jabber:iq:version",
                              "jabber:iq:last"}, features)

    def test_last_activity(self):
        answer = self.ask("<query xmlns='jabber:iq:last'/>")
        self.assertEqual(answer.get("type"), "result")
        self.assertGreaterEqual(int(answer[0].get("seconds")), 0)

    def test_other_queries_get_an_error(self):
        for to in (self.domain, f"cat@{self.domain}"):
            with self.subTest(to):
                answer = self.ask("<query xmlns='urn:example:unknown'/>", to)
                self.assertEqual(answer.get("type"), "error")
                self.assertIn(xml.error(answer)[1], ("service-unavailable", "feature-not-implemented"))
            self.setUp()

    def test_a_message_that_nobody_takes_is_answered(self):
        self.alice.send(f"<message to='cat@{self.domain}' id='{self.token}' type='chat'><body>x</body></message>")
        answer = self.alice.wait(self.token)
        self.assertEqual((answer.get("type"), xml.error(answer)[1]), ("error", "service-unavailable"))


@on_both
class BesideAHook(Case):
    """With a webhook the gateway still answers for itself; what it does not know is for the webhook."""

    def test_ping_is_answered_by_the_gateway(self):
        self.hook.on(self.token, 404)
        self.alice.send(f"<iq type='get' id='{self.token}' to='{self.domain}'><ping xmlns='urn:xmpp:ping'/></iq>")
        self.assertEqual(self.alice.wait(self.token).get("type"), "result")

    def test_the_rest_goes_to_the_webhook(self):
        self.alice.send(f"<iq type='get' id='{self.token}' to='{self.domain}'><query xmlns='urn:example:x'/></iq>")
        self.hook.wait(self.token)
        self.assertEqual(self.alice.wait(self.token).get("type"), "result")
