"""codecs.py CH-CONVERT SCRATCH: what to compress images with (doc/convert.md).

Of each codec, level and size of blocks: how large a tree of as many small as
large files comes to be, the CPU seconds that making it takes, and those of
reading all of it, by ch-convert --verify: blocks are unpacked, and nothing
else. The image is in memory, so that no storage is measured; what storage adds
is told by the size, for two of them. Images are read by turns.

CH_CODECS_SIZE (100): megabytes of small files, and of large ones.
CH_CODECS_ROUNDS (5): how often each is read.
SPDX-License-Identifier: MIT
"""

import os
import shutil
import statistics
import subprocess
import sys
import time

CONVERT, SCRATCH = sys.argv[1:]
SIZE = int(os.environ.get("CH_CODECS_SIZE", "100")) * 1000 * 1000
ROUNDS = int(os.environ.get("CH_CODECS_ROUNDS", "5"))
CODECS = ("lz4", "lz4:12", "zstd:3", "zstd:9", "zstd:15", "zstd:19", "gzip",
          "xz")
BLOCKS = ("128K", "1M")
STORAGE = (200, 2000)  # MB/s: a file system that many use; a disk of one's own


def copy_files(root):
    for least, most in ((1, 64 << 10), (8 << 20, SIZE)):
        left = SIZE
        for top, dirs, names in os.walk("/usr/lib"):
            dirs.sort()
            for path in (os.path.join(top, name) for name in sorted(names)):
                size = os.lstat(path).st_size
                if os.path.islink(path) or not least <= size <= min(most, left):
                    continue
                os.makedirs(os.path.dirname(root + path), exist_ok=True)
                shutil.copy2(path, root + path)
                left -= size


def measure(*options):
    """Seconds, and seconds of CPU."""
    before, start = os.times(), time.monotonic()
    subprocess.run([CONVERT, "-q", *options], check=True)
    after = os.times()
    return (time.monotonic() - start,
            after.children_user + after.children_system -
            before.children_user - before.children_system)


def make(source, codec, block):
    path = os.path.join(SCRATCH, f"{codec}-{block}.sqfs")
    return path, measure("--owner", "keep", "--compress", codec,
                         "--block-size", block, source, path)[1]


def main():
    source = os.path.join(SCRATCH, "tree")
    copy_files(source)
    made = {(codec, block): make(source, codec, block)
            for codec in CODECS for block in BLOCKS}
    runs = {key: [] for key in made}
    for _ in range(ROUNDS):
        for key, (path, _) in made.items():
            runs[key].append(measure("--verify", path))
    print("                 MB   made    read    CPU" +
          "".join(f"  {speed} MB/s" for speed in STORAGE))
    for (codec, block), (path, seconds) in made.items():
        megabytes = os.path.getsize(path) / 1e6
        wall, cpu = (statistics.median(c) for c in zip(*runs[codec, block]))
        print(f"{codec:8} {block:>4} {megabytes:6.1f} {seconds:6.1f} "
              f"{wall:7.3f} {cpu:6.3f}" +
              "".join(f" {wall + megabytes / speed:9.2f}"
                      for speed in STORAGE))


if __name__ == "__main__":
    main()
