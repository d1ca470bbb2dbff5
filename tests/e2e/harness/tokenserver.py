"""A server that knows tokens (RFC 7662), and misbehaves on demand."""

import base64
import http.server
import json
import threading
import time
import urllib.parse


class TokenServer:
    """Answers by the token: what `tokens` says of it as JSON, `{"active": false}` for others; `raw` answers in bytes."""

    client, secret = "gateway", "s/ecr:et"

    def __init__(self):
        self.tokens, self.raw, self.asked, self.gate = {}, {}, [], threading.Event()
        self.gate.set()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                if server.closed:  # a connection that was kept
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                token = urllib.parse.parse_qs(body)["token"][0]
                server.asked.append(token)
                known = ":".join(map(urllib.parse.quote_plus, (server.client, server.secret)))
                if self.headers["Authorization"] != "Basic " + base64.b64encode(known.encode()).decode():
                    return self.answer(401, b"{}")
                if not server.gate.is_set():
                    server.gate.wait(60)
                    self.close_connection = True
                if token in server.raw:
                    self.close_connection = True
                    return self.drip(server.raw[token])
                return self.answer(200, json.dumps(server.tokens.get(token, {"active": False})).encode())

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:  # the gateway had no more patience
                    self.close_connection = True

            def drip(self, pieces):
                for piece in pieces:
                    try:
                        self.wfile.write(piece)
                    except OSError:
                        return
                    time.sleep(0.01)

            def log_message(self, *_):
                pass

        self.start(Handler)

    def start(self, handler, port=0):
        self._handler, self.closed = handler, False
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/oauth2/introspect"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self.closed = True
        self._server.shutdown()
        self._server.server_close()

    def restart(self):
        self.start(self._handler, self.port)
