"""many.py at_once|in_turn CH_OCI STATE BUNDLE: many containers, and then none.

at_once: CH_CONTAINERS (500) of them run at the same time; each is listed, runs,
answers exec, has nothing open but its standard streams, and is deleted. in_turn:
20 workers make, start, enter and delete containers for CH_SECONDS (300) seconds,
while another lists them.

In the end nothing may be left of processes, mounts, states or control groups;
and for root, of memory, that of the kernel included: what the runtime's processes
leave behind is counted in a control group of the test, from after the first tenth
of the time.
SPDX-License-Identifier: MIT
"""

import concurrent.futures
import itertools
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import containers  # noqa: E402
import procs  # noqa: E402

COUNT = int(os.environ.get("CH_CONTAINERS", "500"))
SECONDS = float(os.environ.get("CH_SECONDS", "300"))
WORKERS = 20
GRACE = 60  # seconds for the kernel to clear up
SETTLE = 15  # seconds for memory that is freed later
# A mount namespace with its mounts, or a process, takes tens of KiB.
LEAST_LEAK = 512  # bytes for each container
SLACK = 2 << 20  # bytes, of caches that grow to their size
# The last is that of the folder that is read.
ANSWER = "cat /proc/sys/kernel/hostname; exec ls /proc/1/fd /proc/self/fd"
OPEN = "/proc/1/fd: 0 1 2 /proc/self/fd: 0 1 2 3".split()


class Memory:
    """A control group in which the runtime's processes are counted."""

    def __init__(self):
        self.path = None
        for top in containers.hierarchies() if os.geteuid() == 0 else []:
            if os.path.exists(top + "/memory.limit_in_bytes"):
                self.path = "%s/ch-many-%d" % (top, os.getpid())
                self.used, self.empty = "usage_in_bytes", "force_empty"
        if self.path:
            os.mkdir(self.path)

    def words(self):
        """What a command begins with that is to be counted."""
        return ("sh", "-c", 'echo 0 >"$0/cgroup.procs" && exec "$@"',
                self.path) if self.path else ()

    def bytes(self):
        """Without what can be given back."""
        try:
            with open(self.path + "/memory." + self.empty, "w",
                      encoding="ascii") as file:
                file.write("0")
        except OSError:
            pass  # some can't be: that is what is counted
        with open(self.path + "/memory." + self.used,
                  encoding="ascii") as file:
            return int(file.read())

    def least(self):
        """After a while, the kernel frees some later."""
        found = []
        for _ in range(SETTLE):
            found.append(self.bytes())
            time.sleep(1)
        return min(found)

    def remove(self):
        if self.path:
            procs.wait_for(self.removed, GRACE)

    def removed(self):
        try:
            os.rmdir(self.path)
        except OSError:
            return False
        return True


class Test:
    def __init__(self, runtime):
        self.runtime, self.memory = runtime, Memory()
        self.traces = containers.Traces(runtime)
        self.fds = len(os.listdir("/proc/self/fd"))

    def must(self, *words):
        return self.runtime.must(*words, before=self.memory.words())

    def make(self, name):
        self.must("create", "-b", self.runtime.bundle(name), name)

    def check_answer(self, name):
        """From inside of this very container, where its first process and what
        enters have open what they were given."""
        said = self.must("exec", name, "sh", "-c", ANSWER).split()
        if said != [name] + OPEN:
            sys.exit("%s answers: %s" % (name, said))

    def finish(self, before, made):
        """Nothing may be left; "before": memory when none had been."""
        if not self.traces.gone_within(GRACE):
            sys.exit("left: " + "; ".join(self.traces.left()))
        if len(os.listdir("/proc/self/fd")) != self.fds:
            sys.exit("the test leaks descriptors")
        if self.memory.path:
            grown = self.memory.least() - before
            print("memory: %d KiB after %d containers" % (grown >> 10, made))
            if grown > SLACK + LEAST_LEAK * made:
                sys.exit("memory has leaked")
        self.memory.remove()


def at_once(test):
    names = ["c%d" % number for number in range(COUNT)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(test.make, names))
        list(pool.map(lambda n: test.must("start", n), names))
        listed = json.loads(test.must("list", "-f", "json"))
        if sorted(row["id"] for row in listed) != sorted(names):
            sys.exit("%d are listed of %d" % (len(listed), COUNT))
        other = [row["id"] for row in listed if row["status"] != "running"]
        if other:
            sys.exit("not running: %s" % other)
        list(pool.map(test.check_answer, names))
        list(pool.map(lambda n: test.must("delete", "--force", n), names))
    print("%d containers at once" % COUNT)
    return COUNT


def worker(test, number, end, counts):
    for turn in itertools.count():
        if time.monotonic() > end:
            return
        name = "w%d-%d" % (number, turn)
        test.make(name)
        if turn % 2 == 0:
            test.must("start", name)
        if turn % 8 == 0:
            test.check_answer(name)
        test.must("delete", "--force", name)
        counts[number] += 1


def in_turn(test, seconds=SECONDS):
    counts = [0] * WORKERS
    end = time.monotonic() + seconds
    done = threading.Event()

    def lister():
        while not done.is_set():
            json.loads(test.must("list", "-f", "json") or "[]")
            time.sleep(0.1)

    with concurrent.futures.ThreadPoolExecutor(WORKERS + 1) as pool:
        listing = pool.submit(lister)
        workers = [pool.submit(worker, test, number, end, counts)
                   for number in range(WORKERS)]
        concurrent.futures.wait(workers)
        done.set()
        for job in workers + [listing]:
            job.result()
    print("%d containers in %.0f s, %d at a time" % (sum(counts), seconds,
                                                     WORKERS))
    return sum(counts)


def main():
    test = Test(containers.Runtime(*sys.argv[2:5]))
    before = 0
    # Caches that are filled once are no leak.
    if sys.argv[1] == "in_turn":
        in_turn(test, SECONDS / 10)
    else:
        test.make("first")
        test.must("delete", "--force", "first")
    if test.memory.path:
        before = test.memory.least()
    test.finish(before, in_turn(test) if sys.argv[1] == "in_turn"
                else at_once(test))


containers.below_reaper(main)
