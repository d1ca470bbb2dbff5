#!/usr/bin/env python3
"""Turns the alerts of Alertmanager or Grafana into messages: a webhook that posts to restanza.

Usage: RESTANZA_TOKEN=TOKEN alerts.py PORT GATEWAY-URL ADDRESS...
       such as alerts.py 9094 http://127.0.0.1:8080/v1/stanzas juliet@example.net
Point a webhook_config of Alertmanager, or a contact point of Grafana, at http://127.0.0.1:PORT/. What the gateway does
not take is answered with its status, so that they try again: then who comes first in the list may get it twice.
"""
import http.server
import json
import os
import sys
import urllib.error
import urllib.request


def text_of(alert):
    """One alert, in a line or two."""
    labels, notes = alert.get("labels", {}), alert.get("annotations", {})
    name = " ".join(filter(None, [labels.get("alertname"), labels.get("instance")]))
    words = notes.get("summary") or notes.get("description") or ""
    return f"[{alert.get('status', 'firing')}] {name}" + (f": {words}" if words else "")


def send(url, to, text):
    """Posts a message; gives the status."""
    body = json.dumps({"kind": "message", "type": "chat", "to": to, "body": text}).encode()
    request = urllib.request.Request(url, body, {
        "Content-Type": "application/json", "Authorization": "Bearer " + os.environ["RESTANZA_TOKEN"]})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        print(f"{to}: {error.code} {error.read().decode()}", flush=True)
        return error.code
    except OSError as error:
        print(f"{to}: {error}", flush=True)
        return 503


class Alerts(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        posted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = "\n".join(map(text_of, posted.get("alerts", []))) or "an alert without alerts"
        status = next((got for to in sys.argv[3:] if (got := send(sys.argv[2], to, text)) != 202), 200)
        self.send_response(status)
        self.end_headers()


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Alerts).serve_forever()
