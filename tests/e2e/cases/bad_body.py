"""Broken bodies: a clear answer to the caller, and nobody else notices anything."""

import os
import threading

from harness import curl, entity, gateway, wait, xml
from harness.case import Case, on_both

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "cases", "xml-broken")


class Others:
    """Callers who send good messages all the time, and one who waits for an answer."""

    def __init__(self, case):
        self.case, self.stopped, self.answers = case, threading.Event(), []
        self.waiting = case.gateway.call(
            f"<iq to='alice@xmpp.test/here' type='get' id='w'><query xmlns='{entity.SLOW}'>{case.token}</query></iq>")
        wait.until(lambda: case.alice.held, "alice holds the query")
        self.threads = [threading.Thread(target=self._send, args=(n,)) for n in range(2)]
        for thread in self.threads:
            thread.start()

    def _send(self, number):
        count = 0
        while not self.stopped.is_set():
            text = f"{self.case.token}-{number}-{count}."
            answer = self.case.gateway.post(f"<message to='alice@xmpp.test'><body>{text}</body></message>")
            self.answers.append((text, answer))
            count += 1

    def finish(self):
        """All of them got what they should have."""
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        self.case.assertFalse(self.waiting.done)
        self.case.alice.release()
        self.case.status(200, self.waiting.answer())
        for text, answer in self.answers:
            self.case.status(202, answer)
            self.case.alice.wait(lambda s, text=text: xml.text(s, "body") == text)
        self.case.assertGreater(len(self.answers), 2)


@on_both
class Xml(Case):
    """Every file of tests/cases/xml-broken."""

    def test_never_reaches_the_stream(self):
        others = Others(self)
        try:
            for name in sorted(os.listdir(FOLDER)):
                if not name.endswith(".xml"):
                    continue
                with open(os.path.join(FOLDER, name), "rb") as file:
                    body = file.read()
                with self.subTest(name):
                    self.fault(self.gateway.post(body), 400, "not-well-formed")
        finally:
            others.finish()
        self.assertEqual(self.alice.stanzas("broken"), [])


class Json(Case):
    """JSON that is none, and JSON that does not fit."""

    def test_not_well_formed(self):
        rows = (
            "", "{", "}", '{"to":"alice@xmpp.test","body":"x"', '{"to":"alice@xmpp.test","body":"x"} x', "nul", "'x'",
            '{"to":"alice@xmpp.test","body":"x",}', '{"to":"alice@xmpp.test" "body":"x"}', '{to:"alice@xmpp.test"}',
            '{"to":"alice@xmpp.test","body":"\n"}', '{"to":"alice@xmpp.test","body":"\\x"}', '{"body":"\\ud83d"}',
            '{"body":"\\ude00\\ud83d"}', '{"body":NaN}', '{"body":01}', '{"body":"x"}//', '\ufeff{"body":"x"}',
            "[" * 200000, '{"a":' * 100 + "1" + "}" * 100, '{"body":"x"}{"body":"x"}', "[]", "1", '"x"', "{}", "null",
        )
        for body in rows:
            with self.subTest(body=body[:40]):
                answer = self.gateway.post(body.encode(), curl.JSON)
                self.assertIn(answer.status, (400, 413, 422), answer)
                self.assertEqual(answer.json["error"]["type"] in ("modify", "wait"), True, answer)

    def test_bytes_that_are_no_utf_8(self):
        for body in (b'{"to":"alice@xmpp.test","body":"\xff"}', b'{"to":"alice@xmpp.test","body":"\xc0\xbc"}'):
            self.fault(self.gateway.post(body, curl.JSON), 400, "not-well-formed")

    def test_a_wrong_type_names_the_key(self):
        rows = (
            ('"body":42', "body"), ('"body":null', "body"), ('"body":["x"]', "body"), ('"subject":{}', "subject"),
            ('"kind":"presence","priority":1.5', "priority"), ('"kind":"presence","priority":"1e9999"', "priority"),
            ('"kind":"presence","priority":99999999999999999999', "priority"), ('"body":"\\u0000"', "body"),
            ('"body":"\\u0008"', "body"), ('"body":"\\uffff"', "body"), ('"id":7,"body":"x"', "id"),
            ('"type":[],"body":"x"', "type"),
        )
        for keys, key in rows:
            with self.subTest(keys):
                answer = self.status(422, self.gateway.post(f'{{"to":"alice@xmpp.test",{keys}}}', curl.JSON))
                self.assertIn(key, answer.json["error"]["text"])

    def test_an_unknown_kind(self):
        answer = self.gateway.post('{"to":"alice@xmpp.test","kind":"massage","body":"x"}', curl.JSON)
        text = self.fault(answer, 400, "not-well-formed").json["error"]["text"]
        self.assertEqual(text, "Failed to parse payload", "mod_rest says no more")

    def test_a_wrong_address_is_not_sent_to_oneself(self):
        for to in ("7", "null", '"@"', '"a@b@c"', '"\\u0000"', '""'):
            with self.subTest(to):
                self.status(422, self.gateway.post(f'{{"to":{to},"body":"{self.token}"}}', curl.JSON))
        self.settle()
        self.assertEqual(self.hook.requests(self.token), [])


class Size(Case):
    """Too much of it."""

    def test_a_body_over_the_limit(self):
        body = f"<message to='alice@xmpp.test'><body>{'x' * gateway.limit('body')}</body></message>"
        self.fault(self.gateway.post(body), 413, "resource-constraint")

    def test_a_chunked_body_over_the_limit(self):
        body = f"<message to='alice@xmpp.test'><body>{'x' * 16 * gateway.limit('body')}</body></message>"
        answer = self.gateway.post(body, headers={"Transfer-Encoding": "chunked"})
        self.assertIn(answer.status, (413, 0), answer)  # curl may see the close before the answer

    def test_credentials_come_before_the_size(self):
        self.fault(self.gateway.post("x" * (gateway.limit("body") + 1), auth=None), 401, "not-authorized")

    def test_depth_and_width(self):
        deep = "<a>" * 500 + "</a>" * 500
        wide = "<a/>" * (2 * gateway.limit("nodes"))
        attributes = "<a " + " ".join(f"a{n}='1'" for n in range(500)) + "/>"
        spaces = "<a " + " ".join(f"xmlns:a{n}='u'" for n in range(500)) + "/>"
        for what, inner in (("deep", deep), ("wide", wide), ("attributes", attributes), ("namespaces", spaces)):
            with self.subTest(what):
                answer = self.gateway.post(f"<message to='alice@xmpp.test'>{inner}</message>")
                self.assertIn(answer.status, (400, 413, 422), answer)
