// job_config.h - a bundle's configuration, made fit for a node of the cluster.
//
// It was written for the host where it was made. What only that host has is
// left out: its control groups, limits, devices, networks and hooks; what Slurm
// gives a job takes their place.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/oci/spec.h"

struct job_config {
    const struct spec *spec;
    const char *id;     // of the container
    const char *image;  // its path on the nodes
    const char *folder; // on the nodes, for small files of the container's own
                        // folder; NULL: none
    int dir;            // the same folder here; -1: none
    uid_t uid;          // the user on the nodes
    gid_t gid;
    bool keep_uid; // he has his own ids in the container
};

// The text, which the caller frees; NULL after failed().
char *job_config_text(const struct job_config *config);

// The same of a process alone, as exec takes it, which is changed; "config" is
// as for the container, all but the user's ids may be missing.
void job_config_process(struct json *process, const struct job_config *config);
