// root_annotations.c - what a root filesystem may be with this runtime, and no
// other.
//
// "ch.image": an image as ch-run takes them, in the place of root.path.
// "ch.overlay": what the container changes of its root goes to memory, of which
// it may take so much, or to a directory, where it stays.
//
// podman hands on the annotations of images, whose makers are not to choose
// what of the host becomes the root or is written to. So the image has to be
// that of root.path, perhaps with a tag, and the directory is below the bundle.
// SPDX-License-Identifier: MIT
#include "core/oci/root_annotations.h"

#include <string.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/run/image_config.h"
#include "core/run/overlay_size.h"

// A path begins with "/" or ".": a size does not.
static bool is_path(const char *value)
{
    return value[0] == '/' || value[0] == '.';
}

static char *in_bundle(struct spec *spec, const char *path)
{
    return arena_keep(&spec->arena,
                      path[0] == '/' || spec->jail.bundle == NULL
                          ? str_dup(path)
                          : str_printf("%s/%s", spec->jail.bundle, path));
}

static int set_layer(struct spec *spec, const char *value)
{
    struct jail *plan = &spec->jail;
    bool read_only = str_ends(value, ":ro");
    char *path = in_bundle(spec, value);

    if (path == NULL)
        return -1;
    if (read_only || str_ends(path, ":rw"))
        path[strlen(path) - strlen(":ro")] = '\0';
    plan->layer = path;
    plan->layer_read_only = read_only;
    return 0;
}

static int set_overlay(struct spec *spec, const char *value, const char *what)
{
    if (is_path(value))
        return set_layer(spec, value);
    spec->jail.overlay_size = value;
    return overlay_size_check(what, value);
}

static int set_annotated_overlay(struct spec *spec, const char *value)
{
    if (value[0] == '/' || strstr(value, "..") != NULL)
        return failed(0,
                      "annotation " OVERLAY_ANNOTATION ": %s is not below the "
                      "bundle: --overlay may be elsewhere",
                      value);
    return set_overlay(spec, value, "annotation " OVERLAY_ANNOTATION);
}

static int set_image(struct spec *spec, const char *value)
{
    const char *given = spec->jail.root != NULL ? spec->jail.root : "";
    char *root = in_bundle(spec, given), *image = in_bundle(spec, value);
    size_t length = root != NULL ? strlen(root) : 0;

    if (root == NULL || image == NULL)
        return -1;
    if (strncmp(image, root, length) != 0 ||
        (image[length] != '\0' && image[length] != ':'))
        return failed(0,
                      "annotation " IMAGE_ANNOTATION
                      ": %s is not the root.path "
                      "%s, nor this with a tag",
                      value, given);
    spec->jail.image = image;
    return 0;
}

int root_annotations(struct spec *spec, const char *overlay)
{
    const char *image = spec_annotation(spec, IMAGE_ANNOTATION);
    const char *own = spec_annotation(spec, OVERLAY_ANNOTATION);

    if (image != NULL && set_image(spec, image) < 0)
        return -1;
    if (overlay != NULL)
        return set_overlay(spec, overlay, "--overlay");
    return own == NULL ? 0 : set_annotated_overlay(spec, own);
}
