// wrap: mount syscall
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/kernel/mount.h"

int __wrap_mount(const char *source, const char *target, const char *type,
                 unsigned long flags, const void *options);
long __wrap_syscall(long number, ...);

int __wrap_mount(const char *source, const char *target, const char *type,
                 unsigned long flags, const void *options)
{
    check_expected_ptr(source);
    check_expected_ptr(target);
    check_expected_ptr(type);
    check_expected(flags);
    check_expected_ptr(options);
    return mock_type(int);
}

long __wrap_syscall(long number, ...)
{
    check_expected(number);
    errno = mock_type(int);
    if (errno == 0 && number == SYS_open_tree)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    return errno == 0 ? 0 : -1;
}

static void expect_mount(const char *target, unsigned long flags)
{
    expect_string(__wrap_mount, target, target);
    expect_value(__wrap_mount, flags, flags);
    will_return(__wrap_mount, 0);
}

static void expect_syscall(long number, int errnum)
{
    expect_value(__wrap_syscall, number, number);
    will_return(__wrap_syscall, errnum);
}

static void a_bind_needs_no_path_of_the_descriptor(void **state)
{
    (void)state;
    expect_syscall(SYS_open_tree, 0);
    expect_syscall(SYS_move_mount, 0);
    assert_int_equal(mount_bind("/src", 7), 0);
}

static void a_bind_that_is_refused_so_is_tried_by_mount(void **state)
{
    (void)state;
    expect_syscall(SYS_open_tree, 0);
    expect_syscall(SYS_move_mount, EINVAL);
    expect_string(__wrap_mount, source, "/src");
    expect_value(__wrap_mount, type, NULL);
    expect_value(__wrap_mount, options, NULL);
    expect_mount("/proc/self/fd/7", MS_BIND | MS_REC);
    assert_int_equal(mount_bind("/src", 7), 0);
}

static void a_bind_is_recursive_and_lands_on_the_descriptor(void **state)
{
    (void)state;
    expect_syscall(SYS_open_tree, ENOSYS);
    expect_string(__wrap_mount, source, "/src");
    expect_value(__wrap_mount, type, NULL);
    expect_value(__wrap_mount, options, NULL);
    expect_mount("/proc/self/fd/7", MS_BIND | MS_REC);
    assert_int_equal(mount_bind("/src", 7), 0);
}

static void a_tmpfs_has_the_mode_and_size_asked_for(void **state)
{
    (void)state;
    expect_string(__wrap_mount, source, "tmpfs");
    expect_string(__wrap_mount, type, "tmpfs");
    expect_string(__wrap_mount, options, "mode=1777,size=12%");
    expect_mount("/proc/self/fd/3", MS_NOSUID | MS_NODEV);
    assert_int_equal(mount_tmpfs(3, 01777, "12%"), 0);
}

static void a_size_cannot_smuggle_in_options(void **state)
{
    (void)state;
    assert_int_equal(mount_tmpfs(3, 0755, "1m,uid=0"), -1);
    assert_int_equal(errno, EINVAL);
}

static void a_size_that_is_no_number_is_refused(void **state)
{
    static const char *const sizes[] = { "", "much", "-1", "%" };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(mount_tmpfs(3, 0755, sizes[i]), -1);
        assert_int_equal(errno, EINVAL);
    }
}

static void a_size_too_long_is_refused(void **state)
{
    char size[200];

    (void)state;
    memset(size, '1', sizeof size);
    size[sizeof size - 1] = '\0';
    assert_int_equal(mount_tmpfs(3, 0755, size), -1);
    assert_int_equal(errno, EINVAL);
}

static void an_overlay_names_its_layers_by_descriptor(void **state)
{
    (void)state;
    expect_string(__wrap_mount, source, "overlay");
    expect_string(__wrap_mount, type, "overlay");
    expect_string(__wrap_mount, options,
                  "userxattr,lowerdir=/proc/self/fd/4,"
                  "upperdir=/proc/self/fd/5,workdir=/proc/self/fd/6,volatile");
    expect_mount("/proc/self/fd/3", MS_NODEV);
    assert_int_equal(
        mount_overlay(3, &(struct mount_layers){ 4, -1, 5, 6, true }), 0);
}

static void an_overlay_without_a_place_for_changes_names_none(void **state)
{
    (void)state;
    expect_string(__wrap_mount, source, "overlay");
    expect_string(__wrap_mount, type, "overlay");
    expect_string(__wrap_mount, options,
                  "userxattr,lowerdir=/proc/self/fd/7:/proc/self/fd/4");
    expect_mount("/proc/self/fd/3", MS_NODEV);
    assert_int_equal(
        mount_overlay(3, &(struct mount_layers){ 4, 7, -1, -1, false }), 0);
}

static void read_only_takes_one_call_where_the_kernel_has_it(void **state)
{
    (void)state;
    expect_value(__wrap_syscall, number, SYS_mount_setattr);
    will_return(__wrap_syscall, 0);
    assert_int_equal(mount_set_read_only(0, true), 0);
}

static void read_only_on_an_old_kernel_is_a_remount(void **state)
{
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0); // a mount without flags
    expect_value(__wrap_syscall, number, SYS_mount_setattr);
    will_return(__wrap_syscall, ENOSYS);
    expect_value(__wrap_mount, source, NULL);
    expect_value(__wrap_mount, type, NULL);
    expect_value(__wrap_mount, options, NULL);
    expect_any(__wrap_mount, target);
    expect_in_range(__wrap_mount, flags, MS_REMOUNT | MS_BIND | MS_RDONLY,
                    UINT32_MAX);
    will_return(__wrap_mount, 0);
    assert_int_equal(mount_set_read_only(fds[0], false), 0);
    close(fds[0]);
    close(fds[1]);
}

static void another_error_of_read_only_is_passed_on(void **state)
{
    (void)state;
    expect_value(__wrap_syscall, number, SYS_mount_setattr);
    will_return(__wrap_syscall, EINVAL);
    assert_int_equal(mount_set_read_only(0, true), -1);
    assert_int_equal(errno, EINVAL);
}

static void unbindable_can_be_taken_back(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        expect_value(__wrap_mount, source, NULL);
        expect_value(__wrap_mount, type, NULL);
        expect_value(__wrap_mount, options, NULL);
        expect_mount("/proc/self/fd/9", i == 0 ? MS_UNBINDABLE : MS_PRIVATE);
        assert_int_equal(mount_set_unbindable(9, i == 0), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bind_needs_no_path_of_the_descriptor),
        cmocka_unit_test(a_bind_that_is_refused_so_is_tried_by_mount),
        cmocka_unit_test(a_bind_is_recursive_and_lands_on_the_descriptor),
        cmocka_unit_test(a_tmpfs_has_the_mode_and_size_asked_for),
        cmocka_unit_test(a_size_cannot_smuggle_in_options),
        cmocka_unit_test(a_size_that_is_no_number_is_refused),
        cmocka_unit_test(a_size_too_long_is_refused),
        cmocka_unit_test(an_overlay_names_its_layers_by_descriptor),
        cmocka_unit_test(an_overlay_without_a_place_for_changes_names_none),
        cmocka_unit_test(read_only_takes_one_call_where_the_kernel_has_it),
        cmocka_unit_test(read_only_on_an_old_kernel_is_a_remount),
        cmocka_unit_test(another_error_of_read_only_is_passed_on),
        cmocka_unit_test(unbindable_can_be_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
