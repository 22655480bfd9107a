"""daemon.py CH_RUN IMAGE MD5: a daemon outlives the command that started it.

The daemon waits until the command is gone, then reads a file that nobody has
read before; when it ends, all that belonged to the container must end.
SPDX-License-Identifier: MIT
"""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import procs  # noqa: E402

SCRIPT = """
(
    while [ ! -e /mnt/0/go ]; do sleep 0.05; done
    md5sum </data/big >/mnt/0/sum.new
    mv /mnt/0/sum.new /mnt/0/sum
    while [ ! -e /mnt/0/end ]; do sleep 0.05; done
) </dev/null >/dev/null 2>&1 &
exit 7
"""
DEADLINE = 60


def main():
    ch_run, image, expected = sys.argv[1:]
    procs.become_reaper()
    with tempfile.TemporaryDirectory() as share:
        command = [ch_run, "-b", share + ":/mnt/0", image, "--", "sh", "-c"]
        code = subprocess.run(command + [SCRIPT], check=False).returncode
        if code != 7:
            return "the command: " + procs.status_text(code)
        with open(share + "/go", "w", encoding="utf-8"):
            pass
        if not procs.wait_for(lambda: os.path.exists(share + "/sum"), DEADLINE):
            return "the daemon read nothing"
        with open(share + "/sum", encoding="utf-8") as found:
            text = found.read().strip()
        if text != expected.strip():
            return "the daemon read something else: " + text
        if not procs.descendants():
            return "the daemon is gone"
        with open(share + "/end", "w", encoding="utf-8"):
            pass

        def all_ended():
            procs.reap()
            return not procs.descendants()

        if not procs.wait_for(all_ended, DEADLINE):
            left = ", ".join(map(procs.describe, procs.descendants()))
            return "still there: " + left
    print("read after the command, then all ended")
    return 0


if __name__ == "__main__":
    sys.exit(main())
