// tty.h - a terminal whose other side somebody else has.
// SPDX-License-Identifier: MIT
#pragma once

// Connect to the Unix socket at "path", which is to get the master of a new
// terminal. A descriptor, or -1 after failed().
int tty_connect(const char *path);

// A new terminal of the devpts whose root is the directory, of so many rows and
// columns (0: unset). Its master is sent through the socket, as OCI runtimes
// do; the other side is returned, -1 after failed().
int tty_make(int devpts, int socket, unsigned rows, unsigned columns);

// The same of the host's own devpts, where nothing is a container's.
int tty_make_here(int socket, unsigned rows, unsigned columns);

// Leave the ends of lines that are printed on it as they are: whoever has the
// other side may write them to a file. 0, or -1 after failed().
int tty_keep_lines(int terminal);

// Make it the controlling terminal and the three standard streams of this
// process, which must lead a session. 0, or -1 after failed().
int tty_take(int terminal);
