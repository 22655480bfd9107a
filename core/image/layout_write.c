// layout_write.c - a stream written as an image of a single layer.
//
// The layer is hashed on its way, as it comes and as it is when it is
// compressed; it gets its name, and the documents that name it follow, when it
// is complete.
// SPDX-License-Identifier: MIT
#include "core/image/layout_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/layout_old.h"
#include "core/image/manifest_write.h"
#include "core/image/output.h"
#include "core/image/tar_write.h"

// OCI image-spec, layer.md, "Whiteouts": what such a name means in a layer.
#define WHITEOUT ".wh."

struct layout_writer {
    struct image_writer writer; // first: a writer is cast to this
    struct layout_write_options options;
    struct blob_writer *blobs;
    struct image_writer *tar;
    struct pack_sums sums;
    char *reference; // docker's name, or NULL
    time_t newest;   // of the files' times
};

static int layout_put(struct image_writer *writer,
                      const struct image_entry *entry,
                      struct image_reader *reader)
{
    struct layout_writer *w = (struct layout_writer *)writer;
    const char *slash = strrchr(entry->path, '/');

    if (str_starts(slash != NULL ? slash + 1 : entry->path, WHITEOUT))
        return failed(0,
                      "can't put /%s into a layer, where such a name stands "
                      "for a file that was removed (--exclude leaves it out)",
                      entry->path);
    if (entry->same_as == NULL && entry->mtime.tv_sec > w->newest)
        w->newest = entry->mtime.tv_sec;
    return w->tar->ops->put(w->tar, entry, reader);
}

// --- the documents

// How files are called: "directory", the digest, and an end.
static const struct {
    const char *directory;
    const char *layer;
    const char *config;
} names[] = {
    [LAYOUT_OCI] = { "blobs/sha256/", "", "" },
    [LAYOUT_DOCKER] = { "", ".tar", ".json" },
};

static char *name_blob(const struct layout_writer *w,
                       const struct digest *digest, const char *end)
{
    return str_printf("%s%s%s", names[w->options.kind].directory, digest->hex,
                      end);
}

// Write a document, and say what it is: its name, which the caller frees. NULL
// after failed().
static char *put_blob(struct layout_writer *w, const struct json *json,
                      const char *end, struct image_blob *blob)
{
    cleanup_free char *text = json_text(json, false);
    cleanup_free char *name = NULL;
    struct hash hash;

    blob->size = strlen(text);
    hash_begin_sha256(&hash);
    hash_add(&hash, text, blob->size);
    hash_end(&hash, &blob->digest);
    name = name_blob(w, &blob->digest, end);
    if (name == NULL || blob_put(w->blobs, name, text, blob->size) < 0)
        return NULL;
    return steal_ptr(&name);
}

static int put_document(struct layout_writer *w, const struct json *json,
                        const char *name)
{
    cleanup_free char *text = json_text(json, false);

    return blob_put(w->blobs, name, text, strlen(text));
}

static int choose_platform(const struct layout_write_options *options,
                           struct platform *platform)
{
    if (options->platform == NULL && config_platform(options->config, platform))
        return 0;
    return platform_parse(options->platform, platform);
}

// The same input gives the same image: it is as old as the image that it was
// made of, or else as the newest file, and no newer than files may be.
static time_t choose_time(const struct layout_writer *w)
{
    const struct layout_write_options *options = &w->options;
    time_t created;

    if (!config_created(options->config, &created))
        created = w->newest;
    return options->has_time && options->time < created ? options->time
                                                        : created;
}

// NULL after failed().
static char *put_config(struct layout_writer *w, const struct digest *unpacked,
                        struct image_blob *blob)
{
    const struct layout_write_options *options = &w->options;
    cleanup_json struct json *json = NULL;
    struct platform platform;

    if (choose_platform(options, &platform) < 0)
        return NULL;
    json =
        manifest_config(options->config, &platform, choose_time(w), unpacked);
    return put_blob(w, json, names[options->kind].config, blob);
}

static int check_tag(const struct layout_write_options *options)
{
    if (!options->no_clobber || options->path == NULL ||
        !layout_old_has(options->path, options->tag))
        return 0;
    return failed(0, "exists, not deleting per --no-clobber: %s:%s",
                  options->path, options->tag);
}

// Another may have added an image since we began.
static int take_old(struct layout_writer *w, struct json **index)
{
    const struct layout_write_options *options = &w->options;

    *index = NULL;
    if (options->path == NULL)
        return 0;
    if (output_lock(options->parent, options->path) < 0 ||
        check_tag(options) < 0)
        return -1;
    return layout_old_take(options->path, options->dir, index);
}

