"""The requests of the recordings: each is answered as the original did, or a row of the deviations says why not.

`tests/cases/http/recorded.jsonl` are facts. In `deviations.json` a row names the records that it explains and every
field that differs with our own value. A difference that no row explains is a failure, and so is a row that explains
what does not differ. Six records cannot be played, and are named: they act as an account of the server itself.
"""

import base64
import http.client
import json
import os
import re
import time
import unittest
import urllib.parse

from harness import gateway, original, wait, webhook, xml

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "cases", "http")
# They act as alice@localhost, an account of the server itself: no component may send as that.
ACCOUNTS = {"auth/vhost-basic-ok", "auth/vhost-basic-case", "auth/vhost-bearer-ok",
            "get/archive-alice", "get/archive-alice-with", "get/blocklist"}
TOKENS = {"bot@rest.localhost": "bot", "bot@rest.localhost/res": "res", "rest.localhost": "domain"}
# With this in the environment what no row explains is printed as JSON, to be made into rows.
SHOW = "SHOW_DIFFERENCES" in os.environ
GENERATED = re.compile(r"^[A-Za-z0-9_-]{24}$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def recorded(name):
    """All records of a file that concern a component."""
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    return [r for r in records if r["name"] not in ACCOUNTS]


def deviations():
    with open(os.path.join(FOLDER, "deviations.json"), encoding="utf-8") as file:
        return json.load(file)


def credentials(text):
    """An Authorization header with the placeholders filled in."""
    text = re.sub(r"\{\{TOKEN ([^}]*)\}\}", lambda found: f"token-{TOKENS[found[1]]}", text)
    text = text.replace("COMPONENT_SECRET", original.SECRET)
    return re.sub(r"\{\{([^}]*:[^}]*)\}\}", lambda found: base64.b64encode(found[1].encode()).decode(), text)


def body_of(body):
    """The body; a long one is written as how it begins and how long it is."""
    if isinstance(body, dict):
        head = body["repeat"].rstrip("x")
        body = head + "x" * (body["length"] - len(head) - 2) + '"}'
    return body and body.encode()


def plain(value, key=""):
    """A JSON value without what is new every time; lists whose order says nothing are sorted."""
    if isinstance(value, dict):
        return {k: plain(v, k) for k, v in value.items()}
    if isinstance(value, list):
        items = [plain(item) for item in value]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if key in ("features", "items") else items
    if key == "id" and isinstance(value, str) and GENERATED.match(value):
        return "{{ID}}"
    if key == "sessionid" and isinstance(value, str) and GENERATED.match(value):
        return "{{UUID}}"
    if key == "seconds" and value != 903:
        return "{{N}}"
    if key == "text" and isinstance(value, str) and value.startswith("This server has been running for"):
        return "This server has been running for {{UPTIME}}"
    return value


def stanza(text):
    """A stanza without what is new every time, as text to compare; the order of children does not count."""
    root = xml.parse(text)
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        if GENERATED.match(element.get("id", "")):
            element.set("id", "{{ID}}")
        if name == "occupant-id":
            element.set("id", "{{OCCUPANT}}")
        element.text = re.sub(r"x{1000,}", lambda run: f"{{{{x*{len(run[0])}}}}}", element.text or "")
        element.tail = ""
    return written(xml.canonical(root, ordered=False)[0:4])


def written(node):
    """A canonical tuple as text."""
    name, attributes, text, children = node
    shown = "".join(f" {key}={value!r}" for key, value in attributes)
    return f"<{name}{shown}>{text}{''.join(written(child) for child, _ in children)}</>"


def challenges(value):
    """The challenges of `WWW-Authenticate` in one order: mod_rest has that of a hash table."""
    return value and ", ".join(sorted(value.split(", ")))


def fields(status, headers, body, alice, callback):
    """What is compared of an exchange, by name."""
    media = headers.get("content-type")
    found = {"status": status, "type": media, "challenge": challenges(headers.get("www-authenticate")),
             "location": headers.get("location"), "allow": headers.get("allow") if status == 405 else None,
             "alice": sorted(map(stanza, alice)), "callback": sorted(map(stanza, callback))}
    if not body:
        pass  # such as to HEAD
    elif media and media.startswith("text/html"):
        found["body"] = "{{HTML}}"
    elif media and "json" in media:
        found["json"] = plain(json.loads(body))
    elif media == "application/xmpp+xml":
        found["xml"] = stanza(body)
    elif media and "urlencoded" in media:
        pairs = urllib.parse.parse_qsl(body, keep_blank_values=True)
        found["form"] = sorted([key, plain(value, key)] for key, value in pairs)
    else:
        found["body"] = body
    return {key: value for key, value in found.items() if value not in (None, [], "")}


def expectation(record):
    """The fields of a record."""
    response = record["response"]
    body = response.get("canon", response.get("body", ""))
    if "json" in response:
        body = json.dumps(response["json"])
    callback = [c["canon"] for c in record.get("callback_received", [])]
    return fields(response["status"], response["headers"], body, record.get("received_by_alice", []), callback)


class Played(unittest.TestCase):
    """What stands around the gateway while records are played, and what is compared of them."""

    @classmethod
    def setUpClass(cls):
        cls.server = original.Prosody().start()
        cls.addClassCleanup(cls.server.stop)
        cls.ext = original.Ext(cls.server.component_port)
        cls.addClassCleanup(cls.ext.close)
        cls.alice = original.alice(cls.server.client_port)
        cls.addClassCleanup(cls.alice.close)
        cls.hook = webhook.Webhook("HTTP/1.1")
        cls.addClassCleanup(cls.hook.close)
        cls.gateway = gateway.Gateway(cls.server.component_port, {
            'hook "cb"': {"url": cls.hook.url.partition("/hook")[0] + "/cb", "format": "xml"},
            "limits": {"body": 196608, "answer": 262144, "stanza": 262144, "outgoing": 524288, "queue": 524288, "call": 524288, "login_failures": 1000},
            **{f'token "{name}"': {"secret": f"token-{name}", "jid": jid} for jid, name in TOKENS.items()},
        }, original.GATEWAY, original.SECRET).start()
        cls.addClassCleanup(cls.gateway.stop)
        # When it was recorded, alice had been asked for a subscription before.
        cls.gateway.post("", None, "/presence/subscribe/alice@localhost", auth="Bearer token-bot")
        cls.hook.wait("unavailable")
        cls.alice.wait("subscribe")

    def exchange(self, record, wanted):
        """Plays a record; waits for as many stanzas as it should bring to others."""
        request, headers = record["request"], dict(record["request"]["headers"])
        if "Authorization" in headers:
            headers["Authorization"] = credentials(headers["Authorization"])
        before = len(self.alice.received), len(self.hook.received)
        line = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=wait.DEADLINE)
        line.request(request["method"], request["path"], body_of(request["body"]), headers)
        answer = line.getresponse()
        body = answer.read().decode()
        line.close()

        def arrived():
            alice = [xml.show(s) for _, s in self.alice.received[before[0]:]]
            return [s for s in alice if "rest.localhost" in s], [r.text for r in self.hook.received[before[1]:]]

        def enough():
            alice, callback = arrived()
            return len(alice) >= len(wanted.get("alice", [])) and len(callback) >= len(wanted.get("callback", []))
        try:
            wait.until(enough, "the others get theirs", 5)
        except wait.Late:
            pass  # the comparison shows what is missing
        if SHOW:
            time.sleep(0.3)
        got = {name.lower(): value for name, value in answer.getheaders()}
        return fields(answer.status, got, body, *arrived())

    def play(self, file, compared):
        """Plays a file, in its order, since some records build on earlier ones."""
        records = recorded(file)
        names = {record["name"] for record in records}
        rows = [(row["row"], name, claim) for row in deviations() for name, claim in row["cases"].items()]
        self.assertEqual(len(rows), len({name for _, name, _ in rows}), "a record is explained twice")
        claims = {name: (row, claim) for row, name, claim in rows if name in names}
        equal, explained = 0, {}
        for record in records:
            name, original_fields = record["name"], compared(expectation(record))
            row, claim = claims.pop(name, (None, {}))
            wanted = {k: v for k, v in {**original_fields, **claim}.items() if v is not None}
            with self.subTest(name):
                got = compared(self.exchange(record, wanted))
                differing = {key: got.get(key) for key in {*got, *original_fields} if got.get(key) != original_fields.get(key)}
                if differing and row is None and SHOW:
                    print(json.dumps({"name": name, "ours": differing, "recorded": {k: original_fields.get(k) for k in differing}}))
                self.assertEqual(differing, claim, f"row {row}")
                equal, explained[row] = equal + (row is None), explained.get(row, 0) + 1
        explained.pop(None, None)
        print(f"     {equal} equal, {sum(explained.values())} explained: "
              + ", ".join(f"{row} {count}" for row, count in sorted(explained.items())))


