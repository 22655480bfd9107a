"""oci.py CH_OCI STATE BUNDLE: SIGKILL for the runtime, many times.

Each round is a create, start, run, exec or delete that is killed, alone or with
its whole process group, at a random moment of the time that it takes here; those
that had ended before do not count. Then "list" must work, and "delete --force"
leave nothing: no process, no state, no mount, no control group. Meanwhile a
second container goes on, and a bystander gets no signal. Root lets the
container's process die as well, and another have its id: it must get none
either, whatever is asked of the container.

Where root has control groups, the program of every second container leaves
processes that no PID namespace ends.
See death.py for CH_ROUNDS and CH_SEED.
SPDX-License-Identifier: MIT
"""

import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import containers  # noqa: E402
import procs  # noqa: E402

ROUNDS = int(os.environ.get("CH_ROUNDS", "300"))
SEED = int(os.environ.get("CH_SEED", str(time.time_ns() % 1000000)))
GRACE = 30  # seconds for killed processes to go, on a loaded machine
TRIES = 10  # for one round that counts
KINDS = ("create", "start", "run", "exec", "delete")
LEAVES = ("sh", "-c", "setsid sleep %s & exec sleep %s" % (containers.LONG,
                                                          containers.LONG))


def words_of(kind, name, bundle):
    return {"create": ("create", "-b", bundle, name),
            "run": ("run", "-b", bundle, name),
            "start": ("start", name),
            "exec": ("exec", name, "sleep", containers.LONG),
            "delete": ("delete", "--force", name)}[kind]


def prepare(runtime, kind, name, bundle):
    """What the command that is killed needs to be there."""
    if kind in ("start", "delete", "exec"):
        runtime.must("create", "-b", bundle, name)
    if kind in ("delete", "exec"):
        runtime.must("start", name)


def durations(runtime):
    """Seconds that each kind takes when it is let, the median of three; run and
    exec until their program has ended."""
    found = {kind: [] for kind in KINDS}
    for number in range(3):
        for kind in KINDS:
            name = "t%d%s" % (number, kind)
            bundle = runtime.bundle(name, ("true",) if kind == "run" else
                                    ("sleep", containers.LONG))
            words = words_of(kind, name, bundle)
            if kind == "exec":
                words = ("exec", name, "true")
            prepare(runtime, kind, name, bundle)
            began = time.monotonic()
            runtime.must(*words)
            found[kind].append(time.monotonic() - began)
            runtime.must("delete", "--force", name)
    return {kind: sorted(times)[1] for kind, times in found.items()}


def killed(command, moment, group):
    """Run the command and kill it; was it still there?"""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL,
                               start_new_session=True)
    time.sleep(moment)
    if group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    return process.wait() == -signal.SIGKILL


def impostor(runtime, name):
    """The container's process dies, and another gets its id; None: there is no
    process, or its id went to somebody else."""
    pid = runtime.pid_of(name)
    if os.geteuid() != 0 or pid <= 0 or pid not in containers.processes():
        return None
    os.kill(pid, signal.SIGKILL)
    gone = procs.wait_for(lambda: not os.path.exists("/proc/%d" % pid), GRACE)
    return containers.bystander(pid) if gone else None


class Rounds:
    def __init__(self, runtime):
        self.runtime, self.rng = runtime, random.Random(SEED)
        self.counts = dict.fromkeys(KINDS + ("impostor",), 0)
        self.longest = durations(runtime)
        self.durations = dict(self.longest)
        # With a name that no other begins with.
        runtime.must("create", "-b", runtime.bundle("neighbour"), "neighbour")
        runtime.must("start", "neighbour")
        self.neighbour = runtime.pid_of("neighbour")
        self.innocent = containers.bystander()
        self.traces = containers.Traces(
            runtime, containers.processes())

    def check(self, what, other):
        """Nothing is left, and nobody else was hit."""
        for pid in filter(None, (self.innocent, other)):
            if containers.was_signalled(pid):
                sys.exit("%s: process %d was signalled" % (what, pid))
        if other:
            containers.end(other)
        if not self.traces.gone_within(GRACE):
            sys.exit("%s: left: %s" % (what, "; ".join(self.traces.left())))
        listed = self.runtime.must("list", "-q").split()
        if listed != ["neighbour"]:
            sys.exit("%s: listed are %s" % (what, listed))
        if self.runtime.pid_of("neighbour") != self.neighbour or \
                procs.parents()[self.neighbour][1] in "ZX":
            sys.exit("%s: the other container has ended" % what)

    def one(self, number, kind):
        """Did it count?"""
        name = "c%d" % number
        what = "CH_SEED=%d, try %d: %s" % (SEED, number, kind)
        # Where nobody but a PID namespace ends them, they may stay.
        leaves = number % 2 == 0 and self.traces.groups
        bundle = self.runtime.bundle(name, *((LEAVES, ("pid",)) if leaves
                                             else ()))
        prepare(self.runtime, kind, name, bundle)
        counts = killed(
            self.runtime.command(*words_of(kind, name, bundle)),
            self.rng.uniform(0, self.durations[kind]), self.rng.random() < 0.3)
        self.runtime.must("list")
        other = impostor(self.runtime, name) if self.rng.random() < 0.3 else None
        if other:
            self.counts["impostor"] += 1
            for operation in ("kill", name, "TERM"), ("exec", name, "true"):
                if self.runtime.call(*operation)[0] == 0:
                    sys.exit("%s: %s of a dead container" % (what, operation))
            # to those that it has left: an error or not
            self.runtime.call("kill", "-a", name, "KILL")
        self.runtime.must("delete", "--force", name)
        self.check(what, other)
        self.counts[kind] += counts
        # As long as it takes with what else the machine does at the moment.
        self.durations[kind] = min(
            self.durations[kind] * (1.1 if counts else 0.5), self.longest[kind])
        return counts

    def all(self):
        tries = 0
        for number in range(ROUNDS):
            kind = KINDS[number % len(KINDS)]
            for _ in range(TRIES):
                tries += 1
                if self.one(tries, kind):
                    break
            else:
                sys.exit("%s ends before it can be killed" % kind)
        self.runtime.must("exec", "neighbour", "true")
        self.runtime.must("delete", "--force", "neighbour")
        containers.end(self.innocent)
        print("%d rounds: %s" % (ROUNDS, self.counts))


def main():
    runtime = containers.Runtime(*sys.argv[1:4])
    traces = containers.Traces(runtime)
    Rounds(runtime).all()
    if not traces.gone_within(GRACE):
        sys.exit("left: " + "; ".join(traces.left()))


containers.below_reaper(main)
