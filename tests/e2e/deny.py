#!/usr/bin/env python3
"""Run a command under a seccomp filter, as outer containers have: one system
call gives an error. deny.py CALL ERRNO COMMAND...

SPDX-License-Identifier: MIT
"""

import ctypes
import errno
import os
import platform
import struct
import sys

NUMBERS = {
    "x86_64": {"unshare": 272, "mount": 165},
    "aarch64": {"unshare": 97, "mount": 40},
}
# Since Linux 5.1 new calls have the same number everywhere.
NEW = {"open_tree": 428, "fsopen": 430, "close_range": 436, "openat2": 437,
       "mount_setattr": 442, "listmount": 458}
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2


def instruction(code, yes, no, value):
    return struct.pack("HBBI", code, yes, no, value)


def main():
    call = {**NUMBERS[platform.machine()], **NEW}[sys.argv[1]]
    answer = ERRNO | getattr(errno, sys.argv[2])
    code = (instruction(LOAD, 0, 0, 0)  # the call's number
            + instruction(JUMP_IF_EQUAL, 0, 1, call)
            + instruction(RETURN, 0, 0, answer)
            + instruction(RETURN, 0, 0, ALLOW))
    text = ctypes.create_string_buffer(code)
    program = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(text)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0:
        sys.exit("can't set no_new_privs")
    if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, program) < 0:
        sys.exit("can't install the filter")
    os.execvp(sys.argv[3], sys.argv[3:])


main()
