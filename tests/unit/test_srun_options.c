// test_srun_options.c - what users may ask of srun.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/slurm/srun_options.h"

static void add(struct strlist *list, const char *word)
{
    assert_int_equal(srun_options_add_word(list, word, "here"), 0);
}

static void refuse(const char *name, const char *value, const char *text)
{
    cleanup_strlist struct strlist list = { 0 };

    assert_int_equal(srun_options_add(&list, name, value, "here"), -1);
    assert_true(str_starts(err_text(), "here: "));
    assert_non_null(strstr(err_text(), text));
    err_clear();
    assert_int_equal(list.count, 0);
}

static void a_value_is_one_word_with_its_option(void **state)
{
    cleanup_strlist struct strlist list = { 0 };

    (void)state;
    add(&list, "comment=--prolog=/bin/sh --x");
    add(&list, "--time=1:00");
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0], "--comment=--prolog=/bin/sh --x");
    assert_string_equal(list.items[1], "--time=1:00");
}

static void a_later_one_takes_the_place_of_one_of_this_name_only(void **state)
{
    cleanup_strlist struct strlist list = { 0 };

    (void)state;
    add(&list, "time=1");
    add(&list, "time-min=2");
    add(&list, "mem=1");
    add(&list, "mem-per-cpu=2");
    add(&list, "time=3");
    assert_int_equal(list.count, 4);
    assert_string_equal(list.items[0], "--time-min=2");
    assert_string_equal(list.items[3], "--time=3");
}

static void a_flag_is_given_and_taken_back(void **state)
{
    cleanup_strlist struct strlist list = { 0 };

    (void)state;
    add(&list, "overlap");
    add(&list, "exclusive=true");
    assert_string_equal(list.items[0], "--overlap");
    assert_string_equal(list.items[1], "--exclusive");
    add(&list, "overlap=false");
    add(&list, "exclusive=user");
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0], "--exclusive=user");
    add(&list, "exclusive=false");
    assert_int_equal(list.count, 0);
}

static void only_options_of_the_table_are_known(void **state)
{
    static const char *const names[] = { "prolog", "task-prolog", "bcast",
                                         "output", "error",       "chdir",
                                         "export", "uid",         "jobid",
                                         "pty",    "multi-prog",  "" };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        refuse(names[i], "x", "there is no option");
    refuse("time=1 --prolog", "x", "there is no option");
}

static void values_that_make_no_sense_are_refused(void **state)
{
    char *huge = malloc(10000);

    (void)state;
    memset(huge, 'x', 9999);
    huge[9999] = '\0';
    refuse("comment", huge, "too long");
    free(huge);
    refuse("comment", "a\nb", "can't be printed");
    refuse("comment", "a\x1b[2J", "can't be printed");
    refuse("time", NULL, "needs a value");
    refuse("time", "", "needs a value");
    refuse("overlap", "yes", "takes no value");
    refuse("nodelist", "/etc/passwd", "not a file");
    refuse("exclude", "./x", "not a file");
}

static void the_environment_has_both_names_and_a_line_of_words(void **state)
{
    cleanup_strlist struct strlist list = { 0 };

    (void)state;
    setenv("SCRUN_CPUS_PER_TASK", "2", 1);
    setenv("SCRUN_JOB_NUM_NODES", "3", 1);
    setenv("SCRUN_ARGS", " --qos=a\tnodes=4 ", 1);
    assert_int_equal(srun_options_add_environment(&list), 0);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0], "--cpus-per-task=2");
    assert_string_equal(list.items[1], "--qos=a");
    assert_string_equal(list.items[2], "--nodes=4");
    setenv("SCRUN_ARGS", "x", 1);
    assert_int_equal(srun_options_add_environment(&list), -1);
    assert_string_equal(err_text(), "SCRUN_ARGS: there is no option x for "
                                    "jobs; ch-scrun(1) lists them");
    unsetenv("SCRUN_ARGS");
    unsetenv("SCRUN_CPUS_PER_TASK");
    unsetenv("SCRUN_JOB_NUM_NODES");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_one_word_with_its_option),
        cmocka_unit_test(a_later_one_takes_the_place_of_one_of_this_name_only),
        cmocka_unit_test(a_flag_is_given_and_taken_back),
        cmocka_unit_test(only_options_of_the_table_are_known),
        cmocka_unit_test(values_that_make_no_sense_are_refused),
        cmocka_unit_test(the_environment_has_both_names_and_a_line_of_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
