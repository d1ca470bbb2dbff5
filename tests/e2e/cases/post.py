"""POST /rest: what a caller sends arrives at a client as it was meant, in XML, JSON and plain text."""

import json

from harness import curl, gateway, wait, xml
from harness.case import Case, on_both

TRICKY = "5 < 6 & \"7\" > '8' ü € 😀 ]]> end"


@on_both
class Xml(Case):
    """Bodies in XML."""

    def arrives(self, sent, wanted=None):
        """202 for it, and alice gets it with the gateway as the sender."""
        answer = self.status(202, self.gateway.post(sent))
        self.assertEqual(answer.body, b"")
        got = self.alice.wait(self.token)
        self.assertEqual(got.get("from"), self.domain)
        self.same(got, wanted or sent, without=("from", xml.LANG, "to"))
        return got

    def test_message_arrives_as_written(self):
        body = TRICKY.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        self.arrives(
            f"<message to='alice@xmpp.test' type='chat' id='{self.token}'><subject>s</subject><body>{body}</body>"
            "<x xmlns='urn:example:x' a='1' b=\"it&apos;s\"><y xmlns='urn:example:y'>z</y> tail <z/></x></message>")

    def test_prefixes_entities_and_cdata_say_the_same(self):
        self.arrives(
            f"<message xmlns='jabber:client' to='alice@xmpp.test' id='{self.token}' xmlns:e='urn:example:e'>"
            "<body><![CDATA[<&>]]>&#x20AC;&#8364;</body><e:a e:b='1'><e:c/></e:a></message>")

    def test_white_space_around_is_no_matter(self):
        self.arrives(f"\n  <message to='alice@xmpp.test' id='{self.token}'><body> a\n b </body></message>\n\n")

    def test_an_xml_declaration_is_no_matter(self):
        stanza = f"<message to='alice@xmpp.test' id='{self.token}'><body>x</body></message>"
        self.arrives(f"<?xml version='1.0' encoding='UTF-8'?>\n{stanza}", stanza)

    def test_presence_arrives(self):
        self.arrives(f"<presence to='alice@xmpp.test/here' id='{self.token}'><show>away</show></presence>")

    def test_language_is_kept(self):
        got = self.arrives(f"<message to='alice@xmpp.test' id='{self.token}' xml:lang='de'><body>x</body></message>")
        self.assertEqual(got.get(xml.LANG), "de")

    def test_other_attributes_are_dropped(self):
        self.arrives(f"<message to='alice@xmpp.test' id='{self.token}' odd='1'><body>x</body></message>",
                     f"<message id='{self.token}'><body>x</body></message>")

    def test_a_missing_id_is_made(self):
        self.status(202, self.gateway.post(f"<message to='alice@xmpp.test'><body>{self.token}</body></message>"))
        self.assertTrue(self.alice.wait(self.token).get("id"))

    def test_another_component_gets_it(self):
        sent = f"<message to='x@other.xmpp.test/y' type='chat' id='{self.token}'><body>x</body></message>"
        self.status(202, self.gateway.post(sent))
        self.same(self.other.wait(self.token), sent, without=("from", xml.LANG))

    def test_a_large_message_arrives(self):
        many = gateway.limit("body") * 3 // 8
        self.arrives(f"<message to='alice@xmpp.test' id='{self.token}'><body>{'ü' * many}</body></message>")


@on_both
class Json(Case):
    """Bodies in JSON."""

    def arrives(self, sent, wanted, media=curl.JSON):
        """202 for it, and alice gets what it means."""
        self.status(202, self.gateway.post(json.dumps(sent), media))
        got = self.alice.wait(self.token)
        self.same(got, wanted, ordered=False, without=("from", xml.LANG, "to", "id"))
        return got

    def test_message_with_body_subject_thread(self):
        sent = {"kind": "message", "type": "chat", "to": "alice@xmpp.test", "id": self.token,
                "body": TRICKY, "subject": "s", "thread": {"id": "t"}}
        got = self.arrives(sent, "<message type='chat'><body>5 &lt; 6 &amp; \"7\" &gt; '8' ü € 😀 ]]&gt; end</body>"
                                 "<subject>s</subject><thread>t</thread></message>")
        self.assertEqual(got.get("id"), self.token)

    def test_kind_is_found_by_the_keys(self):
        self.arrives({"to": "alice@xmpp.test", "body": self.token}, f"<message><body>{self.token}</body></message>")

    def test_presence_with_show_status_priority(self):
        sent = {"kind": "presence", "to": "alice@xmpp.test/here", "show": "dnd", "status": self.token, "priority": -5}
        self.arrives(sent, f"<presence><show>dnd</show><status>{self.token}</status><priority>-5</priority></presence>")

    def test_language(self):
        got = self.arrives({"to": "alice@xmpp.test", "body": self.token, "lang": "de"},
                           f"<message><body>{self.token}</body></message>")
        self.assertEqual(got.get(xml.LANG), "de")

    def test_media_type_with_a_parameter(self):
        self.arrives({"to": "alice@xmpp.test", "body": self.token}, f"<message><body>{self.token}</body></message>",
                     "application/json; charset=utf-8")


