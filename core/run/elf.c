// elf.c - what a dynamic linker has to know of a shared library.
//
// Its name as programs ask for it stands in the dynamic section (DT_SONAME),
// as an offset into a table of strings that is given by its address in memory,
// for which the segments tell where it lies in the file (elf(5)). All numbers
// of the file are taken for lies: each read is bounded.
// SPDX-License-Identifier: MIT
#include "core/run/elf.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define SEGMENTS_MAX 64     // program headers; libraries have about ten
#define DYNAMIC_MAX 512     // entries of the dynamic section; mostly thirty
#define SONAME_MAX 256      // bytes of a name, with the NUL
#define SEGMENT_SIZE_MAX 64 // bytes of a program header

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_DATA ELFDATA2LSB
#else
#define HOST_DATA ELFDATA2MSB
#endif

// Where the fields are, in files of 32 and of 64 bits.
struct layout {
    unsigned char class;
    size_t word; // bytes of an address
    size_t header_size, segments, segment_size, segment_count;
    size_t offset, address, size; // in a program header
};

static const struct layout layouts[] = {
    { ELFCLASS32, 4, sizeof(Elf32_Ehdr), offsetof(Elf32_Ehdr, e_phoff),
      sizeof(Elf32_Phdr), offsetof(Elf32_Ehdr, e_phnum),
      offsetof(Elf32_Phdr, p_offset), offsetof(Elf32_Phdr, p_vaddr),
      offsetof(Elf32_Phdr, p_filesz) },
    { ELFCLASS64, 8, sizeof(Elf64_Ehdr), offsetof(Elf64_Ehdr, e_phoff),
      sizeof(Elf64_Phdr), offsetof(Elf64_Ehdr, e_phnum),
      offsetof(Elf64_Phdr, p_offset), offsetof(Elf64_Phdr, p_vaddr),
      offsetof(Elf64_Phdr, p_filesz) },
};

// glibc's numbers for architectures (its sysdeps/generic/ldconfig.h).
static const struct {
    uint16_t machine;
    unsigned char class;
    uint32_t abi;
} abis[] = {
    { EM_X86_64, ELFCLASS64, 0x0303 }, { EM_X86_64, ELFCLASS32, 0x0803 },
    { EM_386, ELFCLASS32, 0x0003 },    { EM_AARCH64, ELFCLASS64, 0x0a03 },
    { EM_ARM, ELFCLASS32, 0x0903 },    { EM_PPC64, ELFCLASS64, 0x0503 },
    { EM_S390, ELFCLASS64, 0x0403 },   { EM_RISCV, ELFCLASS64, 0x1003 },
};

struct elf {
    int fd;
    const struct layout *layout;
    unsigned char header[sizeof(Elf64_Ehdr)];
    unsigned char segments[SEGMENTS_MAX][SEGMENT_SIZE_MAX];
    size_t segment_count;
};

static bool read_at(int fd, void *to, size_t size, uint64_t offset)
{
    return offset <= INT64_MAX - size &&
           pread(fd, to, size, (off_t)offset) == (ssize_t)size;
}

// An address or a size, of 4 or of 8 bytes.
static uint64_t word(const struct elf *e, const unsigned char *at)
{
    uint32_t narrow;
    uint64_t wide;

    if (e->layout->word == sizeof wide) {
        memcpy(&wide, at, sizeof wide);
        return wide;
    }
    memcpy(&narrow, at, sizeof narrow);
    return narrow;
}

static uint16_t half(const unsigned char *at)
{
    uint16_t n;

    memcpy(&n, at, sizeof n);
    return n;
}

static uint32_t type_of(const unsigned char *segment)
{
    uint32_t type; // p_type is the first field in both classes

    memcpy(&type, segment, sizeof type);
    return type;
}

