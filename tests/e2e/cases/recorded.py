"""The callback exchanges of the original mod_rest, replayed: equal, or explained by a row of the deviations.

`tests/cases/callback/recorded.jsonl` holds facts: the stanza that alice sent, what the endpoint answered, which
requests it had seen, which stanzas alice got. `deviations.json` beside it is a list of rows; each names the cases
that it explains, and for each what we do instead. A difference that no row explains is a failure, and so is a row
that claims something which is not so.
"""

import http.server
import json
import os
import re
import threading
import time
import unittest
import uuid
from xml.etree import ElementTree

from harness import canon, entity, gateway, proxy, recorded, wait, xml

FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "cases", "callback")
ALICE = f"{recorded.ACCOUNT}@{recorded.HOST}/phone"
# A fresh id, of the original (24 letters) or of ours.
FRESH = re.compile(r"^[A-Za-z0-9_-]{24}$")
# What is compared of a request's header. The user agent is ours by right.
HEADERS = ("content-type", "content-language", "accept")


def load(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


class Endpoint:
    """Gives the answer that the case wants, keeps what came. Marks of `settle` are passed over."""

    def __init__(self):
        self.answer, self.requests, self.settled = [202, {}, ""], [], []
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def take(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if b"settle-" in body:
                    endpoint.settled.append(body)
                    return self.give([202, {}, ""])
                endpoint.requests.append({
                    "method": self.command, "path": self.path, "body": body.decode(),
                    "headers": {name.lower(): value for name, value in self.headers.items()},
                })
                answer = endpoint.answer
                if answer == "close":
                    self.close_connection = True
                    return None
                if answer[0] == "slow":
                    time.sleep(answer[1])
                    answer = answer[2]
                return self.give(answer)

            def give(self, answer):
                status, headers, body = answer
                body = body.encode()
                self.send_response_only(status, "Whatever")
                for name, value in headers.items():
                    self.send_header(name, value)
                if status not in (204, 304):
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if status not in (204, 304):
                    self.wfile.write(body)

            do_POST = do_GET = do_OPTIONS = do_PUT = take

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Wire:
    """What a gateway says to its server. A server today keeps some replies from the client (a probe, a message of type
    groupchat to an account), so the wire is where replies are seen; the client must get what the server passes on."""

    def __init__(self):
        self.stanzas, self._parser, self._depth = [], ElementTree.XMLPullParser(("start", "end")), 0

    def feed(self, data):
        self._parser.feed(data)
        for event, element in self._parser.read_events():
            self._depth += 1 if event == "start" else -1
            if event == "end" and self._depth == 1:
                self.stanzas.append(element)


class Callbacks(unittest.TestCase):
    """One test over all records, a subtest each."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = recorded.Prosody().start()
        cls.addClassCleanup(cls.server.stop)
        cls.endpoint = Endpoint()
        cls.addClassCleanup(cls.endpoint.close)
        at = f"http://127.0.0.1:{cls.endpoint.port}"
        hooks = {
            "xml": {"rest_callback_url": f'"{at}/cb"'},
            "json": {"rest_callback_url": f'"{at}/cb"', "rest_callback_content_type": '"application/json"'},
            "tpl": {
                "rest_callback_url": f'"{at}/t/{{kind}}/{{type}}/{{to}}/{{from}}"',
                "rest_callback_stanzas": '{ "message" }', "rest_callback_events": '{ "bare" }',
            },
            "dead": {"url": f"http://127.0.0.1:{wait.free_port()}/", "attempts": "1"},
        }
        cls.probes, cls.gateways, cls.wires = {}, [], {}
        for conf, hook in hooks.items():
            cls.endpoint.answer = [200, {"Accept": "application/json"} if conf == "tpl" else {}, ""]
            wire = cls.wires[conf] = Wire()
            between = proxy.Proxy(cls.server.component_port, wire.feed)
            cls.addClassCleanup(between.close)
            one = gateway.Gateway(between.port, {'hook "recorded"': hook}, recorded.COMPONENTS[conf], recorded.SECRET)
            cls.gateways.append(one.start())
            cls.addClassCleanup(one.stop)
            if conf != "dead":
                wait.until(lambda: cls.endpoint.requests, lambda one=one: f"a probe comes:\n{one.log}")
                cls.probes[conf], cls.endpoint.requests = list(cls.endpoint.requests), []
        cls.alice = entity.client(cls.server.client_port, recorded.ACCOUNT, "phone", recorded.HOST, recorded.PASSWORD)
        cls.addClassCleanup(cls.alice.close)

    def settle(self, conf):
        """Whatever the gateway still had to do is done: a message of the same sender came through it and back."""
        mark = f"settle-{uuid.uuid4().hex}"
        if conf == "dead":
            self.alice.send(f"<iq type='get' id='{mark}' to='{recorded.COMPONENTS[conf]}'><ping xmlns='urn:xmpp:ping'/></iq>")
        else:
            self.alice.send(f"<iq type='get' id='{mark}' to='{recorded.COMPONENTS[conf]}'><ping xmlns='urn:xmpp:ping'/></iq>")
            to = f"bot@{recorded.COMPONENTS[conf]}"
            self.alice.send(f"<message to='{to}' id='{mark}-m'><body>{mark}</body></message>")
            wait.until(lambda: any(mark.encode() in body for body in self.endpoint.settled), "the mark arrives")
        self.alice.wait(lambda s: s.get("id") == mark)

    def replay(self, case):
        """What the endpoint and alice got."""
        conf = case["conf"]
        self.endpoint.answer, self.endpoint.requests = case["answer"], []
        wire = self.wires[conf].stanzas
        seen = len(wire)
        self.alice.send(case["stanza"])
        wanted = (len(case["callback_requests"]), len(case["reply"]))

        def got():
            replies = [s for s in wire[seen:] if not is_ours(s)]
            made = {s.get("id") for s in replies} - {ElementTree.fromstring(case["stanza"]).get("id")}
            # The server may return what we reply; that is not of the exchange.
            return [r for r in self.endpoint.requests if not any(i and i in r["body"] for i in made)], replies

        # What does not come within this time does not come; the settling then proves it.
        end = time.monotonic() + 1
        while time.monotonic() < end and tuple(map(len, got())) < wanted:
            time.sleep(0.01)
        self.settle(conf)
        requests, replies = got()
        for reply in replies:
            if reply.get("to") == ALICE and reply.get("type") != "probe":
                self.alice.wait(lambda s, reply=reply: s.get("id") == reply.get("id") and s.get("from") == reply.get("from"))
        return {
            "requests": [request_key(r) for r in requests],
            "reply": sorted(canon.of(anonymous(s, case["stanza"])) for s in replies),
        }

    def test_every_exchange(self):
        self.replay_all("recorded.jsonl")

    def test_further_exchanges(self):
        """Those that we recorded ourselves."""
        self.replay_all("recorded-more.jsonl")

    def test_each_explained_exchange_is_there(self):
        files = load("recorded.jsonl") + load("recorded-more.jsonl")
        names = {json.loads(line)["name"] for line in files.splitlines()}
        explained = {name for row in json.loads(load("deviations.json")) for name in row["cases"]}
        self.assertEqual(explained - names, set())

    def replay_all(self, file):
        cases = [json.loads(line) for line in load(file).splitlines()]
        names = {case["name"] for case in cases}
        rows = json.loads(load("deviations.json"))
        explained = {}
        for row in rows:
            for name, claim in row["cases"].items():
                self.assertNotIn(name, explained, "a case is explained once")
                explained[name] = (row["row"], claim)
        explained = {name: claim for name, claim in explained.items() if name in names}
        equal, different = 0, {}
        for case in cases:
            name = case["name"]
            wanted = {"requests": [request_key(r) for r in case["callback_requests"]]}
            if name.startswith("probe/"):
                got = {"requests": [request_key(r) for r in self.probes[case["conf"]]]}
                for one in got["requests"] + wanted["requests"]:
                    one["headers"] = {}
            else:
                got = self.replay(case)
                wanted["reply"] = sorted(canon.of(text.replace("{{ID}}", "FRESH")) for text in case["reply"])
            changes = {key: got[key] for key in wanted if got[key] != wanted[key]}
            row, claim = explained.pop(name, (None, {}))
            if changes and os.environ.get("RESTANZA_SHOW_DIFFERENCES"):
                print(json.dumps({name: changes}))
            with self.subTest(name):
                if row is None:
                    self.assertEqual(got, wanted)
                else:
                    self.assertTrue(changes, f"equal, but row {row!r} explains it")
                    self.assertEqual(changes, claim, f"not what row {row!r} says")
            if changes:
                different[row] = different.get(row, 0) + 1
            else:
                equal += 1
        self.endpoint.answer = [202, {}, ""]  # for the goodbyes
        print(f"     {equal} exchanges equal; explained by " + ", ".join(f"{row} {n}" for row, n in different.items()))
        for one in self.gateways:
            self.assertEqual(one.connects, 1, one.log[-2000:])


def is_ours(stanza):
    """Whether the gateway said it for its own sake: its pings, and the answers to `settle`."""
    return stanza.get("type") == "get" or (stanza.get("id") or "").startswith("settle-")


def request_key(request):
    """What is compared of a request: JSON by value, XML canonical."""
    headers = {name: request["headers"].get(name) for name in HEADERS}
    # The original names it, too, and there, where it finds a library for it; where this was recorded there was none.
    headers["accept"] = (headers["accept"] or "").removesuffix(", application/cbor") or None
    body = request.get("json")
    if body is None:
        media = headers["content-type"] or ""
        body = request["body"]
        if body and "json" in media:
            body = json.loads(body)
        elif body and "xml" in media:
            body = canon.of(body)
    return {"method": request["method"], "path": request["path"], "headers": headers, "body": body}


def anonymous(stanza, sent):
    """The stanza with FRESH for an id that was made up."""
    copy = ElementTree.fromstring(xml.show(stanza))
    identity = copy.get("id") or ""
    if FRESH.match(identity) and f"'{identity}'" not in sent:
        copy.set("id", "FRESH")
    return copy
