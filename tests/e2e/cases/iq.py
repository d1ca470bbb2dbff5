"""An iq waits for its answer."""

import json

from harness import curl, entity, gateway, wait, xml
from harness.case import Case, on_both

ALICE = "alice@xmpp.test/here"


def query(namespace, identity="q", to=ALICE, text="", kind="get"):
    """An iq with a query in one of the namespaces that `entity` knows."""
    return f"<iq to='{to}' type='{kind}' id='{identity}'><query xmlns='{namespace}'>{text}</query></iq>"


@on_both
class Answers(Case):
    """Results and errors of a client, a component and the server come back, both with 200."""

    def test_result_in_xml(self):
        answer = self.status(200, self.gateway.post(query(entity.ECHO, self.token, text="<a xmlns='urn:a' b='1'/>")))
        self.assertEqual(answer.type, curl.XML)
        wanted = (f"<iq type='result' id='{self.token}' from='{ALICE}' to='{self.domain}'>"
                  f"<query xmlns='{entity.ECHO}'><a xmlns='urn:a' b='1'/></query></iq>")
        self.same(answer.text, wanted, without=(xml.LANG,))

    def test_set_as_well(self):
        answer = self.status(200, self.gateway.post(query(entity.ECHO, self.token, kind="set")))
        self.assertEqual(xml.parse(answer.body).get("type"), "result")

    def test_result_in_json(self):
        sent = {"kind": "iq", "type": "get", "to": ALICE, "id": self.token, "version": {}}
        answer = self.status(200, self.gateway.post(json.dumps(sent), curl.JSON))
        got = answer.json
        self.assertEqual((got["kind"], got["type"], got["id"], got["from"]), ("iq", "result", self.token, ALICE))
        self.assertEqual(got["version"]["name"], "Slixmpp")

    def test_xml_in_json_out(self):
        sent = f"<iq to='{ALICE}' type='get' id='{self.token}'><query xmlns='jabber:iq:version'/></iq>"
        answer = self.status(200, self.gateway.post(sent, headers={"Accept": "application/json"}))
        self.assertEqual((answer.type, answer.json["version"]["name"]), (curl.JSON, "Slixmpp"))

    def test_ping_of_a_client_and_of_the_server(self):
        for to in (ALICE, "xmpp.test", "other.xmpp.test"):
            with self.subTest(to):
                answer = self.status(200, self.gateway.post(json.dumps({"to": to, "ping": True}), curl.JSON))
                self.assertEqual((answer.json["type"], answer.json["from"]), ("result", to))

    def test_disco_of_the_server(self):
        answer = self.status(200, self.gateway.post(json.dumps({"to": "xmpp.test", "disco": True}), curl.JSON))
        self.assertIn("http://jabber.org/protocol/disco#info", answer.json["disco"]["features"])

    def test_items_of_the_server(self):
        answer = self.status(200, self.gateway.post(json.dumps({"to": "xmpp.test", "items": True}), curl.JSON))
        self.assertIn(self.domain, [item["jid"] for item in answer.json["items"]])

    def test_error_of_a_client(self):
        answer = self.status(200, self.gateway.post(query("urn:example:unknown", self.token)))
        got = xml.parse(answer.body)
        self.assertEqual((got.get("type"), got.get("id")), ("error", self.token))
        self.assertEqual(xml.error(got)[:2], ("cancel", "feature-not-implemented"))

    def test_error_in_json(self):
        sent = query("urn:example:unknown", self.token)
        got = self.status(200, self.gateway.post(sent, headers={"Accept": "application/json"})).json
        self.assertEqual((got["type"], got["error"]["condition"]), ("error", "feature-not-implemented"))

    def test_nobody_there(self):
        for to in ("nobody@xmpp.test/x", "alice@xmpp.test/elsewhere"):
            with self.subTest(to):
                got = xml.parse(self.status(200, self.gateway.post(query(entity.ECHO, to=to))).body)
                self.assertEqual(xml.error(got)[:2], ("cancel", "service-unavailable"))

    def test_a_missing_id_is_made(self):
        sent = f"<iq to='{ALICE}' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"
        self.assertTrue(xml.parse(self.status(200, self.gateway.post(sent)).body).get("id"))

    def test_the_same_id_of_two_callers_at_the_same_time(self):
        marks = ("one", "two", "three")[:gateway.limit("waiting")]
        calls = [self.gateway.call(query(entity.SLOW, "same", text=mark)) for mark in marks]
        wait.until(lambda: self.alice.held == len(marks), "alice holds them all")
        self.assertFalse(any(call.done for call in calls))
        self.alice.release()
        for call, mark in zip(calls, marks):
            got = xml.parse(self.status(200, call.answer()).body)
            self.assertEqual((got.get("id"), got[0].text), ("same", mark))

    def test_others_go_on_while_one_waits(self):
        call = self.gateway.call(query(entity.SLOW, self.token))
        wait.until(lambda: self.alice.held == 1, "alice holds it")
        self.status(202, self.gateway.post(f"<message to='{ALICE}'><body>{self.token}</body></message>"))
        self.assertFalse(call.done)
        self.alice.release()
        self.status(200, call.answer())

    def test_an_answer_from_somebody_else_is_not_taken(self):
        call = self.gateway.call(query(entity.SLOW, self.token))
        asked = self.alice.wait(lambda s: s.get("type") == "get" and s.find(f"{{{entity.SLOW}}}query") is not None
                                and s.get("id") not in self.seen)
        self.seen.add(asked.get("id"))
        self.other.send(f"<iq type='result' id='{asked.get('id')}' from='mallory@other.xmpp.test' to='{self.domain}'/>")
        self.hook.wait("mallory")
        self.assertFalse(call.done)
        self.alice.release()
        got = xml.parse(self.status(200, call.answer()).body)
        self.assertEqual((got.get("from"), got[0].tag), (ALICE, f"{{{entity.SLOW}}}query"))

    def setUp(self):
        super().setUp()
        # Queries of earlier tests that alice remembers.
        self.seen = {s.get("id") for s in self.alice.stanzas(entity.SLOW)}


