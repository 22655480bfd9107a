"""same.py A B: do two mounts of an image tell the same of it?

Prints each difference: of the file systems, and of each file all that stat(2)
tells but for the size of its blocks, its attributes, links and data. Blocks are
compared of files without attributes, as the kernel counts those too.
SPDX-License-Identifier: MIT
"""

import os
import stat
import sys

SYSTEM = ("f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files",
          "f_ffree", "f_namemax")
FILE = ("st_mode", "st_ino", "st_nlink", "st_uid", "st_gid", "st_size",
        "st_rdev", "st_blocks", "st_mtime_ns", "st_atime_ns",
        "st_ctime_ns")


def attributes(path):
    try:
        names = sorted(os.listxattr(path, follow_symlinks=False))
    except OSError:
        return {}   # no attributes in the image
    return {name: os.getxattr(path, name, follow_symlinks=False)
            for name in names}


def facts(path):
    st = os.lstat(path)
    found = {name: getattr(st, name) for name in FILE}
    found["attributes"] = attributes(path)
    if found["attributes"]:
        del found["st_blocks"]
    if stat.S_ISLNK(st.st_mode):
        found["link"] = os.readlink(path)
    if stat.S_ISDIR(st.st_mode):
        found["names"] = sorted(os.listdir(path))
    if stat.S_ISREG(st.st_mode):
        with open(path, "rb") as file:
            found["data"] = hash(file.read())
    return found


def differences(path, one, other):
    for name in one:
        if one[name] != other[name]:
            print("%s: %s: %s, %s" % (path, name, one[name], other[name]))


def main():
    a, b = sys.argv[1:3]
    one, other = os.statvfs(a), os.statvfs(b)
    differences("file system", {name: getattr(one, name) for name in SYSTEM},
                {name: getattr(other, name) for name in SYSTEM})
    for parent, folders, files in os.walk(a):
        for name in [""] + folders + files:
            path = os.path.join(parent, name)
            differences(path, facts(path), facts(b + path[len(a):]))


if __name__ == "__main__":
    main()
