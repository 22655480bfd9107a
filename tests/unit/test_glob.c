// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "core/base/glob.h"

struct pair {
    const char *pattern, *text;
};

static void all(const struct pair *pairs, bool expected)
{
    for (; pairs->pattern != NULL; pairs++)
        if (glob_matches(pairs->pattern, pairs->text) != expected)
            fail_msg("%s %s %s", pairs->pattern,
                     expected ? "does not match" : "matches", pairs->text);
}

static void plain_patterns_match_as_in_the_shell(void **state)
{
    static const struct pair yes[] = {
        { "", "" },
        { "abc", "abc" },
        { "a*", "a" },
        { "a*c", "abbbc" },
        { "*", "" },
        { "?", "x" },
        { "[a-c]x", "bx" },
        { "[!a-c]x", "dx" },
        { "[^a]", "b" },
        { "[]]", "]" },
        { "[[:digit:]_]", "7" },
        { "\\*", "*" },
        { "[", "[" },
        { "a**b", "ab" },
        { "[[:digit:]_]", "_" },
        { NULL, NULL },
    };
    static const struct pair no[] = {
        { "", "a" },     { "abc", "ab" },  { "ab", "abc" },
        { "?", "" },     { "[a-c]", "d" }, { "\\*", "x" },
        { "[!a]", "a" }, { "a*b", "ac" },  { "[[:upper:]]", "a" },
        { NULL, NULL },
    };

    (void)state;
    all(yes, true);
    all(no, false);
}

static void extended_patterns_match_as_in_bash(void **state)
{
    static const struct pair yes[] = {
        { "?(a)", "" },        { "?(a)b", "ab" },        { "*(a|b)", "abba" },
        { "+(a|b)", "ba" },    { "@(foo|bar)", "bar" },  { "!(A*|B*)", "C" },
        { "!(a)", "" },        { "!(a)", "aa" },         { "a!(b)", "abc" },
        { "@(a|*(b|c))", "" }, { "+(a*)", "aba" },       { "*(\\))", "))" },
        { "@(", "@(" },        { "!(*_PROXY)", "PATH" }, { NULL, NULL },
    };
    static const struct pair no[] = {
        { "?(a)", "aa" },       { "+(a)", "" },  { "@(foo|bar)", "foobar" },
        { "!(A*|B*)", "BASH" }, { "!(a)", "a" }, { "*(a)", "ab" },
        { "@(a|b)c", "c" },     { NULL, NULL },
    };

    (void)state;
    all(yes, true);
    all(no, false);
}

static void a_pattern_made_to_be_slow_ends(void **state)
{
    char text[2000];

    (void)state;
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_false(glob_matches("*(*(*(*(a))))b", text));
    assert_false(glob_matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
    assert_false(glob_matches("!(!(!(!(*a*a*a*b))))x", text));
}

// The processor's time, whatever else the machine does.
static void deep_groups_take_no_time(void **state)
{
    static const char open[] = "!( P ";
    char pattern[4000 * (sizeof open - 1) + 4000 + 1] = "";
    char *at = pattern;
    clock_t start;

    (void)state;
    for (int i = 0; i < 4000; i++)
        at = stpcpy(at, open);
    memset(at, ')', 4000);
    start = clock();
    glob_matches(pattern, "NAME_OF_A_VARIABLE");
    assert_in_range(clock() - start, 0, CLOCKS_PER_SEC / 2);
}

static void deep_nesting_is_bounded(void **state)
{
    char pattern[20000];

    (void)state;
    for (size_t i = 0; i < sizeof pattern - 1; i++)
        pattern[i] = i % 2 == 0 ? '@' : '(';
    pattern[sizeof pattern - 1] = '\0';
    assert_false(glob_matches(pattern, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_patterns_match_as_in_the_shell),
        cmocka_unit_test(extended_patterns_match_as_in_bash),
        cmocka_unit_test(a_pattern_made_to_be_slow_ends),
        cmocka_unit_test(deep_groups_take_no_time),
        cmocka_unit_test(deep_nesting_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
