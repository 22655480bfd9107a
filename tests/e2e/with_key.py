"""with_key.py COMMAND...: run it with a session keyring of its own, in which is
a key, "ch-secret", that only whoever possesses it can see (keyrings(7))."""
# SPDX-License-Identifier: MIT
import ctypes
import os
import platform
import sys

ADD_KEY, KEYCTL = {"x86_64": (248, 250), "aarch64": (217, 219)}[
    platform.machine()]
JOIN, SET_PERMISSIONS = 1, 5
SESSION = -3
POSSESSOR_ONLY = 0x3F000000

libc = ctypes.CDLL(None)
libc.syscall(KEYCTL, JOIN, None)
key = libc.syscall(ADD_KEY, b"user", b"ch-secret", b"x", ctypes.c_size_t(1),
                   SESSION)
libc.syscall(KEYCTL, SET_PERMISSIONS, key, POSSESSOR_ONLY)
os.execvp(sys.argv[1], sys.argv[1:])
