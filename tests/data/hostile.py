"""hostile.py KIND >FILE: a tar archive that means harm, or asks too much.

KIND is the name of a function below. Each has a file "usr/before" first, so
that what is left behind by a conversion that fails would be seen.
SPDX-License-Identifier: MIT
"""

import io
import struct
import sys
import tarfile

from archives import Archive

MIB = 1 << 20
NAME_MAX = 255
PATH_MAX = 4096


def raw(tar, name, kind=tarfile.REGTYPE, content=b"", **fields):
    """A header whose fields need not tell the truth; no pax headers."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mode = 0o644
    for key, value in fields.items():
        setattr(info, key, value)
    padded = content + bytes(-len(content) % 512)
    tar.fileobj.write(info.tobuf(tarfile.GNU_FORMAT) + padded)
    tar.offset += 512 + len(padded)


def pax(tar, name, headers, content=b"", **fields):
    """Any pax headers, as they are."""
    lines = b""
    for key, value in headers:
        line = b" " + key + b"=" + value + b"\n"
        size = len(line) + 1
        while len(str(size)) + len(line) != size:
            size = len(str(size)) + len(line)
        lines += str(size).encode() + line
    raw(tar, "headers", b"x", lines, size=len(lines))
    raw(tar, name, content=content, **{"size": len(content), **fields})


# --- out of the directory

def links_through_links(tar):
    """Symbolic links in a row, each of which leads a step further up."""
    tar.symlink("usr/a", "..")
    tar.symlink("usr/b", "a/..")
    tar.symlink("usr/c", "b/../../../tmp")
    tar.file("usr/c/ch-escaped", "inside\n")
    tar.symlink("usr/d", "/proc/self/root/tmp")
    tar.file("usr/d/ch-escaped-too", "inside\n")


def link_loop(tar):
    tar.symlink("usr/a", "b")
    tar.symlink("usr/b", "a")
    tar.file("usr/a/file", "text\n")


def hard_link_to_symlink(tar):
    """The link, not what it leads to."""
    tar.symlink("usr/out", "/etc/hostname")
    tar.link("usr/second", "usr/out")
    tar.file("usr/second", "mine\n")


def hard_link_then_write(tar):
    """A later entry replaces a name; the other name keeps its file."""
    tar.file("usr/one", "one\n")
    tar.link("usr/two", "usr/one")
    tar.file("usr/two", "two\n")


def directory_by_link(tar):
    """A directory that was there gives way to a link out of the image."""
    tar.directory("usr/lib")
    tar.file("usr/lib/old", "old\n")
    tar.symlink("usr/lib", "/tmp")
    tar.file("usr/lib/ch-escaped", "inside\n")


def root_by_link(tar):
    """The root is no directory, says the archive."""
    tar.symlink(".", "/tmp")
    tar.file("ch-escaped", "inside\n")


def hard_link_to_directory(tar):
    tar.directory("usr/lib")
    tar.link("usr/second", "usr/lib")


def hard_link_to_device(tar):
    tar.entry("usr/null", tarfile.CHRTYPE, devmajor=1, devminor=3)
    tar.link("usr/second", "usr/null")
    tar.link("usr/third", "usr/second")


def device_numbers(tar):
    """More than a kernel has bits for; cut off, it would be /dev/null."""
    tar.entry("usr/null", tarfile.CHRTYPE, devmajor=1, devminor=(1 << 20) + 3)


def below_file(tar):
    tar.file("usr/file", "text\n")
    tar.file("usr/file/below", "text\n")


def set_id(tar):
    tar.entry("usr/root", content=b"root\n", mode=0o6755, uid=0, gid=0)
    tar.entry("usr/both", content=b"both\n", mode=0o7777, uid=1, gid=1)
    tar.directory("usr/dir", mode=0o7755, uid=0, gid=0)


def only_below_dev(tar):
    """Nothing of it is kept, but for the directory."""
    tar.file("dev/file", "text\n")


# --- names

def longest_names(tar):
    tar.file("usr/" + "n" * NAME_MAX, "text\n")
    path = "usr" + ("/" + "d" * 250) * 15
    tar.file(path + "/" + "f" * (PATH_MAX - 2 - len(path)), "text\n")


def name_too_long(tar):
    tar.file("usr/" + "n" * (NAME_MAX + 1), "text\n")


def directory_too_long(tar):
    tar.file("usr/" + "n" * (NAME_MAX + 1) + "/file", "text\n")


def path_too_long(tar):
    tar.file("usr" + ("/" + "d" * 250) * 17, "text\n")


def target_too_long(tar):
    tar.symlink("usr/link", "t" * 70000)


def target_long(tar):
    tar.symlink("usr/link", "t" * (PATH_MAX - 1))


def target_empty(tar):
    raw(tar, "usr/link", tarfile.SYMTYPE)


def name_empty(tar):
    raw(tar, "")
    tar.file("usr/after", "text\n")


def name_controls(tar):
    tar.file("usr/\x1b[31m\r\nname", "text\n")
    tar.link("usr/\x1b[2J\x07", "usr/no\nsuch")


def long_name_of_gigabytes(tar):
    """GNU's header of a name says that it has 4 GB."""
    raw(tar, "././@LongLink", b"L", b"x" * 1024, size=4 << 30)


# --- numbers

