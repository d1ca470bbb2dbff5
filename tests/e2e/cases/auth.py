"""Who may send, and as whom."""

from harness import curl, xml
from harness.case import Case, on_both

TOKENS = {
    'token "house"': {"secret": "open-sesame-house", "jid": "rest.xmpp.test"},
    'token "cat"': {"secret": "open-sesame-cat", "jid": "cat@rest.xmpp.test"},
    'token "paw"': {"secret": "open-sesame-paw", "jid": "cat@rest.xmpp.test/paw"},
}
HOUSE, CAT, PAW = "Bearer open-sesame-house", "Bearer open-sesame-cat", "Bearer open-sesame-paw"


@on_both
class Credentials(Case):
    """Basic and Bearer."""

    sections = TOKENS

    def send(self, auth, **more):
        return self.gateway.post(f"<message to='alice@xmpp.test'><body>{self.token}</body></message>", auth=auth, **more)

    def test_component_secret_sends_as_the_domain(self):
        self.status(202, self.send(True))
        self.assertEqual(self.alice.wait(self.token).get("from"), "rest.xmpp.test")

    def test_bearer_sends_as_its_address(self):
        self.status(202, self.send(CAT))
        self.assertEqual(self.alice.wait(self.token).get("from"), "cat@rest.xmpp.test")

    def test_bearer_of_a_full_address(self):
        self.status(202, self.send(PAW))
        self.assertEqual(self.alice.wait(self.token).get("from"), "cat@rest.xmpp.test/paw")

    def test_scheme_names_in_any_case(self):
        self.status(202, self.send(CAT.replace("Bearer", "bEARER")))
        self.status(202, self.send(self.gateway.credentials.replace("Basic", "basic")))

    def test_none(self):
        answer = self.fault(self.send(None), 401, "not-authorized")
        offered = answer.headers["www-authenticate"].lower()
        self.assertIn("basic", offered)
        self.assertIn("bearer", offered)

    def test_schemes_that_are_not_offered(self):
        for auth in ("Digest x", "Bearer", "Basic", "x"):
            with self.subTest(auth):
                answer = self.fault(self.send(auth), 401, "not-authorized")
                self.assertIn("www-authenticate", answer.headers)

    def test_wrong(self):
        secret = self.gateway.secret
        rows = (
            "Bearer wrong", f"Bearer {secret}", "Bearer open-sesame-ca", "Bearer open-sesame-catt", "Bearer OPEN-SESAME-CAT",
            "Basic !!!", "Basic " + "eA==", curl.basic(self.domain, "wrong"), curl.basic(self.domain, ""),
            curl.basic(self.domain, secret + "x"), curl.basic(self.domain, secret[:-1]), curl.basic("xmpp.test", secret),
            curl.basic("cat@rest.xmpp.test", secret), curl.basic("", secret), curl.basic("cat", "open-sesame-cat"),
        )
        for auth in rows:
            with self.subTest(auth):
                self.fault(self.send(auth), 403, "not-authorized")

    def test_credentials_come_before_the_body(self):
        self.fault(self.gateway.post("<broken", auth=None), 401, "not-authorized")
        self.fault(self.gateway.post("<broken", auth="Bearer wrong"), 403, "not-authorized")

    def test_the_log_has_no_secret(self):
        self.send("Bearer hush-hush-hush")
        self.send(True)
        for secret in ("hush-hush-hush", self.gateway.secret, "open-sesame"):
            self.assertNotIn(secret, self.gateway.log)


class From(Case):
    """A given sender must be covered by who asks."""

    sections = TOKENS

    def test_rows(self):
        own = self.gateway.credentials
        rows = (
            (own, "rest.xmpp.test", 202), (own, "cat@rest.xmpp.test", 202), (own, "cat@rest.xmpp.test/paw", 202),
            (own, "rest.xmpp.test/x", 202), (own, "xmpp.test", 403), (own, "alice@xmpp.test", 403),
            (own, "xrest.xmpp.test", 403), (own, "a@x.rest.xmpp.test", 403), (own, "cat@", 422), (own, "", 422),
            (HOUSE, "dog@rest.xmpp.test/x", 202), (HOUSE, "dog@other.xmpp.test", 403),
            (CAT, "cat@rest.xmpp.test", 202), (CAT, "cat@rest.xmpp.test/any", 202), (CAT, "CAT@REST.xmpp.test", 202),
            (CAT, "rest.xmpp.test", 403), (CAT, "dog@rest.xmpp.test", 403), (CAT, "cats@rest.xmpp.test", 403),
            (PAW, "cat@rest.xmpp.test/paw", 202), (PAW, "cat@rest.xmpp.test", 403), (PAW, "cat@rest.xmpp.test/PAW", 403),
        )
        for auth, sender, status in rows:
            with self.subTest(auth=auth, sender=sender):
                token = f"{self.token}-{rows.index((auth, sender, status))}"
                body = f"<message to='alice@xmpp.test' from='{sender}' id='{token}'><body>x</body></message>"
                answer = self.gateway.post(body, auth=auth)
                if status == 202:
                    self.status(202, answer)
                    self.assertEqual(self.alice.wait(lambda s: s.get("id") == token).get("from"), sender.lower()
                                     if "CAT" in sender else sender)
                else:
                    self.fault(answer, status, "not-authorized" if status == 403 else "invalid-from")
                    self.assertEqual(self.alice.stanzas(lambda s: s.get("id") == token), [])

    def test_in_json_as_well(self):
        for sender, status in (("dog@rest.xmpp.test", 403), ("cat@rest.xmpp.test/any", 202), ("@", 422)):
            with self.subTest(sender):
                body = f'{{"to":"alice@xmpp.test","from":"{sender}","body":"{self.token}"}}'
                self.status(status, self.gateway.post(body, curl.JSON, auth=CAT))
        self.assertEqual(self.alice.wait(self.token).get("from"), "cat@rest.xmpp.test/any")
        self.assertEqual(xml.text(self.alice.wait(self.token), "body"), self.token)
