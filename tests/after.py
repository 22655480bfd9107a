"""after.py COMMAND...: run it; say how it ended and what it left behind.

The last line is "exited N, nothing left" or "killed by N, nothing left",
else there is a line for each process, mount or file that stayed.
SPDX-License-Identifier: MIT
"""

import subprocess
import sys

import procs

DEADLINE = 20  # seconds; for slow machines, a fast one does not wait


def main():
    procs.become_reaper()
    traces = procs.Traces()
    code = subprocess.run(sys.argv[1:], check=False).returncode
    clean = traces.gone_within(DEADLINE)
    sys.stdout.flush()
    if not clean:
        for line in traces.left():
            print("left:", line)
    print(procs.status_text(code) + (", nothing left" if clean else ""))
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
