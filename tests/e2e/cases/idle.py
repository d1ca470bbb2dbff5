"""A gateway that has nothing to do sleeps: on a router others want the processor, and on a battery every wake-up counts."""

import os
import time
import unittest

from harness import fakeserver, gateway

# Nothing falls due for an hour.
HOUR = {name: 3600000 for name in ("link_quiet_time", "link_silent_time", "idle_time")}
SECONDS = 5


def switches(pid):
    """How often any thread of the process has been taken from the processor or given it up."""
    count = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii") as file:
            count += sum(int(line.split()[1]) for line in file if "ctxt_switches" in line)
    return count


class Idle(unittest.TestCase):
    def test_it_sleeps(self):
        server = fakeserver.FakeServer()
        self.addCleanup(server.close)
        sections = {"limits": HOUR, 'hook "one"': {"url": "http://127.0.0.1:9/"}}
        gate = gateway.Gateway(server.port, sections, secret="s").start()
        self.addCleanup(gate.process.kill)
        self.assertEqual(gate.post("<message to='alice@xmpp.test'><body>x</body></message>").status, 202)
        server.wait("alice")
        time.sleep(2)  # the ping that confirms it
        before = switches(gate.process.pid)
        time.sleep(SECONDS)
        # None of its own; who looks again and again would do so far more often than this.
        self.assertLess(switches(gate.process.pid) - before, SECONDS)
