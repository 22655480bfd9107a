// tell.c - what is going to be done, as -v tells it.
//
// A setting in a line, in the words and the order of Charliecloud's ch-run -v:
// those who ask for help are asked for them.
// SPDX-License-Identifier: MIT
#include "core/run/tell.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/run/storage.h"
#include "core/run/users.h"

// Where a directory's files are; of a file's there is no place that others see.
static const char *root_of(const struct container *plan,
                           const struct image *image)
{
    if (!image_is_costly(image))
        return image_path(image);
    return plan->mount_point != NULL ? plan->mount_point : "(null)";
}

static void tell_peers(const struct peers *peers)
{
    bool join = peers->sharing == SHARING_CONTAINER;

    log_step("join: %d %d %s %d", join, peers->count,
             join ? peers->tag : "(null)", (int)peers->pid);
}

void tell_magic(int file, uint64_t offset)
{
    unsigned char is[4] = { 0 };

    if (log_enabled(LOG_STEP) &&
        pread(file, is, sizeof is, (off_t)offset) == (ssize_t)sizeof is)
        log_step("image file magic expected: 6873 7173; actual: "
                 "%02x%02x %02x%02x",
                 is[0], is[1], is[2], is[3]);
}

void tell_plan(const struct container *plan, const struct image *image)
{
    const char *tmp = getenv("TMPDIR");
    cleanup_free char *storage = NULL;

    if (!log_enabled(LOG_STEP))
        return;
    storage = storage_dir(plan);
    if (storage == NULL)
        err_clear(); // it is only told
    log_step("verbosity: %d", (int)log_level());
    log_step("image: %s", plan->image);
    log_step("storage: %s", storage != NULL ? storage : "(null)");
    log_step("newroot: %s", root_of(plan, image));
    log_step("container uid: %u", plan->uid);
    log_step("container gid: %u", plan->gid);
    tell_peers(&plan->peers);
    log_step("host $TMPDIR: %s", tmp != NULL ? tmp : "/tmp");
    log_step("private /tmp: %d", plan->private_tmp);
    log_step("seccomp: %s", plan->root_emulation ? "yes" : "no");
    log_step("unsafe: %s", plan->unsafe ? "yes" : "no");
}

void tell_namespaces(const struct container *plan, const struct image *image)
{
    cleanup_free char *user = NULL;

    if (!log_enabled(LOG_STEP))
        return;
    log_step("setting up namespaces: %u:%u -> %u:%u", geteuid(), getegid(),
             plan->uid, plan->gid);
    if (image == NULL || !image_is_costly(image) || plan->mount_point != NULL)
        return;
    user = users_name();
    if (user == NULL) {
        err_clear();
        return;
    }
    log_step("using default mount point: /var/tmp/%s.ch/mnt", user);
    log_why("nothing is mounted there, as the image needs no mount point");
}
