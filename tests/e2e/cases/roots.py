"""The authorities of the system, at the places where Debian and OpenWrt keep them. Needs root, for a private view of /etc."""

import os
import unittest

from harness import certs, fakeserver, gateway, tlsproxy

# A file system of its own in the place of /etc/ssl, with the authority at one of the places.
LAYOUT = """
mount -t tmpfs none /etc/ssl && mkdir -p "$(dirname "$1")" && cp "$0" "$1" && shift && exec "$@"
"""


class System(unittest.TestCase):
    """A link by TLS whose certificate is signed by an authority of the system."""

    def test_where_systems_keep_them(self):
        self.assertEqual(os.geteuid(), 0, "this case changes /etc in a mount namespace: run it as root, or with sudo")
        authority, stranger = certs.Authority("system"), certs.Authority("stranger")
        pairs = {one: one.pair("server") for one in (authority, stranger)}
        for place, signer, good in (
            ("/etc/ssl/certs/ca-certificates.crt", authority, True),  # Debian, and OpenWrt's ca-bundle
            ("/etc/ssl/cert.pem", authority, True),  # OpenWrt's link, Alpine
            ("/etc/ssl/certs/ca-certificates.crt", stranger, False),
            ("/etc/ssl/elsewhere.pem", authority, None),
        ):
            with self.subTest(place, good=good):
                server = fakeserver.FakeServer()
                self.addCleanup(server.close)
                line = tlsproxy.TlsProxy(server.port, pairs[signer])
                self.addCleanup(line.close)
                gate = gateway.Gateway(line.port, {"component": {"tls": "yes"}}, secret="s")
                gate.process.argv = ["unshare", "--mount", "sh", "-c", LAYOUT, authority.cert, place, *gate.process.argv]
                self.addCleanup(lambda gate=gate: gate.process.alive and gate.stop())
                if good is None:
                    with self.assertRaisesRegex(AssertionError, "no bundle of authorities"):
                        gate.start(connected=False)
                else:
                    gate.start(connected=good)
                    if not good:
                        gate.wait_log("unknown authority")
