// wrap: mountinfo_read mkdirat resctrl_set
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/kernel/mountinfo.h"
#include "core/oci/intel_rdt.h"

// A directory that is to be the file system. As in that, a group has its files
// as soon as it is made; otherwise than there they are removed one by one.
static char resctrl[] = "/tmp/ch-resctrl-XXXXXX";
static bool mounted;
static char lines[256]; // that were set, each behind a blank

int __wrap_mountinfo_read(struct mountinfo *mounts);
int __real_mkdirat(int dir, const char *name, mode_t mode);
int __wrap_mkdirat(int dir, const char *name, mode_t mode);
int __wrap_resctrl_set(int group, const char *line);

int __wrap_mountinfo_read(struct mountinfo *mounts)
{
    struct mountinfo_entry *entry = calloc(1, sizeof *entry);

    assert_non_null(entry);
    *entry = (struct mountinfo_entry){ .type = mounted ? "resctrl" : "tmpfs",
                                       .dir = resctrl };
    *mounts = (struct mountinfo){ .entries = entry, .count = 1 };
    return 0;
}

static void make_file(int dir, const char *name, const char *text)
{
    cleanup_close int fd = openat(dir, name, O_WRONLY | O_CREAT, 0644);

    assert_true(fd >= 0);
    assert_int_equal(fs_write_all(fd, text, strlen(text)), 0);
}

int __wrap_mkdirat(int dir, const char *name, mode_t mode)
{
    cleanup_close int made = -1;

    if (__real_mkdirat(dir, name, mode) < 0)
        return -1;
    made = openat(dir, name, O_PATH | O_DIRECTORY);
    make_file(made, "tasks", "");
    make_file(made, "schemata", "    MB:0=100\n    L3:0=00ff;1=0fff\n");
    __real_mkdirat(made, "mon_groups", 0755);
    return 0;
}

int __wrap_resctrl_set(int group, const char *line)
{
    (void)group;
    strcat(strcat(lines, " "), line);
    return strstr(line, "bad") == NULL ? 0 : (errno = EINVAL, -1);
}

static char *path_of(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", resctrl, name);
    return path;
}

static int begin(void **state)
{
    strcpy(strrchr(resctrl, '-'), "-XXXXXX");
    assert_non_null(mkdtemp(resctrl));
    make_file(AT_FDCWD, path_of("tasks"), "");
    make_file(AT_FDCWD, path_of("schemata"), "    L3:0=fff;1=fff\n");
    assert_int_equal(mkdir(path_of("mon_groups"), 0755), 0);
    mounted = true;
    lines[0] = '\0';
    *state = NULL;
    return 0;
}

static int end(void **state)
{
    char command[256];

    (void)state;
    err_clear();
    snprintf(command, sizeof command, "rm -r %s", resctrl);
    return system(command);
}

static bool is_there(const char *name)
{
    return access(path_of(name), F_OK) == 0;
}

static void expect_task(const char *group, const char *pid)
{
    char name[64];
    cleanup_free char *text = NULL;

    snprintf(name, sizeof name, "%s/tasks", group);
    text = fs_read(AT_FDCWD, path_of(name), 100, NULL);
    assert_string_equal(text, pid);
}

// All of its way, up to the removal: 0, or -1 after failed().
static int make(struct state *state, const struct spec *spec)
{
    *state = (struct state){ .id = "c1" };
    if (intel_rdt_choose(spec, state) < 0)
        return -1;
    return intel_rdt_enter(spec, state, 7);
}

// The files of a group would not go by themselves here; those of others stay.
static void empty(const char *group)
{
    char command[512];

    snprintf(command, sizeof command,
             "cd %s/%s && rm -f tasks schemata && rmdir mon_groups", resctrl,
             group);
    assert_int_equal(system(command), 0);
}

static void take_away(struct state *state)
{
    if (state->resctrl_monitor != NULL)
        empty(state->resctrl_monitor);
    if (state->resctrl_group != NULL)
        empty(state->resctrl_group);
    assert_int_equal(intel_rdt_remove(state), 0);
    state_free(state);
}

