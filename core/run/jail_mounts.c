// jail_mounts.c - the mounts of a container, in their order.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mount.h"
#include "core/kernel/root.h"
#include "core/run/jail_mounting.h"

// Change what is mounted there, by the words alone.
static int remount(const struct jail_mounting *j, int target)
{
    cleanup_free char *data = mount_words_data(&j->words, NULL);

    if (data == NULL)
        return -1;
    if (mount_new(target, NULL, NULL, MS_REMOUNT | j->words.flags,
                  data[0] != '\0' ? data : NULL) == 0)
        return 0;
    return failed(errno, "can't remount %s", j->mount->destination);
}

static int mount_target(struct jail_mounting *j, int target)
{
    // of a bind, it is only its words that count: jail_apply_words()
    if (j->words.remount)
        return j->words.bind ? 0 : remount(j, target);
    if (strcmp(j->type, "tmpfs") == 0 && !j->words.bind &&
        (j->words.copy_up || j->was_there))
        return jail_mount_tmpfs(j, target);
    if (j->words.bind)
        return jail_mount_bind(j, target);
    if (strcmp(j->type, "cgroup") == 0)
        return jail_mount_cgroup(j, target);
    if (jail_mount_type(j, target, NULL) == 0)
        return 0;
    return jail_mount_instead(j, target);
}

static int find_source(struct jail_mounting *j)
{
    const char *source = j->mount->source;

    if (!j->words.bind || j->words.remount)
        return 0;
    if (source == NULL)
        return failed(0, "the bind at %s has no source", j->mount->destination);
    j->source = source[0] == '/'
                    ? str_dup(source)
                    : str_printf("%s/%s", j->work->plan->bundle, source);
    return j->source == NULL ? -1 : 0;
}

static bool is_root(const char *path)
{
    return path[strspn(path, "/.")] == '\0' && strstr(path, "..") == NULL;
}

// What is mounted upon the root is the root from then on.
static int follow_root(struct jail_work *work)
{
    int top = root_top();

    if (top < 0)
        return -1;
    close(work->points.root);
    work->points.root = top;
    return 0;
}

static int mount_one(struct jail_mounting *j)
{
    cleanup_close int target = -1;

    if (mount_words_read(&j->words, j->mount->options) < 0)
        return -1;
    j->type = j->mount->type != NULL ? j->mount->type : "none";
    if (strcmp(j->type, "bind") == 0)
        j->words.bind = true;
    if (find_source(j) < 0)
        return -1;
    if (j->words.copy_link && j->words.bind && jail_is_link(j->source))
        return jail_copy_link(j->work, j->source, j->mount->destination);
    target = jail_open_target(j);
    if (target < 0 || mount_target(j, target) < 0)
        return -1;
    if (is_root(j->mount->destination) && follow_root(j->work) < 0)
        return -1;
    return jail_apply_words(j);
}

int jail_mount_all(struct jail_work *work)
{
    const struct jail *plan = work->plan;

    for (size_t i = 0; i < plan->mount_count; i++) {
        struct jail_mounting job = { .work = work, .mount = &plan->mounts[i] };
        int status = mount_one(&job);

        mount_words_free(&job.words);
        free(job.source);
        if (status < 0 && !job.mount->dispensable)
            return failed_while("mounts[%zu]", i);
        if (status < 0) {
            log_warn("left out: mounts[%zu]: %s", i, err_text());
            err_clear();
        }
    }
    return 0;
}
