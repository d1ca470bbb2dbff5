"""A real XMPP server on loopback: free ports, its own configuration and data, nothing of the system's touched.

Both servers serve the same names, so that every case runs with either. See `prosody` and `ejabberd`.
"""

from . import process, wait

DOMAIN = "xmpp.test"
ROOMS = "rooms.xmpp.test"
# The components and their secrets: restanza, and one that is not ours.
COMPONENTS = {"rest.xmpp.test": "gate way & <secret>", "rest2.xmpp.test": "second", "other.xmpp.test": "other"}
USERS = {"alice": "alice's", "bob": "bob's"}


class Server:
    """What both have in common: where they listen, how they start and end."""

    kind = ""

    def __init__(self):
        self.folder = process.scratch(self.kind)
        self.client_port = wait.free_port()
        self.component_port = wait.free_port()
        # Where the component that is not ours connects; the same port, unless the server wants it otherwise.
        self.other_port = self.component_port
        self.process = None

    def start(self):
        """Starts it, and comes back when it takes components and clients."""
        if self.process is None:
            self.process = self.prepare()
        self.process.start()
        wait.until(
            lambda: self.ready() or not self.process.alive,
            lambda: f"{self.kind} listens; it wrote:\n{self.process.output()[-2000:]}",
        )
        if not self.process.alive:
            raise AssertionError(f"{self.kind} ended at once:\n{self.process.output()[-4000:]}")
        return self

    def ready(self):
        return wait.accepts(self.client_port) and wait.accepts(self.component_port)

    def stop(self):
        return self.process.stop()

    def kill(self):
        return self.process.kill()

    def prepare(self):
        """Writes the configuration and gives the process, not started."""
        raise NotImplementedError
