// wrap: write
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"

static char written[65536];
static int writes;

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);

// What goes to stderr is kept; cmocka's own goes on.
ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    if (fd != STDERR_FILENO)
        return __real_write(fd, data, size);
    assert_true(size < sizeof written);
    memcpy(written, data, size);
    written[size] = '\0';
    writes++;
    errno = EBADF;
    return (ssize_t)size;
}

static int start(void **state)
{
    (void)state;
    writes = 0;
    written[0] = '\0';
    log_level_set(LOG_WARN);
    log_program("ch-run");
    return 0;
}

static void assert_written(const char *text)
{
    char line[256];

    snprintf(line, sizeof line, "ch-run[%d]: %s\n", (int)getpid(), text);
    assert_string_equal(written, line);
    assert_int_equal(writes, 1);
}

static void a_line_names_program_and_process(void **state)
{
    (void)state;
    log_warn("$%s not set", "PATH");
    assert_written("warning: $PATH not set");
}

static void steps_are_told_only_when_asked_for(void **state)
{
    (void)state;
    log_step("x");
    assert_int_equal(writes, 0);
    log_level_set(LOG_STEP);
    log_step("x %d", 1);
    assert_written("x 1");
    log_why("y");
    assert_int_equal(writes, 1);
}

static void quiet_is_without_warnings_but_not_without_errors(void **state)
{
    (void)state;
    log_level_set(LOG_ERROR);
    log_warn("x");
    assert_int_equal(writes, 0);
    failed(EPERM, "can't mount /a");
    log_pending_error();
    assert_written("error: can't mount /a: Operation not permitted");
}

static void an_error_tells_its_place_to_those_who_see_steps(void **state)
{
    char line[96];
    int here = __LINE__ + 3;

    (void)state;
    failed(EPERM, "can't mount /a");
    snprintf(
        line, sizeof line,
        "error: can't mount /a: Operation not permitted (test_log.c:%d %d)",
        here, EPERM);
    log_level_set(LOG_STEP);
    log_pending_error();
    assert_written(line);
}

static void errno_is_kept(void **state)
{
    (void)state;
    errno = EBUSY;
    log_warn("x");
    assert_int_equal(errno, EBUSY);
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
    (void)state;
    failed(0, "can't open /a\nb\x1b[31m\x7f\tc\xc3\xa4");
    log_pending_error();
    assert_written("error: can't open /a\\x0ab\\x1b[31m\\x7f\tc\xc3\xa4");
}

static void an_error_of_any_length_is_one_line(void **state)
{
    char path[PATH_MAX];

    (void)state;
    memset(path, '\n', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    failed(0, "%s%s%s%s", path, path, path, path);
    log_pending_error();
    assert_int_equal(writes, 1);
    assert_ptr_equal(strchr(written, '\n'), written + strlen(written) - 1);
}

static void lines_are_coloured_by_their_level_when_asked_for(void **state)
{
    char line[64];

    (void)state;
    log_level_set(LOG_CALL);
    log_color_set(LOG_COLOR_ALWAYS);
    log_warn("x\x1b");
    snprintf(line, sizeof line, "\x1b[33mch-run[%d]: warning: x\\x1b\x1b[0m\n",
             (int)getpid());
    assert_string_equal(written, line);
    log_call("x");
    assert_int_equal(strncmp(written, "\x1b[2mch-run", 9), 0);
    failed(0, "x");
    log_pending_error();
    assert_int_equal(strncmp(written, "\x1b[1;31mch-run", 9), 0);
    log_color_set(LOG_COLOR_NEVER);
    log_warn("x");
    assert_int_equal(strncmp(written, "ch-run", 6), 0);
}

static void an_error_of_any_length_ends_its_colour(void **state)
{
    char path[PATH_MAX];

    (void)state;
    memset(path, '\n', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    log_color_set(LOG_COLOR_ALWAYS);
    failed(0, "%s%s%s%s", path, path, path, path);
    log_pending_error();
    assert_string_equal(written + strlen(written) - 5, "\x1b[0m\n");
    log_color_set(LOG_COLOR_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_names_program_and_process, start),
        cmocka_unit_test_setup(steps_are_told_only_when_asked_for, start),
        cmocka_unit_test_setup(quiet_is_without_warnings_but_not_without_errors,
                               start),
        cmocka_unit_test_setup(an_error_tells_its_place_to_those_who_see_steps,
                               start),
        cmocka_unit_test_setup(errno_is_kept, start),
        cmocka_unit_test_setup(control_characters_do_not_reach_the_terminal,
                               start),
        cmocka_unit_test_setup(an_error_of_any_length_is_one_line, start),
        cmocka_unit_test_setup(lines_are_coloured_by_their_level_when_asked_for,
                               start),
        cmocka_unit_test_setup(an_error_of_any_length_ends_its_colour, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
