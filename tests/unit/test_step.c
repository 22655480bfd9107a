// test_step.c - claims about what launchers leave in the environment.
// SPDX-License-Identifier: MIT
#include "core/run/step.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const variables[] = {
    "SLURM_JOB_ID",    "SLURM_STEP_ID",  "SLURM_STEP_TASKS_PER_NODE",
    "SLURM_NODEID",    "FLUX_JOB_ID",    "PALS_APID",
    "PALS_LOCAL_SIZE", "PMIX_NAMESPACE", "OMPI_COMM_WORLD_LOCAL_SIZE",
    "PBS_JOBID",       "LSB_JOBID",      "LSB_JOBINDEX",
};

static int forget_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        unsetenv(variables[i]);
    return 0;
}

static void a_step_is_found_in_any_environment(void **state)
{
    static const char *const env[] = { "SLURM_JOB_ID=1",
                                       "SLURM_JOB_ID=7",
                                       "SLURM_STEP_IDS=8",
                                       "SLURM_STEP_ID=9",
                                       "SLURM_NODEID=1",
                                       "SLURM_STEP_TASKS_PER_NODE=2,3",
                                       NULL };
    unsigned expected = 77;
    char *step = step_find_in(env, &expected);

    (void)state;
    assert_string_equal(step, "SLURM_JOB_ID=7.9");
    assert_int_equal(expected, 3);
    free(step);
    assert_null(step_find_in(NULL, &expected));
    assert_int_equal(expected, 0);
}

static void expect_step(const char *name, unsigned ranks)
{
    unsigned expected = 77;
    char *step = step_find(&expected);

    if (name == NULL)
        assert_null(step);
    else
        assert_string_equal(step, name);
    assert_int_equal(expected, ranks);
    free(step);
}

static void tasks_are_counted_node_by_node(void **state)
{
    (void)state;
    assert_int_equal(step_tasks("4", 0), 4);
    assert_int_equal(step_tasks("4(x2)", 0), 4);
    assert_int_equal(step_tasks("4(x2)", 1), 4);
    assert_int_equal(step_tasks("2,3", 1), 3);
    assert_int_equal(step_tasks("2(x3),1,5(x2)", 2), 2);
    assert_int_equal(step_tasks("2(x3),1,5(x2)", 3), 1);
    assert_int_equal(step_tasks("2(x3),1,5(x2)", 5), 5);
}

static void a_list_that_is_none_tells_nothing(void **state)
{
    (void)state;
    assert_int_equal(step_tasks("", 0), 0);
    assert_int_equal(step_tasks("x", 0), 0);
    assert_int_equal(step_tasks("4(x2)", 2), 0);
    assert_int_equal(step_tasks("4(x", 0), 0);
    assert_int_equal(step_tasks("4(x2", 3), 0);
    assert_int_equal(step_tasks("-1", 0), 0);
    assert_int_equal(step_tasks("99999999999999999999", 0), 0);
    assert_int_equal(step_tasks("1(x99999999999999999999),2", 1), 1);
    assert_int_equal(step_tasks("1(x0),2", 0), 2);
}

static void who_is_no_rank_has_no_step(void **state)
{
    (void)state;
    expect_step(NULL, 0);
    setenv("SLURM_JOB_ID", "17", 1);
    expect_step(NULL, 0);
    assert_string_equal(step_job(), "17");
    setenv("SLURM_STEP_ID", "", 1);
    expect_step(NULL, 0);
}

static void a_step_is_that_of_its_job(void **state)
{
    (void)state;
    setenv("SLURM_JOB_ID", "17", 1);
    setenv("SLURM_STEP_ID", "3", 1);
    expect_step("SLURM_JOB_ID=17.3", 0);
    setenv("SLURM_STEP_TASKS_PER_NODE", "8(x2),4", 1);
    expect_step("SLURM_JOB_ID=17.3", 8);
    setenv("SLURM_NODEID", "2", 1);
    expect_step("SLURM_JOB_ID=17.3", 4);
}

static void a_launcher_within_a_job_names_its_own_ranks(void **state)
{
    (void)state;
    setenv("PBS_JOBID", "5.server", 1);
    expect_step("PBS_JOBID=5.server.", 0);
    setenv("PMIX_NAMESPACE", "prterun-1@1", 1);
    setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "6", 1);
    expect_step("PMIX_NAMESPACE=prterun-1@1.", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tasks_are_counted_node_by_node, forget_all),
        cmocka_unit_test_setup(a_list_that_is_none_tells_nothing, forget_all),
        cmocka_unit_test_setup(who_is_no_rank_has_no_step, forget_all),
        cmocka_unit_test_setup(a_step_is_found_in_any_environment, forget_all),
        cmocka_unit_test_setup(a_step_is_that_of_its_job, forget_all),
        cmocka_unit_test_setup(a_launcher_within_a_job_names_its_own_ranks,
                               forget_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
