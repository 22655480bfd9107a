// sources.c - what is to be bound, found on the host.
// SPDX-License-Identifier: MIT
#include "core/run/sources.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/run/self.h"
#include "core/run/squashfs.h"

// What ch-run makes visible in every container (ch-run(1)).
static const struct bind default_binds[] = {
    { "/dev", "/dev", BIND_IF_SOURCE, 0 },
    { "/proc", "/proc", BIND_IF_SOURCE, 0 },
    { "/sys", "/sys", BIND_IF_SOURCE, 0 },
    { "/etc/hosts", "/etc/hosts", BIND_IF_BOTH, 0 },
    { "/etc/machine-id", "/etc/machine-id", BIND_IF_BOTH, 0 },
    { "/etc/resolv.conf", "/etc/resolv.conf", BIND_IF_BOTH, 0 },
    // Cray's interconnects and launchers
    { "/etc/opt/cray/wlm_detect", "/etc/opt/cray/wlm_detect", BIND_IF_BOTH, 0 },
    { "/opt/cray/udreg", "/opt/cray/udreg", BIND_IF_BOTH, 0 },
    { "/opt/cray/ugni", "/opt/cray/ugni", BIND_IF_BOTH, 0 },
    { "/opt/cray/wlm_detect", "/opt/cray/wlm_detect", BIND_IF_BOTH, 0 },
    { "/opt/cray/xpmem", "/opt/cray/xpmem", BIND_IF_BOTH, 0 },
    { "/var/lib/hugetlbfs", "/var/opt/cray/hugetlbfs", BIND_IF_BOTH, 0 },
    { "/var/opt/cray/alps", "/var/opt/cray/alps", BIND_IF_BOTH, 0 },
    { "/var/run/munge", "/var/run/munge", BIND_IF_BOTH, 0 },
    { "/var/spool/slurmd", "/var/spool/slurmd", BIND_IF_BOTH, 0 },
};

static int add(struct sources *sources, char *path, char *target,
               enum bind_need need)
{
    return sources_add(
        sources,
        &(struct source){ .path = path, .target = target, .need = need });
}

static int find(struct sources *sources, const struct bind *bind)
{
    char *path;

    // most of the default ones: asked in one call, not in one for each name
    if (bind->need == BIND_IF_BOTH && access(bind->source, F_OK) < 0)
        return 0;
    path = realpath(bind->source, NULL);
    if (path != NULL) {
        if (add(sources, path, str_dup(bind->target), bind->need) < 0)
            return -1;
        sources->items[sources->count - 1].options = bind->options;
        return 0;
    }
    if (errno != ENOENT && errno != ENOTDIR)
        return failed(errno, "can't bind: can't find source: %s", bind->source);
    if (bind->need == BIND_REQUIRED)
        return failed(0, "can't bind: source not found: %s", bind->source);
    return 0;
}

// An empty TMPDIR is as good as none.
static int find_tmp(struct sources *sources, const struct container *plan)
{
    const char *chosen = getenv("TMPDIR");
    bool given = chosen != NULL && chosen[0] != '\0';

    if (plan->private_tmp)
        return add(sources, NULL, str_dup("/tmp"), BIND_REQUIRED);
    if (plan->host)
        return 0;
    return find(sources,
                &(struct bind){ given ? chosen : "/tmp", "/tmp",
                                given ? BIND_REQUIRED : BIND_IF_SOURCE, 0 });
}

// Is it named as images are? Then it is the file that is meant.
static bool is_image_name(const char *path)
{
    static const char *const suffixes[] = { ".sqfs", ".squash", ".squashfs",
                                            ".sif" };

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (str_ends(path, suffixes[i]))
            return true;
    return false;
}

// A bind of the user's. A SquashFS file may be bound as the file that it is, or
// what is in it as a directory: the target decides, when it is bound, and where
// there is none the name.
static int find_own(struct sources *sources, const struct container *plan,
                    const struct bind *bind, struct images *images)
{
    struct source *one;

    if (find(sources, bind) < 0)
        return -1;
    one = &sources->items[sources->count - 1];
    if (strcmp(bind->source, bind->target) == 0 ||
        is_image_name(bind->target) || !squashfs_is_file(one->path))
        return 0;
    if (images_add(images, image_open_data(plan, one->path)) < 0)
        return -1;
    one->image = images->items[images->count - 1];
    return 0;
}

int sources_add(struct sources *sources, const struct source *one)
{
    struct source *more =
        one->target == NULL
            ? NULL
            : reallocarray(sources->items, sources->count + 1, sizeof *more);

    if (more == NULL) {
        free(one->path);
        free(one->target);
        return failed(ENOMEM, "can't list the binds");
    }
    sources->items = more;
    more[sources->count++] = *one;
    return 0;
}

int sources_find(const struct container *plan, struct sources *sources,
                 struct images *images)
{
    size_t defaults = sizeof default_binds / sizeof default_binds[0];

    // the host's own root has them all
    for (size_t i = 0; !plan->host && i < defaults; i++)
        if (find(sources, &default_binds[i]) < 0)
            return -1;
    if (users_find_home(plan, &sources->users) < 0 ||
        find_tmp(sources, plan) < 0)
        return -1;
    if (sources->users.home != NULL &&
        find(sources, &(struct bind){ getenv("HOME"), sources->users.home,
                                      BIND_REQUIRED, 0 }) < 0)
        return -1;
    for (size_t i = 0; i < plan->bind_count; i++)
        if (find_own(sources, plan, &plan->binds[i], images) < 0)
            return -1;
    if (plan->self != NULL)
        sources->self = self_path();
    return 0;
}

void sources_free(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        free(sources->items[i].path);
        free(sources->items[i].target);
        free(sources->items[i].place);
    }
    free(sources->items);
    free(sources->self);
    users_free(&sources->users);
    *sources = (struct sources){ 0 };
}
