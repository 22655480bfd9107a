"""archives.py KIND [BUSYBOX] >FILE: a tar archive with something odd in it.

With BUSYBOX, the archive can be run: that is its /bin/busybox and /bin/sh.
KIND is the name of a function below.
SPDX-License-Identifier: MIT
"""

import io
import sys
import tarfile

BIG = 8 << 60  # 8 EiB


class Archive(tarfile.TarFile):
    """Entries by their kinds, each a line."""

    def entry(self, name, kind=tarfile.REGTYPE, content=b"", **more):
        info = tarfile.TarInfo(name)
        info.type = kind
        info.mode = 0o755
        info.mtime = 1000000000
        info.size = len(content)
        for key, value in more.items():
            setattr(info, key, value)
        self.addfile(info, io.BytesIO(content))

    def file(self, name, text="", **more):
        self.entry(name, content=text.encode(), **more)

    def directory(self, name, **more):
        self.entry(name, tarfile.DIRTYPE, **more)

    def symlink(self, name, target):
        self.entry(name, tarfile.SYMTYPE, linkname=target)

    def link(self, name, target):
        self.entry(name, tarfile.LNKTYPE, linkname=target)


def plain(tar):
    tar.file("data", "text\n")


def dotdot(tar):
    tar.file("../escaped", "no\n")


def dotdot_inside(tar):
    tar.file("a/b/../../../escaped", "no\n")


def absolute(tar):
    tar.file("/data", "text\n")
    tar.file("//./deep///data", "text\n")


def link_dotdot(tar):
    tar.link("stolen", "../../../etc/passwd")


def link_absolute(tar):
    # the leading slash goes: it is an entry of the archive that is meant
    tar.file("etc/inside", "mine\n")
    tar.link("data", "/etc/inside")


def link_to_nothing(tar):
    tar.link("stolen", "etc/no-such")


def link_through_symlink(tar):
    tar.symlink("out", "/etc")
    tar.link("stolen", "out/hostname")


def file_through_symlink(tar):
    tar.symlink("out", "/tmp")
    tar.file("out/ch-escaped", "inside\n")
    tar.symlink("up", "../../../../tmp")
    tar.file("up/ch-escaped-too", "inside\n")


def merged_usr(tar):
    tar.directory("usr/lib")
    tar.symlink("lib", "usr/lib")
    tar.file("lib/data", "text\n")


def replaced(tar):
    """Later entries take the place of earlier ones, of any kind."""
    tar.file("file-by-file", "old\n")
    tar.file("file-by-file", "new\n")
    tar.directory("dir-by-file/deep/deeper")
    tar.file("dir-by-file/deep/deeper/old", "old\n")
    tar.file("dir-by-file", "new\n")
    tar.symlink("link-by-file", "/etc/passwd")
    tar.file("link-by-file", "new\n")
    tar.file("file-by-dir", "old\n")
    tar.directory("file-by-dir")
    tar.file("file-by-dir/new", "new\n")
    tar.directory("dir-by-link/old")
    tar.file("dir-by-link/file", "old\n")
    tar.symlink("dir-by-link", "file-by-dir")
    tar.file("dir-by-link/through", "new\n")
    tar.directory("dir-by-dir")
    tar.file("dir-by-dir/kept", "kept\n")
    tar.directory("dir-by-dir", mode=0o700)
    tar.link("link", "file-by-file")
    tar.link("link", "dir-by-file")


def modes(tar):
    """What its owner could not use, were he not root."""
    tar.directory("closed", mode=0)
    tar.file("closed/file", "text\n", mode=0)
    tar.directory("read-only", mode=0o555)
    tar.file("read-only/file", "text\n", mode=0o444)
    tar.file("setuid", "text\n", mode=0o6755)
    tar.directory("sticky", mode=0o1777)


def devices(tar):
    tar.entry("null", tarfile.CHRTYPE, devmajor=1, devminor=3)
    tar.entry("disk", tarfile.BLKTYPE, devmajor=8, devminor=0)
    tar.file("dev/file", "text\n")
    tar.entry("dev/null", tarfile.CHRTYPE, devmajor=1, devminor=3)
    tar.link("dev/zero", "dev/null")
    tar.link("zero", "dev/null")
    tar.entry("fifo", tarfile.FIFOTYPE)


