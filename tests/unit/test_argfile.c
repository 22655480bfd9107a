// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/image/argfile.h"
#include "core/run/default_command.h"

#define PARSE(text, list) argfile_parse("f", text, sizeof(text) - 1, list)

static void arguments_are_read_in_their_order(void **state)
{
    cleanup_strlist struct strlist args = { 0 };

    (void)state;
    assert_int_equal(PARSE("angi\0\0\0\4echo\0\0\0\0\0\0\0\3a b", &args), 0);
    assert_int_equal(args.count, 3);
    assert_string_equal(args.items[0], "echo");
    assert_string_equal(args.items[1], "");
    assert_string_equal(args.items[2], "a b");
    assert_null(args.items[3]);
}

static void a_length_is_big_endian(void **state)
{
    cleanup_strlist struct strlist args = { 0 };
    char data[8 + 0x102] = "angi\0\0\1\2";

    (void)state;
    memset(data + 8, 'x', 0x102);
    assert_int_equal(argfile_parse("f", data, sizeof data, &args), 0);
    assert_int_equal(args.count, 1);
    assert_int_equal(strlen(args.items[0]), 0x102);
}

static void an_empty_list_has_no_arguments(void **state)
{
    cleanup_strlist struct strlist args = { 0 };

    (void)state;
    assert_int_equal(PARSE("angi", &args), 0);
    assert_int_equal(args.count, 0);
}

static void another_format_is_named_so(void **state)
{
    cleanup_strlist struct strlist args = { 0 };

    (void)state;
    assert_int_equal(PARSE("echo", &args), -1);
    assert_string_equal(err_text(),
                        "file magic expected: 616e6769; actual: 6563686f: f");
    assert_int_equal(PARSE("ang", &args), -1);
    assert_string_equal(err_text(), "corrupt argument data: f: too short");
    assert_int_equal(PARSE("", &args), -1);
}

static void what_is_cut_off_is_corrupt(void **state)
{
    cleanup_strlist struct strlist args = { 0 };

    (void)state;
    assert_int_equal(PARSE("angi\0\0\0", &args), -1);
    assert_string_equal(err_text(), "corrupt argument data: f: cut off");
    assert_int_equal(PARSE("angi\0\0\0\2a", &args), -1);
    assert_int_equal(PARSE("angi\xff\xff\xff\xff", &args), -1);
    assert_int_equal(PARSE("angi\xff\xff\xff\xfbx", &args), -1);
}

static void an_argument_with_a_nul_is_corrupt(void **state)
{
    cleanup_strlist struct strlist args = { 0 };

    (void)state;
    assert_int_equal(PARSE("angi\0\0\0\3a\0b", &args), -1);
    assert_string_equal(err_text(), "corrupt argument data: f: one has a "
                                    "NUL in it");
}

static void a_file_that_is_not_there_has_no_arguments(void **state)
{
    cleanup_strlist struct strlist args = { 0 };

    (void)state;
    assert_int_equal(argfile_read("/no/such/file", &args), 0);
    assert_int_equal(args.count, 0);
    assert_string_equal(err_text(), "");
    assert_int_equal(argfile_read("/dev/null", &args), -1);
    assert_string_equal(err_text(), "can't read /dev/null: not a regular file");
}

static void no_command_at_all_is_an_error(void **state)
{
    cleanup_strlist struct strlist argv = { 0 };

    (void)state;
    assert_int_equal(default_command((char *[]){ NULL }, &argv), -1);
    assert_non_null(
        strstr(err_text(), "No CMD, ENTRYPOINT, or command specified"));
    assert_int_equal(default_command((char *[]){ "a", NULL }, &argv), 0);
    assert_string_equal(argv.items[0], "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_read_in_their_order),
        cmocka_unit_test(a_length_is_big_endian),
        cmocka_unit_test(an_empty_list_has_no_arguments),
        cmocka_unit_test(another_format_is_named_so),
        cmocka_unit_test(what_is_cut_off_is_corrupt),
        cmocka_unit_test(an_argument_with_a_nul_is_corrupt),
        cmocka_unit_test(a_file_that_is_not_there_has_no_arguments),
        cmocka_unit_test(no_command_at_all_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
