"""convert.py MODE CH_CONVERT FOLDER: sudden death of ch-convert.

MODE is kill (SIGKILL) or int (SIGINT, as Ctrl-C sends it). Each round converts
one of two trees to one of the formats below, where the other's image is, or
nothing, and ends the conversion at a random moment. Then there is the old image
or the new, complete to the byte; beside it only an orphan by its name, which
the next conversion removes, and after SIGINT not even that. At the end
"--clean" leaves nothing but images.
steps: each system call of the last phase is the last one that is made, by
strace.
errors: a system call, one in a round, fails with an error of the device, or of
a quota. Then there is the old image and a line about it, or, if the call did
not matter, the new one.
CH_ROUNDS is the number of rounds, CH_SEED repeats a run. FOLDER is a new one.
SPDX-License-Identifier: MIT
"""

import hashlib
import os
import random
import re
import shutil
import signal
import stat
import subprocess
import sys
import time

ROUNDS = int(os.environ.get("CH_ROUNDS", "20"))
SEED = int(os.environ.get("CH_SEED", str(time.time_ns() % 1000000)))
DEADLINE = 600  # of a hang, however busy the machine
ORPHAN = re.compile(r"^\.(.+)\.part-[0-9]+(\.[0-9]+)?$")
# What is written, by name, and how ch-convert is told so.
WRITERS = (
    ("image", "dir:"), ("image.sqfs", ""), ("image.tar", ""),
    ("image.tar.gz", ""), ("image.tar.zst", ""), ("image.tar.xz", ""),
    ("image.tar.lz4", ""), ("zstd.sqfs", "--compress=zstd"),
    ("layout", "oci:"), ("layout.oci", "oci-archive:"),
    ("layout.docker", "docker-archive:"), ("bundle", "bundle:"),
)
# Those of the last phase; each may be the last that is made.
STEPS = ("fsync", "syncfs", "renameat", "renameat2", "unlinkat", "close",
         "exit_group")
STEPS_MOST = 3  # of a kind
# Those that fail.
CALLS = ("read", "pread64", "getdents64", "write", "writev", "pwrite64",
         "pwritev", "ftruncate", "fallocate", "fsync", "syncfs", "renameat",
         "renameat2", "mkdirat", "linkat", "symlinkat", "utimensat", "fchmod",
         "fchmodat", "openat", "newfstatat", "fstat", "copy_file_range")
ERRORS = ("EIO", "EDQUOT")


def make_tree(top, seed):
    """Some of everything; two seeds make trees that differ in all files."""
    random.seed(seed)
    for folder in ("bin", "dev", "usr", "usr/lib", "data"):
        os.mkdir(os.path.join(top, folder))
    for number in range(60):
        with open("%s/usr/lib/file-%d" % (top, number), "wb") as file:
            file.write(random.randbytes(random.randrange(20000)))
            file.write(b"x" * random.randrange(20000))
    with open(top + "/data/large", "wb") as file:
        file.write(random.randbytes(3 << 20))
        file.seek(8 << 20)
        file.write(b"end")
    os.link(top + "/data/large", top + "/data/second")
    os.symlink("large", top + "/data/link")
    os.mkdir(top + "/usr/private", 0o700)


