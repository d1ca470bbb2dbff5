"""Servers that die, cables that are cut: always back, always said, and every answer to a caller true."""

import unittest
import uuid

from harness import case, entity, fakeserver, gateway, ledger, proxy, wait, webhook

RESTARTS = 20
PATIENCE = 150  # seconds for what waits for a keep-alive to notice
# So many breaks in a row would make the waits between attempts grow to a minute each.
HURRY = {"limits": {"link_wait_least": "200", "link_wait_most": "2000"}}


class Books(unittest.TestCase):
    """A gateway under traffic, and the settling of the accounts."""

    def begin(self, port, sections=None, **more):
        self.token = f"t{uuid.uuid4().hex[:8]}"
        self.hook = webhook.Webhook()
        self.addCleanup(self.hook.close)
        hook = {'hook "main"': {"url": self.hook.url, "format": "xml"}}
        self.gate = gateway.Gateway(port, {**hook, **(sections or {})}, **more)
        self.addCleanup(self.gate.process.kill)
        self.gate.start()

    def settle(self, books, arrived, what):
        """Waits until nothing more arrives, then balances."""
        counts = []

        def quiet():
            counts.append((len(arrived()), len(self.hook.received)))
            return len(counts) > 50 and len(set(counts[-50:])) == 1
        wait.until(quiet, "nothing more arrives", 60)
        figures, wrong = books.balance(arrived(), ledger.returned(self.hook, self.token))
        print(f"     {what}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))
        self.assertEqual(wrong, [], f"{figures}\n{self.gate.log[-3000:]}")
        self.assertGreater(figures["arrived"], 0)
        return figures


@case.on_both
class Killed(Books):
    """The server is killed and restarted 20 times under traffic, every other time without a goodbye."""

    def test_twenty_times(self):
        server = case.KINDS[self.kind]().start()
        self.addCleanup(server.kill)
        alice = entity.client(server.client_port)
        self.addCleanup(alice.close)
        self.begin(server.component_port, HURRY)
        books = ledger.Ledger(self.gate, "alice@xmpp.test/here", self.token)
        for number in range(RESTARTS):
            before, losses = len(books.answers), self.gate.losses
            wait.until(lambda: len(books.answers) > before + 20, "traffic flows")
            server.kill() if number % 2 else server.stop()
            wait.until(lambda: self.gate.losses > losses, lambda: f"loss {number + 1} is said:\n{self.gate.log[-2000:]}")
            wait.until(lambda: not alice.online, "alice noticed as well")
            server.start()
            alice.connect()
            self.gate.wait_connects(number + 2, 90)
        before = len(books.answers)
        wait.until(lambda: len(books.answers) > before + 20, "traffic flows")
        books.finish()
        self.settle(books, lambda: ledger.texts([s for _, s in list(alice.received)], self.token), f"{RESTARTS} restarts")
        self.assertEqual(self.gate.connects, RESTARTS + 1)


class Broken(Books):
    """Connections that break, seen from a server that notes every byte it got."""

    def test_fifty_breaks(self):
        server = fakeserver.FakeServer()
        self.addCleanup(server.close)
        self.begin(server.port, HURRY, secret=server.secret)
        books = ledger.Ledger(self.gate, "a@b", self.token, pause=0)
        for number in range(50):
            before = len(server.stanzas)
            wait.until(lambda: len(server.stanzas) > before + 20, lambda: f"traffic flows:\n{self.gate.log[-2000:]}", 90)
            server.drop()
            self.gate.wait_connects(number + 2, 90)
        books.finish()
        self.settle(books, lambda: ledger.texts(list(server.stanzas), self.token), "50 breaks")


class Cable(Books):
    """A proxy in between goes silent: no end, no error, just nothing."""

    def test_cut_and_mended(self):
        server = case.World.of("prosody").server
        line = proxy.Proxy(server.component_port)
        self.addCleanup(line.close)
        alice = case.World.of("prosody").alice
        self.begin(line.port)
        books = ledger.Ledger(self.gate, "alice@xmpp.test/here", self.token, pause=0.05)
        wait.until(lambda: len(books.answers) > 50, "traffic flows")
        line.silence()
        wait.until(lambda: self.gate.losses > 0, lambda: f"the loss is noticed and said:\n{self.gate.log[-2000:]}", PATIENCE)
        line.cut()
        line.speak()
        self.gate.wait_connects(2, PATIENCE)
        before = sum(1 for status in books.answers.values() if status == 202)
        wait.until(lambda: sum(1 for s in books.answers.values() if s == 202) > before + 20, "traffic flows again")
        books.finish()
        self.settle(books, lambda: ledger.texts([s for _, s in list(alice.received)], self.token), "cable cut")
