"""A private Prosody (0.12)."""

import os

from . import process, server

CONFIG = """
daemonize = false
run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
interfaces = {{ "127.0.0.1" }}
local_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {client_port} }}
component_ports = {{ {component_port} }}
component_interfaces = {{ "127.0.0.1" }}
c2s_direct_tls_ports = {{ }}
modules_enabled = {{ "roster", "saslauth", "disco", "ping", "presence", "message", "iq", "c2s" }}
modules_disabled = {{ "s2s", "tls", "offline", "http", "admin_shell" }}
limits = {{ }}
authentication = "internal_plain"
storage = "internal"
allow_unencrypted_plain_auth = true
c2s_require_encryption = false

VirtualHost "{domain}"

Component "{rooms}" "muc"
    restrict_room_creation = false
    muc_room_default_history_length = 0
    muc_room_locking = false
"""


def quoted(text):
    """A Lua string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def encoded(host):
    """A name as Prosody's internal storage writes it."""
    return "".join(c if c.isalnum() else f"%{ord(c):02x}" for c in host)


class Prosody(server.Server):
    """Prosody, accounts written into its data folder."""

    kind = "prosody"

    def prepare(self):
        accounts = os.path.join(self.folder, "data", encoded(server.DOMAIN), "accounts")
        os.makedirs(accounts)
        for user, password in server.USERS.items():
            with open(os.path.join(accounts, f"{user}.dat"), "w", encoding="utf-8") as file:
                file.write(f'return {{ ["password"] = {quoted(password)} }};\n')
        path = os.path.join(self.folder, "prosody.cfg.lua")
        with open(path, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(domain=server.DOMAIN, rooms=server.ROOMS, **vars(self)))
            for name, secret in server.COMPONENTS.items():
                file.write(f"\nComponent {quoted(name)}\n    component_secret = {quoted(secret)}\n")
        return process.Process("prosody", ["prosody", "-F", "--config", path], self.folder)