def digest(path):
    """Of a file or a tree, but for times: a bundle is as old as it is. None if
    there is none."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    state = hashlib.sha256(b"%o " % status.st_mode)
    if stat.S_ISLNK(status.st_mode):
        state.update(os.fsencode(os.readlink(path)))
    elif stat.S_ISREG(status.st_mode):
        with open(path, "rb") as file:
            state.update(file.read())
    elif stat.S_ISDIR(status.st_mode):
        for name in sorted(os.listdir(path)):
            state.update(name.encode() + b"\0")
            state.update(digest(os.path.join(path, name)))
    return state.digest()


def reset_sigint():
    # a shell's background jobs ignore it
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Conversions:
    """In a folder of their own, from a tar archive of either tree; where the
    output is such an archive too, from the tree."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.trees = {}
        self.expected = {}
        self.seconds = {}
        os.environ["SOURCE_DATE_EPOCH"] = "1000000000"
        for name in "one", "two":
            tree = os.path.join(folder, name)
            os.mkdir(tree)
            make_tree(tree, name)
            self.trees[name] = tree
            subprocess.run([program, "-q", tree, tree + ".tar.gz"], check=True,
                           timeout=DEADLINE)
        self.out = os.path.join(folder, "out")
        os.mkdir(self.out)
        for writer in WRITERS:
            self.measure(writer)

    def command(self, writer, name):
        output, how = writer
        tree = self.trees[name]
        words = [self.program, "-q"]
        prefix = how if how.endswith(":") else ""
        if how and not prefix:
            words.append(how)
        source = tree if ".tar" in output else tree + ".tar.gz"
        return words + [source, prefix + os.path.join(self.out, output)]

    def measure(self, writer):
        for name in self.trees:
            began = time.monotonic()
            subprocess.run(self.command(writer, name), check=True,
                           timeout=DEADLINE)
            self.seconds[writer] = time.monotonic() - began
            self.expected[writer, name] = digest(self.path(writer))
        if len({self.expected[writer, name] for name in self.trees}) != 2:
            raise SystemExit("%s: two trees, one image" % writer[0])

    def path(self, writer):
        return os.path.join(self.out, writer[0])

    def prepare(self, writer):
        """Now and then nothing is there. What is there, and the other tree."""
        if random.random() < 0.2:
            if os.path.isdir(self.path(writer)):
                shutil.rmtree(self.path(writer))
            elif os.path.exists(self.path(writer)):
                os.remove(self.path(writer))
        before = digest(self.path(writer))
        name = random.choice(("one", "two"))
        if before == self.expected[writer, name]:
            name = "two" if name == "one" else "one"
        return before, name

    def trouble(self, writer, name, before, orphans):
        """What is not as it should be, or None."""
        now = digest(self.path(writer))
        if now not in (before, self.expected[writer, name]):
            return "%s is neither the old image nor the new" % writer[0]
        names = {output for output, _ in WRITERS}
        for found in os.listdir(self.out):
            orphan = ORPHAN.match(found)
            if found in names:
                continue
            if orphan is None or orphan.group(1) not in names:
                return "left: %s" % found
            if not orphans:
                return "left by what ended in order: %s" % found
            if orphan.group(1) != writer[0]:
                return "not removed by the one that came next: %s" % found
        return None

    def left_orphans(self, writer):
        return [found for found in os.listdir(self.out)
                if ORPHAN.match(found)
                and ORPHAN.match(found).group(1) == writer[0]]


