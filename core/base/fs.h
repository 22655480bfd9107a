// fs.h - files and directories: the few operations that everybody needs.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// The whole of a file, NUL-terminated, in new memory that the caller frees;
// *length (if not NULL) without the NUL. A file longer than "max" bytes is an
// error. NULL after failed(). Works on /proc, where sizes are 0.
char *fs_read(int dirfd, const char *path, size_t max, size_t *length);

// The same of a regular file only, as files of images may be anything: a FIFO
// or a device would make us wait for ever.
char *fs_read_regular(int dirfd, const char *path, size_t max, size_t *length);

// Write the bytes to an existing file (as in /proc and cgroupfs) in one
// write(2). 0, or -1 with errno and no failed(): callers explain.
int fs_poke(const char *path, const char *text);

// Write the whole buffer; retries short writes and EINTR. 0, or -1 with errno.
int fs_write_all(int fd, const void *data, size_t size);

// Open "path" as seen from within the directory "root": "..", absolute paths
// and symbolic links, magic ones too, cannot leave it (openat2 with
// RESOLVE_IN_ROOT). O_CLOEXEC is added. fd, or -1 with errno.
int fs_open_in_root(int root, const char *path, int flags, mode_t mode);

// Create a directory and its missing parents inside "root", resolved as
// above. 0 also when it was there; -1 with errno.
int fs_mkdirs_in_root(int root, const char *path, mode_t mode);

// The same for a caller that wants to know of each directory that it makes, by
// a path that has no link at its end: the first member of a struct of his. What
// made() returns, but for 0, is returned.
struct fs_making {
    int root;
    mode_t mode;
    int (*made)(const struct fs_making *making, const char *path);
};
int fs_make_dirs(const struct fs_making *how, const char *path);

// Does "path" exist inside "root"? Errors count as no.
bool fs_exists_in_root(int root, const char *path);

// Absolute, resolved form of a path of the host; the caller frees. NULL after
// failed().
char *fs_realpath(const char *path);

// The name of an open descriptor's file as a path: a link of the kernel's that
// leads to the very mount and file, and so may be handed to any system call
// that takes paths. Fills and returns "path".
#define FS_FD_PATH sizeof "/proc/self/fd/-2147483648"
const char *fs_fd_path(char path[FS_FD_PATH], int fd);

// Target of a symbolic link, NUL-terminated; the caller frees. NULL with errno.
char *fs_readlink(int dirfd, const char *path);
