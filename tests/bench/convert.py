"""convert.py CH-CONVERT SCRATCH: images made of directories and archives, by
ch-convert and by the tools that people use for it, by turns.

A line gives medians of ratios, ch-convert to the peer: time with its spread
over the rounds, CPU, size of what was written; then seconds and megabytes of
memory of both, the largest process of each. Levels are the same but for gzip,
where libdeflate's are not zlib's: each takes its own choice.

CH_CONVERT_SIZE (200): megabytes of small files, and of large ones.
CH_CONVERT_ROUNDS (5): how often. CH_CONVERT_ONLY: a regular expression of the
lines that are wanted.
SPDX-License-Identifier: MIT
"""

import gzip
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

CONVERT, SCRATCH = sys.argv[1:]
SIZE = int(os.environ.get("CH_CONVERT_SIZE", "200")) * 1000 * 1000
ROUNDS = int(os.environ.get("CH_CONVERT_ROUNDS", "5"))
ONLY = re.compile(os.environ.get("CH_CONVERT_ONLY", ""))
SLOW = 8  # seconds: what takes longer is measured once less for each


def made(name):
    return os.path.join(SCRATCH, name)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def measure(command):
    """Seconds, seconds of CPU, megabytes; None when it fails."""
    for output in "ours", "theirs", "bundle":
        remove(made(output))
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        if "CH_CONVERT_LOUD" not in os.environ:
            os.dup2(null, 2)
        os.execvp("sh", ["sh", "-c", command])
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        return None
    return (time.monotonic() - start, usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss / 1024)


def size_of(path):
    if not os.path.isfile(path):
        return None
    return os.path.getsize(path)


def run_pairs(ours, theirs):
    """By turns, each beginning as often as the other."""
    runs, sizes, count = ([], []), [None, None], ROUNDS
    while len(runs[0]) < count:
        order = (0, 1) if len(runs[0]) % 2 else (1, 0)
        for which in order:
            command = (ours, theirs)[which]
            run = measure(command)
            if run is None:
                return which, None
            runs[which].append(run)
            sizes[which] = size_of(made(("ours", "theirs")[which]))
        if runs[1][-1][0] > SLOW:
            count = max(1, ROUNDS // 3)
    return runs, sizes


def compare(name, goal, ours, theirs, needs=()):
    if not ONLY.search(name):
        return
    missing = [tool for tool in needs if shutil.which(tool) is None]
    if missing:
        print(f"{name:28} left out: {', '.join(missing)} is not installed")
        return
    runs, sizes = run_pairs(ours, theirs)
    if sizes is None:
        who = ("ch-convert", "the peer")[runs]
        print(f"{name:28} left out: {who} can't do it here", flush=True)
        return
    ratios = [[a / b for a, b in zip(mine, base)]
              for mine, base in zip(*runs)]
    wall = [ratio[0] for ratio in ratios]
    middle = statistics.median(wall)
    cpu = statistics.median(ratio[1] for ratio in ratios)
    size = f"{sizes[0] / sizes[1]:6.3f}" if None not in sizes else "     -"
    mine, base = ([statistics.median(c) for c in zip(*r)] for r in runs)
    print(f"{name:28} {middle:5.2f} {min(wall):5.2f}-{max(wall):4.2f} "
          f"{goal:5.2f} {'yes' if middle <= goal else 'NO':3} {cpu:5.2f} "
          f"{size} {mine[0]:7.2f} {base[0]:7.2f} "
          f"{mine[2]:6.0f} {base[2]:6.0f}", flush=True)


# --- what is read

def copy_files(root, least, most):
    """This machine's files of such a size, in the order of their paths."""
    if os.path.isdir(root):
        return
    left, count = SIZE, 0
    for top, dirs, names in os.walk("/usr/lib"):
        dirs.sort()
        for path in (os.path.join(top, name) for name in sorted(names)):
            size = os.lstat(path).st_size
            if os.path.islink(path) or not least <= size <= min(most, left):
                continue
            to = root + path
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copy2(path, to)
            left, count = left - size, count + 1
    print(f"{os.path.basename(root)}: {(SIZE - left) / 1e6:.0f} MB in {count} "
          "files", flush=True)


def blob(layout, data):
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(layout, "blobs/sha256", digest), "wb") as file:
        file.write(data)
    return {"digest": "sha256:" + digest, "size": len(data)}


