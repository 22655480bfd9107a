// root_annotations.c - what a root filesystem may be with this runtime, and no
// other.
//
// "ch.image": an image as ch-run takes them, in the place of root.path.
// "ch.overlay": what the container changes of its root goes to memory, of which
// it may take so much, or to a directory, where it stays.
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

int root_annotations(struct spec *spec, const char *overlay)
{
    const char *image = spec_annotation(spec, IMAGE_ANNOTATION);
    const char *own = spec_annotation(spec, OVERLAY_ANNOTATION);

    if (image != NULL) {
        spec->jail.image = in_bundle(spec, image);
        if (spec->jail.image == NULL)
            return -1;
    }
    if (overlay != NULL)
        return set_overlay(spec, overlay, "--overlay");
    return own == NULL
               ? 0
               : set_overlay(spec, own, "annotation " OVERLAY_ANNOTATION);
}
