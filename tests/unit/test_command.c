// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/command.h"

static const struct command table[] = {
    { "create", "make a container", NULL },
    { "start", "start it", NULL },
    { NULL, NULL, NULL },
};

static void a_command_is_found_by_its_whole_name(void **state)
{
    (void)state;
    assert_ptr_equal(command_find(table, "start"), &table[1]);
    assert_ptr_equal(command_find(table, "create"), &table[0]);
}

static void no_other_word_finds_one(void **state)
{
    (void)state;
    assert_null(command_find(table, "star"));
    assert_null(command_find(table, "starts"));
    assert_null(command_find(table, "Start"));
    assert_null(command_find(table, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_is_found_by_its_whole_name),
        cmocka_unit_test(no_other_word_finds_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
