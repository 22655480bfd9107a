// staged_image.c - a root filesystem as an image in the stage, once.
//
// Three steps, of which each later one takes longer: has this very tree been
// seen on this host? Then all of it is read: is there an image of the same
// content? Then one is made. An image appears whole or not at all, and two that
// make the same at the same time make the same file. Its name is true: the tree
// is the same before it is read for its digest and after it was copied, as far
// as stat(2) tells, among it the times of changes, which nobody can set.
// SPDX-License-Identifier: MIT
#include "core/slurm/staged_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/convert.h"
#include "core/image/fingerprint.h"

#define KEY_MAX 256 // bytes
#define SUFFIX ".sqfs"

struct staging {
    const struct stage *stage;
    const char *rootfs;
    int images, keys; // folders
};

// Is the image there? From now on it is in use.
static bool has_image(const struct staging *s, const char *name)
{
    struct stat st;

    return stage_use(s->images, name) == 0 &&
           fstatat(s->images, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st.st_mode);
}

static bool is_name(const char *name)
{
    size_t length = strspn(name, "0123456789abcdef");

    return length > 0 && strcmp(name + length, SUFFIX) == 0;
}

// What the tree of this fingerprint has become; NULL: not known.
static char *recall(const struct staging *s, const struct digest *key)
{
    cleanup_free char *name = fs_read_regular(s->keys, key->hex, KEY_MAX, NULL);

    if (name == NULL) {
        err_clear();
        return NULL;
    }
    if (!is_name(name) || !has_image(s, name))
        return NULL;
    stage_use(s->keys, key->hex);
    return steal_ptr(&name);
}

// Without it, the tree is read again the next time.
static void remember(const struct staging *s, const struct digest *key,
                     const char *name)
{
    char part[sizeof key->hex + 32];
    cleanup_close int fd = -1;

    snprintf(part, sizeof part, "%s.%d", key->hex, (int)getpid());
    fd = openat(s->keys, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || fs_write_all(fd, name, strlen(name)) < 0 ||
        renameat(s->keys, part, s->keys, key->hex) < 0)
        log_why("the image's name can't be noted");
}

static int convert_root(const struct staging *s, const char *path)
{
    struct conversion plan = {
        .in = { .format = &format_dir },
        .out = { .format = &format_squash },
        .xattrs = true,
        .level = -1,
    };
    struct conversion_result result;
    int status = -1;

    plan.in.path = str_dup(s->rootfs);
    plan.out.path = str_dup(path);
    if (plan.in.path != NULL && plan.out.path != NULL)
        status = convert(&plan, &result);
    format_place_free(&plan.in);
    format_place_free(&plan.out);
    return status;
}

// Is the tree still the one of this fingerprint? 0, or -1 after failed().
static int check_same(const struct staging *s, int root,
                      const struct digest *before)
{
    struct digest now;

    if (tree_fingerprint(root, &now) < 0)
        return -1;
    if (strcmp(now.hex, before->hex) == 0)
        return 0;
    return failed(0, "%s was changed while an image of it was made", s->rootfs);
}

static int make_image(const struct staging *s, int root,
                      const struct digest *before, const char *name)
{
    cleanup_free char *path = NULL;
    char part[64];
    uint64_t number;

    if (getrandom(&number, sizeof number, 0) != sizeof number)
        return failed(errno, "can't get a random number");
    snprintf(part, sizeof part, "%.16s.%016jx.part", name, (uintmax_t)number);
    path = str_printf("%s/" STAGE_IMAGES "/%s", s->stage->path, part);
    log_step("making %s of %s", name, s->rootfs);
    if (path == NULL || convert_root(s, path) < 0)
        return -1;
    if (check_same(s, root, before) == 0) {
        if (renameat(s->images, part, s->images, name) == 0)
            return 0;
        failed(errno, "can't rename %s", path);
    }
    unlinkat(s->images, part, 0);
    return -1;
}

static char *image_of_directory(const struct staging *s)
{
    cleanup_close int root =
        open(s->rootfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct digest key, content;
    cleanup_free char *name = NULL;

    if (root < 0) {
        failed(errno, "can't open the root filesystem %s", s->rootfs);
        return NULL;
    }
    if (tree_fingerprint(root, &key) < 0)
        return NULL;
    name = recall(s, &key);
    if (name != NULL)
        return steal_ptr(&name);
    if (tree_digest(s->rootfs, &content) < 0)
        return NULL;
    name = str_printf("%s" SUFFIX, content.hex);
    if (name == NULL ||
        (has_image(s, name) ? check_same(s, root, &key)
                            : make_image(s, root, &key, name)) < 0)
        return NULL;
    remember(s, &key, name);
    return steal_ptr(&name);
}

char *staged_image(const struct stage *stage, const char *rootfs)
{
    cleanup_close int images = stage_folder(stage, STAGE_IMAGES);
    cleanup_close int keys = stage_folder(stage, STAGE_KEYS);
    struct staging s = { stage, rootfs, images, keys };

    if (images < 0 || keys < 0)
        return NULL;
    return image_of_directory(&s);
}
