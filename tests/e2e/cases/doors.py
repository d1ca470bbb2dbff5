"""Where requests come in: several addresses, Unix sockets, sockets of systemd, a door for those who watch."""

import os
import signal
import socket
import stat

from harness import curl, entity, gateway, process, unixhook, wait, xml
from harness.case import Case
from cases.iq import query


def message(token):
    return f"<message to='alice@xmpp.test'><body>{token}</body></message>"


def over(path):
    """The options of curl for a Unix socket."""
    return ("--unix-socket", path)


class Several(Case):
    """Two addresses and a Unix socket at the same time; anonymous callers of this machine are welcome."""

    @classmethod
    def setUpClass(cls):
        cls.path = os.path.join(process.scratch("doors"), "http.sock")
        cls.second = wait.free_port()
        listen = f"127.0.0.1:PORT, 127.0.0.2:{cls.second}, unix:{cls.path}"
        cls.sections = {"http": {"listen": listen, "anonymous": "anybody@rest.xmpp.test", "socket_mode": "600"},
                        'token "near"': {"secret": "near", "jid": "near@rest.xmpp.test", "from": "127.0.0.0/8"},
                        'token "far"': {"secret": "far", "jid": "far@rest.xmpp.test", "from": "192.0.2.0/24"}}
        super().setUpClass()

    def test_all_of_them_take_stanzas(self):
        for at, (url, options) in enumerate((
            (self.gateway.url, ()), (f"http://127.0.0.2:{self.second}/rest", ()),
            ("http://localhost/rest", over(self.path)),
        )):
            with self.subTest(url):
                token = f"{self.token}.{at}"
                headers = {"Content-Type": curl.XML, "Authorization": self.gateway.credentials}
                self.status(202, curl.Call(url, message(token), headers, *options).answer())
                self.assertEqual(self.alice.wait(token).get("from"), self.domain)

    def test_a_unix_socket_is_this_machine(self):
        headers = {"Content-Type": curl.XML}

        def call(**more):
            return curl.Call("http://localhost/rest", message(self.token), {**headers, **more}, *over(self.path)).answer()

        self.status(202, call())
        self.assertEqual(self.alice.wait(self.token).get("from"), "anybody@rest.xmpp.test")
        self.status(401, call(**{"X-Forwarded-For": "192.0.2.1"}))
        self.status(202, call(Authorization="Bearer near"))
        self.status(403, call(Authorization="Bearer far"))

    def test_the_file_has_its_mode(self):
        found = os.lstat(self.path)
        self.assertTrue(stat.S_ISSOCK(found.st_mode))
        self.assertEqual(stat.S_IMODE(found.st_mode), 0o600)
        self.assertEqual(os.listdir(os.path.dirname(self.path)), ["http.sock"])


class Files(Case):
    """The file of a Unix socket comes and goes with the gateway, and harms nobody else's."""

    format = None

    def tearDown(self):
        pass

    def one(self, path, **more):
        other = gateway.Gateway(self.server.component_port, {"http": {"listen": f"unix:{path}", **more}})
        self.addCleanup(other.process.kill)
        return other

    def begin(self, other):
        other.process.start()
        wait.until(lambda: "listens on" in other.log or not other.process.alive, lambda: other.log)
        return other

    def test_a_stale_file_is_replaced_and_ours_is_removed(self):
        path = os.path.join(process.scratch("stale"), "s")
        other = self.begin(self.one(path))
        other.process.kill()
        self.assertTrue(os.path.exists(path), "what is killed leaves its file")
        self.begin(other)
        answer = curl.Call("http://localhost/healthz", None, None, *over(path)).answer()
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(other.process.stop(), 0)
        self.assertEqual(os.listdir(os.path.dirname(path)), [])

    def test_who_listens_is_left_alone(self):
        path = os.path.join(process.scratch("live"), "s")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            other = self.begin(self.one(path))
            self.assertEqual(other.process.child.wait(wait.DEADLINE), 1)
            self.assertRegex(other.log, f"cannot listen on unix:{path}: another program listens there")

    def test_a_file_that_is_no_socket_is_left_alone(self):
        path = os.path.join(process.scratch("file"), "s")
        with open(path, "w", encoding="utf-8") as file:
            file.write("precious")
        other = self.begin(self.one(path))
        self.assertEqual(other.process.child.wait(wait.DEADLINE), 1)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "precious")

    def test_an_address_that_cannot_be_is_named(self):
        port = wait.free_port()
        other = gateway.Gateway(self.server.component_port)
        other.sections["http"]["listen"] = f"127.0.0.1:{port}, 192.0.2.1:{port}"
        other.write()
        other.process.start()
        self.assertEqual(other.process.child.wait(wait.DEADLINE), 1)
        self.assertIn(f"cannot listen on 192.0.2.1:{port}: ", other.log)
        self.assertIn("this machine has no such address", other.log)
        self.assertIn("[http] listen", other.log)


