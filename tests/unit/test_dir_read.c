// test_dir_read.c - unit tests of core/image/dir_read.c.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/image/dir_read.h"
#include "core/image/tree.h"
#include "tests/unit/base_dir.h"

// What was put: how many bytes, and where the first and the last chunk were.
struct counter {
    struct image_sink sink;
    uint64_t bytes, first, end;
    size_t chunks;
};

static void make_file(const char *path, off_t offset)
{
    int fd = openat(top, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "text", 4, offset), 4);
    close(fd);
}

static struct image_reader *open_reader(void)
{
    static const struct strlist none;
    static const struct dir_read_options options = { .exclude = &none };
    struct image_reader *reader = image_read_dir(top, &options);

    assert_non_null(reader);
    return reader;
}

static int count(struct image_sink *sink, const struct image_chunk *chunk)
{
    struct counter *counter = (struct counter *)sink;

    if (counter->chunks++ == 0)
        counter->first = chunk->offset;
    counter->bytes += chunk->size;
    counter->end = chunk->offset + chunk->size;
    return 0;
}

// Read up to the entry of this path.
static void find(struct image_reader *reader, const char *path,
                 struct image_entry *entry)
{
    do
        assert_int_equal(reader->ops->next(reader, entry), 1);
    while (strcmp(entry->path, path) != 0);
}

static void entries_come_sorted_depth_first(void **state)
{
    static const char *const expected[] = { "",      "a",   "a/b", "a/b/c",
                                            "a/b/d", "a/x", "b" };
    cleanup_reader struct image_reader *reader = NULL;
    struct image_entry entry;

    assert_int_equal(mkdirat(top, "a", 0755), 0);
    assert_int_equal(mkdirat(top, "a/b", 0755), 0);
    make_file("a/x", 0);
    make_file("b", 0);
    make_file("a/b/d", 0);
    make_file("a/b/c", 0);
    reader = open_reader();
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_int_equal(reader->ops->next(reader, &entry), 1);
        assert_string_equal(entry.path, expected[i]);
    }
    assert_int_equal(reader->ops->next(reader, &entry), 0);
}

static void further_names_of_a_file_are_links(void **state)
{
    cleanup_reader struct image_reader *reader = NULL;
    struct image_entry entry;

    make_file("one", 0);
    assert_int_equal(linkat(top, "one", top, "two", 0), 0);
    reader = open_reader();
    find(reader, "one", &entry);
    assert_null(entry.same_as);
    find(reader, "two", &entry);
    assert_string_equal(entry.same_as, "one");
}

static void holes_are_not_put(void **state)
{
    cleanup_reader struct image_reader *reader = NULL;
    struct counter counter = { .sink = { count } };
    struct image_part part = { .where = true };
    struct image_entry entry;

    make_file("sparse", 4 << 20);
    reader = open_reader();
    find(reader, "sparse", &entry);
    assert_true(entry.sparse);
    part.id = entry.id;
    part.size = entry.size;
    assert_int_equal(reader->ops->data(reader, &part, &counter.sink), 0);
    assert_true(counter.first > 3 << 20);
    assert_int_equal(counter.end, entry.size);
    counter = (struct counter){ .sink = { count } };
    part.where = false;
    assert_int_equal(reader->ops->data(reader, &part, &counter.sink), 0);
    assert_true(counter.bytes < 1 << 20);
    assert_int_equal(counter.end, entry.size);
}

static void a_file_that_shrinks_or_goes_is_an_error(void **state)
{
    cleanup_reader struct image_reader *reader = NULL;
    struct counter counter = { .sink = { count } };
    struct image_part part = { 0 };
    struct image_entry entry;

    make_file("file", 1000);
    reader = open_reader();
    find(reader, "file", &entry);
    part.id = entry.id;
    part.size = entry.size;
    make_file("file", 0);
    assert_int_equal(reader->ops->data(reader, &part, &counter.sink), -1);
    assert_string_equal(err_text(),
                        "/file: it became shorter while it was read");
    assert_int_equal(unlinkat(top, "file", 0), 0);
    assert_int_equal(mkfifoat(top, "file", 0644), 0);
    assert_int_equal(reader->ops->data(reader, &part, &counter.sink), -1);
    err_clear();
}

static void depth_costs_no_descriptors(void **state)
{
    cleanup_reader struct image_reader *reader = NULL;
    char path[2 * 1500 + 1] = "";
    struct image_entry entry;
    int depth = 0, last = -1;

    for (int i = 0; i < 1500; i++) {
        strcat(path, i > 0 ? "/d" : "d");
        assert_int_equal(mkdirat(top, path, 0755), 0);
    }
    reader = open_reader();
    while (reader->ops->next(reader, &entry) > 0)
        depth++;
    assert_int_equal(depth, 1501);
    last = dup(top);
    assert_in_range(last, 0, 100);
    close(last);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_base, remove_base)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(entries_come_sorted_depth_first),
        TEST(further_names_of_a_file_are_links),
        TEST(holes_are_not_put),
        TEST(a_file_that_shrinks_or_goes_is_an_error),
        TEST(depth_costs_no_descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
