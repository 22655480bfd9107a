// layers.c - an image of layers, read as one stream.
// SPDX-License-Identifier: MIT
#include "core/image/layers.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/image/layer_links.h"
#include "core/image/seen.h"

// OCI image-spec, layer.md, "Whiteouts".
#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"
#define OF_AUFS ".wh..wh." // at the top: left there by Docker's first driver

struct layers_reader {
    struct image_reader reader; // first: a reader is cast to this
    struct layer_source *source;
    struct image_reader *layer; // that is read, or NULL: the next is to come
    int age;                    // its number
    bool again;                 // this is the second look at it
    struct seen *seen;
    struct layer_links links;
    char path[PATH_MAX];
    char same_as[PATH_MAX];
};

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static int show_as(struct layers_reader *r, const struct name *name,
                   struct image_entry *entry)
{
    entry->path = r->path;
    return seen_path(name, r->path) < 0 ? -1 : 1;
}

static int show_link(struct layers_reader *r, const struct name *name,
                     const struct name *target, struct image_entry *entry)
{
    *entry = (struct image_entry){ .same_as = r->same_as };
    return seen_path(target, r->same_as) < 0 ? -1 : show_as(r, name, entry);
}

// What the name hides in older layers. 0, or -1 after failed().
static int note_whiteout(struct layers_reader *r, const char *path)
{
    const char *last = last_part(path);
    const char *hidden = last + strlen(WHITEOUT);
    struct name *name;
    char clean[PATH_MAX];

    if (strcmp(last, OPAQUE) == 0) {
        name = seen_find(r->seen, path, r->age);
        if (name == NULL)
            return -1;
        seen_imply(name, r->age);
        ages_note(&name->parent->emptied, r->age);
        return 0;
    }
    if (hidden[0] == '\0' || strcmp(hidden, ".") == 0 ||
        strcmp(hidden, "..") == 0)
        return failed(0, "damaged: a whiteout of nothing: %s", path);
    memcpy(clean, path, (size_t)(last - path)); // it is shorter than the path
    memcpy(clean + (last - path), hidden, strlen(hidden) + 1);
    name = seen_find(r->seen, clean, r->age);
    if (name == NULL)
        return -1;
    seen_imply(name, r->age);
    ages_note(&name->hidden, r->age);
    ages_note(&name->emptied, r->age);
    return 0;
}

static int take_directory(struct layers_reader *r, struct name *name,
                          struct image_entry *entry)
{
    bool hidden = seen_is_hidden(name, NEVER, r->age);

    if (layer_links_directory(&r->links, name, r->age) < 0)
        return -1;
    return hidden ? 0 : show_as(r, name, entry);
}

static int take_file(struct layers_reader *r, struct name *name,
                     struct image_entry *entry)
{
    struct name *as;

    if (layer_links_file(&r->links, name, r->age, &as) < 0)
        return -1;
    if (S_ISLNK(entry->mode)) {
        name->target = str_dup(entry->target);
        if (name->target == NULL)
            return -1;
    }
    return as == NULL ? 0 : show_as(r, as, entry);
}

static int take_link(struct layers_reader *r, struct name *name,
                     const struct image_entry *entry)
{
    struct name *target = seen_find(r->seen, entry->same_as, r->age);

    if (target == NULL)
        return -1;
    return layer_links_link(&r->links, name, target, r->age);
}

// Of an entry in the first look at a layer: 1 to show it, 0 to pass over it,
// -1 after failed().
static int take(struct layers_reader *r, struct image_entry *entry)
{
    struct name *name;

    if (str_starts(entry->path, OF_AUFS) && strcmp(entry->path, OPAQUE) != 0)
        return 0;
    if (str_starts(last_part(entry->path), WHITEOUT))
        return note_whiteout(r, entry->path);
    name = seen_find(r->seen, entry->path, r->age);
    if (name == NULL)
        return -1;
    if (name->parent == NULL && !S_ISDIR(entry->mode))
        return 0;
    seen_imply(name, r->age);
    free(name->target);
    name->target = NULL;
    if (entry->same_as != NULL)
        return take_link(r, name, entry);
    return S_ISDIR(entry->mode) ? take_directory(r, name, entry)
                                : take_file(r, name, entry);
}

// The same in a second look.
static int take_again(struct layers_reader *r, struct image_entry *entry)
{
    struct name *name, *as;

    if (entry->same_as != NULL || S_ISDIR(entry->mode))
        return 0;
    name = seen_find(r->seen, entry->path, r->age);
    if (name == NULL)
        return -1;
    as = layer_links_found(&r->links, name);
    return as == NULL ? 0 : show_as(r, as, entry);
}

// 0 when there is a layer to read, 1 at the end, -1 after failed().
static int open_layer(struct layers_reader *r)
{
    if (r->layer != NULL)
        return 0;
    if ((size_t)r->age == r->source->count)
        return layer_links_finish(&r->links) < 0 ? -1 : 1;
    r->layer = r->source->ops->open(r->source, (size_t)r->age);
    return r->layer == NULL ? -1 : 0;
}

static int end_layer(struct layers_reader *r)
{
    image_reader_close(&r->layer);
    if (!r->again && layer_links_want_again(&r->links)) {
        r->again = true;
        return 0;
    }
    layer_links_forget_again(&r->links);
    r->again = false;
    return r->source->ops->check(r->source, (size_t)r->age++);
}

static int layers_next(struct image_reader *reader, struct image_entry *entry)
{
    struct layers_reader *r = (struct layers_reader *)reader;
    struct name *name, *target;
    int status;

    for (;;) {
        if (layer_links_next(&r->links, &name, &target))
            return show_link(r, name, target, entry);
        status = open_layer(r);
        if (status != 0)
            return status > 0 ? 0 : -1;
        status = r->layer->ops->next(r->layer, entry);
        if (status > 0)
            status = r->again ? take_again(r, entry) : take(r, entry);
        else if (status == 0)
            status = end_layer(r);
        if (status != 0)
            return status;
    }
}

static int layers_data(struct image_reader *reader,
                       const struct image_part *part, struct image_sink *sink)
{
    struct layers_reader *r = (struct layers_reader *)reader;

    return r->layer->ops->data(r->layer, part, sink);
}

static void layers_close(struct image_reader *reader)
{
    struct layers_reader *r = (struct layers_reader *)reader;

    image_reader_close(&r->layer);
    layer_links_free(&r->links);
    seen_free(r->seen);
    r->source->ops->close(r->source);
    free(r);
}

static const struct image_reader_ops layers_ops = { layers_next, layers_data,
                                                    layers_close };

struct image_reader *image_read_layers(struct layer_source *source)
{
    struct layers_reader *r = calloc(1, sizeof *r);
    struct seen *seen = seen_new();

    if (r == NULL || seen == NULL || source->count > INT_MAX - 1) {
        failed(errno, "can't read layers");
        source->ops->close(source);
        seen_free(seen);
        free(r);
        return NULL;
    }
    r->reader.ops = &layers_ops;
    r->source = source;
    r->seen = seen;
    layer_links_init(&r->links);
    return &r->reader;
}
