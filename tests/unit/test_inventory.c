// test_inventory.c - unit tests of core/image/inventory.c, content.c and
// compare.c: what is in an image, and what differs between two.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/image/compare.h"
#include "core/image/inventory.h"
#include "tests/unit/fake_reader.h"

enum { TEXT_SIZE = 1000 };

// --- contents

struct bytes {
    const char *bytes;
    size_t size;
    uint64_t offset;
};

static void digest(const struct bytes *chunks, size_t count,
                   uint8_t into[CONTENT_DIGEST])
{
    static struct content content;

    content_begin(&content);
    for (size_t i = 0; i < count; i++) {
        struct image_chunk chunk = { chunks[i].bytes, chunks[i].size,
                                     chunks[i].offset };

        assert_int_equal(content.sink.put(&content.sink, &chunk), 0);
    }
    content_end(&content, into);
}

#define DIGEST(into, ...)                                                \
    digest((const struct bytes[]){ __VA_ARGS__ },                        \
           sizeof(struct bytes[]){ __VA_ARGS__ } / sizeof(struct bytes), \
           (into))

static void pieces_and_holes_make_no_difference(void **state)
{
    static char all[3 * CONTENT_BLOCK];
    uint8_t whole[CONTENT_DIGEST], other[CONTENT_DIGEST];

    memset(all, 'x', CONTENT_BLOCK + 7);
    all[2 * CONTENT_BLOCK + 5] = 'y';
    DIGEST(whole, { all, sizeof all, 0 });
    DIGEST(other, { all, 1, 0 }, { all + 1, CONTENT_BLOCK, 1 },
           { all + CONTENT_BLOCK + 1, 6, CONTENT_BLOCK + 1 },
           { all + 2 * CONTENT_BLOCK + 5, 1, 2 * CONTENT_BLOCK + 5 });
    assert_memory_equal(whole, other, CONTENT_DIGEST);
    DIGEST(other, { all, CONTENT_BLOCK + 7, 0 }, { "y", 1, CONTENT_BLOCK + 7 });
    assert_memory_not_equal(whole, other, CONTENT_DIGEST);
    DIGEST(other, { all, CONTENT_BLOCK + 7, 0 },
           { "y", 1, 2 * CONTENT_BLOCK + 4 });
    assert_memory_not_equal(whole, other, CONTENT_DIGEST);
}

static void a_terabyte_of_holes_takes_no_time(void **state)
{
    uint8_t one[CONTENT_DIGEST], other[CONTENT_DIGEST];

    DIGEST(one, { "x", 1, 1ULL << 60 });
    DIGEST(other, { "x", 1, (1ULL << 60) + CONTENT_BLOCK });
    assert_memory_not_equal(one, other, CONTENT_DIGEST);
}

static void data_that_come_twice_are_refused(void **state)
{
    static const char block[CONTENT_BLOCK] = "x";
    static struct content content;
    const struct image_chunk chunks[] = { { "xy", 2, 10 },
                                          { "x", 1, 11 },
                                          { block, sizeof block, 0 },
                                          { "x", 1, 5 } };

    for (size_t i = 0; i < 4; i += 2) {
        content_begin(&content);
        assert_int_equal(content.sink.put(&content.sink, &chunks[i]), 0);
        assert_int_equal(content.sink.put(&content.sink, &chunks[i + 1]), -1);
        assert_string_equal(err_text(), "damaged: data out of their order");
    }
}

// --- images, as their entries; the id is that of the contents

static const char *const contents[] = { "", "one", "two" };

static int data(struct image_reader *reader, const struct image_part *part,
                struct image_sink *sink)
{
    struct image_chunk chunk = { contents[part->id], part->size, 0 };

    return sink->put(sink, &chunk);
}

static struct inventory *read_entries(const struct image_entry *entries,
                                      size_t count)
{
    static const struct image_reader_ops ops = { fake_next, data, fake_close };
    static const struct inventory_options options = { .contents = true,
                                                      .xattrs = true };
    struct fake_reader fake = { .reader.ops = &ops,
                                .entries = entries,
                                .count = count };

    return inventory_read(&fake.reader, &options);
}

#define READ(array) read_entries((array), sizeof(array) / sizeof *(array))
#define CONTENT_ENTRY(name, number)                                       \
    {                                                                     \
        .path = (name), .mode = S_IFREG | 0644, .size = 3, .id = (number) \
    }
