// wrap: unshare fs_read
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/kernel/ns.h"

// A node on which everything is as it should be, but for one file.
static const char *changed_path, *changed_text;

static const struct {
    const char *path, *text;
} node[] = {
    { "/proc/sys/user/max_user_namespaces", "96365\n" },
    { "/proc/self/mountinfo",
      "22 1 254:0 / / rw - ext4 /dev/vda rw\n23 22 0:5 / /proc rw - proc\n" },
    { "/proc/self/status", "Name:\tx\nSeccomp:\t0\n" },
};

int __wrap_unshare(int flags);
char *__wrap_fs_read(int dir, const char *path, size_t max, size_t *length);

int __wrap_unshare(int flags)
{
    check_expected(flags);
    errno = mock_type(int);
    return errno == 0 ? 0 : -1;
}

char *__wrap_fs_read(int dir, const char *path, size_t max, size_t *length)
{
    (void)dir;
    (void)max;
    (void)length;
    if (changed_path != NULL && strcmp(path, changed_path) == 0)
        return str_dup(changed_text);
    for (size_t i = 0; i < sizeof node / sizeof node[0]; i++)
        if (strcmp(path, node[i].path) == 0)
            return str_dup(node[i].text);
    failed(ENOENT, "can't open %s", path);
    return NULL;
}

static void refuse(int errnum, const char *path, const char *text)
{
    changed_path = path;
    changed_text = text;
    err_clear();
    expect_value(__wrap_unshare, flags, CLONE_NEWUSER);
    will_return(__wrap_unshare, errnum);
    assert_int_equal(ns_unshare(CLONE_NEWUSER), -1);
}

static void assert_hint(const char *word)
{
    assert_non_null(strstr(err_text(), word));
    assert_non_null(strstr(err_text(), "can't make a user namespace"));
}

static void namespaces_that_are_made_are_no_error(void **state)
{
    (void)state;
    expect_value(__wrap_unshare, flags, CLONE_NEWNS);
    will_return(__wrap_unshare, 0);
    assert_int_equal(ns_unshare(CLONE_NEWNS), 0);
}

static void a_limit_of_zero_is_named(void **state)
{
    (void)state;
    refuse(ENOSPC, "/proc/sys/user/max_user_namespaces", "0\n");
    assert_hint("user.max_user_namespaces=65536");
}

static void a_limit_reached_is_named(void **state)
{
    (void)state;
    refuse(ENOSPC, NULL, NULL);
    assert_hint("limit of nested or total");
}

static void debians_switch_is_named(void **state)
{
    (void)state;
    refuse(EPERM, "/proc/sys/kernel/unprivileged_userns_clone", "0\n");
    assert_hint("kernel.unprivileged_userns_clone=1");
}

static void a_chroot_is_recognised(void **state)
{
    (void)state;
    refuse(EPERM, "/proc/self/mountinfo",
           "23 22 0:5 / /proc rw - proc proc rw\n");
    assert_hint("chroot");
}

static void a_seccomp_filter_is_recognised(void **state)
{
    (void)state;
    refuse(EPERM, "/proc/self/status", "Name:\tx\nSeccomp:\t2\n");
    assert_hint("seccomp");
}

static void apparmor_is_named(void **state)
{
    (void)state;
    refuse(EPERM, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
           "1\n");
    assert_hint("AppArmor");
}

static void an_unknown_cause_gets_no_invented_hint(void **state)
{
    (void)state;
    refuse(EPERM, NULL, NULL);
    assert_string_equal(err_text(), "can't make new namespaces: "
                                    "Operation not permitted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(namespaces_that_are_made_are_no_error),
        cmocka_unit_test(a_limit_of_zero_is_named),
        cmocka_unit_test(a_limit_reached_is_named),
        cmocka_unit_test(debians_switch_is_named),
        cmocka_unit_test(a_chroot_is_recognised),
        cmocka_unit_test(a_seccomp_filter_is_recognised),
        cmocka_unit_test(apparmor_is_named),
        cmocka_unit_test(an_unknown_cause_gets_no_invented_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
