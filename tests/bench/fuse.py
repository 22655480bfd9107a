"""fuse.py BUILD LOAD [OPTION...]: what reads an image, against the kernel.

Each round mounts the image by the kernel (loop device) and by each server in
turn; each workload runs cold (fresh mount, all caches dropped, so that neither
the image nor what was unpacked is in memory) and again, warm. Ratios to the
kernel's are taken within a round; the table has their medians and their least
and most. CPU time is the client's and the server's; what the kernel unpacks is
the client's, what it reads ahead of the image for its loop device nobody's.
Needs root. "fuse.py --plot FIGURES SVG" draws what --json has written.
SPDX-License-Identifier: MIT
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import procs  # noqa: E402
from fuse_alone import NAMES, alone  # noqa: E402
from fuse_image import make_image, make_tree  # noqa: E402
from fuse_plot import plot  # noqa: E402
from fuse_work import COLD, WARM, all_work, started  # noqa: E402
from tree import Mount, drop_caches, server_peak, server_seconds  # noqa: E402

KERNEL = "kernel"
CPU_GOAL = 1.3
SLOW = ("ranks", "compile")
START_GOAL = 12 << 10       # KiB, of a server before the first read
PEAK_GOAL = (512 + 16) << 10  # KiB: the cache is at most so large by itself


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="./build.sh bench fuse")
    add = parser.add_argument
    add("--quick", action="store_true",
        help="a tree of 200 MB, 3 rounds, without the longest workloads")
    add("--comp", default="gzip,zstd,xz,lz4", help="compression methods")
    add("--block", default="128K,1M", help="block sizes")
    add("--only", default="", help="workloads, by their "
        "names in the table; and contention, memory: of our server alone")
    add("--rounds", type=int, default=7)
    add("--size", type=int, default=1200, help="MB of /usr in the image")
    add("--server", action="append", metavar="[NAME=]PROGRAM",
        help="instead of ch-mount, squashfuse_ll and squashfuse")
    add("--busy", action="store_true",
        help="go before the other programs of a busy machine, by nice(2); "
        "what sched(7) calls real time would make each answer dearer")
    add("--keep", metavar="DIR", help="keep images there, and use them again")
    add("--json", metavar="FILE", help="write all figures there")
    options = parser.parse_args(arguments)
    if options.quick:
        options.size, options.rounds = 200, min(options.rounds, 3)
    options.big = 100 if options.quick else 500
    options.only = options.only.split(",") if options.only else []
    return options


def servers_of(names, build):
    """Map of name to program."""
    found = {}
    for name in names or [build + "/ch-mount", "squashfuse_ll", "squashfuse"]:
        label, _, program = name.rpartition("=")
        if shutil.which(program):
            found[label or os.path.basename(program)] = program
        else:
            print("%s: not installed, left out" % program)
    return found


class Bench:
    """What is measured of one image."""

    def __init__(self, load, image, works, servers):
        self.load, self.image, self.works = load, image, works
        self.servers = servers
        self.times = {}     # (work, heat, server): (wall, CPU) of each round
        self.memory = {}    # server: (before the first read, most), KiB

    def run(self, argv):
        before = server_seconds()
        began = time.monotonic()
        _, status, usage = os.wait4(started(argv), 0)
        wall = time.monotonic() - began
        if status != 0:
            raise SystemExit("%s: wait status %d" % (argv, status))
        return wall, (usage.ru_utime + usage.ru_stime + server_seconds() -
                      before)

    def measure(self, work, server, point):
        drop_caches()
        work.prime()
        mount = Mount(self.servers.get(server, server), self.image, point)
        start = server_peak()
        work.begin(point)
        for heat in (COLD, WARM):
            if heat == COLD or work.goals[WARM] is not None:
                self.times.setdefault((work.name, heat, server), []).append(
                    self.run(work.argv(self.load, point)))
        self.memory.setdefault(server, []).append((start, server_peak()))
        work.end(point)
        mount.end()

    def round(self, point):
        for work in self.works:
            for server in [KERNEL] + list(self.servers):
                self.measure(work, server, point)


def ratios(times, kernel, column):
    return [a[column] / max(b[column], 1e-6) for a, b in zip(times, kernel)]


def rows_of(bench):
    """One for each workload, heat and server: what the table shows."""
    for work in bench.works:
        for heat in (COLD, WARM):
            kernel = bench.times.get((work.name, heat, KERNEL))
            for server in bench.servers if kernel else ():
                times = bench.times[work.name, heat, server]
                wall = ratios(times, kernel, 0)
                yield {
                    "work": work.name, "heat": heat, "server": server,
                    "goal": work.goals[heat],
                    "wall": statistics.median(wall),
                    "least": min(wall), "most": max(wall),
                    "cpu": statistics.median(ratios(times, kernel, 1)),
                    "seconds": statistics.median(t[0] for t in times),
                    "kernel_seconds": statistics.median(t[0] for t in kernel),
                }


def verdict(reached, goal):
    return "" if goal is None else "met" if reached <= goal else "MISSED"


def print_rows(rows, ours):
    print("%-8s %-4s %-13s %6s %13s %6s %8s %8s %5s" % (
        "", "", "", "x wall", "min .. max", "x CPU", "s", "kernel s", "goal"))
    for row in rows:
        mine = row["server"] == ours
        goal = row["goal"] if mine else None
        print("%-8s %-4s %-13s %6.2f %6.2f %6.2f %6.2f %8.3f %8.3f %5s %s" % (
            row["work"], row["heat"], row["server"], row["wall"], row["least"],
            row["most"], row["cpu"], row["seconds"], row["kernel_seconds"],
            goal or "", verdict(row["wall"], goal)))


def print_sums(bench, ours):
    def cpu(server):
        return sum(statistics.median(t[1] for t in times)
                   for (_, _, who), times in bench.times.items()
                   if who == server)

    for server in bench.servers:
        ratio = cpu(server) / cpu(KERNEL)
        starts, peaks = zip(*bench.memory[server])
        start, peak = statistics.median(starts), max(peaks)
        mine = server == ours
        print("%-13s CPU over all x%.2f %s; memory before the first read "
              "%d KiB %s, at most %d KiB %s" % (
                  server, ratio, verdict(ratio, CPU_GOAL) if mine else "",
                  start, verdict(start, START_GOAL) if mine else "",
                  peak, verdict(peak, PEAK_GOAL) if mine else ""))


def wanted(options, method):
    works = all_work(method, options.big)
    if options.only:
        return [work for work in works if work.name in options.only]
    if options.quick:
        return [work for work in works if work.name not in SLOW]
    return works


def bench_image(load, image, options, servers, method):
    """What is found, for the file of figures; printed, too."""
    bench = Bench(load, image, wanted(options, method), servers)
    ours = next(iter(servers))
    point = tempfile.mkdtemp()
    found = {}
    try:
        for _ in range(options.rounds if bench.works else 0):
            bench.round(point)
        if bench.works:
            found = {"rows": list(rows_of(bench)), "memory": bench.memory}
            print_rows(found["rows"], ours)
            print_sums(bench, ours)
        if not options.only or set(NAMES) & set(options.only):
            found.update(alone(servers[ours], load, image, point,
                               options.rounds, options.only))
    finally:
        # After a failure something may be mounted: nothing below is removed.
        while os.path.ismount(point):
            subprocess.run(["umount", "--lazy", point], check=True)
        os.rmdir(point)
    return found


def main():
    if sys.argv[1] == "--plot":
        plot(*sys.argv[2:])
        return
    build, load = sys.argv[1:3]
    options = options_of(sys.argv[3:])
    servers = servers_of(options.server, build)
    results = []
    procs.become_reaper()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        folder = options.keep or place
        os.makedirs(folder, exist_ok=True)
        tree = make_tree(folder, options.size, options.big)
        kinds = [(method, block) for method in options.comp.split(",")
                 for block in options.block.split(",")]
        images = [make_image(tree, *kind) for kind in kinds]
        if options.busy:
            os.nice(-20)
        for (method, block), image in zip(kinds, images):
            print("\n%s, blocks of %s: %d MiB packed, %d rounds by turns" %
                  (method, block, os.path.getsize(image) >> 20, options.rounds),
                  flush=True)
            results.append({"comp": method, "block": block, "rounds":
                            options.rounds, "size": options.size,
                            **bench_image(load, image, options, servers,
                                          method)})
    if options.json:
        with open(options.json, "w", encoding="ascii") as out:
            json.dump(results, out, indent=1)


if __name__ == "__main__":
    main()