def exbibytes(tar):
    raw(tar, "usr/huge", size=(8 << 60) - 1)


def exbibytes_pax(tar):
    pax(tar, "usr/huge", [(b"size", b"9223372036854775807")])


def size_negative(tar):
    pax(tar, "usr/huge", [(b"size", b"-1")], b"text\n")


def terabytes(tar):
    """And no data behind it."""
    raw(tar, "usr/huge", size=8 << 40)


def times(tar):
    for number, time in enumerate((b"-1", b"-99999999999999", b"1e9", b"nan",
                                   b"9223372036854775807",
                                   b"99999999999999999999999",
                                   b"1.99999999999999")):
        pax(tar, "usr/time-%d" % number, [(b"mtime", time)], b"text\n")


def owners(tar):
    for number, owner in enumerate((b"4294967294", b"4294967295",
                                    b"4294967296", b"-1",
                                    b"99999999999999999999")):
        pax(tar, "usr/owner-%d" % number, [(b"uid", owner), (b"gid", owner)],
            b"text\n")


def mode_bits(tar):
    """Bits of a type in the mode."""
    raw(tar, "usr/mode", mode=0o7777777)
    raw(tar, "usr/directory", mode=0o040755)


def sparse_map(tar, text, size):
    """GNU's, version 1.0: the map stands before the data."""
    content = text.encode().ljust(512, b"\0")
    pax(tar, "usr/sparse", [
        (b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"),
        (b"GNU.sparse.name", b"usr/sparse"),
        (b"GNU.sparse.realsize", str(size).encode())],
        content + b"data".ljust(512, b"\0"))


def sparse_of_exbibytes(tar):
    sparse_map(tar, "1\n%d\n4\n" % ((1 << 62) - 4), 1 << 62)


def sparse_overlapping(tar):
    sparse_map(tar, "3\n0\n400\n0\n400\n100\n4\n", 1 << 20)


def sparse_backwards(tar):
    sparse_map(tar, "2\n1000\n4\n0\n4\n", 1 << 20)


def sparse_beyond(tar):
    sparse_map(tar, "1\n%d\n4\n" % (1 << 20), 10)


def sparse_many(tar):
    sparse_map(tar, "99999999999\n0\n1\n", 1 << 20)


def sparse_negative(tar):
    sparse_map(tar, "1\n-5\n4\n", 1 << 20)


def sparse_terabyte(tar):
    """A hole that only a table can hold, or nothing can."""
    sparse_map(tar, "1\n%d\n4\n" % ((1 << 40) - 4), 1 << 40)


# --- quantities

def bomb(tar):
    """What is large, and compresses to nothing."""
    info = tarfile.TarInfo("usr/bomb")
    info.size = 64 * MIB
    tar.fileobj.write(info.tobuf(tarfile.GNU_FORMAT))
    for _ in range(64):
        tar.fileobj.write(bytes(MIB))
    tar.offset += 512 + info.size


def crowd(tar):
    """The root, 50,000 times."""
    block = tarfile.TarInfo("./")
    block.type = tarfile.DIRTYPE
    block.mode = 0o755
    tar.fileobj.write(block.tobuf(tarfile.GNU_FORMAT) * 50000)
    tar.offset += 512 * 50000


def same_name(tar):
    """A name 400 times, now a file, now a directory."""
    for _ in range(200):
        raw(tar, "usr/name", size=0)
        raw(tar, "usr/name", tarfile.DIRTYPE)


def xattrs(tar):
    """Long ones, many, and of kinds that are not ours to set."""
    pax(tar, "usr/long", [(b"SCHILY.xattr.user.long", b"v" * 200000)], b"text")
    pax(tar, "usr/many", [(b"SCHILY.xattr.user.%d" % n, b"v" * 100)
                          for n in range(5000)], b"text")
    pax(tar, "usr/foreign", [
        (b"SCHILY.xattr.security.selinux", b"no"),
        (b"SCHILY.xattr.trusted.overlay.opaque", b"y"),
        (b"SCHILY.xattr.system.posix_acl_access", b"no"),
        (b"SCHILY.xattr." + b"user." + b"n" * 300, b"no"),
        (b"SCHILY.xattr.", b"no"),
        (b"SCHILY.xattr.user.", b"no")], b"text")


def headers_of_megabytes(tar):
    pax(tar, "usr/file", [(b"comment", b"c" * (8 * MIB))], b"text")


# --- damage

def cut(tar):
    raw(tar, "usr/cut", size=100000, content=b"x" * 1000)


def checksum(tar):
    block = tarfile.TarInfo("usr/file").tobuf(tarfile.GNU_FORMAT)
    tar.fileobj.write(block[:148] + b"0000000\0" + block[156:])
    tar.offset += 512


def cpio(tar):
    """Another format of libarchive's, which is not asked for."""
    tar.fileobj.write(b"070701" + b"0" * 104 + b"usr/file\0" + bytes(500))


def nothing(tar):
    """Nothing more."""


def main():
    with Archive.open(fileobj=sys.stdout.buffer, mode="w|",
                      format=tarfile.PAX_FORMAT,
                      errors="surrogateescape") as tar:
        if sys.argv[1] not in ("cpio",):
            tar.file("usr/before", "text\n")
        globals()[sys.argv[1]](tar)


if __name__ == "__main__":
    main()
