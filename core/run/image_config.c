// image_config.c - an image that is to be run by what it says itself.
//
// A root filesystem is a directory for everybody, and may be a SquashFS file
// for us. What else ch-run runs has to be told by an annotation: other programs
// that read such a config.json had better not find a file there.
// SPDX-License-Identifier: MIT
#include "core/run/image_config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/runtime_config.h"
#include "core/base/scope.h"
#include "core/image/config_of.h"
#include "core/image/config_runtime.h"
#include "core/run/image.h"
#include "core/run/image_file.h"

static int read_directory(const char *path, struct image_config *config)
{
    cleanup_close int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (dir < 0)
        return failed(errno, "can't open the image directory %s", path);
    return config_of_directory(dir, config);
}

static int read_config(const struct image *image, struct image_config *config)
{
    struct unpacking u = image_unpacking(image);
    struct image_choice choice = { .tag = u.tag, .platform = u.platform };
    cleanup_close int file = -1;

    if (u.is_layout)
        return config_of_layout(u.file, &choice, config);
    if (u.file >= 0)
        return config_of_archive(u.file, &choice, config);
    if (!u.is_squashfs)
        return read_directory(u.path, config);
    file = image_file_open(u.path);
    return file < 0 ? -1 : config_of_squashfs(file, u.path, u.offset, config);
}

// What ch-run would be given, from wherever it is called.
static int annotate(const struct image *image, const char *path,
                    struct strlist *annotations)
{
    struct unpacking u = image_unpacking(image);
    char *text;

    if (u.file < 0 && (!u.is_squashfs || squashfs_is_file(path)))
        return 0;
    text = str_printf(IMAGE_ANNOTATION "=%s%s%s", path,
                      u.tag != NULL ? ":" : "", u.tag != NULL ? u.tag : "");
    return text == NULL ? -1 : strlist_take(annotations, text);
}

static int add_all(struct strlist *list, char *const *words)
{
    for (; words != NULL && *words != NULL; words++)
        if (strlist_add(list, *words) < 0)
            return -1;
    return 0;
}

static char *make_text(const struct image_wish *wish, const struct image *image,
                       const struct image_config *own)
{
    cleanup_free char *path = fs_realpath(image_path(image));
    struct runtime_config to = { .rootless = wish->rootless,
                                 .plain = wish->plain,
                                 .host_network = true,
                                 .read_only = !wish->writable,
                                 .root = path };
    char *text = NULL;

    if (path != NULL && add_all(&to.args, wish->args) == 0 &&
        config_runtime(own, &to) == 0 &&
        add_all(&to.environment, wish->environment.items) == 0 &&
        annotate(image, path, &to.annotations) == 0)
        text = runtime_config_text(&to);
    config_runtime_free(&to);
    return text;
}

char *image_config_text(const struct image_wish *wish)
{
    struct container plan;
    cleanup_image struct image *image = NULL;
    struct image_config config = { 0 };
    char *text = NULL;

    container_defaults(&plan);
    plan.image = wish->image;
    image = image_open(&plan);
    if (image != NULL && read_config(image, &config) == 0)
        text = make_text(wish, image, &config);
    config_free(&config);
    return text == NULL ? (failed_while("the image %s", wish->image), NULL)
                        : text;
}
