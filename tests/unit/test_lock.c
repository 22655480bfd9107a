// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/kernel/lock.h"

// Open files of one process stand in each other's way like those of several.
static int one, two;

static int open_files(void **state)
{
    char path[] = "/tmp/ch-test-lock.XXXXXX";

    (void)state;
    one = mkstemp(path);
    two = open(path, O_RDWR | O_CLOEXEC);
    unlink(path);
    return one < 0 || two < 0 ? -1 : 0;
}

static int close_files(void **state)
{
    (void)state;
    close(one);
    close(two);
    return 0;
}

static void who_locks_alone_is_alone_and_known(void **state)
{
    (void)state;
    assert_int_equal(lock_owner(two), 0);
    assert_int_equal(lock_try(one, true), 0);
    assert_int_equal(lock_try(two, true), 1);
    assert_int_equal(lock_try(two, false), 1);
    assert_int_equal(lock_owner(two), getpid());
}

static void who_locks_with_others_keeps_off_only_who_wants_it_alone(
    void **state)
{
    (void)state;
    assert_int_equal(lock_try(one, false), 0);
    assert_int_equal(lock_try(two, false), 0);
    assert_int_equal(lock_try(two, true), 1);
    assert_int_equal(lock_owner(two), getpid());
}

static void a_lock_lasts_as_long_as_a_child_has_a_copy(void **state)
{
    int ends[2];
    pid_t child;
    char byte;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(lock_try(one, true), 0);
    child = fork();
    if (child == 0) {
        close(ends[1]);
        (void)!read(ends[0], &byte, 1);
        _exit(0);
    }
    close(ends[0]);
    close(one);
    assert_int_equal(lock_try(two, true), 1);
    close(ends[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(lock_try(two, true), 0);
    one = open("/dev/null", O_RDONLY | O_CLOEXEC); // for close_files()
}

static void a_file_open_for_reading_is_not_locked_alone(void **state)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(lock_try(null, true), -1);
    close(null);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_files, close_files)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_locks_alone_is_alone_and_known),
        TEST(who_locks_with_others_keeps_off_only_who_wants_it_alone),
        TEST(a_lock_lasts_as_long_as_a_child_has_a_copy),
        TEST(a_file_open_for_reading_is_not_locked_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
