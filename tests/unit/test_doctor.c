// wrap: fs_read access mkdir rmdir users_name
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/run/doctor.h"
#include "core/run/probes.h"

// A node on which these files say what a test wants them to.
static const char *subids, *cgroup;
static int mkdir_errno;
static char made[256], removed[256];
static bool version_2;

char *__wrap_fs_read(int dir, const char *path, size_t max, size_t *length);
int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __real_rmdir(const char *path);
int __wrap_rmdir(const char *path);
char *__wrap_users_name(void);
char *__real_fs_read(int dir, const char *path, size_t max, size_t *length);

char *__wrap_fs_read(int dir, const char *path, size_t max, size_t *length)
{
    if (strcmp(path, "/etc/subuid") == 0 || strcmp(path, "/etc/subgid") == 0)
        return str_dup(subids);
    if (strcmp(path, "/proc/self/cgroup") == 0)
        return str_dup(cgroup);
    return __real_fs_read(dir, path, max, length);
}

int __wrap_access(const char *path, int mode)
{
    if (strcmp(path, "/sys/fs/cgroup/cgroup.controllers") == 0)
        return version_2 ? 0 : -1;
    return __real_access(path, mode);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    (void)mode;
    snprintf(made, sizeof made, "%s", path);
    errno = mkdir_errno;
    return mkdir_errno == 0 ? 0 : -1;
}

int __wrap_rmdir(const char *path)
{
    snprintf(removed, sizeof removed, "%s", path);
    return 0;
}

char *__wrap_users_name(void)
{
    return strdup("alice");
}

static struct finding finding;

static int start(void **state)
{
    (void)state;
    finding = (struct finding){ 0 };
    err_clear();
    made[0] = removed[0] = '\0';
    mkdir_errno = 0;
    return 0;
}

// --- how probes are run

static int succeed(struct finding *f)
{
    probe_detail(f, "made %d", 7);
    return 0;
}

static int fail_so(struct finding *f)
{
    probe_remedy(f, "mend %s", "it");
    return failed(EPERM, "can't do it");
}

static int crash(struct finding *f)
{
    (void)f;
    return raise(SIGKILL);
}

static int hang(struct finding *f)
{
    (void)f;
    return pause();
}

static int write_too_much(struct finding *f)
{
    char text[4096];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    probe_remedy(f, "%s", text);
    return failed(0, "%s", text);
}

static void examine(int (*run)(struct finding *), int timeout)
{
    struct probe probe = { "test", NEED_NONE, run };

    doctor_examine(&probe, timeout, &finding);
    // nothing of it is left to wait for
    assert_int_equal(waitpid(-1, NULL, 0), -1);
    assert_int_equal(errno, ECHILD);
    assert_string_equal(err_text(), "");
}

static void a_probe_that_succeeds_tells_what_it_found(void **state)
{
    (void)state;
    examine(succeed, 10000);
    assert_true(finding.ok);
    assert_string_equal(finding.detail, "made 7");
    assert_string_equal(finding.remedy, "");
}

static void a_probe_that_fails_tells_why_and_what_mends_it(void **state)
{
    (void)state;
    examine(fail_so, 10000);
    assert_false(finding.ok);
    assert_string_equal(finding.detail, "can't do it: Operation not permitted");
    assert_string_equal(finding.remedy, "mend it");
}

static void a_probe_that_dies_is_a_finding(void **state)
{
    (void)state;
    examine(crash, 10000);
    assert_false(finding.ok);
    assert_string_equal(finding.detail, "the probe died");
}

static void a_probe_that_hangs_is_ended(void **state)
{
    struct timespec before, after;

    (void)state;
    clock_gettime(CLOCK_MONOTONIC, &before);
    examine(hang, 1000);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_false(finding.ok);
    assert_string_equal(finding.detail, "no answer within 1 seconds");
    assert_true(after.tv_sec - before.tv_sec < 5);
}

static void a_long_finding_is_cut(void **state)
{
    (void)state;
    examine(write_too_much, 10000);
    assert_int_equal(strlen(finding.detail), sizeof finding.detail - 1);
    assert_int_equal(strlen(finding.remedy), sizeof finding.remedy - 1);
}

static void every_probe_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (const struct probe *p = doctor_probes; p->name != NULL; p++)
        for (const struct probe *q = p + 1; q->name != NULL; q++)
            assert_string_not_equal(p->name, q->name);
}

// --- subordinate ids

static char folder[] = "/tmp/ch-test-doctor.XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return __real_rmdir(folder);
}

// A PATH whose newuidmap and newgidmap are this script.
static void be_mapped_by(const char *script)
{
    static const char *const names[] = { "newuidmap", "newgidmap" };
    char path[128];

    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
        if (script == NULL)
            continue;
        FILE *f = fopen(path, "we");
        fprintf(f, "#!/bin/sh\n%s\n", script);
        fclose(f);
        chmod(path, 0755);
    }
    setenv("PATH", folder, 1);
}

