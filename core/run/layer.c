// layer.c - the directory of --overlay: changes of an image that stay.
// SPDX-License-Identifier: MIT
#include "core/run/layer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/run/layer_image.h"
#include "core/run/layer_lock.h"

static bool is_within(const char *path, const char *dir)
{
    size_t length = strlen(dir);

    return strncmp(path, dir, length) == 0 &&
           (path[length] == '/' || path[length] == '\0' || length == 1);
}

// Overlayfs would see its own changes as changes of the image. An image file
// within, beside upper/, does no harm.
static int check_place(const struct layer *layer, const char *image)
{
    struct stat st;

    if (stat(image, &st) < 0)
        return failed(errno, "can't stat: %s", image);
    if (!S_ISDIR(st.st_mode))
        return 0;
    if (is_within(layer->path, image))
        return failed(0, "can't use overlay %s: it lies in the image %s",
                      layer->path, image);
    if (is_within(image, layer->path))
        return failed(0, "can't use overlay %s: the image %s lies in it",
                      layer->path, image);
    return 0;
}

// Ours, or empty? What is in the way becomes *stranger, which the caller frees.
// -1 with errno.
static int look_at(int dir, char **stranger)
{
    cleanup_close int fd = openat(dir, ".", O_RDONLY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    *stranger = NULL;
    if (entries == NULL)
        return -1;
    steal_fd(&fd); // it is the DIR's
    while ((entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, "upper") == 0) {
            free(steal_ptr(stranger));
            break;
        }
        if (*stranger == NULL && strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0)
            *stranger = strdup(entry->d_name);
    }
    closedir(entries);
    return 0;
}

// A directory by that name is as good as any, but nobody wants a home directory
// to become an overlay.
static int check_contents(const struct layer *layer, int dir)
{
    cleanup_free char *stranger = NULL;

    if (look_at(dir, &stranger) < 0)
        return failed(errno, "can't list overlay %s", layer->path);
    if (stranger != NULL)
        return failed(0,
                      "not an overlay: %s (it is not empty: %s, and has no "
                      "directory upper)",
                      layer->path, stranger);
    return 0;
}

static int check_directory(const char *path, int in, const char *name)
{
    struct stat st;

    if (fstatat(in, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return failed(errno, "can't stat %s/%s", path, name);
    if (!S_ISDIR(st.st_mode))
        return failed(0, "not a directory: %s/%s", path, name);
    // files of others can't be changed, as their owners are not mapped
    if (st.st_uid != geteuid())
        return failed(0, "can't write to overlay %s: %s belongs to user %u",
                      path, strcmp(name, ".") == 0 ? "it" : name, st.st_uid);
    return 0;
}

// 0, or -1 after failed(); *made tells whether it was missing.
static int make_directory(const struct layer *layer, int in, const char *name,
                          bool *made)
{
    *made = mkdirat(in, name, 0755) == 0;
    if (!*made && errno != EEXIST)
        return failed(errno, "can't make %s/%s", layer->path, name);
    return check_directory(layer->path, in, name);
}

static int prepare_to_write(struct layer *layer, int dir)
{
    bool made;

    if (check_directory(layer->path, dir, ".") < 0 ||
        check_contents(layer, dir) < 0 ||
        layer_lock(dir, layer->path, true, &layer->lock) < 0)
        return -1;
    if (make_directory(layer, dir, "upper", &layer->fresh) < 0)
        return -1;
    return make_directory(layer, dir, "work", &made);
}

static int prepare_to_read(struct layer *layer, int dir)
{
    struct stat st;

    if (fstatat(dir, "upper", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
        !S_ISDIR(st.st_mode))
        return failed(0, "not an overlay: %s (it has no directory upper)",
                      layer->path);
    return layer_lock(dir, layer->path, false, &layer->lock);
}

// What follows the last colon may be the end of a name, but no directory is
// made by it, as it is rather an option that there is not.
static int check_name(const char *path)
{
    const char *colon = strrchr(path, ':');

    if (colon == NULL || strchr(colon, '/') != NULL || access(path, F_OK) == 0)
        return 0;
    return failed(0,
                  "--overlay: unknown option: %s (known: ro rw; if it belongs "
                  "to the name of the directory, make that first)",
                  colon + 1);
}

static int find(struct layer *layer, const struct container *plan,
                const char *image)
{
    bool made;

    if (check_name(plan->layer) < 0)
        return -1;
    made = !layer->read_only && mkdir(plan->layer, 0755) == 0;
    if (!made && !layer->read_only && errno != EEXIST)
        return failed(errno, "can't make overlay %s", plan->layer);
    layer->path = realpath(plan->layer, NULL);
    if (layer->path == NULL)
        return failed(errno, "can't find overlay %s", plan->layer);
    if (check_place(layer, image) < 0) {
        if (made)
            rmdir(layer->path);
        return -1;
    }
    if (made)
        log_step("made overlay: %s", layer->path);
    return 0;
}

int layer_open(struct layer *layer, const struct container *plan,
               const char *image)
{
    cleanup_close int dir = -1;

    *layer = (struct layer)LAYER_NONE;
    if (plan->layer == NULL)
        return 0;
    layer->read_only = plan->layer_read_only;
    if (find(layer, plan, image) < 0)
        return -1;
    dir = open(layer->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return failed(errno, "can't open overlay %s", layer->path);
    if ((layer->read_only ? prepare_to_read(layer, dir)
                          : prepare_to_write(layer, dir)) < 0)
        return -1;
    return layer_image_check(dir, layer->path, image, !layer->read_only);
}

int layer_keep(struct layer *layer)
{
    return layer->lock < 0 ? 0 : warden_start(&layer->warden, layer->lock);
}

void layer_close(struct layer *layer)
{
    if (layer->lock >= 0)
        close(layer->lock);
    warden_close(&layer->warden);
    free(layer->path);
    *layer = (struct layer)LAYER_NONE;
}
