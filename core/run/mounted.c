// mounted.c - the mounts of images that this mount namespace has.
//
// Nothing is written down anywhere when an image is mounted, so nothing can
// be out of date: all is read from the kernel.
// SPDX-License-Identifier: MIT
#include "core/run/mounted.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/fuse/mount.h"
#include "core/kernel/loop.h"
#include "core/run/kernel_squashfs.h"
#include "core/run/mounting.h"

#define BACKING_MAX 8192 // bytes: a path, what sysfs may say of it, a newline
#define FD_PATH_SIZE 320 // "/proc/PID/fdinfo/" and a name of 255 bytes

// The loop device's name would do, but that it is cut.
static char *loop_image(const struct mountinfo_entry *mount)
{
    char path[64];
    char *image;

    snprintf(path, sizeof path, "/sys/dev/block/%u:%u/loop/backing_file",
             mount->major, mount->minor);
    image = fs_read(AT_FDCWD, path, BACKING_MAX, NULL);
    if (image == NULL) {
        err_clear(); // no sysfs here
        return str_dup(mount->source);
    }
    if (str_ends(image, "\n"))
        image[strlen(image) - 1] = '\0';
    return image;
}

// What a process has open, as far as it tells whether it is the server.
struct clues {
    bool device;      // /dev/fuse
    bool connection;  // the very mount's; told by Linux 6.17 and later
    bool connections; // of any mount
    bool image;       // the mount's
};

static void look_at(struct clues *clues, const char *pid, const char *fd,
                    const struct mountinfo_entry *mount)
{
    char path[FD_PATH_SIZE];
    cleanup_free char *target = NULL;
    int connection;

    snprintf(path, sizeof path, "/proc/%s/fd/%s", pid, fd);
    target = fs_readlink(AT_FDCWD, path);
    if (target == NULL)
        return;
    if (strcmp(target, mount->source) == 0)
        clues->image = true;
    if (strcmp(target, "/dev/fuse") != 0)
        return;
    clues->device = true;
    snprintf(path, sizeof path, "/proc/%s/fdinfo/%s", pid, fd);
    connection = mountinfo_fdinfo(path, "fuse_connection");
    if (connection >= 0)
        clues->connections = true;
    if (connection == (int)mount->minor)
        clues->connection = true;
}

static bool serves(const char *pid, const struct mountinfo_entry *mount)
{
    char path[FD_PATH_SIZE];
    struct clues clues = { 0 };
    const struct dirent *entry;
    DIR *fds;

    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    fds = opendir(path);
    if (fds == NULL)
        return false;
    while ((entry = readdir(fds)) != NULL)
        if (entry->d_name[0] != '.')
            look_at(&clues, pid, entry->d_name, mount);
    closedir(fds);
    return clues.connections ? clues.connection : clues.device && clues.image;
}

static pid_t find_server(const struct mountinfo_entry *mount)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    pid_t server = 0;

    while (proc != NULL && server == 0 && (entry = readdir(proc)) != NULL) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (pid > 0 && serves(entry->d_name, mount))
            server = pid;
    }
    if (proc != NULL)
        closedir(proc);
    return server;
}

static int add(struct mounted_list *list, const struct mountinfo_entry *mount)
{
    enum mounted_kind kind = mounted_kind(mount);
    struct mounted *item = &list->items[list->count];

    if (kind == MOUNTED_OTHER)
        return 0;
    list->count++;
    item->kernel = kind == MOUNTED_KERNEL;
    item->server = item->kernel ? 0 : find_server(mount);
    item->image = item->kernel ? loop_image(mount) : str_dup(mount->source);
    item->dir = str_dup(mount->dir);
    return item->image == NULL || item->dir == NULL ? -1 : 0;
}

enum mounted_kind mounted_kind(const struct mountinfo_entry *mount)
{
    char name[LOOP_NAME_SIZE];

    if (strcmp(mount->type, FUSE_TYPE) == 0)
        return MOUNTED_FUSE;
    if (strcmp(mount->type, "squashfs") == 0 &&
        loop_name(mount->source, mount->major, mount->minor, name) == 0 &&
        str_starts(name, SQUASHFS_LOOP_PREFIX))
        return MOUNTED_KERNEL;
    return MOUNTED_OTHER;
}

bool mounted_at(const char *dir)
{
    cleanup_close int fd = open(dir, O_PATH | O_CLOEXEC);
    cleanup_mountinfo struct mountinfo mounts = { 0 };
    cleanup_free char *path = NULL;
    char link[FS_FD_PATH];
    const struct mountinfo_entry *mount;

    if (fd < 0)
        return false;
    if (mountinfo_read(&mounts) < 0) {
        err_clear(); // whoever asks will fail for reasons of his own
        return false;
    }
    path = fs_readlink(AT_FDCWD, fs_fd_path(link, fd));
    mount = mountinfo_find(&mounts, mountinfo_id(fd));
    return mount != NULL && path != NULL && strcmp(path, mount->dir) == 0 &&
           mounted_kind(mount) == MOUNTED_FUSE;
}

int mounted_read(struct mounted_list *list)
{
    cleanup_mountinfo struct mountinfo mounts = { 0 };

    if (mountinfo_read(&mounts) < 0)
        return -1;
    list->items = calloc(mounts.count + 1, sizeof *list->items);
    if (list->items == NULL)
        return failed(errno, "can't list the mounts");
    for (size_t i = 0; i < mounts.count; i++)
        if (add(list, &mounts.entries[i]) < 0)
            return -1;
    return 0;
}

void mounted_free(struct mounted_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].image);
        free(list->items[i].dir);
    }
    free(list->items);
    *list = (struct mounted_list){ 0 };
}
