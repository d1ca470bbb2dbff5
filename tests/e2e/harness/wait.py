"""Waiting for something to become true. Nothing here measures time; the deadline only ends a hopeless wait."""

import socket
import time

DEADLINE = 60.0


class Late(AssertionError):
    """What was waited for did not happen."""


def until(condition, what, deadline=DEADLINE):
    """Polls `condition` until it gives something true, and gives that back."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Late(f"after {deadline:.0f} s still not: {what() if callable(what) else what}")
        time.sleep(0.02)


_handed_out = set()


def free_port():
    """A port on loopback that nobody uses, and that was not handed out before."""
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if port not in _handed_out:
            _handed_out.add(port)
            return port


def accepts(port):
    """Whether somebody listens on that port of loopback."""
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0