#define LINK_ENTRY(name, to)                                   \
    {                                                          \
        .path = (name), .mode = S_IFLNK | 0777, .target = (to) \
    }

static void expect_paths(struct inventory *inventory, const char *expected)
{
    struct inventory_item item;
    char text[TEXT_SIZE] = "";

    assert_non_null(inventory);
    while (inventory_next(inventory, &item)) {
        strcat(strcat(text, item.path), " ");
        if (item.same_as != NULL)
            strcat(strcat(strcat(text, "= "), item.same_as), " ");
    }
    assert_string_equal(text, expected);
}

static void paths_come_sorted_and_each_once(void **state)
{
    static const struct image_entry entries[] = {
        CONTENT_ENTRY("b", 1), CONTENT_ENTRY("a-b", 1), CONTENT_ENTRY("a/z", 1),
        CONTENT_ENTRY("b", 2), DIR_ENTRY("a"),          CONTENT_ENTRY("a/c", 1),
    };
    struct inventory *inventory = READ(entries);

    expect_paths(inventory, " a a/c a/z a-b b ");
    assert_int_equal(inventory_totals(inventory)->files, 4);
    assert_int_equal(inventory_totals(inventory)->directories, 2);
    assert_int_equal(inventory_totals(inventory)->bytes, 12);
    inventory_rewind(inventory);
    expect_paths(inventory, " a a/c a/z a-b b ");
    inventory_free(inventory);
}

static void paths_lead_through_links(void **state)
{
    static const struct image_entry entries[] = {
        LINK_ENTRY("lib", "usr/lib"),
        CONTENT_ENTRY("lib/c.so", 1),
        DIR_ENTRY("usr"),
        { .path = "usr/again", .same_as = "lib/c.so" },
    };
    struct inventory *inventory = READ(entries);

    expect_paths(inventory,
                 " lib usr usr/again usr/lib usr/lib/c.so = usr/again ");
    inventory_free(inventory);
}

static void what_replaces_a_directory_has_nothing_below(void **state)
{
    static const struct image_entry entries[] = {
        CONTENT_ENTRY("a/b/c", 1),
        CONTENT_ENTRY("a", 1),
    };
    struct inventory *inventory = READ(entries);

    expect_paths(inventory, " a ");
    inventory_free(inventory);
}

// --- differences

struct told {
    struct difference_sink sink;
    char text[TEXT_SIZE];
};

static int note(struct difference_sink *sink,
                const struct difference *difference)
{
    static const char *const names[] = { "removed", "added",  "type",
                                         "mode",    "owner",  "size",
                                         "content", "target", "device",
                                         "links",   "xattrs", "time" };
    const struct inventory_item *item =
        difference->a != NULL ? difference->a : difference->b;
    char *text = ((struct told *)sink)->text;

    sprintf(text + strlen(text), "%s %s, ", names[difference->kind],
            item->path);
    return 0;
}

static void expect_differences(struct inventory *a, struct inventory *b,
                               const char *expected)
{
    const struct comparison how = { .kinds = (1U << DIFFERENCE_KINDS) - 1 };
    struct told told = { { note }, "" };

    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(inventory_differences(a, b, &how, &told.sink), 0);
    assert_string_equal(told.text, expected);
    inventory_free(a);
    inventory_free(b);
}

static void each_kind_of_difference_is_told(void **state)
{
    static const struct image_xattr xattr = { "user.x", "1", 1 };
    static const struct image_entry a[] = {
        DIR_ENTRY(""),
        CONTENT_ENTRY("content", 1),
        CONTENT_ENTRY("mode", 1),
        CONTENT_ENTRY("owner", 1),
        CONTENT_ENTRY("removed", 1),
        CONTENT_ENTRY("size", 1),
        LINK_ENTRY("target", "x"),
        CONTENT_ENTRY("time", 1),
        CONTENT_ENTRY("type", 1),
        CONTENT_ENTRY("xattrs", 1),
    };
    static const struct image_entry b[] = {
        DIR_ENTRY(""),
        CONTENT_ENTRY("added", 1),
        CONTENT_ENTRY("content", 2),
        { .path = "mode", .mode = S_IFREG | 0600, .size = 3, .id = 1 },
        { .path = "owner",
          .mode = S_IFREG | 0644,
          .size = 3,
          .id = 1,
          .gid = 1 },
        { .path = "size", .mode = S_IFREG | 0644, .size = 2, .id = 1 },
        LINK_ENTRY("target", "y"),
        { .path = "time",
          .mode = S_IFREG | 0644,
          .size = 3,
          .id = 1,
          .mtime = { 1, 0 } },
        DIR_ENTRY("type"),
        { .path = "xattrs",
          .mode = S_IFREG | 0644,
          .size = 3,
          .id = 1,
          .xattrs = &xattr,
          .xattr_count = 1 },
    };

    expect_differences(READ(a), READ(b),
                       "added added, content content, mode mode, owner owner, "
                       "removed removed, size size, target target, time time, "
                       "type type, xattrs xattrs, ");
    expect_differences(READ(a), READ(a), "");
}

