// wrap: access
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/run/env.h"

#define GROW "A=$A:$A:$A:$A:$A:$A:$A:$A:$A:$A:$A:$A"
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

int __wrap_access(const char *path, int mode);

int __wrap_access(const char *path, int mode)
{
    (void)mode;
    assert_string_equal(path, "/root");
    return mock_type(int);
}

static int apply(const struct env_change *changes, size_t count)
{
    struct container plan = { .env_changes = changes,
                              .env_change_count = count };

    err_clear();
    will_return(__wrap_access, 0);
    return env_apply(&plan, NULL);
}

static int start(void **state)
{
    (void)state;
    clearenv();
    log_level_set(LOG_ERROR);
    setenv("PATH", "/usr/bin", 1);
    return 0;
}

static void home_is_root_if_the_image_has_it(void **state)
{
    (void)state;
    assert_int_equal(apply(NULL, 0), 0);
    assert_string_equal(getenv("HOME"), "/root");
}

static void home_is_the_root_directory_otherwise(void **state)
{
    struct container plan = { .image = "image" };

    (void)state;
    will_return(__wrap_access, -1);
    assert_int_equal(env_apply(&plan, NULL), 0);
    assert_string_equal(getenv("HOME"), "/");
}

static void home_is_what_the_launcher_says(void **state)
{
    struct container plan = { .image = "image" };

    (void)state;
    assert_int_equal(env_apply(&plan, "/home/alice"), 0);
    assert_string_equal(getenv("HOME"), "/home/alice");
}

static void bin_is_appended_to_a_path_without_it(void **state)
{
    (void)state;
    assert_int_equal(apply(NULL, 0), 0);
    assert_string_equal(getenv("PATH"), "/usr/bin:/bin");
    assert_int_equal(apply(NULL, 0), 0);
    assert_string_equal(getenv("PATH"), "/usr/bin:/bin");
}

static void an_unset_path_stays_unset(void **state)
{
    (void)state;
    unsetenv("PATH");
    assert_int_equal(apply(NULL, 0), 0);
    assert_null(getenv("PATH"));
}

static void tmpdir_of_the_host_is_dropped(void **state)
{
    (void)state;
    setenv("TMPDIR", "/scratch", 1);
    assert_int_equal(apply(NULL, 0), 0);
    assert_null(getenv("TMPDIR"));
}

static void items_are_expanded_and_empty_ones_vanish_with_their_colon(
    void **state)
{
    static const struct env_change changes[] = {
        { .action = ENV_SET, .text = "A=x:$PATH:$UNSET:$", .expand = true },
        { .action = ENV_SET, .text = "B=x$PATH", .expand = true },
        { .action = ENV_SET, .text = "C=$PATH" },
        { .action = ENV_SET, .text = "D=", .expand = true },
        { .action = ENV_SET, .text = "E=$UNSET", .expand = true },
    };

    (void)state;
    assert_int_equal(apply(changes, COUNT(changes)), 0);
    assert_string_equal(getenv("A"), "x:/usr/bin:/bin:$");
    assert_string_equal(getenv("B"), "x$PATH");
    assert_string_equal(getenv("C"), "$PATH");
    assert_string_equal(getenv("D"), "");
    assert_string_equal(getenv("E"), "");
}

static void a_file_may_quote_values_and_have_empty_lines(void **state)
{
    static const char text[] = "A='b c'\n\nB='\nC=d=e";
    static const struct env_change changes[] = {
        { .action = ENV_FILE,
          .text = text,
          .size = sizeof text - 1,
          .separator = '\n' },
    };

    (void)state;
    assert_int_equal(apply(changes, COUNT(changes)), 0);
    assert_string_equal(getenv("A"), "b c");
    assert_string_equal(getenv("B"), "'");
    assert_string_equal(getenv("C"), "d=e");
}

static void a_nul_separated_file_may_hold_newlines(void **state)
{
    static const char text[] = "A=b\nc\0B=d";
    static const struct env_change changes[] = {
        { .action = ENV_FILE, .text = text, .size = sizeof text - 1 },
    };

    (void)state;
    assert_int_equal(apply(changes, COUNT(changes)), 0);
    assert_string_equal(getenv("A"), "b\nc");
    assert_string_equal(getenv("B"), "d");
}

static void a_line_that_is_no_variable_is_an_error_that_shows_it(void **state)
{
    static const char *const lines[] = { "oops", "=x" };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct env_change change = { .action = ENV_SET, .text = lines[i] };

        assert_int_equal(apply(&change, 1), -1);
        assert_non_null(strstr(err_text(), lines[i]));
    }
}

