// wrap: syscall opendir getresuid
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/proc.h"

static int close_range_errno; // 0: the kernel's own answer
static int opendir_errno;
static uid_t saved_uid_more; // added to what getresuid tells

long __real_syscall(long number, long a, long b, long c, long d, long e,
                    long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e,
                    long f);
DIR *__real_opendir(const char *name);
DIR *__wrap_opendir(const char *name);
int __real_getresuid(uid_t *r, uid_t *e, uid_t *s);
int __wrap_getresuid(uid_t *r, uid_t *e, uid_t *s);

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    if (number == 436 && close_range_errno != 0) {
        errno = close_range_errno;
        return -1;
    }
    return __real_syscall(number, a, b, c, d, e, f);
}

DIR *__wrap_opendir(const char *name)
{
    if (opendir_errno == 0)
        return __real_opendir(name);
    errno = opendir_errno;
    return NULL;
}

int __wrap_getresuid(uid_t *r, uid_t *e, uid_t *s)
{
    int status = __real_getresuid(r, e, s);

    *s += saved_uid_more;
    return status;
}

static int start(void **state)
{
    (void)state;
    close_range_errno = opendir_errno = 0;
    saved_uid_more = 0;
    return 0;
}

// The status that a child gets from "act".
static int in_child(int (*act)(void))
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(act());
    return proc_wait(pid);
}

static int exit_7(void)
{
    return 7;
}

static int be_killed(void)
{
    return raise(SIGKILL);
}

static void waiting_gives_the_exit_code_as_a_shell_would(void **state)
{
    (void)state;
    assert_int_equal(in_child(exit_7), 7);
    assert_int_equal(in_child(be_killed), 128 + SIGKILL);
}

static void waiting_for_a_stranger_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(proc_wait(1), -1);
    assert_string_equal(err_text(),
                        "can't wait for process 1: No child processes");
}

static void on_alarm(int number)
{
    (void)number;
}

static int sleep_a_little(void)
{
    usleep(300000);
    return 3;
}

static void waiting_goes_on_after_a_signal(void **state)
{
    struct sigaction action = { .sa_handler = on_alarm };

    (void)state;
    sigaction(SIGALRM, &action, NULL);
    ualarm(50000, 0);
    assert_int_equal(in_child(sleep_a_little), 3);
}

static void start_times_tell_processes_apart(void **state)
{
    uint64_t mine, again, first;

    (void)state;
    assert_int_equal(proc_start_time(getpid(), &mine), 0);
    assert_int_equal(proc_start_time(getpid(), &again), 0);
    assert_int_equal(proc_start_time(1, &first), 0);
    assert_true(mine == again);
    assert_true(first < mine);
}

static void a_name_with_blanks_and_parentheses_hides_nothing(void **state)
{
    uint64_t before, after;

    (void)state;
    assert_int_equal(proc_start_time(getpid(), &before), 0);
    assert_int_equal(prctl(PR_SET_NAME, "a) R 1 2 (b c"), 0);
    assert_int_equal(proc_start_time(getpid(), &after), 0);
    prctl(PR_SET_NAME, "test_proc");
    assert_true(before == after);
}

static void no_process_has_no_start_time(void **state)
{
    uint64_t ticks;

    (void)state;
    assert_int_equal(proc_start_time(0x7ffffffe, &ticks), -1);
    assert_int_equal(errno, ENOENT);
}

static int is_null(int fd)
{
    struct stat null, st;

    return stat("/dev/null", &null) == 0 && fstat(fd, &st) == 0 &&
           st.st_rdev == null.st_rdev;
}

static int fill_holes(void)
{
    int file;

    close(0);
    close(2);
    if (proc_fill_stdio() < 0)
        return 1;
    file = open("/dev/full", O_RDONLY | O_CLOEXEC);
    if (file <= 2)
        return 2;
    if (!is_null(0) || !is_null(2) || is_null(1))
        return 3;
    return fcntl(0, F_GETFD) == FD_CLOEXEC && fcntl(1, F_GETFD) == 0 ? 0 : 4;
}

static void closed_streams_are_filled_until_exec(void **state)
{
    (void)state;
    assert_int_equal(in_child(fill_holes), 0);
}

static int null_all(void)
{
    if (proc_null_stdio() < 0)
        return 1;
    for (int fd = 0; fd <= 2; fd++)
        if (!is_null(fd) || fcntl(fd, F_GETFD) != 0)
            return 2;
    return 0;
}

static int null_all_from_closed(void)
{
    close(0);
    close(1);
    close(2);
    return null_all();
}

static void streams_are_sent_to_null_also_when_they_were_closed(void **state)
{
    (void)state;
    assert_int_equal(in_child(null_all), 0);
    assert_int_equal(in_child(null_all_from_closed), 0);
}

static int is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static int close_but_some(void)
{
    int keep[] = { 90, 5, 1, 700 };

    for (int fd = 3; fd < 800; fd++)
        if (dup2(0, fd) < 0)
            return 1;
    if (proc_close_others(keep, 4) < 0)
        return 2;
    for (int fd = 0; fd < 800; fd++) {
        int kept = fd <= 2 || fd == 5 || fd == 90 || fd == 700;

        if (is_open(fd) != kept)
            return 3;
    }
    return 0;
}

static int close_all(void)
{
    dup2(0, 77);
    if (proc_close_others(NULL, 0) < 0)
        return 1;
    return is_open(77) || !is_open(0) || !is_open(2);
}

static void all_descriptors_but_those_kept_are_closed(void **state)
{
    static const int answers[] = { 0, ENOSYS, EPERM };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        close_range_errno = answers[i];
        assert_int_equal(in_child(close_but_some), 0);
        assert_int_equal(in_child(close_all), 0);
    }
}

static void what_cannot_be_closed_is_an_error(void **state)
{
    (void)state;
    close_range_errno = ENOSYS;
    opendir_errno = EACCES;
    assert_int_equal(proc_close_others(NULL, 0), -1);
    assert_string_equal(err_text(), "can't list the open files of this "
                                    "process: Permission denied");
}

static void an_ordinary_process_is_not_setid(void **state)
{
    (void)state;
    assert_false(proc_is_setid());
}

static void a_saved_id_of_another_is_setid(void **state)
{
    (void)state;
    saved_uid_more = 1;
    assert_true(proc_is_setid());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(waiting_gives_the_exit_code_as_a_shell_would,
                               start),
        cmocka_unit_test_setup(waiting_for_a_stranger_is_an_error, start),
        cmocka_unit_test_setup(waiting_goes_on_after_a_signal, start),
        cmocka_unit_test_setup(start_times_tell_processes_apart, start),
        cmocka_unit_test_setup(a_name_with_blanks_and_parentheses_hides_nothing,
                               start),
        cmocka_unit_test_setup(no_process_has_no_start_time, start),
        cmocka_unit_test_setup(closed_streams_are_filled_until_exec, start),
        cmocka_unit_test_setup(
            streams_are_sent_to_null_also_when_they_were_closed, start),
        cmocka_unit_test_setup(all_descriptors_but_those_kept_are_closed,
                               start),
        cmocka_unit_test_setup(what_cannot_be_closed_is_an_error, start),
        cmocka_unit_test_setup(an_ordinary_process_is_not_setid, start),
        cmocka_unit_test_setup(a_saved_id_of_another_is_setid, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
