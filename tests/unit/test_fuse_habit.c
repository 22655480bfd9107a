// test_fuse_habit.c - attributes for those who look at files, names for others.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/fuse/habit.h"

static struct habits habits;

static int begin(void **state)
{
    habits_init(&habits);
    return 0;
}

static int end(void **state)
{
    habits_destroy(&habits);
    return 0;
}

static void stranger_wants_names(void **state)
{
    assert_false(habit_lists(&habits, 10, 1));
    assert_false(habit_lists(&habits, 10, 2));
}

static void who_looks_at_files_wants_to_know_them(void **state)
{
    assert_false(habit_lists(&habits, 10, 1));
    habit_looks(&habits, 10, 1);
    assert_true(habit_lists(&habits, 10, 1));
    assert_true(habit_lists(&habits, 10, 2));
}

static void looking_elsewhere_means_nothing(void **state)
{
    assert_false(habit_lists(&habits, 10, 1));
    habit_looks(&habits, 10, 7);
    assert_false(habit_lists(&habits, 10, 2));
}

static void others_looking_means_nothing(void **state)
{
    assert_false(habit_lists(&habits, 10, 1));
    habit_looks(&habits, 11, 1);
    assert_false(habit_lists(&habits, 10, 2));
    assert_false(habit_lists(&habits, 11, 1));
}

static void place_in_the_table_is_taken_over(void **state)
{
    assert_false(habit_lists(&habits, 10, 1));
    habit_looks(&habits, 10, 1);
    assert_false(habit_lists(&habits, 10 + HABITS, 1));
    assert_false(habit_lists(&habits, 10, 1));
}

static void process_of_another_pid_namespace_has_number_0(void **state)
{
    assert_false(habit_lists(&habits, 0, 1));
    habit_looks(&habits, 0, 1);
    assert_true(habit_lists(&habits, 0, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stranger_wants_names, begin, end),
        cmocka_unit_test_setup_teardown(who_looks_at_files_wants_to_know_them,
                                        begin, end),
        cmocka_unit_test_setup_teardown(looking_elsewhere_means_nothing, begin,
                                        end),
        cmocka_unit_test_setup_teardown(others_looking_means_nothing, begin,
                                        end),
        cmocka_unit_test_setup_teardown(place_in_the_table_is_taken_over, begin,
                                        end),
        cmocka_unit_test_setup_teardown(
            process_of_another_pid_namespace_has_number_0, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
