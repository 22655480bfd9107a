// config_pieces.h - the files of a tree that say how to run it.
//
// Those that are the configuration alone (config_files.h), and those that are
// part of the tree as well: the lists of users, whose names the configuration
// may give, and what another program notes of the image.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/image/config_files.h"

enum { CONFIG_PASSWD, CONFIG_GROUP, CONFIG_NOTES, CONFIG_SEEN };
enum { CONFIG_PIECES = CONFIG_FILES + CONFIG_SEEN };

#define CONFIG_PIECE_MOST (16 << 20) // bytes; as much JSON as is parsed

struct config_pieces {
    struct config_files files;
    struct config_file seen[CONFIG_SEEN];
};

// Each by its index: its path, and where it is kept.
const char *config_pieces_path(int piece);
struct config_file *config_pieces_at(struct config_pieces *pieces, int piece);

// Make the configuration of them, which is the caller's to free; what it keeps
// of them is taken. 0, or -1 after failed().
int config_pieces_settle(struct config_pieces *pieces,
                         struct image_config *config);
void config_pieces_free(struct config_pieces *pieces);
#define cleanup_config_pieces __attribute__((cleanup(config_pieces_free)))
