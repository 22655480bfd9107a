// manifest_write.c - the documents of an image that has a single layer.
// SPDX-License-Identifier: MIT
#include "core/image/manifest_write.h"

#include <string.h>

#include "core/base/err.h"
#include "core/base/str.h"

#define REF "org.opencontainers.image.ref.name"
#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static const struct {
    const char *codec;
    const char *type;
} layers[] = {
    { "none", "application/vnd.oci.image.layer.v1.tar" },
    { "gzip", "application/vnd.oci.image.layer.v1.tar+gzip" },
    { "zstd", "application/vnd.oci.image.layer.v1.tar+zstd" },
};

const char *manifest_layer_type(const char *codec)
{
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
        if (strcmp(layers[i].codec, codec) == 0)
            return layers[i].type;
    return NULL;
}

#define DIGEST_TEXT (sizeof(struct digest) + 16)

static const char *digest_text(const struct digest *digest,
                               char text[DIGEST_TEXT])
{
    stpcpy(stpcpy(stpcpy(text, digest_algorithm(digest)), ":"), digest->hex);
    return text;
}

static void put_string(struct json *object, const char *key, const char *value)
{
    json_remove(object, key);
    json_add_string(object, key, value);
}

// One line of history for the one layer, as image-spec has it.
static void add_history(struct json *document, const char *created)
{
    struct json *history = json_add_array(document, "history");
    struct json *item = json_append_object(history);

    json_add_string(item, "created", created);
    json_add_string(item, "created_by", "ch-convert");
}

struct json *manifest_config(const struct image_config *config,
                             const struct platform *platform, time_t created,
                             const struct digest *unpacked)
{
    struct json *document = config_document(config);
    struct json *rootfs;
    char text[DIGEST_TEXT], time[64] = "";
    struct tm tm;

    if (gmtime_r(&created, &tm) != NULL)
        strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &tm);
    put_string(document, "created", time);
    put_string(document, "architecture", platform->architecture);
    put_string(document, "os", platform->os);
    json_remove(document, "variant");
    if (platform->variant[0] != '\0')
        json_add_string(document, "variant", platform->variant);
    rootfs = json_add_object(document, "rootfs");
    json_add_string(rootfs, "type", "layers");
    json_append_string(json_add_array(rootfs, "diff_ids"),
                       digest_text(unpacked, text));
    add_history(document, time);
    return document;
}

static void describe(struct json *object, const struct image_blob *blob)
{
    char text[DIGEST_TEXT];

    json_add_string(object, "mediaType", blob->type);
    json_add_string(object, "digest", digest_text(&blob->digest, text));
    json_add_number(object, "size", (double)blob->size);
}

struct json *manifest_write(const struct image_blob *config,
                            const struct image_blob *layer)
{
    struct json *manifest = json_object();

    json_add_number(manifest, "schemaVersion", 2);
    json_add_string(manifest, "mediaType", TYPE_MANIFEST);
    describe(json_add_object(manifest, "config"), config);
    describe(json_append_object(json_add_array(manifest, "layers")), layer);
    return manifest;
}

static bool has_tag(const struct json *descriptor, const char *tag)
{
    const char *own = json_get_string(json_get(descriptor, "annotations"), REF);

    return own != NULL && tag != NULL && strcmp(own, tag) == 0;
}

bool manifest_index_has(const struct json *index, const char *tag)
{
    const struct json *item = json_first(json_get(index, "manifests"));

    while (item != NULL && !has_tag(item, tag))
        item = json_next(item);
    return item != NULL;
}

struct json *manifest_index(const struct json *old,
                            const struct image_blob *manifest, const char *tag)
{
    struct json *index = old != NULL ? json_copy(old) : json_object();
    struct json *list = json_array(), *own;
    const struct json *item = json_first(json_get(old, "manifests"));

    for (; item != NULL; item = json_next(item))
        if (!has_tag(item, tag))
            json_append(list, json_copy(item));
    own = json_append_object(list);
    describe(own, manifest);
    if (tag != NULL)
        json_add_string(json_add_object(own, "annotations"), REF, tag);
    if (json_get(index, "schemaVersion") == NULL) {
        json_add_number(index, "schemaVersion", 2);
        json_add_string(index, "mediaType", TYPE_INDEX);
    }
    json_put(index, "manifests", list);
    return index;
}

struct json *manifest_docker(const char *config, const char *layer,
                             const char *reference)
{
    struct json *images = json_array();
    struct json *image = json_append_object(images);
    struct json *tags;

    json_add_string(image, "Config", config);
    tags = json_add_array(image, "RepoTags");
    if (reference != NULL)
        json_append_string(tags, reference);
    json_append_string(json_add_array(image, "Layers"), layer);
    return images;
}

// image-spec, annotations.md: letters and digits, and between them one of
// these.
int manifest_check_tag(const char *tag)
{
    if (tag[0] == '\0' ||
        tag[strspn(tag, LETTERS CAPITALS DIGITS "-._:@/+")] != '\0')
        return failed(0,
                      "not a tag, which has letters, digits and -._:@/+ only: "
                      "%s",
                      tag);
    return 0;
}

char *manifest_reference(const char *text)
{
    const char *slash = strrchr(text, '/');
    const char *name = slash != NULL ? slash + 1 : text;
    const char *colon = strchr(name, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : strlen(text);

    // of the host, which comes first, capitals and a port are allowed
    if (name[0] == '\0' || name == colon ||
        strspn(text, LETTERS CAPITALS DIGITS "-._:/") < length ||
        strspn(name, LETTERS DIGITS "-._") < strcspn(name, ":") ||
        (colon != NULL &&
         (colon[1] == '\0' ||
          colon[1 + strspn(colon + 1, LETTERS CAPITALS DIGITS "-._")] !=
              '\0'))) {
        failed(0, "not a name of an image, as debian:12 is one: %s", text);
        return NULL;
    }
    return colon != NULL ? str_dup(text) : str_printf("%s:latest", text);
}
