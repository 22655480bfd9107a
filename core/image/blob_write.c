// blob_write.c - the files that an image of layers consists of, written.
//
// In an archive the header stands before the bytes, and has their number. So
// room is left for it, and it is written when the bytes are there.
// SPDX-License-Identifier: MIT
#include "core/image/blob_write.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/image/pack.h"
#include "core/image/spool.h"

#define UNNAMED ".blob" // until its name is known

enum {
    BLOCK = 512,     // of a tar archive
    END = 2 * BLOCK, // zeros
    REGULAR = '0',   // types of members
    DIRECTORY = '5',
    COPY_SIZE = 1 << 20 // bytes
};

// POSIX, "pax", ustar interchange format.
struct tar_header {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char sum[8];
    char type;
    char linkname[100];
    char magic[6];
    char version[2];
    char uname[32];
    char gname[32];
    char devmajor[8];
    char devminor[8];
    char prefix[155];
    char rest[12];
};

_Static_assert(sizeof(struct tar_header) == BLOCK, "a block of tar");

struct blob_writer {
    int dir;     // -1: an archive
    int archive; // the caller's, or the spool
    int spool;   // or -1
    int pipe;    // where the spool goes at the end
    int file;    // of a directory, that is being written; or -1
    off_t begin; // of the member's header
};

static struct blob_writer *make(void)
{
    struct blob_writer *w = malloc(sizeof *w);

    if (w == NULL)
        failed(errno, "can't write an image");
    else
        *w = (struct blob_writer){ -1, -1, -1, -1, -1, 0 };
    return w;
}

struct blob_writer *blob_write_dir(int dir)
{
    struct blob_writer *w = make();

    if (w != NULL)
        w->dir = dir;
    return w;
}

// pwrite(2) to what is opened for appending does append.
static bool can_seek(int fd)
{
    return lseek(fd, 0, SEEK_CUR) >= 0 && (fcntl(fd, F_GETFL) & O_APPEND) == 0;
}

struct blob_writer *blob_write_archive(int fd)
{
    struct blob_writer *w = make();

    if (w == NULL)
        return NULL;
    w->archive = fd;
    if (can_seek(fd))
        return w;
    w->pipe = fd;
    w->archive = w->spool = spool_file();
    if (w->spool >= 0)
        return w;
    blob_writer_close(w);
    return NULL;
}

// --- a directory

