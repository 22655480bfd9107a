// wrap: mountable_open mountable_close mountable_start mountable_put mountable_check caps_may_mount mount_remove
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/run/mountable.h"
#include "core/run/mounting.h"

// What was done, a letter each: open, put, start, check, remove, close. The
// one that is in "fails" fails.
static char done[32];
static const char *fails;

static const struct mounting plan = { .image = "/image", .dir = "/dir" };

struct mountable *__wrap_mountable_open(const struct mounting *p);
void __wrap_mountable_close(struct mountable **image);
int __wrap_mountable_start(struct mountable *image);
int __wrap_mountable_put(struct mountable *image);
int __wrap_mountable_check(const struct mountable *image);
bool __wrap_caps_may_mount(void);
int __wrap_mount_remove(const char *dir, bool lazily);

static int act(const char *letter)
{
    strcat(done, letter);
    return strstr(fails, letter) ? failed(0, "%s failed", letter) : 0;
}

struct mountable *__wrap_mountable_open(const struct mounting *p)
{
    assert_ptr_equal(p, &plan);
    return act("o") < 0 ? NULL : (struct mountable *)done;
}

void __wrap_mountable_close(struct mountable **image)
{
    if (*image != NULL)
        act("c");
    *image = NULL;
}

int __wrap_mountable_start(struct mountable *image)
{
    (void)image;
    return act("s");
}

int __wrap_mountable_put(struct mountable *image)
{
    (void)image;
    return act("p");
}

int __wrap_mountable_check(const struct mountable *image)
{
    (void)image;
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
