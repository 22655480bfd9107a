// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>

#include "core/base/scope.h"
#include "core/base/str.h"

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static int open_in_scope(void)
{
    cleanup_close int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    return fd;
}

static int open_and_steal(void)
{
    cleanup_close int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    return steal_fd(&fd);
}

static char *copy_and_steal(void)
{
    cleanup_free char *text = str_dup("kept");

    return steal_ptr(&text);
}

static void a_descriptor_is_closed_at_the_end_of_its_scope(void **state)
{
    int fd = open_in_scope();

    (void)state;
    assert_true(fd >= 0);
    assert_false(is_open(fd));
}

static void a_stolen_descriptor_stays_open(void **state)
{
    int fd = open_and_steal();

    (void)state;
    assert_true(is_open(fd));
    close(fd);
}

static void a_descriptor_of_minus_1_is_left_alone(void **state)
{
    (void)state;
    errno = 0;
    {
        cleanup_close int fd = -1;

        (void)fd;
    }
    assert_int_equal(errno, 0);
}

static void stolen_memory_stays(void **state)
{
    char *text = copy_and_steal();

    (void)state;
    assert_string_equal(text, "kept"); // or the address sanitizer speaks
    free(text);
}

static void memory_goes_at_the_end_of_its_scope(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        cleanup_free char *text = str_dup("gone"); // or a leak is found
        cleanup_free char *nothing = NULL;

        assert_non_null(text);
        assert_null(nothing);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_descriptor_is_closed_at_the_end_of_its_scope),
        cmocka_unit_test(a_stolen_descriptor_stays_open),
        cmocka_unit_test(a_descriptor_of_minus_1_is_left_alone),
        cmocka_unit_test(stolen_memory_stays),
        cmocka_unit_test(memory_goes_at_the_end_of_its_scope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
