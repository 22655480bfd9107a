// manifest.h - of what layers an image consists.
//
// Of an OCI layout (image-spec, image-layout.md) or what "docker save" writes.
// All that is read to find it out is verified by its digest first.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/json.h"
#include "core/image/blobs.h"
#include "core/image/platform.h"

// Which of several images is meant.
struct image_choice {
    const char *tag;      // or NULL: there is but one
    const char *platform; // see platform.h; NULL: this machine's
    bool to_run;          // warn of one that is not for this machine
};

struct image_layer {
    char *name;           // of the blob
    struct digest digest; // of the blob
    bool unpacked;        // rather, of what it is when it is decompressed
};

struct manifest {
    struct image_layer *layers; // oldest first
    size_t count;
    struct json *config;
};

// 0, or -1 after failed().
int manifest_read(const struct blobs *blobs, const struct image_choice *choice,
                  struct manifest *manifest);
void manifest_free(struct manifest *manifest);

// Append a layer; takes the name over, which may be NULL after failed(). 0, or
// -1 after failed().
int manifest_add(struct manifest *manifest, char *name,
                 const struct digest *digest, bool unpacked);

// Is the image of that name meant? By all of the name, by what follows a slash
// in it, and by the tag alone; ":latest" may be left out.
bool manifest_is_meant(const char *name, const char *tag);

// Read a document of JSON. NULL after failed().
struct json *manifest_json(const struct blobs *blobs, const char *name,
                           const struct digest *digest);

// What "os", "architecture" and "variant" tell; "" where they do not.
void manifest_platform(const struct json *json, struct platform *platform);

// The two kinds, manifest_oci.c and manifest_docker.c.
int manifest_read_oci(const struct blobs *blobs,
                      const struct image_choice *choice,
                      struct manifest *manifest);
int manifest_read_docker(const struct blobs *blobs,
                         const struct image_choice *choice,
                         struct manifest *manifest);