class Requests(Played):
    """One test over all records."""

    def test_all(self):
        self.play("recorded.jsonl", lambda fields: fields)
        print(f"     not played, for they need an account of the server: {', '.join(sorted(ACCOUNTS))}")

    def test_each_explained_record_is_there(self):
        names = {record["name"] for file in ("recorded.jsonl", "recorded-more.jsonl") for record in recorded(file)}
        self.assertEqual({name for row in deviations() for name in row["cases"]} - names, set())

    def test_archive_of_a_room(self):
        """Beyond the recordings: what the archive of the room says comes as one answer."""
        login = {"Authorization": "Bearer token-bot", "Accept": "application/json"}
        line = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=wait.DEADLINE)
        line.request("GET", "/rest/archive/room@muc.localhost?max=10", headers=login)
        answer = line.getresponse()
        stanzas = json.loads(answer.read())["xmpp"]
        line.close()
        self.assertEqual(answer.status, 200)
        bodies = [s["archive"]["forward"]["message"].get("body") for s in stanzas if s["kind"] == "message"]
        self.assertIn("hello room", bodies)
        self.assertEqual((stanzas[-1]["kind"], stanzas[-1]["type"]), ("iq", "result"))


class More(Played):
    """Further records of our own making. The language of the stream, which the server gives to each stanza of a
    component (row `language`), is left out."""

    def test_all(self):
        self.play("recorded-more.jsonl", without_language)


LANGUAGE = " {http://www.w3.org/XML/1998/namespace}lang='en'"


def without_language(fields):
    """The fields without what says English."""
    def of(key, value):
        if key in ("alice", "callback"):
            return sorted(text.replace(LANGUAGE, "") for text in value)
        if key == "xml":
            return value.replace(LANGUAGE, "")
        if key == "json":
            return {k: v for k, v in value.items() if (k, v) != ("lang", "en")}
        return [pair for pair in value if pair != ["lang", "en"]] if key == "form" else value
    return {key: of(key, value) for key, value in fields.items()}
