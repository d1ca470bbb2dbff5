"""What restanza needs: resident memory idle and after many messages each way through a real Prosody, CPU per message.

The callers pipeline on four kept connections, the component at the other end only counts, the webhook answers 204:
all of them are simple so that restanza is what is measured.
"""

import hashlib
import os
import re
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import gateway, pipeline, process, prosody, rawhook, server, wait  # noqa: E402

NAME = "other.xmpp.test"
CONNECTIONS = 4


class Sink:
    """A component that counts the messages it gets, and can send many."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(f"<stream:stream xmlns='jabber:component:accept' "
                            f"xmlns:stream='http://etherx.jabber.org/streams' to='{NAME}'>".encode())
        head = b""
        while not (found := re.search(rb"id=['\"]([^'\"]+)['\"][^>]*>", head)):
            head += self.socket.recv(4096)
        proof = hashlib.sha1(found[1] + server.COMPONENTS[NAME].encode()).hexdigest()
        self.socket.sendall(f"<handshake>{proof}</handshake>".encode())
        self.count = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        rest = b""
        while data := self.socket.recv(1 << 18):
            rest += data
            self.count += rest.count(b"</message>")
            rest = rest[-9:]  # shorter than what is counted


class Hook:
    """Answers 204 on kept connections and counts."""

    def __init__(self):
        self.count = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while rawhook.read_request(connection):
                self.count += 1
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        except OSError:
            pass


def cpu(pid):
    """Seconds of CPU used so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def say(what, gate):
    with open(f"/proc/{gate.process.pid}/status", encoding="ascii") as file:
        status = dict(line.split(":", 1) for line in file)
    resident, own = (int(status[key].split()[0]) for key in ("VmRSS", "RssAnon"))
    print(f"{what:<52} RSS {resident:>6} kB, of it its own {own:>5} kB", flush=True)


def main():
    given = [int(number) for number in sys.argv[1:]]
    out, into = given + [100000, 20000][len(given):]
    print(f"binary: {os.path.getsize(gateway.binary())} bytes")
    xmpp = prosody.Prosody().start()
    hook = Hook()
    gate = gateway.Gateway(xmpp.component_port, {'hook "sink"': {"url": hook.url, "format": "json"}}).start()
    sink = Sink(xmpp.component_port)
    time.sleep(1)
    say("idle, connected", gate)

    message = pipeline.request(gate, f"x@{NAME}")
    refused, sent = [], 0

    def post(count):
        refused.append(pipeline.post(gate, message, count))

    start, used = time.monotonic(), cpu(gate.process.pid)
    while sent < out:
        part = min(25000, out - sent)
        threads = [threading.Thread(target=post, args=(part // CONNECTIONS,)) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sent += part // CONNECTIONS * CONNECTIONS
        say(f"after {sent} messages, HTTP to XMPP", gate)
    took, used = time.monotonic() - start, cpu(gate.process.pid) - used
    wait.until(lambda: sink.count >= sent, lambda: f"all {sent} arrive; {sink.count} did", 120)
    print(f"{sent} POSTs in {took:.1f} s, {used / sent * 1e6:.0f} us of CPU each; all {sink.count} arrived; "
          f"{sum(refused)} were refused with 503 and sent again")

    start, used = time.monotonic(), cpu(gate.process.pid)
    done = 0
    while done < into:  # a few at a time: the queue for a webhook is bounded
        part = min(50, into - done)
        sink.socket.sendall(f"<message from='x@{NAME}' to='cat@{gate.domain}' type='chat'><body>on</body></message>".encode() * part)
        done += part
        wait.until(lambda: hook.count >= done, lambda: f"{done} calls; {hook.count} came:\n{gate.log[-2000:]}")
    took, used = time.monotonic() - start, cpu(gate.process.pid) - used
    say(f"after {done} messages, XMPP to webhook, as well", gate)
    print(f"{done} webhook calls in {took:.1f} s, {used / done * 1e6:.0f} us of CPU each")
    print(f"ended with status {gate.stop()}")
    xmpp.stop()
    process.clean(keep=False)


if __name__ == "__main__":
    main()
