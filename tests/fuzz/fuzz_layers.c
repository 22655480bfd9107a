// fuzz_layers.c - any bytes as the layers of an image, and as what says of what
// layers it consists: whiteouts, links through layers, OCI's and Docker's JSON.
//
// The input is cut at each line "%%": the first part is a document, taken for a
// manifest, an index, a configuration and Docker's list, each by its digest;
// the others are tar archives, the newest first.
// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/image/blob_write.h"
#include "core/image/config.h"
#include "core/image/copy.h"
#include "core/image/dir_write.h"
#include "core/image/layers.h"
#include "core/image/manifest.h"
#include "core/image/manifest_write.h"
#include "core/image/tar_read.h"
#include "core/image/tree.h"

#define CUT "\n%%\n"
#define LIMIT (1 << 20)

enum { LAYERS_MAX = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char base[] = "/tmp/fuzz_layers.XXXXXX";
static int top = -1; // it, opened

struct parts {
    struct layer_source source; // first: a source is cast to this
    int files[LAYERS_MAX];
};

static void check(int good)
{
    if (!good)
        abort();
}

static struct image_reader *open_layer(struct layer_source *source, size_t age)
{
    struct parts *parts = (struct parts *)source;
    struct stat st;

    check(fstat(parts->files[age], &st) == 0);
    return image_read_tar_part(&(struct feed_part){
        .fd = parts->files[age], .size = (uint64_t)st.st_size });
}

static int check_layer(struct layer_source *source, size_t age)
{
    check(age < source->count);
    return 0;
}

static void close_layers(struct layer_source *source)
{
    struct parts *parts = (struct parts *)source;

    for (size_t i = 0; i < source->count; i++)
        close(parts->files[i]);
}

static const struct layer_source_ops ops = { open_layer, check_layer,
                                             close_layers };

static int file_of(const char *bytes, size_t size)
{
    int fd = memfd_create("part", MFD_CLOEXEC);

    check(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    return fd;
}

static void unpack(struct parts *parts)
{
    struct dir_options options = { .limit = LIMIT, .threads = 1 };
    int into;
    struct copied copied;

    check(mkdirat(top, "in", 0700) == 0);
    into = openat(top, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(into >= 0);
    {
        cleanup_reader struct image_reader *reader =
            image_read_layers(&parts->source);
        cleanup_writer struct image_writer *writer =
            image_write_dir(into, &options);

        check(reader != NULL && writer != NULL);
        if (image_copy(reader, writer, COPY_NO_DEVICES, &copied) < 0)
            check(err_text()[0] != '\0');
    }
    err_clear();
    close(into);
    check(tree_remove(top, "in") == 0);
}

// An image whose "index.json" leads to the document, and whose "manifest.json"
// is the document.
static void make_image(int file, const char *text, size_t size)
{
    static const char *const types[] = { TYPE_MANIFEST, TYPE_INDEX };
    struct image_blob blob = { .type = types[size % 2], .size = size };
    struct blob_writer *writer = blob_write_archive(file);
    cleanup_json struct json *index = NULL;
    cleanup_free char *index_text = NULL;
    cleanup_free char *name = NULL;
    struct hash hash;

    hash_begin_sha256(&hash);
    hash_add(&hash, text, size);
    hash_end(&hash, &blob.digest);
    index = manifest_index(NULL, &blob, "tag");
    index_text = json_text(index, false);
    name = str_printf("blobs/sha256/%s", blob.digest.hex);
    check(writer != NULL && name != NULL &&
          blob_put(writer, name, text, size) == 0 &&
          blob_put(writer, "manifest.json", text, size) == 0);
    if (size % 3 > 0)
        check(blob_put(writer, "index.json", index_text, strlen(index_text)) ==
              0);
    check(blob_writer_finish(writer) == 0);
    blob_writer_close(writer);
}

static void read_documents(const char *text, size_t size)
{
    cleanup_close int file = memfd_create("image", MFD_CLOEXEC);
    cleanup_json struct json *json = json_parse("text", text, size);
    struct image_choice choice = { .tag = size % 5 > 0 ? NULL : "tag" };
    struct image_config config;
    struct manifest manifest;
    bool other;

    if (json != NULL && config_parse(json, &config) == 0) {
        json_free(config_document(&config));
        config_free(&config);
    }
    err_clear();
    make_image(file, text, size);

    cleanup_blobs struct blobs *blobs = blobs_open_archive(file, &other);

    check(blobs != NULL);
    if (manifest_read(blobs, &choice, &manifest) == 0)
        manifest_free(&manifest);
    else
        check(err_text()[0] != '\0');
    err_clear();
}

static void remove_base(void)
{
    tree_remove(AT_FDCWD, base);
}

static void prepare(void)
{
    if (top >= 0)
        return;
    check(mkdtemp(base) != NULL);
    top = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    atexit(remove_base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *end = text + size;
    const char *cut = memmem(text, size, CUT, strlen(CUT));
    struct parts parts = { .source = { &ops, 0 } };

    prepare();
    read_documents(text, (size_t)((cut != NULL ? cut : end) - text));
    while (cut != NULL && parts.source.count < LAYERS_MAX) {
        text = cut + strlen(CUT);
        cut = memmem(text, (size_t)(end - text), CUT, strlen(CUT));
        parts.files[parts.source.count++] =
            file_of(text, (size_t)((cut != NULL ? cut : end) - text));
    }
    unpack(&parts);
    return 0;
}
