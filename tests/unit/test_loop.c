// wrap: open ioctl close
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "core/base/err.h"
#include "core/kernel/loop.h"

enum { CONTROL = 100, DEVICE = 101, IMAGE = 102 };

static struct loop_config seen; // what the last device was configured with

int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_close(int fd);

int __wrap_open(const char *path, int flags, ...)
{
    assert_true(flags & O_CLOEXEC);
    check_expected_ptr(path);
    return mock_type(int);
}

int __wrap_close(int fd)
{
    (void)fd;
    return 0;
}

// Each call is told the request it is to be, and its errno or result.
int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list ap;
    const void *argument;
    int result;

    va_start(ap, request);
    argument = va_arg(ap, const void *);
    va_end(ap);
    check_expected(fd);
    check_expected(request);
    result = mock_type(int);
    if (request == LOOP_CONFIGURE)
        memcpy(&seen, argument, sizeof seen);
    if (request == LOOP_SET_STATUS64)
        memcpy(&seen.info, argument, sizeof seen.info);
    errno = result < 0 ? -result : 0;
    return result < 0 ? -1 : result;
}

static void expect_open(const char *path, int fd)
{
    expect_string(__wrap_open, path, path);
    will_return(__wrap_open, fd);
}

static void expect_ioctl(int fd, unsigned long request, int result)
{
    expect_value(__wrap_ioctl, fd, fd);
    expect_value(__wrap_ioctl, request, request);
    will_return(__wrap_ioctl, result);
}

static void expect_free_device(int number, const char *path)
{
    expect_ioctl(CONTROL, LOOP_CTL_GET_FREE, number);
    expect_open(path, DEVICE);
}

static void the_device_is_read_only_and_frees_itself(void **state)
{
    struct loop loop;

    (void)state;
    expect_open("/dev/loop-control", CONTROL);
    expect_free_device(3, "/dev/loop3");
    expect_ioctl(DEVICE, LOOP_CONFIGURE, 0);
    assert_int_equal(loop_attach(&loop, IMAGE, 4096, "name"), 0);
    assert_int_equal(loop.fd, DEVICE);
    assert_string_equal(loop.path, "/dev/loop3");
    assert_int_equal(seen.fd, IMAGE);
    assert_int_equal(seen.info.lo_offset, 4096);
    assert_int_equal(seen.info.lo_flags,
                     LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR);
    assert_string_equal((const char *)seen.info.lo_file_name, "name");
}

static void a_device_that_somebody_took_first_is_not_the_last(void **state)
{
    struct loop loop;

    (void)state;
    expect_open("/dev/loop-control", CONTROL);
    expect_free_device(0, "/dev/loop0");
    expect_ioctl(DEVICE, LOOP_CONFIGURE, -EBUSY);
    expect_free_device(1, "/dev/loop1");
    expect_ioctl(DEVICE, LOOP_CONFIGURE, 0);
    assert_int_equal(loop_attach(&loop, IMAGE, 0, "name"), 0);
    assert_string_equal(loop.path, "/dev/loop1");
}

static void an_old_kernel_is_asked_in_two_steps(void **state)
{
    struct loop loop;

    (void)state;
    expect_open("/dev/loop-control", CONTROL);
    expect_free_device(0, "/dev/loop0");
    expect_ioctl(DEVICE, LOOP_CONFIGURE, -EINVAL);
    expect_ioctl(DEVICE, LOOP_SET_FD, 0);
    expect_ioctl(DEVICE, LOOP_SET_STATUS64, 0);
    assert_int_equal(loop_attach(&loop, IMAGE, 512, "name"), 0);
    assert_int_equal(seen.info.lo_offset, 512);
}

static void a_second_step_that_fails_takes_back_the_first(void **state)
{
    struct loop loop;

    (void)state;
    expect_open("/dev/loop-control", CONTROL);
    expect_free_device(0, "/dev/loop0");
    expect_ioctl(DEVICE, LOOP_CONFIGURE, -ENOTTY);
    expect_ioctl(DEVICE, LOOP_SET_FD, 0);
    expect_ioctl(DEVICE, LOOP_SET_STATUS64, -EPERM);
    expect_ioctl(DEVICE, LOOP_CLR_FD, 0);
    assert_int_equal(loop_attach(&loop, IMAGE, 0, "name"), -1);
    assert_string_equal(err_text(), "can't attach the image to /dev/loop0: "
                                    "Operation not permitted");
}

static void a_name_too_long_is_cut(void **state)
{
    struct loop loop;
    char name[200];

    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    expect_open("/dev/loop-control", CONTROL);
    expect_free_device(0, "/dev/loop0");
    expect_ioctl(DEVICE, LOOP_CONFIGURE, 0);
    assert_int_equal(loop_attach(&loop, IMAGE, 0, name), 0);
    assert_int_equal(strlen((const char *)seen.info.lo_file_name),
                     LO_NAME_SIZE - 1);
}

static void a_node_without_loop_devices_is_told(void **state)
{
    struct loop loop;

    (void)state;
    expect_open("/dev/loop-control", -1);
    errno = ENOENT;
    assert_int_equal(loop_attach(&loop, IMAGE, 0, "name"), -1);
    assert_string_equal(err_text(), "can't open /dev/loop-control: No such "
                                    "file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_device_is_read_only_and_frees_itself),
        cmocka_unit_test(a_device_that_somebody_took_first_is_not_the_last),
        cmocka_unit_test(an_old_kernel_is_asked_in_two_steps),
        cmocka_unit_test(a_second_step_that_fails_takes_back_the_first),
        cmocka_unit_test(a_name_too_long_is_cut),
        cmocka_unit_test(a_node_without_loop_devices_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
