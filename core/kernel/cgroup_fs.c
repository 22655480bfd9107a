// cgroup_fs.c - control groups as what they are: directories in a hierarchy.
//
// Two rules of version 2 (kernel's cgroup-v2.rst) shape it: a controller is
// there in a group if all above it have it in cgroup.subtree_control, and a
// group with processes, other than the topmost, can't have any there.
// SPDX-License-Identifier: MIT
#include "core/kernel/cgroup_fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/cgroup_mark.h"

#define FILE_MAX (64 << 20) // bytes; cgroup.procs has a line for each process
#define DEPTH_MAX 256       // levels that are looked into
#define REMOVE_US 10000000  // until processes that were killed have gone
#define MAKE_TRIES 1000     // while others remove groups on the way

// --- files

int cgroup_fs_open(const struct cgroup_hierarchy *hierarchy, const char *path)
{
    cleanup_free char *dir = NULL;

    if (asprintf(&dir, "%s%s", hierarchy->dir, path) < 0) {
        dir = NULL;
        return -1;
    }
    return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_below(int parent, const char *name)
{
    return openat(parent, name,
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int cgroup_fs_write(int group, const char *file, const char *value)
{
    size_t length = strlen(value);
    cleanup_close int fd = openat(group, file, O_WRONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return -1;
    log_call("write(%s, \"%s\")", file, value);
    do
        n = write(fd, value, length);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)length ? 0 : -1;
}

char *cgroup_fs_read(int group, const char *file)
{
    size_t length;
    char *text = fs_read(group, file, FILE_MAX, &length);

    if (text == NULL) {
        errno = err_num();
        err_clear();
        return NULL;
    }
    if (length > 0 && text[length - 1] == '\n')
        text[length - 1] = '\0';
    return text;
}

// --- making

static bool has_word(const char *list, const char *word, size_t length)
{
    for (const char *at = strstr(list, word); at != NULL;
         at = strstr(at + 1, word))
        if ((at == list || at[-1] == ' ') &&
            (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

// Controllers of the group that those below it don't have yet. One that can't
// be enabled is missed when a limit is to be set: then there is no such file.
static void enable_controllers(int group)
{
    cleanup_free char *all = cgroup_fs_read(group, "cgroup.controllers");
    cleanup_free char *enabled =
        cgroup_fs_read(group, "cgroup.subtree_control");
    char *rest = all;
    char *word;

    if (all == NULL || enabled == NULL)
        return;
    while ((word = strsep(&rest, " ")) != NULL) {
        char change[NAME_MAX];

        if (word[0] == '\0' || has_word(enabled, word, strlen(word)))
            continue;
        snprintf(change, sizeof change, "+%s", word);
        if (cgroup_fs_write(group, "cgroup.subtree_control", change) < 0)
            log_why("controller %s can't be enabled: %s", word,
                    errno_text(errno));
    }
}

// A new set of version 1 is empty, and lets no process in.
static int inherit_set(int parent, int group, const char *file)
{
    cleanup_free char *now = cgroup_fs_read(group, file);
    cleanup_free char *above = NULL;

    if (now == NULL)
        return errno == ENOENT ? 0 : -1;
    if (now[0] != '\0')
        return 0;
    above = cgroup_fs_read(parent, file);
    if (above == NULL)
        return -1;
    return cgroup_fs_write(group, file, above);
}

static int inherit_sets(const struct cgroup_hierarchy *hierarchy, int parent,
                        int group)
{
    if (hierarchy->version != 1 ||
        strstr(hierarchy->controllers, "cpuset") == NULL)
        return 0;
    if (inherit_set(parent, group, "cpuset.cpus") < 0)
        return -1;
    return inherit_set(parent, group, "cpuset.mems");
}

// One level down: the group, or -1 with errno.
static int make_one(const struct cgroup_hierarchy *hierarchy, int parent,
                    const char *name)
{
    cleanup_close int group = -1;
    bool is_new;

    if (hierarchy->version == 2)
        enable_controllers(parent);
    is_new = mkdirat(parent, name, 0755) == 0;
    if (!is_new && errno != EEXIST)
        return -1;
    group = open_below(parent, name);
    if (group >= 0 && is_new)
        cgroup_mark(group);
    if (group < 0 || inherit_sets(hierarchy, parent, group) < 0)
        return -1;
    return steal_fd(&group);
}

// The next name of a path, which *at is moved behind; false: there is none.
static bool take_name(const char **at, char name[NAME_MAX + 1])
{
    size_t length;

    *at += strspn(*at, "/");
    length = strcspn(*at, "/");
    if (length > NAME_MAX)
        length = NAME_MAX; // there can be no such group, and none is made
    memcpy(name, *at, length);
    name[length] = '\0';
    *at += length;
    return length > 0;
}

size_t cgroup_fs_missing(const struct cgroup_hierarchy *hierarchy,
                         const char *path)
{
    cleanup_close int group = cgroup_fs_open(hierarchy, "");
    const char *at = path;
    char name[NAME_MAX + 1];

    while (group >= 0 && take_name(&at, name)) {
        int next = open_below(group, name);

        if (next < 0)
            return (size_t)(at - path);
        close(group);
        group = next;
    }
    return 0;
}

static int make_path(const struct cgroup_hierarchy *hierarchy, const char *path)
{
    cleanup_close int group = cgroup_fs_open(hierarchy, "");
    const char *at = path;
    char name[NAME_MAX + 1];

    while (group >= 0 && take_name(&at, name)) {
        int next = make_one(hierarchy, group, name);
        int errnum = errno;

        close(group);
        group = next;
        errno = errnum;
    }
    return group < 0 ? -1 : 0;
}

// One on the way that is empty goes when the last container below it does; in a
// group that has gone nothing can be made (ENOENT) or read (ENODEV).
int cgroup_fs_make(const struct cgroup_hierarchy *hierarchy, const char *path)
{
    int tries = MAKE_TRIES, status;

    do
        status = make_path(hierarchy, path);
    while (status < 0 && (errno == ENOENT || errno == ENODEV) && --tries > 0);
    return status;
}

// --- processes

int cgroup_fs_join(int group, pid_t pid)
{
    char text[16];

    snprintf(text, sizeof text, "%d", (int)pid);
    return cgroup_fs_write(group, "cgroup.procs", text);
}

// Call "body" for each group right below; it may remove that group. 0, or what
// "body" gave when it was not 0, or -1 with errno.
static int for_below(int group,
                     int (*body)(int group, const char *name, void *context),
                     void *context)
{
    int copy = openat(group, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *entry;
    int status = 0;

    if (list == NULL) {
        scope_close(&copy);
        return -1;
    }
    while (status == 0 && (entry = readdir(list)) != NULL)
        if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0)
            status = body(group, entry->d_name, context);
    closedir(list);
    return status;
}

// Processes of another PID namespace are 0 there.
static int add_lines(char *text, struct cgroup_pids *pids)
{
    size_t lines = 1;
    char *rest = text;
    char *line;
    pid_t *items;

    for (const char *at = text; *at != '\0'; at++)
        lines += *at == '\n';
    items = reallocarray(pids->items, pids->count + lines + 1, sizeof *items);
    if (items == NULL)
        return -1;
    pids->items = items;
    while ((line = strsep(&rest, "\n")) != NULL) {
        pid_t pid = (pid_t)strtol(line, NULL, 10);

        if (pid > 0)
            items[pids->count++] = pid;
    }
    items[pids->count] = 0;
    return 0;
}

struct collecting {
    struct cgroup_pids *pids;
    int depth;
};

static int add_below(int parent, const char *name, void *context);

static int add_group(int group, struct collecting *c)
{
    cleanup_free char *text = cgroup_fs_read(group, "cgroup.procs");

    // a group of threads (cgroups(7)) has its processes above
    if (text == NULL && errno != EOPNOTSUPP)
        return -1;
    if (text != NULL && add_lines(text, c->pids) < 0)
        return -1;
    return for_below(group, add_below, c);
}

// One that has gone meanwhile has no processes.
static int add_below(int parent, const char *name, void *context)
{
    struct collecting *c = context;
    cleanup_close int group = open_below(parent, name);
    int status;

    if (group < 0)
        return errno == ENOENT ? 0 : -1;
    if (c->depth == DEPTH_MAX) {
        errno = ELOOP;
        return -1;
    }
    c->depth++;
    status = add_group(group, c);
    c->depth--;
    return status < 0 && (errno == ENODEV || errno == ENOENT) ? 0 : status;
}

int cgroup_fs_add_pids(int group, struct cgroup_pids *pids)
{
    struct collecting c = { .pids = pids };

    return add_group(group, &c);
}

// --- removing

static int remove_tree(int parent, const char *name, void *context);

static int remove_below(int group, int *depth)
{
    return for_below(group, remove_tree, depth);
}

// 0 also when it is not there.
static int remove_tree(int parent, const char *name, void *context)
{
    int *depth = context;
    cleanup_close int group = -1;

    if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    if (errno != EBUSY && errno != ENOTEMPTY)
        return -1;
    group = open_below(parent, name);
    if (group < 0 || *depth == DEPTH_MAX)
        return -1;
    ++*depth;
    if (remove_below(group, depth) < 0)
        return -1;
    --*depth;
    return unlinkat(parent, name, AT_REMOVEDIR);
}

static int remove_once(const struct cgroup_hierarchy *hierarchy,
                       const char *path)
{
    cleanup_close int top = cgroup_fs_open(hierarchy, "");
    int depth = 0;

    if (top < 0)
        return -1;
    return remove_tree(top, path + strspn(path, "/"), &depth);
}

int cgroup_fs_remove(const struct cgroup_hierarchy *hierarchy, const char *path)
{
    int64_t waited = 0;

    // from half a millisecond on, doubled up to a tenth of a second
    for (long us = 500;; us = us < 100000 ? us * 2 : us) {
        const struct timespec pause = { 0, us * 1000 };

        if (remove_once(hierarchy, path) == 0)
            return 0;
        if ((errno != EBUSY && errno != EAGAIN) || waited > REMOVE_US)
            return -1;
        nanosleep(&pause, NULL);
        waited += us;
    }
}
