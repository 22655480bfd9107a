"""console.py SOCKET COMMAND...: the one who asked for a container's terminal.

Listens at the socket, runs the command, takes the terminal that it sends, types
a line once there is a prompt's worth of output, and prints what comes back.
SPDX-License-Identifier: MIT
"""

import array
import os
import select
import socket
import subprocess
import sys
import time

DEADLINE = 30


def receive(listener):
    connection, _ = listener.accept()
    fds = array.array("i")
    name, control, _, _ = connection.recvmsg(
        100, socket.CMSG_LEN(fds.itemsize))
    fds.frombytes(control[0][2])
    print("got", name.decode(), flush=True)
    return fds[0]


def main():
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(1)
    listener.settimeout(DEADLINE)
    command = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL)
    terminal = receive(listener)
    os.write(terminal, b"typed\n")
    seen = b""
    end = time.monotonic() + DEADLINE
    # once echoed by the terminal, and once by the program
    while seen.count(b"typed") < 2 and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 4096)
    lines = [line for line in seen.decode().splitlines()]
    lines.remove("typed")
    print("\n".join(lines))
    command.wait()


main()
