// manifest.c - of what layers an image consists.
// SPDX-License-Identifier: MIT
#include "core/image/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define LATEST ":latest"

enum { LAYERS_MAX = 10000 }; // runtimes end at some hundreds

struct json *manifest_json(const struct blobs *blobs, const char *name,
                           const struct digest *digest)
{
    size_t size;
    cleanup_free char *text = blobs_read(blobs, name, digest, &size);

    return text == NULL ? NULL : json_parse(name, text, size);
}

// By the first "length" characters of the name.
static bool is_meant(const char *name, size_t length, const char *tag)
{
    size_t size = strlen(tag);
    const char *end;

    if (length < size || size == 0)
        return false;
    end = name + (length - size);
    return memcmp(end, tag, size) == 0 &&
           (end == name || end[-1] == '/' ||
            (end[-1] == ':' && memchr(end, '/', size) == NULL));
}

bool manifest_is_meant(const char *name, const char *tag)
{
    size_t length = strlen(name);

    if (is_meant(name, length, tag))
        return true;
    return str_ends(name, LATEST) &&
           is_meant(name, length - strlen(LATEST), tag);
}

int manifest_add(struct manifest *manifest, char *name,
                 const struct digest *digest, bool unpacked)
{
    struct image_layer *layers;

    if (name == NULL)
        return -1;
    if (manifest->count == LAYERS_MAX) {
        free(name);
        return failed(0, "more than %d layers", LAYERS_MAX);
    }
    layers =
        reallocarray(manifest->layers, manifest->count + 1, sizeof *layers);
    if (layers == NULL) {
        free(name);
        return failed(errno, "can't list the layers");
    }
    manifest->layers = layers;
    layers[manifest->count++] = (struct image_layer){ name, *digest, unpacked };
    return 0;
}

int manifest_read(const struct blobs *blobs, const struct image_choice *choice,
                  struct manifest *manifest)
{
    int status;

    *manifest = (struct manifest){ 0 };
    // "docker save" writes both since its version 25
    if (blobs_has(blobs, "index.json"))
        status = manifest_read_oci(blobs, choice, manifest);
    else
        status = manifest_read_docker(blobs, choice, manifest);
    if (status < 0)
        manifest_free(manifest);
    return status;
}

void manifest_free(struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->count; i++)
        free(manifest->layers[i].name);
    free(manifest->layers);
    json_free(manifest->config);
    *manifest = (struct manifest){ 0 };
}
