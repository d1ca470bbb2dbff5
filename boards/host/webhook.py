#!/usr/bin/env python3
"""A webhook: says what came, and answers a message with an echo. Usage: webhook.py PORT"""
import http.server
import json
import sys


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        stanza = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = ""
        if stanza["kind"] == "message" and "body" in stanza:
            answer = json.dumps({"kind": "message", "type": "chat", "body": f"You said: {stanza['body']}"})
        print(json.dumps(stanza), "answered with", answer or "nothing", flush=True)
        self.send_response(200 if answer else 204)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Hook).serve_forever()
