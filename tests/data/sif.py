"""sif.py KIND SQUASHFS >FILE: a SIF file that holds this image, or an odd one.

As Apptainer makes it: a header, room for 48 descriptors, a definition file,
the labels, and the system's partition at a whole page.
KIND is the name of a function below.
SPDX-License-Identifier: MIT
"""

import struct
import sys

DEFINITION, LABELS, PARTITION, OCI_INDEX = 0x4001, 0x4003, 0x4004, 0x400A
SQUASHFS, EXT3, ARCHIVE, RAW, ENCRYPTED = range(1, 6)
SYSTEM, PRIMARY, DATA, OVERLAY = range(1, 5)
ROOM = 48
TABLE = 4096  # where the descriptors are
DATA_AT = 32768


class Sif:
    """Objects one after the other."""

    def __init__(self):
        self.objects = []
        self.data = b""
        self.version = b"01"

    def add(self, kind, data, extra=b"", align=1):
        self.data += bytes(-(DATA_AT + len(self.data)) % align)
        self.objects.append([kind, DATA_AT + len(self.data), len(data), extra])
        self.data += data

    def partition(self, data, file_system=SQUASHFS, role=PRIMARY):
        extra = struct.pack("<ii3s", file_system, role, b"02")
        self.add(PARTITION, data, extra, align=4096)

    def bytes(self, total=ROOM, table=TABLE):
        used = len(self.objects)
        header = struct.pack(
            "<32s10s3s3s16s8q",
            b"#!/usr/bin/env run-singularity\n",
            b"SIF_MAGIC",
            self.version,
            b"02",
            bytes(range(16)),
            1000000000,
            1000000000,
            total - used,
            total,
            table,
            total * 585,
            DATA_AT,
            len(self.data),
        )
        rows = b"".join(
            struct.pack(
                "<i?IIIqqqqqqq128s384s",
                *(kind, True, number + 1, 0xF0000001, 0, offset, size, size),
                *(1000000000, 1000000000, 0, 0, b"object", extra),
            )
            for number, (kind, offset, size, extra) in enumerate(self.objects)
        )
        start = (header.ljust(TABLE, b"\0") + rows).ljust(DATA_AT, b"\0")
        return start + self.data


def head():
    sif = Sif()
    sif.add(DEFINITION, b"bootstrap: docker\nfrom: debian\n")
    sif.add(LABELS, b'{"org.label-schema.schema-version": "1.0"}')
    return sif


def plain(image):
    sif = head()
    sif.partition(image)
    return sif.bytes()


def others_first(image):
    """Partitions of other kinds stand before the one that is meant."""
    sif = head()
    sif.partition(b"hsqs data only", role=DATA)
    sif.partition(b"an overlay", EXT3, OVERLAY)
    sif.partition(image)
    sif.add(DEFINITION, b"a signature, perhaps")
    return sif.bytes()


def deleted(image):
    """What was removed leaves its descriptor behind, not in use."""
    sif = head()
    sif.partition(b"the old system")
    sif.partition(image)
    made = bytearray(sif.bytes())
    made[TABLE + 2 * 585 + 4] = 0
    return bytes(made)


def of_system(file_system):
    def make(image):
        sif = head()
        sif.partition(image, file_system)
        return sif.bytes()

    return make


ext3, archive, raw, encrypted, unknown = map(
    of_system, (EXT3, ARCHIVE, RAW, ENCRYPTED, 77)
)


def no_system(_image):
    return head().bytes()


def empty(_image):
    return Sif().bytes()


def layers(_image):
    sif = Sif()
    sif.add(OCI_INDEX, b'{"schemaVersion":2}')
    return sif.bytes()


def no_squashfs(image):
    sif = head()
    sif.partition(b"not " + image)
    return sif.bytes()


def version(image):
    sif = head()
    sif.version = b"99"
    sif.partition(image)
    return sif.bytes()


def cut_header(image):
    return plain(image)[:100]


def cut_table(image):
    return plain(image)[: TABLE + 1000]


def cut_data(image):
    return plain(image)[:-5000]


def many(image):
    sif = head()
    sif.partition(image)
    return sif.bytes(total=1 << 50)


def negative(image):
    sif = head()
    sif.partition(image)
    return sif.bytes(table=-585)


def placed(offset, size):
    def make(image):
        sif = head()
        sif.partition(image)
        sif.objects[-1][1:3] = offset, size
        return sif.bytes()

    return make


beyond, before, huge, inside = map(
    lambda at: placed(*at),
    ((1 << 62, 1 << 62), (-4096, 4096), (DATA_AT, (1 << 63) - 1), (0, 4096)),
)

if __name__ == "__main__":
    with open(sys.argv[2], "rb") as file:
        sys.stdout.buffer.write(globals()[sys.argv[1]](file.read()))
