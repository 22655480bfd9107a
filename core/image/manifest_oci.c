// manifest_oci.c - an OCI layout: indexes, manifests and how to choose.
//
// By image-spec: image-layout.md, image-index.md, manifest.md, and the media
// types of Docker, which are the same by other names.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/manifest.h"
#include "core/image/platform.h"

#define INDEX "index.json"
#define REF "org.opencontainers.image.ref.name"
#define NAME "io.containerd.image.name" // of "docker save", since its 25

enum {
    DEPTH_MAX = 8, // an index in an index, and so on
    SHOWN = 200,   // characters of a foreign string in a message
};

enum kind { OTHER, MANIFEST, AN_INDEX, LAYER, ELSEWHERE, TOO_OLD };

static const struct {
    const char *type;
    enum kind kind;
} types[] = {
    { "application/vnd.oci.image.manifest.v1+json", MANIFEST },
    { "application/vnd.oci.image.index.v1+json", AN_INDEX },
    { "application/vnd.docker.distribution.manifest.v2+json", MANIFEST },
    { "application/vnd.docker.distribution.manifest.list.v2+json", AN_INDEX },
    { "application/vnd.docker.distribution.manifest.v1+json", TOO_OLD },
    { "application/vnd.docker.distribution.manifest.v1+prettyjws", TOO_OLD },
    { "application/vnd.oci.image.layer.v1.tar", LAYER },
    { "application/vnd.oci.image.layer.v1.tar+gzip", LAYER },
    { "application/vnd.oci.image.layer.v1.tar+zstd", LAYER },
    { "application/vnd.docker.image.rootfs.diff.tar", LAYER },
    { "application/vnd.docker.image.rootfs.diff.tar.gzip", LAYER },
    { "application/vnd.docker.image.rootfs.diff.tar.zstd", LAYER },
    { "application/vnd.oci.image.layer.nondistributable.v1.tar", ELSEWHERE },
    { "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
      ELSEWHERE },
    { "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
      ELSEWHERE },
    { "application/vnd.docker.image.rootfs.foreign.diff.tar", ELSEWHERE },
    { "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", ELSEWHERE },
};

static const char *type_of(const struct json *descriptor)
{
    const char *type = json_get_string(descriptor, "mediaType");

    return type != NULL ? type : "";
}

static enum kind kind_of(const struct json *descriptor)
{
    const char *type = type_of(descriptor);

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i].type) == 0)
            return types[i].kind;
    return OTHER;
}

static const char *annotation(const struct json *descriptor, const char *key)
{
    return json_get_string(json_get(descriptor, "annotations"), key);
}

static bool has_tag(const struct json *descriptor, const char *tag)
{
    const char *ref = annotation(descriptor, REF);
    const char *name = annotation(descriptor, NAME);

    return (ref != NULL && manifest_is_meant(ref, tag)) ||
           (name != NULL && manifest_is_meant(name, tag));
}

static bool fits(const struct json *descriptor, const struct platform *wanted)
{
    const struct json *from = json_get(descriptor, "platform");
    struct platform has;

    if (from == NULL)
        return true;
    manifest_platform(from, &has);
    return platform_fits(wanted, &has);
}

// What a choice is made by.
struct wanted {
    const char *tag; // or NULL
    struct platform platform;
};

// Those of an index that are images, have the tag, and, if that matters, are
// for the platform.
static bool is_candidate(const struct json *descriptor,
                         const struct wanted *wanted, bool by_platform)
{
    enum kind kind = kind_of(descriptor);

    if (kind != MANIFEST && kind != AN_INDEX && kind != TOO_OLD &&
        type_of(descriptor)[0] != '\0')
        return false;
    if (wanted->tag != NULL && !has_tag(descriptor, wanted->tag))
        return false;
    return !by_platform || fits(descriptor, &wanted->platform);
}

static size_t count(const struct json *list, const struct wanted *wanted,
                    bool by_platform, const struct json **first)
{
    const struct json *item = json_first(list);
    const char *digest = NULL, *other;
    size_t found = 0;

    for (; item != NULL; item = json_next(item)) {
        if (!is_candidate(item, wanted, by_platform))
            continue;
        other = json_get_string(item, "digest");
        // tags of the same image
        if (found > 0 && digest != NULL && other != NULL &&
            strcmp(digest, other) == 0)
            continue;
        if (found++ == 0) {
            *first = item;
            digest = other;
        }
    }
    return found;
}

// ": a, b" of what the index has, by a function that names one; the caller
// frees. NULL after failed().
static char *enumerate(const struct json *list,
                       char *(*name_of)(const struct json *descriptor))
{
    char *text = str_dup("");
    const struct json *item = json_first(list);

    for (; item != NULL && text != NULL; item = json_next(item)) {
        cleanup_free char *before = text;
        cleanup_free char *name = name_of(item);

        if (name == NULL)
            return NULL;
        if (name[0] == '\0')
            before = NULL;
        else
            text = str_printf("%s%s%s", before, before[0] != '\0' ? ", " : ": ",
                              name);
    }
    return text;
}

static char *name_tag(const struct json *descriptor)
{
    const char *name = annotation(descriptor, NAME);
    const char *ref = annotation(descriptor, REF);

    if (name == NULL)
        name = ref != NULL ? ref : "";
    return str_printf("%.*s", SHOWN, name);
}

