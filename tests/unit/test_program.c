// test_program.c - unit tests of core/base/program.c.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/program.h"

static struct program *shell(const char *script, bool gives)
{
    const char *const argv[] = { "sh", "-c", script, NULL };
    struct program *program = program_start(argv, gives);

    assert_non_null(program);
    return program;
}

static void assert_no_child(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void what_it_gives_is_read(void **state)
{
    struct program *program = shell("printf data", true);
    char bytes[8] = "";

    (void)state;
    assert_int_equal(read(program_fd(program), bytes, sizeof bytes), 4);
    assert_string_equal(bytes, "data");
    assert_int_equal(program_finish(program), 0);
    program_close(program);
    assert_no_child();
}

static void what_it_takes_is_all_there(void **state)
{
    struct program *program =
        shell("test $(wc -c) -eq 100000 && exit 0; exit 3", false);
    static char bytes[100000];

    (void)state;
    for (size_t done = 0; done < sizeof bytes;) {
        ssize_t n = write(program_fd(program), bytes, sizeof bytes - done);

        assert_true(n > 0);
        done += (size_t)n;
    }
    assert_int_equal(program_finish(program), 0);
    program_close(program);
}

static void its_last_words_are_the_error(void **state)
{
    static const struct {
        const char *script, *text;
    } cases[] = {
        { "echo first >&2; echo 'Error: the reason' >&2; exit 125",
          "sh -c: the reason" },
        { "echo 'it failed' >&2; echo >&2; exit 1", "sh -c: it failed" },
        { "exit 7", "sh -c ended with status 7" },
        { "kill -9 $$", "sh -c ended with status 137" },
        { "yes 'a long line of words' | head -n 10000 >&2; exit 1",
          "sh -c: a long line of words" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct program *program = shell(cases[i].script, true);

        assert_int_equal(program_finish(program), -1);
        assert_string_equal(err_text(), cases[i].text);
        err_clear();
        program_close(program);
    }
}

static void one_that_ends_early_is_an_error_and_no_signal(void **state)
{
    struct program *program = shell("echo 'Error: full' >&2; exit 1", false);
    static const char bytes[65536];
    ssize_t n;

    (void)state;
    do
        n = write(program_fd(program), bytes, sizeof bytes);
    while (n > 0);
    assert_int_equal(errno, EPIPE);
    assert_int_equal(program_finish(program), -1);
    assert_string_equal(err_text(), "sh -c: full");
    err_clear();
    program_close(program);
}

static void what_is_not_read_is_no_error(void **state)
{
    struct program *program = shell("yes | head -c 3000000", true);

    (void)state;
    assert_int_equal(program_finish(program), 0);
    program_close(program);
}

static void one_that_is_not_wanted_any_more_ends(void **state)
{
    struct program *program = shell("sleep 1000; true", false);

    (void)state;
    program_close(program);
    assert_no_child();
}

static void a_missing_program_is_ENOENT(void **state)
{
    static const char *const argv[] = { "no-such", "save", NULL };

    (void)state;
    assert_null(program_start(argv, true));
    assert_int_equal(err_num(), ENOENT);
    err_clear();
    assert_no_child();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_gives_is_read),
        cmocka_unit_test(what_it_takes_is_all_there),
        cmocka_unit_test(its_last_words_are_the_error),
        cmocka_unit_test(one_that_ends_early_is_an_error_and_no_signal),
        cmocka_unit_test(what_is_not_read_is_no_error),
        cmocka_unit_test(one_that_is_not_wanted_any_more_ends),
        cmocka_unit_test(a_missing_program_is_ENOENT),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
