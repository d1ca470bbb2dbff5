"""Whether memory grows: a million messages, a hundred thousand callers, a hundred thousand links, and the resident
memory at the start, in the middle and at the end of each.

The server only counts what arrives and answers the pings behind it; callers pipeline. So a quarter of an hour is enough,
most of it for the links: each has the wait in front of it that is there for the server's sake, here of 1 to 3 ms, and five
steps of two programs. The restanza that is measured is cargo's release build, or that of RESTANZA_BINARY: the static one of
a board has musl's allocator, cargo's has that of this system, which takes some pages more before it finds its own again.
"""

import hashlib
import os
import re
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import gateway, process, wait  # noqa: E402
from harness.pipeline import post  # noqa: E402

DOMAIN, SECRET = "rest.xmpp.test", "s"
CALLERS, PLACES = 4, 16
# Between a middle and an end of equal load, the allocator may still take a few pages, in kB.
GROWTH = 16
PING = re.compile(rb"<iq [^>]*?id='([^']+)'[^>]*>\s*<ping")


def some(connection):
    """What comes next; the end is an error."""
    data = connection.recv(4096)
    if not data:
        raise OSError("closed")
    return data


class Server:
    """Takes one component after the other; counts messages, and links that were up."""

    def __init__(self):
        self.messages, self.links, self.hang_up = 0, 0, False
        self.attentive = threading.Event()
        self.attentive.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                try:
                    self._serve(connection)
                except OSError:
                    pass

    def _serve(self, connection):
        read = b""
        while b"<stream:stream" not in read or not read.rstrip().endswith(b">"):
            read += some(connection)
        connection.sendall(b"<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' "
                           b"xmlns='jabber:component:accept' id='i' from='rest.xmpp.test'>")
        read = b""
        while b"</handshake>" not in read:
            read += some(connection)
        assert hashlib.sha1(b"i" + SECRET.encode()).hexdigest().encode() in read, read
        connection.sendall(b"<handshake/>")
        self.links += 1
        rest = b""
        while not self.hang_up and self.attentive.wait() and (data := connection.recv(1 << 18)):
            data = rest + data
            self.messages += data.count(b"</message>")
            for found in PING.finditer(data):
                connection.sendall(b"<iq type='result' id='%b' from='rest.xmpp.test' to='rest.xmpp.test'/>" % found[1])
            # What is cut in the middle is looked at again, and nothing twice.
            ends = [(data.rfind(end) + len(end)) * (end in data) for end in (b"</message>", b"</iq>")]
            rest = data[max(ends):]


def request(gate, close=False, words=3):
    text = "The pump in the cellar is on. " * words
    body = f"<message to='x@xmpp.test' type='chat' id='long'><body>{text}</body></message>"
    return (f"POST /rest HTTP/1.1\r\nHost: x\r\nAuthorization: {gate.credentials}\r\n"
            f"{'Connection: close' if close else 'X-Kept: yes'}\r\n"
            f"Content-Type: application/xmpp+xml\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


def pipeline(gate, count, _):
    """`count` messages on one connection; what is refused is sent again."""
    post(gate, request(gate), count)


def come_and_go(gate, count, taken):
    """`count` connections with one message each."""
    one = request(gate, close=True)
    while count > 0:
        with socket.create_connection(("127.0.0.1", gate.port), timeout=60) as connection:
            connection.sendall(one)
            got = b""
            while piece := connection.recv(4096):
                got += piece
        taken.append(b"HTTP/1.1 202" in got)
        count -= taken[-1]


def fill(gate, server):
    """Takes every place, and fills what goes to a server that does not read: memory is taken when it is first used, which
    is no growth. Gives how many messages that took."""
    server.attentive.clear()
    large, taken = request(gate, words=1000), 0
    connections = [socket.create_connection(("127.0.0.1", gate.port), timeout=60) for _ in range(PLACES)]
    hanging = []
    for connection in connections:
        answer = b"HTTP/1.1 202"
        while answer.startswith(b"HTTP/1.1 202"):
            connection.settimeout(60)
            connection.sendall(large)
            # An answer comes when the message is written, or when there is no room for it.
            connection.settimeout(1)
            try:
                answer = some(connection)
            except TimeoutError:
                hanging.append(connection)
                break
            taken += answer.startswith(b"HTTP/1.1 202")
        else:
            assert answer.startswith(b"HTTP/1.1 503"), answer
    server.attentive.set()
    for connection in hanging:
        connection.settimeout(60)
        taken += some(connection).startswith(b"HTTP/1.1 202")
    for connection in connections:
        connection.close()
    return taken


def resident(gate):
    with open(f"/proc/{gate.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def phase(name, count, run, gate):
    """Runs it in two halves; the resident memory before, between and after."""
    figures, start = [resident(gate)], time.monotonic()
    for half in (count // 2, count - count // 2):
        run(half)
        figures.append(resident(gate))
    grown = figures[2] - figures[1]
    print(f"{count:>9} {name:<28} {time.monotonic() - start:>6.0f} s   RSS {figures[0]} kB at the start, {figures[1]} in the "
          f"middle, {figures[2]} at the end{'' if grown <= GROWTH else '   GROWN'}", flush=True)
    return grown <= GROWTH


def main():
    given = [int(number) for number in sys.argv[1:]]
    messages, callers, links = given + [1000000, 100000, 100000][len(given):]
    print(f"binary: {os.path.getsize(gateway.binary())} bytes")
    server = Server()
    gate = gateway.Gateway(server.port, {
        "limits": {"connections": PLACES, "waiting": 4, "link_wait_least": 1, "link_wait_most": 3, "link_stable_time": 0},
        "log": {"level": "error"},
    }, DOMAIN, SECRET).start(connected=False)
    wait.until(lambda: server.links == 1, "the link is up")
    time.sleep(1)

    def arrive(count):
        wait.until(lambda: server.messages >= count, lambda: f"all {count} arrive; {server.messages} did", 120)
        assert server.messages == count, (server.messages, count)

    filled = fill(gate, server)
    arrive(filled)

    def many(work, count, taken=None):
        parts = [count // CALLERS + (n < count % CALLERS) for n in range(CALLERS)]
        threads = [threading.Thread(target=work, args=(gate, part, taken)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    good = phase("messages, pipelined", messages, lambda count: many(pipeline, count), gate)
    arrive(filled + messages)
    taken = []
    good &= phase("callers, a message each", callers, lambda count: many(come_and_go, count, taken), gate)
    arrive(filled + messages + callers)

    def reconnect(count):
        wanted = server.links + count
        wait.until(lambda: server.links >= wanted, lambda: f"{wanted} links; {server.links}", 3600)

    # The link that is up ends with the next message, all later ones at once.
    server.hang_up = True
    many(come_and_go, 1, taken)
    good &= phase("links", links, reconnect, gate)
    server.hang_up = False
    before = server.messages
    wait.until(lambda: gate.post("<message to='x@xmpp.test'><body>x</body></message>").status == 202, "it still serves")
    wait.until(lambda: server.messages > before, "it arrives")
    print(f"{before} messages arrived, none twice; {server.links} links were up; it still serves")
    status = gate.stop()
    process.clean(keep=False)
    return 0 if good and status == 0 else 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)
