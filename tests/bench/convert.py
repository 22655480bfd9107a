"""convert.py CH-CONVERT SCRATCH: images made of directories and archives, by
ch-convert and by the tools that people use for it, by turns.

A line gives medians of ratios, ch-convert to the peer: time with its spread
over the rounds, CPU, size of what was written; then of both seconds, megabytes
of memory (the largest process), and megabytes written. "met" says that time is
within the goal, size within 1 % of the peer's (of gzip not above it), and
memory within 100 MiB and 1 KiB for each file. Levels are the same but for gzip,
where libdeflate's are not zlib's: each takes its own choice.

A docker archive has to be made a layout before others unpack it: the peer is
given one of the same layers, not compressed either, so its time is without that.

CH_CONVERT_SIZE (200): megabytes of small files, and of large ones.
CH_CONVERT_TREE (/usr/lib/gcc): a tree as it is.
CH_CONVERT_ROUNDS (5): how often; a third of it where the peer takes long.
CH_CONVERT_ONLY: a regular expression of the lines that are wanted.
CH_CONVERT_FIRST: if it is set, commands go before whatever else the machine
does, by turns nonetheless (SCHED_FIFO; root alone).
SPDX-License-Identifier: MIT
"""

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tarfile
import time

CONVERT, SCRATCH = sys.argv[1:]
SIZE = int(os.environ.get("CH_CONVERT_SIZE", "200")) * 1000 * 1000
ROUNDS = int(os.environ.get("CH_CONVERT_ROUNDS", "5"))
ONLY = re.compile(os.environ.get("CH_CONVERT_ONLY", ""))
TREE = os.environ.get("CH_CONVERT_TREE", "/usr/lib/gcc")
FIRST = bool(os.environ.get("CH_CONVERT_FIRST"))
SLOW, PAUSE = 8, 2  # seconds
PRIORITY = 50
LIMIT, LIMIT_FILE = 100, 1 / 1024  # MiB of memory, and for each file
verdicts = []  # (name, verdict)


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
        if FIRST:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        os.execvp("sh", ["sh", "-c", command])
    _, status, usage = os.wait4(pid, 0)
    seconds = time.monotonic() - start
    if FIRST:
        time.sleep(min(seconds, PAUSE))  # the others' turn
    if status != 0:
        return None
    return (seconds, usage.ru_utime + usage.ru_stime,
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


def judge(goal, wall, sizes, memory, files):
    """What of a line is not as it should be."""
    missed = []
    if wall > goal:
        missed.append("time")
    if None not in sizes.values and sizes.ratio > sizes.most:
        missed.append("size")
    if memory > LIMIT + files * LIMIT_FILE:
        missed.append("memory")
    return "missed: " + ", ".join(missed) if missed else "met"


class Sizes:
    """Megabytes written, by ch-convert and by the peer."""

    def __init__(self, values, most):
        self.values, self.most = values, most
        self.ratio = None if None in values else values[0] / values[1]

    def __str__(self):
        if self.ratio is None:
            return "     -       -      -"
        mine, base = (value / 1e6 for value in self.values)
        return f"{self.ratio:6.3f} {mine:7.1f} {base:6.1f}"


def compare(name, goal, ours, theirs, needs=(), files=0):
    if not ONLY.search(name):
        return
    missing = [tool for tool in needs if shutil.which(tool) is None]
    if missing:
        verdicts.append((name, "left out"))
        print(f"{name:30} left out: {', '.join(missing)} is not installed")
        return
    runs, sizes = run_pairs(ours, theirs)
    if sizes is None:
        who = ("ch-convert", "the peer")[runs]
        verdicts.append((name, "left out"))
        print(f"{name:30} left out: {who} can't do it here", flush=True)
        return
    ratios = [[a / b for a, b in zip(mine, base)]
              for mine, base in zip(*runs)]
    wall = [ratio[0] for ratio in ratios]
    middle = statistics.median(wall)
    cpu = statistics.median(ratio[1] for ratio in ratios)
    sizes = Sizes(sizes, 1 if "gzip" in name else 1.01)
    mine, base = ([statistics.median(c) for c in zip(*r)] for r in runs)
    verdict = judge(goal, middle, sizes, mine[2], files)
    verdicts.append((name, verdict))
    print(f"{name:30} {goal:5.2f} {middle:5.2f} {min(wall):5.2f}-"
          f"{max(wall):4.2f} {cpu:5.2f} {mine[0]:7.2f} {base[0]:7.2f} "
          f"{mine[2]:5.0f} {base[2]:5.0f} {sizes}  {verdict}", flush=True)


# --- what is read

def candidates(least, most):
    """This machine's files of such a size, in the order of their paths; those
    of /usr/lib first."""
    for root in "/usr/lib", "/usr":
        for top, dirs, names in os.walk(root):
            dirs[:] = sorted(name for name in dirs
                             if root == "/usr/lib" or
                             os.path.join(top, name) != "/usr/lib")
            for path in (os.path.join(top, name) for name in sorted(names)):
                size = os.lstat(path).st_size
                if not os.path.islink(path) and least <= size <= most:
                    yield path, size


def copy_files(root, least, most):
    """So many of them. Where there are too few, they come again with a byte
    more, so that they are not the same."""
    left, count = SIZE, 0
    for turn in range(8):
        for path, size in candidates(least, most):
            if size + turn > left:
                continue
            to = os.path.join(root, "again" * turn) + path
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copy2(path, to)
            if turn > 0:
                with open(path, "rb") as file, open(to, "wb") as copy:
                    copy.write(b"\n" * turn + file.read())
            left, count = left - size - turn, count + 1
        if left < max(SIZE / 20, least):
            break
    return SIZE - left, count


def copy_tree(root, path):
    subprocess.run(["cp", "-a", path, root], check=True)
    sizes = [os.lstat(os.path.join(top, name)).st_size
             for top, _, names in os.walk(root) for name in names]
    return sum(sizes), len(sizes)


def blob(layout, data):
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(layout, "blobs/sha256", digest), "wb") as file:
        file.write(data)
    return {"digest": "sha256:" + digest, "size": len(data)}


