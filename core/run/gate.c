// gate.c - a container in the making and its maker, and where each waits.
// SPDX-License-Identifier: MIT
#include "core/run/gate.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"

enum kind { ARRIVED = 'A', OPEN = 'O', TOLD = 'T', FAILED = 'F' };

struct message {
    enum kind kind;
    pid_t pid;
};

int gate_make(struct gate *container, struct gate *maker)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return failed(errno, "can't make a pair of sockets");
    container->fd = ends[0];
    maker->fd = ends[1];
    return 0;
}

void gate_close(struct gate *gate)
{
    if (gate->fd >= 0)
        close(gate->fd);
    gate->fd = -1;
}

static int hear_error(const struct gate *gate)
{
    if (err_recv(gate->fd) < 0)
        return -1;
    return failed(0, "the container failed, and can't tell why");
}

static int send_message(const struct gate *gate, enum kind kind, pid_t pid)
{
    struct message message = { kind, pid };
    ssize_t n = send(gate->fd, &message, sizeof message, MSG_NOSIGNAL);

    return n == (ssize_t)sizeof message ? 0 : -1;
}

// 1; 0: the other end is closed; -1 with errno.
static int receive_message(const struct gate *gate, struct message *message)
{
    ssize_t n;

    do
        n = recv(gate->fd, message, sizeof *message, MSG_WAITALL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -1;
    return n == (ssize_t)sizeof *message;
}

int gate_tell(struct gate *gate, pid_t pid)
{
    if (gate == NULL || send_message(gate, TOLD, pid) == 0)
        return 0;
    return failed(errno, "the maker of the container has gone");
}

int gate_arrive(struct gate *gate, pid_t pid, pid_t *told)
{
    struct message answer;

    if (gate == NULL) {
        *told = pid;
        return 0;
    }
    if (send_message(gate, ARRIVED, pid) < 0 ||
        receive_message(gate, &answer) <= 0 || answer.kind != OPEN)
        return failed(0, "the maker of the container has gone");
    *told = answer.pid;
    return 0;
}

void gate_fail(struct gate *gate)
{
    if (gate == NULL || send_message(gate, FAILED, 0) < 0)
        return; // nobody is left who could be told
    err_send(gate->fd);
}

// Of a process that was forked on the way, the pid is told by the other one,
// before or after.
int gate_wait_arrival(struct gate *gate, pid_t *pid)
{
    struct message message;
    bool arrived = false;
    int received;

    while ((received = receive_message(gate, &message)) > 0) {
        if (message.kind == FAILED)
            return hear_error(gate);
        if (message.pid > 0)
            *pid = message.pid;
        if (message.kind == ARRIVED)
            arrived = true;
        if (arrived && *pid > 0)
            return 0;
    }
    if (received == 0)
        return failed(0, "the process of the container died while it was made");
    return failed(errno, "can't hear from the container in the making");
}

int gate_open(struct gate *gate, pid_t told)
{
    if (send_message(gate, OPEN, told) == 0)
        return 0;
    return failed(errno, "the container in the making has gone");
}

int gate_wait_end(struct gate *gate)
{
    struct message message;
    int received = receive_message(gate, &message);

    if (received > 0)
        return hear_error(gate);
    return received == 0 ? 0 : failed(errno, "can't hear from the container");
}
