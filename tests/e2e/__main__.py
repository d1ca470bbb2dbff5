"""Runs the end-to-end cases: `python3 tests/e2e [NAME...]`.

A NAME selects the tests in whose full name (file, class with its server, test) it occurs. One line a test, what went
wrong at the end, and as the last line `N passed, N failed`.
"""

import argparse
import importlib
import os
import signal
import sys
import time
import traceback
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import case, gateway, process  # noqa: E402


def tests_of(suite):
    """All tests of a suite, one by one."""
    for part in suite:
        if isinstance(part, unittest.TestSuite):
            yield from tests_of(part)
        else:
            yield part


def name_of(test):
    """`post.Xml_prosody.a_message_arrives_as_written`."""
    module, _, rest = test.id().removeprefix("cases.").partition(".")
    return f"{module}.{rest.replace('.test_', '.')}"


def words_of(error):
    """What went wrong and where in our files."""
    kind, trouble, trace = error
    frames = [f for f in traceback.extract_tb(trace) if f"{os.sep}unittest{os.sep}" not in f.filename]
    places = [f"  {os.path.basename(f.filename)}:{f.lineno} {f.line}" for f in frames]
    return "\n".join([*places, *(line.rstrip() for line in traceback.format_exception_only(kind, trouble))])


class Lines(unittest.TestResult):
    """Prints a line for each test as it ends."""

    def __init__(self):
        super().__init__()
        self.passed, self.troubles = 0, []
        self._start = 0.0
        self._sound = True

    def startTest(self, test):
        super().startTest(test)
        self._start, self._sound = time.monotonic(), True

    def stopTest(self, test):
        super().stopTest(test)
        took = time.monotonic() - self._start
        print(f"{'ok  ' if self._sound else 'FAIL'} {name_of(test)} {took:.1f} s", flush=True)
        self.passed += self._sound

    def _trouble(self, test, error):
        known = isinstance(test, unittest.TestCase)
        name = name_of(test) if known else str(test)
        if not known:
            print(f"FAIL {name}", flush=True)
        self._sound = False
        self.troubles.append((name, words_of(error)))

    addError = addFailure = _trouble

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self._sound = False
            self.troubles.append((f"{name_of(test)} {subtest._subDescription()}", words_of(error)))

    def addSkip(self, test, reason):
        self._trouble(test, (AssertionError, AssertionError(f"skipped: {reason}"), None))


def main():
    options = argparse.ArgumentParser(prog="tests/e2e", description="End-to-end tests of restanza.")
    options.add_argument("name", nargs="*", help="run only tests in whose name this occurs")
    options.add_argument("--list", action="store_true", help="say which tests there are")
    chosen = options.parse_args()

    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")
    loader, suite = unittest.TestLoader(), unittest.TestSuite()
    for file in sorted(os.listdir(folder)):
        if file.endswith(".py") and file != "__init__.py":
            found = loader.loadTestsFromModule(importlib.import_module(f"cases.{file[:-3]}"))
            suite.addTests(t for t in tests_of(found)
                           if not chosen.name or any(n in name_of(t) for n in chosen.name))
    if chosen.list:
        print("\n".join(name_of(t) for t in suite))
        return 0
    if not suite.countTestCases():
        print(f"no test has {' or '.join(chosen.name)} in its name")
        return 2
    if not os.access(gateway.binary(), os.X_OK):
        print(f"there is no program {gateway.binary()}: run `cargo build`, or set RESTANZA_BINARY")
        return 2

    # Whoever ends us ends the servers as well: the exit of the interpreter stops all programs that we started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    result = Lines()
    suite.run(result)
    case.World.close()
    process.clean(keep=bool(result.troubles))
    for name, words in result.troubles:
        print(f"\n--- {name}\n{words}")
    failed = result.testsRun - result.passed + sum(1 for n, _ in result.troubles if "setUpClass" in n or "tearDownClass" in n)
    print(f"\n{result.passed} passed, {failed} failed")
    return 1 if failed or result.troubles else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    status = main()
    sys.stdout.flush()
    os._exit(status)  # threads that still wait for a peer do not hold us up