static int put_index(struct layout_writer *w, const struct image_blob *manifest)
{
    static const char version[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
    cleanup_json struct json *old = NULL;
    cleanup_json struct json *index = NULL;

    if (take_old(w, &old) < 0)
        return -1;
    index = manifest_index(old, manifest, w->options.tag);
    if (put_document(w, index, "index.json") < 0)
        return -1;
    return blob_put(w->blobs, "oci-layout", version, strlen(version));
}

static int put_oci(struct layout_writer *w, const struct image_blob *config,
                   const struct image_blob *layer)
{
    struct image_blob blob = { .type = TYPE_MANIFEST };
    cleanup_json struct json *json = manifest_write(config, layer);
    cleanup_free char *name = put_blob(w, json, "", &blob);

    return name == NULL ? -1 : put_index(w, &blob);
}

static int put_docker(struct layout_writer *w, const char *config,
                      const char *layer)
{
    cleanup_json struct json *json =
        manifest_docker(config, layer, w->reference);

    return put_document(w, json, "manifest.json");
}

// Of bytes that are not compressed there is but one digest.
static void end_sums(struct layout_writer *w, struct digest *packed,
                     struct digest *unpacked)
{
    hash_end(&w->sums.out, packed);
    if (w->options.pack.codec->pack != NULL)
        hash_end(&w->sums.in, unpacked);
    else
        *unpacked = *packed;
}

static int layout_finish(struct image_writer *writer)
{
    struct layout_writer *w = (struct layout_writer *)writer;
    struct image_blob config = { .type = TYPE_CONFIG }, layer = { 0 };
    cleanup_free char *config_name = NULL;
    cleanup_free char *layer_name = NULL;
    struct digest unpacked;
    int status;

    if (w->tar->ops->finish(w->tar) < 0)
        return -1;
    end_sums(w, &layer.digest, &unpacked);
    layer.size = w->sums.written;
    layer.type = manifest_layer_type(w->options.pack.codec->name);
    layer_name = name_blob(w, &layer.digest, names[w->options.kind].layer);
    if (layer_name == NULL || blob_end(w->blobs, layer_name) < 0)
        return -1;
    config_name = put_config(w, &unpacked, &config);
    if (config_name == NULL)
        return -1;
    status = w->options.kind == LAYOUT_OCI
                 ? put_oci(w, &config, &layer)
                 : put_docker(w, config_name, layer_name);
    return status < 0 ? -1 : blob_writer_finish(w->blobs);
}

static void layout_close(struct image_writer *writer)
{
    struct layout_writer *w = (struct layout_writer *)writer;

    image_writer_close(&w->tar);
    blob_writer_close(w->blobs);
    free(w->reference);
    free(w);
}

static const struct image_writer_ops layout_ops = { layout_put, layout_finish,
                                                    layout_close };

// What the user gave is judged before anything is done.
static int check(struct layout_writer *w)
{
    const struct layout_write_options *options = &w->options;
    struct platform platform;

    if (options->platform != NULL &&
        platform_parse(options->platform, &platform) < 0)
        return -1;
    if (options->tag == NULL)
        return 0;
    if (options->kind == LAYOUT_DOCKER) {
        w->reference = manifest_reference(options->tag);
        return w->reference == NULL ? -1 : 0;
    }
    if (manifest_check_tag(options->tag) < 0)
        return -1;
    return check_tag(options);
}

static int open_layer(struct layout_writer *w)
{
    struct pack_options pack = w->options.pack;

    if (w->options.kind == LAYOUT_OCI &&
        (blob_directory(w->blobs, "blobs") < 0 ||
         blob_directory(w->blobs, "blobs/sha256") < 0))
        return -1;
    pack.fd = blob_begin(w->blobs);
    pack.sums = &w->sums;
    if (pack.fd >= 0)
        w->tar = image_write_tar(&pack);
    return w->tar == NULL ? -1 : 0;
}

struct image_writer *image_write_layout(
    struct blob_writer *blobs, const struct layout_write_options *options)
{
    struct layout_writer *w = blobs == NULL ? NULL : calloc(1, sizeof *w);

    if (w == NULL) {
        if (blobs != NULL)
            failed(errno, "can't write an image");
        blob_writer_close(blobs);
        return NULL;
    }
    w->writer.ops = &layout_ops;
    w->options = *options;
    w->blobs = blobs;
    if (check(w) == 0 && open_layer(w) == 0)
        return &w->writer;
    layout_close(&w->writer);
    return NULL;
}
