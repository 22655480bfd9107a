"""tree.py ROUNDS WALK IMAGE SERVER...: whole-tree work, against the kernel.

Each round mounts the image by the kernel (loop device) and by each SERVER
(ch-mount, squashfuse_ll) in turn, and stats and reads all files: cold (caches
dropped, fresh mount) and warm (the same again). Prints medians of wall and of
CPU time (client and server; the kernel's decompression counts as the client's)
as ratios to the kernel's. Needs root.
SPDX-License-Identifier: MIT
"""

import glob
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import procs  # noqa: E402

WORK = (("stat", "-s"), ("read", "-r"))
DEADLINE = 20


def drop_caches():
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as out:
        out.write("3")


def server_seconds():
    """CPU time so far of all that runs below us."""
    total = 0
    for pid in procs.descendants():
        for path in glob.glob("/proc/%d/task/*/schedstat" % pid):
            try:
                with open(path, encoding="ascii") as stat:
                    total += int(stat.read().split()[0])
            except OSError:
                pass  # the thread ended
    return total / 1e9


def server_peak():
    """Peak memory of the servers, KiB."""
    peak = 0
    for pid in procs.descendants():
        try:
            with open("/proc/%d/status" % pid, encoding="ascii") as status:
                lines = dict(line.split(":", 1) for line in status)
        except OSError:
            continue
        peak += int(lines.get("VmHWM", "0 kB").split()[0])
    return peak


class Mount:
    """The image at a mount point, by the kernel or by a server."""

    def __init__(self, server, image, point, *options):
        self.point = point
        device = os.stat(point).st_dev
        if server == "kernel":
            command = ["mount", "-o", "loop,ro", image, point]
        else:
            command = [server, *options, image, point]
        subprocess.run(command, check=True)
        if not procs.wait_for(lambda: os.stat(point).st_dev != device, DEADLINE):
            raise SystemExit("%s: not mounted" % server)

    def end(self):
        subprocess.run(["umount", self.point], check=True)

        def gone():
            procs.reap()
            return not procs.descendants()

        procs.wait_for(gone, DEADLINE)


def measure(walk, option, point):
    """(wall, CPU) seconds of one walk."""
    before = server_seconds()
    began = time.monotonic()
    pid = os.posix_spawn(walk, [walk, option, point], os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - began
    if status != 0:
        raise SystemExit("walk failed: wait status %d" % status)
    cpu = usage.ru_utime + usage.ru_stime + server_seconds() - before
    return wall, cpu


def one_round(server, walk, image, point, results, peaks):
    for name, option in WORK:
        drop_caches()
        mount = Mount(server, image, point)
        for heat in ("cold", "warm"):
            key = (name + ", " + heat, server)
            results.setdefault(key, []).append(measure(walk, option, point))
        peaks[server] = max(peaks.get(server, 0), server_peak())
        mount.end()


def print_table(servers, results):
    print("%-12s %-14s %8s %10s %17s %8s" %
          ("", "", "x wall", "s", "min .. max", "x CPU"))
    for kind in [kind for kind, server in results if server == "kernel"]:
        base = [statistics.median(column)
                for column in zip(*results[kind, "kernel"])]
        for server in servers:
            wall, cpu = zip(*results[kind, server])
            print("%-12s %-14s %8.2f %10.3f %7.3f .. %6.3f %8.2f" % (
                kind, os.path.basename(server),
                statistics.median(wall) / base[0], statistics.median(wall),
                min(wall), max(wall), statistics.median(cpu) / base[1]))


def main():
    rounds, walk, image = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    servers = ["kernel"] + sys.argv[4:]
    procs.become_reaper()
    results, peaks = {}, {}
    with tempfile.TemporaryDirectory() as point:
        for _ in range(rounds):
            for server in servers:
                one_round(server, walk, image, point, results, peaks)
    print_table(servers, results)
    for server in servers[1:]:
        print("peak memory  %-14s %d KiB" % (os.path.basename(server),
                                             peaks[server]))


if __name__ == "__main__":
    main()
