"""server_death.py CH_RUN IMAGE: kill the image server while a container starts.

Prints "status 84" when the start failed for it and said so, else what happened.

SPDX-License-Identifier: MIT
"""

import os
import re
import signal
import subprocess
import sys

ROUNDS = 50  # the start may be over before the server is killed


def start(ch_run, image):
    """The status and the last line of a start whose server was killed."""
    binds = [f"-b/etc/passwd:/data/small/{n}" for n in range(1, 201)]
    process = subprocess.Popen(
        [ch_run, "-v", *binds, image, "--", "true"],
        stderr=subprocess.PIPE, text=True)
    lines = []
    for line in process.stderr:
        lines.append(line)
        server = re.search(r"image server: pid (\d+)", line)
        if server:
            os.kill(int(server[1]), signal.SIGKILL)
    return process.wait(), lines[-1].strip()


def main():
    ch_run, image = sys.argv[1:]
    seen = set()
    for _ in range(ROUNDS):
        status, line = start(ch_run, image)
        if status == 84 and "error: the image server has died: " in line:
            print("status 84")
            return
        seen.add((status, line))
    print(seen)


main()