static void changes_are_made_in_order(void **state)
{
    static const struct env_change changes[] = {
        { .action = ENV_SET, .text = "AB=1" },
        { .action = ENV_SET, .text = "AC=2" },
        { .action = ENV_UNSET, .text = "A*" },
        { .action = ENV_SET, .text = "AD=3" },
    };

    (void)state;
    assert_int_equal(apply(changes, COUNT(changes)), 0);
    assert_null(getenv("AB"));
    assert_null(getenv("AC"));
    assert_string_equal(getenv("AD"), "3");
}

static void ch_running_cannot_be_unset(void **state)
{
    static const struct env_change changes[] = {
        { .action = ENV_UNSET, .text = "*" },
    };

    (void)state;
    assert_int_equal(apply(changes, COUNT(changes)), 0);
    assert_null(getenv("PATH"));
    assert_string_equal(getenv("CH_RUNNING"), "Weird Al Yankovic");
}

// Seven of these lines would make gigabytes.
static void an_expansion_ends_where_no_program_takes_it(void **state)
{
    static const struct env_change changes[] = {
        { .action = ENV_SET, .text = "A=1234567:1234567:1234567:1234567" },
        { .action = ENV_SET, .text = GROW, .expand = true },
        { .action = ENV_SET, .text = GROW, .expand = true },
        { .action = ENV_SET, .text = GROW, .expand = true },
        { .action = ENV_SET, .text = GROW, .expand = true },
        { .action = ENV_SET, .text = GROW, .expand = true },
        { .action = ENV_SET, .text = GROW, .expand = true },
    };

    (void)state;
    assert_int_equal(apply(changes, COUNT(changes)), -1);
    assert_non_null(
        strstr(err_text(), "can't expand $A: it has more than 131071 bytes"));
    assert_int_equal(err_exit_code(), 49);
}

static void an_expansion_may_be_as_long_as_a_program_takes_it(void **state)
{
    static char text[131071 + 1];
    const struct env_change change = { .action = ENV_SET,
                                       .text = text,
                                       .expand = true };

    (void)state;
    memset(text, 'x', sizeof text - 1);
    memcpy(text, "A=", 2);
    memcpy(text + sizeof text - 1 - 17, ":$PATH", 7); // 11 bytes more by it
    text[sizeof text - 1 - 17 + 6] = '\0';
    assert_int_equal(apply(&change, 1), 0);
    assert_int_equal(strlen(getenv("A")), 131071 - 2 - 3);
    memcpy(strchr(text, ':'), "xxxx:$PATH", 11);
    assert_int_equal(apply(&change, 1), -1);
}

// A file of "count" variables of "length" bytes each.
static int apply_lines(size_t count, size_t length)
{
    char *text = malloc(count * length);
    struct env_change change = { .action = ENV_FILE,
                                 .text = text,
                                 .size = count * length,
                                 .file = "/ch/environment" };
    int status;

    assert_non_null(text);
    memset(text, 'x', count * length);
    for (size_t i = 0; i < count; i++) {
        char head[32];
        int n = snprintf(head, sizeof head, "V%06zu=", i);

        memcpy(text + i * length, head, (size_t)n);
        text[(i + 1) * length - 1] = '\0';
    }
    status = apply(&change, 1);
    free(text);
    return status;
}

static void more_than_any_program_takes_is_not_made(void **state)
{
    (void)state;
    assert_int_equal(apply_lines(7000, 1000), -1);
    assert_non_null(strstr(err_text(), "ulimit -s"));
    clearenv();
    assert_int_equal(apply_lines(8200, 9), -1);
    assert_non_null(strstr(err_text(), "ulimit -s"));
    clearenv();
    assert_int_equal(apply_lines(2000, 1000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(home_is_root_if_the_image_has_it, start),
        cmocka_unit_test_setup(home_is_the_root_directory_otherwise, start),
        cmocka_unit_test_setup(home_is_what_the_launcher_says, start),
        cmocka_unit_test_setup(bin_is_appended_to_a_path_without_it, start),
        cmocka_unit_test_setup(an_unset_path_stays_unset, start),
        cmocka_unit_test_setup(tmpdir_of_the_host_is_dropped, start),
        cmocka_unit_test_setup(
            items_are_expanded_and_empty_ones_vanish_with_their_colon, start),
        cmocka_unit_test_setup(a_file_may_quote_values_and_have_empty_lines,
                               start),
        cmocka_unit_test_setup(a_nul_separated_file_may_hold_newlines, start),
        cmocka_unit_test_setup(
            a_line_that_is_no_variable_is_an_error_that_shows_it, start),
        cmocka_unit_test_setup(an_expansion_ends_where_no_program_takes_it,
                               start),
        cmocka_unit_test_setup(
            an_expansion_may_be_as_long_as_a_program_takes_it, start),
        cmocka_unit_test_setup(more_than_any_program_takes_is_not_made, start),
        cmocka_unit_test_setup(changes_are_made_in_order, start),
        cmocka_unit_test_setup(ch_running_cannot_be_unset, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
