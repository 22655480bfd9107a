// test_hostile.c - images that somebody, or a disk, has tampered with.
//
// Walks mutations of the small images in tests/data/corpus/squash, 10,000 or
// HOSTILE=COUNT. Each is made from its number alone, so that HOSTILE==NUMBER
// repeats one. A mutation that takes longer than some seconds, or more memory
// than an honest image could, fails; so does whatever the sanitizers see.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/squash/format.h"
#include "tests/fuzz/squash_walk.h"

enum {
    IMAGES_MOST = 64,
    SECONDS_MOST = 10,  // for one mutation; usual is a millisecond
    MEMORY_MOST = 1024, // MiB, with the sanitizer's own
};

struct file {
    const char *name;
    unsigned char *bytes;
    size_t size;
};

// A copy of an image while it is changed.
struct mutant {
    unsigned char *bytes;
    size_t size;
    uint64_t random; // state of the generator (splitmix64)
};

static char doing[256];

// The sanitizer stops what asks for a piece of memory that no image of some
// kilobytes can be worth.
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "max_allocation_size_mb=64:detect_leaks=1";
}

static uint64_t any(struct mutant *m)
{
    uint64_t z = m->random += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

// A place for "length" bytes: anywhere, among the inodes, the directories, or
// what follows them.
static size_t place(struct mutant *m, size_t length)
{
    struct squashfs_super_block super = { 0 };
    uint64_t start = 0, end = m->size;

    if (m->size < length)
        return 0;
    if (m->size >= sizeof super)
        memcpy(&super, m->bytes, sizeof super);
    switch (any(m) % 6) {
    case 0:
        break;
    case 1:
        start = super.inode_table_start;
        break;
    case 2:
        start = super.inode_table_start;
        end = super.directory_table_start;
        break;
    case 3:
    case 4:
        start = super.directory_table_start;
        end = super.fragment_table_start;
        break;
    case 5:
        start = super.fragment_table_start;
        break;
    }
    if (end > m->size)
        end = m->size;
    if (start > end || end - start < length)
        return any(m) % (m->size - length + 1);
    return start + any(m) % (end - start - length + 1);
}

static void put(struct mutant *m, size_t at, uint64_t value, size_t length)
{
    if (at + length <= m->size)
        memcpy(m->bytes + at, &value, length);
}

static void flip_bits(struct mutant *m)
{
    for (uint64_t n = any(m) % 8 + 1; n > 0 && m->size > 0; n--)
        m->bytes[place(m, 1)] ^= 1 << any(m) % 8;
}

// Lengths, counts and places as they are dearest to attackers.
static void set_number(struct mutant *m)
{
    const uint64_t values[] = {
        0,
        1,
        UINT64_MAX,
        INT64_MAX,
        1ULL << 63,
        UINT32_MAX,
        INT32_MAX,
        1ULL << 31,
        UINT16_MAX,
        1 << 15,
        0x8001,
        m->size,
        m->size - 1,
        m->size + 1,
        8192,
        8191,
        8193,
        131072,
        131073,
        0x1000000,
        0x1ffffff,
        0x1000001,
        any(m),
        any(m) % 65536,
        any(m) % 256,
        256 + any(m) % 512,
        256 + any(m) % 512,
    };
    size_t length = 1ULL << any(m) % 4;

    put(m, place(m, length), values[any(m) % (sizeof values / sizeof *values)],
        length);
}

static void set_super(struct mutant *m)
{
    size_t at = any(m) % 96 & ~1ULL;
    uint64_t old = 0;

    if (m->size < 96)
        return;
    memcpy(&old, m->bytes + at, 2);
    put(m, at, any(m) % 2 ? any(m) : old + any(m) % 64 - 32, 2);
}

static void truncate_it(struct mutant *m)
{
    m->size = any(m) % (m->size + 1);
    if (any(m) % 2)
        put(m, 40, m->size, 8); // bytes_used, which then agrees
}

// Structures in wrong places: entries of directories that lead to others.
static void move_bytes(struct mutant *m)
{
    size_t length = any(m) % 64 + 1;

    if (m->size >= length)
        memmove(m->bytes + place(m, length), m->bytes + place(m, length),
                length);
}

// Where an entry of a directory may say which inode it means, the root's.
static void loop_directory(struct mutant *m)
{
    struct squashfs_super_block super;
    size_t at;

    if (m->size < sizeof super)
        return;
    memcpy(&super, m->bytes, sizeof super);
    if (super.directory_table_start + 14 >= m->size)
        return;
    for (uint64_t n = any(m) % 16 + 1; n > 0; n--) {
        at = super.directory_table_start +
             any(m) % (m->size - super.directory_table_start);
        put(m, at, super.root_inode & 0xffff, 2);
        put(m, super.directory_table_start + 6, super.root_inode >> 16, 4);
    }
}

static void mutate(struct mutant *m)
{
    static void (*const ways[])(struct mutant *) = {
        flip_bits, flip_bits,  set_number, set_number,     set_number,
        set_super, move_bytes, move_bytes, loop_directory, truncate_it,
    };

    for (uint64_t n = any(m) % 4 + 1; n > 0; n--)
        ways[any(m) % (sizeof ways / sizeof *ways)](m);
}

static bool walk_mutant(const struct file *file, uint64_t number)
{
    struct mutant m = { .size = file->size, .random = number };
    bool opened;

    snprintf(doing, sizeof doing, "\nmutation =%llu of %s takes too long\n",
             (unsigned long long)number, file->name);
    m.bytes = malloc(file->size);
    memcpy(m.bytes, file->bytes, file->size);
    mutate(&m);
    alarm(SECONDS_MOST);
    opened =
        walk_image(m.bytes, m.size, 1 + (unsigned)(number / 64 % WALK_THREADS));
    alarm(0);
    free(m.bytes);
    return opened;
}

static void too_long(int signal)
{
    if (write(STDOUT_FILENO, doing, strlen(doing)) < 0)
        _exit(2);
    abort();
}

static struct file load(const char *name)
{
    struct file file = { .name = name };
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    struct stat st;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    file.size = (size_t)st.st_size;
    file.bytes = malloc(file.size);
    assert_int_equal(read(fd, file.bytes, file.size), file.size);
    close(fd);
    return file;
}

static struct file files[IMAGES_MOST];
static size_t count;

static int load_images(void **state)
{
    glob_t found;

    if (glob("tests/data/corpus/squash/*.sqfs", 0, NULL, &found) != 0)
        return -1;
    for (size_t i = 0; i < found.gl_pathc && i < IMAGES_MOST; i++)
        files[count++] = load(strdup(found.gl_pathv[i]));
    globfree(&found);
    return 0;
}

static int free_images(void **state)
{
    for (size_t i = 0; i < count; i++) {
        free(files[i].bytes);
        free((void *)(uintptr_t)files[i].name);
    }
    return 0;
}

// Otherwise the mutations would show nothing.
static void whole_images_can_be_read(void **state)
{
    for (size_t i = 0; i < count; i++)
        assert_true(walk_image(files[i].bytes, files[i].size, WALK_THREADS));
}

static void mutations_do_no_harm(void **state)
{
    const char *ask = getenv("HOSTILE");
    uint64_t first = 0, end = 10000, opened = 0;
    struct rusage usage;

    if (ask != NULL && *ask == '=') {
        first = strtoull(ask + 1, NULL, 10);
        end = first + 1;
    } else if (ask != NULL) {
        end = strtoull(ask, NULL, 10);
    }
    signal(SIGALRM, too_long);
    for (uint64_t i = first; i < end; i++) {
        if (walk_mutant(&files[i % count], i))
            opened++;
    }
    getrusage(RUSAGE_SELF, &usage);
    print_message("# %llu of %llu could be opened; %ld MiB\n",
                  (unsigned long long)opened, (unsigned long long)(end - first),
                  usage.ru_maxrss >> 10);
    assert_true(usage.ru_maxrss < MEMORY_MOST << 10);
    assert_true(ask != NULL || opened > 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_images_can_be_read),
        cmocka_unit_test(mutations_do_no_harm),
    };

    return cmocka_run_group_tests(tests, load_images, free_images);
}
