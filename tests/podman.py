"""podman.py RUNTIME STORE: podman at a user's terminal.

An interactive shell of podman run -it and one of podman exec -it in c1, which
runs: the size of the window, job control, the end and its status.
SPDX-License-Identifier: MIT
"""

import fcntl
import os
import struct
import sys
import termios

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "e2e"))
from terminal import CTRL_C, Terminal  # noqa: E402


def set_size(terminal, rows, columns):
    fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ,
                struct.pack("HHHH", rows, columns, 0, 0))


def use_shell(terminal, command):
    terminal.type(command + " sh -c 'PS1=\"in\"\"> \" exec sh -i'\n")
    terminal.expect("in> ")
    terminal.type("tty\n")
    terminal.expect("/dev/pts/[0-9]+")
    terminal.expect("in> ")
    terminal.type("stty size\n")
    terminal.expect("33 77")
    terminal.expect("in> ")
    terminal.type("sleep 1000; echo sta''tus $?\n")
    terminal.type(CTRL_C)
    terminal.expect("in> ")
    terminal.type("exit 5\n")
    terminal.expect("at> ")
    terminal.type("echo sta''tus $?\n")
    terminal.expect("status 5")


def main():
    runtime, store = sys.argv[1:3]
    podman = ("podman --root %s/root --runroot %s/run --storage-driver vfs"
              " --runtime %s " % (store, store, runtime))
    terminal = Terminal()
    set_size(terminal, 33, 77)
    use_shell(terminal, podman + "run --rm -it tree")
    use_shell(terminal, podman + "exec -it c1")
    terminal.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
