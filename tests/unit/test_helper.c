// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/helper.h"

static const struct helper missing = { (const char *const[]){ "no-such", NULL },
                                       STDOUT_FILENO, 100, 1 };

static struct helper shell(const char *script)
{
    static const char *argv[] = { "sh", "-c", NULL, NULL };

    argv[2] = script;
    return (struct helper){ argv, STDOUT_FILENO, 1000, helper_deadline(20000) };
}

static void text_and_status_are_the_program_s(void **state)
{
    struct helper helper = shell("echo out; echo err >&2; exit 7");
    char *text;

    (void)state;
    assert_int_equal(helper_run(&helper, &text), 7);
    assert_string_equal(text, "out\n");
    free(text);
    helper.stream = STDERR_FILENO;
    assert_int_equal(helper_run(&helper, &text), 7);
    assert_string_equal(text, "err\n");
    free(text);
}

static void a_signal_s_number_is_told(void **state)
{
    struct helper helper = shell("kill -9 $$");
    char *text;

    (void)state;
    assert_int_equal(helper_run(&helper, &text), 128 + SIGKILL);
    assert_string_equal(text, "");
    free(text);
}

static void a_missing_program_is_ENOENT(void **state)
{
    char *text;

    (void)state;
    assert_int_equal(helper_run(&missing, &text), -1);
    assert_int_equal(err_num(), ENOENT);
    assert_string_equal(err_text(),
                        "can't run no-such: No such file or directory");
}

static void the_linker_s_variables_are_kept_from_it(void **state)
{
    struct helper helper = shell("env | grep -c ^LD_; echo $KEPT");
    char *text;

    (void)state;
    setenv("LD_LIBRARY_PATH", "/no/such", 1);
    setenv("KEPT", "kept", 1);
    assert_int_equal(helper_run(&helper, &text), 0);
    assert_string_equal(text, "0\nkept\n");
    assert_string_equal(getenv("LD_LIBRARY_PATH"), "/no/such");
    unsetenv("LD_LIBRARY_PATH");
    free(text);
}

static void one_that_hangs_is_killed_at_the_limit(void **state)
{
    // the second one has closed what it writes to
    static const char *const scripts[] = { "sleep 1000",
                                           "exec >&-; sleep 1000" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct helper helper = shell(scripts[i]);
        time_t start = time(NULL);
        char *text = NULL;

        helper.end = helper_deadline(1000);
        if (i == 0) {
            assert_int_equal(helper_run(&helper, &text), -1);
            assert_int_equal(err_num(), ETIMEDOUT);
        } else
            assert_int_equal(helper_run(&helper, &text), 128 + SIGKILL);
        free(text);
        assert_in_range(time(NULL) - start, 0, 100);
        assert_int_equal(waitpid(-1, NULL, __WALL), -1);
        assert_int_equal(errno, ECHILD);
    }
}

static void too_long_an_answer_is_an_error(void **state)
{
    struct helper helper = shell("yes");
    char *text;

    (void)state;
    assert_int_equal(helper_run(&helper, &text), -1);
    assert_string_equal(err_text(),
                        "sh gave an answer of more than 1000 bytes");
}

static volatile sig_atomic_t seen;

static void on_child(int number)
{
    seen = number;
}

static void no_signal_comes_of_it_and_none_is_needed(void **state)
{
    struct helper helper = shell("exit 3");
    struct sigaction action = { .sa_handler = on_child };
    char *text;

    (void)state;
    sigaction(SIGCHLD, &action, NULL);
    assert_int_equal(helper_run(&helper, &text), 3);
    assert_int_equal(seen, 0);
    free(text);
    action.sa_handler = SIG_IGN;
    sigaction(SIGCHLD, &action, NULL);
    assert_int_equal(helper_run(&helper, &text), 3);
    free(text);
    action.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &action, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_status_are_the_program_s),
        cmocka_unit_test(a_signal_s_number_is_told),
        cmocka_unit_test(a_missing_program_is_ENOENT),
        cmocka_unit_test(the_linker_s_variables_are_kept_from_it),
        cmocka_unit_test(one_that_hangs_is_killed_at_the_limit),
        cmocka_unit_test(too_long_an_answer_is_an_error),
        cmocka_unit_test(no_signal_comes_of_it_and_none_is_needed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
