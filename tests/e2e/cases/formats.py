"""How JSON is mapped: what becomes of elements without a key and of unknown keys, by configuration and request."""

from harness import curl
from harness.case import Case

EXTRA = "<y xmlns='urn:example:y' a='1'>z</y>"
KEPT = ["<y xmlns='urn:example:y' a='1'>z</y>"]


class Mapped(Case):
    """The gateway drops what has no key and takes what it does not know; one hook does otherwise."""

    format = "json"
    sections = {'hook "main"': {"unmapped": "keep", "strict": "yes"}}

    def echo(self, body, query="", media=curl.JSON, **headers):
        return self.gateway.post(body, media, f"/echo{query}", {"Accept": curl.JSON, **headers})

    def test_a_request_asks(self):
        body = f"<message to='alice@xmpp.test'><body>{self.token}</body>{EXTRA}</message>"
        self.assertNotIn("xml", self.status(200, self.echo(body, media=curl.XML)).json)
        kept = self.status(200, self.echo(body, "?unmapped=keep", curl.XML))
        self.assertEqual(kept.json["xml"], KEPT)
        # What was kept is taken again.
        again = self.status(200, self.echo(kept.body, "?unmapped=keep&strict", Accept=curl.XML))
        self.assertIn(EXTRA, again.text)

    def test_a_request_is_strict(self):
        body = '{"to": "alice@xmpp.test", "body": "b", "oob": {"url": "u", "size": 1}}'
        self.status(200, self.echo(body))
        refused = self.fault(self.echo(body, "?strict"), 422, "bad-format") or self.echo(body, "?strict")
        self.assertIn("oob.size is not a key", refused.json["error"]["text"])
        self.fault(self.echo(body, "?strict=perhaps"), 400, "not-well-formed")

    def test_a_hook_keeps_and_is_strict(self):
        self.hook.on(self.token, 200, curl.JSON,
                     f'{{"kind": "message", "body": "re {self.token}", "xml": ["{EXTRA}"]}}')
        self.alice.send(f"<message to='cat@{self.domain}' id='{self.token}'><body>{self.token}</body>{EXTRA}</message>")
        self.assertEqual(self.hook.wait(self.token).json["xml"], KEPT)
        got = self.alice.wait(f"re {self.token}")
        self.assertEqual(got.find("{urn:example:y}y").text, "z")

    def test_a_hook_names_an_unknown_key_in_the_log(self):
        self.hook.on(self.token, 200, curl.JSON, '{"kind": "message", "bodi": "no"}')
        self.alice.send(f"<message to='cat@{self.domain}' id='{self.token}'><body>{self.token}</body></message>")
        self.hook.wait(self.token)
        self.gateway.wait_log("hook main: UNKNOWN_KEY: bodi is not a key of a message")
