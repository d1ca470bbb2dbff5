"""The webhook: what arrives for the component is POSTed to it, and its answer becomes the reply."""

from harness import wait, webhook, xml
from harness.case import Case, on_both

ALICE = "alice@xmpp.test/here"

# Section 7 of the original's description: which error a refused stanza gets.
STATUSES = (
    ((400, 411, 416, 422), "modify", "bad-request"),
    ((401, 511), "auth", "not-authorized"),
    ((402,), "auth", "payment-required"),
    ((403, 451), "auth", "forbidden"),
    ((404,), "cancel", "item-not-found"),
    ((405,), "cancel", "not-allowed"),
    ((406,), "modify", "not-acceptable"),
    ((407,), "auth", "registration-required"),
    ((408, 502, 504), "wait", "remote-server-timeout"),
    ((409, 412), "cancel", "conflict"),
    ((410,), "cancel", "gone"),
    ((413, 414, 431), "modify", "resource-constraint"),
    ((415, 501), "cancel", "feature-not-implemented"),
    ((423, 429, 507), "wait", "resource-constraint"),
    ((500,), "wait", "internal-server-error"),
    ((503,), "cancel", "service-unavailable"),
    ((418, 301, 302, 599), "cancel", "undefined-condition"),
)


class Hooked(Case):
    """Ways to send to the gateway and to wait for what comes back."""

    def message(self, kind="chat", to=None, payload="<body>{token}</body>", identity=None):
        to = to or f"cat@{self.domain}"
        self.alice.send(f"<message to='{to}' id='{identity or self.token}' type='{kind}'>"
                        f"{payload.format(token=self.token)}</message>")

    def iq(self, payload="<query xmlns='urn:example:x'/>", kind="get"):
        self.alice.send(f"<iq to='cat@{self.domain}' id='{self.token}' type='{kind}'>{payload}</iq>")
        return self.alice.wait(lambda s: s.get("id") == self.token and s.get("type") in ("result", "error"))

    def replies(self):
        """What alice got from the gateway after everything came through."""
        self.settle()
        return self.alice.stanzas(lambda s: s.get("from") == f"cat@{self.domain}" and self.token in xml.show(s))