def make_layout(tree, layout):
    """An OCI image layout of two layers, each of half of the tree's files."""
    os.makedirs(os.path.join(layout, "blobs/sha256"))
    paths = subprocess.run(["find", ".", "-type", "f"], cwd=tree, check=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    half = sorted(paths)[len(paths) // 2]
    layers, unpacked = [], []
    for part in ([p for p in paths if p < half], [p for p in paths if p >= half]):
        tar = subprocess.run(["tar", "-c", "-T", "-"], cwd=tree, check=True,
                             input=b"\n".join(sorted(part)),
                             stdout=subprocess.PIPE).stdout
        unpacked.append("sha256:" + hashlib.sha256(tar).hexdigest())
        layers.append({"mediaType": "application/vnd.oci.image.layer.v1"
                                    ".tar+gzip",
                       **blob(layout, gzip.compress(tar, 6, mtime=0))})
    config = blob(layout, json.dumps({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": unpacked}}).encode())
    manifest = blob(layout, json.dumps({
        "schemaVersion": 2, "layers": layers,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   **config}}).encode())
    index = {"schemaVersion": 2, "manifests": [
        {"mediaType": "application/vnd.oci.image.manifest.v1+json",
         "annotations": {"org.opencontainers.image.ref.name": "bench"},
         **manifest}]}
    with open(os.path.join(layout, "index.json"), "w") as file:
        json.dump(index, file)
    with open(os.path.join(layout, "oci-layout"), "w") as file:
        json.dump({"imageLayoutVersion": "1.0.0"}, file)


def prepare(tree):
    for name in "in.tar.gz", "layout", "gzip.sqfs", "zstd.sqfs":
        remove(made(name))
    subprocess.run(f"tar -C {tree} -c . | gzip -6 >{made('in.tar.gz')}",
                   shell=True, check=True)
    make_layout(tree, made("layout"))
    for method in "gzip", "zstd":
        if shutil.which("mksquashfs"):
            subprocess.run(["mksquashfs", tree, made(method + ".sqfs"),
                            "-quiet", "-no-progress", "-comp", method],
                           check=True, stdout=subprocess.DEVNULL)


# --- what is compared

MKSQUASHFS = "mksquashfs {} {} -noappend -no-progress -quiet -comp {}"
CODECS = (  # as ch-convert has it, as the others have it, goal
    ("gzip", "gzip", "gzip", 0.4),
    ("zstd:3", "zstd -Xcompression-level 3", "zstd -X level=3", None),
    ("zstd:15", "zstd -Xcompression-level 15", "zstd -X level=15", None),
    ("lz4", "lz4", "lz4", 1.0),
    ("xz", "xz", "xz", 1.0),
)


def compare_tree(tree):
    kind = os.path.basename(tree)
    ours, theirs, bundle = made("ours"), made("theirs"), made("bundle")
    convert = CONVERT + " -q --owner keep "
    tar, layout = made("in.tar.gz"), made("layout")

    for codec, make, pack, goal in CODECS:
        goal = goal or (0.9 if kind == "small" else 1.0)
        compare(f"{kind}: dir, {codec}", goal,
                f"{convert} --compress {codec} -o squash {tree} {ours}",
                MKSQUASHFS.format(tree, theirs, make), ["mksquashfs"])
    for codec, make, pack, _ in CODECS[:2]:
        squash = f"{convert} --compress {codec} -o squash -i tar {tar} {ours}"
        compare(f"{kind}: tar.gz, {codec}, tar2sqfs", 0.3, squash,
                f"zcat {tar} | tar2sqfs -q -f -c {pack} {theirs}",
                ["tar2sqfs"])
        compare(f"{kind}: tar.gz, {codec}, unpack", 0.5, squash,
                f"mkdir {bundle} && tar -C {bundle} -xzf {tar} && " +
                MKSQUASHFS.format(bundle, theirs, make), ["mksquashfs"])
        compare(f"{kind}: layers, {codec}, umoci", 0.4,
                f"{convert} --compress {codec} -o squash oci:{layout}:bench "
                f"{ours}",
                f"umoci unpack --image {layout}:bench {bundle} && " +
                MKSQUASHFS.format(bundle + "/rootfs", theirs, make),
                ["umoci", "mksquashfs"])
    for method in "gzip", "zstd":
        image = made(method + ".sqfs")
        compare(f"{kind}: {method} image to dir", 0.9,
                f"{convert} -o dir {image} {ours}",
                f"unsquashfs -q -n -d {theirs} {image}", ["unsquashfs"])
    compare(f"{kind}: tar.gz to dir", 0.8, f"{convert} -o dir {tar} {ours}",
            f"mkdir {theirs} && pigz -dc {tar} | tar -C {theirs} -x", ["pigz"])


print(f"{'':28} time     spread  goal       CPU   size seconds    peer"
      "     MB   peer", flush=True)
for kind, least, most in (("small", 1, 64 << 10), ("large", 8 << 20, SIZE)):
    root = made(kind)
    # A process of its own: memory that this one had would count as that of
    # the commands, which begin as copies of it.
    if os.fork() == 0:
        copy_files(root, least, most)
        prepare(root)
        os._exit(0)
    if os.wait()[1] != 0:
        sys.exit(f"can't make what is to be read of {kind} files")
    compare_tree(root)
