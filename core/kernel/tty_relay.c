// tty_relay.c - between the caller's streams and a terminal that we have made.
//
// Writing to the program never waits, as it may wait for its output to be read
// first; writing to the caller does, which makes the program wait.
// SPDX-License-Identifier: MIT
#include "core/kernel/tty_relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/kernel/socket.h"

// Nothing of the caller's terminal is to be edited, echoed or made a signal:
// the program's does that. Only the ends of lines are for the caller's to show.
static void make_raw(struct tty_relay *relay)
{
    pid_t foreground = tcgetpgrp(STDIN_FILENO);
    struct termios raw;

    if (tcgetattr(STDIN_FILENO, &relay->saved) < 0)
        return; // it is none
    if (foreground >= 0 && foreground != getpgrp())
        return; // a shell is using it meanwhile
    raw = relay->saved;
    cfmakeraw(&raw);
    raw.c_oflag |= OPOST;
    relay->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

void tty_relay_resize(const struct tty_relay *relay)
{
    struct winsize size;

    if (relay->master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 &&
        size.ws_row > 0)
        (void)ioctl(relay->master, TIOCSWINSZ, &size); // it is but looks
}

static int receive(int socket)
{
    char name[32];
    struct parcel parcel = { .bytes = name, .size = sizeof name };

    if (fcntl(socket, F_SETFL, O_NONBLOCK) < 0 ||
        socket_receive(socket, &parcel) <= 0 || parcel.count == 0)
        return -1;
    return parcel.fds[0];
}

int tty_relay_begin(struct tty_relay *relay, int socket)
{
    struct winsize now = { 0 };

    *relay = (struct tty_relay)TTY_RELAY_NONE;
    if (socket < 0)
        return 0;
    relay->master = receive(socket);
    if (relay->master < 0)
        return 0;
    if (fcntl(relay->master, F_SETFL, O_NONBLOCK) < 0)
        return failed(errno, "can't use the new terminal");
    make_raw(relay);
    // else it has been planned
    if (ioctl(relay->master, TIOCGWINSZ, &now) == 0 && now.ws_row == 0)
        tty_relay_resize(relay);
    return 0;
}

// --- to the program

// What it would be sent by a key where lines are edited: the end of its input.
static void type_end(struct tty_relay *relay)
{
    struct termios now;

    relay->ended = true;
    if (tcgetattr(relay->master, &now) < 0 || (now.c_lflag & ICANON) == 0)
        return;
    relay->typed[0] = (char)now.c_cc[VEOF];
    relay->count = 1;
}

static void read_typed(struct tty_relay *relay)
{
    ssize_t n = read(STDIN_FILENO, relay->typed, sizeof relay->typed);

    relay->sent = relay->count = 0;
    if (n > 0)
        relay->count = (size_t)n;
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        type_end(relay);
}

static void send_typed(struct tty_relay *relay)
{
    ssize_t n = write(relay->master, relay->typed + relay->sent,
                      relay->count - relay->sent);

    if (n > 0)
        relay->sent += (size_t)n;
    else if (errno != EAGAIN && errno != EINTR)
        relay->sent = relay->count; // nobody will read it
}

// --- from the program

// Whether there may be more.
static bool pass_printed(struct tty_relay *relay)
{
    char bytes[TTY_RELAY_SIZE];
    ssize_t n = read(relay->master, bytes, sizeof bytes);

    if (n > 0) {
        // whom the caller has it go to may be gone; the program goes on
        (void)fs_write_all(STDOUT_FILENO, bytes, (size_t)n);
        return true;
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(relay->master); // all of its other side are closed
        relay->master = -1;
    }
    return false;
}

int tty_relay_until(struct tty_relay *relay, int signals)
{
    enum { SIGNAL, TERMINAL, INPUT, COUNT };

    while (true) {
        bool full = relay->sent < relay->count;
        bool reads = relay->master >= 0 && !full && !relay->ended;
        short wanted = full ? POLLIN | POLLOUT : POLLIN;
        struct pollfd fds[COUNT] = {
            { .fd = signals, .events = POLLIN },
            { .fd = relay->master, .events = wanted },
            { .fd = reads ? STDIN_FILENO : -1, .events = POLLIN },
        };

        if (poll(fds, COUNT, -1) < 0 && errno != EINTR)
            return failed(errno, "can't wait for the terminal");
        if ((fds[INPUT].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) != 0)
            read_typed(relay);
        if ((fds[TERMINAL].revents & POLLOUT) != 0)
            send_typed(relay);
        if ((fds[TERMINAL].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
            (void)pass_printed(relay);
        if (fds[SIGNAL].revents != 0)
            return 0;
    }
}

void tty_relay_end(struct tty_relay *relay)
{
    while (relay->master >= 0 && pass_printed(relay))
        continue;
    if (relay->master >= 0)
        close(relay->master);
    relay->master = -1;
    if (relay->raw)
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &relay->saved);
    relay->raw = false;
}
