// layer_lock.c - one writer, or many readers, of a layer.
//
// Who has the lock is known from the lock itself; the text in the file adds
// what only the owner knows, and is believed if it is by that process.
// SPDX-License-Identifier: MIT
#include "core/run/layer_lock.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/lock.h"

#define FILE_NAME "lock"
#define TEXT_SIZE 512    // bytes of the text about the owner
#define COMMAND_SIZE 200 // bytes of its command that are written down
#define TRIES 100        // when the owner has just ended
#define PAUSE 10000000L  // nanoseconds between them

// "PID HOST COMMAND..." of the owner.
struct owner {
    pid_t pid;
    char host[sizeof((struct utsname){ 0 }.nodename)];
    char command[COMMAND_SIZE];
};

static void join(char text[COMMAND_SIZE], char *const *words)
{
    size_t length = 0;

    text[0] = '\0';
    for (; *words != NULL && length + 2 < COMMAND_SIZE; words++) {
        snprintf(text + length, COMMAND_SIZE - length, "%s%s",
                 length > 0 ? " " : "", *words);
        length = strlen(text);
    }
}

// That it can't be written down is no reason to fail: the lock stands.
static void tell(int fd, const struct container *plan)
{
    char text[TEXT_SIZE];
    char command[COMMAND_SIZE];
    struct utsname host;
    int n;

    if (uname(&host) < 0)
        return;
    join(command, plan->argv);
    n = snprintf(text, sizeof text, "%d %s %s\n", (int)getpid(), host.nodename,
                 command);
    if (n > 0 && (size_t)n < sizeof text && ftruncate(fd, 0) == 0 &&
        pwrite(fd, text, (size_t)n, 0) == n)
        return;
    log_why("can't write down who has the lock");
}

// What the text says, if it is by this process: anybody may have written it.
static struct owner ask(int fd, pid_t pid)
{
    struct owner owner = { .pid = pid };
    char text[TEXT_SIZE];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    char *rest = text;
    char *end;

    if (n <= 0)
        return owner;
    text[n] = '\0';
    for (char *at = text; *at != '\0'; at++)
        if (!isprint((unsigned char)*at))
            *at = *at == '\n' ? '\0' : '?';
    if (strtol(text, &end, 10) != pid || *end != ' ')
        return owner;
    rest = end + 1;
    snprintf(owner.host, sizeof owner.host, "%s", strsep(&rest, " "));
    snprintf(owner.command, sizeof owner.command, "%s", rest ? rest : "");
    return owner;
}

static bool is_here(const struct owner *owner)
{
    struct utsname host;

    return owner->host[0] == '\0' || uname(&host) < 0 ||
           strcmp(owner->host, host.nodename) == 0;
}

static bool has_ended(const struct owner *owner)
{
    return owner->pid == 0 ||
           (is_here(owner) && kill(owner->pid, 0) < 0 && errno == ESRCH);
}

// The failure that somebody else has it.
static int is_locked(const char *path, const struct owner *owner)
{
    const char *what = has_ended(owner) ? "what a container has left running"
                                        : "another container";

    if (owner->command[0] == '\0')
        return failed(0, "can't lock overlay %s: %s uses it (process %d)", path,
                      what, (int)owner->pid);
    return failed(0,
                  "can't lock overlay %s: %s writes to it (process %d on %s: "
                  "%s)",
                  path, what, (int)owner->pid, owner->host, owner->command);
}

// 0; 1 when "owner" has it; -1 with errno. When a container has just ended, its
// lock may be there a moment longer.
static int try_lock(int fd, bool write, struct owner *owner)
{
    struct timespec pause = { .tv_nsec = PAUSE };

    for (int i = 0; i < TRIES; i++) {
        int taken = lock_try(fd, write);

        if (taken <= 0)
            return taken;
        *owner = ask(fd, lock_owner(fd));
        if (!has_ended(owner))
            break;
        nanosleep(&pause, NULL);
    }
    return 1;
}

static int open_file(int dir, bool write)
{
    int flags = write ? O_RDWR | O_CREAT : O_RDONLY;

    // a FIFO or a device must not make us wait
    return openat(dir, FILE_NAME,
                  flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
}

int layer_lock(int dir, const char *path, const struct container *plan,
               int *lock)
{
    bool write = !plan->layer_read_only;
    cleanup_close int fd = open_file(dir, write);
    struct owner owner = { 0 };
    struct stat st;
    int taken;

    *lock = -1;
    if (fd < 0 && !write && errno == ENOENT)
        return 0; // a copy of a layer
    if (fd < 0 || fstat(fd, &st) < 0)
        return failed(errno, "can't open %s/" FILE_NAME, path);
    if (!S_ISREG(st.st_mode))
        return failed(0, "not a file: %s/" FILE_NAME, path);
    taken = try_lock(fd, write, &owner);
    if (taken > 0)
        return is_locked(path, &owner);
    if (taken < 0 && write)
        return failed(errno, "can't lock overlay %s", path);
    // some network file systems have no locks, but nobody can write there
    if (taken < 0)
        log_why("overlay %s is not locked: %s", path, errno_text(errno));
    if (write)
        tell(fd, plan);
    *lock = steal_fd(&fd);
    return 0;
}
