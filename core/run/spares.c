// spares.c - copies of a root that was built, for peers that want the same.
//
// The keeper goes to and fro between mount namespaces, and comes to stand on
// top of what is mounted on its root; so it uses descriptors, not paths.
// SPDX-License-Identifier: MIT
#include "core/run/spares.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/loose.h"
#include "core/kernel/mount.h"
#include "core/kernel/ns.h"

// Users files in one tmpfs, which lives as long as any peer that has one of
// them; it is as large as they can make it.
#define FILES 64U
#define SCRATCH_BYTES (64U << 20)

enum { PASSWD, GROUP, USERS_FILES };

static const char *const targets[USERS_FILES] = { "/etc/passwd", "/etc/group" };

// As far as the kernel told us: it is gone, or never was.
static void forget(int *fd)
{
    scope_close(fd);
    *fd = -1;
}

static const char *text_of(const char *text)
{
    return text != NULL ? text : "";
}

size_t spares_describe(const struct spares_plan *plan, char *to, size_t room)
{
    const char *texts[] = { plan->shape, text_of(plan->passwd),
                            text_of(plan->group) };
    size_t used = 0;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t size = strlen(texts[i]) + 1;

        if (size > room - used)
            return 0;
        memcpy(to + used, texts[i], size);
        used += size;
    }
    return used;
}

// The texts of the description; NULL is an empty one.
static int read_description(struct spares *s, const void *bytes, size_t size)
{
    const char **texts[] = { &s->plan.shape, &s->plan.passwd, &s->plan.group };
    const char *at;

    s->bytes = malloc(size);
    if (s->bytes == NULL)
        return failed(ENOMEM, "can't keep the description of the root");
    memcpy(s->bytes, bytes, size);
    at = s->bytes;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *end = memchr(at, '\0', size - (size_t)(at - s->bytes));

        if (end == NULL)
            return failed(0, "can't read the description of the root");
        *texts[i] = end == at ? NULL : at;
        at = end + 1;
    }
    return 0;
}

int spares_begin(struct spares *s, const void *description, size_t size,
                 int origin)
{
    s->origin = origin;
    s->home = ns_open("mnt");
    s->proc = openat(AT_FDCWD, "/proc", O_PATH | O_CLOEXEC);
    s->place = openat(AT_FDCWD, "/", O_PATH | O_CLOEXEC);
    if (s->home >= 0 && s->proc >= 0 && s->place >= 0 &&
        read_description(s, description, size) == 0)
        return 0;
    forget(&s->origin);
    return -1;
}

bool spares_fit(const struct spares *s, const char *shape, size_t size)
{
    return s->origin >= 0 && s->plan.shape != NULL &&
           strlen(s->plan.shape) == size &&
           memcmp(s->plan.shape, shape, size) == 0;
}

// A tmpfs with room for further files. The one so far is the peers' alone then.
static int renew_scratch(struct spares *s)
{
    if (s->scratch >= 0 && s->files % FILES != 0)
        return 0;
    if (s->scratch >= 0 &&
        (fchdir(s->scratch) < 0 || mount_remove(".", true) < 0))
        return -1;
    forget(&s->scratch);
    s->scratch = loose_tmpfs(SCRATCH_BYTES, FILES + 1);
    return s->scratch < 0 ? -1 : loose_attach(s->scratch, s->place);
}

// A mount of a new file with this text, mounted nowhere. -1 with errno.
static int new_file(struct spares *s, const char *name, const char *text)
{
    char unique[64];
    cleanup_close int fd = -1;

    if (renew_scratch(s) < 0)
        return -1;
    snprintf(unique, sizeof unique, "%s.%u", name, s->files++);
    fd = openat(s->scratch, unique, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
                0644);
    if (fd < 0 || fs_write_all(fd, text, strlen(text)) < 0)
        return -1;
    return mount_copy(fd);
}

static int new_files(struct spares *s, int files[USERS_FILES])
{
    const char *texts[USERS_FILES] = { s->plan.passwd, s->plan.group };

    for (size_t i = 0; i < USERS_FILES; i++) {
        if (texts[i] == NULL)
            continue;
        files[i] = new_file(s, strrchr(targets[i], '/') + 1, texts[i]);
        if (files[i] < 0)
            return -1;
    }
    return 0;
}

static int put_files(const int files[USERS_FILES])
{
    for (size_t i = 0; i < USERS_FILES; i++) {
        cleanup_close int target =
            files[i] < 0 ? -1
                         : openat(AT_FDCWD, targets[i], O_PATH | O_CLOEXEC);

        if (files[i] >= 0 && (target < 0 || mount_put(files[i], target) < 0))
            return -1;
    }
    return 0;
}

// From the origin: the copy, or -1.
static int copy(const struct spares *s, const int files[USERS_FILES])
{
    if (ns_unshare(CLONE_NEWNS) < 0) {
        err_clear();
        return -1;
    }
    return put_files(files) < 0 ? -1 : ns_open_at(s->proc, "mnt");
}

int spares_prepare(struct spares *s)
{
    int files[USERS_FILES] = { -1, -1 };
    int status = 0;

    if (s->origin < 0 || s->spare >= 0)
        return 0;
    if (new_files(s, files) == 0 && ns_enter(s->origin) == 0) {
        s->spare = copy(s, files);
        status = ns_enter(s->home);
    }
    for (size_t i = 0; i < USERS_FILES; i++)
        scope_close(&files[i]);
    if (s->spare < 0)
        forget(&s->origin);
    return status;
}

int spares_take(struct spares *s)
{
    int spare = s->spare;

    s->spare = -1;
    return spare;
}
