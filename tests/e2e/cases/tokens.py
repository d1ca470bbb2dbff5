"""Tokens that another server knows (OAuth 2.0 Token Introspection)."""

import itertools
import time

from harness import tokenserver, wait
from harness.case import Case


class Introspected(Case):
    """What the server says of a token decides; what it fails to say is a 503."""

    format = None

    @classmethod
    def setUpClass(cls):
        cls.oauth = tokenserver.TokenServer()
        cls.addClassCleanup(cls.oauth.close)
        cls.sections = {
            "introspection": {
                "url": cls.oauth.url, "client": cls.oauth.client, "secret": cls.oauth.secret, "scope": "xmpp",
                "domain": "xmpp.test", "time": "1", "keep": "0.5", "keep_refused": "0.2",
            },
            'token "own"': {"secret": "own-token", "jid": "own@rest.xmpp.test"},
            "limits": {"login_failures": "1000"},
        }
        super().setUpClass()

    def knows(self, **said):
        """A token of which the server says that."""
        token = f"{self.token}.{len(self.oauth.tokens)}"
        self.oauth.tokens[token] = {"active": True, "username": "romeo", "scope": "openid xmpp", **said}
        return token

    def call(self, token):
        body = f"<message to='alice@xmpp.test'><body>{self.token}</body></message>"
        return self.gateway.call(body, auth=f"Bearer {token}")

    def send(self, token):
        return self.call(token).answer()

    def challenge(self, answer, status, words):
        self.status(status, answer)
        self.assertRegex(answer.headers["www-authenticate"], f"^Bearer .*{words}")

    def test_a_good_token_speaks_for_its_user(self):
        token = self.knows()
        for _ in range(5):
            self.status(202, self.send(token))
        self.assertEqual(self.alice.wait(self.token).get("from"), "romeo@rest.xmpp.test")
        self.assertLess(self.oauth.asked.count(token), 5)
        self.assertNotIn(token, self.gateway.log)

    def test_a_full_address_of_the_domain(self):
        self.status(202, self.send(self.knows(username="Juliet@xmpp.test")))
        self.assertEqual(self.alice.wait(self.token).get("from"), "juliet@rest.xmpp.test")
        self.status(403, self.send(self.knows(username="juliet@evil.test")))

    def test_a_token_of_the_configuration_is_not_asked_about(self):
        self.status(202, self.send("own-token"))
        self.assertNotIn("own-token", self.oauth.asked)

    def test_what_is_not_good(self):
        now = int(time.time())
        self.challenge(self.send("made-up"), 401, 'error="invalid_token"')
        self.challenge(self.send(self.knows(exp=now - 1)), 401, 'error="invalid_token"')
        self.challenge(self.send(self.knows(token_type="refresh_token")), 401, 'error="invalid_token"')
        self.challenge(self.send(self.knows(scope="openid")), 403, 'error="insufficient_scope", scope="xmpp"')

    def test_a_revoked_token_ends_soon(self):
        token = self.knows()
        self.status(202, self.send(token))
        self.oauth.tokens[token] = {"active": False}
        wait.until(lambda: self.send(token).status == 401, "it is refused")

    def test_an_expired_token_ends_at_its_time(self):
        token = self.knows(exp=int(time.time()) + 2)
        self.status(202, self.send(token))
        wait.until(lambda: self.send(token).status == 401, "it is refused")
        self.assertGreaterEqual(time.time(), self.oauth.tokens[token]["exp"])

    def test_one_question_for_many_callers(self):
        token = self.knows()
        self.oauth.gate.clear()
        calls = [self.call(token) for _ in range(6)]
        wait.until(lambda: token in self.oauth.asked, "it is asked")
        self.oauth.gate.set()
        for call in calls:
            self.status(202, call.answer())
        self.assertEqual(self.oauth.asked.count(token), 1)

    def test_a_server_that_lies_drips_or_never_ends(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        good = b'{"active":true,"username":"romeo","scope":"xmpp"}'
        rows = {
            "short": [head + b"Content-Length: 500\r\n\r\n" + good],
            "two lengths": [head + b"Content-Length: 49\r\nContent-Length: 2\r\n\r\n" + good],
            "huge": itertools.chain([head + b"\r\n"], itertools.repeat(b" " * 65536, 100)),
            "endless": itertools.chain([head + b"\r\n{"], itertools.repeat(b" ", 1000)),
            "garbage": [b"\x00\xff" * 100],
            "html": [head + b"Content-Length: 6\r\n\r\n<html>"],
            "status": [b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"],
            "elsewhere": [b"HTTP/1.1 302 There\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"],
            "nothing": [],
        }
        before = self.gateway.process.memory()
        for name, pieces in rows.items():
            with self.subTest(name):
                token = f"{self.token}.{name.replace(' ', '-')}"
                self.oauth.raw[token] = pieces
                answer = self.status(503, self.send(token))
                self.assertIn("retry-after", answer.headers)
                self.assertNotIn("www-authenticate", answer.headers)
                # Failures in a row make a pause.
                wait.until(lambda: self.send(self.knows()).status == 202, "it goes on")
        self.assertLess(self.gateway.process.memory() - before, 1 << 20)

    def test_a_server_that_is_slow_or_away(self):
        token = self.knows()
        self.oauth.gate.clear()
        answer = self.status(503, self.send(token))
        self.assertIn("retry-after", answer.headers)
        self.oauth.gate.set()
        wait.until(lambda: self.send(token).status == 202, "it is back")
        self.oauth.close()
        self.addCleanup(lambda: self.oauth.closed and self.oauth.restart())
        for _ in range(5):
            answer = self.status(503, self.send(self.knows()))
            self.assertIn("retry-after", answer.headers)
        self.status(202, self.send("own-token"))
        self.status(202, self.gateway.post(f"<message to='alice@xmpp.test'><body>{self.token}</body></message>"))
        self.oauth.restart()
        wait.until(lambda: self.send(self.knows()).status == 202, "it is back")
