// test_stop.c - unit tests of core/base/stop.c, in processes of their own.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/stop.h"

// The status of a child that does it.
static int in_child(int (*body)(void))
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(20);
        _exit(body());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int read_until_signal(void)
{
    int pipe_ends[2];
    char byte;

    if (stop_catch() < 0 || pipe(pipe_ends) < 0 || stop_check() < 0)
        return 1;
    if (write(pipe_ends[1], "x", 1) != 1 ||
        stop_read(pipe_ends[0], &byte, 1) != 1)
        return 2;
    raise(SIGTERM);
    if (stop_check() == 0 || stop_read(pipe_ends[0], &byte, 1) != -1)
        return 3;
    if (strstr(err_text(), "stopped by a signal: Terminated") == NULL)
        return 4;
    stop_die();
    return 5;
}

static int ignored(void)
{
    signal(SIGHUP, SIG_IGN);
    if (stop_catch() < 0)
        return 1;
    raise(SIGHUP);
    stop_die();
    return stop_check() == 0 ? 0 : 2;
}

static int twice(void)
{
    if (stop_catch() < 0)
        return 1;
    raise(SIGINT);
    raise(SIGINT);
    return 2;
}

static void a_signal_leaves_word_and_ends_us_later(void **state)
{
    int status = in_child(read_until_signal);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void what_was_ignored_stays_so(void **state)
{
    assert_int_equal(in_child(ignored), 0);
}

static void a_second_signal_ends_us_at_once(void **state)
{
    int status = in_child(twice);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_leaves_word_and_ends_us_later),
        cmocka_unit_test(what_was_ignored_stays_so),
        cmocka_unit_test(a_second_signal_ends_us_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