class Handed(Case):
    """Sockets that systemd has opened."""

    format = None

    def tearDown(self):
        pass

    def handed(self, listen, sockets, names, sections=None):
        other = gateway.Gateway(self.server.component_port, sections)
        other.sections["http"]["listen"] = listen
        other.write()
        other.process.argv, other.process.inherits = unixhook.handing_over(other.process.argv, sockets, names)
        other.process.start()
        self.addCleanup(other.process.kill)
        wait.until(lambda: "listens on" in other.log or not other.process.alive, lambda: other.log)
        return other

    def test_tcp_and_unix(self):
        path = os.path.join(process.scratch("handed"), "s")
        tcp = unixhook.inheritable(socket.AF_INET, ("127.0.0.1", 0))
        port = tcp.getsockname()[1]
        unix = unixhook.inheritable(socket.AF_UNIX, path)
        metrics = unixhook.inheritable(socket.AF_INET, ("127.0.0.1", 0))
        metrics_port = metrics.getsockname()[1]
        other = self.handed("systemd", [tcp, metrics, unix], ["restanza.socket", "metrics", "restanza.socket"],
                            {"metrics": {"listen": "systemd:metrics"}})
        for one in (tcp, unix, metrics):
            one.close()
        self.assertEqual(curl.Call(f"http://127.0.0.1:{port}/healthz").answer().status, 200, other.log)
        self.assertEqual(curl.Call("http://localhost/healthz", None, None, *over(path)).answer().status, 200)
        self.assertEqual(curl.Call(f"http://127.0.0.1:{metrics_port}/metrics").answer().status, 200)
        self.assertEqual(other.process.stop(), 0)
        self.assertTrue(os.path.exists(path), "the file is systemd's")

    def test_what_nobody_takes_is_a_mistake(self):
        tcp = unixhook.inheritable(socket.AF_INET, ("127.0.0.1", 0))
        other = self.handed(f"127.0.0.1:{wait.free_port()}", [tcp], ["http"])
        tcp.close()
        self.assertEqual(other.process.child.wait(wait.DEADLINE), 1)
        self.assertIn("systemd passed sockets that nobody takes: http", other.log)

    def test_none_is_a_mistake(self):
        other = self.handed("systemd:web", [], [])
        self.assertEqual(other.process.child.wait(wait.DEADLINE), 1)
        self.assertIn("cannot listen on systemd:web: systemd passed no such socket", other.log)


class Watchers(Case):
    """The door for those who watch over the gateway."""

    format = None

    @classmethod
    def setUpClass(cls):
        cls.watch = wait.free_port()
        cls.sections = {"metrics": {"listen": f"127.0.0.1:{cls.watch}"}, "limits": {"connections": "2"}}
        super().setUpClass()

    def get(self, path, headers=None, port=None, **more):
        return curl.Call(f"http://127.0.0.1:{port or self.watch}{path}", None, headers, **more).answer()

    def test_health_and_figures_alone(self):
        for path, status in (("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/rest", 404), ("/rest/echo", 404),
                             ("/v1/version/xmpp.test", 404), ("/rest/ping/xmpp.test", 404)):
            with self.subTest(path):
                self.status(status, self.get(path, {"Authorization": self.gateway.credentials}))
        self.status(401, self.get("/metrics", port=self.gateway.port))

    def test_figures_without_a_login_from_here_alone(self):
        self.status(200, self.get("/metrics"))
        self.status(401, self.get("/metrics", {"X-Forwarded-For": "192.0.2.1"}))
        self.status(401, self.get("/metrics", {"Host": "rebound.example"}))
        self.status(401, self.get("/metrics", {"Origin": "https://evil.example"}))
        self.gateway.sections["metrics"]["anonymous_from"] = "192.0.2.0/24"
        self.gateway.write()
        seen = self.gateway.log.count("reloaded")
        self.gateway.process.send(signal.SIGHUP)
        wait.until(lambda: self.gateway.log.count("reloaded") > seen, "it is reloaded")
        self.status(401, self.get("/metrics"))
        self.status(200, self.get("/metrics", {"Authorization": self.gateway.credentials}))

    def test_they_find_a_place_when_all_are_taken(self):
        calls = []
        for at in range(2):
            calls.append(self.gateway.call(query(entity.SLOW, f"{self.token}.{at}")))
            wait.until(lambda: self.alice.held == len(calls), "it is served")
        self.status(503, self.get("/healthz", port=self.gateway.port))
        self.status(200, self.get("/healthz"))
        self.alice.release()
        for call in calls:
            self.status(200, call.answer())


class Hooks(Case):
    """A webhook at a Unix socket."""

    format = None

    @classmethod
    def setUpClass(cls):
        cls.unix = unixhook.UnixHook()
        cls.addClassCleanup(cls.unix.close)
        cls.sections = {'hook "unix"': {"url": cls.unix.url, "format": "json", "wait": "0.1"}}
        super().setUpClass()

    def test_it_gets_stanzas_and_answers(self):
        self.unix.on(self.token, 200, "text/plain", f"re {self.token}")
        self.alice.send(f"<message to='cat@{self.domain}' type='chat'><body>{self.token}</body></message>")
        request = self.unix.wait(self.token)
        self.assertEqual((request.path, request.headers["Host"]), ("/hook?of=restanza", "localhost"))
        self.alice.wait(lambda s: xml.text(s, "body") == f"re {self.token}")

    def test_one_that_is_not_there(self):
        self.gateway.sections['hook "unix"'] |= {"url": "http+unix://%2Fnowhere%2Fs/", "attempts": "2"}
        self.gateway.write()
        seen = self.gateway.log.count("reloaded")
        self.gateway.process.send(signal.SIGHUP)
        wait.until(lambda: self.gateway.log.count("reloaded") > seen, "it is reloaded")
        self.alice.send(f"<message to='cat@{self.domain}' type='chat'><body>{self.token}</body></message>")
        self.gateway.wait_log("hook unix: attempt 2 of 2: .*unix:/nowhere/s: No such file")

    def test_the_command_that_tries_a_hook(self):
        done = gateway.run("hook", "test", "unix", "--config", self.gateway.config)
        if "nowhere" not in self.gateway.sections['hook "unix"']["url"]:
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(b"unix:" + self.unix.path.encode(), done.stdout)
