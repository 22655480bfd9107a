// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/scope.h"
#include "core/run/jail_label.h"

#define LABEL "system_u:object_r:container_file_t:s0:c1,c2"
#define OPTION "context=\"" LABEL "\""

static void expect_data(const char *data, const char *type, bool user_namespace,
                        const char *expected)
{
    cleanup_free char *text =
        jail_label_data(data, LABEL, type, user_namespace);

    assert_string_equal(text, expected);
}

static void a_new_file_system_has_the_label_for_an_option(void **state)
{
    (void)state;
    expect_data("", "tmpfs", false, OPTION);
    expect_data("size=1m", "tmpfs", true, "size=1m," OPTION);
    expect_data("", "ext4", false, OPTION);
}

static void what_can_have_no_label_of_its_own_has_none(void **state)
{
    static const char *const types[] = { "proc", "sysfs", "cgroup", "cgroup2",
                                         "mqueue" };

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        expect_data("a", types[i], false, "a");
}

static void a_user_namespace_labels_but_what_it_may(void **state)
{
    (void)state;
    expect_data("", "fuse", true, "");
    expect_data("", "devpts", true, OPTION);
}

static void a_label_among_the_options_is_that_which_counts(void **state)
{
    (void)state;
    expect_data("size=1m,context=x", "tmpfs", false, "size=1m,context=x");
}

static void without_a_label_options_are_as_they_were(void **state)
{
    cleanup_free char *text = jail_label_data("mode=1", NULL, "tmpfs", false);

    (void)state;
    assert_string_equal(text, "mode=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file_system_has_the_label_for_an_option),
        cmocka_unit_test(what_can_have_no_label_of_its_own_has_none),
        cmocka_unit_test(a_user_namespace_labels_but_what_it_may),
        cmocka_unit_test(a_label_among_the_options_is_that_which_counts),
        cmocka_unit_test(without_a_label_options_are_as_they_were),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
