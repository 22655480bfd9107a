// wrap: fs_poke
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/base/err.h"
#include "core/kernel/idmap.h"

static const struct idmap map = {
    .uid_inside = 0, .uid_outside = 1000, .gid_inside = 7, .gid_outside = 1001
};

int __wrap_fs_poke(const char *path, const char *text);

int __wrap_fs_poke(const char *path, const char *text)
{
    check_expected_ptr(path);
    check_expected_ptr(text);
    errno = mock_type(int);
    return errno == 0 ? 0 : -1;
}

static void expect_poke(const char *path, const char *text, int errnum)
{
    expect_string(__wrap_fs_poke, path, path);
    expect_string(__wrap_fs_poke, text, text);
    will_return(__wrap_fs_poke, errnum);
}

static void both_maps_are_written_after_setgroups_is_denied(void **state)
{
    (void)state;
    expect_poke("/proc/self/setgroups", "deny", 0);
    expect_poke("/proc/self/uid_map", "0 1000 1\n", 0);
    expect_poke("/proc/self/gid_map", "7 1001 1\n", 0);
    assert_int_equal(idmap_write(&map), 0);
}

static void a_kernel_without_the_setgroups_file_will_do(void **state)
{
    (void)state;
    expect_poke("/proc/self/setgroups", "deny", ENOENT);
    expect_poke("/proc/self/uid_map", "0 1000 1\n", 0);
    expect_poke("/proc/self/gid_map", "7 1001 1\n", 0);
    assert_int_equal(idmap_write(&map), 0);
}

static void a_refused_map_names_the_ids(void **state)
{
    (void)state;
    expect_poke("/proc/self/setgroups", "deny", 0);
    expect_poke("/proc/self/uid_map", "0 1000 1\n", EPERM);
    assert_int_equal(idmap_write(&map), -1);
    assert_string_equal(err_text(), "can't map id 1000 to 0 in "
                                    "/proc/self/uid_map: "
                                    "Operation not permitted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_maps_are_written_after_setgroups_is_denied),
        cmocka_unit_test(a_kernel_without_the_setgroups_file_will_do),
        cmocka_unit_test(a_refused_map_names_the_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
