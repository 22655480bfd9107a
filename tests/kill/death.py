"""Rounds of sudden death: what peers.py and rounds.py do alike.

CH_ROUNDS is the number of rounds, CH_SEED repeats a run.
SPDX-License-Identifier: MIT
"""

import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import procs  # noqa: E402

SERVER = "ch-server"


def kill(pids, number=signal.SIGKILL):
    """Those that are gone already need none."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def play(default, one_round):
    """one_round(number, traces) tells what was wrong, or None; the status of
    the program."""
    rounds = int(os.environ.get("CH_ROUNDS", default))
    seed = int(os.environ.get("CH_SEED", time.time_ns() % 1000000))
    print("%d rounds, CH_SEED=%d" % (rounds, seed))
    random.seed(seed)
    procs.become_reaper()
    traces = procs.Traces()
    for number in range(rounds):
        trouble = one_round(number, traces)
        if trouble:
            print("round %d: %s" % (number, trouble))
            return 1
    return 0
