#!/usr/bin/env python3
"""The tour of the quickstart: sends through the whole loop and shows what went over each leg.

Usage: tour.py CLIENT-PORT USER PASSWORD GATEWAY-URL DOMAIN SECRET WEBHOOK-LOG
       tour.py CLIENT-PORT USER PASSWORD    stays logged in and shows what arrives
Exits with 0 when every leg worked. The XMPP client here does just enough to log in without TLS on loopback.
"""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from xml.etree import ElementTree

for prefix, space in (("", "jabber:client"), ("stream", "http://etherx.jabber.org/streams")):
    ElementTree.register_namespace(prefix, space)


class Client:
    """A logged-in XMPP client; `receive` gives the next stanza."""

    def __init__(self, port, address, password):
        self.address, host = address, address.partition("@")[2]
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.host = host
        self.open()
        self.receive()  # features
        words = base64.b64encode(f"\0{address.partition('@')[0]}\0{password}".encode()).decode()
        self.send(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{words}</auth>")
        if not self.receive().tag.endswith("}success"):
            raise OSError("the XMPP server does not let the client in")
        self.open()
        self.receive()
        self.send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>tour</resource></bind></iq>"
                  "<presence/>")
        self.wait(lambda s: s.get("id") == "bind")

    def open(self):
        """A new stream on the same connection."""
        self.parser, self.depth = ElementTree.XMLPullParser(["start", "end"]), 0
        self.send("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' "
                  f"to='{self.host}'>")

    def send(self, text):
        self.socket.sendall(text.encode())

    def receive(self):
        while True:
            for event, element in self.parser.read_events():
                self.depth += 1 if event == "start" else -1
                if event == "end" and self.depth == 1:
                    return element
            data = self.socket.recv(65536)
            if not data:
                raise OSError("the XMPP server closed the connection")
            self.parser.feed(data)

    def wait(self, match):
        while not match(stanza := self.receive()):
            pass
        return stanza


def shown(element):
    """A stanza as text, without the namespace that all of them have."""
    element.attrib.pop("{http://www.w3.org/XML/1998/namespace}lang", None)
    return ElementTree.tostring(element, encoding="unicode").strip().replace(" xmlns=\"jabber:client\"", "", 1)


def leg(arrow, text):
    print(f"  {arrow:<28} {text}")


def curl(url, domain, secret, media, body):
    """POSTs by curl; gives status and body."""
    done = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "-m", "20", "-u", f"{domain}:{secret}", "-H", f"Content-Type: {media}",
         "-d", body, "-w", "\n%{http_code}", url], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip())
    text, _, status = done.stdout.rpartition("\n")
    return int(status), text


def expect(good, what):
    if not good:
        raise OSError(what)


def tour(port, user, password, url, domain, secret, hook_log):
    client = Client(int(port), user, password)

    print("1. A program says something to a person")
    sent = json.dumps({"kind": "message", "type": "chat", "to": user, "body": "The washing is done <3"})
    leg("curl → restanza", f"POST /rest  {sent}")
    status, text = curl(url, domain, secret, "application/json", sent)
    leg("restanza → curl", f"{status} {text}")
    expect(status == 202, "restanza did not take the message")
    got = client.wait(lambda s: s.tag.endswith("}message"))
    leg("XMPP server → client", shown(got))
    expect(got.findtext("{jabber:client}body") == "The washing is done <3", "another text arrived")

    print("2. The person answers, and a program replies")
    said = f"<message to='house@{domain}' type='chat' id='tour-2'><body>Thanks &amp; good night</body></message>"
    leg("client → XMPP server", said)
    client.send(said)
    got = client.wait(lambda s: s.tag.endswith("}message"))
    with open(hook_log, encoding="utf-8") as file:
        seen = [line.strip() for line in file if "tour-2" in line]
    expect(seen, "the webhook saw nothing; the client got " + shown(got))
    request, _, answer = seen[0].partition(" answered with ")
    leg("restanza → webhook", f"POST  {request}")
    leg("webhook → restanza", f"200  {answer}")
    leg("XMPP server → client", shown(got))
    expect(got.findtext("{jabber:client}body") == "You said: Thanks & good night", "another text arrived")

    print("3. A program asks the XMPP server something and waits for the answer")
    asked = json.dumps({"kind": "iq", "type": "get", "to": user.partition("@")[2], "ping": True})
    leg("curl → restanza", f"POST /rest  {asked}")
    start = time.monotonic()
    status, text = curl(url, domain, secret, "application/json", asked)
    leg("restanza → curl", f"{status} {text}   ({(time.monotonic() - start) * 1000:.0f} ms)")
    expect(status == 200 and json.loads(text)["type"] == "result", "no result came")


def listen(port, user, password):
    """Shows what arrives, for ever."""
    client = Client(int(port), user, password)
    client.socket.settimeout(None)
    while True:
        if (stanza := client.receive()).tag.endswith("}message"):
            print(f"{user} received {shown(stanza)}", flush=True)


if __name__ == "__main__":
    try:
        (listen if len(sys.argv) == 4 else tour)(*sys.argv[1:])
    except (OSError, ElementTree.ParseError) as trouble:
        sys.stdout.flush()
        print(f"  That did not work: {trouble}", file=sys.stderr)
        os._exit(1)
