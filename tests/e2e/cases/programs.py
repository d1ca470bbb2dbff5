"""Programs that know nothing of restanza, as the README has them: what they post arrives."""

import json
import os
import re
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

from harness import case, curl, gateway, process, wait, xml

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
TOKEN = "a-token-for-programs"
TOKENS = {'token "programs"': {"secret": TOKEN, "jid": "programs@rest.xmpp.test"}}

# What Alertmanager 0.27 and Grafana 11 post, shortened to what matters.
ALERTMANAGER = {
    "version": "4", "groupKey": '{}:{alertname="DiskFull"}', "truncatedAlerts": 0, "status": "firing", "receiver": "xmpp",
    "groupLabels": {"alertname": "DiskFull"}, "commonLabels": {"alertname": "DiskFull"}, "commonAnnotations": {},
    "externalURL": "http://alertmanager:9093", "alerts": [
        {"status": "firing", "labels": {"alertname": "DiskFull", "instance": "nas:9100"},
         "annotations": {"summary": "TOKEN"}, "startsAt": "2026-11-22T20:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
         "generatorURL": "http://prometheus/", "fingerprint": "a"}]}
GRAFANA = {**ALERTMANAGER, "version": "1", "orgId": 1, "state": "alerting", "title": "[FIRING:1]", "message": "**Firing**"}


def arrives(test, text):
    """The message with that text, as alice gets it."""
    return test.alice.wait(lambda s: (xml.text(s, "body") or "").endswith(text))


class Alerts(case.Case):
    """`boards/host/alerts.py` between Alertmanager or Grafana and the gateway."""

    sections = TOKENS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = wait.free_port()
        argv = [sys.executable, os.path.join(TOP, "boards", "host", "alerts.py"), str(cls.port),
                f"http://127.0.0.1:{cls.gateway.port}/v1/stanzas", "alice@xmpp.test"]
        cls.bridge = process.Process("alerts", argv, process.scratch("alerts"), {"RESTANZA_TOKEN": TOKEN}).start()
        cls.addClassCleanup(cls.bridge.kill)
        wait.until(lambda: wait.accepts(cls.port), "it listens")

    def post(self, alerts):
        body = json.dumps(alerts).replace("TOKEN", self.token).encode()
        return curl.Call(f"http://127.0.0.1:{self.port}/", body, {"Content-Type": "application/json"}).answer()

    def test_an_alert_arrives(self):
        for alerts in (ALERTMANAGER, GRAFANA):
            self.assertEqual(self.post(alerts).status, 200, self.bridge.output())
            got = arrives(self, self.token)
            self.assertEqual(xml.text(got, "body"), f"[firing] DiskFull nas:9100: {self.token}")

    def test_straight_to_the_gateway_it_is_refused_by_name(self):
        for alerts, key in ((ALERTMANAGER, "version"), (GRAFANA, "state")):
            answer = self.gateway.post(json.dumps(alerts), curl.JSON, "/message/chat/alice@xmpp.test", auth=f"Bearer {TOKEN}")
            self.fault(answer, 422, "bad-format")
            self.assertIn(key, answer.text)


class Refused(unittest.TestCase):
    """The bridge passes on that the gateway has no link, so that Alertmanager tries again."""

    def test_no_link(self):
        gate = gateway.Gateway(wait.free_port(), TOKENS)
        gate.start(connected=False)
        self.addCleanup(gate.process.kill)
        port = wait.free_port()
        argv = [sys.executable, os.path.join(TOP, "boards", "host", "alerts.py"), str(port),
                f"http://127.0.0.1:{gate.port}/v1/stanzas", "alice@xmpp.test"]
        bridge = process.Process("alerts", argv, process.scratch("alerts"), {"RESTANZA_TOKEN": TOKEN}).start()
        self.addCleanup(bridge.kill)
        wait.until(lambda: wait.accepts(port), "it listens")
        answer = curl.Call(f"http://127.0.0.1:{port}/", json.dumps(ALERTMANAGER).encode()).answer()
        self.assertEqual(answer.status, 503)


class Snippets(case.Case):
    """The lines of the README's chapter about other programs, as they stand there."""

    sections = TOKENS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
            chapter = file.read().split("\n## From other programs\n")[1].split("\n## ")[0]
        cls.blocks = dict(re.findall(r"```(\w+)\n(.*?)```", chapter, re.S))

    def here(self, text):
        """For this gateway and this test."""
        for there, ours in (("http://192.168.1.2:8080", f"http://127.0.0.1:{self.gateway.port}"), ("TOKEN", TOKEN),
                            ("juliet@example.net", "alice@xmpp.test"), ("cellar", self.token)):
            text = text.replace(there, ours)
        return text

    def test_a_shell(self):
        lines = self.here(self.blocks["sh"])
        done = subprocess.run(["sh", "-euc", lines], capture_output=True, text=True, timeout=60,
                              env=process.environment({"no_proxy": "*"}), check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        for start in ("curl: ", "wget: ", "Disc: "):
            wait.until(lambda start=start: self.alice.stanzas(
                lambda s: (xml.text(s, "body") or "").startswith(start) and self.token in xml.text(s, "body")), start)

    def test_home_assistant(self):
        """Its `notify` of platform rest: the parameters by their names, and what stands below `data`."""
        said = dict(re.findall(r"(?m)^ +-? ?([A-Za-z_]+): *(.*?)$", self.here(self.blocks["yaml"])))
        self.assertEqual(said["method"], "POST_JSON")
        body = {said["message_param_name"]: f"Home Assistant {self.token}", "to": said["to"], "type": said["type"]}
        request = urllib.request.Request(said["resource"], json.dumps(body).encode(), {
            "Content-Type": "application/json", "Authorization": said["Authorization"]})
        with urllib.request.urlopen(request, timeout=60) as answer:
            self.assertEqual(answer.status, 202)
        arrives(self, f"Home Assistant {self.token}")

    def test_a_device(self):
        """The bytes that the HTTPClient of Arduino sends for it."""
        sketch = self.here(self.blocks["cpp"])
        path = re.search(r'begin\("http://[^/]*(/[^"]*)"\)', sketch)[1]
        fields = "".join(f"{name}: {value}\r\n" for name, value in re.findall(r'addHeader\("(.*?)", "(.*?)"\)', sketch))
        body = re.search(r'POST\("(.*?)"\)', sketch)[1]
        head = (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.gateway.port}\r\nUser-Agent: ESP32HTTPClient\r\n"
                f"Connection: close\r\nAccept-Encoding: identity;q=1,chunked;q=0.1,*;q=0\r\n{fields}"
                f"Content-Length: {len(body)}\r\n\r\n")
        self.assertEqual(curl.statuses(curl.raw(self.gateway.port, (head + body).encode())), [202])
        arrives(self, body)
