// layer_lock.c - one writer, or many readers, of a layer.
//
// Who has the lock is known from the lock itself; the text in the file adds
// what only a writer knows, and is believed if it is by that process. What a
// reader runs is seen in /proc while it lives. A text without a lock is by a
// writer whose warden did not come to its end: only the kernel knows then
// whether the container is gone.
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
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/lock.h"

#define FILE_NAME "lock"
#define TEXT_SIZE 512          // bytes of the text about the owner
#define COMMAND_SIZE 200       // bytes of its command that are written down
#define COMMAND_READ (1 << 20) // bytes of it at most, in /proc
#define TRIES 100              // when the owner has just ended
#define PAUSE 10000000L        // nanoseconds between them

// "PID HOST COMMAND..." of the owner.
struct owner {
    pid_t pid;
    bool writes;
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

// For a line of text, as anybody may have written it.
static void make_printable(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isprint((unsigned char)text[i]))
            text[i] = text[i] == '\0' ? ' ' : '?';
}

static bool is_gone(pid_t pid)
{
    return kill(pid, 0) < 0 && errno == ESRCH;
}

// What the process runs, if it is one of this node.
static void look_at(struct owner *owner)
{
    cleanup_free char *path = str_printf("/proc/%d/cmdline", (int)owner->pid);
    size_t length = 0;
    cleanup_free char *words =
        path == NULL ? NULL : fs_read(AT_FDCWD, path, COMMAND_READ, &length);
    struct utsname host;

    if (words == NULL)
        err_clear();
    if (words == NULL || length == 0 || uname(&host) < 0)
        return;
    make_printable(words, length - 1);
    snprintf(owner->command, sizeof owner->command, "%s", words);
    snprintf(owner->host, sizeof owner->host, "%s", host.nodename);
}

// What the text says of whoever wrote last. False: nothing.
static bool read_text(int fd, struct owner *owner)
{
    char text[TEXT_SIZE];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    char *rest = text;
    char *end;

    if (n <= 0)
        return false;
    text[n] = '\0';
    text[strcspn(text, "\n")] = '\0';
    make_printable(text, strlen(text));
    owner->pid = (pid_t)strtol(text, &end, 10);
    if (owner->pid <= 0 || *end != ' ')
        return false;
    rest = end + 1;
    owner->writes = true;
    snprintf(owner->host, sizeof owner->host, "%s", strsep(&rest, " "));
    snprintf(owner->command, sizeof owner->command, "%s", rest ? rest : "");
    return true;
}

// Who took it may have forked the process of the container, and ended.
static struct owner ask(int fd)
{
    struct owner owner = { .pid = lock_owner(fd) };
    struct owner writer = { 0 };

    if (owner.pid > 0 && read_text(fd, &writer) &&
        (writer.pid == owner.pid || is_gone(owner.pid)))
        return writer;
    if (owner.pid > 0)
        look_at(&owner);
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
    return owner->pid == 0 || (is_here(owner) && is_gone(owner->pid));
}

// The failure that somebody else has it.
static int is_locked(const char *path, const struct owner *owner)
{
    bool ended = has_ended(owner);
    const char *uses = owner->writes ? "writes to it" : "uses it";
    const char *what =
        ended ? "what a container has left running" : "another container";

    if (owner->pid == 0)
        return failed(0, "can't lock overlay %s: %s %s", path, what, uses);
    return failed(0, "can't lock overlay %s: %s %s (%sprocess %d%s%s%s%s%s)",
                  path, what, uses, ended ? "begun by " : "", (int)owner->pid,
                  owner->host[0] != '\0' ? " on " : "", owner->host,
                  ended ? ", which has ended" : "",
                  owner->command[0] != '\0' ? ": " : "", owner->command);
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
        *owner = ask(fd);
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

int layer_lock(int dir, const char *path, bool write, int *lock)
{
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
    *lock = steal_fd(&fd);
    return 0;
}

bool layer_lock_is_doubtful(int lock)
{
    struct stat st;

    return lock >= 0 && fstat(lock, &st) == 0 && st.st_size > 0;
}

// That it can't be written down is no reason to fail: the lock stands.
void layer_lock_tell(int lock, const struct container *plan, pid_t pid)
{
    char text[TEXT_SIZE];
    char command[COMMAND_SIZE];
    struct utsname host;
    int n;

    if (uname(&host) < 0)
        return;
    join(command, plan->argv);
    n = snprintf(text, sizeof text, "%d %s %s\n", (int)pid, host.nodename,
                 command);
    if (n > 0 && (size_t)n < sizeof text && ftruncate(lock, 0) == 0 &&
        pwrite(lock, text, (size_t)n, 0) == n)
        return;
    log_why("can't write down who has the lock");
}

int layer_lock_still_written(int lock, const char *path)
{
    struct owner owner = { 0 };

    if (!read_text(lock, &owner))
        owner = (struct owner){ .writes = true };
    return is_locked(path, &owner);
}
