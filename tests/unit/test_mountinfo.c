// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/kernel/mountinfo.h"

static struct mountinfo parse(const char *text)
{
    struct mountinfo mounts;

    assert_int_equal(mountinfo_parse(&mounts, strdup(text)), 0);
    return mounts;
}

static void a_line_is_taken_apart(void **state)
{
    struct mountinfo mounts =
        parse("36 35 98:7 / /mnt2 rw,noatime master:1 shared:2 - ext3 "
              "/dev/root rw,errors=continue\n");
    const struct mountinfo_entry *entry = mounts.entries;

    (void)state;
    assert_int_equal(mounts.count, 1);
    assert_int_equal(entry->id, 36);
    assert_int_equal(entry->parent, 35);
    assert_int_equal(entry->major, 98);
    assert_int_equal(entry->minor, 7);
    assert_string_equal(entry->dir, "/mnt2");
    assert_string_equal(entry->type, "ext3");
    assert_string_equal(entry->source, "/dev/root");
    assert_string_equal(entry->options, "rw,errors=continue");
    mountinfo_free(&mounts);
}

static void a_line_without_optional_fields_is_read(void **state)
{
    struct mountinfo mounts = parse("1 2 0:3 / /a rw - tmpfs none rw");

    (void)state;
    assert_int_equal(mounts.count, 1);
    assert_string_equal(mounts.entries->source, "none");
    mountinfo_free(&mounts);
}

static void blanks_newlines_and_backslashes_are_unescaped(void **state)
{
    struct mountinfo mounts = parse("1 2 0:3 / /a\\040b\\011c\\012d\\134040 rw "
                                    "- fuse.ch /i\\040j\\043 rw\n");

    (void)state;
    assert_int_equal(mounts.count, 1);
    assert_string_equal(mounts.entries->dir, "/a b\tc\nd\\040");
    assert_string_equal(mounts.entries->source, "/i j#");
    mountinfo_free(&mounts);
}

static void an_escape_cut_short_stays_as_it_is(void **state)
{
    struct mountinfo mounts = parse("1 2 0:3 / /a\\04 rw - t s\\ o\n");

    (void)state;
    assert_string_equal(mounts.entries->dir, "/a\\04");
    assert_string_equal(mounts.entries->source, "s\\");
    mountinfo_free(&mounts);
}

static void an_empty_source_is_a_field(void **state)
{
    struct mountinfo mounts = parse("1 2 0:3 / /a rw - tmpfs  rw,size=1k\n");

    (void)state;
    assert_string_equal(mounts.entries->source, "");
    assert_string_equal(mounts.entries->options, "rw,size=1k");
    mountinfo_free(&mounts);
}

static void lines_of_another_format_are_left_out(void **state)
{
    struct mountinfo mounts = parse("\n1\n1 2\n1 2 0:3 / /a rw tmpfs none rw\n"
                                    "1 2 03 / /a rw - tmpfs none rw\n"
                                    "1 2 0:3 / /a rw - tmpfs\n"
                                    "7 2 0:3 / /a rw - tmpfs none rw\n- - -\n");

    (void)state;
    assert_int_equal(mounts.count, 1);
    assert_int_equal(mounts.entries->id, 7);
    mountinfo_free(&mounts);
}

static void a_path_of_full_length_is_read(void **state)
{
    char path[4096];
    char text[4200];
    struct mountinfo mounts;

    (void)state;
    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    snprintf(text, sizeof text, "1 2 0:3 / %s rw - tmpfs none rw\n", path);
    mounts = parse(text);
    assert_string_equal(mounts.entries->dir, path);
    mountinfo_free(&mounts);
}

static void a_mount_is_found_by_its_id(void **state)
{
    struct mountinfo mounts = parse("5 2 0:3 / /a rw - tmpfs a rw\n"
                                    "6 2 0:3 / /a rw - tmpfs b rw\n");

    (void)state;
    assert_string_equal(mountinfo_find(&mounts, 6)->source, "b");
    assert_null(mountinfo_find(&mounts, 7));
    mountinfo_free(&mounts);
}

static void an_option_is_a_whole_word(void **state)
{
    struct mountinfo mounts =
        parse("5 2 0:3 / /a rw - fuse.ch a ro,user_id=1000,allow_other\n");

    (void)state;
    assert_true(mountinfo_has_option(mounts.entries, "user_id=1000"));
    assert_true(mountinfo_has_option(mounts.entries, "ro"));
    assert_true(mountinfo_has_option(mounts.entries, "allow_other"));
    assert_false(mountinfo_has_option(mounts.entries, "user_id=100"));
    assert_false(mountinfo_has_option(mounts.entries, "id=1000"));
    mountinfo_free(&mounts);
}

static void the_table_of_this_process_has_the_mount_of_a_descriptor(
    void **state)
{
    int fd = open("/proc", O_PATH | O_CLOEXEC);
    struct mountinfo mounts;
    const struct mountinfo_entry *entry;

    (void)state;
    assert_int_equal(mountinfo_read(&mounts), 0);
    entry = mountinfo_find(&mounts, mountinfo_id(fd));
    assert_non_null(entry);
    assert_string_equal(entry->dir, "/proc");
    assert_string_equal(entry->type, "proc");
    mountinfo_free(&mounts);
    close(fd);
}

static void a_closed_descriptor_has_no_mount(void **state)
{
    (void)state;
    assert_int_equal(mountinfo_id(99999), -1);
    assert_int_equal(errno, ENOENT);
}

static void a_key_that_is_missing_is_told(void **state)
{
    (void)state;
    assert_int_equal(mountinfo_fdinfo("/proc/self/fdinfo/0", "mnt"), -1);
    assert_int_equal(errno, ENODATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_taken_apart),
        cmocka_unit_test(a_line_without_optional_fields_is_read),
        cmocka_unit_test(blanks_newlines_and_backslashes_are_unescaped),
        cmocka_unit_test(an_escape_cut_short_stays_as_it_is),
        cmocka_unit_test(an_empty_source_is_a_field),
        cmocka_unit_test(lines_of_another_format_are_left_out),
        cmocka_unit_test(a_path_of_full_length_is_read),
        cmocka_unit_test(a_mount_is_found_by_its_id),
        cmocka_unit_test(an_option_is_a_whole_word),
        cmocka_unit_test(
            the_table_of_this_process_has_the_mount_of_a_descriptor),
        cmocka_unit_test(a_closed_descriptor_has_no_mount),
        cmocka_unit_test(a_key_that_is_missing_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
