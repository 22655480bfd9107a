"""What a command leaves behind: processes, mounts, files.

The caller becomes the reaper of all orphans among its descendants
(PR_SET_CHILD_SUBREAPER), so a server that was forked away and then left alone
is found among its children, whatever it calls itself.
SPDX-License-Identifier: MIT
"""

import ctypes
import os
import re
import time

PR_SET_CHILD_SUBREAPER = 36
# Called after a program of ours, but for what tests make and Charliecloud's
# ch-run leaves.
OURS = re.compile(r"\.?ch[-._](?!test|run_)")
FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/run/user/%d" % os.getuid())


def become_reaper():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_CHILD_SUBREAPER")


def parents():
    """Map of pid to (parent, state) of all processes."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name, encoding="latin-1") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        found[int(name)] = (int(fields[1]), fields[0])
    return found


def descendants(top=None):
    """Living processes below "top" (zombies are dead)."""
    top = top or os.getpid()
    table = parents()
    found = []
    for pid, (_, state) in table.items():
        ancestor = pid
        while ancestor in table and ancestor != top:
            ancestor = table[ancestor][0]
        if ancestor == top and pid != top and state not in "ZX":
            found.append(pid)
    return found


def comm_of(pid):
    """What it calls itself; "" if it is gone."""
    try:
        with open("/proc/%d/comm" % pid, encoding="utf-8") as comm:
            return comm.read().strip()
    except OSError:
        return ""


def describe(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as cmdline:
            words = cmdline.read().split(b"\0")
        with open("/proc/%d/comm" % pid, encoding="utf-8") as comm:
            name = comm.read().strip()
    except OSError:
        return "%d (gone)" % pid
    return "%d (%s) %s" % (pid, name, b" ".join(words).decode())


def reap():
    """Collect those that ended, but for none in particular."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def wait_for(condition, seconds):
    """Poll until condition() holds; False when the deadline passed."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True


def mounts():
    """Mounts of our images or below our folders; others come and go."""
    ours = [os.environ[name] for name in ("CH_DATA", "BATS_TEST_TMPDIR")
            if name in os.environ] or [""]
    with open("/proc/self/mountinfo", encoding="latin-1") as table:
        return {line for line in table.read().splitlines()
                if any(path in line for path in ours)}


def files():
    """What our programs leave where temporary files are made; others make files
    there meanwhile."""
    found = set()
    for folder in FOLDERS:
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for entry in entries:
            try:
                own = entry.stat(follow_symlinks=False).st_uid == os.getuid()
            except OSError:
                continue
            if own and OURS.match(entry.name):
                found.add(entry.path)
    return found


def status_text(code):
    """The wait status that a shell hides: ended by itself or by a signal?"""
    return "exited %d" % code if code >= 0 else "killed by %d" % -code


class Traces:
    """Remember how things are; tell later what is left."""

    def __init__(self):
        self.mounts = mounts()
        self.files = files()

    def left(self):
        reap()
        found = ["process " + describe(pid) for pid in descendants()]
        found += ["mount " + line for line in mounts() - self.mounts]
        found += ["file " + path for path in files() - self.files]
        return found

    def gone_within(self, seconds):
        return wait_for(lambda: not self.left(), seconds)
