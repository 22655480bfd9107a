// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <sys/mount.h>

#include "core/kernel/flags.h"

static void bits_have_their_names(void **state)
{
    char text[FLAGS_TEXT];

    (void)state;
    assert_string_equal(flags_mount(text, MS_BIND | MS_REC), "MS_BIND|MS_REC");
    assert_string_equal(flags_clone(text, CLONE_NEWUSER | CLONE_NEWNS),
                        "CLONE_NEWUSER|CLONE_NEWNS");
}

static void what_has_no_name_is_a_number(void **state)
{
    char text[FLAGS_TEXT];

    (void)state;
    assert_string_equal(flags_mount(text, 0), "0");
    assert_string_equal(flags_mount(text, MS_BIND | 1UL << 30),
                        "MS_BIND|0x40000000");
    assert_string_equal(flags_clone(text, 0x100), "0x100");
}

static void all_bits_fit(void **state)
{
    char text[FLAGS_TEXT];

    (void)state;
    flags_mount(text, ~0UL);
    flags_clone(text, ~0UL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_have_their_names),
        cmocka_unit_test(what_has_no_name_is_a_number),
        cmocka_unit_test(all_bits_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
