// test_cpus.c - the CPUs that a process may run on.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "core/kernel/cpus.h"

static cpu_set_t allowed(void)
{
    cpu_set_t cpus;

    assert_int_equal(sched_getaffinity(0, sizeof cpus, &cpus), 0);
    return cpus;
}

static void staying_allows_one_cpu_and_restoring_all_again(void **state)
{
    cpu_set_t first = allowed();
    cpu_set_t before, now;

    (void)state;
    assert_int_equal(cpus_stay(&before), 0);
    assert_true(CPU_EQUAL(&before, &first));
    now = allowed();
    assert_int_equal(CPU_COUNT(&now), 1);
    assert_true(CPU_ISSET(sched_getcpu(), &now));
    cpus_restore(&before);
    now = allowed();
    assert_true(CPU_EQUAL(&now, &first));
}

static void a_child_that_spreads_leaves_its_parent_where_it_is(void **state)
{
    cpu_set_t before, now;
    unsigned all;
    int status;
    pid_t pid;

    (void)state;
    now = allowed();
    all = (unsigned)CPU_COUNT(&now);
    assert_int_equal(cpus_stay(&before), 0);
    pid = fork();
    if (pid == 0)
        _exit(cpus_use_all() >= all ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    now = allowed();
    assert_int_equal(CPU_COUNT(&now), 1);
    cpus_restore(&before);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(staying_allows_one_cpu_and_restoring_all_again),
        cmocka_unit_test(a_child_that_spreads_leaves_its_parent_where_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
