"""pipes.py CH_RUN IMAGE: who reads from the job's pipes sees their end.

The command gets two pipes, its output and a further one, and leaves a daemon
behind that has closed both. The server lives as long as the daemon; were it to
hold a pipe, whoever waits for the end of the job's output would wait too.
SPDX-License-Identifier: MIT
"""

import fcntl
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
    # 7 may be any of these already; all others close on exec.
    extra, output = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 20)
                     for fd in (extra, output))
    child = subprocess.Popen(
        [sys.argv[1], sys.argv[2], "--", "sh", "-c", SCRIPT],
        stdout=output_in, stderr=output_in, close_fds=False,
        preexec_fn=lambda: os.dup2(extra_in, 7))
    os.close(output_in)
    os.close(extra_in)
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
