// wrap: fs_read
// What a process may do, and in how large a user namespace it is.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/kernel/caps.h"
#include "core/kernel/idmap.h"

static const char *map; // of the users; NULL: there is no such file

char *__wrap_fs_read(int dirfd, const char *path, size_t max, size_t *length);

char *__wrap_fs_read(int dirfd, const char *path, size_t max, size_t *length)
{
    assert_string_equal(path, "/proc/self/uid_map");
    if (map != NULL)
        return strdup(map);
    failed(ENOENT, "can't open %s", path);
    return NULL;
}

static void drop_all(void)
{
    struct __user_cap_header_struct head = { .version =
                                                 _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

    if (syscall(SYS_capset, &head, none) < 0)
        _exit(2);
}

static void a_process_without_capabilities_may_not_mount(void **state)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        drop_all();
        _exit(caps_may_mount());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void root_may_mount(void **state)
{
    if (geteuid() != 0)
        skip();
    assert_true(caps_may_mount());
}

static void one_line_of_one_id_is_a_single_id(void **state)
{
    map = "      1000       1000          1\n";
    assert_true(idmap_is_single());
    map = "         0       1000          1\n";
    assert_true(idmap_is_single());
}

static void more_ids_or_lines_are_not(void **state)
{
    map = "         0          0 4294967295\n";
    assert_false(idmap_is_single());
    map = "         0       1000          1\n"
          "         1     100000      65536\n";
    assert_false(idmap_is_single());
    map = "";
    assert_false(idmap_is_single());
}

static void a_kernel_without_user_namespaces_has_many_ids(void **state)
{
    map = NULL;
    assert_false(idmap_is_single());
    assert_string_equal(err_text(), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_without_capabilities_may_not_mount),
        cmocka_unit_test(root_may_mount),
        cmocka_unit_test(one_line_of_one_id_is_a_single_id),
        cmocka_unit_test(more_ids_or_lines_are_not),
        cmocka_unit_test(a_kernel_without_user_namespaces_has_many_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
