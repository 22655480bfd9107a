// wrap: squashfs_open squashfs_close squashfs_start squashfs_mount_at squashfs_check_at caps_may_mount mount_remove
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/run/mounting.h"
#include "core/run/squashfs.h"

// What was done, a letter each: open, put, start, check, remove, close. The
// one that is in "fails" fails.
static char done[32];
static const char *fails;

static const struct mounting plan = { .image = "/image", .dir = "/dir" };

struct squashfs *__wrap_squashfs_open(const struct squashfs_plan *p);
void __wrap_squashfs_close(struct squashfs **image);
int __wrap_squashfs_start(struct squashfs *image);
int __wrap_squashfs_mount_at(struct squashfs *image, const char *dir);
int __wrap_squashfs_check_at(const char *dir);
bool __wrap_caps_may_mount(void);
int __wrap_mount_remove(const char *dir, bool lazily);

static int act(const char *letter)
{
    strcat(done, letter);
    return strstr(fails, letter) ? failed(0, "%s failed", letter) : 0;
}

struct squashfs *__wrap_squashfs_open(const struct squashfs_plan *p)
{
    assert_string_equal(p->path, plan.image);
    return act("o") < 0 ? NULL : (struct squashfs *)done;
}

void __wrap_squashfs_close(struct squashfs **image)
{
    if (*image != NULL)
        act("c");
    *image = NULL;
}

int __wrap_squashfs_start(struct squashfs *image)
{
    (void)image;
    return act("s");
}

int __wrap_squashfs_mount_at(struct squashfs *image, const char *dir)
{
    (void)image;
    (void)dir;
    return act("p");
}

int __wrap_squashfs_check_at(const char *dir)
{
    (void)dir;
    return act("k");
}

bool __wrap_caps_may_mount(void)
{
    return true;
}

int __wrap_mount_remove(const char *dir, bool lazily)
{
    assert_string_equal(dir, "/dir");
    assert_true(lazily);
    strcat(done, "r");
    return 0;
}

static void run(const char *failing, int status, const char *expected)
{
    done[0] = '\0';
    fails = failing;
    err_clear();
    assert_int_equal(mounting_background(&plan), status);
    assert_string_equal(done, expected);
}

static void a_mount_is_used_once_before_it_is_called_usable(void **state)
{
    (void)state;
    run("", 0, "opskc");
}

static void what_fails_before_the_mount_leaves_nothing_to_remove(void **state)
{
    (void)state;
    run("o", -1, "o");
    run("p", -1, "opc");
    assert_string_equal(err_text(), "p failed");
}

static void a_server_that_fails_leaves_no_mount(void **state)
{
    (void)state;
    run("s", -1, "opsrc");
    assert_string_equal(err_text(), "s failed");
    run("k", -1, "opskrc");
    assert_string_equal(err_text(), "k failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mount_is_used_once_before_it_is_called_usable),
        cmocka_unit_test(what_fails_before_the_mount_leaves_nothing_to_remove),
        cmocka_unit_test(a_server_that_fails_leaves_no_mount),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
