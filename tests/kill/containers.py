"""What kill/oci.py and kill/many.py share: the runtime, its containers, and what
these leave behind.

A process above the test is the reaper of all orphans, so whatever a runtime or a
container leaves is found below it. It reaps at once, as an init does: a PID
namespace does not end before those who entered it are reaped. Control groups are found by their name, mounts
by the folders of the test.
SPDX-License-Identifier: MIT
"""

import ctypes
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import procs  # noqa: E402

CLONE3 = 435  # of all architectures
LONG = "1000000"  # seconds; a container that is to stay


class Runtime:
    """A runtime with its folder of state, and bundles made after one that is
    there."""

    def __init__(self, program, state, bundle):
        self.program, self.state, self.work = program, state, bundle + "s"
        # others' groups, and those of another run, have other names
        self.parent = "ch-test-%d" % os.getpid()
        with open(os.path.join(bundle, "config.json"), encoding="utf-8") as file:
            self.config = json.load(file)
        os.makedirs(self.state, mode=0o700, exist_ok=True)
        os.makedirs(self.work)

    def bundle(self, name, args=("sleep", LONG), without=()):
        """The folder of a new bundle of this name."""
        folder = os.path.join(self.work, name)
        config = json.loads(json.dumps(self.config))
        linux = config["linux"]
        config["process"]["args"] = list(args)
        config["hostname"] = name
        linux["cgroupsPath"] = "/%s/%s" % (self.parent, name)
        linux["namespaces"] = [n for n in linux["namespaces"]
                               if n["type"] not in without]
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "config.json"), "w",
                  encoding="utf-8") as file:
            json.dump(config, file)
        return folder

    def command(self, *words):
        return [self.program, "--root", self.state, *words]

    def call(self, *words, before=()):
        """Exit status and output, by a file: a container keeps it open."""
        with tempfile.TemporaryFile() as output:
            status = subprocess.run(
                [*before, *self.command(*words)], stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, timeout=300,
                check=False).returncode
            output.seek(0)
            return status, output.read().decode()

    def must(self, *words, before=()):
        """Its output; it has to succeed."""
        status, output = self.call(*words, before=before)
        if status != 0:
            raise SystemExit("%s: status %d: %s" % (" ".join(words), status,
                                                    output))
        return output

    def pid_of(self, name):
        """The process that the folder of state names, 0: none."""
        try:
            with open(os.path.join(self.state, name, "state.json"),
                      encoding="utf-8") as file:
                return json.load(file).get("pid", 0)
        except (OSError, ValueError):
            return 0

    def groups(self):
        """Control groups of our containers, in all hierarchies."""
        found = []
        for top in hierarchies():
            for folder, below, _ in os.walk(top):
                found += [os.path.join(folder, name) for name in below
                          if self.parent in name]
        return found


def hierarchies():
    """Where control groups are mounted."""
    with open("/proc/self/mountinfo", encoding="latin-1") as table:
        lines = [line.split() for line in table]
    return [words[4] for words in lines
            if words[words.index("-") + 1] in ("cgroup", "cgroup2")]


class Traces:
    """What is there now may stay."""

    def __init__(self, runtime, staying=()):
        self.runtime, self.staying = runtime, set(staying)
        self.mounts = procs.mounts()
        self.groups = set(runtime.groups())
        self.states = set(os.listdir(runtime.state))

    def left(self):
        found = ["process " + procs.describe(pid)
                 for pid in processes() if pid not in self.staying]
        found += ["mount " + line for line in procs.mounts() - self.mounts]
        found += ["group " + path
                  for path in set(self.runtime.groups()) - self.groups]
        found += ["state " + name
                  for name in set(os.listdir(self.runtime.state)) - self.states]
        return found

    def gone_within(self, seconds):
        return procs.wait_for(lambda: not self.left(), seconds)


# --- processes

def below_reaper(work):
    """Call work() below a process that reaps what is orphaned; end with it."""
    procs.become_reaper()
    child = os.fork()
    if child == 0:
        work()
        sys.exit(0)
    while True:
        pid, status = os.wait()
        if pid == child:
            break
    # what a test that failed has left would keep its output open
    procs.wait_for(lambda: not kill_below(), 10)
    sys.exit(0 if status == 0 else 1)


def kill_below():
    procs.reap()
    left = procs.descendants()
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    return left


def processes():
    """All below the reaper but the test."""
    return [pid for pid in procs.descendants(os.getppid())
            if pid != os.getpid()]


def bystander(pid=0):
    """A process that blocks all signals, so those that it gets are seen; with
    this id, which only root may choose. None: the id is taken."""
    # Of no other thread, and without letting go of the interpreter's lock: the
    # child goes on as if after fork().
    libc = ctypes.PyDLL(None, use_errno=True)
    ids = ctypes.c_int(pid)
    arguments = ctypes.create_string_buffer(struct.pack(
        "=11Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0,
        ctypes.addressof(ids) if pid else 0, 1 if pid else 0, 0))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    child = libc.syscall(CLONE3, arguments, ctypes.c_size_t(88))
    if child == 0:
        os.execv("/bin/sleep", ["sleep", LONG])
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return child if child > 0 else None


def was_signalled(pid):
    """Has the bystander got a signal, or ended?"""
    with open("/proc/%d/status" % pid, encoding="utf-8") as status:
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in status)
    return fields["State"][0] in "ZX" or any(
        int(fields[name], 16) for name in ("SigPnd", "ShdPnd"))


def end(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
