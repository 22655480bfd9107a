"""A job of Slurm's on two nodes that are folders of this machine: srun and sbcast.

fake_slurm.py srun OPTION... PROGRAM ARG...
    a task for each of n1 and n2; their --dir=DIR is DIR/NODE. Standard input goes to
    both. The tasks' pids are added to $FAKE_SLURM/tasks; "end" of the job is TERM
    to them. $FAKE_PENDING: it waits for resources, and notes its end there.
fake_slurm.py sbcast OPTION... FILE PATH
    to PATH below n1 and n2 of $FAKE_SLURM/nodes; these calls are noted in
    $FAKE_SLURM/sbcasts. Other paths get the node's name behind them, and are noted
    in $FAKE_SLURM/programs. $FAKE_DAMAGE is a node whose copy is damaged.

SPDX-License-Identifier: MIT
"""
import os
import shutil
import signal
import subprocess
import sys
import threading

HOME = os.environ["FAKE_SLURM"]
NODES = ("n1", "n2")


def note(name, line):
    with open(os.path.join(HOME, name), "a", encoding="ascii") as f:
        f.write(line + "\n")


def elsewhere(node, path):
    """What is PATH on the node."""
    nodes = os.path.join(HOME, "nodes")
    return path.replace(nodes, os.path.join(nodes, node))


def feed(tasks):
    while True:
        data = os.read(0, 4096)
        for task in tasks:
            if data:
                task.stdin.write(data)
                task.stdin.flush()
            else:
                task.stdin.close()
        if not data:
            return


def wait_for_resources():
    def end(number, _):
        note("pending", str(number))
        sys.exit(1)

    signal.signal(signal.SIGTERM, end)
    note("pending", "waits")
    while True:
        signal.pause()


def srun(words):
    while words[0].startswith("-"):
        words = words[1:]
    if os.environ.get("FAKE_REFUSAL"):
        sys.exit("srun: error: " + os.environ["FAKE_REFUSAL"])
    if os.environ.get("FAKE_PENDING"):
        wait_for_resources()
    tasks = []
    for node in NODES:
        program = words[0] + "." + node
        if not os.path.exists(program):
            program = words[0]
        args = [elsewhere(node, w) for w in words[1:]]
        task = subprocess.Popen(
            [program] + args, stdin=subprocess.PIPE,
            env=dict(os.environ, SLURMD_NODENAME=node))
        note("tasks", str(task.pid))
        tasks.append(task)
    threading.Thread(target=feed, args=(tasks,), daemon=True).start()
    sys.exit(max(task.wait() for task in tasks))


def copy(source, path, force):
    if not force and os.path.lexists(path):
        sys.exit("sbcast: error: File exists")
    shutil.copy(source, path)


def sbcast(words):
    force = "--force" in words
    source, path = (w for w in words if not w.startswith("-"))
    if elsewhere("n1", path) == path:
        note("programs", path)
        for node in NODES:
            copy(source, path + "." + node, force)
        return
    note("sbcasts", source)
    if os.environ.get("FAKE_REFUSAL_OF_FILES"):
        sys.exit("sbcast: error: " + os.environ["FAKE_REFUSAL_OF_FILES"])
    for node in NODES:
        place = elsewhere(node, path)
        copy(source, place, force)
        if os.environ.get("FAKE_DAMAGE") == node:
            with open(place, "r+b") as f:
                f.seek(100)
                f.write(b"damage")


{"srun": srun, "sbcast": sbcast}[sys.argv[1]](sys.argv[2:])
