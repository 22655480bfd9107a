// unpack.c - an image unpacked into memory, gone with the last process there.
//
// A tmpfs takes its memory from whoever writes to it, and is given back by the
// kernel with the mount namespace. It must not take all that there is: then
// the kernel would kill the job, or a neighbour.
// SPDX-License-Identifier: MIT
#include "core/run/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/copy.h"
#include "core/image/dir_write.h"
#include "core/image/layout.h"
#include "core/image/layout_read.h"
#include "core/image/squash_read.h"
#include "core/image/tar_read.h"
#include "core/kernel/loose.h"
#include "core/kernel/memory.h"
#include "core/kernel/mount.h"
#include "core/kernel/root.h"

#define LIMIT_UNKNOWN (1ULL << 30) // bytes, where the node tells nothing
#define BYTES_PER_FILE 1024        // as core/image/budget.c counts

static bool is_top(int target)
{
    cleanup_close int top = root_top();
    struct stat one, other;

    return top >= 0 && fstat(top, &one) == 0 && fstat(target, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// Before Linux 5.2 the tmpfs has to be mounted first, and only on the pile can
// it be found again.
static int mount_at_once(int target, uint64_t limit)
{
    char size[24];

    if (!is_top(target))
        return failed(ENOSYS, "can't unpack an image below the root directory");
    snprintf(size, sizeof size, "%" PRIu64, limit);
    if (mount_tmpfs(target, 0755, size) < 0)
        return failed(errno, "can't mount a tmpfs");
    return root_top();
}

// The root of the tmpfs; *loose tells whether it still has to be attached.
static int make_tmpfs(int target, uint64_t limit, bool *loose)
{
    int fd = loose_tmpfs(limit, limit / BYTES_PER_FILE + 1);

    *loose = fd >= 0;
    if (fd >= 0)
        return fd;
    if (errno == ENOSYS || errno == EPERM)
        return mount_at_once(target, limit);
    return failed(errno, "can't make a tmpfs");
}

static struct image_reader *open_layers(const struct unpacking *u,
                                        struct blobs *blobs)
{
    struct image_choice choice = { .tag = u->tag,
                                   .platform = u->platform,
                                   .to_run = true };

    return image_read_layout(blobs, &choice, NULL, NULL);
}

// What an archive holds is seen by the names of its members. *layers: it is an
// image of them. NULL after failed().
static struct image_reader *open_archive(const struct unpacking *u,
                                         bool *layers)
{
    bool other;
    struct blobs *blobs = blobs_open_archive(u->file, &other);

    *layers = blobs != NULL;
    if (blobs != NULL)
        return open_layers(u, blobs);
    if (other && u->tag != NULL)
        failed(0, "a tar archive of files has no tags: %s", u->tag);
    return other && u->tag == NULL ? image_read_tar(u->file) : NULL;
}

static struct image_reader *open_reader(const struct unpacking *u, bool *layers)
{
    struct blobs *blobs;

    *layers = u->is_layout;
    if (u->is_squashfs)
        return image_read_squash(u->file, u->offset, u->path, NULL);
    if (!u->is_layout)
        return open_archive(u, layers);
    blobs = blobs_open_dir(u->file);
    return blobs == NULL ? NULL : open_layers(u, blobs);
}

static int copy(const struct unpacking *u, struct dir_options *options,
                int into)
{
    cleanup_reader struct image_reader *reader =
        open_reader(u, &options->whole);
    cleanup_writer struct image_writer *writer = image_write_dir(into, options);
    struct copied copied;
    char used[STR_SIZE_TEXT];

    if (reader == NULL || writer == NULL ||
        image_copy(reader, writer, COPY_NO_DEVICES, &copied) < 0)
        return -1;
    log_step("unpacked: %" PRIu64 " entries, %s of memory", copied.entries,
             str_of_size(used, dir_write_used(writer)));
    if (copied.devices > 0)
        log_step("left out: %" PRIu64 " device files", copied.devices);
    if (copied.entries == 0)
        return failed(0, "nothing in it");
    return 0;
}

// An image of layers inside of an archive's only directory, for one.
static int check_tree(int dir)
{
    const char *what = layout_of(dir);

    if (what != NULL)
        return failed(0,
                      "there is %s in it, which is not looked for there: "
                      "unpack it, and run that",
                      what);
    return 0;
}

static int fill(const struct unpacking *u, uint64_t limit, int into)
{
    struct dir_options options = {
        .limit = limit,
        .limit_hint = u->limit > 0 ? " (--unpack-size)"
                                   : ", which is half of the memory available: "
                                     "convert it by ch-convert or give "
                                     "--unpack-size=SIZE",
    };

    if (copy(u, &options, into) < 0 || check_tree(into) < 0)
        return failed_while("can't unpack %s", u->path);
    return 0;
}

int unpack(const struct unpacking *u, int target)
{
    uint64_t limit = u->limit > 0 ? u->limit : memory_available() / 2;
    char text[STR_SIZE_TEXT];
    bool loose;

    if (limit == 0)
        limit = LIMIT_UNKNOWN;
    log_step("unpacking %s into memory, at most %s", u->path,
             str_of_size(text, limit));
    cleanup_close int into = make_tmpfs(target, limit, &loose);

    if (into < 0 || fill(u, limit, into) < 0)
        return -1;
    if (loose && loose_attach(into, target) < 0)
        return failed(errno, "can't mount the unpacked image");
    return 0;
}
