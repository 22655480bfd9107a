"""tree.py odd|crowd|usr DIR: make a tree for the comparison with the kernel.

odd: 12 MB of /usr and everything that an inode can be. crowd: a folder with
100,000 entries and a sparse file of 5 GB. usr: 1 GB of /usr. Needs root: devices, owners, xattrs.
SPDX-License-Identifier: MIT
"""

import os
import random
import shutil
import socket
import stat
import sys

MIB = 1 << 20
BLOCK_SIZES = (4096, 131072, MIB)
CROWD = 100000
SMALL_USR = 12 * MIB
LARGE_USR = 1024 * MIB
USR_PARTS = ("/usr/bin", "/usr/lib", "/usr/share", "/usr/include", "/usr/sbin",
             "/usr/libexec", "/usr/local")


def write(path, data):
    with open(path, "wb") as out:
        out.write(data)


def compressible(size):
    words = [b"%d " % random.randrange(1000) for _ in range(997)]
    text = b"".join(words)
    return (text * (size // len(text) + 1))[:size]


def sizes(top):
    """Every size at which blocks, fragments and tails change."""
    os.mkdir(top)
    edges = {0, 1, 511, 512, 4095, 8191, 65536}
    for block in BLOCK_SIZES:
        edges |= {block - 1, block, block + 1, 2 * block + 7}
    for size in sorted(edges):
        write("%s/text-%d" % (top, size), compressible(size))
        write("%s/noise-%d" % (top, size), random.randbytes(size))


def sparse(top):
    os.mkdir(top)
    for name, length, spots in (
            ("hole", 3 * MIB, ()), ("head", 3 * MIB, (0,)),
            ("tail", 3 * MIB, (3 * MIB - 3,)), ("middle", 9 * MIB, (5 * MIB,)),
            ("many", 5 * MIB, range(0, 5 * MIB, 300000))):
        with open("%s/%s" % (top, name), "wb") as out:
            for spot in spots:
                out.seek(spot)
                out.write(b"xyz")
            out.truncate(length)


def links(top):
    os.mkdir(top)
    write(top + "/one", b"linked")
    for n in range(20):
        os.link(top + "/one", "%s/link-%02d" % (top, n))
    for name, target in (("relative", "one"), ("dangling", "/no/such/file"),
                         ("long", "x" * 4000), ("up", "../../.."),
                         ("loop", "loop")):
        os.symlink(target, "%s/%s" % (top, name))
    os.link(top + "/dangling", top + "/dangling-too", follow_symlinks=False)


def special(top):
    os.mkdir(top)
    os.mkfifo(top + "/fifo", 0o640)
    for name, kind, major, minor in (
            ("null", stat.S_IFCHR, 1, 3), ("large", stat.S_IFCHR, 511, 65535),
            ("disk", stat.S_IFBLK, 8, 17), ("far", stat.S_IFBLK, 259, 1048575)):
        os.mknod("%s/%s" % (top, name), kind | 0o660, os.makedev(major, minor))
    folder = os.getcwd()
    os.chdir(top)  # a socket's name may be 107 bytes at most
    socket.socket(socket.AF_UNIX).bind("socket")
    os.chdir(folder)


def modes(top):
    os.mkdir(top)
    for mode in (0, 0o400, 0o444, 0o600, 0o755, 0o777, 0o1644, 0o2755, 0o4755,
                 0o7777):
        path = "%s/mode-%04o" % (top, mode)
        write(path, b"%o" % mode)
        os.chmod(path, mode)
        os.mkdir(path + "-folder")
        os.chmod(path + "-folder", mode)
    for uid, gid in ((1, 2), (65534, 65534), (70000, 99999),
                     (4294967290, 4294967291)):
        path = "%s/owner-%d" % (top, uid)
        write(path, b"owned")
        os.chown(path, uid, gid)
    for time in (0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 1234567890):
        path = "%s/time-%d" % (top, time)
        write(path, b"timed")
        os.utime(path, (time, time))


def names(top):
    os.mkdir(top)
    for name in ("n" * 255, "\u00e4" * 127, " ", "a b", "new\nline", "\\", "*",
                 "-rf", "\x01\x7f", "'\"$`"):
        write("%s/%s" % (top, name), name.encode())
        os.mkdir("%s/%s.d" % (top, name[:100]))
    write(os.fsencode(top) + b"/\xff\xfe-no-utf-8", b"bytes")
    deep = top + "/deep"
    for _ in range(60):
        os.mkdir(deep)
        write(deep + "/file", b"deep")
        deep += "/" + "d" * 20


def xattrs(top):
    os.mkdir(top)
    write(top + "/file", b"attributes")
    write(top + "/same", b"the same attributes")
    write(top + "/many", b"many attributes")
    os.symlink("file", top + "/link")
    for path in (top, top + "/file", top + "/same"):
        os.setxattr(path, "user.short", b"value")
        os.setxattr(path, "user.empty", b"")
        os.setxattr(path, "user.rootlesscontainers", b"\x08\xe8\x07\x10\xe9\x07")
        os.setxattr(path, "trusted.ours", b"for root")
    os.setxattr(top + "/file", "user.long", random.randbytes(3000))
    os.setxattr(top + "/file", "user.binary", bytes(range(256)))
    # cap_net_raw+ep, version 2 of the kernel's vfs_cap_data
    os.setxattr(top + "/file", "security.capability",
                bytes.fromhex("0100000200200000000000000000000000000000"))
    os.setxattr(top + "/link", "trusted.of-link", b"a symlink's",
                follow_symlinks=False)
    for n in range(40):
        os.setxattr(top + "/many", "user.%d" % n, b"%d" % (n * n))


def folder_sizes(top):
    os.mkdir(top)
    for count in (0, 1, 255, 256, 257, 3000):
        os.mkdir("%s/%d" % (top, count))
        for n in range(count):
            write("%s/%d/%05d-with-a-longer-name" % (top, count, n), b"%d" % n)


def usr(top, limit):
    """Copy whole folders of /usr, links and owners kept, up to the limit."""
    for part in USR_PARTS:
        for folder, _, files in os.walk(part):
            target = top + folder
            os.makedirs(target, exist_ok=True)
            shutil.copystat(folder, target)
            for name in files:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                if not stat.S_ISLNK(status.st_mode):
                    if status.st_size > limit:
                        continue
                    limit -= status.st_size
                shutil.copy2(path, target, follow_symlinks=False)
                os.chown(os.path.join(target, name), status.st_uid,
                         status.st_gid, follow_symlinks=False)
            if limit < 4096:
                return


def main():
    kind, top = sys.argv[1:]
    random.seed(kind)
    os.umask(0o022)
    os.mkdir(top)
    # Where ch-run binds; the comparison happens below /tree.
    for name in ("dev", "proc", "sys", "tmp", "etc", "mnt", "mnt/0", "tree"):
        os.mkdir("%s/%s" % (top, name))
    tree = top + "/tree"
    if kind == "crowd":
        os.mkdir(tree + "/crowd")
        for n in range(CROWD):
            os.close(os.open("%s/crowd/%d" % (tree, n), os.O_CREAT, 0o644))
        with open(tree + "/huge", "wb") as out:
            out.seek(4096 * MIB + 17)
            out.write(b"beyond 32 bits")
            out.truncate(5000 * MIB)
    elif kind == "usr":
        usr(tree, LARGE_USR)
    else:
        for make in (sizes, sparse, links, special, modes, names, xattrs,
                     folder_sizes):
            make("%s/%s" % (tree, make.__name__))
        usr(tree, SMALL_USR)


if __name__ == "__main__":
    main()
