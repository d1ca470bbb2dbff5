"""An XMPP server that misbehaves: the log says what and what cures it, restanza comes back, no caller is fooled."""

import json
import socket
import threading
import time
import unittest

from harness import curl, fakeserver, gateway, wait, xml

DOMAIN = "rest.xmpp.test"


class FakeCase(unittest.TestCase):
    """A fake server with the scripts of the test, and a gateway that is given its port."""

    sections = {}

    def begin(self, *scripts, connected=True, **sections):
        self.server = fakeserver.FakeServer(*scripts)
        self.addCleanup(self.server.close)
        self.gateway = gateway.Gateway(self.server.port, {**self.sections, **sections}, DOMAIN, secret=self.server.secret)
        self.addCleanup(self.gateway.process.kill)
        self.gateway.start(connected)
        return self.gateway

    def message(self, text="x"):
        return self.gateway.post(f"<message to='a@b'><body>{text}</body></message>")

    def works(self, text):
        """A message gets through, at the latest after a reconnect."""
        wait.until(lambda: self.message(text).status == 202, lambda: f"202; log:\n{self.gateway.log[-3000:]}", 90)
        self.server.wait(text)


# Each speaks to the component on its first connection; the second is as it should be.

def closes_at_once(_peer):
    pass


def closes_after_the_header(peer):
    peer.header()


def closes_before_the_answer(peer):
    peer.header()
    peer.handshake(accept=False)


def sends_garbage(peer):
    peer.send(bytes(range(256)) * 16)
    time.sleep(1)


def speaks_http(peer):
    peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    time.sleep(1)


def half_a_header(peer):
    peer.read_header()
    peer.send("<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.j")


def header_of_a_client_stream(peer):
    peer.read_header()
    peer.send("<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client' id='1' version='1.0'>")
    peer.stanza()


def header_without_id(peer):
    peer.read_header()
    peer.send("<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:component:accept'>")
    peer.stanza()


def refuses(condition, text="", before_handshake=False):
    """A stream error in place of the handshake's answer."""
    def script(peer):
        peer.header()
        if not before_handshake:
            peer.handshake(accept=False)
        peer.error(condition, text)
    return script


def in_session(data):
    """A good start, then this, then nothing."""
    def script(peer):
        peer.open()
        peer.send(data)
        peer.serve()
    return script


def speaks_and_never_reads(peer):
    """A good start, then a sign of life twice a second, and not a byte is read."""
    peer.open()
    while True:
        peer.send(" ")
        time.sleep(0.5)


class Jam(FakeCase):
    """A server that is alive and does not read: a caller hears so in bounded time, and its stanza comes no more."""

    def test_a_caller_hears_so(self):
        self.begin(speaks_and_never_reads, fakeserver.well, limits={"link_ping_time": 1000})
        for number in range(400):
            answer = self.message(f"number {number} " + "x" * 60000)
            if answer.status != 202:
                break
        self.assertEqual(answer.status, 503)
        self.gateway.wait_log("jammed: the server does not read")
        self.works("after the jam")
        self.assertNotIn(b"number", bytes(self.server.bytes))


class Openings(FakeCase):
    """Trouble before the stream is established."""

    def test_rows(self):
        rows = (
            (closes_at_once, "closed|lost|ended|broken"),
            (closes_after_the_header, "closed|lost|ended|broken"),
            (closes_before_the_answer, "closed|lost|ended|broken"),
            (sends_garbage, "."),
            (speaks_http, "."),
            (half_a_header, "closed|lost|ended|broken"),
            (header_of_a_client_stream, "component"),
            (header_without_id, "stream id"),
        )
        for script, words in rows:
            with self.subTest(script.__name__):
                self.begin(script, fakeserver.well, connected=False)
                self.gateway.wait_log(words)
                self.works(f"after {script.__name__}")
                self.assertEqual(self.gateway.stop(), 0)

    def test_stream_errors_name_their_cure(self):
        rows = (
            (refuses("host-unknown", before_handshake=True), "host-unknown", "Component|domain"),
            (refuses("not-authorized"), "not-authorized", "secret"),
            (refuses("not-authorized", "Given token does not match calculated token"), "not-authorized", "secret"),
            (refuses("conflict", "Component already connected"), "conflict", "component_conflict_resolve"),
            (refuses("system-shutdown"), "system-shutdown", "."),
            (refuses("see-other-host"), "see-other-host", "."),
            (refuses("undefined-condition", "the &lt;text&gt; of it"), "undefined-condition", "the <text> of it"),
        )
        for script, condition, cure in rows:
            with self.subTest(condition):
                self.begin(script, fakeserver.well, connected=False)
                self.gateway.wait_log(condition)
                self.gateway.wait_log(cure)
                self.works(f"after {condition}")
                self.assertEqual(self.gateway.stop(), 0)

    def test_silence_is_not_waited_for_without_end(self):
        for name, script in (("nothing", lambda p: time.sleep(200)), ("no answer", lambda p: (p.header(), time.sleep(200)))):
            with self.subTest(name):
                self.begin(script, fakeserver.well, connected=False)
                wait.until(lambda: self.server.connections > 1, lambda: f"a second try:\n{self.gateway.log}", 120)
                self.works(f"after {name}")

    def test_callers_are_told_meanwhile(self):
        self.begin(lambda p: (p.header(), time.sleep(20)), fakeserver.well, connected=False)
        answer = self.message("early")
        self.assertEqual(answer.status, 503, answer)
        self.assertGreater(int(answer.headers["retry-after"]), 0)
        self.assertNotIn(b"early", bytes(self.server.bytes))

    def test_no_stanza_before_the_handshake(self):
        def script(peer):
            peer.header()
            peer.send(f"<message to='{DOMAIN}' from='a@b'><body>x</body></message>")
            peer.handshake()
            peer.serve()
        self.begin(script, fakeserver.well, connected=False)
        self.works("after it")


