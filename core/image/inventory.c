// inventory.c - all files of an image, in memory, sorted.
//
// The tree is that of SquashFS images that are written
// (core/squash/new_tree.h), which finds the place of an entry and is told the
// number of its record here.
// SPDX-License-Identifier: MIT
#include "core/image/inventory.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/image/contents.h"
#include "core/image/devices.h"
#include "core/image/xattr_text.h"
#include "core/squash/new_tree.h"

enum { FILES_FIRST = 1024 }; // there is room for so many

struct record {
    struct inventory_file file;
    char *first; // path, if it has several
};

// What was read of a record's file.
struct result {
    size_t number;
    uint64_t bytes;
    uint8_t digest[CONTENT_DIGEST];
};

// Records may move while others read.
struct results {
    struct contents_sink sink; // first: a sink is cast to this
    struct result *items;
    size_t count, room;
};

struct inventory {
    struct new_tree tree;
    struct record *records;
    size_t count, room;
    struct inventory_totals totals;
    struct contents *contents; // NULL: they are not read
    struct results results;
    // Where inventory_next() is: names on the way down.
    const struct new_name *way[NEW_DEPTH_MAX + 1];
    size_t lengths[NEW_DEPTH_MAX + 1]; // of the paths up to them
    size_t depth;
    bool begun;
    char path[(NEW_DEPTH_MAX + 1) * (NAME_MAX + 1) + 1];
};

static const struct inventory_file implied = { .mode = S_IFDIR | 0755,
                                               .implied = true };

// --- records

static struct record *add_record(struct inventory *inventory)
{
    size_t room = inventory->room > 0 ? 2 * inventory->room : FILES_FIRST;

    // the number is to be one that the tree has room for
    if (inventory->count >= NEW_NO_XATTRS) {
        failed(EOVERFLOW, "can't list the files");
        return NULL;
    }
    if (inventory->count == inventory->room) {
        void *more =
            reallocarray(inventory->records, room, sizeof *inventory->records);

        if (more == NULL) {
            failed(errno, "can't list the files");
            return NULL;
        }
        inventory->records = more;
        inventory->room = room;
    }
    inventory->records[inventory->count] = (struct record){ 0 };
    return &inventory->records[inventory->count++];
}

static int keep_result(struct contents_sink *sink,
                       const struct contents_file *file)
{
    struct results *results = (struct results *)sink;
    struct result *result;

    if (file->error != NULL)
        return failed(0, "can't read /%s: %s", file->path, file->error);
    if (results->count == results->room) {
        size_t room = results->room > 0 ? 2 * results->room : FILES_FIRST;
        void *more = reallocarray(results->items, room, sizeof *results->items);

        if (more == NULL)
            return failed(errno, "can't list the files");
        results->items = more;
        results->room = room;
    }
    result = &results->items[results->count++];
    result->number = file->number;
    result->bytes = file->bytes;
    memcpy(result->digest, file->digest, sizeof result->digest);
    return 0;
}

static void take_results(struct inventory *inventory)
{
    struct results *results = &inventory->results;

    for (size_t i = 0; i < results->count; i++) {
        const struct result *result = &results->items[i];
        struct inventory_file *file = &inventory->records[result->number].file;

        file->data = result->bytes;
        memcpy(file->content, result->digest, sizeof file->content);
    }
    free(results->items);
    *results = (struct results){ 0 };
}

// --- entries

static int put_link(struct inventory *inventory,
                    const struct image_entry *entry)
{
    return new_tree_link(&inventory->tree, entry->path, entry->same_as);
}

static int put(struct inventory *inventory, const struct image_entry *entry,
               const struct inventory_options *options)
{
    struct record *record = add_record(inventory);
    struct new_node node = { .mode = entry->mode };

    if (record == NULL)
        return -1;
    record->file = (struct inventory_file){ .mode = entry->mode,
                                            .uid = entry->uid,
                                            .gid = entry->gid,
                                            .device = entry->device,
                                            .mtime = entry->mtime };
    if (options->xattrs &&
        xattr_texts(entry, options->user_xattrs_only, &record->file.xattrs) < 0)
        return -1;
    if (S_ISREG(entry->mode)) {
        record->file.size = entry->size;
        if (inventory->contents != NULL &&
            contents_put(inventory->contents, entry,
                         (size_t)(record - inventory->records)) < 0)
            return -1;
    }
    node.xattrs = (uint32_t)(record - inventory->records);
    if (S_ISLNK(entry->mode)) {
        node.target = new_tree_text(&inventory->tree, entry->target);
        if (node.target == NULL)
            return -1;
    }
    return new_tree_put(&inventory->tree, entry->path, &node) != NULL ? 0 : -1;
}

static int read_some(struct inventory *inventory, struct image_reader *reader,
                     const struct inventory_options *options,
                     struct devices *devices)
{
    struct image_entry entry;
    int more, taken;

    while ((more = reader->ops->next(reader, &entry)) > 0) {
        taken = devices_take(devices, &entry);
        if (taken < 0)
            return -1;
        if (taken == 0)
            continue;
        if ((entry.same_as != NULL ? put_link(inventory, &entry)
                                   : put(inventory, &entry, options)) < 0)
            return -1;
    }
    return more;
}

static int read_all(struct inventory *inventory, struct image_reader *reader,
                    const struct inventory_options *options)
{
    struct devices devices = { .kept =
                                   options->devices || !options->converted };
    int status = read_some(inventory, reader, options, &devices);

    devices_free(&devices);
    return status;
}

