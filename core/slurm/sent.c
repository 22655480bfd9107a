// sent.c - files that were sent to a node for a container, and go with it.
//
// Tasks that have ended are counted by empty files, each with a name of its
// own, so that two that end at once both count.
// SPDX-License-Identifier: MIT
#include "core/slurm/sent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/run/step.h"
#include "core/slurm/parts.h"

#define CONFIG_END ".json"
#define TASKS_MOST 65536

// Behind the name that all of them begin with; the last is the program.
static const char *const ends[] = { ".sqfs", CONFIG_END, CONFIG_END ".first",
                                    "" };

int sent_is_over(int argc)
{
    return argc == 1 && getenv(SENT_CONFIG) != NULL;
}

// The name that all begin with, which the caller frees. The environment is not
// believed: nothing else is removed.
static char *name_of(const char *config)
{
    size_t length = config != NULL ? strlen(config) : 0;

    if (config == NULL || !str_starts(config, SENT_PREFIX) ||
        !str_ends(config, CONFIG_END) ||
        strchr(config + strlen(SENT_PREFIX), '/') != NULL) {
        failed(0, SENT_CONFIG ": not the name of such a file: %s",
               config != NULL ? config : "");
        return NULL;
    }
    return str_ndup(config, length - strlen(CONFIG_END));
}

static char *name_end(const char *name, unsigned task)
{
    return str_printf("%s.end%u", name, task);
}

static int note_end(const char *name)
{
    const char *local = getenv("SLURM_LOCALID");
    uint64_t task = 0;
    cleanup_free char *path = NULL;
    cleanup_close int fd = -1;

    if (local != NULL && (str_to_u64(local, &task) < 0 || task > TASKS_MOST))
        return failed(0, "SLURM_LOCALID is no number: %s", local);
    path = name_end(name, (unsigned)task);
    if (path == NULL)
        return -1;
    fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd < 0 ? failed(errno, "can't make %s", path) : 0;
}

// Tasks of the step on this node.
static unsigned count_tasks(void)
{
    unsigned tasks = 0;
    char *step = step_find(&tasks);

    free(step);
    err_clear();
    return tasks > 0 && tasks <= TASKS_MOST ? tasks : 1;
}

// Anybody may put something of a name that he sees there.
static bool is_own(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && st.st_uid == geteuid();
}

// Those of "tasks" that have ended; "remove": and forget it.
static unsigned count_ends(const char *name, unsigned tasks, bool remove)
{
    unsigned count = 0;

    for (unsigned task = 0; task < tasks; task++) {
        cleanup_free char *path = name_end(name, task);

        if (path != NULL && is_own(path))
            count++;
        if (path != NULL && remove)
            unlink(path);
    }
    return count;
}

int sent_remove(void)
{
    cleanup_free char *name = name_of(getenv(SENT_CONFIG));
    unsigned tasks;

    if (name == NULL || note_end(name) < 0)
        return -1;
    tasks = count_tasks();
    if (count_ends(name, tasks, false) < tasks)
        return 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        cleanup_free char *path = str_printf("%s%s", name, ends[i]);

        if (path == NULL || (unlink(path) < 0 && errno != ENOENT))
            return failed(errno, "can't remove %s%s", name, ends[i]);
    }
    count_ends(name, tasks, true);
    return 0;
}
