"""pipes.py CH_RUN IMAGE: who reads from the job's pipes sees their end.

The command gets two pipes, its output and a further one, and leaves a daemon
behind that has closed both. The server lives as long as the daemon; were it to
hold a pipe, whoever waits for the end of the job's output would wait too.
SPDX-License-Identifier: MIT
"""

import os
import select
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import procs  # noqa: E402

DEADLINE = 20
SCRIPT = "sleep 1000 </dev/null >/dev/null 2>&1 7>&- & exit 0"


def ended(fd):
    """Has the pipe ended within the deadline?"""
    ready, _, _ = select.select([fd], [], [], DEADLINE)
    return bool(ready) and os.read(fd, 1) == b""


def main():
    procs.become_reaper()
    output, output_in = os.pipe()
    extra, extra_in = os.pipe()
    keep = os.dup2(extra_in, 7, inheritable=True)
    os.close(extra_in)
    child = subprocess.Popen(
        [sys.argv[1], sys.argv[2], "--", "sh", "-c", SCRIPT],
        stdout=output_in, stderr=output_in, pass_fds=[7])
    os.close(output_in)
    os.close(keep)
    child.wait()
    good = ended(output) and ended(extra)
    alive = procs.descendants()
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    if not alive:
        return "nothing was left to look at"
    if not good:
        return "a pipe is still held"
    print("end of file while the daemon lives")
    return 0


if __name__ == "__main__":
    sys.exit(main())
