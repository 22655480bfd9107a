// bundle_read.c - a runtime bundle, read as a stream.
//
// What config.json says stands in the stream behind the tree, and in the place
// of the same files that the tree may have.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/bundle.h"
#include "core/image/config_files.h"
#include "core/image/squash_read.h"

#define CONFIG_MOST (16 << 20) // bytes; as much JSON as is parsed
#define OWN (1ULL << 62)       // in the id of an entry that is not the tree's

struct bundle_reader {
    struct image_reader reader; // first: a reader is cast to this
    struct image_reader *tree;
    int root;
    struct config_files files;
    struct timespec mtime; // of them
    int next;              // file to bring, when the tree is through
    bool behind;           // it is
};

static struct json *parse(int dir)
{
    size_t size;
    cleanup_free char *text =
        fs_read_regular(dir, BUNDLE_CONFIG, CONFIG_MOST, &size);

    return text == NULL ? NULL : json_parse(BUNDLE_CONFIG, text, size);
}

bool bundle_is(int dir)
{
    struct stat st;
    cleanup_json struct json *json = NULL;
    const char *root;

    if (fstatat(dir, BUNDLE_CONFIG, &st, 0) < 0 || !S_ISREG(st.st_mode))
        return false;
    json = parse(dir);
    if (json == NULL)
        err_clear();
    root =
        json == NULL ? NULL : json_get_string(json_get(json, "root"), "path");
    return root != NULL && json_get_string(json, "ociVersion") != NULL &&
           fstatat(dir, root, &st, 0) == 0;
}

static unsigned id_in(const struct json *user, const char *key)
{
    double id = json_number(json_get(user, key));

    return id >= 0 && id < UINT32_MAX ? (unsigned)id : 0;
}

// Command and arguments are one list here; an image has them as a command.
static struct json *translate(const struct json *json)
{
    const struct json *process = json_get(json, "process");
    const struct json *user = json_get(process, "user");
    const struct json *labels = json_get(json, "annotations");
    const char *directory = json_get_string(process, "cwd");
    struct json *document = json_object();
    struct json *inner = json_add_object(document, "config");
    unsigned uid = id_in(user, "uid"), gid = id_in(user, "gid");

    if (json_get(process, "env") != NULL)
        json_put(inner, "Env", json_copy(json_get(process, "env")));
    if (json_get(process, "args") != NULL)
        json_put(inner, "Cmd", json_copy(json_get(process, "args")));
    if (labels != NULL)
        json_put(inner, "Labels", json_copy(labels));
    if (directory != NULL)
        json_add_string(inner, "WorkingDir", directory);
    if (uid != 0 || gid != 0) {
        cleanup_free char *text = str_printf("%u:%u", uid, gid);

        json_add_string(inner, "User", text != NULL ? text : "");
    }
    return document;
}

static int read_config(struct bundle_reader *b, int dir,
                       const struct json *json)
{
    cleanup_json struct json *document = translate(json);
    struct image_config config;
    struct stat st;
    int status;

    if (fstatat(dir, BUNDLE_CONFIG, &st, 0) == 0)
        b->mtime = st.st_mtim;
    if (config_parse(document, &config) < 0)
        return -1;
    status = config_files_make(&config, &b->files);
    config_free(&config);
    return status;
}

static int open_root(struct bundle_reader *b, int dir, const struct json *json,
                     const struct dir_read_options *options)
{
    const char *path = json_get_string(json_get(json, "root"), "path");
    struct stat st;

    if (path == NULL)
        return failed(0, BUNDLE_CONFIG ": root.path is missing");
    // a FIFO must not make us wait
    b->root = openat(dir, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (b->root < 0 || fstat(b->root, &st) < 0)
        return failed(errno, "can't open the bundle's root %s", path);
    if (S_ISDIR(st.st_mode))
        b->tree = image_read_dir(b->root, options);
    else if (S_ISREG(st.st_mode))
        b->tree = image_read_squash(b->root, 0, path, NULL);
    else
        return failed(0,
                      "the bundle's root is neither a directory nor a file: "
                      "%s",
                      path);
    return b->tree != NULL ? 0 : -1;
}

static bool is_replaced(const struct bundle_reader *b, const char *path)
{
    int file = config_file_of(path);

    return file >= 0 && b->files.files[file].bytes != NULL;
}

static int bundle_next(struct image_reader *reader, struct image_entry *entry)
{
    struct bundle_reader *b = (struct bundle_reader *)reader;

    while (!b->behind) {
        int more = b->tree->ops->next(b->tree, entry);

        if (more < 0 || (more > 0 && !is_replaced(b, entry->path)))
            return more;
        b->behind = more == 0;
    }
    while (b->next < CONFIG_FILES && b->files.files[b->next].bytes == NULL)
        b->next++;
    if (b->next == CONFIG_FILES)
        return 0;
    *entry = (struct image_entry){ .path = config_file_paths[b->next],
                                   .mode = S_IFREG | 0644,
                                   .mtime = b->mtime,
                                   .size = b->files.files[b->next].size,
                                   .id = OWN | (unsigned)b->next };
    b->next++;
    return 1;
}

static int bundle_data(struct image_reader *reader,
                       const struct image_part *part, struct image_sink *sink)
{
    struct bundle_reader *b = (struct bundle_reader *)reader;
    const struct config_file *from;
    struct image_chunk chunk;

    if ((part->id & OWN) == 0)
        return b->tree->ops->data(b->tree, part, sink);
    from = &b->files.files[part->id & ~OWN];
    if (part->offset >= from->size)
        return 0;
    chunk.bytes = from->bytes + part->offset;
    chunk.size = from->size - (size_t)part->offset;
    if (chunk.size > part->size)
        chunk.size = (size_t)part->size;
    chunk.offset = part->offset;
    return sink->put(sink, &chunk);
}

static void bundle_close(struct image_reader *reader)
{
    struct bundle_reader *b = (struct bundle_reader *)reader;

    image_reader_close(&b->tree);
    config_files_free(&b->files);
    scope_close(&b->root);
    free(b);
}

static const struct image_reader_ops bundle_ops = { bundle_next, bundle_data,
                                                    bundle_close };

struct image_reader *image_read_bundle(int dir,
                                       const struct dir_read_options *options)
{
    cleanup_json struct json *json = parse(dir);
    struct bundle_reader *b = json != NULL ? calloc(1, sizeof *b) : NULL;

    if (b == NULL) {
        if (json != NULL)
            failed(errno, "can't read a bundle");
        return NULL;
    }
    b->root = -1;
    b->reader.ops = &bundle_ops;
    if (read_config(b, dir, json) < 0 || open_root(b, dir, json, options) < 0) {
        bundle_close(&b->reader);
        return NULL;
    }
    b->reader.parts = b->tree->parts;
    return &b->reader;
}
