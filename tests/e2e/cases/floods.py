"""Floods: honest callers are served meanwhile, and the memory stays within what `restanza limits` allows.

`tests/figures floods` prints the figures of a release build.
"""

import resource

from harness import flood, memory
from harness.case import Case

# Pages of the program that were not used before the floods: those of a debug build are many.
CODE = 3 << 20


class Floods(Case):
    """One after the other against one gateway with the limits as they come."""

    format = None

    @classmethod
    def setUpClass(cls):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        cls.addClassCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        super().setUpClass()

    def test_each(self):
        body = b"<message to='alice@xmpp.test' type='headline'><body>flood</body></message>"
        request = (f"POST /rest HTTP/1.1\r\nHost: x\r\nAuthorization: {self.gateway.credentials}\r\n"
                   f"Content-Type: application/xmpp+xml\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
        self.status(202, self.gateway.post(body))
        bound, own = memory.bound(self.gateway)
        bound = min(bound, self.gateway.process.memory() + own + CODE)
        for name, words, honest, peak in flood.Floods(self.gateway, request).each():
            print(f"     {name}: {words}; {honest.words}; peak {peak >> 10} kB of {bound >> 10} kB")
            with self.subTest(name):
                self.assertEqual(honest.failures[:3], [])
                self.assertGreater(len(honest.times), 0, "an honest caller is served")
                self.assertLess(peak, bound)
        self.status(202, self.gateway.post(body))
