// test_image_write.c - unit tests of core/image/copy.c, dir_write.c,
// file_write.c, file_batch.c and budget.c: a stream of the test's own, written
// to a folder.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/image/copy.h"
#include "core/image/dir_write.h"
#include "core/image/tree.h"
#include "tests/unit/base_dir.h"

#define PIECE (8 << 20) // what one thread writes of a file at a time
#define CHUNK (1 << 20)

// Entries of an array. The data of a file are its id and offset, each "step"
// bytes.
struct fake {
    struct image_reader reader;
    const struct image_entry *entries;
    size_t count, next;
    uint64_t step;
    uint64_t broken; // the file of this id can't be read
};

static int fake_next(struct image_reader *reader, struct image_entry *entry)
{
    struct fake *fake = (struct fake *)reader;

    if (fake->next == fake->count)
        return 0;
    *entry = fake->entries[fake->next++];
    return 1;
}

static int fake_data(struct image_reader *reader, const struct image_part *part,
                     struct image_sink *sink)
{
    const struct fake *fake = (struct fake *)reader;

    if (part->id == fake->broken)
        return failed(EIO, "can't read it");
    for (uint64_t at = part->offset; at < part->offset + part->size;
         at += fake->step) {
        uint64_t word[] = { part->id, at };
        struct image_chunk chunk = { word, sizeof word, at };

        if (sink->put(sink, &chunk) < 0)
            return -1;
    }
    return 0;
}

static void fake_close(struct image_reader *reader)
{
}

static const struct image_reader_ops fake_ops = { fake_next, fake_data,
                                                  fake_close };

static int copy(struct fake *fake, uint64_t limit, unsigned threads,
                struct copied *copied)
{
    struct dir_options options = { .limit = limit, .threads = threads };
    cleanup_writer struct image_writer *writer = image_write_dir(top, &options);

    assert_non_null(writer);
    fake->reader.ops = &fake_ops;
    fake->next = 0;
    return image_copy(&fake->reader, writer, COPY_NO_DEVICES, copied);
}

#define FAKE(array, is_parts)                                           \
    {                                                                   \
        .reader.parts = (is_parts), .entries = (array),                 \
        .count = sizeof(array) / sizeof *(array), .broken = UINT64_MAX, \
        .step = CHUNK,                                                  \
    }

static void check_file(const char *path, uint64_t id, uint64_t size)
{
    int fd = openat(top, path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, size);
    for (uint64_t at = 0; at < size; at += CHUNK) {
        uint64_t word[2];

        assert_int_equal(pread(fd, word, sizeof word, (off_t)at), sizeof word);
        assert_int_equal(word[0], id);
        assert_int_equal(word[1], at);
    }
    close(fd);
}

static void files_are_whole_however_many_threads_write_them(void **state)
{
    static const struct image_entry entries[] = {
        { .path = "one", .mode = S_IFREG | 0640, .id = 1, .size = CHUNK },
        { .path = "a/two", .mode = S_IFREG | 0640, .id = 2, .size = PIECE },
        { .path = "three",
          .mode = S_IFREG | 0640,
          .id = 3,
          .size = 3 * PIECE + CHUNK },
        { .path = "empty", .mode = S_IFREG | 0640, .id = 4 },
        { .path = "four", .mode = S_IFREG | 0640, .id = 5, .size = CHUNK },
    };

    // from the second on, each takes the place of one that is there
    for (unsigned threads = 1; threads < 5; threads++) {
        struct fake fake = FAKE(entries, threads < 4);
        struct copied copied;

        assert_int_equal(copy(&fake, 0, threads, &copied), 0);
        check_file("one", 1, CHUNK);
        check_file("a/two", 2, PIECE);
        check_file("three", 3, 3 * PIECE + CHUNK);
        check_file("empty", 4, 0);
        check_file("four", 5, CHUNK);
    }
}

static void what_a_thread_fails_at_is_told(void **state)
{
    static const struct image_entry entries[] = {
        { .path = "one", .mode = S_IFREG, .id = 1, .size = CHUNK },
        { .path = "bad", .mode = S_IFREG, .id = 2, .size = 20 * PIECE },
        { .path = "two", .mode = S_IFREG, .id = 3, .size = 20 * PIECE },
    };
    struct fake fake = FAKE(entries, true);
    struct copied copied;

    fake.broken = 2;
    for (unsigned threads = 1; threads < 4; threads++) {
        assert_int_equal(copy(&fake, 0, threads, &copied), -1);
        assert_string_equal(err_text(), "can't read it: Input/output error");
    }
}

