// test_image_filters.c - unit tests of core/image/single.c, complete.c,
// adjust.c and exclude.c: what stands between a reader and a writer.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/image/adjust.h"
#include "core/image/complete.h"
#include "core/image/exclude.h"
#include "core/image/single.h"
#include "tests/unit/fake_reader.h"

static void expect(struct image_reader *reader, const char *path)
{
    struct image_entry entry;

    assert_int_equal(reader->ops->next(reader, &entry), 1);
    assert_string_equal(entry.path, path);
}

static void expect_end(struct image_reader *reader)
{
    struct image_entry entry;

    assert_int_equal(reader->ops->next(reader, &entry), 0);
}

static void a_single_directory_is_left_out(void **state)
{
    static const struct image_entry entries[] = {
        DIR_ENTRY(""),
        DIR_ENTRY("image-1"),
        FILE_ENTRY("image-1/file"),
        { .path = "image-1/link", .same_as = "image-1/file" },
    };
    struct fake_reader fake = FAKE(entries), again = FAKE(entries);
    cleanup_reader struct image_reader *reader =
        image_lift_single(&fake.reader, &again.reader);
    struct image_entry entry;

    expect(reader, "");
    expect(reader, "");
    expect(reader, "file");
    assert_int_equal(reader->ops->next(reader, &entry), 1);
    assert_string_equal(entry.same_as, "file");
    expect_end(reader);
}

static void two_directories_stay(void **state)
{
    static const struct image_entry entries[] = {
        DIR_ENTRY("image"),
        FILE_ENTRY("image/file"),
        FILE_ENTRY("imagefile"),
    };
    struct fake_reader fake = FAKE(entries), again = FAKE(entries);
    cleanup_reader struct image_reader *reader =
        image_lift_single(&fake.reader, &again.reader);

    expect(reader, "image");
    expect(reader, "image/file");
    expect(reader, "imagefile");
    expect_end(reader);
}

static void a_file_and_a_name_of_the_root_stay(void **state)
{
    static const struct image_entry file[] = { FILE_ENTRY("file") };
    static const struct image_entry usr[] = { FILE_ENTRY("usr/file") };
    struct fake_reader fake = FAKE(file), other = FAKE(usr);
    cleanup_reader struct image_reader *one =
        image_lift_single(&fake.reader, NULL);
    cleanup_reader struct image_reader *two =
        image_lift_single(&other.reader, NULL);

    expect(one, "file");
    expect(two, "usr/file");
}

static void a_pipe_that_turns_out_otherwise_is_an_error(void **state)
{
    static const struct image_entry entries[] = {
        FILE_ENTRY("image/file"),
        FILE_ENTRY("other"),
    };
    struct fake_reader fake = FAKE(entries);
    cleanup_reader struct image_reader *reader =
        image_lift_single(&fake.reader, NULL);
    struct image_entry entry;

    expect(reader, "file");
    assert_int_equal(reader->ops->next(reader, &entry), -1);
    assert_non_null(strstr(err_text(), "instead of a pipe"));
    err_clear();
}

static void what_is_missing_is_added(void **state)
{
    static const struct image_entry entries[] = {
        { .path = "usr/file", .mode = S_IFREG, .mtime = { 7, 8 } },
        { .path = "etc", .mode = S_IFLNK | 0777, .target = "usr" },
        DIR_ENTRY("mnt/3"),
    };
    struct fake_reader fake = FAKE(entries);
    cleanup_reader struct image_reader *reader =
        image_complete(&fake.reader, false);
    struct image_entry entry;
    size_t root = 0, zero = 0, tmp = 0;

    for (int i = 0; i < 3; i++)
        assert_int_equal(reader->ops->next(reader, &entry), 1);
    while (reader->ops->next(reader, &entry) > 0) {
        assert_string_not_equal(entry.path, "usr");
        assert_string_not_equal(entry.path, "mnt");
        assert_string_not_equal(entry.path, "mnt/3");
        assert_int_not_equal(strncmp(entry.path, "etc", 3), 0);
        assert_int_equal(entry.mtime.tv_sec, 7);
        root += strcmp(entry.path, "") == 0;
        zero += strcmp(entry.path, "mnt/0") == 0;
        tmp +=
            strcmp(entry.path, "tmp") == 0 && entry.mode == (S_IFDIR | 01777);
    }
    assert_int_equal(root + zero + tmp, 3);
}

