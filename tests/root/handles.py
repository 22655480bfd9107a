"""handles.py DIR: open each file below DIR by its handle (open_by_handle_at(2)),
by which NFS finds files: for SquashFS that is the number of the inode.
SPDX-License-Identifier: MIT
"""

import ctypes
import os
import sys

AT_FDCWD = -100
HANDLE_MAX = 128
libc = ctypes.CDLL(None, use_errno=True)


class Handle(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_uint), ("type", ctypes.c_int),
                ("handle", ctypes.c_ubyte * HANDLE_MAX)]


def check(mount, path):
    handle = Handle(bytes=HANDLE_MAX)
    ident = ctypes.c_int()
    if libc.name_to_handle_at(AT_FDCWD, os.fsencode(path), ctypes.byref(handle),
                              ctypes.byref(ident), 0) < 0:
        sys.exit(f"{path}: no handle: {os.strerror(ctypes.get_errno())}")
    fd = libc.open_by_handle_at(mount, ctypes.byref(handle), os.O_PATH)
    if fd < 0:
        sys.exit(f"{path}: {os.strerror(ctypes.get_errno())}")
    if os.fstat(fd).st_ino != os.lstat(path).st_ino:
        sys.exit(f"{path}: its handle is that of another file")
    os.close(fd)


top = sys.argv[1]
root = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
for where, dirs, files in os.walk(top):
    for name in dirs + files:
        check(root, os.path.join(where, name))
