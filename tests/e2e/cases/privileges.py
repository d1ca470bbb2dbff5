"""What the process gives up: root, further privileges, most of the file system. Started as root, which these need."""

import os
import shutil
import signal
import unittest

from harness import certs, curl, fakeserver, gateway, lacking, process, wait

NOBODY = 65534
MESSAGE = "<message to='alice@xmpp.test'><body>x</body></message>"


def status(pid):
    """For every thread, the fields of its status."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as file:
            yield dict(line.rstrip("\n").split(":\t", 1) for line in file)


class Privileges(unittest.TestCase):
    """A gateway that root has started."""

    def setUp(self):
        self.assertEqual(os.geteuid(), 0, "these cases start restanza as root: run them as root, or with sudo")
        self.server = fakeserver.FakeServer()
        self.addCleanup(self.server.close)
        # Everybody may look into it, so that only what is tested keeps a reader out.
        self.folder = process.scratch("privileges")
        os.chmod(self.folder, 0o755)

    def start(self, before=None, connected=True, **sections):
        gate = gateway.Gateway(self.server.port, sections, secret="s")
        os.chmod(os.path.dirname(gate.config), 0o755)
        os.chmod(gate.config, 0o644)
        if before:
            gate.process.argv = [*before, *gate.process.argv]
        self.addCleanup(lambda: gate.process.alive and gate.stop())
        return gate.start(connected)

    def write(self, path, text, mode=0o644):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def reload(self, gate, **sections):
        """Tells it to read its settings again, with these in addition; gives what it says of that."""
        seen = len(gate.log)
        gate.sections.update(sections)
        # As editors do it: a new file in the place of the old.
        os.rename(gate.config, gate.config + ".old")
        gate.write()
        os.chmod(gate.config, 0o644)
        gate.process.send(signal.SIGHUP)
        wait.until(lambda: gate.log.count("\n", seen), "the log says something of it")
        wait.until(lambda: "reloaded" in gate.log[seen:] or "stay as they were" in gate.log[seen:], "it is done")
        return gate.log[seen:]

    def answer(self, gate, auth):
        return gate.post(MESSAGE, auth=auth).status

    def test_it_becomes_the_user_for_good(self):
        gate = self.start(daemon={"user": "nobody"})
        threads = list(status(gate.process.pid))
        self.assertGreater(len(threads), 1)
        for thread in threads:
            with self.subTest(thread["Name"]):
                self.assertEqual(set(thread["Uid"].split()), {str(NOBODY)})
                self.assertNotIn("0", thread["Gid"].split() + thread["Groups"].split())
                self.assertEqual(thread["NoNewPrivs"], "1")
                self.assertEqual({int(thread[f"Cap{one}"], 16) for one in ("Eff", "Prm", "Inh", "Amb")}, {0})
        self.assertEqual(self.answer(gate, True), 202)
        said = self.reload(gate, **{'token "new"': {"secret": "fresh", "jid": gate.domain}})
        self.assertIn("reloaded", said)
        self.assertEqual(self.answer(gate, "Bearer fresh"), 202)
        said = self.reload(gate, **{'token "bad"': {"secret_file": "/etc/shadow", "jid": gate.domain}})
        self.assertIn("Permission denied", said)
        self.assertEqual(self.answer(gate, "Bearer fresh"), 202)

    def test_what_it_will_not_read_again_is_told(self):
        secret = self.write(f"{self.folder}/secret", "s", 0o600)
        gate = self.start(daemon={"user": "nobody"}, **{'token "a"': {"secret_file": secret, "jid": "rest.xmpp.test"}})
        gate.wait_log(f"{secret} can no longer be read")
        self.assertEqual(self.answer(gate, "Bearer s"), 202)

    def test_a_user_that_is_none_is_refused(self):
        gate = gateway.Gateway(self.server.port, {"daemon": {"user": "no-such-user"}}, secret="s")
        done = gateway.run("check", "--config", gate.config)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no user of that name", done.stdout.decode())

    def test_without_root_it_says_so_and_serves(self):
        gate = self.start(["setpriv", "--reuid=1", "--regid=1", "--clear-groups"], daemon={"user": "nobody"})
        gate.wait_log("cannot become nobody")
        self.assertEqual(self.answer(gate, True), 202)
        self.assertEqual({t["NoNewPrivs"] for t in status(gate.process.pid)}, {"1"})

    def test_the_kernel_keeps_it_from_other_files(self):
        """Needs a build with `landlock`, and a kernel that has it."""
        made = certs.Authority("confined")
        first, second = made.pair("first"), made.pair("second")

        def install(pair):
            for name, path in (("cert", pair.cert), ("key", pair.key)):
                shutil.copy(path, f"{self.folder}/{name}.new")
                os.chmod(f"{self.folder}/{name}.new", 0o644)
                os.rename(f"{self.folder}/{name}.new", f"{self.folder}/{name}.pem")

        install(first)
        elsewhere = process.scratch("elsewhere")
        os.chmod(elsewhere, 0o755)
        outside = self.write(f"{elsewhere}/secret", "outside")
        for confined in (True, False):
            with self.subTest(confined=confined):
                gate = self.start(
                    http={"tls_cert": f"{self.folder}/cert.pem", "tls_key": f"{self.folder}/key.pem"},
                    daemon={"user": "nobody", **({} if confined else {"confine": "no"})})

                def post(auth=None):
                    headers = {"Content-Type": curl.XML, "Authorization": auth or gate.credentials}
                    return curl.Call(gate.url.replace("http:", "https:"), MESSAGE, headers, "--cacert", made.cert).answer()

                self.assertEqual("confined by Landlock" in gate.log, confined, gate.log)
                self.assertEqual(post().status, 202)
                # What it may read: its settings and certificates, replaced.
                install(second)
                said = self.reload(gate, **{'token "in"': {"secret": "inside", "jid": gate.domain}})
                self.assertIn("reloaded", said)
                self.assertEqual(post("Bearer inside").status, 202)
                # What it may not: a file that everybody else may.
                said = self.reload(gate, **{'token "out"': {"secret_file": outside, "jid": gate.domain}})
                self.assertEqual("Permission denied" in said, confined, said)
                self.assertEqual(post("Bearer outside").status, 403 if confined else 202)
                install(first)

    def test_a_kernel_without_landlock(self):
        """One built without it, one that was told at its start to do without, a container that forbids it."""
        elsewhere = process.scratch("elsewhere")
        os.chmod(elsewhere, 0o755)
        outside = self.write(f"{elsewhere}/secret", "outside")
        for error in ("ENOSYS", "EOPNOTSUPP", "EPERM"):
            with self.subTest(error):
                gate = self.start(lacking.command(error), daemon={"user": "nobody"})
                said = [line for line in gate.log.splitlines() if "confined" in line]
                self.assertEqual(len(said), 1, gate.log)
                self.assertTrue(said[0].endswith("not confined: this kernel has no Landlock"), said)
                self.assertEqual(self.answer(gate, True), 202)
                # Nothing keeps it from a file that everybody may read.
                said = self.reload(gate, **{'token "out"': {"secret_file": outside, "jid": gate.domain}})
                self.assertIn("reloaded", said)
                self.assertEqual(self.answer(gate, "Bearer outside"), 202)
                self.assertEqual(gate.log.count("confined"), 1)
                self.assertEqual(gate.stop(), 0)

    def test_it_runs_with_a_read_only_root(self):
        gate = self.start(["unshare", "--mount", "sh", "-c", 'mount -o remount,bind,ro / && exec "$@"', "sh"],
                          daemon={"user": "nobody"})
        with open(f"/proc/{gate.process.pid}/mountinfo", encoding="utf-8") as file:
            root = next(fields for fields in map(str.split, file) if fields[4] == "/")
        self.assertIn("ro", root[5].split(","))
        self.assertEqual(self.answer(gate, True), 202)
        said = self.reload(gate, **{'token "new"': {"secret": "fresh", "jid": gate.domain}})
        self.assertIn("reloaded", said)
        self.assertEqual(self.answer(gate, "Bearer fresh"), 202)
        self.assertEqual(gate.stop(), 0)
