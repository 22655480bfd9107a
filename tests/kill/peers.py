"""peers.py start|kill|server image|container CH_RUN IMAGE: who shares what.

start: CH_PEERS ranks of a step at once; all must see the same image, that is,
one server, and in "image" each a mount namespace of its own, in "container" all
the same. kill: of a few ranks that start one after another, one is killed at a
random moment, or their keeper is; no other rank may be lost, none may find a
second server (but for those who come when the keeper is gone), and at the end
nothing may be left. server: a rank that comes after the server was killed gets
a new one.
See death.py for CH_ROUNDS and CH_SEED.
SPDX-License-Identifier: MIT
"""

import os
import random
import select
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import death  # noqa: E402
import procs  # noqa: E402

PEERS = int(os.environ.get("CH_PEERS", "16"))
DEADLINE = 60
FEW = 6  # ranks in a round of "kill"
GAP = 0.004  # seconds at most between their starts
KEEPER = "ch-keeper"
# Tell what is seen, then stay until the script says so.
SCRIPT = """
echo $(stat -c %d /) $(readlink /proc/self/ns/user) \
    $(readlink /proc/self/ns/mnt)
read -r end
cat /data/small/1 >/dev/null
"""


class Group:
    """Ranks that are peers, and what they tell."""

    def __init__(self, what, command):
        self.command = command
        self.what = what
        self.ranks = []
        self.told = {}
        self.held, self.hold = os.pipe()
        self.environment = dict(os.environ)
        if what == "image":
            self.environment.update(SLURM_JOB_ID=str(os.getpid()),
                                    SLURM_STEP_ID="0")
            self.options = []
        else:
            self.options = ["--join-tag=%d" % os.getpid()]

    def start(self):
        rank = subprocess.Popen(
            self.command[:1] + self.options + self.command[1:]
            + ["--", "sh", "-c", SCRIPT],
            stdin=self.held, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.environment, text=True)
        self.ranks.append(rank)
        return rank

    def listen(self, ranks):
        """Wait for what the ranks tell; None, or what is wrong."""
        for rank in ranks:
            if rank.pid in self.told:
                continue
            ready, _, _ = select.select([rank.stdout], [], [], DEADLINE)
            line = rank.stdout.readline().split() if ready else []
            if len(line) != 3:
                return "a rank told %s, %s" % (
                    line, rank.stderr.read() if ready else "and hangs")
            self.told[rank.pid] = line
        return None

    def distinct(self, column, ranks):
        return len({self.told[rank.pid][column] for rank in ranks})

    def judge(self, ranks):
        if self.distinct(0, ranks) != 1 or self.distinct(1, ranks) != 1:
            return "%d images in %d user namespaces" % (
                self.distinct(0, ranks), self.distinct(1, ranks))
        spaces = 1 if self.what == "container" else len(ranks)
        if self.distinct(2, ranks) != spaces:
            return "%d mount namespaces" % self.distinct(2, ranks)
        return None

    def end(self, ranks, trouble):
        """Let them go; what is wrong, from before or now, or None."""
        os.close(self.hold)
        os.close(self.held)
        for rank in self.ranks:
            try:
                code = rank.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                rank.kill()
                code = "hangs"
            if rank in ranks and code != 0 and not trouble:
                trouble = "a rank ended with %s, %s" % (
                    code, rank.stderr.read())
            rank.stdout.close()
            rank.stderr.close()
        return trouble


def named(name):
    """Our living processes of this name."""
    return [pid for pid in procs.descendants() if procs.comm_of(pid) == name]


def start_round(group, _):
    ranks = [group.start() for _ in range(PEERS)]
    trouble = group.listen(ranks) or group.judge(ranks)
    return group.end(ranks, trouble)


def kill_round(group, number):
    victim = ("first", "any", "keeper")[number % 3]
    moment = random.uniform(0, FEW * GAP)
    began = time.monotonic()
    chosen = 0 if victim == "first" else random.randrange(FEW)
    killed = []
    for index in range(FEW):
        group.start()
        until = began + (index + 1) * random.uniform(0, GAP)
        while time.monotonic() < until:
            time.sleep(0.0005)
        if not killed and time.monotonic() - began >= moment:
            killed = strike(group, victim, chosen)
    if not killed:
        killed = strike(group, victim, chosen)
    ranks = [rank for rank in group.ranks if rank.pid not in killed]
    trouble = group.listen(ranks)
    if not trouble and victim != "keeper":
        trouble = group.judge(ranks)
    trouble = group.end(ranks, trouble)
    return trouble and "%s killed: %s" % (victim, trouble)


def strike(group, victim, chosen):
    if victim == "keeper":
        keepers = named(KEEPER)
        death.kill(keepers)
        return keepers
    if chosen >= len(group.ranks):
        return []
    pid = group.ranks[chosen].pid
    death.kill([pid])
    return [pid]


def end_all(pids):
    """Kill them, and wait until their threads have ended, too."""
    processes = []
    for pid in pids:
        try:
            processes.append(os.pidfd_open(pid))
        except ProcessLookupError:
            pass
    death.kill(pids)
    for process in processes:
        select.select([process], [], [], DEADLINE)
        os.close(process)


def server_round(group, _):
    first = group.start()
    trouble = group.listen([first])
    if not trouble:
        end_all(named(death.SERVER))
        second = group.start()
        trouble = group.listen([second])
        if not trouble and group.distinct(0, [first, second]) != 2:
            trouble = "the second rank got the dead image"
        return group.end([second], trouble)
    return group.end([], trouble)


def play_round(number, traces):
    group = Group(sys.argv[2], sys.argv[3:5])
    trouble = {"start": start_round, "kill": kill_round,
               "server": server_round}[sys.argv[1]](group, number)
    if not traces.gone_within(DEADLINE):
        trouble = "%s; left %s" % (trouble, "; ".join(traces.left()))
        death.kill(procs.descendants())
    return trouble


if __name__ == "__main__":
    sys.exit(death.play(10, play_round))
