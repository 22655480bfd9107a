"""listen.py SOCKET PROGRAM...: answer a container's system calls.

Listens at SOCKET, runs PROGRAM, and prints what it is sent: the document, and
the kind of descriptor. With ANSWER=N in the environment, calls that wait for an
answer get the error N.
SPDX-License-Identifier: MIT
"""

import array
import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import sys

RECEIVE = 0xC0502100  # SECCOMP_IOCTL_NOTIF_RECV
SEND = 0xC0182101  # SECCOMP_IOCTL_NOTIF_SEND


def take(listener):
    """A state is all that its connection brings until it is closed."""
    connection, _ = listener.accept()
    size = socket.CMSG_SPACE(4)
    data, extra, _, _ = connection.recvmsg(65536, size)
    fds = array.array("i")
    fds.frombytes(extra[0][2][:4])
    connection.settimeout(60)
    while data.startswith(b"{") and (more := connection.recv(65536)):
        data += more
    return data, fds[0]


def show(data, fd):
    print("descriptor", os.readlink(f"/proc/self/fd/{fd}"))
    if data.startswith(b"{"):
        document = json.loads(data)
        print("fds", *document["fds"])
        print("metadata", document.get("metadata"))
        print("state", document["state"]["id"], document["state"]["status"],
              document["state"]["pid"] > 0 and document["pid"] > 0)


def answer(fd):
    notice = bytearray(80)
    fcntl.ioctl(fd, RECEIVE, notice)
    (cookie,) = struct.unpack_from("Q", notice)
    number = int(os.environ["ANSWER"])
    fcntl.ioctl(fd, SEND, bytearray(struct.pack("QqiI", cookie, 0, -number, 0)))


def main():
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen()
        listener.settimeout(60)
        program = subprocess.Popen(sys.argv[2:])
        data, fd = take(listener)
        show(data, fd)
        while "ANSWER" in os.environ and program.poll() is None:
            poll = select.poll()
            poll.register(fd, select.POLLIN)
            if poll.poll(100):
                answer(fd)
        sys.exit(program.wait())


main()
