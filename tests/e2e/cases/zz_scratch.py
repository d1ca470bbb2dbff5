"""scratch"""
import os, signal, time
from harness import case, entity, gateway, ledger, proxy, wait
from cases.resilience import Books, HURRY


@case.on_both
class Frozen(Books):
    def test_stopped_for_90_s(self):
        server = case.KINDS[self.kind]().start()
        self.addCleanup(server.kill)
        alice = entity.client(server.client_port)
        self.addCleanup(alice.close)
        self.begin(server.component_port)
        books = ledger.Ledger(self.gate, "alice@xmpp.test/here", self.token, pause=0.02)
        wait.until(lambda: len(books.answers) > 200, "traffic flows")
        rss = self.gate.process.memory()
        os.kill(server.process.pid, signal.SIGSTOP)
        time.sleep(90)
        os.kill(server.process.pid, signal.SIGCONT)
        n = len(books.answers)
        wait.until(lambda: sum(1 for s in list(books.answers.values())[-50:] if s == 202) == 50, lambda: f"{self.gate.log[-3000:]}", 120)
        books.finish()
        print(self.gate.log)
        if not alice.online: alice.connect()
        self.settle(books, lambda: ledger.texts([s for _, s in list(alice.received)], self.token), "frozen")
        print("rss", rss, self.gate.process.memory())
