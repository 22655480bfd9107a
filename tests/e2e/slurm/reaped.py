"""reaped.py PID_FILE START CREATE...: a container's exit status, as conmon gets it.

The command CREATE leaves a process, whose parent this becomes; it is then started
by the words of START.
SPDX-License-Identifier: MIT
"""

import ctypes
import os
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36

ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
if subprocess.run(sys.argv[3:]).returncode != 0:
    sys.exit(99)
subprocess.run(sys.argv[2].split(), check=True)
with open(sys.argv[1]) as f:
    pid = int(f.read())
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(status if status >= 0 else 128 - status)
