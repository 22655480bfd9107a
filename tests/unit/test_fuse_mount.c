// test_fuse_mount.c - why FUSE cannot be used is said with the remedy.
// wrap: open mount fstat close
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/fuse/mount.h"

static int open_errno;
static unsigned device_minor = 229;
static int mount_errno;
static char options[256];

int __real_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
    if (strcmp(path, "/dev/fuse") != 0)
        return __real_open(path, flags, 0);
    assert_int_equal(flags, O_RDWR | O_NOCTTY | O_CLOEXEC);
    errno = open_errno;
    return open_errno != 0 ? -1 : 42;
}

int __real_fstat(int fd, struct stat *st);

int __wrap_fstat(int fd, struct stat *st)
{
    if (fd != 42)
        return __real_fstat(fd, st);
    *st = (struct stat){ .st_mode = S_IFCHR | 0666,
                         .st_rdev = makedev(10, device_minor) };
    return 0;
}

int __real_close(int fd);

int __wrap_close(int fd)
{
    return fd != 42 ? __real_close(fd) : 0;
}

int __wrap_mount(const char *source, const char *target, const char *type,
                 unsigned long flags, const void *data)
{
    assert_string_equal(source, "/a,b/image.sqfs");
    assert_string_equal(target, "/mnt");
    assert_string_equal(type, "fuse.ch");
    assert_int_equal(flags, MS_RDONLY | MS_NOSUID | MS_NODEV);
    snprintf(options, sizeof options, "%s", (const char *)data);
    errno = mount_errno;
    return mount_errno != 0 ? -1 : 0;
}

static void device_is_opened(void **state)
{
    open_errno = 0;
    assert_int_equal(fuse_device_open(), 42);
}

static void missing_device_names_the_remedy(void **state)
{
    open_errno = ENOENT;
    assert_int_equal(fuse_device_open(), -1);
    assert_string_equal(err_text(),
                        "can't open /dev/fuse; in a container, ask for the "
                        "device to be passed in: No such file or directory");
    assert_int_equal(err_num(), ENOENT);
    open_errno = ENODEV;
    assert_int_equal(fuse_device_open(), -1);
    assert_string_equal(err_text(),
                        "can't open /dev/fuse; the administrator can load it: "
                        "modprobe fuse: No such device");
}

static void forbidden_device_names_the_remedy(void **state)
{
    open_errno = EACCES;
    assert_int_equal(fuse_device_open(), -1);
    assert_string_equal(err_text(),
                        "can't open /dev/fuse; the administrator can allow it: "
                        "chmod 0666 /dev/fuse: Permission denied");
    open_errno = EMFILE;
    assert_int_equal(fuse_device_open(), -1);
    assert_string_equal(err_text(),
                        "can't open /dev/fuse: Too many open files");
}

static void another_device_is_told_from_it(void **state)
{
    open_errno = 0;
    device_minor = 228;
    assert_int_equal(fuse_device_open(), -1);
    assert_string_equal(err_text(),
                        "can't open /dev/fuse; it is something else; in a "
                        "container, ask for the device to be passed in: "
                        "Invalid argument");
    assert_int_equal(err_num(), EINVAL);
    device_minor = 229;
}

static void image_is_the_source_and_needs_no_escapes(void **state)
{
    char expected[256];

    mount_errno = 0;
    assert_int_equal(fuse_mount_at(7, "/a,b/image.sqfs", "/mnt"), 0);
    snprintf(expected, sizeof expected,
             "fd=7,rootmode=40000,user_id=%u,group_id=%u,allow_other,"
             "default_permissions",
             geteuid(), getegid());
    assert_string_equal(options, expected);
}

static void failed_mount_names_both_ends(void **state)
{
    mount_errno = EPERM;
    assert_int_equal(fuse_mount_at(7, "/a,b/image.sqfs", "/mnt"), -1);
    assert_string_equal(err_text(), "can't mount /a,b/image.sqfs at /mnt: "
                                    "Operation not permitted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(device_is_opened),
        cmocka_unit_test(missing_device_names_the_remedy),
        cmocka_unit_test(forbidden_device_names_the_remedy),
        cmocka_unit_test(another_device_is_told_from_it),
        cmocka_unit_test(image_is_the_source_and_needs_no_escapes),
        cmocka_unit_test(failed_mount_names_both_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
