// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/kernel/cgroups.h"

static struct cgroups parse(const char *mountinfo, const char *own)
{
    struct cgroups groups;

    assert_int_equal(cgroups_parse(&groups, strdup(mountinfo), strdup(own)), 0);
    return groups;
}

static const char unified_mounts[] =
    "24 1 0:22 / /proc rw - proc proc rw\n"
    "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 "
    "rw,nsdelegate,memory_recursiveprot\n";

static const char hybrid_mounts[] =
    "30 23 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n"
    "31 30 0:27 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw\n"
    "32 30 0:28 / /sys/fs/cgroup/systemd rw shared:10 - cgroup cgroup "
    "rw,xattr,release_agent=/lib/x,name=systemd\n"
    "36 30 0:32 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup "
    "rw,cpu,cpuacct\n"
    "37 30 0:33 / /sys/fs/cgroup/cpuset rw - cgroup cgroup "
    "rw,cpuset,clone_children\n"
    "38 30 0:32 / /elsewhere rw - cgroup cgroup rw,cpu,cpuacct\n";

static void one_hierarchy_of_version_2_is_found(void **state)
{
    struct cgroups groups = parse(unified_mounts, "0::/a.slice/b:c.scope\n");
    const struct cgroup_hierarchy *unified = cgroups_unified(&groups);

    (void)state;
    assert_int_equal(groups.count, 1);
    assert_ptr_equal(unified, &groups.items[0]);
    assert_string_equal(unified->dir, "/sys/fs/cgroup");
    assert_string_equal(unified->own, "/a.slice/b:c.scope");
    assert_null(cgroups_with(&groups, "memory"));
    cgroups_free(&groups);
}

static void hybrid_hierarchies_are_told_apart(void **state)
{
    struct cgroups groups =
        parse(hybrid_mounts, "3:cpuset:/\n2:cpu,cpuacct:/x\n"
                             "1:name=systemd:/user.slice\n0::/user.slice\n");

    (void)state;
    assert_int_equal(groups.count, 4); // one is mounted twice
    assert_string_equal(cgroups_unified(&groups)->own, "/user.slice");
    assert_string_equal(cgroups_with(&groups, "cpuacct")->dir,
                        "/sys/fs/cgroup/cpu,cpuacct");
    assert_string_equal(cgroups_with(&groups, "cpu")->own, "/x");
    assert_string_equal(cgroups_with(&groups, "cpuset")->controllers, "cpuset");
    assert_string_equal(cgroups_with(&groups, "name=systemd")->own,
                        "/user.slice");
    assert_null(cgroups_with(&groups, "cp"));
    assert_null(cgroups_with(&groups, "rw"));
    cgroups_free(&groups);
}

static void paths_begin_at_what_is_mounted(void **state)
{
    struct cgroups groups = parse(
        "40 1 0:9 /docker/c1 /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
        "41 1 0:8 /docker/c1 /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
        "42 1 0:7 /docker/c1 /sys/fs/cgroup/memory rw - cgroup c rw,memory\n"
        "43 1 0:6 /../.. /sys/fs/cgroup/net rw - cgroup cgroup rw,net_cls\n",
        "4:pids:/docker/c1/sub\n3:cpu:/docker/c1\n2:memory:/docker/c12\n"
        "1:net_cls:/\n");

    (void)state;
    assert_string_equal(cgroups_with(&groups, "pids")->own, "/sub");
    assert_string_equal(cgroups_with(&groups, "cpu")->own, "/");
    assert_null(cgroups_with(&groups, "memory")->own);
    assert_null(cgroups_with(&groups, "net_cls")->own);
    cgroups_free(&groups);
}

static void lines_of_another_form_are_left_out(void **state)
{
    struct cgroups groups = parse(unified_mounts, "\n0\n0:\n0::\n0::x\n:::\n");

    (void)state;
    assert_int_equal(groups.count, 1);
    assert_null(cgroups_unified(&groups)->own);
    cgroups_free(&groups);
    groups = parse("", "");
    assert_int_equal(groups.count, 0);
    assert_null(cgroups_unified(&groups));
    cgroups_free(&groups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_hierarchy_of_version_2_is_found),
        cmocka_unit_test(hybrid_hierarchies_are_told_apart),
        cmocka_unit_test(paths_begin_at_what_is_mounted),
        cmocka_unit_test(lines_of_another_form_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