static void order_and_first_names_make_no_difference(void **state)
{
    static const struct image_entry a[] = {
        DIR_ENTRY("d"),
        CONTENT_ENTRY("d/one", 1),
        { .path = "two", .same_as = "d/one" },
    };
    static const struct image_entry b[] = {
        CONTENT_ENTRY("two", 1),
        { .path = "d/one", .same_as = "two" },
        DIR_ENTRY("d"),
    };
    static const struct image_entry apart[] = {
        CONTENT_ENTRY("two", 1),
        CONTENT_ENTRY("d/one", 1),
    };

    expect_differences(READ(a), READ(b), "");
    expect_differences(READ(a), READ(apart), "links two, ");
}

static void a_name_more_is_no_difference_of_the_others(void **state)
{
    static const struct image_entry a[] = {
        CONTENT_ENTRY("a", 1),
        { .path = "b", .same_as = "a" },
        { .path = "c", .same_as = "a" },
    };
    static const struct image_entry b[] = {
        CONTENT_ENTRY("b", 1),
        { .path = "c", .same_as = "b" },
    };

    expect_differences(READ(a), READ(b), "removed a, ");
}

static void a_file_of_several_names_is_compared_once(void **state)
{
    static const struct image_entry a[] = {
        CONTENT_ENTRY("a", 1),
        { .path = "b", .same_as = "a" },
    };
    static const struct image_entry b[] = {
        CONTENT_ENTRY("b", 2),
        { .path = "a", .same_as = "b" },
    };

    expect_differences(READ(a), READ(b), "content a, ");
}

static void times_are_compared_as_far_as_both_know_them(void **state)
{
    static const struct image_entry a[] = {
        { .path = "a", .mode = S_IFREG, .mtime = { 5, 123 } },
        { .path = "b", .mode = S_IFREG, .mtime = { 5, 123 } },
        { .path = "c", .mode = S_IFREG, .mtime = { -7, 0 } },
    };
    static const struct image_entry b[] = {
        { .path = "a", .mode = S_IFREG, .mtime = { 5, 0 } },
        { .path = "b", .mode = S_IFREG, .mtime = { 5, 124 } },
        { .path = "c", .mode = S_IFREG, .mtime = { 0, 0 } },
    };

    expect_differences(READ(a), READ(b), "time b, ");
}

static void paths_are_ordered_as_a_walk_finds_them(void **state)
{
    static const char *const paths[] = { "",      "a",      "a/b",
                                         "a/b/c", "a/\xff", "a\x01",
                                         "a-",    "ab",     "\xff" };

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        for (size_t k = 0; k < sizeof paths / sizeof *paths; k++) {
            int order = inventory_compare(paths[i], paths[k]);

            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_and_holes_make_no_difference),
        cmocka_unit_test(a_terabyte_of_holes_takes_no_time),
        cmocka_unit_test(data_that_come_twice_are_refused),
        cmocka_unit_test(paths_come_sorted_and_each_once),
        cmocka_unit_test(paths_lead_through_links),
        cmocka_unit_test(what_replaces_a_directory_has_nothing_below),
        cmocka_unit_test(each_kind_of_difference_is_told),
        cmocka_unit_test(order_and_first_names_make_no_difference),
        cmocka_unit_test(a_name_more_is_no_difference_of_the_others),
        cmocka_unit_test(a_file_of_several_names_is_compared_once),
        cmocka_unit_test(times_are_compared_as_far_as_both_know_them),
        cmocka_unit_test(paths_are_ordered_as_a_walk_finds_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
