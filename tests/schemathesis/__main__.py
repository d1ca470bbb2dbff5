"""Our own description, tried by schemathesis against a gateway before a real Prosody.

`python3 tests/schemathesis PROGRAM [OPTION...]`: the program schemathesis, and more options for it. The last line is
`N passed, N failed`, counted in requests with what the checks say of the answers.
"""

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))

from harness import case, curl, gateway, process, server  # noqa: E402

# Everybody is at one address, and many logins are wrong on purpose; nobody waits long for who never answers.
SECTIONS = {"limits": {"login_failures": 1000}, "http": {"iq_timeout": 2, "iq_timeout_max": 2}}


def main():
    world = case.World.of("prosody")
    gate = gateway.Gateway(world.server.component_port, SECTIONS).start()
    addresses = [world.alice.jid, "bob@xmpp.test", server.DOMAIN, world.other.jid, server.ROOMS, gate.domain]
    passed, failed = tried(gate, addresses, sys.argv[1], sys.argv[2:])
    metrics = curl.Call(gate.url.removesuffix("rest") + "metrics", None, {"Authorization": gate.credentials}).answer()
    for trouble, is_so in {
        "there was an answer of 500": re.search(r'http_answers_total{[^}]*status="500"', metrics.text),
        "the metrics were refused": metrics.status != 200,
        "the link was lost": gate.connects != 1,
        "the gateway did not end well": gate.stop() != 0,
    }.items():
        if is_so:
            print(f"{trouble}\n{gate.log[-3000:]}")
            failed += 1
    case.World.close()
    process.clean(keep=bool(failed))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def tried(gate, addresses, program, options):
    """How many requests were as they should be, and how many failures there are."""
    argv = [os.path.abspath(program), "--config-file", os.path.join(HERE, "schemathesis.toml"), "run",
            gate.url.removesuffix("rest") + "openapi.json", "--auth", f"{gate.domain}:{gate.secret}", *options]
    more = {"RESTANZA_ADDRESSES": " ".join(addresses), "SCHEMATHESIS_HOOKS": os.path.join(HERE, "hooks.py"),
            "NO_PROXY": "*", "PYTHONDONTWRITEBYTECODE": "1"}
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=process.scratch("schemathesis"),
                             env={**os.environ, **more})
    passed = failed = 0
    for line in child.stdout:
        print(line, end="", flush=True)
        if found := re.search(r"(\d+) generated(?:, (\d+) passed)?(?:, \d+ found (\d+) unique failures?)?", line):
            passed, failed = int(found[2] or 0), int(found[3] or 0)
    return passed, failed or int(child.wait() != 0 or passed == 0)


if __name__ == "__main__":
    sys.exit(main())