static void check_id(const char *path, uint64_t id)
{
    int fd = openat(top, path, O_RDONLY | O_CLOEXEC);
    uint64_t word[2];

    assert_true(fd >= 0);
    assert_int_equal(read(fd, word, sizeof word), sizeof word);
    assert_int_equal(word[0], id);
    assert_int_equal(read(fd, word, sizeof word), 0);
    close(fd);
}

// Whoever writes them, and when: what comes later is what is there.
static void small_files_come_in_their_order(void **state)
{
    enum { FILES = 400 };
    static struct image_entry entries[3 * FILES];
    static char names[2 * FILES][16];
    struct fake fake = FAKE(entries, false);
    struct copied copied;

    for (size_t i = 0; i < FILES; i++) {
        snprintf(names[2 * i], sizeof *names, "usr/link%zu", i);
        snprintf(names[2 * i + 1], sizeof *names, "usr/file%zu", i % 50);
        entries[3 * i] = (struct image_entry){
            .path = "usr/same", .mode = S_IFREG | 0600, .id = i, .size = 16
        };
        entries[3 * i + 1] =
            (struct image_entry){ .path = names[2 * i], .same_as = "usr/same" };
        entries[3 * i + 2] = (struct image_entry){
            .path = names[2 * i + 1], .mode = S_IFREG, .id = i, .size = 16
        };
    }
    for (unsigned threads = 1; threads < 5; threads++) {
        assert_int_equal(copy(&fake, 0, threads, &copied), 0);
        for (size_t i = 0; i < FILES; i++)
            check_id(names[2 * i], i);
        for (size_t i = FILES - 50; i < FILES; i++)
            check_id(names[2 * i + 1], i);
    }
}

static void small_files_have_their_holes(void **state)
{
    static const struct image_entry entries[] = {
        { .path = "near", .mode = S_IFREG | 0600, .id = 1, .size = 4000 },
        { .path = "holes", .mode = S_IFREG | 0600, .id = 2, .size = 250000 },
        { .path = "more", .mode = S_IFREG | 0600, .id = 3, .size = 262144 },
    };
    struct fake fake = FAKE(entries, false);
    struct copied copied;
    struct stat st;
    uint64_t word[2];
    int fd;

    for (fake.step = 40; fake.step <= 64000; fake.step *= 40) {
        assert_int_equal(copy(&fake, 0, 2, &copied), 0);
        for (size_t i = 0; i < 3; i++) {
            fd = openat(top, entries[i].path, O_RDONLY | O_CLOEXEC);
            assert_true(fd >= 0);
            for (uint64_t at = 0; at < entries[i].size; at += fake.step) {
                ssize_t n = pread(fd, word, sizeof word, (off_t)at);

                assert_true(n > 0);
                assert_int_equal(word[0], entries[i].id);
                assert_int_equal(word[1], at);
            }
            assert_int_equal(fstat(fd, &st), 0);
            assert_int_equal(st.st_size, entries[i].size);
            close(fd);
        }
    }
    // the last time with 64,000 bytes between the words
    assert_true((uint64_t)st.st_blocks * 512 < entries[2].size / 2);
}

static void a_small_file_that_cannot_be_written_is_told(void **state)
{
    static struct image_entry entries[1000];
    const struct rlimit small = { 4096, RLIM_INFINITY };
    struct fake fake = FAKE(entries, false);
    struct copied copied;
    struct rlimit before;

    for (size_t i = 0; i < 1000; i++)
        entries[i] = (struct image_entry){ .path = "same",
                                           .mode = S_IFREG | 0600,
                                           .id = i,
                                           .size = i < 100 ? 16 : 8192 };
    fake.step = 5000;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    setrlimit(RLIMIT_FSIZE, &small);
    assert_int_equal(copy(&fake, 0, 3, &copied), -1);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_string_equal(err_text(), "can't write: File too large");
}

