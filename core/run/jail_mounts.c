// jail_mounts.c - the mounts of a container, in their order.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mount.h"
#include "core/run/jail_mounting.h"

// The directory's own mode, if the options have none.
static char *with_mode(const char *data, mode_t mode)
{
    if (str_starts(data, "mode=") || strstr(data, ",mode=") != NULL)
        return str_dup(data);
    return str_printf("mode=%o%s%s", mode & 07777, data[0] != '\0' ? "," : "",
                      data);
}

// A tmpfs that begins with what it hides, which a descriptor still shows.
static int mount_with_copy(const struct jail_mounting *j, int target)
{
    const char *place = j->mount->destination;
    char path[FS_FD_PATH];
    cleanup_close int from =
        open(fs_fd_path(path, target), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_close int to = -1;
    cleanup_free char *own = jail_mount_data(j, "tmpfs", NULL);
    cleanup_free char *data = NULL;
    struct stat st;

    if (from < 0 || fstat(from, &st) < 0)
        return failed(errno, "can't read %s", place);
    data = own == NULL ? NULL : with_mode(own, st.st_mode);
    if (data == NULL)
        return -1;
    if (mount_new(target, "tmpfs", "tmpfs", j->words.flags & ~MS_RDONLY, data) <
        0)
        return failed(errno, "can't mount tmpfs at %s%s", place,
                      mount_hint(errno));
    to = jail_open_mounted(j);
    if (to < 0 || fstat(to, &st) < 0 || jail_copy_up(j->work, from, to) < 0)
        return failed_while("can't fill the tmpfs at %s", place);
    // the copy has given it that of the directory
    if (chmod(fs_fd_path(path, to), st.st_mode & 07777) < 0)
        return failed(errno, "can't set the mode of %s", place);
    if ((j->words.flags & MS_RDONLY) != 0 && mount_set_read_only(to, false) < 0)
        return failed(errno, "can't make %s read-only", place);
    return 0;
}

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
    if (j->words.copy_up && strcmp(j->type, "tmpfs") == 0)
        return mount_with_copy(j, target);
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
    target = jail_open_target(j);
    if (target < 0 || mount_target(j, target) < 0)
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
