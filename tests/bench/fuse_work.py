"""The workloads of "bench fuse", and what is to be reached.

SPDX-License-Identifier: MIT
"""

import os
import subprocess

MODULES = """
import sys
for name in sorted(sys.stdlib_module_names - {"antigravity", "this", "idlelib"}):
    if len(sys.modules) >= 300:
        break
    try:
        __import__(name)
    except ImportError:
        pass
"""
PYTHON = ["/usr/bin/python3", "-BS", "-Wignore", "-c", MODULES]
GCC = ["/usr/bin/gcc", "-O1", "-c", "/project/p%.c", "-o", "/tmp/p%.o"]
READS_PER_MB = 40       # 20,000 of a file of 500 MB
COLD, WARM = "cold", "warm"
SLOW_TO_UNPACK = ("gzip", "xz")


class Work:
    """A command that reads what is mounted; its goals are ratios of wall time
    to the kernel's, None where there is none."""

    def __init__(self, name, command, cold, warm, host=None):
        self.name, self.command, self.host = name, command, host
        self.goals = {COLD: cold, WARM: warm}
        self.in_root = "run" in command[:2]

    def argv(self, load, point):
        words = [load if word == "LOAD" else word.replace("MNT", point)
                 for word in self.command]
        return words

    def prime(self):
        """Read the host's program, which is not what is measured."""
        if self.host is not None:
            subprocess.run([self.host, "--version"], check=True,
                           stdout=subprocess.DEVNULL)

    def begin(self, point):
        if self.in_root:
            subprocess.run(["mount", "-t", "tmpfs", "tmpfs", point + "/tmp"],
                           check=True)

    def end(self, point):
        if self.in_root:
            subprocess.run(["umount", point + "/tmp"], check=True)


def all_work(method, big):
    """In the order of the table; "big" is the size of the large file in MB."""
    slow = method in SLOW_TO_UNPACK
    gzip = method == "gzip"
    read = 0.6 if slow else 0.9
    data = 0.6 if gzip else 1.0
    git = ["git", "--no-optional-locks", "-c", "safe.directory=*", "-C",
           "MNT/git", "status", "--porcelain"]
    return [
        Work("stat", ["LOAD", "stat", "MNT"], 0.6, 1.0),
        Work("read", ["LOAD", "read", "MNT/usr", "1"], read, 1.0),
        Work("read2", ["LOAD", "read", "MNT/usr", "2"], read, 1.0),
        Work("seq", ["LOAD", "seq", "MNT/big"], data, 1.0),
        Work("random", ["LOAD", "random", "MNT/big", str(big * READS_PER_MB)], data, None),
        Work("python", ["LOAD", "run", "MNT", "1", "1"] + PYTHON, 0.8, 1.0),
        Work("git", git, 0.8, 1.0, "git"),
        Work("find", ["find", "MNT", "-name", "*x*.h"], 0.8, 1.0, "find"),
        Work("du", ["du", "-s", "MNT"], 0.8, 1.0, "du"),
        Work("absent", ["LOAD", "absent", "MNT/usr/lib", "100000"], None, 1.0),
        Work("compile", ["LOAD", "run", "MNT", "200", "2"] + GCC, 0.9, 1.0),
        Work("ranks", ["LOAD", "run", "MNT", "64", "64"] + PYTHON, 1.0, None),
    ]


def started(argv):
    """The command's pid."""
    return os.posix_spawnp(argv[0], argv, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
