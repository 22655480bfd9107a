// fuzz_config.c - config.json of a bundle, and a process of exec.
// SPDX-License-Identifier: MIT
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/kernel/mount_words.h"
#include "core/oci/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_words(const struct spec *spec)
{
    for (size_t i = 0; i < spec->jail.mount_count; i++) {
        struct mount_words words;

        if (mount_words_read(&words, spec->jail.mounts[i].options) < 0)
            err_clear();
        mount_words_free(&words);
    }
}

static void parse(const uint8_t *data, size_t size,
                  int (*parser)(struct spec *spec, const char *name,
                                char *text))
{
    struct spec spec = { 0 };
    char *text = str_ndup((const char *)data, size);

    if (text == NULL || parser(&spec, "config.json", text) < 0)
        err_clear();
    else
        read_words(&spec);
    spec_free(&spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse(data, size, spec_parse);
    parse(data, size, spec_parse_process);
    return 0;
}
