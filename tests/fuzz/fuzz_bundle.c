// fuzz_bundle.c - any bytes as the config.json of a runtime bundle that is read
// as an image, and as what ch-image notes of one.
//
// The root that it names is opened, wherever it is, and not read.
// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/image/bundle.h"
#include "core/image/config_metadata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char base[] = "/tmp/fuzz_bundle.XXXXXX";
static int top = -1; // it, opened

static void check(int good)
{
    if (!good)
        abort();
}

static void clean(void)
{
    check(unlinkat(top, BUNDLE_CONFIG, 0) == 0);
    check(unlinkat(top, BUNDLE_DIR, AT_REMOVEDIR) == 0);
    check(rmdir(base) == 0);
}

static void begin(void)
{
    log_level_set(LOG_ERROR);
    check(mkdtemp(base) != NULL);
    top = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(top >= 0 && mkdirat(top, BUNDLE_DIR, 0755) == 0);
    atexit(clean);
}

static void read_bundle(const uint8_t *data, size_t size)
{
    cleanup_close int fd = openat(
        top, BUNDLE_CONFIG, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    struct dir_read_options options = { .exclude = NULL };
    struct image_reader *reader;

    check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    bundle_is(top);
    reader = image_read_bundle(top, &options);
    image_reader_close(&reader);
    err_clear();
}

static void read_metadata(const uint8_t *data, size_t size)
{
    struct config_file file = { malloc(size), size };
    struct config_files files = { 0 };
    struct image_config config;

    check(file.bytes != NULL);
    memcpy(file.bytes, data, size);
    config_of_metadata(&file, config_files_document(&files));
    if (config_files_parse(&files, &config) < 0)
        err_clear();
    config_free(&config);
    config_files_free(&files);
    free(file.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (top < 0)
        begin();
    read_bundle(data, size);
    read_metadata(data, size);
    return 0;
}
