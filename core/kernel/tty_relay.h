// tty_relay.h - between the caller's streams and a terminal that we have made.
//
// Who runs a program on a terminal of its own has the other side of that: what
// the caller types goes there, what the program prints comes from there.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#define TTY_RELAY_SIZE 4096 // bytes on their way to the program

struct tty_relay {
    int master;           // of the terminal; -1: there is none (any more)
    bool raw;             // the caller's terminal, which is to be as before:
    struct termios saved; // so
    bool ended;           // the caller's input
    char typed[TTY_RELAY_SIZE];
    size_t count, sent; // bytes there, and of them
};

#define TTY_RELAY_NONE \
    {                  \
        .master = -1   \
    }

// The master that came through the socket, without waiting for it, and the
// caller's terminal, if he has one, as that needs it. 0, or -1 after failed();
// no master is no failure.
int tty_relay_begin(struct tty_relay *relay, int socket);

// Wait until a signal comes to the descriptor (signalfd(2)), and carry what
// comes meanwhile. 0, or -1 after failed().
int tty_relay_until(struct tty_relay *relay, int signals);

// The caller's terminal has another size.
void tty_relay_resize(const struct tty_relay *relay);

// The program has ended: carry what it has left, and make the caller's terminal
// what it was.
void tty_relay_end(struct tty_relay *relay);
