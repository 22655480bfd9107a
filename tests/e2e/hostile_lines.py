"""hostile_lines.py ROUNDS FOLDER PROGRAM IMAGE...: run it with options and
values at random; say which of them made it do anything but its work, or end
with one line of error and the right status.

The options are those of PROGRAM --help, so a new one is attacked with the
others. CH_SEED repeats a run.
SPDX-License-Identifier: MIT
"""

import os
import random
import re
import subprocess
import sys

LIMIT = 60  # seconds for one run; for slow machines
ENDINGS = (0, 31, 49, 84, 87)
# They change the form of errors or are made to fail.
LEFT_OUT = {"--abort-fatal", "--color", "--test", "--warnings", "--quiet", "-q"}
VALUES = [
    "", "/", ".", "..", "//", ":", "::", ":/x", "/x:", "/mnt/0", "/etc:/mnt/0",
    "/etc:/mnt/0:ro", "/etc:/mnt/0:bogus", "/etc::", "/etc:rel", "/proc:/proc",
    "-1", "0", "1", "+1", " 1", "1 ", "0x10", "1e9", "65534", "4294967295",
    "99999999999999999999", "12%", "101%", "1k", "x", "A=b", "=", "=x", "A=",
    "\n", "\t", "a\nb", "\x1b[31m", "%s%n%s", "*", "!(A|B)", "@(", "[!", "!(",
    "$HOME", "--", "-W", "never", "é", "\udcff", "/etc:/mnt/\udcfe",
    "/dev/null", "/proc/self/mem", "/etc/passwd", "x" * 300, "x" * 5000,
    "/x" * 2000,
]
COMMANDS = [["--", "/bin/true"]] * 8 + [["--", "/no"], ["--", ""], ["-"], []]


def options(program):
    """Names of options: those that need a value, and those that do not."""
    text = subprocess.run([program, "--help"], capture_output=True, text=True,
                          check=True).stdout
    needing, free = [], []
    for names in re.findall(r"^ +(-.*?)(?:  |$)", text, re.M):
        for name, value in re.findall(r"(-[\w-]+|-\?)(=|\[)?", names):
            if name not in LEFT_OUT:
                (needing if value == "=" else free).append(name)
                if value == "[":
                    needing.append(name)
    return [n for n in needing if n.startswith("--")], free


def line(choose, names, images):
    needing, free = names
    words = []
    for _ in range(choose.randint(0, 4)):
        if choose.random() < 0.3:
            words.append(choose.choice(free))
        else:
            words.append(choose.choice(needing) + "=" + choose.choice(VALUES))
    image = choose.choice(images * 4 + ["", "/no", "/dev/null", "a/b:c"])
    return words + [image] + choose.choice(COMMANDS)


def complaint(done):
    """What is wrong with how it ended, if anything is."""
    lines = done.stderr.decode("utf8", "replace").splitlines()
    if done.returncode not in ENDINGS:
        return "status %d" % done.returncode
    if any(not one.startswith("ch-run[") for one in lines):
        return "a line that is not of ch-run"
    errors = sum("]: error: " in one for one in lines)
    if errors != (done.returncode != 0):
        return "%d errors with status %d" % (errors, done.returncode)
    return None


def main():
    rounds, folder, program, images = sys.argv[1], *sys.argv[2:4], sys.argv[4:]
    seed = int(os.environ.get("CH_SEED", "1"))
    choose = random.Random(seed)
    names = options(program)
    bad = 0
    for _ in range(int(rounds)):
        words = [program] + line(choose, names, images)
        done = subprocess.run([os.fsencode(w) for w in words], cwd=folder,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=LIMIT, check=False)
        why = complaint(done)
        if why:
            bad += 1
            print(why, [w[:60] for w in words[1:]], done.stderr[-300:])
    print("%d of %s with seed %d were odd" % (bad, rounds, seed))
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
