"""The images that "bench fuse" reads: part of this machine's /usr, and more.

    usr        real programs, headers, libraries, documents: up to so many MB;
               enough to run python3 and gcc with the image as the root
    big        one file of 500 MB, real data
    git        a work tree with its repository
    project    200 files of C
SPDX-License-Identifier: MIT
"""

import glob
import os
import shutil
import subprocess

# What the project needs comes first, as a small tree ends within the second.
FOLDERS = ("include/*-linux-gnu", "include/linux", "include/asm-generic",
           "lib/gcc/*/*/include", "lib/python3.*", "include", "lib/python3",
           "lib/gcc", "share/perl", "share/doc", "bin", "lib/*-linux-gnu",
           "share")
PROGRAMS = ("/usr/bin/python3", "/usr/bin/gcc", "/usr/bin/as", "/bin/sh")
LARGEST = 100 << 20     # a single file more would be most of the tree
LINKS = ("bin", "sbin", "lib", "lib64")
C_FILES = 200
HEADERS = ("stdio", "stdlib", "string", "unistd", "errno", "fcntl", "signal",
           "pthread", "sys/stat", "sys/socket", "netinet/in", "time", "math",
           "dirent", "locale", "wchar")
BLOCKS = {"128K": 128 << 10, "1M": 1 << 20}


def run(*command, **how):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **how)


def needed():
    """What the programs in the image cannot do without."""
    files = set(PROGRAMS)
    for tool in ("cc1", "collect2"):
        files.add(subprocess.run(["gcc", "-print-prog-name=" + tool], text=True,
                                 check=True, stdout=subprocess.PIPE
                                 ).stdout.strip())
    for path in [path for path in files if os.path.isabs(path)]:
        listed = subprocess.run(["ldd", path], stdout=subprocess.PIPE, text=True,
                                stderr=subprocess.DEVNULL, check=False).stdout
        files.update(word for word in listed.split() if word.startswith("/"))
    for path in list(files):        # what links lead to, step by step
        while os.path.islink(path):
            path = os.path.join(os.path.dirname(path), os.readlink(path))
            files.add(os.path.normpath(path))
    return sorted(files)


class Tree:
    """A folder that is filled up to a number of bytes."""

    def __init__(self, top, room):
        self.top, self.room = top, room

    def add(self, path):
        """A file; hard-linked where it can be."""
        place = path if path.startswith("/usr/") else "/usr" + path
        target = self.top + place
        if os.path.lexists(target) or not os.path.lexists(path):
            return
        size = os.lstat(path).st_size
        if size > LARGEST:
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.islink(path):
            os.symlink(os.readlink(path), target)
            return
        if not os.path.isfile(path):
            return
        self.room -= size
        try:
            os.link(path, target)
        except OSError:
            shutil.copy2(path, target)

    def fill(self, folder):
        for parent, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files):
                if self.room <= 0:
                    return
                self.add(os.path.join(parent, name))


def make_usr(top, megabytes):
    tree = Tree(top, megabytes << 20)
    for path in needed():
        tree.add(path)
    for pattern in FOLDERS:
        for folder in sorted(glob.glob("/usr/" + pattern)):
            tree.fill(folder)
    for name in LINKS:
        os.makedirs("%s/usr/%s" % (top, name), exist_ok=True)
        os.symlink("usr/" + name, os.path.join(top, name))
    for name in ("tmp", "dev", "proc"):
        os.mkdir(os.path.join(top, name))


def make_big(path, megabytes):
    """Of what the tree has, libraries and programs: as packed as those are."""
    left = megabytes << 20
    with open(path, "wb") as out:
        while left > 0:
            for parent, folders, files in os.walk("/usr/lib"):
                folders.sort()
                for name in sorted(files):
                    source = os.path.join(parent, name)
                    if left > 0 and os.path.isfile(source):
                        with open(source, "rb") as data:
                            left -= out.write(data.read(min(left, 32 << 20)))


def make_git(top):
    shutil.copytree("/usr/include", top, symlinks=True,
                    ignore=shutil.ignore_patterns("boost", "c++"))
    git = ("git", "-C", top, "-c", "user.name=b", "-c", "user.email=b@b")
    run(*git, "init", "--quiet")
    # the image has other inode numbers, and whole seconds
    run(*git, "config", "core.checkStat", "minimal")
    run(*git, "config", "core.trustctime", "false")
    run(*git, "add", "--all", stderr=subprocess.DEVNULL)
    run(*git, "commit", "--quiet", "--message=b")


def make_project(top):
    os.mkdir(top)
    includes = "".join("#include <%s.h>\n" % name for name in HEADERS)
    for number in range(C_FILES):
        with open("%s/p%d.h" % (top, number), "w", encoding="ascii") as out:
            out.write("int f%d(int n);\n" % number)
        with open("%s/p%d.c" % (top, number), "w", encoding="ascii") as out:
            out.write(includes)
            for other in range(number, number + 5):
                out.write('#include "p%d.h"\n' % (other % C_FILES))
            out.write("int f%d(int n)\n{\n    return n < 2 ? n : "
                      "f%d(n - 1) + printf(\"%%d\", n);\n}\n"
                      % (number, (number + 1) % C_FILES))


def make_tree(folder, megabytes, big):
    """The tree in the folder, if it is not there from an earlier time."""
    top = "%s/tree-%d-%d" % (folder, megabytes, big)
    if not os.path.exists(top):
        part = top + ".part"
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part)
        make_usr(part, megabytes)
        make_big(part + "/big", big)
        make_git(part + "/git")
        make_project(part + "/project")
        os.rename(part, top)
    return top


def make_image(tree, method, block):
    """The tree as an image, if it is not there from an earlier time."""
    image = "%s-%s-%s.sqfs" % (tree, method, block)
    if not os.path.exists(image):
        # What compresses slowest is not what is measured.
        quick = {"zstd": ["-Xcompression-level", "6"], "gzip": [
            "-Xcompression-level", "6"]}.get(method, [])
        run("mksquashfs", tree, image + ".part", "-comp", method, *quick, "-b",
            str(BLOCKS[block]), "-no-progress", "-quiet", "-all-root")
        os.rename(image + ".part", image)
    return image
