// test_filter.c - unit tests of core/kernel/filter.c and filter_newer.c, by
// processes that have a filter.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/kernel/filter.h"

#define UNKNOWN 1000 // the number of no system call yet

static int number_of(const struct choice *choices, const char *word)
{
    for (; choices->word != NULL; choices++)
        if (strcmp(choices->word, word) == 0)
            return choices->number;
    return -1;
}

// The error of this call in a process with the filter; 0: there is none.
static int error_of(const struct filter *filter, long number)
{
    struct filter_program program;
    int status = 0;
    pid_t pid;

    assert_int_equal(filter_compile(filter, &program), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
            filter_install(&program, NULL) < 0)
            _exit(255);
        // not _exit(3): the sanitizer would want calls that are refused
        syscall(SYS_exit_group, syscall(number, -1, 0, 0) < 0 ? errno : 0);
    }
    filter_free(&program);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static const char *const names[] = { "exit_group", "exit",  "write",
                                     "close",      "setns", NULL };

static void what_is_newer_than_all_that_is_named_is_missing(void **state)
{
    struct filter_rule rule = { .names = names };
    struct filter filter = { .rules = &rule, .rule_count = 1 };

    rule.action = number_of(filter_actions, "SCMP_ACT_ALLOW");
    filter.action = number_of(filter_actions, "SCMP_ACT_ERRNO");
    assert_int_equal(error_of(&filter, UNKNOWN), ENOSYS);
    assert_int_equal(error_of(&filter, SYS_getppid), EPERM);
    assert_int_equal(error_of(&filter, SYS_close), EBADF);
}

static void an_error_that_was_chosen_is_that_of_all(void **state)
{
    struct filter_rule rule = { .names = names };
    struct filter filter = { .rules = &rule,
                             .rule_count = 1,
                             .errnum = { true, ENXIO } };

    rule.action = number_of(filter_actions, "SCMP_ACT_ALLOW");
    filter.action = number_of(filter_actions, "SCMP_ACT_ERRNO");
    assert_int_equal(error_of(&filter, UNKNOWN), ENXIO);
    filter.action = number_of(filter_actions, "SCMP_ACT_ALLOW");
    assert_int_equal(error_of(&filter, UNKNOWN), ENOSYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_newer_than_all_that_is_named_is_missing),
        cmocka_unit_test(an_error_that_was_chosen_is_that_of_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
