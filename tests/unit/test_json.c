// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/json.h"
#include "core/base/scope.h"

static struct json *parse(const char *text)
{
    err_clear();
    return json_parse("config.json", text, strlen(text));
}

static void refused(const char *text, const char *why)
{
    assert_null(parse(text));
    assert_string_equal(err_text(), why);
}

static void members_are_found_by_name_and_type(void **state)
{
    cleanup_json struct json *value =
        parse("{\"a\": {\"b\": \"c\"}, \"n\": 1, \"A\": \"big\"}\n");

    (void)state;
    assert_non_null(value);
    assert_string_equal(json_get_string(json_get(value, "a"), "b"), "c");
    assert_string_equal(json_get_string(value, "A"), "big");
    assert_null(json_get_string(value, "n"));
    assert_null(json_get(value, "nothing"));
    assert_null(json_get_string(json_get(value, "nothing"), "b"));
}

static void an_error_names_line_and_column(void **state)
{
    (void)state;
    refused("{\n  \"a\": 1,\n  \"b\": x\n}",
            "config.json: line 3, column 8: not valid JSON");
    refused("", "config.json: line 1, column 1: not valid JSON");
}

static void an_unfinished_text_is_an_error(void **state)
{
    static const char *const texts[] = {
        "{",          "[",   "\"abc", "{\"a\"", "{\"a\":", "[1,", "[1,]",
        "{\"a\":1,}", "nul", "\"\\",  "\"\\u",  "\"\\u00", "-",   "tru",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_null(parse(texts[i]));
        assert_non_null(strstr(err_text(), "not valid JSON"));
    }
}

static void nothing_may_follow_the_value(void **state)
{
    (void)state;
    refused("{}\n {}", "config.json: line 2, column 2: something follows the "
                       "JSON value");
}

static void a_nul_byte_is_no_end(void **state)
{
    static const char text[] = "{}\0x";

    (void)state;
    assert_null(json_parse("j", text, sizeof text - 1));
    assert_string_equal(
        err_text(), "j: line 1, column 3: something follows the JSON value");
}

static void a_string_can_hide_no_nul(void **state)
{
    (void)state;
    refused("{\"path\": \"/etc\\u0000/x\"}",
            "config.json: line 1, column 10: a string has a NUL in it");
    cleanup_json struct json *value = parse("[\"\\\\u0000\"]");
    assert_non_null(value); // an escaped backslash, then plain letters
}

static void deep_nesting_is_refused(void **state)
{
    char text[2 * 100000];

    (void)state;
    memset(text, '[', sizeof text);
    assert_null(json_parse("j", text, sizeof text));
    assert_string_equal(err_text(), "j: line 1, column 101: nested too deeply");
    memset(text, '[', 100);
    memset(text + 100, ']', 100);
    cleanup_json struct json *value = json_parse("j", text, 200);
    assert_non_null(value);
}

static void brackets_in_strings_do_not_nest(void **state)
{
    char text[302];

    (void)state;
    memset(text, '[', sizeof text);
    text[0] = text[sizeof text - 1] = '"';
    cleanup_json struct json *value = json_parse("j", text, sizeof text);
    assert_non_null(value);
}

static void a_huge_text_is_refused(void **state)
{
    size_t size = (16 << 20) + 1;
    cleanup_free char *text = malloc(size);

    (void)state;
    memset(text, ' ', size);
    assert_null(json_parse("j", text, size));
    assert_string_equal(err_text(), "j: more than 16777216 bytes of JSON");
}

static void what_is_built_is_printed(void **state)
{
    cleanup_json struct json *value = json_object();
    cleanup_free char *text = NULL;
    struct json *list = json_add_array(value, "list");

    (void)state;
    json_append_string(list, "a\"b\n");
    json_add_bool(json_append_object(list), "ok", true);
    json_add_number(json_add_object(value, "o"), "n", 42);
    json_add_string(value, "s", "");
    text = json_text(value, false);
    assert_string_equal(text, "{\"list\":[\"a\\\"b\\n\",{\"ok\":true}],"
                              "\"o\":{\"n\":42},\"s\":\"\"}");
}

