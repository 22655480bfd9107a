"""What "bench fuse" measures of our server alone.

    contention  CPU time of the server for a request, when 1, 2, 8 or 32
                processes share the reading of all files, cold; without what
                unpacking takes. It is not to grow.
    memory      most that the server has, with a cache of CACHE MiB, of two
                readers of all files and of one that reads at random

SPDX-License-Identifier: MIT
"""

import json
import statistics
import subprocess

from tree import Mount, drop_caches, server_peak

READERS = (1, 2, 8, 32)
GROWTH_GOAL = 1.2           # of the time for a request; less is not told apart
CACHE = 64                  # MiB
START_GOAL = 12 << 10       # KiB, before the first read
PEAK_GOAL = (CACHE + 16) << 10
NAMES = ("contention", "memory")
RANDOM_READS = "4000"


def verdict(reached, goal):
    return "met" if reached <= goal else "MISSED"


def told(program, point):
    """What the server of the mount has counted."""
    return json.loads(subprocess.run(
        [program, "--stats", "--json", point], check=True, text=True,
        stdout=subprocess.PIPE).stdout)[0]


def request_time(program, load, image, point, readers):
    """(requests, microseconds for one, with what unpacking takes)"""
    drop_caches()
    mount = Mount(program, image, point)
    subprocess.run([load, "read", point + "/usr", str(readers)], check=True)
    has = told(program, point)
    mount.end()
    all_of_it = has["user_microseconds"] + has["system_microseconds"]
    return (has["requests"],
            (all_of_it - has["unpack_microseconds"]) / has["requests"],
            all_of_it / has["requests"])


def contention(program, load, image, point, rounds):
    times = {readers: [] for readers in READERS}
    for _ in range(rounds):
        for readers in READERS:
            times[readers].append(
                request_time(program, load, image, point, readers))
    rows = []
    for readers in READERS:
        requests, bare, whole = map(statistics.median, zip(*times[readers]))
        rows.append({"readers": readers, "requests": requests,
                     "microseconds": bare, "with_unpacking": whole})
        ratio = bare / rows[0]["microseconds"]
        print("contention %2d readers: %6d requests, %5.1f us each, %5.1f with "
              "unpacking; x%.2f %s" % (readers, requests, bare, whole, ratio,
                                       verdict(ratio, GROWTH_GOAL)))
    return rows


def memory(program, load, image, point):
    mount = Mount(program, image, point, "--cache=%dM" % CACHE)
    start = server_peak()
    subprocess.run([load, "read", point + "/usr", "2"], check=True)
    subprocess.run([load, "random", point + "/big", RANDOM_READS], check=True)
    peak = server_peak()
    mount.end()
    print("memory with a cache of %d MiB: %d KiB before the first read %s, at "
          "most %d KiB %s" % (CACHE, start, verdict(start, START_GOAL), peak,
                              verdict(peak, PEAK_GOAL)))
    return {"cache": CACHE << 10, "start": start, "peak": peak}


def alone(program, load, image, point, rounds, only):
    """Both, or those of their names in "only"."""
    found = {}
    if not only or "contention" in only:
        found["contention"] = contention(program, load, image, point, rounds)
    if not only or "memory" in only:
        found["memory_limited"] = memory(program, load, image, point)
    return found
