// sif.c - the SquashFS image in a SIF file, as Apptainer and SingularityCE
// make them.
//
// A header tells where the descriptors are, a list of what the file holds. One
// of these objects is the partition of the system, and in nearly all files it
// is a SquashFS, as it would be in a file of its own. Fields are little-endian
// and stand close to each other, without padding. Source: the package that
// reads and writes them, github.com/sylabs/sif, pkg/sif/sif.go, descriptor.go.
// SPDX-License-Identifier: MIT
#include "core/image/sif.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"

// Apptainer makes room for 48.
enum { MOST_OBJECTS = 4096 };

struct header {
    char launch[32]; // a line for the shell: the file can be executed
    char magic[10];
    char version[3];
    char architecture[3];
    uint8_t id[16];
    uint8_t created[8];
    uint8_t modified[8];
    uint8_t free[8];  // descriptors
    uint8_t total[8]; // descriptors
    uint8_t offset[8];
    uint8_t size[8];
    uint8_t data_offset[8];
    uint8_t data_size[8];
};

struct descriptor {
    uint8_t type[4];
    uint8_t used;
    uint8_t id[4];
    uint8_t group[4];
    uint8_t link[4];
    uint8_t offset[8];
    uint8_t size[8];
    uint8_t padded_size[8];
    uint8_t created[8];
    uint8_t modified[8];
    uint8_t uid[8];
    uint8_t gid[8];
    char name[128];
    // of a partition; 384 bytes for whatever kind of object it is
    uint8_t file_system[4];
    uint8_t kind[4];
    uint8_t more[376];
};

_Static_assert(sizeof(struct header) == 128, "SIF header");
_Static_assert(sizeof(struct descriptor) == 585, "SIF descriptor");

enum { TYPE_PARTITION = 0x4004, TYPE_OCI_INDEX = 0x400a };
enum { KIND_SYSTEM = 2 }; // the primary one, to be run
enum { FILE_SYSTEM_SQUASHFS = 1 };

// What else a system's partition may be, and what can be done about it.
static const struct {
    uint64_t file_system;
    const char *text;
} others[] = {
    { 2, "its system is an ext3 file system, which only root could mount; make "
         "it anew by \"apptainer build NEW.sif OLD.sif\"" },
    { 3, "its system is an archive; make it anew by \"apptainer build NEW.sif "
         "OLD.sif\"" },
    { 4, "its system is data of no known form; make it anew" },
    { 5,
      "its system is encrypted; decrypt it, where its key is, by \"apptainer "
      "build --sandbox DIR OLD.sif\", and take DIR" },
};

static const char magic[10] = "SIF_MAGIC";

static uint64_t number(const uint8_t *bytes, size_t size)
{
    uint64_t n = 0;

    while (size-- > 0)
        n = n << 8 | bytes[size];
    return n;
}

#define NUMBER(field) number(field, sizeof(field))

static bool read_all(int fd, void *into, size_t size, uint64_t offset)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n =
            pread(fd, (char *)into + done, size - done, (off_t)(offset + done));

        if (n == 0)
            errno = 0; // it ends here
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool is_system(const struct descriptor *one)
{
    return one->used != 0 && NUMBER(one->type) == TYPE_PARTITION &&
           NUMBER(one->kind) == KIND_SYSTEM;
}

// The descriptor of the system's partition; 0, or -1 after failed().
static int find_system(int fd, const struct header *header,
                       struct descriptor *found)
{
    uint64_t total = NUMBER(header->total);
    uint64_t offset = NUMBER(header->offset);
    bool layers = false;

    if (total > MOST_OBJECTS || offset > INT64_MAX / 2)
        return failed(0, "damaged: a list of %llu objects at byte %llu",
                      (unsigned long long)total, (unsigned long long)offset);
    for (uint64_t i = 0; i < total; i++) {
        if (!read_all(fd, found, sizeof *found, offset + i * sizeof *found))
            return failed(errno, "truncated: its list of objects is not all "
                                 "there");
        if (is_system(found))
            return 0;
        layers |= found->used != 0 && NUMBER(found->type) == TYPE_OCI_INDEX;
    }
    if (layers)
        return failed(0, "it holds layers (OCI-SIF), and no file system of a "
                         "whole system; pull the image anew, without --oci");
    return failed(0, "it holds no system to run");
}

static int check_kind(const struct descriptor *one)
{
    uint64_t file_system = NUMBER(one->file_system);

    if (file_system == FILE_SYSTEM_SQUASHFS)
        return 0;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i].file_system == file_system)
            return failed(0, "%s", others[i].text);
    return failed(0, "damaged: a file system of kind %llu",
                  (unsigned long long)file_system);
}

// A device has no size in stat(2); what reads the SquashFS looks at it again.
static int check_place(int fd, const struct descriptor *one)
{
    uint64_t offset = NUMBER(one->offset), size = NUMBER(one->size);
    uint64_t there;
    struct stat st;

    if (fstat(fd, &st) < 0)
        return failed(errno, "can't stat it");
    there = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : INT64_MAX;
    if (offset < sizeof(struct header))
        return failed(0, "damaged: its system at byte %llu",
                      (unsigned long long)offset);
    if (offset > there || size > there - offset)
        return failed(0,
                      "truncated: its system is %llu bytes at byte %llu, and "
                      "%llu bytes are there; copy it again",
                      (unsigned long long)size, (unsigned long long)offset,
                      (unsigned long long)there);
    return 0;
}

static int find(int fd, uint64_t *offset)
{
    struct header header;
    struct descriptor system;

    if (!read_all(fd, &header, sizeof header, 0))
        return failed(errno, "truncated: its header is not all there");
    if (memcmp(header.magic, magic, sizeof magic) != 0)
        return failed(0, "it is no SIF file");
    if (memcmp(header.version, "01", sizeof header.version) != 0)
        return failed(0, "version \"%.*s\" of the format is not known",
                      (int)strnlen(header.version, sizeof header.version),
                      header.version);
    if (find_system(fd, &header, &system) < 0 || check_kind(&system) < 0 ||
        check_place(fd, &system) < 0)
        return -1;
    *offset = NUMBER(system.offset);
    return 0;
}

bool sif_is(int fd)
{
    char there[sizeof magic];

    return read_all(fd, there, sizeof there, offsetof(struct header, magic)) &&
           memcmp(there, magic, sizeof magic) == 0;
}

int sif_find(int fd, const char *name, uint64_t *offset)
{
    if (find(fd, offset) < 0)
        return failed_while("can't read SIF file %s", name);
    return 0;
}
