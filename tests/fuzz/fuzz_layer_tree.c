// fuzz_layer_tree.c - layers of any entries, laid over each other and unpacked
// into a folder that nothing leaves.
//
// Three bytes are an entry, so that what is tried are trees and not headers:
// what it is, where it is, and where it leads. Names are few and short; layers
// have much to hide from each other.
// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/image/copy.h"
#include "core/image/dir_write.h"
#include "core/image/layers.h"
#include "core/image/path.h"
#include "core/image/tree.h"

#define LIMIT (4 << 20)

enum {
    STEP = 3, // bytes of an entry
    LAYERS = 8,
    ENTRIES = 200, // that are looked at
};

enum kind { FILE_, DIR_, SYMLINK, LINK, WHITEOUT, OPAQUE, FIFO, NEXT_LAYER };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_layer {
    const uint8_t *data;
    size_t size;
};

struct fuzz_source {
    struct layer_source source;           // first: a source is cast to this
    struct fuzz_layer layers[LAYERS + 1]; // oldest first
};

struct fuzz_reader {
    struct image_reader reader; // first: a reader is cast to this
    struct fuzz_layer rest;
    char path[PATH_MAX], other[PATH_MAX];
};

static char base[] = "/tmp/fuzz_layer_tree.XXXXXX";

static void check(int good)
{
    if (!good)
        abort();
}

// Up to three names of four, behind "from".
static void put_path(char *to, const char *from, uint8_t choice)
{
    char *at = stpcpy(to, from);

    for (int depth = 0; depth <= choice >> 6 && depth < 3; depth++) {
        if (depth > 0)
            *at++ = '/';
        *at++ = "abcd"[choice >> (2 * depth) & 3];
    }
    *at = '\0';
}

// The last name with "mark" before it.
static void put_mark(char *path, const char *mark)
{
    char *slash = strrchr(path, '/');
    char *last = slash != NULL ? slash + 1 : path;

    memmove(last + strlen(mark), last, strlen(last) + 1);
    for (; *mark != '\0'; mark++)
        *last++ = *mark;
}

static void fill(struct fuzz_reader *r, struct image_entry *entry)
{
    static const mode_t modes[] = {
        [FILE_] = S_IFREG | 0644,   [DIR_] = S_IFDIR | 0755,
        [SYMLINK] = S_IFLNK | 0777, [LINK] = 0,
        [WHITEOUT] = S_IFREG,       [OPAQUE] = S_IFREG,
        [FIFO] = S_IFIFO | 0600
    };
    static const char *const starts[] = { "", "/", "../", "../../../" };
    uint8_t kind = r->rest.data[0] % NEXT_LAYER;

    put_path(r->path, "", r->rest.data[1]);
    put_path(r->other, "", r->rest.data[2]);
    *entry = (struct image_entry){ .path = r->path, .mode = modes[kind] };
    if (kind == SYMLINK) {
        put_path(r->other, starts[r->rest.data[0] >> 6], r->rest.data[2]);
        entry->target = r->other;
    } else if (kind == LINK) {
        entry->same_as = r->other;
    } else if (kind == WHITEOUT) {
        put_mark(r->path, ".wh.");
    } else if (kind == OPAQUE) {
        size_t length = strlen(r->path);

        snprintf(r->path + length, sizeof r->path - length, "/.wh..wh..opq");
    }
}

static int fuzz_next(struct image_reader *reader, struct image_entry *entry)
{
    struct fuzz_reader *r = (struct fuzz_reader *)reader;

    if (r->rest.size < STEP)
        return 0;
    fill(r, entry);
    r->rest.data += STEP;
    r->rest.size -= STEP;
    return 1;
}

static int fuzz_data(struct image_reader *reader, const struct image_part *part,
                     struct image_sink *sink)
{
    (void)reader;
    (void)part;
    (void)sink;
    return 0;
}

static void fuzz_close(struct image_reader *reader)
{
    free(reader);
}

static const struct image_reader_ops reader_ops = { fuzz_next, fuzz_data,
                                                    fuzz_close };

static struct image_reader *open_layer(struct layer_source *source,
                                       size_t layer)
{
    struct fuzz_source *from = (struct fuzz_source *)source;
    struct fuzz_reader *reader = calloc(1, sizeof *reader);

    check(reader != NULL && layer < source->count);
    reader->reader.ops = &reader_ops;
    reader->rest = from->layers[source->count - 1 - layer];
    return &reader->reader;
}

static int check_layer(struct layer_source *source, size_t layer)
{
    check(layer < source->count);
    return 0;
}

static void close_source(struct layer_source *source)
{
}

static const struct layer_source_ops source_ops = { open_layer, check_layer,
                                                    close_source };

static void cut(struct fuzz_source *source, const uint8_t *data, size_t size)
{
    struct fuzz_layer *layer;

    *source = (struct fuzz_source){ .source = { &source_ops, 1 } };
    layer = source->layers;
    layer->data = data;
    for (; size >= STEP; data += STEP, size -= STEP) {
        if (data[0] % (NEXT_LAYER + 1) != NEXT_LAYER ||
            source->source.count > LAYERS) {
            layer->size += STEP;
            continue;
        }
        layer = &source->layers[source->source.count++];
        layer->data = data + STEP;
    }
}

static void unpack(struct fuzz_source *source, int into)
{
    struct dir_options options = { .limit = LIMIT, .exact = true };
    cleanup_reader struct image_reader *reader =
        image_read_layers(&source->source);
    cleanup_writer struct image_writer *writer =
        image_write_dir(into, &options);
    struct copied copied;

    check(reader != NULL && writer != NULL);
    if (image_copy(reader, writer, COPY_NO_DEVICES, &copied) < 0)
        check(err_text()[0] != '\0');
    err_clear();
}

// All that there is in "base" is the folder "in".
static void check_contained(void)
{
    DIR *dir = opendir(base);
    const struct dirent *entry;

    check(dir != NULL);
    while ((entry = readdir(dir)) != NULL)
        check(entry->d_name[0] == '.' || strcmp(entry->d_name, "in") == 0);
    closedir(dir);
}

static void remove_base(void)
{
    rmdir(base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int top = -1;
    struct fuzz_source source;
    int into;

    if (top < 0) {
        check(mkdtemp(base) != NULL);
        atexit(remove_base);
        top = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (size > (size_t)STEP * ENTRIES)
        return -1;
    check(mkdirat(top, "in", 0700) == 0);
    into = openat(top, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(into >= 0);
    cut(&source, data, size);
    unpack(&source, into);
    check_contained();
    close(into);
    check(tree_remove(top, "in") == 0);
    return 0;
}
