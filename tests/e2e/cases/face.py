"""The routes of our own: /v1, and what operators ask."""

import json

from harness import curl, wait
from harness.case import Case

PROBLEM = "application/problem+json"


class Versioned(Case):
    """The manners of HTTP, with a real server."""

    sections = {'user "juliet"': {"secret": "in the orchard", "jid": "juliet@rest.xmpp.test", "to": "*@xmpp.test"}}

    def get(self, path, auth=True, **headers):
        url = f"http://127.0.0.1:{self.gateway.port}{path}"
        login = {"Authorization": self.gateway.credentials if auth is True else auth} if auth else {}
        return curl.Call(url, None, {**login, **headers}).answer()

    def post(self, path, body, auth=True):
        url = f"http://127.0.0.1:{self.gateway.port}{path}"
        login = {"Authorization": self.gateway.credentials if auth is True else auth}
        return curl.Call(url, json.dumps(body), {"Content-Type": curl.JSON, **login}).answer()

    def test_a_message(self):
        self.status(202, self.post("/v1/stanzas", {"to": "alice@xmpp.test", "body": self.token}))
        self.alice.wait(self.token)

    def test_an_answer(self):
        answer = self.status(200, self.get("/v1/disco/xmpp.test"))
        self.assertEqual((answer.type, answer.json["disco"]["identities"][0]["name"]), (curl.JSON, "Prosody"))

    def test_an_error_is_a_status(self):
        answer = self.status(503, self.get("/v1/ping/nobody@xmpp.test/x"))
        self.assertEqual((answer.type, answer.json["condition"]), (PROBLEM, "service-unavailable"))
        self.assertEqual(answer.json["source"], "nobody@xmpp.test/x")

    def test_a_timeout(self):
        query = "<iq to='alice@xmpp.test/here' type='get'><query xmlns='urn:restanza:test:silent'/></iq>"
        url = f"http://127.0.0.1:{self.gateway.port}/v1/stanzas"
        headers = {"Content-Type": curl.XML, "Authorization": self.gateway.credentials, "Prefer": "wait=1"}
        answer = self.status(504, curl.Call(url, query, headers).answer())
        self.assertEqual((answer.type, answer.json["condition"]), (PROBLEM, "remote-server-timeout"))

    def test_a_user_and_its_bounds(self):
        juliet = curl.basic("juliet", "in the orchard")
        self.status(202, self.post("/v1/stanzas", {"to": "alice@xmpp.test", "body": self.token}, juliet))
        self.assertEqual(self.alice.wait(self.token).get("from"), "juliet@rest.xmpp.test")
        answer = self.status(403, self.post("/v1/stanzas", {"to": "x@other.xmpp.test", "body": "x"}, juliet))
        self.assertEqual((answer.type, answer.json["error_type"]), (PROBLEM, "auth"))

    def test_operators_ask(self):
        self.status(200, self.get("/healthz", None))
        self.status(200, self.get("/readyz", None))
        self.status(401, self.get("/metrics", None))
        answer = self.status(200, self.get("/metrics"))
        self.assertIn("\nrestanza_up 1\n", answer.text)
        self.assertEqual(answer.type, "text/plain")


class NotReady(Case):
    """Without a server it is alive, and not ready."""

    def test_the_server_goes(self):
        url = f"http://127.0.0.1:{self.gateway.port}/readyz"
        self.server.stop()
        wait.until(lambda: curl.Call(url).answer().status == 503, "not ready")
        self.status(200, curl.Call(url.replace("ready", "health")).answer())
        self.server.start()
        wait.until(lambda: curl.Call(url).answer().status == 200, "ready again")

    def tearDown(self):
        """The link was lost on purpose."""
