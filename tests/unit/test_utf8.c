// test_utf8.c - unit tests of core/base/utf8.c.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "core/base/utf8.h"

static void expect(const char *text, const char *shown)
{
    char *got = utf8_shown(text);

    assert_string_equal(got, shown);
    free(got);
}

static void what_can_be_shown_stays(void **state)
{
    expect("", "");
    expect("usr/lib/a b", "usr/lib/a b");
    expect("gr\xc3\xbcn \xe2\x82\xac \xf0\x9f\x98\x80",
           "gr\xc3\xbcn \xe2\x82\xac \xf0\x9f\x98\x80");
}

static void nothing_drives_a_terminal(void **state)
{
    expect("a\nb\tc\x7f", "a\\x0ab\\x09c\\x7f");
    expect("\033[2J", "\\x1b[2J");
    expect("\xc2\x9b"
           "2J", // CSI, in one character
           "\\xc2\\x9b2J");
}

static void what_is_no_character_is_shown_byte_by_byte(void **state)
{
    expect("\xff\xfe", "\\xff\\xfe");
    expect("a\xc3", "a\\xc3");
    expect("\xed\xa0\x80", "\\xed\\xa0\\x80"); // a surrogate
    expect("\\xff", "\\\\xff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_shown_stays),
        cmocka_unit_test(nothing_drives_a_terminal),
        cmocka_unit_test(what_is_no_character_is_shown_byte_by_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
