// record.c - in which order the files of an image are read first.
//
// The kernel asks for a file by its number, and forgets nothing that it was
// told: which name it was found by cannot be known. So all names are learnt
// when the server starts, which only who records pays for.
// SPDX-License-Identifier: MIT
#include "core/fuse/record.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fs.h"

enum {
    // Names that are learnt at most.
    NAMES_MOST = 4 << 20,
};

struct name {
    uint64_t id;
    uint32_t dir;  // the place of the directory among the directories
    uint32_t text; // where the name starts
};

struct names {
    struct name *items;
    uint32_t count;
    uint32_t room;
};

struct record {
    struct squash *image;
    int fd;
    pthread_mutex_t lock;
    struct names dirs;  // the first is the root
    void *met;          // their ids, see tsearch(3), while they are learnt
    struct names files; // by id
    bool *was_read;     // of the files
    char *texts;        // NUL-terminated
    size_t length;
    size_t room;
};

// Where the text is put; UINT32_MAX after failed().
static uint32_t add_text(struct record *record, const char *text)
{
    size_t size = strlen(text) + 1;
    size_t at = record->length;
    char *more;

    if (at + size > record->room) {
        record->room = record->room * 2 + size + 4096;
        more = record->room < UINT32_MAX ? realloc(record->texts, record->room)
                                         : NULL;
        if (more == NULL) {
            failed(ENOMEM, "can't learn the names of its files");
            return UINT32_MAX;
        }
        record->texts = more;
    }
    memcpy(record->texts + at, text, size);
    record->length += size;
    return (uint32_t)at;
}

static int add_name(struct names *names, const struct name *name)
{
    struct name *more;

    if (names->count == NAMES_MOST)
        return failed(0, "too many files to record which ones are read");
    if (names->count == names->room) {
        names->room = names->room * 2 + 256;
        more = reallocarray(names->items, names->room, sizeof *more);
        if (more == NULL)
            return failed(errno, "can't learn the names of its files");
        names->items = more;
    }
    names->items[names->count++] = *name;
    return 0;
}

static int compare_ids(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

    return one < other ? -1 : one > other;
}

// Is the directory met for the first time? In an image that is not sound it may
// be in many places, and even within itself. A tree, as whoever chooses the ids
// can make any table of hashes slow. 1, 0, or -1 after failed().
static int meet(struct record *record, uint64_t id)
{
    uint64_t *mine = malloc(sizeof *mine);
    uint64_t **there = NULL;

    if (mine != NULL) {
        *mine = id;
        there = tsearch(mine, &record->met, compare_ids);
    }
    if (there != NULL && *there == mine)
        return 1;
    free(mine);
    return there != NULL ? 0
                         : failed(ENOMEM, "can't learn the names of its files");
}

static int add_entry(struct record *record, uint32_t dir,
                     const struct squash_entry *entry)
{
    struct name name = { .id = entry->id, .dir = dir };
    bool is_dir = S_ISDIR(entry->type);
    int met = 1;

    // a line can't hold each name
    if ((!is_dir && !S_ISREG(entry->type)) || strchr(entry->name, '\n'))
        return 0;
    if (is_dir)
        met = meet(record, entry->id);
    if (met <= 0)
        return met;
    name.text = add_text(record, entry->name);
    if (name.text == UINT32_MAX)
        return -1;
    return add_name(is_dir ? &record->dirs : &record->files, &name);
}

static int add_dir(struct record *record, uint32_t place)
{
    struct squash_dir *dir =
        squash_dir_open(record->image, record->dirs.items[place].id);
    struct squash_entry entry;
    int result = 0;

    if (dir == NULL)
        return 0; // nobody can read what is in it
    for (uint32_t i = 0; result == 0 && i < squash_dir_count(dir); i++) {
        squash_dir_entry(dir, i, &entry);
        result = add_entry(record, place, &entry);
    }
    squash_dir_close(record->image, dir);
    return result;
}

// A file of several names is told by the one that comes first.
static int compare(const void *a, const void *b)
{
    const struct name *one = a, *other = b;

    if (one->id != other->id)
        return one->id < other->id ? -1 : 1;
    return one->text < other->text ? -1 : one->text > other->text;
}

static int learn_names(struct record *record)
{
    struct name root = { .id = squash_root(record->image) };

    root.text = add_text(record, "");
    if (root.text == UINT32_MAX || meet(record, root.id) < 0 ||
        add_name(&record->dirs, &root) < 0)
        return -1;
    for (uint32_t i = 0; i < record->dirs.count; i++)
        if (add_dir(record, i) < 0)
            return -1;
    return 0;
}

static int learn(struct record *record)
{
    int result = learn_names(record);

    tdestroy(record->met, free);
    record->met = NULL;
    if (result < 0)
        return -1;
    if (record->files.count > 0)
        qsort(record->files.items, record->files.count,
              sizeof *record->files.items, compare);
    record->was_read = calloc(record->files.count + 1, sizeof(bool));
    if (record->was_read == NULL)
        return failed(errno, "can't learn the names of its files");
    return 0;
}

// The place of the file's first name; the number of files: it has none.
static uint32_t find(const struct names *files, uint64_t id)
{
    uint32_t low = 0, high = files->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (files->items[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < files->count && files->items[low].id == id ? low
                                                            : files->count;
}

// From the end, as each directory knows only the one that it is in. A path that
// no program could use is left out.
static void write_path(const struct record *record, const struct name *file)
{
    char line[PATH_MAX];
    size_t at = sizeof line;
    const struct name *name = file;

    line[--at] = '\n';
    for (;;) {
        const char *text = record->texts + name->text;
        size_t length = strlen(text);

        if (length + 1 > at)
            return;
        at -= length;
        // more stands behind: NOLINTNEXTLINE(bugprone-not-null-terminated-result)
        memcpy(line + at, text, length);
        line[--at] = '/';
        if (name->dir == 0)
            break;
        name = &record->dirs.items[name->dir];
    }
    // there is nobody to tell that the disk is full
    (void)fs_write_all(record->fd, line + at, sizeof line - at);
}

struct record *record_open(struct squash *image, int fd)
{
    struct record *record = calloc(1, sizeof *record);

    if (record == NULL) {
        failed(errno, "can't record which files are read");
        return NULL;
    }
    record->image = image;
    record->fd = fd;
    pthread_mutex_init(&record->lock, NULL);
    if (learn(record) == 0)
        return record;
    record_close(record);
    return NULL;
}

void record_read(struct record *record, uint64_t id)
{
    uint32_t place = find(&record->files, id);

    if (place == record->files.count)
        return;
    pthread_mutex_lock(&record->lock);
    if (!record->was_read[place]) {
        record->was_read[place] = true;
        write_path(record, &record->files.items[place]);
    }
    pthread_mutex_unlock(&record->lock);
}

void record_close(struct record *record)
{
    if (record == NULL)
        return;
    pthread_mutex_destroy(&record->lock);
    free(record->dirs.items);
    free(record->files.items);
    free(record->was_read);
    free(record->texts);
    free(record);
}
