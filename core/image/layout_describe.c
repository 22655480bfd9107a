// layout_describe.c - of what layers an image consists, for people.
// SPDX-License-Identifier: MIT
#include "core/image/layout_describe.h"

#include <stdlib.h>

#include "core/base/scope.h"
#include "core/base/str.h"

// In an order to be read: digests first, as they are of one width.
static int describe_layer(const struct blobs *blobs,
                          const struct image_layer *layer, struct json *layers)
{
    cleanup_blob struct blob blob = { .fd = -1 };
    cleanup_free char *digest = str_printf(
        "%s:%s", digest_algorithm(&layer->digest), layer->digest.hex);
    struct json *object;

    if (digest == NULL || blobs_open(blobs, layer->name, &blob) < 0)
        return -1;
    object = json_append_object(layers);
    json_add_string(object, layer->unpacked ? "diffId" : "digest", digest);
    json_add_number(object, "size", (double)blob.size);
    return 0;
}

int layout_describe(const struct blobs *blobs,
                    const struct image_choice *choice, struct json *object)
{
    static const char *const told[] = { "os", "architecture", "variant",
                                        "created", "author" };
    struct manifest manifest;
    struct json *layers;
    int status = 0;

    if (manifest_read(blobs, choice, &manifest) < 0)
        return -1;
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        const char *text = json_get_string(manifest.config, told[i]);

        if (text != NULL)
            json_add_string(object, told[i], text);
    }
    layers = json_add_array(object, "layers");
    for (size_t i = 0; status == 0 && i < manifest.count; i++)
        status = describe_layer(blobs, &manifest.layers[i], layers);
    manifest_free(&manifest);
    return status;
}
