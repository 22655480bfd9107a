// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"

// A path of full length, all of one letter.
static const char *long_path(char letter)
{
    static char paths[256][PATH_MAX];
    char *path = paths[(unsigned char)letter];

    memset(path, letter, PATH_MAX - 1);
    return path;
}

static int start(void **state)
{
    (void)state;
    err_clear();
    return 0;
}

static void the_text_ends_with_the_reason(void **state)
{
    (void)state;
    assert_int_equal(failed(ENOENT, "can't open %s", "/a"), -1);
    assert_string_equal(err_text(), "can't open /a: No such file or directory");
    assert_int_equal(err_num(), ENOENT);
}

static void without_an_errno_there_is_no_reason(void **state)
{
    (void)state;
    failed(0, "expected one DIR");
    assert_string_equal(err_text(), "expected one DIR");
    assert_int_equal(err_num(), 0);
}

static void where_it_failed_is_a_file_a_line_and_errno(void **state)
{
    char place[64];

    (void)state;
    failed(ENOENT, "x");
    snprintf(place, sizeof place, " (test_err.c:%d %d)", __LINE__ - 1, ENOENT);
    assert_string_equal(err_place(), place);
    failed_while("trying");
    assert_string_equal(err_place(), place);
    failed(0, "x");
    snprintf(place, sizeof place, " (test_err.c:%d)", __LINE__ - 1);
    assert_string_equal(err_place(), place);
}

static void a_caller_puts_in_front_what_it_was_doing(void **state)
{
    (void)state;
    failed(EPERM, "can't mount %s", "/a");
    assert_int_equal(failed_while("starting %s", "c1"), -1);
    assert_string_equal(err_text(),
                        "starting c1: can't mount /a: Operation not permitted");
    assert_int_equal(err_num(), EPERM);
}

static void the_exit_code_is_1_unless_told(void **state)
{
    (void)state;
    failed(0, "x");
    assert_int_equal(err_exit_code(), 1);
    assert_int_equal(failed_with(49), -1);
    assert_int_equal(err_exit_code(), 49);
}

static void a_new_failure_forgets_the_old_exit_code(void **state)
{
    (void)state;
    failed(0, "x");
    failed_with(49);
    failed(0, "y");
    assert_int_equal(err_exit_code(), 1);
}

static void nothing_is_pending_once_cleared(void **state)
{
    (void)state;
    failed(EPERM, "x");
    failed_with(2);
    err_clear();
    assert_string_equal(err_text(), "");
    assert_int_equal(err_num(), 0);
    assert_int_equal(err_exit_code(), 1);
}

static void two_paths_of_full_length_fit(void **state)
{
    (void)state;
    failed(EPERM, "can't bind %s at %s", long_path('a'), long_path('b'));
    assert_non_null(strstr(err_text(), "a at b"));
    assert_non_null(strstr(err_text(), "b: Operation not permitted"));
}

static void what_does_not_fit_is_seen_to_be_cut(void **state)
{
    size_t length;

    (void)state;
    failed(EPERM, "%s%s%s", long_path('a'), long_path('b'), long_path('c'));
    length = strlen(err_text());
    assert_string_equal(err_text() + length - 4, "c...");
    failed_while("%s", long_path('d'));
    assert_int_equal(strlen(err_text()), length);
    assert_string_equal(err_text() + length - 4, "b...");
}

static void the_old_text_may_be_part_of_the_new(void **state)
{
    (void)state;
    failed(0, "inner");
    failed(0, "outer: %s, that is, %s", err_text(), err_text());
    assert_string_equal(err_text(), "outer: inner, that is, inner");
}

// What the parent gets to know when a child does "act" with a pipe.
static int receive_from(void (*act)(int fd))
{
    int ends[2], status;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        act(ends[1]);
        _exit(0);
    }
    close(ends[1]);
    err_clear();
    status = err_recv(ends[0]);
    close(ends[0]);
    waitpid(pid, NULL, 0);
    return status;
}

