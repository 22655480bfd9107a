"""terminal.py interrupt|stop|shell|hangup CH_RUN IMAGE: a user at a terminal.

Types into an interactive bash on a terminal of its own and reads what comes.
SPDX-License-Identifier: MIT
"""

import os
import pty
import re
import select
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import procs  # noqa: E402

DEADLINE = 30
CTRL_C, CTRL_D, CTRL_Z = "\x03", "\x04", "\x1a"


class Terminal:
    def __init__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(PS1="at> ", TERM="dumb")
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
        self.seen = ""
        self.expect("at> ")

    def type(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern):
        """Wait for the pattern; drop what came up to it."""
        end = time.monotonic() + DEADLINE
        while True:
            found = re.search(pattern, self.seen)
            if found:
                self.seen = self.seen[found.end():]
                return
            wait = end - time.monotonic()
            if wait <= 0 or not select.select([self.fd], [], [], wait)[0]:
                raise SystemExit("no %r within the deadline, only %r"
                                 % (pattern, self.seen))
            try:
                self.seen += os.read(self.fd, 4096).decode()
            except OSError:
                raise SystemExit("closed before %r: %r" % (pattern, self.seen))

    def end(self):
        self.type("exit\n")
        os.waitpid(self.pid, 0)


def interrupt(run):
    """The command may catch it, and dies of it when it does not."""
    terminal = Terminal()
    terminal.type(run + "probe catch 2\n")
    terminal.expect("ready")
    terminal.type(CTRL_C)
    terminal.expect("caught 2")
    terminal.expect("at> ")
    terminal.type(run + "sh -c 'echo sta''rted; exec sleep 1000'\n")
    terminal.expect("started")
    terminal.type(CTRL_C)
    terminal.expect("at> ")
    terminal.type("echo status $?\n")
    terminal.expect("status 130")
    terminal.end()


def stop(run):
    terminal = Terminal()
    terminal.type(run + "sh -c 'echo sta''rted; exec cat'\n")
    terminal.expect("started")
    terminal.type("first\n")
    terminal.expect("first\r\nfirst\r\n")
    terminal.type(CTRL_Z)
    terminal.expect("Stopped")
    terminal.expect("at> ")
    terminal.type("echo sta''tus $?\n")
    terminal.expect("status 148")
    terminal.type("fg\n")
    terminal.expect("exec cat'\r\n")
    terminal.type("second\n")
    terminal.expect("second\r\nsecond\r\n")
    terminal.type(CTRL_D)
    terminal.expect("at> ")
    terminal.type(run + "sleep 1000 &\n")
    terminal.expect("at> ")
    terminal.type("kill %1; wait %1; echo sta''tus $?\n")
    terminal.expect("status 143")
    terminal.end()


def shell(run):
    """The shell within has the terminal: tty, job control, its size."""
    terminal = Terminal()
    terminal.type(run + "env PS1='in''> ' sh -i\n")
    terminal.expect("in> ")
    terminal.type("tty\n")
    terminal.expect("/dev/pts/[0-9]+")
    terminal.type("stty rows 33 cols 77; stty size\n")
    terminal.expect("33 77")
    terminal.expect("in> ")
    terminal.type("sh -c 'echo sta''rted; exec cat'\n")
    terminal.expect("started")
    terminal.type("word\n")
    terminal.expect("word\r\nword\r\n")
    terminal.type(CTRL_Z)
    terminal.expect("Stopped")
    terminal.expect("in> ")
    terminal.type("fg\n")
    terminal.expect("exec cat")
    terminal.type("more\n")
    terminal.expect("more\r\nmore\r\n")
    terminal.type(CTRL_C)
    terminal.expect("in> ")
    terminal.type("exit 5\n")
    terminal.expect("at> ")
    terminal.type("echo status $?\n")
    terminal.expect("status 5")
    terminal.end()


def hangup(run):
    procs.become_reaper()
    traces = procs.Traces()
    terminal = Terminal()
    terminal.type(run + "sh -c 'echo sta''rted; exec sleep 1000'\n")
    terminal.expect("started")
    os.close(terminal.fd)
    if not traces.gone_within(DEADLINE):
        left = traces.left()
        for pid in procs.descendants():
            os.kill(pid, signal.SIGKILL)
        raise SystemExit("left: %s" % left)


def main():
    scene = {"interrupt": interrupt, "stop": stop, "shell": shell,
             "hangup": hangup}[sys.argv[1]]
    scene("'%s' '%s' -- " % tuple(sys.argv[2:4]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