def kept_devices(tar):
    """With the widest numbers, names in and out of /dev, and what is there."""
    tar.entry("usr/null", tarfile.CHRTYPE, devmajor=1, devminor=3, mode=0o666)
    tar.entry("usr/disk", tarfile.BLKTYPE, devmajor=4095, devminor=0xfffff,
              mode=0o640, uid=7, gid=8)
    tar.link("usr/second", "usr/null")
    tar.file("dev/file", "text\n")
    tar.entry("dev/null", tarfile.CHRTYPE, devmajor=1, devminor=3)
    tar.entry("usr/fifo", tarfile.FIFOTYPE, mode=0o622)
    tar.link("usr/pipe", "usr/fifo")


def names(tar):
    """As many bytes as may be, and odd ones."""
    tar.file("n" * 255, "text\n")
    tar.file("d" * 200 + "/" + "e" * 200 + "/data", "text\n")
    tar.file("a\nb\tc \\ 'd' \"e\"", "text\n")
    tar.file("caf\u00e9-\u65e5\u672c", "text\n")
    tar.file("latin-\udce9", "text\n")
    tar.file(".hidden", "text\n")
    tar.file("-rf", "text\n")


def long_name(tar):
    tar.file("n" * 4096, "text\n")


def long_path(tar):
    tar.file("/".join(["d" * 100] * 60), "text\n")


def deep(tar):
    tar.directory("/".join(["d"] * 2000))
    tar.file("/".join(["d"] * 2000) + "/file", "text\n")
    tar.file("d", "in the place of 2000 directories\n")


def huge(tar):
    """A size of 8 EiB, and no data behind it."""
    info = tarfile.TarInfo("huge")
    info.size = BIG - 1
    tar.fileobj.write(info.tobuf(tarfile.GNU_FORMAT))
    tar.offset += 512


def bomb(tar):
    """A hundred megabytes that compress to nothing."""
    tar.entry("bomb", content=bytes(100 << 20))


def many(tar):
    for number in range(8000):
        tar.file("many/%d/%d" % (number // 1000, number), "%d\n" % number)


def single(tar):
    """All in one directory, which is not a part of the image."""
    tar.file("image-1.0/data", "text\n")
    tar.file("image-1.0/image-1.0/data", "text\n")


def single_usr(tar):
    tar.file("usr/data", "text\n")


def linked(tar):
    tar.file("one", "text\n")
    tar.link("two", "one")
    tar.link("./three", "./two")
    tar.link("one", "one")


def sparse(tar):
    """GNU's own, version 1.0 in pax headers: 1 GiB with a word at its end."""
    size = 1 << 30
    word = b"end\n"
    content = ("1\n%d\n%d\n" % (size - len(word), len(word))).encode()
    content = content.ljust(512, b"\0") + word
    tar.entry("sparse", content=content,
              pax_headers={"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                           "GNU.sparse.name": "sparse",
                           "GNU.sparse.realsize": str(size)})


def xattrs(tar):
    tar.file("data", "text\n", pax_headers={
        "SCHILY.xattr.user.colour": "blue",
        "SCHILY.xattr.trusted.secret": "no",
        "SCHILY.xattr.security.capability": "no"})


def named_list(tar):
    """Access control lists as GNU tar writes them for users who have names."""
    for name in "bin", "dev", "usr", "data":
        tar.directory(name)
    for name, user in ("named", "somebody"), ("numbered", "4711"):
        tar.file("data/" + name, "text\n", pax_headers={
            "SCHILY.acl.access": f"user::rw-\nuser:{user}:rwx\n"
            "group::r--\nmask::rwx\nother::r--\n"})


def oci(tar):
    tar.file("oci-layout", '{"imageLayoutVersion": "1.0.0"}')
    tar.file("index.json", "{}")
    tar.directory("blobs/sha256")


def docker(tar):
    tar.file("manifest.json", "[]")
    tar.file("repositories", "{}")
    tar.file("0123456789abcdef/layer.tar", "")


def empty(tar):
    """Nothing but its end."""


def main():
    kind = globals()[sys.argv[1]]
    with Archive.open(fileobj=sys.stdout.buffer, mode="w|",
                      format=tarfile.PAX_FORMAT,
                      errors="surrogateescape") as tar:
        if len(sys.argv) > 2:
            with open(sys.argv[2], "rb") as program:
                tar.entry("bin/busybox", content=program.read())
            for applet in "sh", "cat", "ls", "stat", "find", "sort", "true":
                tar.symlink("bin/" + applet, "busybox")
        kind(tar)


if __name__ == "__main__":
    main()