static void without_resctrl_it_is_an_error(void **s)
{
    struct spec spec = { .intel_rdt.given = true };
    struct state state;

    (void)s;
    mounted = false;
    assert_int_equal(make(&state, &spec), -1);
    assert_string_equal(err_text(), "config.json: linux.intelRdt: no resctrl "
                                    "file system is mounted");
}

static void what_is_not_asked_for_touches_nothing(void **s)
{
    struct spec spec = { .intel_rdt.given = false };
    struct state state;

    (void)s;
    mounted = false;
    assert_int_equal(make(&state, &spec), 0);
    assert_int_equal(intel_rdt_remove(&state), 0);
}

static void a_group_of_its_own_is_made_and_removed(void **s)
{
    struct spec spec = { .intel_rdt = { .given = true } };
    struct state state;

    (void)s;
    assert_int_equal(make(&state, &spec), 0);
    expect_task("c1", "7");
    assert_string_equal(lines, "");
    take_away(&state);
    assert_false(is_there("c1"));
}

static void a_group_that_was_there_stays(void **s)
{
    struct spec spec = { .intel_rdt = { .given = true } };
    struct state state;

    (void)s;
    assert_int_equal(__wrap_mkdirat(AT_FDCWD, path_of("c1"), 0755), 0);
    assert_int_equal(make(&state, &spec), 0);
    expect_task("c1", "7");
    take_away(&state);
    assert_true(is_there("c1"));
}

static void a_named_group_with_values_is_made_and_stays(void **s)
{
    struct spec spec = {
        .intel_rdt = { .given = true, .group = "gold", .cache = "L3:0=f" }
    };
    struct state state;

    (void)s;
    assert_int_equal(make(&state, &spec), 0);
    expect_task("gold", "7");
    assert_string_equal(lines, " L3:0=f");
    take_away(&state);
    assert_true(is_there("gold"));
}

static void a_named_group_without_values_must_be_there(void **s)
{
    struct spec spec = { .intel_rdt = { .given = true, .group = "gold" } };
    struct state state;

    (void)s;
    assert_int_equal(make(&state, &spec), -1);
    assert_string_equal(err_text(), "config.json: linux.intelRdt: there is no "
                                    "group gold: No such file or directory");
    assert_int_equal(__wrap_mkdirat(AT_FDCWD, path_of("gold"), 0755), 0);
    assert_int_equal(make(&state, &spec), 0);
    expect_task("gold", "7");
}

static void a_group_that_is_there_has_the_same_values(void **s)
{
    struct spec spec = { .intel_rdt = { .given = true,
                                        .group = "gold",
                                        .cache = "L3:0=ff;1=fff",
                                        .bandwidth = "MB:0=100" } };
    struct state state;

    (void)s;
    assert_int_equal(__wrap_mkdirat(AT_FDCWD, path_of("gold"), 0755), 0);
    assert_int_equal(make(&state, &spec), 0);
    spec.intel_rdt.cache = "L3:0=ff;1=fe";
    assert_int_equal(make(&state, &spec), -1);
    assert_non_null(strstr(err_text(), "the group gold has other values than "
                                       "L3:0=ff;1=fe"));
    spec.intel_rdt.cache = NULL;
    spec.intel_rdt.bandwidth = "MB:1=100";
    assert_int_equal(make(&state, &spec), -1);
}

static void the_group_of_all_is_the_root(void **s)
{
    struct spec spec = { .intel_rdt = { .given = true, .group = "/" } };
    struct state state;

    (void)s;
    assert_int_equal(make(&state, &spec), 0);
    expect_task(".", "7");
    take_away(&state);
    assert_true(is_there("tasks"));
}

static void lines_are_set_in_their_order(void **s)
{
    static const char *const more[] = { "L2:0=f", "MB:1=20", NULL };
    struct spec spec = { .intel_rdt = { .given = true,
                                        .cache = "L3:0=f",
                                        .bandwidth = "MB:0=70",
                                        .lines = more } };
    struct state state;

    (void)s;
    assert_int_equal(make(&state, &spec), 0);
    assert_string_equal(lines, " L3:0=f MB:0=70 L2:0=f MB:1=20");
    take_away(&state);
}