static int begin_file(struct blob_writer *w)
{
    w->file =
        openat(w->dir, UNNAMED,
               O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    return w->file < 0 ? failed(errno, "can't make a file of the image")
                       : w->file;
}

static int end_file(struct blob_writer *w, const char *name)
{
    if (renameat(w->dir, UNNAMED, w->dir, name) < 0 || close(w->file) < 0)
        return failed(errno, "can't make %s", name);
    w->file = -1;
    return 0;
}

// The directory itself was made for nobody else to look into.
static int finish_dir(const struct blob_writer *w)
{
    struct stat st;

    if (fstatat(w->dir, "blobs", &st, 0) < 0 ||
        fchmod(w->dir, st.st_mode & 0777) < 0)
        return failed(errno, "can't set the mode of the image");
    return 0;
}

// --- an archive

static int begin_member(struct blob_writer *w)
{
    w->begin = lseek(w->archive, 0, SEEK_CUR);
    if (w->begin < 0 || lseek(w->archive, BLOCK, SEEK_CUR) < 0)
        return failed(errno, "can't write");
    return w->archive;
}

// Octal digits; of sizes that have too many, GNU's way: 256 as the base.
static void set_size(struct tar_header *header, uint64_t size)
{
    if (size < UINT64_C(1) << 33) {
        snprintf(header->size, sizeof header->size, "%011" PRIo64, size);
        return;
    }
    header->size[0] = (char)0x80;
    for (size_t i = sizeof header->size - 1; i > 0; i--, size >>= 8)
        header->size[i] = (char)(size & 0xff);
}

// All members are root's and of 1970, so that the same image has the same
// bytes.
static void fill_header(struct tar_header *header, char type, const char *name,
                        uint64_t size)
{
    const unsigned char *bytes = (const unsigned char *)header;
    unsigned sum = 0;

    *header =
        (struct tar_header){ .type = type,
                             .mode = "0000644",
                             .uid = "0000000",
                             .gid = "0000000",
                             .mtime = "00000000000",
                             .sum = { ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ' },
                             .magic = "ustar",
                             .version = { '0', '0' } };
    if (type == DIRECTORY)
        memcpy(header->mode, "0000755", sizeof header->mode);
    memcpy(header->name, name, strnlen(name, sizeof header->name));
    set_size(header, size);
    for (size_t i = 0; i < sizeof *header; i++)
        sum += bytes[i];
    snprintf(header->sum, sizeof header->sum, "%06o", sum);
}

static int write_zeros(int fd, size_t size)
{
    static const char zeros[END];

    return fs_write_all(fd, zeros, size) < 0 ? failed(errno, "can't write") : 0;
}

static int end_member(struct blob_writer *w, const char *name)
{
    off_t end = lseek(w->archive, 0, SEEK_CUR);
    off_t size = end - w->begin - BLOCK;
    struct tar_header header;

    if (strlen(name) > sizeof header.name)
        return failed(ENAMETOOLONG, "can't make %s", name);
    if (end < 0)
        return failed(errno, "can't write");
    fill_header(&header, REGULAR, name, (uint64_t)size);
    if (pwrite(w->archive, &header, BLOCK, w->begin) != BLOCK)
        return failed(errno, "can't write");
    return write_zeros(w->archive, (size_t)(-size & (BLOCK - 1)));
}

static int put_directory(struct blob_writer *w, const char *name)
{
    struct tar_header header;

    fill_header(&header, DIRECTORY, name, 0);
    return fs_write_all(w->archive, &header, BLOCK) < 0
               ? failed(errno, "can't write")
               : 0;
}

static int copy_spool(struct blob_writer *w, char *buffer)
{
    struct pack_options options = { .fd = w->pipe,
                                    .codec = codec_named("none"),
                                    .threads = 1 };
    struct pack *pack = pack_open(&options);
    off_t at = 0;
    ssize_t n = 1;
    int status = pack == NULL ? -1 : 0;

    while (status == 0 && n > 0) {
        n = pread(w->spool, buffer, COPY_SIZE, at);
        if (n < 0)
            status = failed(errno, "can't read a temporary file");
        else
            status = pack_write(pack, buffer, (size_t)n);
        at += n;
    }
    if (status == 0)
        status = pack_finish(pack);
    pack_close(pack);
    return status;
}

static int finish_archive(struct blob_writer *w)
{
    cleanup_free char *buffer = NULL;

    if (write_zeros(w->archive, END) < 0)
        return -1;
    if (w->spool < 0)
        return 0;
    buffer = malloc(COPY_SIZE);
    return buffer == NULL ? failed(errno, "can't write an image")
                          : copy_spool(w, buffer);
}

// --- either

int blob_directory(struct blob_writer *writer, const char *name)
{
    if (writer->dir < 0)
        return put_directory(writer, name);
    return mkdirat(writer->dir, name, 0777) < 0
               ? failed(errno, "can't make %s", name)
               : 0;
}

int blob_begin(struct blob_writer *writer)
{
    return writer->dir >= 0 ? begin_file(writer) : begin_member(writer);
}

int blob_end(struct blob_writer *writer, const char *name)
{
    return writer->dir >= 0 ? end_file(writer, name) : end_member(writer, name);
}

int blob_put(struct blob_writer *writer, const char *name, const void *bytes,
             size_t size)
{
    int fd = blob_begin(writer);

    if (fd < 0)
        return -1;
    if (fs_write_all(fd, bytes, size) < 0)
        return failed(errno, "can't write %s", name);
    return blob_end(writer, name);
}

int blob_writer_finish(struct blob_writer *writer)
{
    return writer->dir >= 0 ? finish_dir(writer) : finish_archive(writer);
}

void blob_writer_close(struct blob_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->file >= 0)
        close(writer->file);
    if (writer->spool >= 0)
        close(writer->spool);
    free(writer);
}
