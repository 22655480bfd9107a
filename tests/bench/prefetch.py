"""prefetch.py BUILD DELAY WORK [ROUNDS]: the start of a Python program that
imports 300 modules, from an image on storage where each read takes 1 or 5 ms
longer.

The image is the usual one, or laid out in the order in which a first run has
read its files (--record, --sort); started as it is, or with these files fetched
at once (--prefetch). Storage and container are made anew for each start, so that
nothing is cached. Variants run by turns; figures are medians, in milliseconds,
and the ratio to the first. Needs root, who starts as an ordinary user.
SPDX-License-Identifier: MIT
"""

import glob
import os
import shutil
import statistics
import subprocess
import sys
import time

LATENCIES = (0, 1, 5)  # milliseconds
USER = ["setpriv", "--reuid=chtest", "--regid=chtest", "--init-groups"]
PYTHON = os.path.realpath(sys.executable)
COMMAND = [PYTHON, "-B", "/imports.py"]


def libraries(program):
    out = subprocess.run(["ldd", program], capture_output=True, text=True)
    return {word for word in out.stdout.split() if word.startswith("/")}


def copy_in(root, path):
    to = root + path
    if not os.path.exists(to):
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shutil.copy(path, to)


def make_tree(root, script):
    library = os.path.dirname(os.__file__)
    shutil.copytree(library, root + library, symlinks=True,
                    ignore=shutil.ignore_patterns("test", "dist-packages"))
    programs = [PYTHON] + glob.glob(library + "/lib-dynload/*.so")
    for path in set().union({PYTHON}, *map(libraries, programs)):
        copy_in(root, path)
    for name in ("bin", "dev", "proc", "sys", "tmp", "etc", "root", "mnt"):
        os.makedirs(f"{root}/{name}", exist_ok=True)
    for name in ("passwd", "group", "hosts", "resolv.conf"):
        open(f"{root}/etc/{name}", "w").close()
    shutil.copy(script, root + "/imports.py")


class Slow:
    """Storage that has the image, as long as the block lasts."""

    def __init__(self, delay, folder, image, latency):
        self.command = [delay, folder, image, str(latency * 1000)]
        self.folder = folder

    def __enter__(self):
        self.server = subprocess.Popen(self.command)
        while not os.path.ismount(self.folder):
            if self.server.poll() is not None:
                sys.exit("the slow storage can't be mounted")
            time.sleep(0.01)
        return self.folder + "/image"

    def __exit__(self, *_):
        # the server of the image lets go of it a moment after its last process
        while subprocess.run(["umount", self.folder],
                             stderr=subprocess.DEVNULL).returncode:
            time.sleep(0.01)
        self.server.wait()


class Kernel:
    """A mount of the kernel's own, for comparison."""

    def __init__(self, folder, image):
        self.folder, self.image = folder, image

    def __enter__(self):
        subprocess.run(["mount", "-t", "squashfs", "-o", "loop,ro",
                        self.image, self.folder], check=True)
        return self.folder

    def __exit__(self, *_):
        subprocess.run(["umount", self.folder], check=True)


def timed(command):
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return seconds * 1000, done.stdout.strip()


def measure(setting, image, latency, options):
    with Slow(setting["delay"], setting["slow"], image, latency) as path:
        if options is not None:
            return timed([*USER, setting["run"], *options, path, "--",
                          *COMMAND])[0]
        start = time.monotonic()
        with Kernel(setting["kernel"], path) as root:
            timed(["chroot", root, *COMMAND])
            return (time.monotonic() - start) * 1000


def prepare(build, work):
    """The two images, and the list."""
    root, plain = work + "/python", work + "/plain.sqfs"
    wish, ordered = work + "/list/recorded", work + "/sorted.sqfs"
    make_tree(root, os.path.join(os.path.dirname(__file__), "imports.py"))
    os.mkdir(work + "/list")
    os.chmod(work + "/list", 0o777)
    convert = build + "/ch-convert"
    subprocess.run([convert, "-q", root, plain], check=True)
    modules = timed([*USER, build + "/ch-run", "--record", wish, plain, "--",
                     *COMMAND])[1]
    subprocess.run([convert, "-q", "--sort", wish, plain, ordered], check=True)
    with open(wish) as lines:
        print(f"{modules} modules, {sum(1 for _ in lines)} files read,"
              f" image of {os.path.getsize(plain) >> 20} MiB")
    return plain, ordered, wish


def main():
    build, delay, work = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 7
    setting = {"delay": delay, "slow": work + "/slow",
               "kernel": work + "/kernel", "run": build + "/ch-run"}
    os.mkdir(setting["slow"])
    os.mkdir(setting["kernel"])
    plain, ordered, wish = prepare(build, work)
    variants = [("as it is", plain, []),
                ("--prefetch", plain, ["--prefetch", wish]),
                ("--sort", ordered, []),
                ("--sort, --prefetch", ordered, ["--prefetch", wish]),
                ("kernel's mount", plain, None),
                ("kernel's mount, --sort", ordered, None)]
    print(f"{'ms (ratio)':24}", *(f"{f'+{n} ms a read':>18}"
                                  for n in LATENCIES))
    times = {(name, n): [] for name, _, _ in variants for n in LATENCIES}
    for _ in range(rounds):
        for latency in LATENCIES:
            for name, image, options in variants:
                times[name, latency].append(
                    measure(setting, image, latency, options))
    for name, _, _ in variants:
        cells = []
        for latency in LATENCIES:
            one = statistics.median(times[name, latency])
            first = statistics.median(times[variants[0][0], latency])
            cells.append(f"{f'{one:.0f} ({one / first:.2f})':>18}")
        print(f"{name:24}", *cells)


if __name__ == "__main__":
    main()
