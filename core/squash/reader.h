// reader.h - a SquashFS image, read from a file descriptor.
//
// Everything here may be called by many threads at once, but squash_close().
// Nodes are named by their position in the inode table (the format's 48-bit
// inode reference), so no table of open files is kept. The image is not
// trusted: whatever it holds, a call ends, in bounded memory, with an answer
// or with an errno (EIO where the image is damaged or cannot be read).
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/uio.h>

struct squash;     // an open image
struct squash_dir; // the listing of one directory

// Bytes; it holds the fragments of most images.
#define SQUASH_CACHE_DEFAULT ((uint64_t)64 << 20)

struct squash_options {
    const char *name;     // of the image, for messages
    uint64_t offset;      // of the SquashFS within the file, in bytes
    uint64_t cache_bytes; // of decompressed data; 0 is the default
};

struct squash_node {
    uint64_t id;
    struct stat st;   // with the owner that the image says
    uint64_t data_at; // where the blocks of a regular file begin in the image
};

struct squash_entry {
    const char *name; // NUL-terminated; lives until squash_dir_close()
    uint64_t id;
    uint64_t ino;
    mode_t type; // S_IFMT bits
};

struct squash_statistics {
    uint64_t reads;         // of the image file
    uint64_t bytes_read;    // from the image file
    uint64_t blocks;        // data blocks and fragments decompressed
    uint64_t blocks_cached; // asked for again and found in the cache
    uint64_t metadata;      // metadata blocks decompressed
    uint64_t bytes_unpacked;
    uint64_t unpack_time; // nanoseconds, of all threads together
    uint64_t memory;      // bytes held by all the caches
};

// What the image says of itself.
struct squash_facts {
    const char *method;  // of compression: "gzip"
    uint64_t bytes;      // of the image
    uint32_t block_size; // bytes
    uint32_t inodes;
    uint32_t fragments;    // blocks of ends of files
    uint32_t made;         // when, in seconds since 1970
    const char *flags[16]; // as mksquashfs has them, NULL behind the last
};

// Does a SquashFS start at this offset of the file, by its magic?
bool squash_is_image(int fd, uint64_t offset);

// Open the image; "fd" is duplicated and stays the caller's. NULL after
// failed(): "can't read image NAME: ...".
struct squash *squash_open(int fd, const struct squash_options *options);
void squash_close(struct squash *image);

// Another size of the cache of data from now on, in bytes.
void squash_cache(struct squash *image, uint64_t bytes);

int squash_fd(const struct squash *image); // to be kept open in a fork
uint64_t squash_root(const struct squash *image);
bool squash_has_xattrs(const struct squash *image);
void squash_facts(const struct squash *image, struct squash_facts *facts);
void squash_statfs(const struct squash *image, struct statvfs *st);
void squash_statistics(struct squash *image, struct squash_statistics *out);

// The functions below return -1 (or NULL) with errno and without failed().

int squash_stat(struct squash *image, uint64_t id, struct squash_node *node);

// Find a name in a directory; ENOENT when it is not there.
int squash_lookup(struct squash *image, uint64_t dir, const char *name,
                  struct squash_node *node);

// The entries of a directory in the order of the image (sorted by name),
// without "." and "..". Shared with other callers and kept for later ones.
struct squash_dir *squash_dir_open(struct squash *image, uint64_t id);
uint32_t squash_dir_count(const struct squash_dir *dir);
uint64_t squash_dir_ino(const struct squash_dir *dir);
uint64_t squash_dir_parent_ino(const struct squash_dir *dir);
void squash_dir_entry(const struct squash_dir *dir, uint32_t index,
                      struct squash_entry *entry);
void squash_dir_close(struct squash *image, struct squash_dir *dir);

// The target of a symbolic link, NUL-terminated; its length. ENAMETOOLONG
// when it does not fit.
ssize_t squash_readlink(struct squash *image, uint64_t id, char *target,
                        size_t size);

// As listxattr(2) and getxattr(2): size 0 asks for the length; ERANGE when
// it does not fit, ENODATA when there is no such attribute.
ssize_t squash_list_xattrs(struct squash *image, uint64_t id, char *names,
                           size_t size);
ssize_t squash_get_xattr(struct squash *image, uint64_t id, const char *name,
                         void *into, size_t size);

// Bytes of a file, copied; less than "size" only at its end.
ssize_t squash_read(struct squash *image, uint64_t id, uint64_t offset,
                    struct iovec into);

// The same without copying: pieces that point into blocks which stay in
// memory until squash_release().
enum {
    SQUASH_PIECES = 66, // 256 KiB in blocks of 4 KiB, not aligned
};

struct squash_block; // decompressed bytes: a block of a file, or a fragment

struct squash_range {
    uint64_t id;
    uint64_t offset;
    size_t size;
};

struct squash_pieces {
    size_t bytes; // in all pieces together
    int count;
    struct iovec iov[SQUASH_PIECES];
    struct squash_block *blocks[SQUASH_PIECES]; // NULL: a hole
};

// May deliver less than asked for when the pieces run out (blocks of 4 KiB).
int squash_map(struct squash *image, const struct squash_range *range,
               struct squash_pieces *pieces);
void squash_release(struct squash *image, struct squash_pieces *pieces);

// Unpack what will probably be wanted next, if anything; for a thread that has
// nothing better to do.
void squash_ahead(struct squash *image);

// Where the first data within the range begin, and how many bytes they are
// before the next hole or the range's end; none: a size of 0. A block that is
// all zeros is a hole.
int squash_find_data(struct squash *image, const struct squash_range *range,
                     struct squash_range *data);
