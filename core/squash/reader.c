// reader.c - an image, opened and closed.
// SPDX-License-Identifier: MIT
#include "core/squash/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/squash/image.h"
#include "core/squash/super.h"

enum {
    // A file server that failed comes back soon, or not for hours.
    RETRIES = 3,
    FIRST_PAUSE = 1, // milliseconds; each is PAUSE_FACTOR times that before
    PAUSE_FACTOR = 10,
};

static bool may_pass(int errnum)
{
    return errnum == ESTALE || errnum == EIO;
}

static void pause_before(int retry)
{
    long milliseconds = FIRST_PAUSE;
    struct timespec pause = { 0 };

    while (retry-- > 0)
        milliseconds *= PAUSE_FACTOR;
    pause.tv_nsec = milliseconds * 1000000;
    nanosleep(&pause, NULL);
}

int read_fully(int fd, void *buf, size_t size, uint64_t pos)
{
    int retries = 0;

    while (size > 0) {
        ssize_t n = pread(fd, buf, size, (off_t)pos);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && may_pass(errno) && retries < RETRIES) {
            pause_before(retries++);
            continue;
        }
        if (n <= 0) {
            errno = EIO;
            return -1;
        }
        buf = (char *)buf + n;
        size -= (size_t)n;
        pos += (size_t)n;
    }
    return 0;
}

int image_read(struct squash *image, void *buf, size_t size, uint64_t pos)
{
    if (pos > image->size || size > image->size - pos) {
        errno = EIO;
        return -1;
    }
    atomic_fetch_add_explicit(&image->reads, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&image->bytes_read, size, memory_order_relaxed);
    strips_fetch(&image->strips, image->fd, image->offset + pos, size);
    return read_fully(image->fd, buf, size, image->offset + pos);
}

static int load_owners(struct squash *image)
{
    struct sqfs *format = &image->format;

    image->ids = calloc(format->sb.no_ids, sizeof *image->ids);
    if (image->ids == NULL)
        return failed(errno, "out of memory");
    if (sqfs_table_init(&format->id_table, image->fd,
                        (sqfs_off_t)(image->offset + format->sb.id_table_start),
                        sizeof(uint32_t), format->sb.no_ids) != SQFS_OK)
        return failed(EIO, "can't read the table of owners");
    for (uint16_t i = 0; i < format->sb.no_ids; i++) {
        if (sqfs_id_get(format, i, &image->ids[i]) != SQFS_OK)
            return failed(0, "damaged: the table of owners");
    }
    return 0;
}

static int load_fragments(struct squash *image)
{
    struct sqfs *format = &image->format;
    uint64_t start = image->offset + format->sb.fragment_table_start;

    if (format->sb.fragments == 0)
        return 0;
    if (sqfs_table_init(&format->frag_table, image->fd, (sqfs_off_t)start,
                        sizeof(struct squashfs_fragment_entry),
                        format->sb.fragments) != SQFS_OK)
        return failed(EIO, "can't read the table of fragments");
    return 0;
}

// The table has a head of its own, which says how long it is.
static int load_xattrs(struct squash *image)
{
    struct squashfs_xattr_id_table head;
    uint64_t start = image->format.sb.xattr_id_table_start;
    uint64_t list;

    if (start == (uint64_t)SQUASHFS_INVALID_BLK)
        return 0;
    if (image_read(image, &head, sizeof head, start) < 0)
        return failed(0, "damaged: the table of extended attributes");
    list = sqfs_divceil(head.xattr_ids * sizeof(struct squashfs_xattr_id),
                        SQUASHFS_METADATA_SIZE) *
           8;
    if (list > image->size - start - sizeof head ||
        head.xattr_table_start > image->size)
        return failed(0, "damaged: the table of extended attributes");
    if (sqfs_xattr_init(&image->format) != SQFS_OK)
        return failed(EIO, "can't read the table of extended attributes");
    return 0;
}

static int check_root(struct squash *image)
{
    struct squash_node root;

    if (squash_stat(image, squash_root(image), &root) < 0 ||
        !S_ISDIR(root.st.st_mode))
        return failed(0, "damaged: the root directory");
    return 0;
}

static int load(struct squash *image)
{
    image->zeros = calloc(1, image->block_size);
    if (image->zeros == NULL)
        return failed(errno, "out of memory");
    if (load_owners(image) < 0 || load_fragments(image) < 0 ||
        load_xattrs(image) < 0)
        return -1;
    return check_root(image);
}