def split_tree(tree):
    """Two tar archives, each of half of the tree's files."""
    paths = subprocess.run(["find", ".", "-type", "f"], cwd=tree, check=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    half = sorted(paths)[len(paths) // 2]
    for part in ([p for p in paths if p < half], [p for p in paths if p >= half]):
        yield subprocess.run(["tar", "-c", "-T", "-"], cwd=tree, check=True,
                             input=b"\n".join(sorted(part)),
                             stdout=subprocess.PIPE).stdout


def make_config(digests):
    return json.dumps({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": digests}}).encode()


def make_layout(tree, layout, packed):
    """An OCI image layout of two layers, compressed or not."""
    layers, digests = [], []
    os.makedirs(os.path.join(layout, "blobs/sha256"))
    for tar in split_tree(tree):
        digests.append("sha256:" + hashlib.sha256(tar).hexdigest())
        kind = "application/vnd.oci.image.layer.v1.tar"
        data = gzip.compress(tar, 6, mtime=0) if packed else tar
        layers.append({"mediaType": kind + ("+gzip" if packed else ""),
                       **blob(layout, data)})
    config = blob(layout, make_config(digests))
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


def add_member(archive, name, data):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def make_docker(tree, path):
    """The same image as "docker save" has it."""
    names, digests = [], []
    with tarfile.open(path, "w") as archive:
        for tar in split_tree(tree):
            digest = hashlib.sha256(tar).hexdigest()
            digests.append("sha256:" + digest)
            names.append(digest + "/layer.tar")
            add_member(archive, names[-1], tar)
        config = make_config(digests)
        name = hashlib.sha256(config).hexdigest() + ".json"
        add_member(archive, name, config)
        add_member(archive, "manifest.json", json.dumps([{
            "Config": name, "RepoTags": ["bench:latest"],
            "Layers": names}]).encode())


def prepare(tree):
    for name in ("in.tar.gz", "layout", "plain", "docker.tar", "gzip.sqfs",
                 "zstd.sqfs"):
        remove(made(name))
    subprocess.run(f"tar -C {tree} -c . | gzip -6 >{made('in.tar.gz')}",
                   shell=True, check=True)
    make_layout(tree, made("layout"), True)
    make_layout(tree, made("plain"), False)
    make_docker(tree, made("docker.tar"))
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


def compare_codecs(kind, tree, files):
    for codec, make, _, goal in CODECS:
        goal = goal or (0.9 if kind == "small" else 1.0)
        compare(f"{kind}: dir, {codec}", goal,
                f"{CONVERT} -q --owner keep --compress {codec} -o squash "
                f"{tree} {made('ours')}",
                MKSQUASHFS.format(tree, made("theirs"), make), ["mksquashfs"],
                files)


def compare_layers(kind, codec, make, files):
    for what, name, theirs in (("layout", f"oci:{made('layout')}:bench",
                                "layout"),
                               ("docker", f"docker-archive:{made('docker.tar')}",
                                "plain")):
        compare(f"{kind}: {what}, {codec}, umoci", 0.4,
                f"{CONVERT} -q --owner keep --compress {codec} -o squash "
                f"{name} {made('ours')}",
                f"umoci unpack --image {made(theirs)}:bench {made('bundle')} "
                "&& " + MKSQUASHFS.format(made("bundle/rootfs"),
                                          made("theirs"), make),
                ["umoci", "mksquashfs"], files)


def compare_archives(kind, files):
    ours, theirs, bundle = made("ours"), made("theirs"), made("bundle")
    tar = made("in.tar.gz")
    for codec, make, pack, _ in CODECS[:2]:
        squash = (f"{CONVERT} -q --owner keep --compress {codec} -o squash "
                  f"-i tar {tar} {ours}")
        compare(f"{kind}: tar.gz, {codec}, tar2sqfs", 0.3, squash,
                f"zcat {tar} | tar2sqfs -q -f -c {pack} {theirs}",
                ["tar2sqfs"], files)
        compare(f"{kind}: tar.gz, {codec}, unpack", 0.5, squash,
                f"mkdir {bundle} && tar -C {bundle} -xzf {tar} && " +
                MKSQUASHFS.format(bundle, theirs, make), ["mksquashfs"],
                files)
        compare_layers(kind, codec, make, files)
    for method in "gzip", "zstd":
        image = made(method + ".sqfs")
        compare(f"{kind}: {method} image to dir", 0.9,
                f"{CONVERT} -q --owner keep -o dir {image} {ours}",
                f"unsquashfs -q -n -d {theirs} {image}", ["unsquashfs"], files)
    compare(f"{kind}: tar.gz to dir", 0.8,
            f"{CONVERT} -q --owner keep -o dir {tar} {ours}",
            f"mkdir {theirs} && pigz -dc {tar} | tar -C {theirs} -x", ["pigz"],
            files)


def compare_tree(kind, fill, *arguments):
    tree = made(kind)
    # A process of its own: memory that this one had would count as that of
    # the commands, which begin as copies of it.
    if os.fork() == 0:
        size, count = fill(tree, *arguments)
        print(f"{kind}: {size / 1e6:.0f} MB in {count} files", flush=True)
        prepare(tree)
        os._exit(0)
    if os.wait()[1] != 0:
        sys.exit(f"can't make what is to be read of {kind} files")
    files = sum(len(dirs) + len(names) for _, dirs, names in os.walk(tree))
    compare_codecs(kind, tree, files)
    compare_archives(kind, files)
    remove(tree)


def main():
    print(f"{'':31} goal  time     spread   CPU seconds    peer    MB  peer"
          "   size written   peer", flush=True)
    compare_tree("small", copy_files, 1, 64 << 10)
    compare_tree("large", copy_files, 8 << 20, SIZE)
    if os.path.isdir(TREE):
        compare_tree(os.path.basename(TREE), copy_tree, TREE)
    missed = [f"{name} ({verdict})" for name, verdict in verdicts
              if verdict != "met"]
    print(f"{len(verdicts) - len(missed)} of {len(verdicts)} met" +
          (": not " + "; ".join(missed) if missed else ""))


if __name__ == "__main__":
    main()