static void an_image_of_nothing_is_an_error(void **state)
{
    static const struct image_entry entries[] = { DIR_ENTRY("") };
    struct fake_reader fake = FAKE(entries);
    cleanup_reader struct image_reader *reader =
        image_complete(&fake.reader, false);
    struct image_entry entry;

    assert_int_equal(reader->ops->next(reader, &entry), 1);
    assert_int_equal(reader->ops->next(reader, &entry), -1);
    assert_string_equal(err_text(), "nothing in it");
    err_clear();
}

static void owners_times_and_xattrs_are_changed(void **state)
{
    static const struct image_xattr xattrs[] = { { "security.selinux", "x", 1 },
                                                 { "user.name", "y", 1 } };
    static const struct image_entry entries[] = {
        { .path = "a",
          .uid = 5,
          .mode = S_IFREG,
          .mtime = { 100, 1 },
          .xattrs = xattrs,
          .xattr_count = 2 },
        { .path = "b", .mode = S_IFREG, .mtime = { 99, 1 } },
    };
    struct fake_reader fake = FAKE(entries);
    struct budget budget = { 0 };
    struct progress_counts counts = { 0 };
    struct strlist none = { 0 };
    struct adjustment how = { .set_owner = true,
                              .uid = 1,
                              .gid = 2,
                              .limit_mtime = true,
                              .mtime = 100,
                              .xattrs = true,
                              .exclude = &none,
                              .budget = &budget,
                              .counts = &counts };
    cleanup_reader struct image_reader *reader =
        image_adjust(&fake.reader, &how);
    struct image_entry entry;

    assert_int_equal(reader->ops->next(reader, &entry), 1);
    assert_int_equal(entry.uid, 1);
    assert_int_equal(entry.gid, 2);
    assert_int_equal(entry.mtime.tv_sec, 100);
    assert_int_equal(entry.mtime.tv_nsec, 0);
    assert_int_equal(entry.xattr_count, 1);
    assert_string_equal(entry.xattrs[0].name, "user.name");
    assert_int_equal(reader->ops->next(reader, &entry), 1);
    assert_int_equal(entry.mtime.tv_sec, 99);
    assert_int_equal(entry.mtime.tv_nsec, 1);
    assert_int_equal(counts.entries, 2);
}

static void what_is_excluded_does_not_come(void **state)
{
    static const struct image_entry entries[] = { FILE_ENTRY("a/cache/file"),
                                                  FILE_ENTRY("a/file.o"),
                                                  FILE_ENTRY("b/keep"),
                                                  { .path = "c",
                                                    .same_as = "a/file.o" } };
    char *items[] = { "cache", "*.o" };
    struct strlist globs = { .items = items, .count = 2 };
    struct fake_reader fake = FAKE(entries);
    struct budget budget = { 0 };
    struct progress_counts counts = { 0 };
    struct adjustment how = { .exclude = &globs,
                              .budget = &budget,
                              .counts = &counts };
    cleanup_reader struct image_reader *reader =
        image_adjust(&fake.reader, &how);
    struct image_entry entry;

    expect(reader, "b/keep");
    assert_int_equal(reader->ops->next(reader, &entry), -1);
    assert_string_equal(err_text(),
                        "can't leave out /a/file.o: /c is another name of it");
    err_clear();
}

static void names_and_paths_are_excluded(void **state)
{
    char *items[] = { "name", "/a/b", "x/*" };
    struct strlist globs = { .items = items, .count = 3 };

    assert_true(exclude_matches(&globs, "name"));
    assert_true(exclude_matches(&globs, "deep/name/below"));
    assert_true(exclude_matches(&globs, "a/b"));
    assert_true(exclude_matches(&globs, "a/b/c"));
    assert_true(exclude_matches(&globs, "x/y/z"));
    assert_false(exclude_matches(&globs, "z/a/b"));
    assert_false(exclude_matches(&globs, "named"));
    assert_false(exclude_matches(&globs, "x"));
    assert_false(exclude_matches(&globs, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_directory_is_left_out),
        cmocka_unit_test(two_directories_stay),
        cmocka_unit_test(a_file_and_a_name_of_the_root_stay),
        cmocka_unit_test(a_pipe_that_turns_out_otherwise_is_an_error),
        cmocka_unit_test(what_is_missing_is_added),
        cmocka_unit_test(an_image_of_nothing_is_an_error),
        cmocka_unit_test(owners_times_and_xattrs_are_changed),
        cmocka_unit_test(what_is_excluded_does_not_come),
        cmocka_unit_test(names_and_paths_are_excluded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
