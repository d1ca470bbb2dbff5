"""TLS on every line: callers, webhooks, the link; certificates that are good and others. Needs a build with `tls`."""

import re
import shutil
import socket
import ssl

from harness import certs, curl, gateway, process, tlsproxy, wait, webhook, xml
from harness.case import Case


class World_of_certificates:
    """Made once: an authority that we trust, one that we don't, and what they signed."""

    _made = None

    @classmethod
    def get(cls):
        if cls._made is None:
            cls._made = made = cls()
            made.ca, made.stranger = certs.Authority("ours"), certs.Authority("stranger")
            made.good = made.ca.pair("good")
            made.second = made.ca.pair("second")
            made.client = made.ca.pair("client", purpose="clientAuth")
            made.server = made.ca.pair("server", purpose="serverAuth")
            made.expired = made.ca.pair("expired", end="20200102000000Z")
            made.early = made.ca.pair("early", start="20980101000000Z")
            made.misnamed = made.ca.pair("misnamed", names="DNS:other.example")
            made.unknown = made.stranger.pair("unknown")
        return cls._made


def message(token):
    return f"<message to='alice@xmpp.test' type='chat'><body>{token}</body></message>"


class Listener(Case):
    """restanza as an HTTPS server."""

    @classmethod
    def setUpClass(cls):
        cls.certs = World_of_certificates.get()
        cls.folder = process.scratch("listener")
        cls.install(cls.certs.good)
        cls.sections = {"http": {"tls_cert": f"{cls.folder}/cert.pem", "tls_key": f"{cls.folder}/key.pem"},
                        "limits": {"idle_time": "1000", "head_time": "1000"}, "log": {"level": "debug"}}
        super().setUpClass()

    @classmethod
    def install(cls, pair):
        shutil.copy(pair.cert, f"{cls.folder}/cert.pem")
        shutil.copy(pair.key, f"{cls.folder}/key.pem")

    def post(self, *options, ca=None):
        url = self.gateway.url.replace("http:", "https:")
        headers = {"Content-Type": curl.XML, "Authorization": self.gateway.credentials}
        return curl.Call(url, message(self.token), headers, "--cacert", ca or self.certs.ca.cert, *options).answer()

    def test_both_versions(self):
        for options in (("--tls-max", "1.2"), ("--tlsv1.3",), ("--http1.0",)):
            with self.subTest(options):
                self.setUp()
                self.status(202, self.post(*options))
                self.alice.wait(self.token)

    def show(self, pair):
        """Has the gateway take another certificate, and waits for that."""
        shown = self.served()
        self.install(pair)
        self.gateway.process.send(1)
        wait.until(lambda: self.served() != shown, "another certificate is shown")

    def test_keys_of_every_sort(self):
        for key in certs.KEYS:
            self.show(self.certs.ca.pair(key, key=key))
            for version in ("1.2", "1.3"):
                with self.subTest(f"{key}, {version}"):
                    self.setUp()
                    self.status(202, self.post("--tls-max", version))
                    self.alice.wait(self.token)
        self.show(self.certs.good)

    def test_a_caller_who_does_not_trust_us_says_so(self):
        answer = self.post(ca=self.certs.stranger.cert)
        self.assertEqual(answer.status, 0, answer)
        self.assertIn("certificate", answer.text)

    def test_old_versions_are_refused(self):
        answer = self.post("--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0")
        self.assertEqual(answer.status, 0, answer)

    def test_a_caller_without_tls_gets_no_answer(self):
        self.assertNotIn(b"HTTP/", curl.raw(self.gateway.port, b"GET /rest HTTP/1.1\r\nHost: x\r\n\r\n"))
        self.status(202, self.post())

    def test_a_large_body_comes_through(self):
        large = "x" * (min(gateway.limit("body"), gateway.limit("answer")) * 3 // 4)
        body = f"<message to='alice@xmpp.test'><body>{self.token}{large}</body></message>"
        url = self.gateway.url.replace("http:", "https:")
        headers = {"Content-Type": curl.XML, "Authorization": self.gateway.credentials}
        answer = curl.Call(url + "/echo", body, headers, "--cacert", self.certs.ca.cert).answer()
        self.status(200, answer)
        self.assertIn(large, answer.text)

    def test_sighup_takes_a_new_certificate(self):
        first = self.served()
        self.show(self.certs.second)
        self.status(202, self.post())
        shutil.copy(self.certs.unknown.key, f"{self.folder}/key.pem")  # a key that does not fit changes nothing
        self.gateway.process.send(1)
        self.gateway.wait_log("tls_key: the key is not that of the certificate")
        self.status(202, self.post())
        self.show(self.certs.good)
        self.assertEqual(self.served(), first)

    def test_every_close_says_so(self):
        """RFC 9112 section 9.8: after an answer, when time is up, and with no request at all."""
        context = ssl.create_default_context(cafile=self.certs.ca.cert)
        context.check_hostname = False
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        for name, data, status in (
            ("answered", b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"200"),
            ("idle", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"200"),
            ("half a head", b"GET /healthz", b"408"),
            ("nothing", b"", b""),
        ):
            with self.subTest(name), socket.create_connection(("127.0.0.1", self.gateway.port), wait.DEADLINE) as raw:
                with context.wrap_socket(raw, suppress_ragged_eofs=False) as line:
                    line.sendall(data)
                    got = b""
                    while piece := line.recv(65536):  # an end without the alert is an SSLEOFError
                        got += piece
                    self.assertEqual(got[9:12], status, got)

    def test_a_handshake_without_end_is_cut_off(self):
        """RFC 8446 section 4: one message of 61,444 bytes, of which rustls would keep all, in records of 8 KB."""
        message = b"\x01\x00\xf0\x00" + b"h" * 61440
        with socket.create_connection(("127.0.0.1", self.gateway.port), wait.DEADLINE) as line:
            try:
                for at in range(0, len(message), 8192):
                    part = message[at:at + 8192]
                    line.sendall(b"\x16\x03\x01" + len(part).to_bytes(2, "big") + part)
                while line.recv(4096):
                    pass
            except ConnectionError:
                pass
        self.gateway.wait_log("caller 127.0.0.1: more than 24576 bytes of TLS without content")
        self.status(202, self.post())

    def served(self):
        return ssl.get_server_certificate(("127.0.0.1", self.gateway.port))


class Callers(Case):
    """Callers have to show a certificate."""

    @classmethod
    def setUpClass(cls):
        cls.certs = made = World_of_certificates.get()
        cls.sections = {"http": {"tls_cert": made.good.cert, "tls_key": made.good.key, "tls_client_ca": made.ca.cert},
                        "log": {"level": "debug"}}
        super().setUpClass()

    def post(self, *options):
        url = self.gateway.url.replace("http:", "https:")
        headers = {"Content-Type": curl.XML, "Authorization": self.gateway.credentials}
        return curl.Call(url, message(self.token), headers, "--cacert", self.certs.ca.cert, *options).answer()

    def test_only_those_with_one_of_our_authority_come_in(self):
        own = self.certs.client
        for version in ("1.2", "1.3"):
            self.setUp()
            self.status(202, self.post("--cert", own.cert, "--key", own.key, "--tls-max", version))
            self.alice.wait(self.token)

    def test_others_do_not_and_the_log_says_why(self):
        made = self.certs
        for other, words in (
            (None, "shows no certificate, and tls_client_ca asks for one"),
            (made.unknown, "the certificate is refused: .*UnknownIssuer"),
            (made.expired, "the certificate has expired, on 2020-01-02"),
            (made.early, "the certificate is valid from 2098-01-01"),
            (made.server, "the certificate is refused: .*RequiredEku"),
        ):
            with self.subTest(words):
                options = ("--cert", other.cert, "--key", other.key) if other else ()
                self.assertEqual(self.post(*options).status, 0)
                self.gateway.wait_log(words)


class Hook(Case):
    """Webhooks by https: each sort of certificate has a hook of its own for a part of the addresses."""

    format = None

    def ask(self, pair, context=None, **keys):
        """Sends a message to a gateway with such a hook; gives the error that comes back, if any, and the log."""
        made = World_of_certificates.get()
        hook = webhook.Webhook("HTTP/1.1")  # with a length: Python closes TLS without a word
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(pair.cert, pair.key)
        if context:
            context(server)
        hook._server.socket = server.wrap_socket(hook._server.socket, server_side=True)
        hook.on(self.token, 200, "text/plain", f"re {self.token}")
        hook.on("A sample", 200, "text/plain", "I got it")
        keys = {"tls_ca": made.ca.cert, "attempts": 1, **keys}
        keys = {key: value for key, value in keys.items() if value}
        sections = {'hook "tls"': {"url": hook.url.replace("http:", "https:"), "format": "json", **keys}}
        other = gateway.Gateway(self.server.component_port, sections, "rest2.xmpp.test").start()
        try:
            cat = f"{self.token}@rest2.xmpp.test"
            self.alice.send(f"<message to='{cat}' type='chat'><body>{self.token}</body></message>")
            answer = self.alice.wait(lambda s: s.get("from") == cat)
            self.tried = gateway.run("hook", "test", "tls", "--config", other.config).stdout.decode()
            return (xml.error(answer) or (None, None, None))[1], xml.text(answer, "body"), other.log
        finally:
            other.stop()
            hook.close()

    def test_a_good_one_gets_the_stanza(self):
        for name, versions in (("1.2", ssl.TLSVersion.TLSv1_2), ("1.3", ssl.TLSVersion.TLSv1_3)):
            with self.subTest(name):
                self.setUp()

                def only(context, version=versions):
                    context.minimum_version = context.maximum_version = version

                error, body, log = self.ask(World_of_certificates.get().good, only)
                self.assertEqual((error, body), (None, f"re {self.token}"), log[-1500:])
                self.assertIn("<body>I got it</body>", self.tried)

    def test_others_get_nothing_and_the_log_says_why(self):
        made = World_of_certificates.get()
        for name, pair, keys, words in (
            ("expired", made.expired, {}, "has expired, on 2020-01-02"),
            ("for callers", made.client, {}, "the certificate is refused: "),
            ("not yet valid", made.early, {}, "valid from 2098-01-01"),
            ("another name", made.misnamed, {}, "for another name: .*other.example"),
            ("unknown authority", made.unknown, {}, re.escape(f"tls_pin = {made.unknown.pin}")),
            ("not of the system's", made.good, {"tls_ca": None}, "unknown authority"),
            ("another key", made.good, {"tls_pin": made.second.pin}, re.escape(f"not that of tls_pin but {made.good.pin}")),
            ("another key alone", made.good, {"tls_ca": None, "tls_pin": made.second.pin}, "not that of tls_pin"),
        ):
            with self.subTest(name):
                self.setUp()
                error, body, log = self.ask(pair, **keys)
                self.assertEqual((error, body), ("recipient-unavailable", None), log[-1500:])
                self.assertRegex(log, words)
                self.assertRegex(self.tried, "no answer: .*" + words)

    def test_a_pin_alone_will_do(self):
        made = World_of_certificates.get()
        for pair in (made.unknown, made.expired, made.misnamed):
            self.setUp()
            error, body, log = self.ask(pair, tls_ca=None, tls_pin=pair.pin)
            self.assertEqual((error, body), (None, f"re {self.token}"), log[-1500:])

    def test_we_show_a_certificate_when_asked(self):
        made = World_of_certificates.get()

        def demand(context):
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(made.ca.cert)

        error, _, log = self.ask(made.good, demand)
        self.assertEqual(error, "recipient-unavailable", log[-1500:])
        self.setUp()
        error, body, log = self.ask(made.good, demand, tls_cert=made.client.cert, tls_key=made.client.key)
        self.assertEqual((error, body), (None, f"re {self.token}"), log[-1500:])


class Link(Case):
    """The component's stream by TLS, as stunnel takes it."""

    format = None

    def through(self, pair, client_ca=None, **keys):
        """A gateway whose link goes through a TLS proxy with that certificate."""
        line = tlsproxy.TlsProxy(self.server.component_port, pair, client_ca)
        self.addCleanup(line.close)
        sections = {"component": {"tls": "yes", **keys}, "limits": {"link_wait_least": 50, "link_wait_most": 200}}
        other = gateway.Gateway(line.port, sections, "rest2.xmpp.test")
        self.addCleanup(lambda: other.process.alive and other.stop())
        return line, other

    def test_a_good_one(self):
        made = World_of_certificates.get()
        line, other = self.through(made.good, made.ca.cert, tls_ca=made.ca.cert,
                                   tls_cert=made.client.cert, tls_key=made.client.key)
        other.start()
        self.assertEqual(line.seen[0][0], "TLSv1.3")
        self.assertTrue(line.seen[0][1])
        self.status(202, other.post(message(self.token)))
        self.alice.wait(self.token)
        self.assertEqual(other.stop(), 0)

    def test_another_certificate_and_no_tls_at_all(self):
        made = World_of_certificates.get()
        _, other = self.through(made.unknown, tls_ca=made.ca.cert)
        other.start(connected=False)
        other.wait_log("unknown authority")
        self.status(503, other.post(message(self.token)))
        other.stop()
        plain = gateway.Gateway(self.server.component_port, {"component": {"tls": "yes", "tls_ca": made.ca.cert}},
                                "rest2.xmpp.test").start(connected=False)
        plain.wait_log("does not speak TLS|during the TLS handshake")
        plain.stop()


class Words(Case):
    """What `check` says of files that will not do."""

    format = None

    def test_every_mistake_is_told_before_the_start(self):
        made = World_of_certificates.get()
        for name, keys, words in (
            ("missing", {"tls_cert": "/nowhere/x", "tls_key": made.good.key}, "[http] tls_cert: /nowhere/x cannot be read"),
            ("no certificate", {"tls_cert": made.good.key, "tls_key": made.good.key}, "holds no certificate in PEM"),
            ("no key", {"tls_cert": made.good.cert, "tls_key": made.good.cert}, "holds no private key in PEM"),
            ("another key", {"tls_cert": made.good.cert, "tls_key": made.second.key}, "not that of the certificate"),
            ("half", {"tls_cert": made.good.cert}, "tls_key is missing"),
            ("for nothing", {"tls_client_ca": made.ca.cert}, "tls_cert is missing"),
        ):
            with self.subTest(name):
                other = gateway.Gateway(1, {"http": keys}, "rest2.xmpp.test")
                done = gateway.run("check", "--config", other.config)
                self.assertEqual(done.returncode, 2, done)
                self.assertIn(words, done.stdout.decode())
