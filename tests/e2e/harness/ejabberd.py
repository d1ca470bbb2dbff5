"""A private ejabberd (23.01).

`ejabberdctl` insists on the system's user and on a named Erlang node with its port mapper. A single private node
needs neither, so the Erlang machine is started directly, without distribution: no cookie, no epmd, one process.

Each component has a listener of its own: of the hosts that one listener lists, ejabberd routes all to every
component that connects there, whatever domain it asked for.
"""

import glob
import json
import os
import urllib.request

from . import process, server, wait

CONFIG = {
    "hosts": [server.DOMAIN],
    "loglevel": "info",
    "log_rotate_size": "infinity",
    "certfiles": [],
    "acme": {"auto": False},
    "auth_method": ["internal"],
    "s2s_access": "none",
    "modules": {"mod_disco": {}, "mod_ping": {}, "mod_roster": {}, "mod_http_api": {}, "mod_muc": {"host": server.ROOMS}},
    "api_permissions": {"us": {"who": "all", "what": "*"}},
}


class Ejabberd(server.Server):
    """ejabberd, accounts registered through its own HTTP interface."""

    kind = "ejabberd"

    def __init__(self):
        super().__init__()
        self.other_port = wait.free_port()
        self.api_port = wait.free_port()
        self.registered = False

    def prepare(self):
        def listen(port, module, **more):
            return {"ip": "127.0.0.1", "port": port, "module": module, **more}

        def component(port, name):
            hosts = {name: {"password": server.COMPONENTS[name]}}
            return listen(port, "ejabberd_service", access="all", hosts=hosts)

        config = CONFIG | {
            "listen": [
                listen(self.client_port, "ejabberd_c2s", starttls=False),
                component(self.component_port, "rest.xmpp.test"),
                component(self.other_port, "other.xmpp.test"),
                listen(self.api_port, "ejabberd_http", request_handlers={"/api": "mod_http_api"}),
            ],
        }
        os.makedirs(os.path.join(self.folder, "db"))
        path = os.path.join(self.folder, "ejabberd.yml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file, indent=1)  # JSON is YAML
        resolver = os.path.join(self.folder, "inetrc")
        with open(resolver, "w", encoding="utf-8") as file:
            file.write("{lookup, [file]}.\n")  # no name is looked up outside this machine
        # Where the packages of this architecture put ejabberd's own and its libraries.
        libraries = {os.path.dirname(os.path.dirname(p)) for p in glob.glob("/usr/lib/*/ejabberd-*/ebin")}
        environment = {
            "EJABBERD_CONFIG_PATH": path,
            "EJABBERD_LOG_PATH": os.path.join(self.folder, "ejabberd.log"),
            "ERL_CRASH_DUMP": "/dev/null",
            "ERL_INETRC": resolver,
            "ERL_LIBS": ":".join(sorted(libraries)),
            "HOME": self.folder,
        }
        argv = ["erl", "+K", "true", "-mnesia", "dir", f'"{self.folder}/db"', "-s", "ejabberd", "-noinput"]
        return process.Process("ejabberd", argv, self.folder, environment)

    def start(self):
        super().start()
        if not self.registered:
            for user, password in server.USERS.items():
                self.api("register", user=user, host=server.DOMAIN, password=password)
            self.registered = True
        return self

    def ready(self):
        return super().ready() and wait.accepts(self.other_port) and wait.accepts(self.api_port)

    def api(self, command, **arguments):
        """Calls one of ejabberd's administration commands."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.api_port}/api/{command}", json.dumps(arguments).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=wait.DEADLINE) as answer:
            return json.load(answer)
