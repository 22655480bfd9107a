// fuzz_members.c - any bytes as an archive of blobs.
// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/image/blobs.h"
#include "core/image/layout_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
    if (!good)
        abort();
}

static void read_blobs(const struct blobs *blobs)
{
    static const char *const names[] = { "index.json", "manifest.json",
                                         "oci-layout", "blobs/sha256/0",
                                         "../index.json" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length = 0;
        cleanup_free char *text = blobs_read(blobs, names[i], NULL, &length);

        check(text != NULL || err_text()[0] != '\0');
        err_clear();
        check(text == NULL || text[length] == '\0');
    }
}

// Takes the blobs over.
static void read_layers(struct blobs *blobs)
{
    struct image_choice choice = { .platform = "linux/amd64" };
    cleanup_reader struct image_reader *reader =
        image_read_layout(blobs, &choice, NULL, NULL);
    struct image_entry entry;
    int more = -1;

    while (reader != NULL && (more = reader->ops->next(reader, &entry)) > 0)
        check(entry.path[0] != '/');
    check(more == 0 || err_text()[0] != '\0');
    err_clear();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int file = memfd_create("archive", MFD_CLOEXEC);
    bool other;
    struct blobs *blobs;

    check(file >= 0 && write(file, data, size) == (ssize_t)size);
    blobs = blobs_open_archive(file, &other);
    if (blobs != NULL) {
        read_blobs(blobs);
        read_layers(blobs);
    } else {
        check(other || err_text()[0] != '\0');
    }
    err_clear();
    close(file);
    return 0;
}
