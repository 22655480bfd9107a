// info.c - what can be told of an image.
// SPDX-License-Identifier: MIT
#include "core/image/info.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/scope.h"

static void add_list(struct json *object, const char *key,
                     const struct strlist *list)
{
    struct json *array;

    if (list->count == 0)
        return;
    array = json_add_array(object, key);
    for (size_t i = 0; i < list->count; i++)
        json_append_string(array, list->items[i]);
}

static void add_labels(struct json *object, const struct strlist *labels)
{
    struct json *inner;

    if (labels->count == 0)
        return;
    inner = json_add_object(object, "labels");
    for (size_t i = 0; i < labels->count; i++) {
        const char *equals = strchr(labels->items[i], '=');
        cleanup_free char *name =
            str_ndup(labels->items[i], (size_t)(equals - labels->items[i]));

        if (name != NULL)
            json_add_string(inner, name, equals + 1);
    }
}

static void add_config(struct json *object, const struct image_config *config)
{
    add_list(object, "entrypoint", &config->entrypoint);
    add_list(object, "command", &config->command);
    add_list(object, "environment", &config->environment);
    if (config->user != NULL)
        json_add_string(object, "user", config->user);
    if (config->directory != NULL)
        json_add_string(object, "directory", config->directory);
    add_labels(object, &config->labels);
}

static void add_totals(struct json *object,
                       const struct inventory_totals *totals)
{
    struct json *files = json_add_object(object, "files");

    json_add_number(files, "regular", (double)totals->files);
    json_add_number(files, "directories", (double)totals->directories);
    json_add_number(files, "links", (double)totals->links);
    json_add_number(files, "others", (double)totals->others);
    json_add_number(files, "bytes", (double)totals->bytes);
}

// What comes through a pipe can't be looked at twice.
static int describe(const struct format_place *place, const char *platform,
                    struct json *object)
{
    static const struct strlist none;
    cleanup_close int fd = strcmp(place->path, "-") == 0
                               ? -1
                               : open(place->path, O_RDONLY | O_CLOEXEC);
    struct format_input input = { .fd = fd,
                                  .path = place->path,
                                  .tag = place->tag,
                                  .platform = platform,
                                  .exclude = &none };
    struct stat st;

    if (fd < 0)
        return 0;
    if (fstat(fd, &st) < 0)
        return failed(errno, "can't stat %s", place->path);
    if (S_ISREG(st.st_mode))
        json_add_number(object, "size", (double)st.st_size);
    if (place->format->describe == NULL ||
        (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
        return 0;
    return place->format->describe(&input, object);
}

struct json *info_make(const struct format_place *place, const char *platform,
                       const struct image_config *config,
                       const struct inventory_totals *totals)
{
    cleanup_json struct json *object = json_object();

    json_add_string(object, "path", place->path);
    json_add_string(object, "format", place->format->names[0]);
    if (place->tag != NULL)
        json_add_string(object, "tag", place->tag);
    if (describe(place, platform, object) < 0)
        return NULL;
    add_config(object, config);
    add_totals(object, totals);
    return steal_ptr(&object);
}
