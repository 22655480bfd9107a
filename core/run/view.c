// view.c - what a command sees: the host, and what is mounted for it alone.
//
// An ordinary user needs a user namespace for it, in which he is who he was;
// root does not, and keeps all that he may do. The order of things is that of
// launch.c, for the same reasons, and so are the tools: the host's root is to
// the view what an image is to a container. It is replaced only where a mount
// point in it is missing, by a cover that shows all that is there.
// SPDX-License-Identifier: MIT
#include "core/run/view.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/caps.h"
#include "core/kernel/mount.h"
#include "core/kernel/ns.h"
#include "core/kernel/root.h"
#include "core/run/binds.h"
#include "core/run/execute.h"
#include "core/run/namespaces.h"
#include "core/run/targets.h"

// A view on its way: what it takes, found before any namespace is entered.
struct making {
    const struct view *view;
    struct container plan; // of the host as if it were an image
    struct images images;
    struct sources sources;
};

// Where the command begins: the directory, and the path that leads to it.
struct here {
    int fd;     // O_PATH
    char *path; // NULL: none does
};

static int find_image(struct making *m, const struct view_mount *mount,
                      struct source *one)
{
    struct mounting how = m->view->how;
    struct squashfs_plan plan;

    how.image = mount->source;
    plan = mounting_image(&how);
    plan.fuse = FUSE_PREFER; // it is nobody else's to unmount
    if (images_add(&m->images, image_open_squashfs(&plan)) < 0)
        return -1;
    one->image = m->images.items[m->images.count - 1];
    return 0;
}

static int find_source(struct making *m, const struct view_mount *mount,
                       struct source *one)
{
    switch (mount->kind) {
    case VIEW_IMAGE:
        return find_image(m, mount, one);
    case VIEW_BIND:
        one->path = fs_realpath(mount->source);
        return one->path == NULL ? -1 : 0;
    case VIEW_TMPFS:
        break;
    }
    return 0;
}

static int find(struct making *m)
{
    const struct view *view = m->view;

    for (size_t i = 0; i < view->count; i++) {
        const struct view_mount *mount = &view->mounts[i];
        struct source one = { .need = BIND_REQUIRED,
                              .size = mount->size,
                              .options =
                                  mount->read_only ? BIND_READ_ONLY : 0 };

        if (find_source(m, mount, &one) < 0)
            return -1;
        one.target = target_find(mount);
        if (one.target == NULL) {
            free(one.path);
            return -1;
        }
        if (sources_add(&m->sources, &one) < 0 ||
            targets_check(&m->sources) < 0)
            return -1;
    }
    return 0;
}

static int enter_as_root(const struct images *images)
{
    log_step("new mount namespace");
    if (images_serve(images) < 0 || ns_unshare(CLONE_NEWNS) < 0)
        return -1;
    // in a user namespace of its own the kernel has done it
    if (mount_isolate() < 0)
        return failed(errno, "can't keep mounts to this command");
    return 0;
}

// All is there that is to be mounted upon: no cover is needed.
static bool is_plain(const struct making *m)
{
    return m->sources.count == 1 && m->view->mounts[0].kind == VIEW_IMAGE &&
           access(m->sources.items[0].target, F_OK) == 0;
}

// Covers hang on a tmpfs of ours, which lies on the root directory, unseen.
static int put_scratch(void)
{
    cleanup_close int target = root_top();

    if (target < 0)
        return -1;
    if (mount_tmpfs(target, 0755, NULL) < 0)
        return failed(errno, "can't mount a tmpfs for mount points");
    return root_top();
}

// Make the mounts. The tmpfs then goes, or it goes with the old root, if that
// had to be replaced.
static int put_mounts(const struct making *m)
{
    cleanup_close int scratch = is_plain(m) ? -1 : put_scratch();
    int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct mountpoints points = { .root = host, .covers.scratch = scratch };
    struct binds binds = { &m->plan, &m->sources, scratch, &points };
    int status;

    if (host < 0)
        return failed(errno, "can't open the root directory");
    if (scratch < 0 && !is_plain(m)) {
        close(host);
        return -1;
    }
    status = binds_apply(&binds);
    mountpoint_finish(&points);
    if (status == 0 && points.root != host)
        status = root_pivot(points.root, scratch, false);
    else if (status == 0 && scratch >= 0 && mount_remove(ROOT_PILE, true) < 0)
        status = failed(errno, "can't unmount a tmpfs");
    close(points.root);
    return status;
}

// Is each image there for a process that looks now?
static int check(const struct making *m)
{
    for (size_t i = 0; i < m->sources.count; i++)
        if (m->sources.items[i].image != NULL &&
            squashfs_check_at(m->sources.items[i].target) < 0)
            return -1;
    return 0;
}

// The working directory is kept. If a mount covers it, it is entered anew, so
// that "ch-mount IMAGE . -- ls" lists the image; where the mount lacks it, it
// stays the covered one.
static int go_back(const struct here *here)
{
    if (here->path != NULL && chdir(here->path) == 0)
        return 0;
    if (here->path != NULL)
        log_why("staying in %s as it was: %s", here->path, errno_text(errno));
    if (here->fd >= 0 && fchdir(here->fd) < 0)
        return failed(errno, "can't stay in the working directory");
    return 0;
}

static int enter_and_mount(struct making *m)
{
    cleanup_share struct share share = { .role = SHARE_ALONE };
    mode_t mask;
    int status;

    if (caps_may_mount())
        status = enter_as_root(&m->images);
    else if (namespaces_meet(&m->plan, &m->images, NULL, &share) < 0)
        return -1;
    else
        status = namespaces_enter(&m->plan, &m->images, &share);
    if (status < 0)
        return -1;
    // the modes of what is made here are meant as they stand
    mask = umask(0);
    status = put_mounts(m);
    umask(mask);
    return status < 0 ? -1 : share_tell_images(&share);
}

int view_split(const char *word, char **source, const char **target)
{
    const char *split = NULL;

    if (access(word, F_OK) == 0)
        return 0;
    for (const char *c = strchr(word, ':'); c != NULL; c = strchr(c + 1, ':')) {
        cleanup_free char *path = str_ndup(word, (size_t)(c - word));

        if (path == NULL)
            return -1;
        if (access(path, F_OK) == 0) {
            split = c;
            break;
        }
        if (split == NULL && c[1] == '/')
            split = c;
    }
    if (split == NULL)
        return 0;
    *source = str_ndup(word, (size_t)(split - word));
    *target = split + 1;
    return *source == NULL ? -1 : 1;
}

int view_make(const struct view *view)
{
    struct making m = { .view = view };
    struct here here = { open(".", O_PATH | O_DIRECTORY | O_CLOEXEC),
                         getcwd(NULL, 0) };
    int status;

    container_defaults(&m.plan);
    m.plan.image = ""; // in messages, in front of the path
    m.plan.peers.sharing = view->alone ? SHARING_NONE : SHARING_IMAGE;
    status = find(&m);
    if (status == 0)
        status = enter_and_mount(&m);
    if (status == 0)
        status = go_back(&here);
    if (status == 0)
        status = check(&m);
    images_close(&m.images);
    sources_free(&m.sources);
    free(here.path);
    if (here.fd >= 0)
        close(here.fd);
    return status;
}

int view_enter(const struct view *view, char *const *argv)
{
    char usual[] = "/bin/sh";
    char *shell[] = { getenv("SHELL"), NULL };

    if (shell[0] == NULL || shell[0][0] == '\0')
        shell[0] = usual;
    if (view_make(view) < 0)
        return -1;
    return execute(argv != NULL ? argv : shell);
}