@on_both
class Timeout(Case):
    """No answer in time: 504."""

    sections = {"http": {"iq_timeout": "2"}}

    def test_a_silent_peer(self):
        self.fault(self.gateway.post(query(entity.SILENT)), 504, "remote-server-timeout")

    def test_the_caller_may_ask_for_less(self):
        answer = self.gateway.post(query(entity.SILENT), headers={"Prosody-Rest-Timeout": "1"})
        self.fault(answer, 504, "remote-server-timeout")

    def test_an_answer_after_that_disturbs_nobody(self):
        self.status(504, self.gateway.post(query(entity.SLOW, self.token)))
        call = self.gateway.call(query(entity.SLOW, self.token, text="second"))
        wait.until(lambda: self.alice.held == 2, "alice holds both")
        self.alice.release()
        got = xml.parse(self.status(200, call.answer()).body)
        self.assertEqual((got.get("id"), got[0].text), (self.token, "second"))


class Waiting(Case):
    """Too many that wait."""

    sections = {"limits": {"waiting": "3", "connections": "8"}}

    def test_one_more_is_told_to_come_again(self):
        calls = [self.gateway.call(query(entity.SLOW, f"w{n}")) for n in range(3)]
        wait.until(lambda: self.alice.held == 3, "alice holds three")
        answer = self.fault(self.gateway.post(query(entity.SLOW, "w3")), 503, "resource-constraint")
        self.assertGreater(int(answer.headers["retry-after"]), 0)
        # A message needs no place to wait.
        self.status(202, self.gateway.post(f"<message to='{ALICE}'><body>{self.token}</body></message>"))
        self.assertEqual(self.alice.release(), 3)
        for number, call in enumerate(calls):
            self.assertEqual(xml.parse(self.status(200, call.answer()).body).get("id"), f"w{number}")
        self.status(200, self.gateway.post(query(entity.ECHO, "again")))

    def test_a_caller_that_leaves_gives_its_place_back(self):
        calls = [self.gateway.call(query(entity.SLOW, f"x{n}"), deadline=1) for n in range(3)]
        for call in calls:
            self.assertEqual(call.answer().status, 0)
        wait.until(lambda: self.gateway.post(query(entity.ECHO, "again")).status == 200, "there is a place again")
        self.alice.release()