def end(process, number):
    process.send_signal(number)
    try:
        return process.wait(DEADLINE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def one_round(conversions, writer, number):
    before, name = conversions.prepare(writer)
    longest = conversions.seconds[writer] * random.choice((0.2, 1.0, 1.3))
    delay = random.uniform(0, longest)
    process = subprocess.Popen(
        conversions.command(writer, name), stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE, preexec_fn=reset_sigint)
    time.sleep(delay)
    status = end(process, number)
    text = process.stderr.read().decode(errors="replace")
    process.stderr.close()
    what = "%s after %.4f s of %s" % (signal.Signals(number).name, delay,
                                      writer[0])
    if status is None:
        return what + ": hangs"
    if status not in (0, -number) or len(text.splitlines()) > 1:
        return "%s: status %d, %s" % (what, status, text)
    trouble = conversions.trouble(writer, name, before,
                                  number == signal.SIGKILL)
    if trouble is None and status == 0 and \
            digest(conversions.path(writer)) == before:
        trouble = "said to be done, but it is the old image"
    return "%s: %s" % (what, trouble) if trouble else clear(conversions, writer,
                                                            name)


def clear(conversions, writer, name):
    """The next conversion removes the orphan."""
    if not conversions.left_orphans(writer):
        return None
    subprocess.run(conversions.command(writer, name), check=True,
                   timeout=DEADLINE)
    return conversions.trouble(writer, name, None, False)


def rounds(conversions, number):
    for count in range(ROUNDS):
        trouble = one_round(conversions, WRITERS[count % len(WRITERS)], number)
        if trouble:
            return "round %d: %s" % (count, trouble)
    return None


def one_step(conversions, writer, call, count):
    """The trouble, and whether there was such a call."""
    before, name = conversions.prepare(writer)
    process = subprocess.run(
        ["strace", "-f", "-o", "/dev/null", "-e", "trace=" + call, "-e",
         "inject=%s:signal=KILL:when=%d" % (call, count)]
        + conversions.command(writer, name), stderr=subprocess.DEVNULL,
        timeout=DEADLINE, check=False)
    trouble = conversions.trouble(writer, name, before, True)
    if trouble is None:
        trouble = clear(conversions, writer, name)
    if trouble:
        trouble = "killed at %s %d of %s: %s" % (call, count, writer[0],
                                                 trouble)
    return trouble, process.returncode != 0


def steps(conversions):
    for writer in WRITERS[:3]:
        for call in STEPS:
            there = True
            count = 0
            while there and count < STEPS_MOST:
                count += 1
                trouble, there = one_step(conversions, writer, call, count)
                if trouble:
                    return trouble
    return None


def count_calls(conversions, writer):
    """How often each of CALLS is made."""
    _, name = conversions.prepare(writer)
    log = os.path.join(conversions.folder, "calls")
    subprocess.run(["strace", "-f", "-qq", "-o", log, "-e",
                    "trace=" + ",".join("?" + call for call in CALLS)]
                   + conversions.command(writer, name), check=True,
                   timeout=DEADLINE)
    counts = dict.fromkeys(CALLS, 0)
    with open(log, errors="replace") as lines:
        for line in lines:
            call = line.split(None, 1)[1].split("(")[0]
            if call in counts:
                counts[call] += 1
    return {call: count for call, count in counts.items() if count}


def one_error(conversions, writer, call, when, error):
    """The trouble, or None."""
    before, name = conversions.prepare(writer)
    process = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
         "inject=%s:error=%s:when=%d" % (call, error, when)]
        + conversions.command(writer, name), stderr=subprocess.PIPE,
        timeout=DEADLINE, check=False)
    text = process.stderr.decode(errors="replace")
    what = "%s of %s %d of %s: " % (error, call, when, writer[0])
    done = process.returncode == 0
    if not done and (process.returncode != 1 or len(text.splitlines()) != 1):
        return what + "status %d, %s" % (process.returncode, text)
    # the old image may be what could not be read to be removed
    trouble = conversions.trouble(writer, name, before, done)
    expected = conversions.expected[writer, name] if done else before
    if trouble is None and digest(conversions.path(writer)) != expected:
        trouble = "status %d, but another image" % process.returncode
    return what + trouble if trouble else clear(conversions, writer, name)


def errors(conversions):
    counts = {}
    for count in range(ROUNDS):
        writer = WRITERS[count % len(WRITERS)]
        if writer not in counts:
            counts[writer] = count_calls(conversions, writer)
        call = random.choice(list(counts[writer]))
        most = counts[writer][call]
        when = random.choice((1, most, random.randint(1, most)))
        trouble = one_error(conversions, writer, call, when,
                            random.choice(ERRORS))
        if trouble:
            return "round %d: %s" % (count, trouble)
    return None


def clean(conversions):
    """Orphans of all outputs; one of another's may be any file of that name."""
    for output, _ in WRITERS:
        os.mkdir("%s/.%s.part-1" % (conversions.out, output))
    subprocess.run([conversions.program, "-q", "--clean", conversions.out],
                   check=True, timeout=DEADLINE)
    left = set(os.listdir(conversions.out)) - {name for name, _ in WRITERS}
    return "left by --clean: %s" % left if left else None


def main():
    mode, program, folder = sys.argv[1:]
    print("%d rounds, CH_SEED=%d" % (ROUNDS, SEED))
    conversions = Conversions(program, folder)
    random.seed(SEED)
    if mode in ("steps", "errors"):
        trouble = {"steps": steps, "errors": errors}[mode](conversions)
    else:
        trouble = rounds(conversions, {"kill": signal.SIGKILL,
                                       "int": signal.SIGINT}[mode])
    trouble = trouble or clean(conversions)
    if trouble:
        print(trouble)
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main())