@on_both
class Text(Case):
    """Bodies in plain text, the rest in the path."""

    def test_message_by_path(self):
        self.status(202, self.gateway.post(f"{self.token} <&> ü", curl.TEXT, "/message/chat/alice@xmpp.test"))
        got = self.alice.wait(self.token)
        self.same(got, f"<message type='chat'><body>{self.token} &lt;&amp;&gt; ü</body></message>",
                  without=("from", xml.LANG, "to", "id"))

    def test_without_a_destination_it_is_refused(self):
        self.fault(self.gateway.post(self.token, curl.TEXT), 422, "improper-addressing")


class Transport(Case):
    """The ways in which HTTP brings a body."""

    def message(self, mark=""):
        return f"<message to='alice@xmpp.test'><body>{self.token}{mark}</body></message>"

    def test_chunked(self):
        headers = {"Transfer-Encoding": "chunked"}
        self.status(202, self.gateway.post(self.message(), headers=headers))
        self.alice.wait(self.token)

    def test_expect_continue(self):
        self.status(202, self.gateway.post(self.message(), headers={"Expect": "100-continue"}))
        self.alice.wait(self.token)

    def test_http_1_0(self):
        self.status(202, self.gateway.post(self.message(), options=("--http1.0",)))
        self.alice.wait(self.token)

    def test_two_requests_on_one_connection(self):
        answer = self.gateway.post(self.message(), options=("-w", "%{num_connects}", self.gateway.url))
        self.status(202, answer)
        wait.until(lambda: len(self.alice.stanzas(self.token)) == 2, "both messages arrive")

    def test_pipelined_requests_are_answered_in_order(self):
        def request(body, last=False):
            return (f"POST /rest HTTP/1.1\r\nHost: x\r\nAuthorization: {self.gateway.credentials}\r\n"
                    f"Content-Type: application/xmpp+xml\r\nContent-Length: {len(body)}\r\n"
                    f"{'Connection: close' + chr(13) + chr(10) if last else ''}\r\n{body}").encode()

        data = request(self.message("-1")) + request("<message") + request(self.message("-3"), last=True)
        self.assertEqual(curl.statuses(curl.raw(self.gateway.port, data)), [202, 400, 202])
        self.alice.wait(f"{self.token}-1")
        self.alice.wait(f"{self.token}-3")


class Refused(Case):
    """Well-formed requests that cannot be sent: a status and a condition that says why."""

    def test_rows(self):
        rows = (
            (415, "bad-format", "application/xml", "<message to='alice@xmpp.test'><body>x</body></message>"),
            (415, "bad-format", "text/html", "x"),
            (415, "bad-format", None, "<message to='alice@xmpp.test'/>"),
            (422, "invalid-namespace", curl.XML, "<message xmlns='urn:other' to='alice@xmpp.test'/>"),
            (422, "unsupported-stanza-type", curl.XML, "<massage to='alice@xmpp.test'/>"),
            (422, "improper-addressing", curl.XML, "<message><body>x</body></message>"),
            (422, "improper-addressing", curl.XML, "<message to=''><body>x</body></message>"),
            (422, "improper-addressing", curl.XML, "<message to='@xmpp.test'><body>x</body></message>"),
            (422, "improper-addressing", curl.XML, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"),
            (422, "improper-addressing", curl.JSON, '{"body":"x"}'),
            (422, "improper-addressing", curl.JSON, '{"body":"x","to":"a b@xmpp.test"}'),
            (422, "invalid-xml", curl.XML, "<iq to='xmpp.test' type='result'/>"),
            (422, "invalid-xml", curl.XML, "<iq to='xmpp.test'><ping xmlns='urn:xmpp:ping'/></iq>"),
            (422, "bad-format", curl.XML, "<iq to='xmpp.test' type='get'/>"),
            (422, "bad-format", curl.XML, "<iq to='xmpp.test' type='get'><a xmlns='a'/><b xmlns='b'/></iq>"),
            (422, "invalid-from", curl.XML, "<message to='alice@xmpp.test' from='@'><body>x</body></message>"),
        )
        for status, condition, media, body in rows:
            with self.subTest(media=media, body=body):
                self.fault(self.gateway.post(body, media), status, condition)
