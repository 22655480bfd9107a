// runtime_config.h - a bundle's config.json, as OCI's runtimes read it.
//
// Written down here once: by ch-oci for people to begin with, and by ch-convert
// for an image (runtime-spec, config.md).
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/str.h"

struct json;

#define RUNTIME_CONFIG_PATH \
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Plain data, borrowed.
struct runtime_config {
    bool rootless; // for the caller, an ordinary user: his ids are mapped
    bool plain; // nothing but a root of its own: ranks of a job step, that talk
                // to each other by the node's memory; ids are whatever they are
    bool host_network; // the host's network, and its files about names
    bool terminal;
    bool limits; // of open files, to what others write
    bool read_only;
    const char *root;
    const char *hostname; // NULL: not told
    unsigned uid, gid;
    struct strlist args;
    struct strlist environment; // NAME=VALUE
    const char *directory;
    struct strlist annotations; // NAME=VALUE
};

// In "section", of linux: a map ("uidMappings", "gidMappings") of one id.
void runtime_config_map(struct json *section, const char *key, double inside,
                        double outside);

// The text, which the caller frees.
char *runtime_config_text(const struct runtime_config *config);
