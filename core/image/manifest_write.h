// manifest_write.h - the documents of an image that has a single layer.
//
// By OCI's image-spec (config.md, manifest.md, image-index.md) and by Docker's
// image specification, version 1.2. All are JSON; the caller frees.
// SPDX-License-Identifier: MIT
#pragma once

#include <time.h>

#include "core/base/json.h"
#include "core/image/config.h"
#include "core/image/digest.h"

struct image_blob {
    const char *type; // OCI's media type
    struct digest digest;
    uint64_t size;
};

#define TYPE_CONFIG "application/vnd.oci.image.config.v1+json"
#define TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define TYPE_INDEX "application/vnd.oci.image.index.v1+json"

// Of a layer that is compressed by that codec; NULL: OCI has none.
const char *manifest_layer_type(const char *codec);

// The configuration for a platform and an age, with the layer as it is when it
// is not compressed.
struct json *manifest_config(const struct image_config *config,
                             const struct platform *platform, time_t created,
                             const struct digest *unpacked);

struct json *manifest_write(const struct image_blob *config,
                            const struct image_blob *layer);

// An index with one image more; "old" is another, or NULL, whose image of the
// same tag gives way. The tag may be NULL.
struct json *manifest_index(const struct json *old,
                            const struct image_blob *manifest, const char *tag);

// Is an image of this tag in it?
bool manifest_index_has(const struct json *index, const char *tag);

// Docker's list of images: the names of two files, and the image's or NULL.
struct json *manifest_docker(const char *config, const char *layer,
                             const char *reference);

// May an image be called this in an index, or in docker's list? 0, or -1 after
// failed().
int manifest_check_tag(const char *tag);

// The same for docker's list: "debian" is "debian:latest". The caller frees.
// NULL after failed().
char *manifest_reference(const char *text);