static void subordinate_ids_are_tried(void **state)
{
    (void)state;
    subids = "bob:1:2\nalice:200000:65536\n";
    be_mapped_by("test -d /proc/$1 && test \"$2 $4 $5 $6 $7\" = "
                 "'0 1 1 200000 65536'");
    assert_int_equal(probe_subordinate_ids(&finding), 0);
    assert_string_equal(finding.detail,
                        "65536 ids from 200000 by newuidmap, 65536 ids from "
                        "200000 by newgidmap");
}

static void a_range_may_be_given_by_number(void **state)
{
    char text[64];

    (void)state;
    snprintf(text, sizeof text, "%u:7:8\n", geteuid());
    subids = text;
    be_mapped_by("exit 0");
    assert_int_equal(probe_subordinate_ids(&finding), 0);
    assert_string_equal(finding.detail,
                        "8 ids from 7 by newuidmap, 8 ids from 7 by newgidmap");
}

static void a_user_without_a_range_is_told(void **state)
{
    static const char *const texts[] = {
        "", "bob:1:2\n", "alice\n", "alice:\n", "alice:5", "al:1:2\n:\n::\n",
    };

    (void)state;
    be_mapped_by("exit 0");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        subids = texts[i];
        assert_int_equal(probe_subordinate_ids(&finding), -1);
        assert_string_equal(err_text(), "no range for alice in /etc/subuid");
        assert_non_null(strstr(finding.remedy, "usermod --add-subuids"));
    }
}

static void a_missing_newuidmap_is_told(void **state)
{
    (void)state;
    subids = "alice:1:2\n";
    be_mapped_by(NULL);
    assert_int_equal(probe_subordinate_ids(&finding), -1);
    assert_string_equal(err_text(), "there is no newuidmap");
    assert_non_null(strstr(finding.remedy, "package uidmap"));
}

static void a_newuidmap_that_refuses_is_told(void **state)
{
    (void)state;
    subids = "alice:1:2\n";
    be_mapped_by("exit 1");
    assert_int_equal(probe_subordinate_ids(&finding), -1);
    assert_string_equal(err_text(), "newuidmap refused the range 1:2");
    be_mapped_by(NULL);
}

// --- cgroups

static void a_delegated_cgroup_is_divided_and_put_together_again(void **state)
{
    char expected[256];

    (void)state;
    cgroup = "0::/user.slice/a.scope\n";
    version_2 = true;
    assert_int_equal(probe_cgroup(&finding), 0);
    snprintf(expected, sizeof expected,
             "/sys/fs/cgroup/user.slice/a.scope/ch-doctor.%d", (int)getpid());
    assert_string_equal(made, expected);
    assert_string_equal(removed, expected);
    assert_string_equal(finding.detail, "version 2, and the group "
                                        "/user.slice/a.scope can be divided");
}

static void a_cgroup_of_others_is_told_with_a_remedy(void **state)
{
    (void)state;
    cgroup = "0::/system.slice\n";
    version_2 = true;
    mkdir_errno = EACCES;
    assert_int_equal(probe_cgroup(&finding), -1);
    assert_string_equal(err_text(), "version 2, but can't divide the group "
                                    "/system.slice: Permission denied");
    assert_non_null(strstr(finding.remedy, "Delegate=yes"));
}

static void version_1_of_cgroups_is_told(void **state)
{
    static const char *const texts[] = { "4:memory:/a\n0::/\n", "1:cpu:/\n" };

    (void)state;
    version_2 = false;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cgroup = texts[i];
        assert_int_equal(probe_cgroup(&finding), -1);
        assert_non_null(strstr(err_text(), "version 1"));
        assert_string_equal(made, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_probe_that_succeeds_tells_what_it_found,
                               start),
        cmocka_unit_test_setup(a_probe_that_fails_tells_why_and_what_mends_it,
                               start),
        cmocka_unit_test_setup(a_probe_that_dies_is_a_finding, start),
        cmocka_unit_test_setup(a_probe_that_hangs_is_ended, start),
        cmocka_unit_test_setup(a_long_finding_is_cut, start),
        cmocka_unit_test_setup(every_probe_has_a_name_of_its_own, start),
        cmocka_unit_test_setup(subordinate_ids_are_tried, start),
        cmocka_unit_test_setup(a_range_may_be_given_by_number, start),
        cmocka_unit_test_setup(a_user_without_a_range_is_told, start),
        cmocka_unit_test_setup(a_missing_newuidmap_is_told, start),
        cmocka_unit_test_setup(a_newuidmap_that_refuses_is_told, start),
        cmocka_unit_test_setup(
            a_delegated_cgroup_is_divided_and_put_together_again, start),
        cmocka_unit_test_setup(a_cgroup_of_others_is_told_with_a_remedy, start),
        cmocka_unit_test_setup(version_1_of_cgroups_is_told, start),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