static void modes_and_times_are_those_of_the_entries(void **state)
{
    static const struct image_entry entries[] = {
        { .path = "", .mode = S_IFDIR | 0751, .mtime = { 4, 0 } },
        { .path = "d", .mode = S_IFDIR | 0, .mtime = { 5, 0 } },
        { .path = "other", .mode = S_IFREG | 0600 },
        { .path = "d/f", .mode = S_IFREG | 02010, .mtime = { 6, 7 } },
        { .path = "d/l",
          .mode = S_IFLNK | 0777,
          .target = "/none",
          .mtime = { 8, 9 } },
    };
    struct fake fake = FAKE(entries, false);
    struct copied copied;
    struct stat st;

    assert_int_equal(copy(&fake, 0, 1, &copied), 0);
    assert_int_equal(copied.entries, 5);
    assert_int_equal(fstatat(top, "d", &st, 0), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0700);
    assert_int_equal(st.st_mtim.tv_sec, 5);
    assert_int_equal(fstatat(top, "d/f", &st, 0), 0);
    assert_int_equal(st.st_mode, S_IFREG | 02410);
    assert_int_equal(st.st_mtim.tv_nsec, 7);
    assert_int_equal(fstatat(top, "d/l", &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_int_equal(st.st_mtim.tv_sec, 8);
    assert_int_equal(fstat(top, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0751);
}

static void devices_are_counted_and_not_made(void **state)
{
    static const struct image_entry entries[] = {
        { .path = "null", .mode = S_IFCHR | 0666 },
        { .path = "disk", .mode = S_IFBLK | 0660 },
        { .path = "dev/file", .mode = S_IFREG | 0660 },
        { .path = "dev", .mode = S_IFDIR | 0755 },
        { .path = "linked", .same_as = "dev/null" },
    };
    struct fake fake = FAKE(entries, false);
    struct copied copied;

    assert_int_equal(copy(&fake, 0, 1, &copied), 0);
    assert_int_equal(copied.devices, 3);
    assert_int_equal(copied.entries, 1);
    assert_int_equal(faccessat(top, "dev/file", F_OK, 0), -1);
    assert_int_equal(faccessat(top, "dev", F_OK, 0), 0);
}

static void the_limit_stops_data_and_names(void **state)
{
    static const struct image_entry data[] = {
        { .path = "f", .mode = S_IFREG, .id = 1, .size = 900ULL * CHUNK },
    };
    static struct image_entry names[5000];
    struct fake files = FAKE(data, false), dirs = FAKE(names, false);
    struct copied copied;

    for (size_t i = 0; i < 5000; i++)
        names[i] = (struct image_entry){ .path = "d", .mode = S_IFDIR | 0755 };
    assert_int_equal(copy(&files, 2 << 20, 1, &copied), -1);
    assert_string_equal(err_text(), "larger than 2 MiB");
    files.reader.parts = true;
    assert_int_equal(copy(&files, 2 << 20, 2, &copied), -1);
    assert_string_equal(err_text(), "larger than 2 MiB");
    assert_int_equal(copy(&dirs, 2 << 20, 1, &copied), -1);
    assert_string_equal(err_text(), "larger than 2 MiB");
}

static void a_directory_behind_which_another_was_put_is_left_alone(void **state)
{
    static const struct image_entry entries[] = {
        { .path = "a/b", .mode = S_IFDIR | 0700 },
        { .path = "other", .mode = S_IFDIR | 0711 },
        { .path = "a", .mode = S_IFLNK, .target = "other" },
        { .path = "a/f", .mode = S_IFREG | 0600 },
    };
    struct fake fake = FAKE(entries, false);
    struct copied copied;
    struct stat st;

    assert_int_equal(copy(&fake, 0, 1, &copied), 0);
    assert_int_equal(fstatat(top, "other", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0711);
    assert_int_equal(faccessat(top, "other/f", F_OK, 0), 0);
}

#define each(test) cmocka_unit_test_setup_teardown(test, make_base, remove_base)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(files_are_whole_however_many_threads_write_them),
        each(what_a_thread_fails_at_is_told),
        each(small_files_come_in_their_order),
        each(small_files_have_their_holes),
        each(a_small_file_that_cannot_be_written_is_told),
        each(modes_and_times_are_those_of_the_entries),
        each(devices_are_counted_and_not_made),
        each(the_limit_stops_data_and_names),
        each(a_directory_behind_which_another_was_put_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
