// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/words.h"

static void assert_joined(char *const *argv, const char *expected)
{
    char *text = words_join(argv);

    assert_string_equal(text, expected);
    free(text);
}

static void plain_words_are_separated_by_blanks(void **state)
{
    (void)state;
    assert_joined((char *[]){ "ls", "-l", "/a.b:c", NULL }, "ls -l /a.b:c");
    assert_joined((char *[]){ NULL }, "");
}

static void words_with_special_bytes_are_quoted(void **state)
{
    (void)state;
    assert_joined((char *[]){ "sh", "-c", "a b; 'c'", "", NULL },
                  "sh -c \"a b; 'c'\" \"\"");
    assert_joined((char *[]){ "$a!`\\\"", NULL }, "\"\\$a\\!\\`\\\\\\\"\"");
}

static void a_shell_gets_the_same_words_back(void **state)
{
    char *argv[] = { "printf", "%s|", "a b",      "",  "$HOME", "`x`",
                     "\\",     "*",   "\xff\n\t", "'", NULL };
    char *text = words_join(argv);
    char got[256] = "";
    FILE *shell;

    (void)state;
    shell = popen(text, "r");
    assert_non_null(shell);
    assert_int_not_equal(fread(got, 1, sizeof got - 1, shell), 0);
    pclose(shell);
    assert_string_equal(got, "a b||$HOME|`x`|\\|*|\xff\n\t|'|");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_words_are_separated_by_blanks),
        cmocka_unit_test(words_with_special_bytes_are_quoted),
        cmocka_unit_test(a_shell_gets_the_same_words_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
