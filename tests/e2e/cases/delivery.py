"""Delivery: what is tried again, in which order, signed how, and that dead endpoints do not hold the others."""

import base64
import hashlib
import hmac
import time

from harness import gateway, wait, webhook, xml
from harness.case import Case

KEY = b"a key of thirty-two bytes or so.."
OLD = b"the key that goes out of use"


class Away(Case):
    """A device that was away for a while gets all, in order, each once; who waits for it too long is told."""

    format = None
    sections = {}

    @classmethod
    def setUpClass(cls):
        cls.away = wait.free_port()
        url = f"http://127.0.0.1:{cls.away}/in?to={{node}}"
        cls.sections = {'hook "device"': {"url": url, "format": "xml", "wait": "0.2", "wait_most": "0.5", "attempts": "100",
                                          "pause": "0.5", "patience": "1", "sign": "whsec_" + base64.b64encode(KEY).decode(),
                                          "sign_other": OLD.decode(),
                                          "headers": "X-Place: cellar", "bearer": "open-sesame"}}
        super().setUpClass()

    def test_a_device_comes_back(self):
        for number in range(5):
            self.alice.send(f"<message to='lamp@{self.domain}' id='{self.token}-{number}' type='chat'><body>{self.token}</body></message>")
        self.alice.send(f"<iq type='get' to='lamp@{self.domain}' id='{self.token}-iq'><query xmlns='urn:example:x'/></iq>")
        told = self.alice.wait(lambda s: s.get("id") == f"{self.token}-iq")
        self.assertEqual(xml.error(told)[:2], ("wait", "recipient-unavailable"))
        device = webhook.Webhook(port=self.away)
        self.addCleanup(device.close)
        wait.until(lambda: len(device.requests(self.token)) >= 5, lambda: f"all arrive:\n{self.gateway.log[-3000:]}")
        got = [r.xml.get("id") for r in device.requests(self.token)]
        self.assertEqual(got, [f"{self.token}-{number}" for number in range(5)])
        self.assertEqual(self.alice.stanzas(lambda s: (s.get("id") or "").startswith(f"{self.token}-") and s is not told
                                            and s.get("id") != f"{self.token}-iq"), [])
        self.gateway.wait_log(r"hook device: attempt 1 of 100: HOOK_UNREACHABLE: .*; next try in 0\.\d s")
        self.gateway.wait_log("hook device: left alone for")
        self.gateway.wait_log("hook device: answers again")
        self.check(device.requests(self.token)[0])

    def check(self, request):
        """The signature by another program's hand."""
        self.assertEqual((request.path, request.headers["X-Place"], request.headers["Authorization"]),
                         ("/in?to=lamp", "cellar", "Bearer open-sesame"))
        stamp = request.headers["webhook-timestamp"]
        self.assertLess(abs(time.time() - int(stamp)), 60)
        signed = b".".join([request.headers["webhook-id"].encode(), stamp.encode(), request.body])
        # While keys change, each of the two will do.
        wanted = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in (KEY, OLD)]
        self.assertEqual(request.headers["webhook-signature"], " ".join(f"v1,{signature}" for signature in wanted))


class Crowd(Case):
    """100 hooks, 10 of them dead: half refuse, half take connections and never answer."""

    format = None
    count = 900

    @classmethod
    def setUpClass(cls):
        cls.good = webhook.Webhook("HTTP/1.1")
        cls.addClassCleanup(cls.good.close)
        cls.silent = webhook.socket_that_listens()
        cls.addClassCleanup(cls.silent.close)
        dead = [f"http://127.0.0.1:{wait.free_port()}/", f"http://127.0.0.1:{cls.silent.getsockname()[1]}/"]
        rules = {"format": "json", "timeout": "2", "breaker": "2", "pause": "5", "keep": "20"}
        cls.sections = {f'hook "h{n}"': {"url": dead[n % 2] if n < 10 else cls.good.url, "to": f"h{n}@*", **rules}
                        for n in range(100)}
        super().setUpClass()

    def flood(self, kind):
        """How many a second the 90 take. One message in ten goes to a dead hook, or as well to one of the 90, so that
        the sender has as much to do either way."""
        token = f"{self.token}-{kind[-5:]}"
        start = time.monotonic()
        for number in range(self.count):
            to = 10 + number % 90
            if number % 9 == 0:
                extra, mark = (number // 9 % 10, "dead") if kind.startswith("dead") else (to, "more")
                self.alice.send(f"<message to='h{extra}@{self.domain}' type='chat' id='{mark}-{number}-{kind[-5:]}'><body>x</body></message>")
            self.alice.send(f"<message to='h{to}@{self.domain}' type='chat'><body>{token}</body></message>")
            # As many under way as the queue holds.
            wait.until(lambda number=number: len(self.good.requests(token)) > number - 50, "the hooks take them")
        wait.until(lambda: len(self.good.requests(token)) == self.count, "all arrive")
        return self.count / (time.monotonic() - start)

    def test_the_dead_do_not_hold_the_others(self):
        alone = self.flood("alone")
        first, later = self.flood("dead first"), self.flood("dead later")
        print(f"     90 hooks alone {alone:.0f} a second; beside 10 that die {first:.0f}, and when they are known as dead {later:.0f}")
        # Every stanza to a dead one comes back as an error.
        wait.until(lambda: len(self.alice.stanzas(lambda s: (s.get("id") or "").startswith("dead-") and s.get("type") == "error")) == 200,
                   lambda: f"each is returned:\n{self.gateway.log[-3000:]}", 60)


class Tried(Case):
    """`restanza hook test NAME`"""

    def test_a_sample(self):
        self.hook.on("A sample", 200, "text/plain", "I got it")
        done = gateway.run("hook", "test", "main", "--config", self.gateway.config)
        out = done.stdout.decode()
        self.assertEqual(done.returncode, 0, out)
        for part in ("> POST /hook?of=restanza HTTP/1.1", "< I got it", "= <message type='chat'", "<body>I got it</body>"):
            self.assertIn(part, out)
        self.hook.on("A sample", 404)
        self.assertEqual(gateway.run("hook", "test", "main", "--config", self.gateway.config).returncode, 1)
        self.assertEqual(gateway.run("hook", "test", "nobody", "--config", self.gateway.config).returncode, 2)
