"""A kernel that lacks system calls: `python3 lacking.py ERRNO NUMBER[,NUMBER...] PROGRAM...` runs a program for which
they fail with that error, by a filter of seccomp(2). Whatever the program starts has it as well."""

import ctypes
import errno
import os
import struct
import sys

# landlock_create_ruleset, landlock_add_rule, landlock_restrict_self; the same on all processors but MIPS and Alpha.
LANDLOCK = (444, 445, 446)

# prctl(2)
SET_SECCOMP, FILTER, SET_NO_NEW_PRIVS = 22, 2, 38
# The filter's program (linux/filter.h, linux/seccomp.h): load the number, jump when it is equal, give a verdict.
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
FAIL, ALLOW = 0x00050000, 0x7FFF0000


def command(error, calls=LANDLOCK):
    """What to put before a program, by the name of the error."""
    return [sys.executable, os.path.abspath(__file__), error, ",".join(map(str, calls))]


def lack(error, calls):
    """From now on these calls fail, for this process and those that it becomes or starts."""
    rows = [(LOAD, 0, 0, 0)]
    rows += [(JUMP_EQUAL, len(calls) - at, 0, call) for at, call in enumerate(calls)]
    rows += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, FAIL | error)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *row) for row in rows))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(rows), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    for arguments in ((SET_NO_NEW_PRIVS, 1, 0, 0, 0), (SET_SECCOMP, FILTER, ctypes.addressof(program), 0, 0)):
        if libc.prctl(*arguments):
            number = ctypes.get_errno()
            raise OSError(number, f"prctl: {os.strerror(number)}")


if __name__ == "__main__":
    lack(getattr(errno, sys.argv[1]), [int(number) for number in sys.argv[2].split(",")])
    os.execvp(sys.argv[3], sys.argv[3:])
