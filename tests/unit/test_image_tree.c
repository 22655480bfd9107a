// test_image_tree.c - unit tests of core/image/tree.c and layout.c.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/image/layout.h"
#include "core/image/tree.h"
#include "tests/unit/base_dir.h"

#define DEPTH 1100    // more levels than descriptors
#define LEVEL "level" // so long that no path can name the lowest

static void make_file(int dir, const char *name)
{
    int fd = openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    close(fd);
}

static bool is_there(const char *path)
{
    return faccessat(top, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void a_tree_deeper_than_any_path_is_removed(void **state)
{
    int dir = dup(top);

    for (int i = 0; i < DEPTH; i++) {
        int below;

        make_file(dir, "file");
        assert_int_equal(symlinkat("/", dir, "link"), 0);
        assert_int_equal(mkdirat(dir, LEVEL, 0700), 0);
        below = openat(dir, LEVEL, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(below >= 0);
        close(dir);
        dir = below;
    }
    close(dir);
    assert_int_equal(tree_remove(top, LEVEL), 0);
    assert_false(is_there(LEVEL));
    assert_true(is_there("file"));
}

static void what_is_not_there_is_removed_already(void **state)
{
    assert_int_equal(tree_remove(top, "none"), 0);
}

static void a_link_is_removed_and_not_followed(void **state)
{
    assert_int_equal(mkdirat(top, "kept", 0700), 0);
    make_file(top, "kept/file");
    assert_int_equal(symlinkat("kept", top, "link"), 0);
    assert_int_equal(tree_remove(top, "link"), 0);
    assert_true(is_there("kept/file"));
    assert_false(is_there("link"));
}

static void temporary_names_that_are_taken_do_no_harm(void **state)
{
    assert_int_equal(mkdirat(top, "d", 0700), 0);
    assert_int_equal(mkdirat(top, "d/.ch-0", 0700), 0);
    make_file(top, "d/.ch-1");
    assert_int_equal(mkdirat(top, "d/.ch-0/.ch-0", 0700), 0);
    make_file(top, "d/.ch-0/.ch-0/.ch-0");
    assert_int_equal(tree_remove(top, "d"), 0);
    assert_false(is_there("d"));
}

static void a_single_directory_gives_its_entries_mode_and_time(void **state)
{
    struct timespec times[] = { { 1000, 0 }, { 1000, 0 } };
    struct stat st;

    assert_int_equal(mkdirat(top, "only", 0710), 0);
    assert_int_equal(mkdirat(top, "only/only", 0700), 0);
    make_file(top, "only/only/only");
    make_file(top, "only/.hidden");
    assert_int_equal(utimensat(top, "only", times, 0), 0);
    assert_int_equal(tree_lift_single(top), 1);
    assert_true(is_there(".hidden"));
    assert_true(is_there("only/only"));
    assert_false(is_there("only/only/only"));
    assert_int_equal(fstat(top, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0710);
    assert_int_equal(st.st_mtim.tv_sec, 1000);
}

static void what_may_be_a_root_itself_stays(void **state)
{
    assert_int_equal(tree_lift_single(top), 0);
    assert_int_equal(mkdirat(top, "usr", 0700), 0);
    assert_int_equal(tree_lift_single(top), 0);
    assert_int_equal(mkdirat(top, "other", 0700), 0);
    assert_int_equal(tree_lift_single(top), 0);
    assert_true(is_there("usr"));
}

static void a_single_file_or_link_stays(void **state)
{
    assert_int_equal(symlinkat("/", top, "link"), 0);
    assert_int_equal(tree_lift_single(top), 0);
    assert_true(is_there("link"));
}

static void layers_are_told_by_their_files(void **state)
{
    assert_null(layout_of(top));
    make_file(top, "manifest.json");
    assert_null(layout_of(top));
    make_file(top, "repositories");
    assert_string_equal(layout_of(top), "a docker archive");
    make_file(top, "oci-layout");
    assert_string_equal(layout_of(top), "a docker archive");
    make_file(top, "index.json");
    assert_string_equal(layout_of(top), "an OCI layout");
}

#define each(test) cmocka_unit_test_setup_teardown(test, make_base, remove_base)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(a_tree_deeper_than_any_path_is_removed),
        each(what_is_not_there_is_removed_already),
        each(a_link_is_removed_and_not_followed),
        each(temporary_names_that_are_taken_do_no_harm),
        each(a_single_directory_gives_its_entries_mode_and_time),
        each(what_may_be_a_root_itself_stays),
        each(a_single_file_or_link_stays),
        each(layers_are_told_by_their_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
