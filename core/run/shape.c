// shape.c - what a container's root directory is made of, told as text.
//
// Everything that a build of the root (rootfs.c) looks at must be in it, or
// rule such a root out: as does what takes changes, since these are a rank's
// own; or an image that may change, as then the next build may find other mount
// points. A source is told by its inode besides its path: the path may lead to
// something new meanwhile. What is mounted below sources is told by the state
// of all mounts, as mounts need not appear in copies that were made before.
// SPDX-License-Identifier: MIT
#include "core/run/shape.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/kernel/mountinfo.h"

// Files of ours are told by their contents, but only those that rootfs.c makes
// of nothing else: not a cache of libraries.
static bool may_be_shared(const struct container *plan,
                          const struct images *images)
{
    return image_is_costly(images->items[0]) && !plan->write &&
           plan->overlay_size == NULL && plan->layer == NULL &&
           !plan->private_tmp && plan->library_folder_count == 0;
}

static bool tell_file(FILE *text, const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return false;
    fprintf(text, "%jx:%jx %o %s\n", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino,
            st.st_mode & S_IFMT, path);
    return true;
}

static bool tell_source(FILE *text, const struct source *one)
{
    fprintf(text, "%s %d %x %d ", one->target, (int)one->need, one->options,
            one->image != NULL);
    return one->path != NULL && tell_file(text, one->path);
}

static bool tell_self(FILE *text, const struct container *plan,
                      const char *path)
{
    if (plan->self == NULL)
        return true;
    for (const struct command *c = plan->self; c->name != NULL; c++)
        fprintf(text, "%s ", c->name);
    return path != NULL && tell_file(text, path);
}

static bool tell(FILE *text, const struct container *plan,
                 const struct sources *sources)
{
    const struct users *users = &sources->users;
    uint64_t mounts;

    if (mountinfo_state(&mounts) < 0) {
        err_clear();
        return false;
    }
    fprintf(text, "%" PRIx64 "\n%s\n%s\n", mounts,
            users->passwd != NULL ? users->passwd : "",
            users->group != NULL ? users->group : "");
    for (size_t i = 0; i < sources->count; i++)
        if (!tell_source(text, &sources->items[i]))
            return false;
    return tell_self(text, plan, sources->self);
}

char *shape_of(const struct container *plan, const struct images *images,
               const struct sources *sources)
{
    cleanup_free char *shape = NULL;
    size_t size;
    FILE *text;
    bool told;

    if (!may_be_shared(plan, images))
        return NULL;
    text = open_memstream(&shape, &size);
    if (text == NULL)
        return NULL;
    told = tell(text, plan, sources);
    // where memory was short, not all of it is there
    if (fclose(text) != 0 || !told)
        return NULL;
    return steal_ptr(&shape);
}
