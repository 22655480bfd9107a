"""rounds.py kill|all|readers|signals CH_RUN IMAGE: sudden death, many times.

kill: SIGKILL for the command, its server or both at a random moment between
the start and the end; within a second no process, mount or file may be left.
all: the same for a job of several readers and its server at once, as a batch
system ends a step. readers: the server is killed while the command reads;
reading must fail, not hang. signals: the server gets what batch systems send,
and serves on.
See death.py for CH_ROUNDS and CH_SEED.
SPDX-License-Identifier: MIT
"""

import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import death  # noqa: E402
import procs  # noqa: E402

# Promised is one second; a loaded machine gets more, CH_GRACE=1 insists.
GRACE = float(os.environ.get("CH_GRACE", "10"))
DEADLINE = 30
STARTUP = 0.01  # seconds; half of all kills come within it
LONGEST = 0.08  # seconds until the others: the command reads
READERS = """for n in 1 2 3 4; do
    probe read-until-error /data/small &
done
wait"""
# Signals by which shells, terminals and batch systems end or nudge a job.
JOB_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT,
               signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE, signal.SIGALRM,
               signal.SIGTSTP, signal.SIGXCPU)


def others(command):
    """All below us that are not the command: the server and, for ranks that
    share, the keeper."""
    return [pid for pid in procs.descendants() if pid != command.pid]


def servers_of(command):
    """Those of them that serve. A rank of a job's step has a keeper too, which
    may not be named yet: then the name decides, else a young server counts."""
    return [pid for pid in others(command)
            if "SLURM_STEP_ID" not in os.environ
            or procs.comm_of(pid) == death.SERVER]


def start(arguments, **options):
    return subprocess.Popen(
        sys.argv[2:4] + ["--"] + arguments, stdin=subprocess.DEVNULL, **options)


def end_all(command):
    """Whatever the round found must not outlive it; some can't be killed."""
    death.kill(procs.descendants())
    try:
        command.wait(DEADLINE)
    except subprocess.TimeoutExpired:
        raise SystemExit("%s cannot be killed" % procs.describe(command.pid))


def kill_round(number, traces):
    victim = ("command", "server", "both")[number % 3]
    delay = random.uniform(0, random.choice((STARTUP, LONGEST)))
    command = start(["probe", "read-until-error", "/data/small"],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(delay)
    servers = servers_of(command)
    if victim != "command":
        death.kill(servers)
    if victim != "server" or not servers:
        death.kill([command.pid])
    try:
        command.wait(DEADLINE)
    except subprocess.TimeoutExpired:
        end_all(command)
        return "%s killed after %.4f s: the command hangs" % (victim, delay)
    if traces.gone_within(GRACE):
        return None
    left = "; ".join(traces.left())
    end_all(command)
    return "%s killed after %.4f s: left %s" % (victim, delay, left)


def all_round(_, traces):
    command = start(["sh", "-c", READERS], stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)
    delay = random.uniform(0, LONGEST / 2)
    time.sleep(delay)

    def all_gone():
        # Again and again: a fork may have been under way.
        death.kill(procs.descendants())
        command.poll()
        return not traces.left()

    if procs.wait_for(all_gone, GRACE):
        return None
    return "killed after %.4f s: left %s" % (delay, "; ".join(traces.left()))


def started_reader():
    command = start(["probe", "read-until-error", "/data/small"],
                    stdout=subprocess.PIPE, text=True)
    if command.stdout.readline() != "reading\n":
        raise SystemExit("the reader does not start")
    return command


def readers_round(_, traces):
    command = started_reader()
    time.sleep(random.uniform(0, LONGEST / 4))
    servers = servers_of(command)
    if not servers:
        end_all(command)
        return "no server found"
    death.kill(servers)
    try:
        code = command.wait(DEADLINE)
    except subprocess.TimeoutExpired:
        end_all(command)
        return "the reader hangs"
    # 3: read(2) failed. A signal: its own code could not be read any more.
    if code != 3 and code != -signal.SIGBUS:
        return "the reader " + procs.status_text(code)
    return None if traces.gone_within(GRACE) else "; ".join(traces.left())


def signals_round(number, traces):
    command = started_reader()
    sent = JOB_SIGNALS[number % len(JOB_SIGNALS)]
    death.kill(others(command), sent)
    time.sleep(LONGEST / 4)
    code = command.poll()
    end_all(command)
    if code is not None:
        return "after %s the reader %s" % (sent.name, procs.status_text(code))
    return None if traces.gone_within(GRACE) else "; ".join(traces.left())


if __name__ == "__main__":
    sys.exit(death.play(100, {"kill": kill_round, "all": all_round,
                              "readers": readers_round,
                              "signals": signals_round}[sys.argv[1]]))
