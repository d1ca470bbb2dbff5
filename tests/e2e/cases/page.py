"""The page at `/`, in a real browser, before a real server."""

from harness import browser, case, curl, server, xml

NARROW, WIDE = (360, 740), (1280, 900)


class Page(case.Case):
    """One browser for all; each test opens the page anew."""

    sections = {'token "pump"': {"secret": "pump-token-of-the-test", "jid": "pump@rest.xmpp.test"}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        super().setUp()
        self.browser.resize(*WIDE)
        self.browser.scheme("light")
        self.browser.open(self.gateway.url.removesuffix("rest"))

    def tearDown(self):
        self.assertEqual([], [line for line in self.browser.complaints()
                              if "the server responded with a status of" not in line])
        super().tearDown()

    def sign_in(self, name="rest.xmpp.test", secret=server.COMPONENTS["rest.xmpp.test"]):
        self.browser.fill("#name", name)
        self.browser.fill("#secret", secret)
        self.browser.click("#login button")

    def ask(self, what, to, body=None):
        """Fills the form in and sends it; gives the answer as it is shown."""
        self.browser.click(f"#what option[value={what}]")
        self.browser.fill("#to", to)
        if body is not None:
            self.browser.fill("#body", body)
        self.browser.run("document.getElementById('answer').replaceChildren()")
        self.browser.click("#try button")
        return self.browser.wait("#answer", bool)

    def test_without_a_login_there_is_version_and_state_alone(self):
        self.browser.wait("#link", lambda text: text == "up")
        self.assertRegex(self.browser.text("h1"), r"^restanza \d+\.\d+\.\d+$")
        self.assertFalse(self.browser.shown("#inside"))
        self.assertEqual("", self.browser.run("return document.getElementById('state').textContent"))
        self.browser.picture("login")

    def test_wrong_credentials_are_told(self):
        for name, secret in (("rest.xmpp.test", "wrong"), ("", "no-such-token")):
            with self.subTest(name=name):
                self.sign_in(name, secret)
                self.browser.wait("#refused", lambda text: "not accepted" in text)
                self.assertFalse(self.browser.shown("#inside"))
                self.browser.picture("refused")

    def test_a_message_arrives_and_a_ping_is_answered(self):
        self.sign_in()
        self.browser.wait("#state", lambda text: "connected" in text)
        self.assertIn("HTTP requests", self.browser.text("#state"))
        answer = self.ask("message", self.alice.jid, f"grüße & <b>{self.token}</b>")
        self.assertTrue(answer.startswith("202 Accepted"), answer)
        arrived = self.alice.wait(self.token)
        self.assertEqual(f"grüße & <b>{self.token}</b>", xml.text(arrived, "body"))
        self.assertEqual("rest.xmpp.test", arrived.get("from"))
        self.browser.picture("message")
        answer = self.ask("ping", server.DOMAIN)
        self.assertTrue(answer.startswith("200 OK") and '"type": "result"' in answer, answer)
        answer = self.ask("version", self.alice.jid)
        self.assertIn('"name": "Slixmpp"', answer)
        answer = self.ask("disco", self.alice.jid)
        self.assertIn("urn:xmpp:ping", answer)
        answer = self.ask("ping", "nobody.invalid")
        self.assertTrue(answer.startswith("403 Forbidden") and "not-allowed" in answer, answer)
        self.browser.click("summary")
        self.assertIn("http_answers_total", self.browser.text("#counters"))
        self.browser.picture("wide")
        self.browser.scheme("dark")
        self.browser.picture("dark")
        self.browser.resize(*NARROW)
        self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), NARROW[0])
        self.browser.picture("narrow")

    def test_a_token_is_enough_and_is_forgotten(self):
        self.sign_in("", "pump-token-of-the-test")
        self.browser.wait("#state", lambda text: "connected" in text)
        self.ask("message", self.alice.jid, self.token)
        self.assertEqual("pump@rest.xmpp.test", self.alice.wait(self.token).get("from"))
        self.assertEqual(0, self.browser.run("return localStorage.length + sessionStorage.length"))
        self.assertEqual("", self.browser.run("return document.cookie"))
        self.browser.click("#leave")
        self.assertTrue(self.browser.shown("#login") and not self.browser.shown("#inside"))
        self.assertEqual("", self.browser.run("return document.getElementById('state').textContent"))
        self.sign_in("", "pump-token-of-the-test")
        self.browser.wait("#state", lambda text: "connected" in text)
        self.browser.open(self.gateway.url.removesuffix("rest"))
        self.assertFalse(self.browser.shown("#inside"))

    def test_it_is_used_by_keyboard_alone(self):
        self.browser.press("\ue004")
        self.browser.press("rest.xmpp.test\ue004")
        self.browser.press(f"{server.COMPONENTS['rest.xmpp.test']}\ue007")
        self.browser.wait("#state", lambda text: "connected" in text)
        self.browser.press(f"{self.alice.jid}\ue004")
        self.browser.press(f"{self.token}\ue004")
        self.browser.press("\ue007")
        self.browser.wait("#answer", lambda text: text.startswith("202"))
        self.alice.wait(self.token)
        for css, wanted in {
            "#name": ("textbox", "Name"), "#secret": ("textbox", "Secret or token"), "#to": ("textbox", "To"),
            "#body": ("textbox", "Text"), "#what": ("combobox", "What"), "#try button": ("button", "Send"),
            "#leave": ("button", "Sign out"), "#link": ("status", ""), "#refused": ("alert", ""),
        }.items():
            if self.browser.shown(css):
                self.assertEqual(wanted, self.browser.role(css), css)

    def test_nothing_of_others_runs_on_it(self):
        head = curl.Call(self.gateway.url.removesuffix("rest")).answer().headers
        policy = head["content-security-policy"]
        self.assertNotIn("unsafe", policy)
        for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            self.assertIn(part, policy)
        self.assertEqual(("nosniff", "no-referrer"), (head["x-content-type-options"], head["referrer-policy"]))
        self.browser.run("const s = document.createElement('script'); s.textContent = 'window.bad = 1';"
                         "document.body.append(s)")
        self.assertIsNone(self.browser.run("return window.bad || null"))
        self.assertTrue(any("Content Security Policy" in line for line in self.browser.complaints()))
