// manifest_docker.c - what "docker save" and "podman save" write.
//
// By Docker's image specification, version 1.2: "manifest.json" lists images,
// each with the names of its configuration and its layers. Only newer ones are
// named by their digests; else the configuration has those of the layers as
// they are when they are not compressed.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/manifest.h"
#include "core/image/path.h"

#define LIST "manifest.json"
#define BLOBS "blobs/"
enum { SHA256_HEX = 64 };

static bool has_tag(const struct json *image, const char *tag)
{
    const struct json *item = json_first(json_get(image, "RepoTags"));

    for (; item != NULL; item = json_next(item))
        if (json_string(item) != NULL &&
            manifest_is_meant(json_string(item), tag))
            return true;
    return false;
}

// ": a, b" of all images; the caller frees. NULL after failed().
static char *list_tags(const struct json *images)
{
    char *text = str_dup("");
    const struct json *image = json_first(images), *item;

    for (; image != NULL && text != NULL; image = json_next(image)) {
        item = json_first(json_get(image, "RepoTags"));
        for (; item != NULL && text != NULL; item = json_next(item)) {
            cleanup_free char *before = text;

            if (json_string(item) != NULL)
                text = str_printf("%s%s%.200s", before,
                                  before[0] != '\0' ? ", " : ": ",
                                  json_string(item));
            else
                before = NULL;
        }
    }
    return text;
}

// NULL after failed().
static const struct json *choose(const struct json *images, const char *tag)
{
    const struct json *found = NULL, *image = json_first(images);
    size_t count = 0;

    for (; json_is_array(images) && image != NULL; image = json_next(image))
        if (tag == NULL || has_tag(image, tag)) {
            found = image;
            count++;
        }
    if (count == 1)
        return found;

    cleanup_free char *tags = list_tags(images);

    if (tags == NULL)
        return NULL;
    if (count == 0 && tag == NULL)
        failed(0, "no image in it");
    else if (count == 0)
        failed(0, "no image has the tag %s in it%s", tag, tags);
    else
        failed(0,
               "several images are in it, choose one by its tag as in "
               "IMAGE:TAG%s",
               tags);
    return NULL;
}

// The digest by which a blob is called, if it is: "blobs/sha256/HEX" and, of
// configurations, "HEX.json". 1, 0, or -1 after failed().
static int named_digest(const char *name, struct digest *digest)
{
    cleanup_free char *text = NULL;
    size_t digits = strspn(name, "0123456789abcdef");

    if (digits == SHA256_HEX && strcmp(name + digits, ".json") == 0)
        text = str_printf("sha256:%.*s", SHA256_HEX, name);
    else if (str_starts(name, BLOBS) && strchr(name, ':') == NULL)
        text = str_dup(name + strlen(BLOBS));
    else
        return 0;
    if (text == NULL)
        return -1;
    if (strchr(text, '/') != NULL)
        *strchr(text, '/') = ':';
    return digest_parse(text, digest) < 0 ? -1 : 1;
}

static int add_layer(struct manifest *manifest, const char *name,
                     const struct json *unpacked)
{
    struct digest digest;
    int named = named_digest(name, &digest);

    if (named < 0)
        return -1;
    if (named == 0 && (unpacked == NULL || json_string(unpacked) == NULL))
        return failed(0,
                      "the image's configuration has no digest of the layer "
                      "%s",
                      name);
    if (named == 0 && digest_parse(json_string(unpacked), &digest) < 0)
        return -1;
    return manifest_add(manifest, str_dup(name), &digest, named == 0);
}

static int add_layers(const struct json *image, struct manifest *manifest)
{
    const struct json *rootfs = json_get(manifest->config, "rootfs");
    const struct json *id = json_first(json_get(rootfs, "diff_ids"));
    const struct json *layer = json_first(json_get(image, "Layers"));

    for (; layer != NULL; layer = json_next(layer)) {
        if (json_string(layer) == NULL)
            return failed(0, LIST ": \"Layers\" are not names");
        if (add_layer(manifest, json_string(layer), id) < 0)
            return -1;
        id = id != NULL ? json_next(id) : NULL;
    }
    return 0;
}

int manifest_read_docker(const struct blobs *blobs,
                         const struct image_choice *choice,
                         struct manifest *manifest)
{
    cleanup_json struct json *images = manifest_json(blobs, LIST, NULL);
    const struct json *image = NULL;
    const char *config;
    struct digest digest;
    int named;

    if (images != NULL && json_get(images, "schemaVersion") != NULL)
        return failed(0, "it is what skopeo writes as dir:, and can't be read: "
                         "let it write oci: instead");
    if (images != NULL)
        image = choose(images, choice->tag);
    if (image == NULL)
        return -1;
    config = json_get_string(image, "Config");
    if (config == NULL)
        return failed(0, LIST ": an image without \"Config\"");
    named = named_digest(config, &digest);
    if (named < 0)
        return -1;
    manifest->config = manifest_json(blobs, config, named ? &digest : NULL);
    return manifest->config == NULL ? -1 : add_layers(image, manifest);
}
