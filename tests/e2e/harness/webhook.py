"""Webhooks: Python's own http.server (HTTP/1.0 unless told otherwise), and busybox httpd with a shell script."""

import http.server
import json
import os
import socket
import threading
import time

from . import process, wait, xml


class Received:
    """One request that came to a webhook."""

    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body
        self.when = time.monotonic()

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def xml(self):
        return xml.parse(self.text)

    @property
    def type(self):
        return self.headers.get("Content-Type", "").partition(";")[0]

    def __repr__(self):
        return f"{self.method} {self.path} {self.type} {self.text[:400]}"


class Webhook:
    """Keeps every request. Answers 204, or what `on(token, ...)` says for a body in which the token occurs."""

    def __init__(self, protocol="HTTP/1.0", port=None):
        self.received = []
        self.connections = 0
        self._answers = []
        self.port = port or wait.free_port()
        self.url = f"http://127.0.0.1:{self.port}/hook?of=restanza"
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = protocol

            def setup(self):
                webhook.connections += 1
                super().setup()

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = Received(self.command, self.path, self.headers, body)
                webhook.received.append(request)
                status, media, text = webhook.reply(request)
                self.send_response(status)
                if media:
                    self.send_header("Content-Type", media)
                # HTTP/1.0 marks the end of a body by closing; 1.1 needs the length, and a 204 has none.
                if protocol == "HTTP/1.1" and status != 204:
                    self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_POST = do_GET = do_OPTIONS = answer

            def log_message(self, *_):
                pass

        self._server = self.listen(Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def listen(self, handler):
        """The server that takes the requests."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        server.daemon_threads = True
        return server

    def on(self, token, status=200, media=None, text="", gate=None):
        """Answers so when `token` occurs in the body; waits for the event `gate` before."""
        self._answers.append((token, status, media, text if isinstance(text, bytes) else text.encode(), gate))

    def reply(self, request):
        for token, status, media, text, gate in reversed(self._answers):
            if token.encode() in request.body:
                if gate:
                    gate.wait(wait.DEADLINE * 4)
                return status, media, text
        return 204, None, b""

    def requests(self, token):
        """What came and contains the token."""
        return [r for r in list(self.received) if token.encode() in r.body]

    def wait(self, token, deadline=wait.DEADLINE):
        """The first request that contains the token."""
        return wait.until(lambda: self.requests(token),
                          lambda: f"the webhook gets {token}; the last that came: {self.received[-5:]}", deadline)[0]

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def socket_that_listens():
    """Takes connections, and never says a word."""
    return socket.create_server(("127.0.0.1", 0), backlog=512)


SCRIPT = """#!/bin/sh
# Keeps what came, answers with an echo in JSON.
body=$(head -c "$CONTENT_LENGTH"; echo x); body=${body%x}
printf '%s' "$body" > "$(mktemp FOLDER/got.XXXXXX)"
printf 'Content-Type: application/json\\r\\n\\r\\n{"kind":"message","type":"chat","body":"echo by busybox"}'
"""


class Busybox:
    """busybox httpd and a CGI script: a webhook in C and shell."""

    def __init__(self):
        folder = process.scratch("busybox")
        self.got = os.path.join(folder, "got")
        os.makedirs(os.path.join(folder, "www", "cgi-bin"))
        os.makedirs(self.got)
        script = os.path.join(folder, "www", "cgi-bin", "hook")
        with open(script, "w", encoding="utf-8") as file:
            file.write(SCRIPT.replace("FOLDER", self.got))
        os.chmod(script, 0o755)
        port = wait.free_port()
        self.url = f"http://127.0.0.1:{port}/cgi-bin/hook"
        argv = ["busybox", "httpd", "-f", "-p", f"127.0.0.1:{port}", "-h", os.path.join(folder, "www")]
        self.process = process.Process("httpd", argv, folder).start()
        wait.until(lambda: wait.accepts(port), "busybox httpd listens")

    def bodies(self):
        """All bodies so far."""
        found = []
        for name in sorted(os.listdir(self.got)):
            with open(os.path.join(self.got, name), encoding="utf-8") as file:
                found.append(file.read())
        return found

    def close(self):
        self.process.stop()
