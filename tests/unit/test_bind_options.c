// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "applets/run/args.h"
#include "core/base/err.h"

static struct args args;

static int start(void **state)
{
    (void)state;
    args = (struct args){ 0 };
    err_clear();
    return 0;
}

static int finish(void **state)
{
    (void)state;
    for (size_t i = 0; i < args.plan.bind_count; i++) {
        free((char *)(uintptr_t)args.binds[i].source);
        free((char *)(uintptr_t)args.binds[i].target);
    }
    free(args.binds);
    return 0;
}

static const struct bind *added(const char *value)
{
    assert_int_equal(args_bind(&args, value), 0);
    return &args.binds[args.plan.bind_count - 1];
}

static void assert_bind(const char *value, const char *source,
                        const char *target, unsigned options)
{
    const struct bind *bind = added(value);

    assert_string_equal(bind->source, source);
    assert_string_equal(bind->target, target);
    assert_int_equal(bind->options, options);
    assert_int_equal(bind->need, BIND_REQUIRED);
}

static void the_target_is_the_source_unless_it_is_given(void **state)
{
    (void)state;
    assert_bind("/a", "/a", "/a", 0);
    assert_bind("/a:/b", "/a", "/b", 0);
    assert_bind("a:/b", "a", "/b", 0);
}

static void options_follow_a_second_colon(void **state)
{
    (void)state;
    assert_bind("/a:/b:ro", "/a", "/b", BIND_READ_ONLY);
    assert_bind("/a:/b:rw", "/a", "/b", BIND_READ_WRITE);
    assert_bind("/a:/b:ro,nosuid,nodev,noexec", "/a", "/b",
                BIND_READ_ONLY | BIND_NO_SETUID | BIND_NO_DEVICES |
                    BIND_NO_PROGRAMS);
    assert_bind("/a:/b:rslave,z", "/a", "/b", BIND_SLAVE | BIND_WITH_BELOW);
    assert_bind("/a:/b:private,ro,ro", "/a", "/b",
                BIND_PRIVATE | BIND_READ_ONLY);
}

static void a_colon_before_a_slash_belongs_to_the_target(void **state)
{
    (void)state;
    assert_bind("/a:/b:c/d", "/a", "/b:c/d", 0);
    assert_bind("/a:/b:ro/", "/a", "/b:ro/", 0);
    assert_bind("/a:/b:c:rw", "/a", "/b:c", BIND_READ_WRITE);
    assert_bind("/a:/b:c/d:ro", "/a", "/b:c/d", BIND_READ_ONLY);
}

static void what_is_no_option_is_refused(void **state)
{
    static const char *const values[] = {
        "/a:/b:x",        "/a:/b:",       "/a:/b:ro,",
        "/a:/b:,ro",      "/a:/b:RO",     "/a:/b:ro,rw",
        "/a:/b:ro nodev", "/a:/b:shared", "/a:/b:slave,rprivate"
    };

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        err_clear();
        assert_int_equal(args_bind(&args, values[i]), -1);
        assert_non_null(strstr(err_text(), "--bind: "));
    }
}

static void a_bind_without_an_end_is_refused(void **state)
{
    static const char *const values[] = { "",     ":",    ":/b",  "/a:",
                                          "/a:b", "/a:/", "/a:ro" };

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        err_clear();
        assert_int_equal(args_bind(&args, values[i]), -1);
        assert_non_null(strstr(err_text(), "--bind: "));
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_target_is_the_source_unless_it_is_given),
        TEST(options_follow_a_second_colon),
        TEST(a_colon_before_a_slash_belongs_to_the_target),
        TEST(what_is_no_option_is_refused),
        TEST(a_bind_without_an_end_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
