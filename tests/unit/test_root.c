// wrap: syscall umount2 fchdir chdir mount_move
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/kernel/root.h"

int __wrap_mount_move(int source, const char *target);
int __wrap_fchdir(int fd);
int __wrap_chdir(const char *path);
int __wrap_umount2(const char *target, int flags);
long __wrap_syscall(long number, ...);

int __wrap_mount_move(int source, const char *target)
{
    check_expected(source);
    check_expected_ptr(target);
    function_called();
    return 0;
}

int __wrap_fchdir(int fd)
{
    check_expected(fd);
    function_called();
    return mock_type(int);
}

int __wrap_chdir(const char *path)
{
    check_expected_ptr(path);
    function_called();
    return 0;
}

int __wrap_umount2(const char *target, int flags)
{
    check_expected_ptr(target);
    check_expected(flags);
    function_called();
    return 0;
}

long __wrap_syscall(long number, ...)
{
    check_expected(number);
    function_called();
    errno = mock_type(int);
    return errno == 0 ? 0 : -1;
}

static void a_pivot_unmounts_the_old_root_with_the_pile_moved_aside(
    void **state)
{
    (void)state;
    expect_value(__wrap_mount_move, source, 4);
    expect_string(__wrap_mount_move, target, "/proc");
    expect_value(__wrap_fchdir, fd, 5);
    will_return(__wrap_fchdir, 0);
    expect_value(__wrap_syscall, number, SYS_pivot_root);
    will_return(__wrap_syscall, 0);
    expect_string(__wrap_umount2, target, ".");
    expect_value(__wrap_umount2, flags, MNT_DETACH);
    expect_string(__wrap_chdir, path, "/");
    expect_function_call(__wrap_mount_move);
    expect_function_call(__wrap_fchdir);
    expect_function_call(__wrap_syscall);
    expect_function_call(__wrap_umount2);
    expect_function_call(__wrap_chdir);
    assert_int_equal(root_pivot(5, 4, false), 0);
}

static void a_refused_pivot_says_so_and_goes_no_further(void **state)
{
    (void)state;
    expect_value(__wrap_mount_move, source, 4);
    expect_string(__wrap_mount_move, target, "/proc");
    expect_value(__wrap_fchdir, fd, 5);
    will_return(__wrap_fchdir, 0);
    expect_value(__wrap_syscall, number, SYS_pivot_root);
    will_return(__wrap_syscall, EINVAL);
    expect_function_call(__wrap_mount_move);
    expect_function_call(__wrap_fchdir);
    expect_function_call(__wrap_syscall);
    assert_int_equal(root_pivot(5, 4, false), -1);
    assert_string_equal(err_text(), "can't pivot_root(2) into the new root: "
                                    "Invalid argument");
}

static void a_root_that_cannot_be_entered_is_an_error(void **state)
{
    (void)state;
    expect_value(__wrap_mount_move, source, 4);
    expect_string(__wrap_mount_move, target, "/proc");
    expect_value(__wrap_fchdir, fd, 5);
    will_return(__wrap_fchdir, -1);
    expect_function_call(__wrap_mount_move);
    expect_function_call(__wrap_fchdir);
    assert_int_equal(root_pivot(5, 4, false), -1);
}

static void the_top_of_an_empty_pile_is_the_root_itself(void **state)
{
    struct stat root, top;
    int fd = root_top();

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &top), 0);
    assert_int_equal(stat("/", &root), 0);
    assert_int_equal(top.st_ino, root.st_ino);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_pivot_unmounts_the_old_root_with_the_pile_moved_aside),
        cmocka_unit_test(a_refused_pivot_says_so_and_goes_no_further),
        cmocka_unit_test(a_root_that_cannot_be_entered_is_an_error),
        cmocka_unit_test(the_top_of_an_empty_pile_is_the_root_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