static void a_line_that_the_kernel_refuses_is_an_error(void **s)
{
    struct spec spec = { .intel_rdt = { .given = true, .cache = "L3:bad" } };
    struct state state;

    (void)s;
    assert_int_equal(make(&state, &spec), -1);
    assert_string_equal(err_text(), "linux.intelRdt: can't set L3:bad: Invalid "
                                    "argument");
    take_away(&state);
    assert_false(is_there("c1"));
}

static void monitoring_has_a_group_that_is_removed(void **s)
{
    struct spec spec = {
        .intel_rdt = { .given = true, .group = "gold", .monitor = true }
    };
    struct state state;

    (void)s;
    assert_int_equal(__wrap_mkdirat(AT_FDCWD, path_of("gold"), 0755), 0);
    assert_int_equal(make(&state, &spec), 0);
    expect_task("gold", "7");
    expect_task("gold/mon_groups/c1", "7");
    take_away(&state);
    assert_false(is_there("gold/mon_groups/c1"));
    assert_true(is_there("gold"));
}

static void a_monitoring_group_that_cannot_be_made_is_an_error(void **s)
{
    struct spec spec = {
        .intel_rdt = { .given = true, .group = "gold", .monitor = true }
    };
    struct state state;

    (void)s;
    assert_int_equal(__wrap_mkdirat(AT_FDCWD, path_of("gold"), 0755), 0);
    assert_int_equal(rmdir(path_of("gold/mon_groups")), 0);
    assert_int_equal(make(&state, &spec), -1);
    assert_non_null(strstr(err_text(), "can't make the group "
                                       "gold/mon_groups/c1"));
    state_free(&state);
}

static void expect_invalid(struct intel_rdt rdt, const char *text)
{
    rdt.given = true;
    assert_int_equal(spec_intel_rdt_check(&rdt, "x"), -1);
    assert_string_equal(err_text(), text);
    err_clear();
}

static void values_are_lines_and_groups_are_names(void **s)
{
    static const char *const two[] = { "L3:0=f", "a\nb", NULL };

    (void)s;
    expect_invalid((struct intel_rdt){ .group = "a/b" },
                   "x: linux.intelRdt.closID: not a name: a/b");
    expect_invalid((struct intel_rdt){ .group = ".." },
                   "x: linux.intelRdt.closID: not a name: ..");
    expect_invalid((struct intel_rdt){ .bandwidth = "L3:0=1" },
                   "x: linux.intelRdt.memBwSchema: not one line that begins "
                   "with MB:");
    expect_invalid((struct intel_rdt){ .bandwidth = "MB:0=1\n" },
                   "x: linux.intelRdt.memBwSchema: not one line that begins "
                   "with MB:");
    expect_invalid((struct intel_rdt){ .cache = "L3:0=1\nMB:0=2" },
                   "x: linux.intelRdt.l3CacheSchema: not one line");
    expect_invalid((struct intel_rdt){ .lines = two },
                   "x: linux.intelRdt.schemata[1]: not one line");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_resctrl_it_is_an_error),
        TEST(what_is_not_asked_for_touches_nothing),
        TEST(a_group_of_its_own_is_made_and_removed),
        TEST(a_group_that_was_there_stays),
        TEST(a_named_group_with_values_is_made_and_stays),
        TEST(a_named_group_without_values_must_be_there),
        TEST(a_group_that_is_there_has_the_same_values),
        TEST(the_group_of_all_is_the_root),
        TEST(lines_are_set_in_their_order),
        TEST(a_line_that_the_kernel_refuses_is_an_error),
        TEST(monitoring_has_a_group_that_is_removed),
        TEST(a_monitoring_group_that_cannot_be_made_is_an_error),
        TEST(values_are_lines_and_groups_are_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
