"""A job of Slurm's on two nodes that are folders of this machine: srun and sbcast.

fake_slurm.py srun OPTION... PROGRAM ARG...
    a task for each of n1 and n2; their --dir=DIR is DIR/NODE. Standard input goes to
    both. The tasks' pids are added to $FAKE_SLURM/tasks; "end" of the job is TERM
    to them.
fake_slurm.py sbcast OPTION... FILE PATH
    to PATH below n1 and n2 of $FAKE_SLURM/nodes; calls are noted in
    $FAKE_SLURM/sbcasts. $FAKE_DAMAGE is a node whose copy is damaged.

SPDX-License-Identifier: MIT
"""
import os
import shutil
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


def srun(words):
    bcast = None
    while words[0].startswith("-"):
        if words[0].startswith("--bcast="):
            bcast = words[0].split("=")[1]
        words = words[1:]
    if os.environ.get("FAKE_REFUSAL"):
        sys.exit("srun: error: " + os.environ["FAKE_REFUSAL"])
    tasks = []
    for node in NODES:
        program = words[0]
        if bcast:
            program = bcast + "." + node
            shutil.copy(words[0], program)
        args = [elsewhere(node, w) for w in words[1:]]
        task = subprocess.Popen(
            [program] + args, stdin=subprocess.PIPE,
            env=dict(os.environ, SLURMD_NODENAME=node))
        note("tasks", str(task.pid))
        tasks.append(task)
    threading.Thread(target=feed, args=(tasks,), daemon=True).start()
    sys.exit(max(task.wait() for task in tasks))


def sbcast(words):
    words = [w for w in words if not w.startswith("-")]
    note("sbcasts", words[0])
    if os.environ.get("FAKE_REFUSAL_OF_FILES"):
        sys.exit("sbcast: error: " + os.environ["FAKE_REFUSAL_OF_FILES"])
    for node in NODES:
        path = elsewhere(node, words[1])
        shutil.copy(words[0], path)
        if os.environ.get("FAKE_DAMAGE") == node:
            with open(path, "r+b") as f:
                f.seek(100)
                f.write(b"damage")


{"srun": srun, "sbcast": sbcast}[sys.argv[1]](sys.argv[2:])
