// test_image_user.c - unit tests of core/image/image_user.c.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/image/image_user.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
                             "\n"
                             "short\n"
                             "odd:x:number:1:::\n"
                             "name:x:1000:100:Name:/home:/bin/sh\n"
                             "123:x:55:56:::\n"
                             "last:x:7:8";
static const char group[] = "root:x:0:\nteam:x:2000:name,last\nusers:x:100:";

static void check(const char *user, unsigned uid, unsigned gid)
{
    struct image_user found;

    assert_true(image_user_find(user, passwd, group, &found));
    assert_int_equal(found.uid, uid);
    assert_int_equal(found.gid, gid);
}

static void users_and_groups_are_found_by_name_and_number(void **state)
{
    check("root", 0, 0);
    check("name", 1000, 100);
    check("last", 7, 8);
    check("name:team", 1000, 2000);
    check("name:", 1000, 100);
    check("name:5", 1000, 5);
    check("1000", 1000, 100);
    check("1000:users", 1000, 100);
    check("4242", 4242, 0);
    check("4242:4243", 4242, 4243);
    check("123", 55, 56); // a name first
}

static void what_is_not_known_is_told(void **state)
{
    static const char *const users[] = {
        "none",  "",    "name:none", ":team",      "-1",         "na",
        "names", "odd", "short",     "4294967295", "99999999999"
    };
    struct image_user found;

    for (size_t i = 0; i < sizeof users / sizeof users[0]; i++)
        assert_false(image_user_find(users[i], passwd, group, &found));
}

static void without_lists_numbers_are_known(void **state)
{
    struct image_user found;

    assert_true(image_user_find("5:6", NULL, NULL, &found));
    assert_int_equal(found.uid, 5);
    assert_int_equal(found.gid, 6);
    assert_false(image_user_find("root", NULL, NULL, &found));
    assert_false(image_user_find("5:root", NULL, NULL, &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_and_groups_are_found_by_name_and_number),
        cmocka_unit_test(what_is_not_known_is_told),
        cmocka_unit_test(without_lists_numbers_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