static void an_array_can_be_the_root(void **state)
{
    cleanup_json struct json *value = json_array();
    cleanup_free char *text = NULL;

    (void)state;
    json_append_string(value, "a");
    text = json_text(value, true);
    assert_string_equal(text, "[\"a\"]");
}

static void members_are_visited_in_order(void **state)
{
    static const char text[] = "{\"a\": [\"x\", 2, {}], \"b\": {}}";
    cleanup_json struct json *value = json_parse("t", text, strlen(text));
    const struct json *at;

    (void)state;
    assert_true(json_is_object(value));
    at = json_first(value);
    assert_true(json_is_array(at));
    assert_true(json_is_object(json_next(at)));
    assert_null(json_next(json_next(at)));
    at = json_first(at);
    assert_string_equal(json_string(at), "x");
    assert_null(json_first(at));
    assert_null(json_string(json_next(at)));
    assert_null(json_first(NULL));
    assert_false(json_is_array(NULL));
}

static void a_table_has_a_line_for_each_member(void **state)
{
    cleanup_json struct json *all = json_object();
    struct json *array;

    (void)state;
    json_add_string(json_add_object(all, "image"), "path", "/a b");
    json_add_number(all, "number", 1234567);
    json_add_bool(all, "yes", true);
    json_add_array(all, "empty");
    array = json_add_array(all, "command");
    json_append_string(array, "sh");
    json_append_string(array, "a b");
    array = json_add_array(all, "binds");
    json_add_string(json_append_object(array), "source", "/a");
    json_add_string(json_append_object(array), "source", "evil\n\x1b[m");

    char *text = json_table(all);
    assert_string_equal(text, "image.path       /a b\n"
                              "number           1234567\n"
                              "yes              yes\n"
                              "empty            none\n"
                              "command          sh \"a b\"\n"
                              "binds            /a\n"
                              "                 \"evil\\n\\u001b[m\"\n");
    free(text);
}

static void what_is_not_utf_8_is_replaced_byte_by_byte(void **state)
{
#define BAD "\xef\xbf\xbd"
    static const struct {
        const char *value, *text;
    } pairs[] = {
        { "a\xff"
          "b",
          "[\"a" BAD "b\"]" },
        { "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
          "[\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\"]" },
        { "\xc3", "[\"" BAD "\"]" },
        { "\xe2\x82", "[\"" BAD BAD "\"]" },
        { "\xf0\x9f\x98x", "[\"" BAD BAD BAD "x\"]" },
        { "\xc0\xaf", "[\"" BAD BAD "\"]" },         // longer than needed
        { "\xed\xa0\x80", "[\"" BAD BAD BAD "\"]" }, // half of a pair
        { "\xf4\x90\x80\x80", "[\"" BAD BAD BAD BAD "\"]" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        cleanup_json struct json *array = json_array();
        cleanup_free char *text = NULL;

        json_append_string(array, pairs[i].value);
        text = json_text(array, false);
        assert_string_equal(text, pairs[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_has_a_line_for_each_member),
        cmocka_unit_test(members_are_found_by_name_and_type),
        cmocka_unit_test(an_error_names_line_and_column),
        cmocka_unit_test(an_unfinished_text_is_an_error),
        cmocka_unit_test(nothing_may_follow_the_value),
        cmocka_unit_test(a_nul_byte_is_no_end),
        cmocka_unit_test(a_string_can_hide_no_nul),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(brackets_in_strings_do_not_nest),
        cmocka_unit_test(a_huge_text_is_refused),
        cmocka_unit_test(what_is_built_is_printed),
        cmocka_unit_test(an_array_can_be_the_root),
        cmocka_unit_test(members_are_visited_in_order),
        cmocka_unit_test(what_is_not_utf_8_is_replaced_byte_by_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
