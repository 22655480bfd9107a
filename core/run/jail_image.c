// jail_image.c - what the root of a container is made of.
//
// A directory of the bundle, or a SquashFS file in its place; or any image that
// ch-run runs, and then by the same code. Either may have a layer on top that
// takes its changes, in memory or in a directory, with the same locks as there.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/kernel/mount.h"
#include "core/kernel/root.h"
#include "core/run/jail_work.h"
#include "core/run/overlay.h"

bool jail_has_image(const struct jail *plan)
{
    return plan->image != NULL || squashfs_is_file(plan->root);
}

// With one id in the namespace, files of others could not be shown.
static void set_owner(struct container *root, const struct jail *plan)
{
    root->id_ranges = plan->uid_map_count != 1 || plan->uid_map[0].count != 1;
    if (root->id_ranges)
        return;
    root->uid = plan->uid_map[0].inside;
    root->gid = plan->gid_map_count > 0 ? plan->gid_map[0].inside : 0;
}

// A list of its own, as that of the plan is constant. 0, or -1 after failed().
static int copy_words(struct jail_work *work)
{
    const char *const *args = work->plan->process.args;
    size_t count = 0;

    while (args != NULL && args[count] != NULL)
        count++;
    work->words = calloc(count + 1, sizeof *work->words);
    if (work->words == NULL)
        return failed(errno, "can't list the words of the command");
    if (count > 0)
        memcpy(work->words, args, count * sizeof *work->words);
    return 0;
}

int jail_open_image(struct jail_work *work)
{
    const struct jail *plan = work->plan;
    struct container *root = &work->root;

    container_defaults(root);
    root->image = plan->image != NULL ? plan->image : plan->root;
    root->overlay_size = plan->root_read_only ? NULL : plan->overlay_size;
    root->layer = plan->layer;
    root->layer_read_only = plan->layer_read_only;
    if (copy_words(work) < 0)
        return -1;
    root->argv = work->words;
    set_owner(root, plan);
    if (jail_has_image(plan)) {
        work->image = image_open(root);
        if (work->image == NULL)
            return -1;
    }
    if (layer_open(&work->layer, root,
                   work->image != NULL ? image_path(work->image) : plan->root) <
        0)
        return -1;
    // what keeps its lock stays out of all namespaces
    return layer_keep(&work->layer);
}

void jail_close_image(struct jail_work *work)
{
    image_close(&work->image);
    layer_close(&work->layer);
    free(work->words);
}

static int put_overlay(struct jail_work *work, int image)
{
    int root;

    work->layer.pid = work->told;
    root = overlay_mount(
        &(struct overlay){ &work->root, &work->layer, image, work->pile });

    close(image);
    return root;
}

int jail_put_image(struct jail_work *work)
{
    const char *path = work->plan->root;
    int root;

    if (work->image != NULL && image_mount(work->image, work->pile) < 0)
        return -1;
    if (work->image == NULL && root_bind(path, work->pile, work->pile) < 0)
        return failed(errno, "can't bind the root filesystem %s", path);
    root = root_top();
    if (root >= 0 && work->share.role != SHARE_ALONE &&
        mount_set_read_only(root, false) < 0)
        return failed(errno, "can't make the shared image read-only");
    if (root < 0 || (work->image != NULL && image_offer(work->image, root) < 0))
        return -1;
    return overlay_wanted(&work->root) ? put_overlay(work, root) : root;
}
