// test_image_path.c - unit tests of core/image/path.c.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/base/err.h"
#include "core/image/path.h"

static void check(const char *raw, const char *expected)
{
    char clean[PATH_MAX];

    assert_int_equal(path_clean(raw, clean), 0);
    assert_string_equal(clean, expected);
}

static void slashes_and_dots_that_mean_nothing_go(void **state)
{
    check("usr/bin", "usr/bin");
    check("./usr//bin/", "usr/bin");
    check("/usr/./bin/.", "usr/bin");
    check("///", "");
    check(".", "");
    check("", "");
    check("./", "");
    check("...", "...");
    check("..a/b..", "..a/b..");
    check(".hidden", ".hidden");
}

static void a_name_that_climbs_is_refused(void **state)
{
    static const char *const names[] = { "..",     "../a", "a/..",
                                         "a/../b", "/..",  "./.././a" };
    char clean[PATH_MAX];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(path_clean(names[i], clean), -1);
        assert_non_null(strstr(err_text(), "a name with \"..\" in it"));
    }
}

static void a_name_that_no_path_can_hold_is_refused(void **state)
{
    static char raw[2 * PATH_MAX];
    char clean[PATH_MAX];

    memset(raw, 'a', PATH_MAX - 1);
    assert_int_equal(path_clean(raw, clean), -1);
    assert_int_equal(err_num(), ENAMETOOLONG);
    raw[PATH_MAX - 2] = '\0';
    assert_int_equal(path_clean(raw, clean), 0);
    // what goes away is not counted
    memset(raw, '/', sizeof raw - 2);
    raw[sizeof raw - 2] = 'a';
    check(raw, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slashes_and_dots_that_mean_nothing_go),
        cmocka_unit_test(a_name_that_climbs_is_refused),
        cmocka_unit_test(a_name_that_no_path_can_hold_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