@on_both
class XmlHook(Hooked):
    """format = xml"""

    def test_the_request_is_the_stanza(self):
        self.message(payload="<body>{token} &lt;ü&gt;</body><x xmlns='urn:x' a='&quot;'>y</x>")
        request = self.hook.wait(self.token)
        self.assertEqual((request.method, request.path, request.type), ("POST", "/hook?of=restanza", "application/xmpp+xml"))
        self.assertEqual(request.headers["Host"], f"127.0.0.1:{self.hook.port}")
        self.same(request.xml, f"<message from='{ALICE}' to='cat@{self.domain}' id='{self.token}' type='chat'>"
                               f"<body>{self.token} &lt;ü&gt;</body><x xmlns='urn:x' a='&quot;'>y</x></message>",
                  without=(xml.LANG,))

    def test_202_and_204_say_nothing(self):
        for status in (202, 204):
            with self.subTest(status):
                self.setUp()
                self.hook.on(self.token, status)
                self.message()
                self.hook.wait(self.token)
                self.assertEqual(self.replies(), [])

    def test_xml_reply(self):
        self.hook.on(self.token, 200, "application/xmpp+xml",
                     f"<message type='chat' id='r{self.token}' from='evil@x' to='bob@xmpp.test'>"
                     f"<body>re {self.token}</body><y xmlns='urn:y'/></message>")
        self.message()
        got = self.alice.wait(f"re {self.token}")
        self.same(got, f"<message type='chat' id='r{self.token}' from='cat@{self.domain}' to='{ALICE}'>"
                       f"<body>re {self.token}</body><y xmlns='urn:y'/></message>", without=(xml.LANG,))

    def test_json_reply(self):
        self.hook.on(self.token, 200, "application/json", f'{{"kind":"message","type":"chat","body":"re {self.token}"}}')
        self.message()
        got = self.alice.wait(f"re {self.token}")
        self.assertEqual((got.get("type"), got.get("from")), ("chat", f"cat@{self.domain}"))

    def test_text_reply(self):
        self.hook.on(self.token, 200, "text/plain; charset=utf-8", f"re {self.token} <&> ü")
        self.message()
        got = self.alice.wait(f"re {self.token}")
        self.assertEqual((got.get("type"), xml.text(got, "body")), ("chat", f"re {self.token} <&> ü"))

    def test_presence_and_its_reply(self):
        self.hook.on(self.token, 200, "application/xmpp+xml", f"<presence><status>re {self.token}</status></presence>")
        self.alice.send(f"<presence to='cat@{self.domain}' id='{self.token}'><status>{self.token}</status></presence>")
        self.assertEqual(self.hook.wait(self.token).xml.tag.rpartition("}")[2], "presence")
        self.assertEqual(self.alice.wait(f"re {self.token}").get("from"), f"cat@{self.domain}")

    def test_statuses_become_errors(self):
        for statuses, kind, condition in STATUSES:
            for status in statuses:
                with self.subTest(status):
                    self.setUp()
                    self.hook.on(self.token, status, "text/html", "<html>the body of another type is not used</html>")
                    self.message()
                    got = self.alice.wait(lambda s: s.get("id") == self.token and s.get("type") == "error")
                    self.assertEqual(xml.error(got)[:2], (kind, condition))
                    self.assertNotIn("html", xml.error(got)[2] or "")
                    self.assertEqual(got.get("from"), f"cat@{self.domain}")

    def test_the_words_of_a_refusal_are_passed_on(self):
        self.hook.on(self.token, 403, "text/plain", "Not on a Sunday. " + "x" * 2000)
        self.message()
        words = xml.error(self.alice.wait(lambda s: s.get("id") == self.token and s.get("type") == "error"))[2]
        self.assertTrue(words.startswith("Not on a Sunday. x"), words)
        self.assertLessEqual(len(words), 512)

    def test_an_error_stanza_of_the_hook(self):
        stanza = ("<message type='error'><error type='wait'><recipient-unavailable "
                  "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
        self.hook.on(self.token, 404, "application/xmpp+xml", stanza)
        self.message()
        got = self.alice.wait(lambda s: s.get("id") == self.token and s.get("type") == "error")
        self.assertEqual(xml.error(got)[:2], ("wait", "recipient-unavailable"))

    def test_iq_without_content_is_an_empty_result(self):
        for status in (202, 204, 200):
            with self.subTest(status):
                self.setUp()
                self.hook.on(self.token, status)
                got = self.iq()
                self.assertEqual((got.get("type"), len(got)), ("result", 0))

    def test_iq_reply(self):
        self.hook.on(self.token, 200, "application/xmpp+xml", "<iq type='get' id='no'><query xmlns='urn:example:x'>a</query></iq>")
        got = self.iq(kind="set")
        self.assertEqual((got.get("type"), got.get("from"), got[0].text), ("result", f"cat@{self.domain}", "a"))

    def test_iq_reply_in_json(self):
        self.hook.on(self.token, 200, "application/json", '{"kind":"iq","version":{"name":"cat","version":"9"}}')
        got = self.iq("<query xmlns='jabber:iq:version'/>")
        self.assertEqual((got.get("type"), xml.text(got[0], "name")), ("result", "cat"))

    def test_iq_refused(self):
        self.hook.on(self.token, 404)
        got = self.iq()
        self.assertEqual((got.get("type"), xml.error(got)[:2]), ("error", ("cancel", "item-not-found")))

    def test_results_and_errors_are_never_answered(self):
        rows = (
            "<message type='error' {}><body>b</body><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
            "</error></message>",
            "<iq type='result' {}/>",
            "<iq type='error' {}><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        )
        answers = ((200, "application/xmpp+xml", "<message><body>{}</body></message>"), (404, None, ""), (204, None, ""))
        for row in rows:
            for status, media, text in answers:
                with self.subTest(row=row, status=status):
                    self.setUp()
                    self.hook.on(self.token, status, media, text.format(self.token))
                    self.alice.send(row.format(f"to='cat@{self.domain}' id='{self.token}'"))
                    self.hook.wait(self.token)
                    self.assertEqual(self.replies(), [])

    def test_the_order_of_a_sender_is_kept(self):
        for number in range(30):
            self.message(identity=f"{self.token}-{number}", payload=f"<body>{self.token}-{number}.</body>")
        wait.until(lambda: len(self.hook.requests(self.token)) == 30, "all 30 arrive")
        self.assertEqual([r.xml.get("id") for r in self.hook.requests(self.token)],
                         [f"{self.token}-{number}" for number in range(30)])


@on_both
class JsonHook(Hooked):
    """format = json"""

    format = "json"

    def test_the_request_is_the_stanza(self):
        self.message(payload="<body>{token} &lt;&quot;ü&gt;</body><subject>s</subject>")
        request = self.hook.wait(self.token)
        self.assertEqual((request.method, request.type), ("POST", "application/json"))
        got = request.json
        got.pop("lang", None)
        self.assertEqual(got, {"kind": "message", "type": "chat", "from": ALICE, "to": f"cat@{self.domain}",
                               "id": self.token, "body": f"{self.token} <\"ü>", "subject": "s"})

    def test_reply(self):
        self.hook.on(self.token, 200, "application/json", f'{{"body":"re {self.token} \\ud83d\\ude00"}}')
        self.message()
        self.assertEqual(xml.text(self.alice.wait(f"re {self.token}"), "body"), f"re {self.token} 😀")

    def test_an_error_in_json(self):
        self.hook.on(self.token, 409, "application/json", '{"kind":"message","type":"error","error":'
                     '{"type":"modify","condition":"policy-violation","text":"no"}}')
        self.message()
        got = self.alice.wait(lambda s: s.get("id") == self.token and s.get("type") == "error")
        self.assertEqual(xml.error(got), ("modify", "policy-violation", "no"))


@on_both
class TextHook(Hooked):
    """format = text"""

    format = "text"

    def test_the_request_is_the_body(self):
        self.message(payload="<body>{token} &lt;ü&gt;</body>")
        request = self.hook.wait(self.token)
        self.assertEqual((request.type, request.text), ("text/plain", f"{self.token} <ü>"))


class KeepAlive(Hooked):
    """An HTTP/1.1 webhook keeps its connection, and restanza uses it."""

    protocol = "HTTP/1.1"

    def test_one_connection_for_many(self):
        for number in range(10):
            self.hook.on(f"{self.token}-{number}.", 200, "text/plain", f"re {self.token}-{number}.")
            self.message(identity=f"{self.token}-{number}", payload=f"<body>{self.token}-{number}.</body>")
            self.alice.wait(f"re {self.token}-{number}.")
        self.assertLess(self.hook.connections, 10)


class Choice(Hooked):
    """kinds and events choose what goes where."""

    sections = {'hook "main"': {"kinds": "message, presence", "events": "bare"}}

    def test_only_what_was_wanted(self):
        self.message(to=f"cat@{self.domain}", identity=f"{self.token}-bare")
        self.message(to=f"cat@{self.domain}/paw", identity=f"{self.token}-full")
        self.message(to=self.domain, identity=f"{self.token}-host")
        self.hook.wait(f"{self.token}-bare")
        for refused in ("full", "host"):
            got = self.alice.wait(f"{self.token}-{refused}")
            self.assertEqual(got.get("type"), "error")
        self.assertEqual([r.xml.get("id") for r in self.hook.requests(self.token)], [f"{self.token}-bare"])

    def test_an_iq_is_refused(self):
        self.assertEqual(self.iq().get("type"), "error")
        self.assertEqual(self.hook.requests(self.token), [])


class BusyboxHook(Case):
    """A webhook in C and shell: busybox httpd."""

    format = None

    @classmethod
    def setUpClass(cls):
        cls.busybox = webhook.Busybox()
        cls.addClassCleanup(cls.busybox.close)
        cls.sections = {'hook "busybox"': {"url": cls.busybox.url, "format": "json"}}
        super().setUpClass()

    def test_there_and_back(self):
        self.alice.send(f"<message to='cat@{self.domain}' type='chat'><body>{self.token}</body></message>")
        got = self.alice.wait(lambda s: xml.text(s, "body") == "echo by busybox")
        self.assertEqual(got.get("from"), f"cat@{self.domain}")
        self.assertTrue(any(self.token in body for body in self.busybox.bodies()))
