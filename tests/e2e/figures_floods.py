"""What honest callers get, and how much memory is held, while others flood the HTTP server: see `harness/flood.py`."""

import os
import resource
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from figures import NAME, Sink  # noqa: E402
from harness import flood, gateway, memory, process, prosody, wait  # noqa: E402


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    xmpp = prosody.Prosody().start()
    gate = gateway.Gateway(xmpp.component_port).start()
    sink = Sink(xmpp.component_port)
    idle = gate.process.memory()
    print(f"binary: {os.path.getsize(gateway.binary())} bytes; idle {idle >> 10} kB; "
          f"restanza limits: {memory.bound(gate)[0] >> 10} kB in all")
    body = f"<message to='x@{NAME}' type='chat'><body>The pump in the cellar is on.</body></message>".encode()
    request = (f"POST /rest HTTP/1.1\r\nHost: x\r\nAuthorization: {gate.credentials}\r\n"
               f"Content-Type: application/xmpp+xml\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
    served = 0
    for name, words, honest, peak in flood.Floods(gate, request, seconds=10.0).each():
        served += len(honest.times)
        print(f"{name}: {words or '-'}\n    {honest.words}; peak {peak >> 10} kB", flush=True)
        for failure in honest.failures[:3]:
            print(f"    failure: {failure}")
    wait.until(lambda: sink.count >= served, lambda: f"all {served} arrive; {sink.count} did")
    print(f"{served} messages taken, {sink.count} arrived; ended with status {gate.stop()}")
    xmpp.stop()
    process.clean(keep=False)


if __name__ == "__main__":
    main()
