// fuzz_layout.c - any bytes as the documents of an image of layers.
//
// Lines "---" cut them into blobs. The last is index.json, or manifest.json if
// the first byte says so. In a blob "@0" stands for the digest of the first,
// and so on; else nothing but the first document would ever be read. They are
// read as members of an archive.
// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/image/blobs.h"
#include "core/image/config.h"
#include "core/image/digest.h"
#include "core/image/manifest.h"

#define CUT "\n---\n"

enum {
    BLOBS = 10, // a digit names one
    BLOCK = 512,
    SUM_OFFSET = 148,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct text {
    char *bytes;
    size_t size;
};

struct layout {
    int archive;
    char names[BLOBS][160]; // "sha256:..."
    size_t count;
};

static void check(int good)
{
    if (!good)
        abort();
}

static void add_member(int archive, const char *name, const struct text *text)
{
    static const char zeros[BLOCK];
    char header[BLOCK] = { 0 };
    size_t rest = (BLOCK - text->size % BLOCK) % BLOCK;
    unsigned sum = 0;

    snprintf(header, 100, "%s", name);
    snprintf(header + 100, 8, "%07o", 0644);
    snprintf(header + 124, 12, "%011zo", text->size);
    snprintf(header + 136, 12, "%011o", 0);
    header[156] = '0';
    snprintf(header + 257, 6, "ustar");
    memset(header + 263, '0', 2);
    memset(header + SUM_OFFSET, ' ', 8);
    for (size_t i = 0; i < sizeof header; i++)
        sum += (unsigned char)header[i];
    snprintf(header + SUM_OFFSET, 8, "%06o", sum);
    check(write(archive, header, sizeof header) == sizeof header);
    check(write(archive, text->bytes, text->size) == (ssize_t)text->size);
    check(write(archive, zeros, rest) == (ssize_t)rest);
}

// With digests in the place of "@0" and its like; the caller frees.
static struct text fill_in(const struct layout *layout, const char *from,
                           size_t size)
{
    struct text text = { malloc(size * sizeof layout->names[0] + 1), 0 };

    check(text.bytes != NULL);
    for (size_t i = 0; i < size; i++) {
        size_t number = i + 1 < size ? (size_t)(from[i + 1] - '0') : BLOBS;

        if (from[i] == '@' && number < layout->count) {
            text.size += (size_t)snprintf(text.bytes + text.size,
                                          sizeof layout->names[0], "%s",
                                          layout->names[number]);
            i++;
        } else {
            text.bytes[text.size++] = from[i];
        }
    }
    return text;
}

static void add_blob(struct layout *layout, const struct text *text)
{
    char name[200];
    struct hash hash;
    struct digest digest;

    hash_begin_sha256(&hash);
    hash_add(&hash, text->bytes, text->size);
    hash_end(&hash, &digest);
    snprintf(name, sizeof name, "blobs/sha256/%s", digest.hex);
    snprintf(layout->names[layout->count], sizeof layout->names[0], "sha256:%s",
             digest.hex);
    add_member(layout->archive, name, text);
    layout->count++;
}

static void make(struct layout *layout, bool docker, const char *data,
                 size_t size)
{
    static const char zeros[2 * BLOCK];
    const char *end;
    struct text text;

    layout->archive = memfd_create("archive", MFD_CLOEXEC);
    check(layout->archive >= 0);
    while (layout->count < BLOBS &&
           (end = memmem(data, size, CUT, strlen(CUT))) != NULL) {
        text = fill_in(layout, data, (size_t)(end - data));
        add_blob(layout, &text);
        free(text.bytes);
        size -= (size_t)(end - data) + strlen(CUT);
        data = end + strlen(CUT);
    }
    text = fill_in(layout, data, size);
    add_member(layout->archive, docker ? "manifest.json" : "index.json", &text);
    free(text.bytes);
    check(write(layout->archive, zeros, sizeof zeros) == sizeof zeros);
}

static void read_image(const struct blobs *blobs, const char *tag)
{
    struct image_choice choice = { .tag = tag, .platform = "linux/amd64" };
    struct manifest manifest;
    struct image_config config = { 0 };

    if (manifest_read(blobs, &choice, &manifest) < 0) {
        check(err_text()[0] != '\0');
        err_clear();
        return;
    }
    if (config_parse(manifest.config, &config) < 0)
        check(err_text()[0] != '\0');
    err_clear();
    config_free(&config);
    manifest_free(&manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct layout layout = { 0 };
    bool other;

    if (size < 1)
        return 0;
    make(&layout, data[0] == 'd', (const char *)data + 1, size - 1);
    cleanup_blobs struct blobs *blobs =
        blobs_open_archive(layout.archive, &other);

    if (blobs != NULL) {
        read_image(blobs, NULL);
        read_image(blobs, "latest");
    } else {
        check(other || err_text()[0] != '\0');
    }
    err_clear();
    close(layout.archive);
    return 0;
}
