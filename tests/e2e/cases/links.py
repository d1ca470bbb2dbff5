"""The link to the server: there at last, back again, and never a lie about it."""

import threading
import unittest

from harness import entity, gateway, wait
from harness.case import KINDS, Case, on_both


def private(case):
    """A server that the test may stop, and a gateway for it that is not started."""
    server = KINDS[case.kind]()
    case.addCleanup(lambda: server.process and server.kill())
    gate = gateway.Gateway(server.component_port)
    case.addCleanup(lambda: gate.process.kill())
    return server, gate


@on_both
class Start(unittest.TestCase):
    """The daemon starts before the server does."""

    def test_before_the_server(self):
        server, gate = private(self)
        gate.start(connected=False)
        answer = gate.post("<message to='alice@xmpp.test'><body>early</body></message>")
        self.assertEqual(answer.status, 503, answer)
        self.assertGreater(int(answer.headers["retry-after"]), 0)
        gate.wait_log("refused")
        server.start()
        gate.wait_connects(1, 90)
        alice = entity.client(server.client_port)
        self.addCleanup(alice.close)
        answer = gate.post("<message to='alice@xmpp.test'><body>late</body></message>")
        self.assertEqual(answer.status, 202, answer)
        alice.wait("late")
        self.assertEqual(alice.stanzas("early"), [])
        self.assertEqual(gate.stop(), 0)

    def test_a_wrong_secret_is_explained(self):
        server, gate = private(self)
        gate.sections["component"]["secret"] = "wrong"
        gate.write()
        server.start()
        gate.start(connected=False)
        gate.wait_log("secret")
        self.assertTrue(gate.process.alive)
        self.assertNotIn("wrong", gate.log.replace("wrong secret", ""))

    def test_an_unknown_domain_is_explained(self):
        server, gate = private(self)
        gate.sections["component"]["domain"] = "unknown.xmpp.test"
        gate.write()
        server.start()
        gate.start(connected=False)
        gate.wait_log("host-unknown|not-authorized")
        self.assertTrue(gate.process.alive)


class Conflict(Case):
    """Two gateways for one domain (Prosody keeps the first)."""

    def test_the_second_is_told(self):
        second = gateway.Gateway(self.server.component_port)
        self.addCleanup(second.process.kill)
        second.start(connected=False)
        second.wait_log("conflict")
        second.wait_log("component_conflict_resolve")
        self.assertEqual(second.post("<message to='alice@xmpp.test'><body>x</body></message>").status, 503)
        self.status(202, self.gateway.post("<message to='alice@xmpp.test'><body>x</body></message>"))


@on_both
class Load(Case):
    """Many callers at once."""

    def test_every_message_of_eight_callers_arrives_once(self):
        def send(number):
            for count in range(25):
                text = f"{self.token}-{number}-{count}."
                answers[text] = self.gateway.post(f"<message to='alice@xmpp.test'><body>{text}</body></message>")
        answers = {}
        threads = [threading.Thread(target=send, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for answer in answers.values():
            self.status(202, answer)
        wait.until(lambda: len(self.alice.stanzas(self.token)) >= 200, "all 200 arrive")
        for text in answers:
            self.assertEqual(len(self.alice.stanzas(text)), 1, text)
