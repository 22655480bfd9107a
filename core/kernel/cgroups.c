// cgroups.c - the hierarchies of control groups.
// SPDX-License-Identifier: MIT
#include "core/kernel/cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"

// From linux/magic.h.
#define CGROUP_MAGIC 0x27e0eb
#define CGROUP2_MAGIC 0x63677270

#define TEXT_MAX (256 << 20) // bytes, as many as mountinfo.c takes

// --- what is mounted

// Options of the file system that are no controllers.
static const char *const others[] = {
    "rw", "ro", "noprefix", "xattr", "clone_children", "none"
};

static bool is_controller(const char *option)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(option, others[i]) == 0)
            return false;
    return !str_starts(option, "release_agent=") &&
           !str_starts(option, "favordynmods") &&
           !str_starts(option, "nofavordynmods");
}

// Only the controllers of the list of options, in new memory; NULL after
// failed().
static char *keep_controllers(const char *options)
{
    cleanup_free char *copy = str_dup(options);
    char *kept = str_dup("");
    char *rest = copy;
    char *option;

    while (kept != NULL && (option = strsep(&rest, ",")) != NULL) {
        char *more;

        if (!is_controller(option))
            continue;
        more = str_printf("%s%s%s", kept, kept[0] != '\0' ? "," : "", option);
        free(kept);
        kept = more;
    }
    return kept;
}

static bool has_word(const char *list, const char *word, size_t length)
{
    while (list != NULL) {
        if (strncmp(list, word, length) == 0 &&
            (list[length] == ',' || list[length] == '\0'))
            return true;
        list = strchr(list, ',');
        if (list != NULL)
            list++;
    }
    return false;
}

// The same hierarchy may be mounted several times.
static bool is_known(const struct cgroups *groups, int version,
                     const char *controllers)
{
    for (size_t i = 0; i < groups->count; i++)
        if (groups->items[i].version == version &&
            (version == 2 ||
             strcmp(groups->items[i].controllers, controllers) == 0))
            return true;
    return false;
}

static int add_mount(struct cgroups *groups,
                     const struct mountinfo_entry *entry)
{
    int version = strcmp(entry->type, "cgroup2") == 0 ? 2 : 1;
    cleanup_free char *controllers = NULL;

    if (version == 1 && strcmp(entry->type, "cgroup") != 0)
        return 0;
    controllers = keep_controllers(version == 1 ? entry->options : "");
    if (controllers == NULL)
        return -1;
    if (is_known(groups, version, controllers))
        return 0;
    groups->items[groups->count++] =
        (struct cgroup_hierarchy){ .version = version,
                                   .dir = entry->dir,
                                   .root = entry->root,
                                   .controllers = steal_ptr(&controllers) };
    return 0;
}

// --- where the process is

// What is left of the path of a group below the one that is mounted.
static const char *below_root(const char *path, const char *root)
{
    size_t length = strlen(root);

    if (strcmp(root, "/") == 0)
        return path;
    if (!str_starts(path, root))
        return NULL;
    if (path[length] == '\0')
        return "/";
    return path[length] == '/' ? path + length : NULL;
}

// A line is "4:cpu,cpuacct:/path", and "0::/path" of version 2. Paths may have
// colons.
static bool take_line(char *line, const char **controllers, const char **path)
{
    char *rest = line;

    strsep(&rest, ":");
    *controllers = strsep(&rest, ":");
    *path = rest;
    return *controllers != NULL && rest != NULL && rest[0] == '/';
}

static bool is_line_of(const struct cgroup_hierarchy *h,
                       const char *controllers)
{
    if (h->version == 2 || controllers[0] == '\0')
        return h->version == 2 && controllers[0] == '\0';
    return has_word(h->controllers, controllers, strcspn(controllers, ","));
}

