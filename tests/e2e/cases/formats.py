"""Formats: what becomes of elements without a key and of unknown keys, by configuration and request; and CBOR."""

import json

import cbor2

from harness import curl, gateway, xml
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


class Cbor(Case):
    """CBOR (RFC 8949) both ways, at every place where JSON may be."""

    format = "cbor"

    def post(self, value, path="", accept=curl.CBOR):
        body = value if isinstance(value, bytes) else cbor2.dumps(value)
        return self.gateway.post(body, curl.CBOR, path, {"Accept": accept})

    def test_a_message(self):
        self.status(202, self.post({"to": "alice@xmpp.test", "type": "chat", "body": f"{self.token} ü 水"}))
        self.assertEqual(xml.text(self.alice.wait(self.token), "body"), f"{self.token} ü 水")

    def test_an_answer_in_any_format(self):
        question = {"kind": "iq", "type": "get", "to": "xmpp.test", "disco": True}
        answer = self.status(200, self.post(question))
        self.assertEqual(answer.type, curl.CBOR)
        told = cbor2.loads(answer.body)
        self.assertEqual((told["kind"], told["type"], told["from"]), ("iq", "result", "xmpp.test"))
        as_json = self.status(200, self.post(question, accept="application/json, application/cbor;q=0.5"))
        self.assertEqual(as_json.json["disco"], told["disco"])
        query = curl.Call(f"{self.gateway.url}/disco/xmpp.test", None,
                          {"Authorization": self.gateway.credentials, "Accept": curl.CBOR}).answer()
        self.assertEqual(cbor2.loads(self.status(200, query).body)["disco"], told["disco"])

    def test_an_echo_is_the_same_as_that_of_json(self):
        stanza = {"kind": "presence", "to": "alice@xmpp.test", "priority": -5, "muc": {"history": {"maxchars": 70000}}}
        answer = cbor2.loads(self.status(200, self.post(stanza, "/echo")).body)
        self.assertEqual({key: answer[key] for key in stanza}, stanza)
        loose = b"\xd9\xd9\xf7\xbf\x62to\x7f\x65alice\x6a@xmpp.test\xff\x68priority\xf9\x45\x00\xff"
        answer = cbor2.loads(self.status(200, self.post(loose, "/echo")).body)
        self.assertEqual((answer["to"], answer["priority"]), ("alice@xmpp.test", 5))

    def test_refusals_have_their_party_and_place(self):
        cases = (
            (b"", 400, "not-well-formed", ""),
            (b"\xa1\x62to", 400, "not-well-formed", "CBOR, byte 4: the bytes end too early"),
            (b"\xa0\xa0", 400, "not-well-formed", "CBOR, byte 1: nothing may follow"),
            (cbor2.dumps([1]), 400, "not-well-formed", "an array"),
            (cbor2.dumps({"body": b"x"}), 422, "bad-format", "byte string"),
            (cbor2.dumps({"priority": 2 ** 64}), 422, "bad-format", "tag"),
            (cbor2.dumps({"priority": float("nan")}), 422, "bad-format", "finite"),
            (cbor2.dumps({"priority": 1.5}), 422, "bad-format", "priority must be"),
            (cbor2.dumps({1: "x"}), 422, "bad-format", "key of a map"),
            (b"\x81" * 40 + b"\x00", 422, "resource-constraint", "nested too deep"),
        )
        for body, status, condition, words in cases:
            with self.subTest(body):
                self.fault(self.post(body, accept=curl.JSON), status, condition)
                headers = {"Content-Type": curl.CBOR, "Authorization": self.gateway.credentials}
                url = f"http://127.0.0.1:{self.gateway.port}/v1/stanzas"
                answer = self.status(status, curl.Call(url, body, headers).answer())
                self.assertEqual(answer.json["condition"], condition)
                self.assertIn(words, answer.json["detail"])

    def test_a_hook_gets_it_and_answers_in_it(self):
        self.hook.on(self.token, 200, curl.CBOR, cbor2.dumps({"kind": "message", "body": f"re {self.token}"}))
        self.alice.send(f"<message to='cat@{self.domain}' id='{self.token}'><body>{self.token}</body></message>")
        request = self.hook.wait(self.token)
        self.assertEqual(request.type, curl.CBOR)
        self.assertIn(curl.CBOR, request.headers["Accept"])
        stanza = cbor2.loads(request.body)
        self.assertEqual((stanza["kind"], stanza["body"]), ("message", self.token))
        self.assertEqual(self.alice.wait(f"re {self.token}").get("from"), f"cat@{self.domain}")

    def test_several_stanzas_of_a_hook(self):
        both = [{"kind": "message", "body": f"{n} {self.token}"} for n in ("one", "two")]
        self.hook.on(self.token, 200, curl.CBOR, cbor2.dumps({"xmpp": both}))
        self.alice.send(f"<message to='cat@{self.domain}' id='{self.token}'><body>{self.token}</body></message>")
        self.alice.wait(f"one {self.token}")
        self.alice.wait(f"two {self.token}")

    def test_convert(self):
        stanza = {"kind": "message", "body": "x"}
        made = gateway.run("convert", "--from", "cbor", "--to", "json", stdin=cbor2.dumps(stanza))
        self.assertEqual((made.returncode, json.loads(made.stdout)), (0, stanza))
        made = gateway.run("convert", "--from", "json", "--to", "cbor", stdin=json.dumps(stanza))
        self.assertEqual((made.returncode, cbor2.loads(made.stdout)), (0, stanza))
