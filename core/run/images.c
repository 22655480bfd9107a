// images.c - the images of one command: its root's, and those bound into it.
// SPDX-License-Identifier: MIT
#include "core/run/images.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/err.h"

int images_add(struct images *images, struct image *image)
{
    struct image **more;

    if (image == NULL)
        return -1;
    more = reallocarray(images->items, images->count + 1, sizeof(void *));
    if (more == NULL) {
        failed(errno, "can't list the images");
        image_close(&image);
        return -1;
    }
    images->items = more;
    more[images->count++] = image;
    return 0;
}

void images_close(struct images *images)
{
    for (size_t i = 0; i < images->count; i++)
        image_close(&images->items[i]);
    free(images->items);
    *images = (struct images){ 0 };
}

bool images_are_costly(const struct images *images)
{
    for (size_t i = 0; i < images->count; i++)
        if (image_is_costly(images->items[i]))
            return true;
    return false;
}

int images_share(const struct images *images, bool all, struct share *share,
                 struct strlist *identities)
{
    for (size_t i = 0; i < images->count; i++) {
        char *identity;

        if (!all && !image_is_costly(images->items[i]))
            continue;
        identity = image_identity(images->items[i]);
        if (identity == NULL)
            return -1;
        image_share(images->items[i], share, identities->count);
        if (strlist_take(identities, identity) < 0)
            return -1;
    }
    return 0;
}

bool images_need_server(const struct images *images)
{
    for (size_t i = 0; i < images->count; i++)
        if (image_needs_server(images->items[i]))
            return true;
    return false;
}

int images_serve(const struct images *images)
{
    for (size_t i = 0; i < images->count; i++)
        if (image_needs_server(images->items[i]) &&
            image_serve(images->items[i]) < 0)
            return -1;
    return 0;
}
