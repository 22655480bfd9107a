// wrap: mount umount2
// What mount.c has for ch-mount and ch-umount.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/mount.h>

#include "core/kernel/mount.h"

int __wrap_mount(const char *source, const char *target, const char *type,
                 unsigned long flags, const void *options);
int __wrap_umount2(const char *target, int flags);

int __wrap_mount(const char *source, const char *target, const char *type,
                 unsigned long flags, const void *options)
{
    check_expected_ptr(source);
    check_expected_ptr(target);
    check_expected_ptr(type);
    check_expected(flags);
    assert_null(options);
    return 0;
}

int __wrap_umount2(const char *target, int flags)
{
    check_expected_ptr(target);
    check_expected(flags);
    return 0;
}

static void a_kernel_mount_gives_no_privileges(void **state)
{
    (void)state;
    expect_string(__wrap_mount, source, "/dev/loop3");
    expect_string(__wrap_mount, target, "/proc/self/fd/7");
    expect_string(__wrap_mount, type, "squashfs");
    expect_value(__wrap_mount, flags, MS_RDONLY | MS_NOSUID | MS_NODEV);
    assert_int_equal(mount_squashfs("/dev/loop3", 7), 0);
}

static void an_isolated_namespace_still_gets_mounts_of_the_host(void **state)
{
    (void)state;
    expect_value(__wrap_mount, source, NULL);
    expect_string(__wrap_mount, target, "/");
    expect_value(__wrap_mount, type, NULL);
    expect_value(__wrap_mount, flags, MS_REC | MS_SLAVE);
    assert_int_equal(mount_isolate(), 0);
}

static void to_unmount_lazily_is_to_detach(void **state)
{
    (void)state;
    expect_string(__wrap_umount2, target, "/a");
    expect_value(__wrap_umount2, flags, 0);
    assert_int_equal(mount_remove("/a", false), 0);
    expect_string(__wrap_umount2, target, "/b");
    expect_value(__wrap_umount2, flags, MNT_DETACH);
    assert_int_equal(mount_remove("/b", true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_mount_gives_no_privileges),
        cmocka_unit_test(an_isolated_namespace_still_gets_mounts_of_the_host),
        cmocka_unit_test(to_unmount_lazily_is_to_detach),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
