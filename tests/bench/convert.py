"""convert.py ROUNDS CH-CONVERT DIR SCRATCH: a directory to SquashFS, by ch-convert and
by mksquashfs, by turns: time, CPU, peak memory and size as ratios.

Levels are the same but for gzip, where libdeflate's are not zlib's: each takes
its own choice.
SPDX-License-Identifier: MIT
"""

import os
import statistics
import sys
import time

ROUNDS = int(sys.argv[1])
CONVERT, TREE, SCRATCH = sys.argv[2:5]
# method, level
CASES = (("gzip", None), ("zstd", 3), ("zstd", 15), ("lz4", None),
         ("xz", None))
SLOW = ("xz", 15)  # once is enough, their spread is small


def measure(command):
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execvp(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed")
    return (time.monotonic() - start, usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss / 1024)


def median(runs):
    return [statistics.median(column) for column in zip(*runs)]


def compare(method, level):
    ours = os.path.join(SCRATCH, "ours.sqfs")
    theirs = os.path.join(SCRATCH, "theirs.sqfs")
    codec = method if level is None else f"{method}:{level}"
    convert = [CONVERT, "-q", "--owner", "keep", "--compress", codec, TREE, ours]
    make = ["mksquashfs", TREE, theirs, "-noappend", "-no-progress", "-quiet",
            "-comp", method]
    if level is not None:
        make += ["-Xcompression-level", str(level)]
    runs = [], []
    rounds = 1 if method in SLOW or level in SLOW else ROUNDS
    for _ in range(rounds):
        runs[0].append(measure(make))
        runs[1].append(measure(convert))
    base, mine = median(runs[0]), median(runs[1])
    size = os.path.getsize(ours) / os.path.getsize(theirs)
    print(f"{codec:8} {mine[0] / base[0]:6.2f} {mine[1] / base[1]:6.2f} "
          f"{size:6.3f} {base[0]:8.2f} {base[2]:8.0f} {mine[2]:8.0f}", flush=True)


print("         time    CPU   size  seconds   MB mksquashfs and ch-convert")
for case in CASES:
    compare(*case)