static char *name_platform(const struct json *descriptor)
{
    const struct json *platform = json_get(descriptor, "platform");
    const char *os = json_get_string(platform, "os");
    const char *architecture = json_get_string(platform, "architecture");
    const char *variant = json_get_string(platform, "variant");

    // "unknown" are not images, but statements about some
    if (os == NULL || architecture == NULL || strcmp(os, "unknown") == 0)
        return str_dup("");
    return str_printf("%.*s/%.*s%s%.*s", SHOWN, os, SHOWN, architecture,
                      variant != NULL ? "/" : "", SHOWN,
                      variant != NULL ? variant : "");
}

static int fail_by_tag(const struct json *list, const char *tag, size_t found)
{
    cleanup_free char *tags = enumerate(list, name_tag);

    if (tags == NULL)
        return -1;
    if (found > 1)
        return failed(0,
                      "several images are in it, choose one by its tag as "
                      "in IMAGE:TAG%s",
                      tags);
    if (tag == NULL)
        return failed(0, "no image in it");
    return failed(0, "no image has the tag %s in it%s", tag, tags);
}

static int fail_by_platform(const struct json *list,
                            const struct platform *platform)
{
    cleanup_free char *all = enumerate(list, name_platform);

    if (all == NULL)
        return -1;
    return failed(0, "no image for %s/%s%s%s is in it%s", platform->os,
                  platform->architecture,
                  platform->variant[0] != '\0' ? "/" : "", platform->variant,
                  all);
}

// The descriptor of the one image that is meant; NULL after failed().
static const struct json *choose(const struct json *index,
                                 const struct wanted *wanted)
{
    const struct json *list = json_get(index, "manifests");
    const struct json *found = NULL;
    size_t all, fitting;

    if (!json_is_array(list)) {
        failed(0, "an index without \"manifests\"");
        return NULL;
    }
    all = count(list, wanted, false, &found);
    fitting = count(list, wanted, true, &found);
    if (fitting == 1)
        return found;
    if (all > 0 && fitting == 0)
        fail_by_platform(list, &wanted->platform);
    else
        fail_by_tag(list, wanted->tag, fitting);
    return NULL;
}

// The blob that a descriptor names: its name is the caller's. NULL after
// failed().
static char *blob_of(const struct json *descriptor, struct digest *digest)
{
    const char *text = json_get_string(descriptor, "digest");

    if (text == NULL) {
        failed(0, "a descriptor without a digest");
        return NULL;
    }
    if (digest_parse(text, digest) < 0)
        return NULL;
    return str_printf("blobs/%s/%s", digest_algorithm(digest), digest->hex);
}

static struct json *read_blob(const struct blobs *blobs,
                              const struct json *descriptor)
{
    struct digest digest;
    cleanup_free char *name = blob_of(descriptor, &digest);

    return name == NULL ? NULL : manifest_json(blobs, name, &digest);
}

static int add_layer(struct manifest *manifest, const struct json *descriptor)
{
    enum kind kind = kind_of(descriptor);
    struct digest digest;

    if (kind == ELSEWHERE)
        return failed(0, "a layer is not distributed with the image: %.*s",
                      SHOWN, type_of(descriptor));
    if (kind != LAYER)
        return failed(0, "not a layer of files: \"%.*s\"", SHOWN,
                      type_of(descriptor));
    return manifest_add(manifest, blob_of(descriptor, &digest), &digest, false);
}

static int read_manifest(const struct blobs *blobs, const struct json *json,
                         struct manifest *manifest)
{
    const struct json *layers = json_get(json, "layers");
    const struct json *layer = json_first(layers);

    if (!json_is_array(layers) || json_get(json, "config") == NULL)
        return failed(0, "a manifest without \"config\" and \"layers\"");
    for (; layer != NULL; layer = json_next(layer))
        if (add_layer(manifest, layer) < 0)
            return -1;
    manifest->config = read_blob(blobs, json_get(json, "config"));
    return manifest->config == NULL ? -1 : 0;
}

// From index to index, until there is a manifest. 0, or -1 after failed().
static int descend(const struct blobs *blobs, const struct json *index,
                   struct wanted *wanted, struct manifest *manifest)
{
    cleanup_json struct json *json = NULL;

    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        const struct json *at = choose(index, wanted);
        struct json *next;

        if (at == NULL)
            return -1;
        if (kind_of(at) == TOO_OLD)
            return failed(0, "an image of Docker's first format: \"docker "
                             "pull\" and \"docker save\" make a newer one");
        next = read_blob(blobs, at);
        json_free(json);
        json = next;
        if (json == NULL)
            return -1;
        if (json_get(json, "manifests") == NULL)
            return read_manifest(blobs, json, manifest);
        wanted->tag = NULL; // it was the index that has it
        index = json;
    }
    return failed(0, "more than %d indexes in each other", DEPTH_MAX);
}

int manifest_read_oci(const struct blobs *blobs,
                      const struct image_choice *choice,
                      struct manifest *manifest)
{
    cleanup_json struct json *index = manifest_json(blobs, INDEX, NULL);
    struct wanted wanted = { .tag = choice->tag };

    if (index == NULL || platform_parse(choice->platform, &wanted.platform) < 0)
        return -1;
    return descend(blobs, index, &wanted, manifest);
}
