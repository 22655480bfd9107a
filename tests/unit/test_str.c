// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "core/base/scope.h"
#include "core/base/str.h"

static void printf_makes_a_string(void **state)
{
    cleanup_free char *s = str_printf("%s-%d", "a", 7);

    (void)state;
    assert_string_equal(s, "a-7");
}

static void copies_are_copies(void **state)
{
    cleanup_free char *whole = str_dup("abc");
    cleanup_free char *part = str_ndup("abc", 2);
    cleanup_free char *more = str_ndup("abc", 9);

    (void)state;
    assert_string_equal(whole, "abc");
    assert_string_equal(part, "ab");
    assert_string_equal(more, "abc");
}

static void starts_and_ends(void **state)
{
    (void)state;
    assert_true(str_starts("/bin/sh", "/bin"));
    assert_true(str_starts("x", ""));
    assert_false(str_starts("/bi", "/bin"));
    assert_true(str_ends("a.sqfs", ".sqfs"));
    assert_true(str_ends("x", ""));
    assert_false(str_ends("sqfs", ".sqfs"));
    assert_false(str_ends("a.sqfs ", ".sqfs"));
}

static void a_number_is_digits_and_nothing_else(void **state)
{
    static const char *const wrong[] = {
        "",   "-1",   "+1",  " 1",
        "1 ", "0x10", "1.0", "18446744073709551616",
        "x",  "1e3",  "1\n", "99999999999999999999999",
    };
    uint64_t n;

    (void)state;
    assert_int_equal(str_to_u64("0", &n), 0);
    assert_int_equal(n, 0);
    assert_int_equal(str_to_u64("007", &n), 0);
    assert_int_equal(n, 7);
    assert_int_equal(str_to_u64("18446744073709551615", &n), 0);
    assert_true(n == UINT64_MAX);
    n = 42;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(str_to_u64(wrong[i], &n), -1);
    assert_int_equal(n, 42);
}

static void a_size_has_a_unit_of_1024s(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } right[] = {
        { "0", 0 },           { "4096", 4096 },
        { "64K", 64 << 10 },  { "64k", 64 << 10 },
        { "2M", 2 << 20 },    { "1g", 1 << 30 },
        { "3T", 3ULL << 40 }, { "16777215T", 16777215ULL << 40 },
    };
    uint64_t bytes;

    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_int_equal(str_to_size(right[i].text, &bytes), 0);
        assert_true(bytes == right[i].bytes);
    }
}

static void a_size_that_is_none_is_refused(void **state)
{
    static const char *const wrong[] = {
        "", "K", "1KB", "1 K", "-1K", "1.5G", "16777216T", "1X", "12%", "1K ",
    };
    uint64_t bytes = 42;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(str_to_size(wrong[i], &bytes), -1);
    assert_int_equal(bytes, 42);
}

static void a_small_size_is_told_in_kib(void **state)
{
    char text[STR_SIZE_TEXT];

    (void)state;
    assert_string_equal(str_of_size(text, 0), "0 KiB");
    assert_string_equal(str_of_size(text, 300 << 10), "300 KiB");
    assert_string_equal(str_of_size(text, (1 << 20) - 1), "1023 KiB");
    assert_string_equal(str_of_size(text, 1 << 20), "1 MiB");
    assert_string_equal(str_of_size(text, UINT64_MAX), "17592186044415 MiB");
}

static void a_list_ends_with_a_null_always(void **state)
{
    cleanup_strlist struct strlist list = { 0 };

    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(strlist_take(&list, str_printf("%d", i)), 0);
        assert_null(list.items[list.count]);
    }
    assert_int_equal(list.count, 100);
    assert_string_equal(list.items[99], "99");
}

static void a_list_owns_copies(void **state)
{
    cleanup_strlist struct strlist list = { 0 };
    char text[] = "abc";

    (void)state;
    assert_int_equal(strlist_add(&list, text), 0);
    text[0] = 'x';
    assert_string_equal(list.items[0], "abc");
}

static void removal_keeps_the_order_and_the_null(void **state)
{
    cleanup_strlist struct strlist list = { 0 };

    (void)state;
    strlist_add(&list, "a");
    strlist_add(&list, "b");
    strlist_add(&list, "c");
    strlist_remove(&list, 1);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0], "a");
    assert_string_equal(list.items[1], "c");
    assert_null(list.items[2]);
    strlist_remove(&list, 1);
    assert_null(list.items[1]);
}

static void what_could_not_be_made_is_not_added(void **state)
{
    cleanup_strlist struct strlist list = { 0 };

    (void)state;
    assert_int_equal(strlist_take(&list, NULL), -1);
    assert_int_equal(list.count, 0);
}

static void a_freed_list_can_be_used_again(void **state)
{
    cleanup_strlist struct strlist list = { 0 };

    (void)state;
    strlist_add(&list, "a");
    strlist_free(&list);
    assert_null(list.items);
    assert_int_equal(strlist_add(&list, "b"), 0);
    assert_int_equal(list.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printf_makes_a_string),
        cmocka_unit_test(copies_are_copies),
        cmocka_unit_test(starts_and_ends),
        cmocka_unit_test(a_number_is_digits_and_nothing_else),
        cmocka_unit_test(a_size_has_a_unit_of_1024s),
        cmocka_unit_test(a_size_that_is_none_is_refused),
        cmocka_unit_test(a_small_size_is_told_in_kib),
        cmocka_unit_test(a_list_ends_with_a_null_always),
        cmocka_unit_test(a_list_owns_copies),
        cmocka_unit_test(removal_keeps_the_order_and_the_null),
        cmocka_unit_test(what_could_not_be_made_is_not_added),
        cmocka_unit_test(a_freed_list_can_be_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
