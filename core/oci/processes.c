// processes.c - which processes are a container's.
// SPDX-License-Identifier: MIT
#include "core/oci/processes.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/oci/cgroup.h"

struct list {
    pid_t *pids;
    size_t count;
};

static int add(struct list *list, pid_t pid)
{
    pid_t *more = reallocarray(list->pids, list->count + 1, sizeof *list->pids);

    if (more == NULL)
        return failed(errno, "can't list the processes of the container");
    list->pids = more;
    more[list->count++] = pid;
    return 0;
}

static bool find_namespace(pid_t pid, struct stat *st)
{
    char path[48];

    snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)pid);
    return stat(path, st) == 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int scan(struct list *list, DIR *proc, const struct stat *wanted)
{
    struct dirent *entry;

    while ((entry = readdir(proc)) != NULL) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        struct stat found;

        if (!isdigit((unsigned char)entry->d_name[0]) ||
            !find_namespace(pid, &found) || !is_same(&found, wanted))
            continue;
        if (add(list, pid) < 0)
            return -1;
    }
    return 0;
}

static int list_namespace(struct list *list, pid_t pid)
{
    struct stat own, theirs;
    DIR *proc;
    int status;

    if (!find_namespace(pid, &theirs) || stat("/proc/self/ns/pid", &own) < 0)
        return failed(ESRCH, "can't look at process %d", (int)pid);
    if (is_same(&own, &theirs))
        return add(list, pid);
    proc = opendir("/proc");
    if (proc == NULL)
        return failed(errno, "can't list the processes of the container");
    status = scan(list, proc, &theirs);
    closedir(proc);
    return status;
}

pid_t *processes_of(const struct state *state, size_t *count)
{
    struct list list = { cgroup_list(state->cgroup, count), *count };

    if (list.pids != NULL)
        return list.pids;
    list.count = 0;
    if (list_namespace(&list, state->pid) < 0) {
        free(list.pids);
        return NULL;
    }
    *count = list.count;
    return list.pids;
}
