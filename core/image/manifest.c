// manifest.c - of what layers an image consists.
// SPDX-License-Identifier: MIT
#include "core/image/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/log.h"
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

static void copy_part(const struct json *from, const char *key, char *to,
                      size_t room)
{
    const char *text = json_get_string(from, key);

    if (text != NULL && strlen(text) < room)
        memcpy(to, text, strlen(text) + 1);
}

void manifest_platform(const struct json *json, struct platform *platform)
{
    *platform = (struct platform){ 0 };
    copy_part(json, "os", platform->os, sizeof platform->os);
    copy_part(json, "architecture", platform->architecture,
              sizeof platform->architecture);
    copy_part(json, "variant", platform->variant, sizeof platform->variant);
}

// What there is but one of was chosen by nobody.
static int check_platform(const struct json *config,
                          const struct image_choice *choice)
{
    const char *asked = choice->platform;
    struct platform wanted, has;

    manifest_platform(config, &has);
    if (platform_parse(asked, &wanted) < 0)
        return -1;
    if (has.os[0] == '\0' || platform_fits(&wanted, &has))
        return 0;
    if (asked != NULL)
        return failed(0, "no image for %s is in it: %s/%s", asked, has.os,
                      has.architecture);
    if (choice->to_run)
        log_warn("the image is for %s/%s, and this machine is %s/%s", has.os,
                 has.architecture, wanted.os, wanted.architecture);
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
    if (status == 0)
        status = check_platform(manifest->config, choice);
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
