// config_pieces.c - the files of a tree that say how to run it.
// SPDX-License-Identifier: MIT
#include "core/image/config_pieces.h"

#include <stdlib.h>

#include "core/base/scope.h"
#include "core/image/config_metadata.h"

static const char *const seen_paths[CONFIG_SEEN] = {
    [CONFIG_PASSWD] = "etc/passwd",
    [CONFIG_GROUP] = "etc/group",
    [CONFIG_NOTES] = CONFIG_METADATA,
};

const char *config_pieces_path(int piece)
{
    return piece < CONFIG_FILES ? config_file_paths[piece]
                                : seen_paths[piece - CONFIG_FILES];
}

struct config_file *config_pieces_at(struct config_pieces *pieces, int piece)
{
    return piece < CONFIG_FILES ? &pieces->files.files[piece]
                                : &pieces->seen[piece - CONFIG_FILES];
}

int config_pieces_settle(struct config_pieces *pieces,
                         struct image_config *config)
{
    struct config_file *document = config_files_document(&pieces->files);

    if (document->bytes == NULL && pieces->seen[CONFIG_NOTES].bytes != NULL)
        config_of_metadata(&pieces->seen[CONFIG_NOTES], document);
    if (config_files_parse(&pieces->files, config) < 0)
        return -1;
    config->passwd = steal_ptr(&pieces->seen[CONFIG_PASSWD].bytes);
    config->group = steal_ptr(&pieces->seen[CONFIG_GROUP].bytes);
    return 0;
}

void config_pieces_free(struct config_pieces *pieces)
{
    config_files_free(&pieces->files);
    for (int i = 0; i < CONFIG_SEEN; i++)
        free(pieces->seen[i].bytes);
    *pieces = (struct config_pieces){ 0 };
}
