"""oci.py CH_OCI STATE BUNDLE: SIGKILL for the runtime, many times.

Each round is a create, start, run, exec or delete that is killed, alone or with
its whole process group, at a random moment; then "delete --force" must leave
nothing: no process of the container, no state, no mount outside of one, no
control group. A process that is none of a container's must live through it.
See death.py for CH_ROUNDS and CH_SEED.
SPDX-License-Identifier: MIT
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time

RUNTIME, STATE, BUNDLE = sys.argv[1:4]
ROUNDS = int(os.environ.get("CH_ROUNDS", "300"))
SEED = int(os.environ.get("CH_SEED", str(time.time_ns())))
MARK = os.environ["CH_MARK"]  # a word in the command lines of the containers
GRACE = 30  # seconds for killed processes to go, on a loaded machine
LONGEST = 0.06  # seconds until the kill; half of them come within a third


def command(*words):
    return [RUNTIME, "--root", STATE, *words]


def runtime(*words):
    """Its exit status and what it printed; a container keeps the file open."""
    with tempfile.TemporaryFile() as output:
        status = subprocess.run(command(*words), stdin=subprocess.DEVNULL,
                                stdout=output, stderr=output, timeout=120,
                                check=False).returncode
        output.seek(0)
        return status, output.read().decode()


def left():
    """Processes of the containers, which have the mark in their words."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if words[:2] == [b"sleep", MARK.encode()]:
            found.append(pid)
    return found


def mounts():
    """Of ours: others may mount meanwhile."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        return [line for line in file if BUNDLE in line or STATE in line]


def killed(words, rng):
    """Run the command and kill it at a random moment."""
    moment = rng.uniform(0, LONGEST if rng.random() < 0.5 else LONGEST / 3)
    process = subprocess.Popen(command(*words), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL,
                               start_new_session=True)
    time.sleep(moment)
    if rng.random() < 0.3:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def prepare(kind, name):
    """What the command that is killed needs to be there."""
    if kind in ("start", "delete", "exec"):
        status, output = runtime("create", "-b", BUNDLE, name)
        if status != 0:
            sys.exit(f"create: {output}")
    if kind in ("delete", "exec"):
        runtime("start", name)


WORDS = {
    "create": lambda n: ("create", "-b", BUNDLE, n),
    "run": lambda n: ("run", "-b", BUNDLE, n),
    "start": lambda n: ("start", n),
    "exec": lambda n: ("exec", n, "sleep", MARK),
    "delete": lambda n: ("delete", "--force", n),
}


def check(what, bystander):
    listed = runtime("list", "-q")[1]
    if listed or os.listdir(STATE):
        sys.exit(f"{what}: state is left: {listed} {os.listdir(STATE)}")
    end = time.monotonic() + GRACE
    while left():
        if time.monotonic() > end:
            sys.exit(f"{what}: processes are left: {left()}")
        time.sleep(0.05)
    if mounts():
        sys.exit(f"{what}: mounts are left: {mounts()}")
    if bystander.poll() is not None:
        sys.exit(f"{what}: another process was signalled")


def main():
    rng = random.Random(SEED)
    os.makedirs(STATE, exist_ok=True)
    with subprocess.Popen(["sleep", "100000"]) as bystander:
        try:
            for number in range(ROUNDS):
                kind = rng.choice(list(WORDS))
                name = f"c{number}"
                what = f"seed {SEED} round {number} {kind}"
                prepare(kind, name)
                killed(WORDS[kind](name), rng)
                status, output = runtime("delete", "--force", name)
                if status != 0:
                    sys.exit(f"{what}: {output}")
                check(what, bystander)
        finally:
            bystander.kill()
    print(f"{ROUNDS} rounds")


main()