class Sessions(FakeCase):
    """Trouble in an established stream."""

    def test_rows(self):
        space = "urn:ietf:params:xml:ns:xmpp-streams"
        rows = (
            ("not well-formed", "<message><body></message>"),
            ("an unbound prefix", "<message from='a@b' to='c@rest.xmpp.test'><p:x/></message>"),
            ("a comment", "<!-- x -->"),
            ("a DTD", "<!DOCTYPE x>"),
            ("a processing instruction", "<?x y?>"),
            ("text between stanzas", "hello"),
            ("a second header", "<?xml version='1.0'?>"),
            ("no UTF-8", b"<message><body>\xff</body></message>"),
            ("a control character", b"<message><body>\x01</body></message>"),
            ("the end of the stream", "</stream:stream>"),
            ("a stream error", f"<stream:error><reset xmlns='{space}'/></stream:error></stream:stream>"),
            ("a conflict", f"<stream:error><conflict xmlns='{space}'/></stream:error></stream:stream>"),
        )
        for name, data in rows:
            with self.subTest(name):
                self.begin(in_session(data), fakeserver.well)
                # The link may go down and come back, or the stanza alone be refused; either way it works on.
                self.works(f"after {name}")
                self.assertTrue(self.gateway.process.alive)
                self.assertEqual(self.gateway.stop(), 0)

    def test_an_oversize_stanza_is_skipped_and_answered(self):
        big = "<x xmlns='urn:x'>" + "<y>z</y>" * (gateway.limit("stanza") // 4) + "</x>"
        self.begin(in_session(
            f"<iq type='get' id='big' from='a@b/c' to='cat@{DOMAIN}'>{big}</iq>"
            f"<message id='large' from='a@b/c' to='cat@{DOMAIN}'>{big}</message>"
            f"<iq type='get' id='next' from='a@b/c' to='{DOMAIN}'><ping xmlns='urn:xmpp:ping'/></iq>"))
        self.server.wait("next")
        refused = self.server.wait("id=.big")
        self.assertEqual((refused.get("type"), refused.get("to"), refused.get("from")), ("error", "a@b/c", f"cat@{DOMAIN}"))
        self.assertEqual(xml.error(refused)[1], "resource-constraint")
        self.gateway.wait_log("left out <message> of more than")
        self.assertEqual(self.server.connections, 1)

    def test_a_stanza_with_too_many_parts_is_answered(self):
        wide = "<x xmlns='urn:x'>" + "<y/>" * (2 * gateway.limit("nodes")) + "</x>"
        self.begin(in_session(f"<iq type='get' id='wide' from='a@b/c' to='cat@{DOMAIN}'>{wide}</iq>"))
        self.assertEqual(self.server.wait("wide").get("type"), "error")
        self.assertEqual(self.server.connections, 1)

    def test_a_stanza_byte_by_byte(self):
        def script(peer):
            peer.open()
            for byte in f"<iq type='get' id='drip' from='a@b' to='{DOMAIN}'><ping xmlns='urn:xmpp:ping'/></iq>".encode():
                peer.send(bytes([byte]))
                time.sleep(0.005)
            peer.serve()
        self.begin(script)
        self.assertEqual(self.server.wait("drip").get("type"), "result")

    def test_a_server_that_does_not_read(self):
        def script(peer):
            peer.open()
            time.sleep(300)
        self.begin(script)
        body = json.dumps({"to": "a@b", "body": "x" * (gateway.limit("body") // 2)})
        statuses = []
        wait.until(lambda: statuses.append(self.gateway.post(body, curl.JSON)) or statuses[-1].status != 202,
                   "callers are told that the link is full", 90)
        self.assertEqual(statuses[-1].status, 503, statuses[-1])
        self.assertIn("retry-after", statuses[-1].headers)

    def test_a_caller_that_waits_is_told_when_the_link_is_lost(self):
        self.begin(fakeserver.well)
        call = self.gateway.call("<iq type='get' to='a@b'><query xmlns='urn:x'/></iq>")
        self.server.wait("urn:x")
        self.server.drop()
        answer = call.answer()
        self.assertIn(answer.status, (503, 504), answer)

    def test_the_stream_is_closed_politely(self):
        self.begin(fakeserver.well)
        self.assertEqual(self.gateway.stop(), 0)
        wait.until(lambda: self.server.goodbyes == 1, "the closing tag arrives")


class Ghost(FakeCase):
    """After a cut the server still holds the old connection, whose end never came, and would refuse a new one as a
    conflict for as long: a minute after the server spoke again it is reset."""

    sections = {"limits": {"link_silent_time": "300", "link_confirm_time": "300", "link_doubt_time": "300",
                           "link_ping_time": "300", "link_wait_least": "50", "link_wait_most": "100"}}

    def test_the_old_connection_is_reset(self):
        back, held = threading.Event(), []

        def falls_silent(peer):
            peer.open()
            held.append(peer.connection)
            back.wait(wait.DEADLINE * 2)

        self.addCleanup(back.set)
        self.begin(falls_silent, fakeserver.well)
        self.gateway.wait_connects(2)
        # A connection that was just closed has no error.
        wait.until(lambda: held[0].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0,
                   lambda: f"the old connection is reset:\n{self.gateway.log}", 120)
        self.works("after the cut")