static void take_own(struct cgroups *groups, char *text)
{
    char *rest = text;
    char *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        const char *controllers, *path;

        if (!take_line(line, &controllers, &path))
            continue;
        for (size_t i = 0; i < groups->count; i++)
            if (is_line_of(&groups->items[i], controllers))
                groups->items[i].own = below_root(path, groups->items[i].root);
    }
}

// --- all of them

int cgroups_parse(struct cgroups *groups, char *mountinfo, char *own)
{
    *groups = (struct cgroups){ .text = own };
    if (mountinfo_parse(&groups->mounts, mountinfo) < 0)
        return -1;
    groups->items =
        reallocarray(NULL, groups->mounts.count + 1, sizeof *groups->items);
    if (groups->items == NULL)
        return failed(errno, "can't list the hierarchies of control groups");
    for (size_t i = 0; i < groups->mounts.count; i++)
        if (add_mount(groups, &groups->mounts.entries[i]) < 0)
            return -1;
    take_own(groups, own);
    return 0;
}

// Another mount may cover it.
static bool is_visible(const struct cgroup_hierarchy *h)
{
    struct statfs fs;

    return statfs(h->dir, &fs) == 0 &&
           (uint64_t)fs.f_type ==
               (h->version == 2 ? CGROUP2_MAGIC : CGROUP_MAGIC);
}

static void drop_hidden(struct cgroups *groups)
{
    size_t kept = 0;

    for (size_t i = 0; i < groups->count; i++)
        if (is_visible(&groups->items[i]))
            groups->items[kept++] = groups->items[i];
        else
            free(groups->items[i].controllers);
    groups->count = kept;
}

int cgroups_read(struct cgroups *groups)
{
    char *mounts, *own;

    *groups = (struct cgroups){ 0 };
    own = fs_read(AT_FDCWD, "/proc/self/cgroup", TEXT_MAX, NULL);
    if (own == NULL && err_num() == ENOENT) {
        err_clear(); // a kernel without them
        return 0;
    }
    if (own == NULL)
        return -1;
    mounts = fs_read(AT_FDCWD, "/proc/self/mountinfo", TEXT_MAX, NULL);
    if (mounts == NULL) {
        free(own);
        return -1;
    }
    if (cgroups_parse(groups, mounts, own) < 0)
        return -1;
    drop_hidden(groups);
    return 0;
}

void cgroups_free(struct cgroups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        free(groups->items[i].controllers);
    free(groups->items);
    free(groups->text);
    mountinfo_free(&groups->mounts);
    *groups = (struct cgroups){ 0 };
}

const struct cgroup_hierarchy *cgroups_unified(const struct cgroups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        if (groups->items[i].version == 2)
            return &groups->items[i];
    return NULL;
}

const struct cgroup_hierarchy *cgroups_with(const struct cgroups *groups,
                                            const char *controller)
{
    for (size_t i = 0; i < groups->count; i++)
        if (groups->items[i].version == 1 &&
            has_word(groups->items[i].controllers, controller,
                     strlen(controller)))
            return &groups->items[i];
    return NULL;
}

char *cgroups_of_process(const struct cgroup_hierarchy *hierarchy, pid_t pid)
{
    cleanup_free char *file = str_printf("/proc/%d/cgroup", (int)pid);
    cleanup_free char *text =
        file == NULL ? NULL : fs_read(AT_FDCWD, file, TEXT_MAX, NULL);
    char *rest = text;
    char *line;

    if (text == NULL)
        return NULL;
    while ((line = strsep(&rest, "\n")) != NULL) {
        const char *controllers, *path;

        if (!take_line(line, &controllers, &path) ||
            !is_line_of(hierarchy, controllers))
            continue;
        path = below_root(path, hierarchy->root);
        if (path != NULL)
            return str_dup(path);
    }
    failed(0, "process %d is not in a control group below %s", (int)pid,
           hierarchy->dir);
    return NULL;
}

char *cgroups_dir(const struct cgroup_hierarchy *hierarchy, const char *path)
{
    return str_printf("%s%s", hierarchy->dir,
                      strcmp(path, "/") == 0 ? "" : path);
}
