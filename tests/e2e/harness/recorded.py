"""The server of the recordings: Prosody with the names, the account and the modules that the original ran beside."""

import os

from . import process, prosody, server

ACCOUNT, PASSWORD = "alice", "in the garden"
HOST = "localhost"
SECRET = "recorded"
# Which gateway of the recordings a case goes through, by its `conf`.
COMPONENTS = {
    "xml": "rest.localhost",
    "json": "restjson.localhost",
    "tpl": "resttpl.localhost",
    "dead": "restdead.localhost",
}


class Prosody(server.Server):
    """As in the recordings: presence gets its avatar element, streams their language."""

    kind = "prosody"

    def prepare(self):
        accounts = os.path.join(self.folder, "data", prosody.encoded(HOST), "accounts")
        os.makedirs(accounts)
        with open(os.path.join(accounts, f"{ACCOUNT}.dat"), "w", encoding="utf-8") as file:
            file.write(f'return {{ ["password"] = {prosody.quoted(PASSWORD)} }};\n')
        config = prosody.CONFIG.format(domain=HOST, rooms=f"rooms.{HOST}", **vars(self))
        config = config.replace('"c2s" }', '"c2s", "pep", "vcard_legacy" }')
        path = os.path.join(self.folder, "prosody.cfg.lua")
        with open(path, "w", encoding="utf-8") as file:
            file.write(config)
            for name in COMPONENTS.values():
                file.write(f'\nComponent "{name}"\n    component_secret = "{SECRET}"\n')
        return process.Process("prosody", ["prosody", "-F", "--config", path], self.folder)