static struct squash *open_image(int fd, const struct squash_options *options)
{
    struct squashfs_super_block super;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    uint64_t cache = options->cache_bytes;
    struct squash *image;

    if (super_read(fd, options->offset, &super) < 0)
        return NULL;
    // Fresh pages are zeroed already: touching them once more, as calloc(3)
    // does, would cost each start 15 page faults.
    // cppcheck-suppress invalidFunctionArg ; -1 is right where there is no file
    image = mmap(NULL, sizeof *image, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (image == MAP_FAILED) {
        failed(errno, "out of memory");
        return NULL;
    }
    image->offset = options->offset;
    image->size = super.bytes_used;
    image->block_size = super.block_size;
    image->format.sb = super;
    image->format.offset = options->offset;
    workbenches_init(&image->benches, codec_find(super.compression),
                     super.block_size);
    strips_init(&image->strips, image->offset + image->size);
    ahead_init(&image->ahead, super.fragments);
    meta_init(&image->meta);
    block_cache_init(&image->blocks, cache == 0 ? SQUASH_CACHE_DEFAULT : cache,
                     super.block_size);
    dir_cache_init(&image->dirs);
    index_init(&image->index);
    image->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    image->format.fd = image->fd;
    if (image->fd < 0)
        failed(errno, "can't duplicate its descriptor");
    if (image->fd >= 0 && load(image) == 0)
        return image;
    squash_close(image);
    return NULL;
}

bool squash_is_image(int fd, uint64_t offset)
{
    uint32_t magic;

    return read_fully(fd, &magic, sizeof magic, offset) == 0 &&
           magic == SQUASHFS_MAGIC;
}

struct squash *squash_open(int fd, const struct squash_options *options)
{
    struct squash *image = open_image(fd, options);

    if (image == NULL)
        failed_while("can't read image %s", options->name);
    return image;
}

void squash_close(struct squash *image)
{
    if (image == NULL)
        return;
    sqfs_table_destroy(&image->format.id_table);
    sqfs_table_destroy(&image->format.frag_table);
    sqfs_table_destroy(&image->format.xattr_table);
    index_destroy(&image->index);
    dir_cache_destroy(&image->dirs);
    block_cache_destroy(&image->blocks);
    meta_destroy(&image->meta);
    workbenches_destroy(&image->benches);
    ahead_destroy(&image->ahead);
    strips_destroy(&image->strips);
    free(image->zeros);
    free(image->ids);
    if (image->fd >= 0)
        close(image->fd);
    munmap(image, sizeof *image);
}

int squash_fd(const struct squash *image)
{
    return image->fd;
}

void squash_cache(struct squash *image, uint64_t bytes)
{
    block_cache_limit(&image->blocks, bytes, image->block_size);
}

uint64_t squash_root(const struct squash *image)
{
    return image->format.sb.root_inode & 0xffffffffffff;
}

bool squash_has_xattrs(const struct squash *image)
{
    return image->format.xattr_info.xattr_ids > 0;
}

void squash_statfs(const struct squash *image, struct statvfs *st)
{
    *st = (struct statvfs){
        .f_bsize = image->block_size,
        .f_frsize = image->block_size,
        .f_blocks = (image->size + image->block_size - 1) / image->block_size,
        .f_files = image->format.sb.inodes,
        .f_namemax = SQUASHFS_NAME_LEN,
        .f_flag = ST_RDONLY,
    };
}

void squash_statistics(struct squash *image, struct squash_statistics *out)
{
    struct unpacked unpacked = workbenches_unpacked(&image->benches);

    *out = (struct squash_statistics){
        .reads = image->reads,
        .bytes_read = image->bytes_read,
        .metadata = image->metadata,
        .bytes_unpacked = unpacked.bytes,
        .unpack_time = unpacked.nanoseconds,
        .memory = meta_memory(&image->meta) + dir_cache_memory(&image->dirs),
    };
    for (unsigned i = 0; i < image->blocks.shard_count; i++) {
        struct block_shard *shard = &image->blocks.shards[i];

        pthread_mutex_lock(&shard->lock);
        out->blocks += shard->misses;
        out->blocks_cached += shard->hits;
        out->memory += ((uint64_t)shard->kept.count + shard->lent.count) *
                       image->block_size;
        pthread_mutex_unlock(&shard->lock);
    }
}
