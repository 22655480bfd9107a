// slurm_conf.h - settings of Slurm's configuration files.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/str.h"

// A file as slurm.conf(5) and oci.conf(5) describe it: NAME=VALUE, the names in
// any case, values with blanks in double quotes, "#" begins a comment, and a
// backslash at the end of a line joins the next one.
struct slurm_conf {
    char *path;
    struct strlist names, values; // of the same length
};

// Read it. 0, or -1 after failed(). slurm_conf_free() in any case.
int slurm_conf_read(struct slurm_conf *conf, const char *path);
void slurm_conf_free(struct slurm_conf *conf);

// The value of the last setting of this name, or NULL.
const char *slurm_conf_find(const struct slurm_conf *conf, const char *name);

// Is the word in a list that is separated by commas? Case does not count.
bool slurm_conf_lists(const char *list, const char *word);
