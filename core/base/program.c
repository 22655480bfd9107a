// program.c - another program at the other end of a pipe, for as long as it
// takes.
// SPDX-License-Identifier: MIT
#include "core/base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/spawn.h"
#include "core/base/stop.h"
#include "core/base/str.h"

enum {
    SAID_MOST = 8192, // bytes of what it said last
    PIPE_SIZE = 1 << 20,
};

struct program {
    char *name; // its first two words
    pid_t pid;  // 0: it has ended
    int fd;     // our end of the pipe; -1: closed
    int said;   // a file with what it says
    bool gives;
};

// The last line that is not blank; it may begin with "Error: ", as ours does.
static const char *last_line(char *text)
{
    static const char prefix[] = "Error: ";
    size_t end = strlen(text);
    char *line;

    while (end > 0 && strchr(" \t\r\n", text[end - 1]) != NULL)
        end--;
    text[end] = '\0';
    line = strrchr(text, '\n');
    line = line != NULL ? line + 1 : text;
    return str_starts(line, prefix) ? line + strlen(prefix) : line;
}

static int tell(const struct program *program, int status)
{
    char text[SAID_MOST + 1] = "";
    off_t size = lseek(program->said, 0, SEEK_END);
    off_t from = size > SAID_MOST ? size - SAID_MOST : 0;
    ssize_t got = size > 0 ? pread(program->said, text, SAID_MOST, from) : 0;
    const char *line;

    text[got > 0 ? got : 0] = '\0';
    line = last_line(text);
    if (line[0] != '\0')
        return failed(0, "%s: %s", program->name, line);
    return failed(0, "%s ended with status %d", program->name, status);
}

static int start(struct program *program, const char *const *argv, bool gives)
{
    struct spawn plan = { argv, { -1, -1, program->said }, SIGTERM };
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return failed(errno, "can't make a pipe");
    // a wish: more than the administrator allows is not given
    (void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);
    plan.streams[gives ? STDOUT_FILENO : STDIN_FILENO] = ends[gives ? 1 : 0];
    program->fd = ends[gives ? 0 : 1];
    spawn_await();
    program->pid = spawn(&plan);
    close(ends[gives ? 1 : 0]);
    if (program->pid < 0) {
        program->pid = 0;
        return -1;
    }
    if (!gives)
        signal(SIGPIPE, SIG_IGN);
    return 0;
}

// Else it would be killed for what it could not write.
static int drain(const struct program *program)
{
    char bytes[4096];
    ssize_t n;

    do
        n = stop_read(program->fd, bytes, sizeof bytes);
    while (n > 0);
    return (int)n;
}

struct program *program_start(const char *const *argv, bool gives)
{
    struct program *program = malloc(sizeof *program);

    if (program == NULL) {
        failed(errno, "can't start %s", argv[0]);
        return NULL;
    }
    *program = (struct program){ .fd = -1, .gives = gives };
    program->name = str_printf("%s %s", argv[0], argv[1]);
    program->said = memfd_create("said", MFD_CLOEXEC);
    if (program->said < 0)
        failed(errno, "can't keep what %s says", argv[0]);
    if (program->name != NULL && program->said >= 0 &&
        start(program, argv, gives) == 0)
        return program;
    program_close(program);
    return NULL;
}

int program_fd(const struct program *program)
{
    return program->fd;
}

int program_finish(struct program *program)
{
    int status;

    log_step("waiting for %s", program->name);
    if (program->gives && drain(program) < 0)
        return -1;
    scope_close(&program->fd);
    program->fd = -1;
    while ((status = spawn_reap(program->pid)) < 0 && errno == EINTR)
        if (stop_check() < 0)
            return -1;
    if (status < 0)
        return failed(errno, "can't wait for %s", program->name);
    program->pid = 0;
    return status == 0 ? 0 : tell(program, status);
}

void program_close(struct program *program)
{
    if (program->pid > 0)
        kill(-program->pid, SIGTERM); // its session's, too
    scope_close(&program->fd);
    while (program->pid > 0 && spawn_reap(program->pid) < 0 && errno == EINTR)
        continue;
    scope_close(&program->said);
    free(program->name);
    free(program);
}