static int read_contents(struct inventory *inventory,
                         struct image_reader *reader,
                         const struct inventory_options *options)
{
    int status;

    if (!options->contents)
        return read_all(inventory, reader, options);
    inventory->results.sink = (struct contents_sink){ keep_result };
    inventory->contents = contents_new(reader, true, &inventory->results.sink);
    if (inventory->contents == NULL)
        return -1;
    status = read_all(inventory, reader, options);
    if (status == 0)
        status = contents_finish(inventory->contents);
    contents_free(inventory->contents);
    inventory->contents = NULL;
    take_results(inventory);
    return status;
}

// --- when all have come

static void count(struct inventory_totals *totals,
                  const struct inventory_item *item)
{
    mode_t mode = item->file->mode;

    if (S_ISDIR(mode))
        totals->directories++;
    else if (S_ISLNK(mode))
        totals->links++;
    else if (S_ISREG(mode))
        totals->files++;
    else
        totals->others++;
    if (S_ISREG(mode) && item->same_as == NULL)
        totals->bytes += item->file->size;
}

static int look_through(struct inventory *inventory)
{
    struct inventory_item item;

    inventory_rewind(inventory);
    while (inventory_next(inventory, &item)) {
        const struct new_name *name =
            inventory->depth > 0 ? inventory->way[inventory->depth - 1] : NULL;

        count(&inventory->totals, &item);
        if (name == NULL || S_ISDIR(item.file->mode) || name->node->links < 2 ||
            item.same_as != NULL)
            continue;
        inventory->records[item.number].first = str_dup(item.path);
        if (inventory->records[item.number].first == NULL)
            return -1;
    }
    inventory_rewind(inventory);
    return 0;
}

struct inventory *inventory_read(struct image_reader *reader,
                                 const struct inventory_options *options)
{
    struct inventory *inventory = calloc(1, sizeof *inventory);

    if (inventory == NULL) {
        failed(errno, "can't list the files");
        return NULL;
    }
    if (new_tree_init(&inventory->tree, 0) == 0 &&
        read_contents(inventory, reader, options) == 0 &&
        new_tree_sort(&inventory->tree) > 0 && look_through(inventory) == 0)
        return inventory;
    inventory_free(inventory);
    return NULL;
}

void inventory_free(struct inventory *inventory)
{
    if (inventory == NULL)
        return;
    new_tree_free(&inventory->tree);
    for (size_t i = 0; i < inventory->count; i++) {
        free(inventory->records[i].first);
        strlist_free(&inventory->records[i].file.xattrs);
    }
    free(inventory->records);
    free(inventory);
}

size_t inventory_count(const struct inventory *inventory)
{
    return inventory->count;
}

const struct inventory_totals *inventory_totals(
    const struct inventory *inventory)
{
    return &inventory->totals;
}

// --- one after another

// The name that follows, after all below the last one.
static const struct new_name *step(struct inventory *inventory)
{
    const struct new_name *last =
        inventory->depth > 0 ? inventory->way[inventory->depth - 1] : NULL;
    const struct new_node *node =
        last != NULL ? last->node : inventory->tree.root;

    if (S_ISDIR(node->mode) && node->dir.names != NULL) {
        inventory->depth++;
        return node->dir.names;
    }
    for (; inventory->depth > 0; inventory->depth--) {
        last = inventory->way[inventory->depth - 1]->next;
        if (last != NULL)
            return last;
    }
    return NULL;
}

static void append(struct inventory *inventory, const struct new_name *name)
{
    size_t above = inventory->depth - 1;
    size_t length = above > 0 ? inventory->lengths[above - 1] : 0;

    inventory->way[above] = name;
    if (length > 0)
        inventory->path[length++] = '/';
    memcpy(inventory->path + length, name->name, name->key.length + 1);
    inventory->lengths[above] = length + name->key.length;
}

static void fill(struct inventory *inventory, const struct new_node *node,
                 struct inventory_item *item)
{
    struct record *record = node->xattrs != NEW_NO_XATTRS
                                ? &inventory->records[node->xattrs]
                                : NULL;

    *item =
        (struct inventory_item){ .path = inventory->path, .file = &implied };
    if (record == NULL)
        return;
    item->file = &record->file;
    item->number = node->xattrs;
    if (S_ISLNK(node->mode))
        item->target = node->target;
    if (record->first != NULL && strcmp(record->first, item->path) != 0)
        item->same_as = record->first;
}

bool inventory_next(struct inventory *inventory, struct inventory_item *item)
{
    const struct new_name *name;

    if (!inventory->begun) {
        inventory->begun = true;
        fill(inventory, inventory->tree.root, item);
        return true;
    }
    name = step(inventory);
    if (name == NULL)
        return false;
    append(inventory, name);
    fill(inventory, name->node, item);
    return true;
}

void inventory_rewind(struct inventory *inventory)
{
    inventory->begun = false;
    inventory->depth = 0;
    inventory->path[0] = '\0';
}

// A slash is less than all that a name can have, and more than its end.
int inventory_compare(const char *one, const char *other)
{
    while (*one == *other && *one != '\0') {
        one++;
        other++;
    }
    if (*one == '\0' || *other == '\0')
        return (*one != '\0') - (*other != '\0');
    if (*one == '/' || *other == '/')
        return (*other == '/') - (*one == '/');
    return (unsigned char)*one > (unsigned char)*other ? 1 : -1;
}
