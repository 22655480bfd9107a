"""acl.py set FILE KIND ENTRY... | get FILE: access control lists as the kernel
has them, where setfacl(1) is not installed.

KIND is access or default; an entry is TAG:ID:PERMISSIONS, in the order of the
tags, as "user:1234:rw-" or "mask::r--".
SPDX-License-Identifier: MIT
"""

import os
import struct
import sys

TAGS = {
    (False, "user"): 1,
    (True, "user"): 2,
    (False, "group"): 4,
    (True, "group"): 8,
    (False, "mask"): 16,
    (False, "other"): 32,
}
NAMES = {number: (name, has_id) for (has_id, name), number in TAGS.items()}
KINDS = "access", "default"


def attribute(kind):
    return "system.posix_acl_" + kind


def pack(entry):
    tag, number, letters = entry.split(":")
    bits = sum(bit for bit, c in zip((4, 2, 1), letters) if c != "-")
    known = TAGS[number != "", tag]
    return struct.pack("<HHI", known, bits, int(number or 0xFFFFFFFF))


def unpack(row):
    tag, bits, number = struct.unpack("<HHI", row)
    name, has_id = NAMES[tag]
    letters = "".join(c if bits & bit else "-" for c, bit in zip("rwx", (4, 2, 1)))
    return f"{name}:{number if has_id else ''}:{letters}"


def main():
    action, file, *rest = sys.argv[1:]
    if action == "set":
        value = struct.pack("<I", 2) + b"".join(map(pack, rest[1:]))
        os.setxattr(file, attribute(rest[0]), value)
        return
    for kind in KINDS:
        if attribute(kind) in os.listxattr(file):
            value = os.getxattr(file, attribute(kind))[4:]
            rows = (value[at : at + 8] for at in range(0, len(value), 8))
            print(kind, *map(unpack, rows))


if __name__ == "__main__":
    main()
