"""The bound on memory that the program prints, and what it really held."""

import re

from . import gateway

# What a table of limits takes as a line each; see src/shell/memory.rs. The sum is the program's, if it prints one.
SUM = re.compile(r"(?mi)^(?:sum|total|in all|memory)\b\D*(\d+)")


def limits(gate):
    """The limits in force, by name."""
    printed = gateway.run("limits", "--config", gate.config).stdout.decode()
    rows = (line.split() for line in printed.splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}, printed


def lent(gate):
    """The bytes that are taken at the start for those limits."""
    of, printed = limits(gate)
    found = SUM.search(printed)
    if found:
        return int(found[1])
    ports = of["connections"] * (of["head"] + of["body"] + of["answer"] + 256)
    ports += (of["calls"] + of["slow_calls"]) * (of["call"] + of["reply"])
    text = of["stanza"] + 7 * max(of["body"], of["reply"]) + 16384
    tables = 3 * 16 * of["nodes"] + of["queue_entries"] * 256 + of["hooks"] * 512
    return ports + of["stanza"] + of["outgoing"] + of["queue"] + text + of["stanza"] + 16384 + tables


def peak(process):
    """The most that was ever resident, in bytes."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024