static void fail_and_send(int fd)
{
    failed(EBUSY, "can't mount %s", "/a");
    failed_with(84);
    err_send(fd);
}

static void send_two_paths(int fd)
{
    failed(0, "%s %s", long_path('a'), long_path('b'));
    err_send(fd);
}

static void send_nothing(int fd)
{
    (void)fd;
}

static void send_a_part(int fd)
{
    char message[16384];
    int ends[2];
    ssize_t n;

    failed(0, "%s", long_path('a'));
    if (pipe(ends) < 0)
        _exit(1);
    err_send(ends[1]);
    n = read(ends[0], message, sizeof message);
    if (write(fd, message, (size_t)n / 2) < 0)
        _exit(1);
}

static void send_rubbish(int fd)
{
    char rubbish[16384];

    memset(rubbish, 0xff, sizeof rubbish);
    if (write(fd, rubbish, sizeof rubbish) < 0)
        _exit(1);
}

static void a_childs_error_becomes_the_parents(void **state)
{
    (void)state;
    assert_int_equal(receive_from(fail_and_send), -1);
    assert_string_equal(err_text(), "can't mount /a: Device or resource busy");
    assert_int_equal(err_num(), EBUSY);
    assert_int_equal(err_exit_code(), 84);
    assert_int_equal(strncmp(err_place(), " (test_err.c:", 13), 0);
}

static void an_error_longer_than_a_pipes_atom_arrives_whole(void **state)
{
    (void)state;
    assert_int_equal(receive_from(send_two_paths), -1);
    assert_int_equal(strlen(err_text()), 2 * (PATH_MAX - 1) + 1);
}

static void a_child_that_sends_nothing_has_no_error(void **state)
{
    (void)state;
    assert_int_equal(receive_from(send_nothing), 0);
    assert_string_equal(err_text(), "");
}

static void half_an_error_is_not_taken_for_a_whole_one(void **state)
{
    (void)state;
    assert_int_equal(receive_from(send_a_part), -1);
    assert_string_equal(err_text(),
                        "a child process died while it told its error");
    assert_int_equal(receive_from(send_rubbish), -1);
    assert_string_equal(err_text(),
                        "a child process died while it told its error");
}

static void *fail_elsewhere(void *unused)
{
    (void)unused;
    failed(0, "of the other thread");
    return NULL;
}

static void each_thread_has_an_error_of_its_own(void **state)
{
    pthread_t thread;

    (void)state;
    failed(0, "mine");
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
    pthread_join(thread, NULL);
    assert_string_equal(err_text(), "mine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_text_ends_with_the_reason, start),
        cmocka_unit_test_setup(without_an_errno_there_is_no_reason, start),
        cmocka_unit_test_setup(where_it_failed_is_a_file_a_line_and_errno,
                               start),
        cmocka_unit_test_setup(a_caller_puts_in_front_what_it_was_doing, start),
        cmocka_unit_test_setup(the_exit_code_is_1_unless_told, start),
        cmocka_unit_test_setup(a_new_failure_forgets_the_old_exit_code, start),
        cmocka_unit_test_setup(nothing_is_pending_once_cleared, start),
        cmocka_unit_test_setup(two_paths_of_full_length_fit, start),
        cmocka_unit_test_setup(what_does_not_fit_is_seen_to_be_cut, start),
        cmocka_unit_test_setup(the_old_text_may_be_part_of_the_new, start),
        cmocka_unit_test_setup(a_childs_error_becomes_the_parents, start),
        cmocka_unit_test_setup(an_error_longer_than_a_pipes_atom_arrives_whole,
                               start),
        cmocka_unit_test_setup(a_child_that_sends_nothing_has_no_error, start),
        cmocka_unit_test_setup(half_an_error_is_not_taken_for_a_whole_one,
                               start),
        cmocka_unit_test_setup(each_thread_has_an_error_of_its_own, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