static bool read_header(struct elf *e)
{
    const unsigned char *ident = e->header;

    if (!read_at(e->fd, e->header, sizeof(Elf32_Ehdr), 0) ||
        memcmp(ident, ELFMAG, SELFMAG) != 0 || ident[EI_DATA] != HOST_DATA)
        return false;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i].class == ident[EI_CLASS])
            e->layout = &layouts[i];
    return e->layout != NULL &&
           read_at(e->fd, e->header, e->layout->header_size, 0) &&
           half(e->header + offsetof(Elf64_Ehdr, e_type)) == ET_DYN;
}

static bool read_segments(struct elf *e)
{
    const struct layout *l = e->layout;
    uint64_t at = word(e, e->header + l->segments);

    e->segment_count = half(e->header + l->segment_count);
    if (e->segment_count > SEGMENTS_MAX)
        return false;
    for (size_t i = 0; i < e->segment_count; i++)
        if (!read_at(e->fd, e->segments[i], l->segment_size,
                     at + i * l->segment_size))
            return false;
    return true;
}

// Where in the file is what lies at "address" in memory? -1: nowhere.
static int64_t place_of(const struct elf *e, uint64_t address)
{
    const struct layout *l = e->layout;

    for (size_t i = 0; i < e->segment_count; i++) {
        const unsigned char *segment = e->segments[i];
        uint64_t start = word(e, segment + l->address);

        if (type_of(segment) == PT_LOAD && address >= start &&
            address - start < word(e, segment + l->size))
            return (int64_t)(word(e, segment + l->offset) + (address - start));
    }
    return -1;
}

static char *string_at(const struct elf *e, uint64_t table, uint64_t offset)
{
    int64_t place = place_of(e, table + offset);
    char name[SONAME_MAX];
    ssize_t n = place < 0 ? -1 : pread(e->fd, name, sizeof name, place);

    // a name is one part of a path
    if (n <= 0 || memchr(name, '\0', (size_t)n) == NULL || name[0] == '\0' ||
        strchr(name, '/') != NULL)
        return NULL;
    return str_dup(name);
}

// DT_SONAME of the dynamic section in this segment, or NULL.
static char *find_soname(const struct elf *e, const unsigned char *segment)
{
    size_t word_size = e->layout->word;
    uint64_t at = word(e, segment + e->layout->offset);
    uint64_t table = 0;
    uint64_t soname = 0;

    for (size_t i = 0; i < DYNAMIC_MAX; i++) {
        unsigned char entry[2 * sizeof(uint64_t)];
        uint64_t value;

        if (!read_at(e->fd, entry, 2 * word_size, at + i * 2 * word_size))
            return NULL;
        value = word(e, entry + word_size);
        switch (word(e, entry)) {
        case DT_NULL:
            return table == 0 || soname == 0 ? NULL
                                             : string_at(e, table, soname);
        case DT_STRTAB:
            table = value;
            break;
        case DT_SONAME:
            soname = value;
            break;
        default:
            break;
        }
    }
    return NULL;
}

static uint32_t abi_of(const struct elf *e)
{
    uint16_t machine = half(e->header + offsetof(Elf64_Ehdr, e_machine));

    for (size_t i = 0; i < sizeof abis / sizeof *abis; i++)
        if (abis[i].machine == machine && abis[i].class == e->layout->class)
            return abis[i].abi;
    return 0;
}

int elf_read(const char *path, struct elf_library *library)
{
    // a FIFO must not make us wait
    cleanup_close int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct elf e = { .fd = fd };
    struct stat st;

    *library = (struct elf_library){ 0 };
    if (fd < 0 || fstat(fd, &st) < 0)
        return failed(errno, "can't open: %s", path);
    if (!S_ISREG(st.st_mode) || !read_header(&e) || !read_segments(&e))
        return 0;
    library->abi = abi_of(&e);
    for (size_t i = 0; i < e.segment_count; i++)
        if (type_of(e.segments[i]) == PT_DYNAMIC) {
            library->soname = find_soname(&e, e.segments[i]);
            return 1;
        }
    return 0; // a static program that may lie anywhere in memory
}
