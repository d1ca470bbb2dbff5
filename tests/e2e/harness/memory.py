"""The bound on memory that the program prints, and what it really held."""

import re

from . import gateway

PROGRAM = "the program, were all of it in memory"


def bound(gate):
    """What `restanza limits` says that all can come to, in bytes, and how much of that is not the program itself."""
    printed = gateway.run("limits", "--config", gate.config).stdout.decode()
    parts = {found[2]: int(found[1]) for found in re.finditer(r"(?m)= +(\d+)  (.+)$", printed)}
    return parts["in all"], parts["in all"] - parts[PROGRAM]


def peak(process):
    """The most that was ever resident, in bytes."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024
