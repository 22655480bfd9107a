"""silent.py NAME: sit at the abstract socket NAME, and never answer.

Prints "listening" and stays until it is killed.
SPDX-License-Identifier: MIT
"""

import signal
import socket
import sys

with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
    listener.bind("\0" + sys.argv[1])
    listener.listen()
    print("listening", flush=True)
    signal.pause()
