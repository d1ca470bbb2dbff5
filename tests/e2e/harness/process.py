"""A program that we started: its output kept in a file, stopped by its process id and never by name."""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile

from . import wait

_running = []
_folders = []


def scratch(name):
    """A private folder, removed by `clean` when all went well."""
    folder = tempfile.mkdtemp(prefix=f"restanza-{name}-")
    _folders.append(folder)
    return folder


def clean(keep):
    """Stops what still runs. Removes the folders, or says where they are."""
    for process in list(_running):
        process.kill()
    if keep and _folders:
        print("kept for a look:", *_folders, sep="\n  ")
    for folder in [] if keep else _folders:
        shutil.rmtree(folder, ignore_errors=True)
    _folders.clear()


def environment(more=None):
    """What a program gets: ours without the variables of the test run, which restanza would take for its own."""
    return {k: v for k, v in os.environ.items() if not k.startswith("RESTANZA_")} | (more or {})


class Process:
    """One program. It can be stopped and started again; the output goes on in the same file."""

    def __init__(self, name, argv, folder, env=None):
        self.name, self.argv, self.folder = name, argv, folder
        self.inherits = ()  # descriptors that it gets
        self.env = environment(env)
        self.path = os.path.join(folder, f"{name}.out")
        self.child = None

    def start(self):
        with open(self.path, "ab") as out:
            self.child = subprocess.Popen(
                self.argv, cwd=self.folder, env=self.env,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
                pass_fds=self.inherits,
            )
        _running.append(self)
        return self

    @property
    def pid(self):
        return self.child.pid

    @property
    def alive(self):
        return self.child is not None and self.child.poll() is None

    def output(self):
        """All it has written so far."""
        with open(self.path, "rb") as out:
            return out.read().decode("utf-8", "replace")

    def memory(self):
        """Its resident bytes."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) * 1024

    def peak(self):
        """The most resident bytes that it ever had."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024

    def send(self, number):
        self.child.send_signal(number)

    def stop(self, number=signal.SIGTERM, deadline=wait.DEADLINE):
        """Asks it to end and gives its exit status."""
        if self.alive:
            self.child.send_signal(number)
            try:
                self.child.wait(deadline)
            except subprocess.TimeoutExpired:
                self.kill()
                raise wait.Late(f"{self.name} did not end {deadline:.0f} s after signal {number}") from None
        return self._ended()

    def kill(self):
        """Ends it without a chance to say goodbye. Its own helpers share its process group."""
        if self.child is not None and self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        return self._ended()

    def _ended(self):
        if self in _running:
            _running.remove(self)
        if self.child is None:
            return None
        try:  # helpers that it left behind
            os.killpg(self.child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        return self.child.returncode


atexit.register(clean, True)
