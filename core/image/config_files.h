// config_files.h - what an image says about how to run it, in files below /ch.
//
// As Charliecloud keeps it for ch-run: "environment", lines of NAME=VALUE,
// "entrypoint" and "cmd" (argfile.h). And "config.json", which nobody needs to
// run the image: all of OCI's configuration but the list of layers, so that an
// image of layers can be made of the tree again. Of what both say, the first
// three hold, as they are what a user would edit.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/image/config.h"
#include "core/image/stream.h"

enum { CONFIG_FILES = 4 };

// The path of each.
extern const char *const config_file_paths[CONFIG_FILES];

// Their bytes, or NULL.
struct config_files {
    struct config_file {
        char *bytes;
        size_t size;
    } files[CONFIG_FILES];
};

// Which of them is it? -1: none.
int config_file_of(const char *path);

// That of OCI's configuration.
struct config_file *config_files_document(struct config_files *files);

// 0, or -1 after failed(); the files are the caller's to free, and so is the
// configuration.
int config_files_make(const struct image_config *config,
                      struct config_files *files);
int config_files_parse(const struct config_files *files,
                       struct image_config *config);

void config_files_free(struct config_files *files);

// The files as a stream. NULL after failed().
struct image_reader *image_read_config(const struct image_config *config);
