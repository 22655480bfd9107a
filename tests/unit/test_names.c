// wrap: fs_read helper_run
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/helper.h"
#include "core/base/names.h"
#include "core/base/str.h"
#include "tests/unit/fake_file.h"

static const char *answer;   // of getent; NULL: there is none
static char question[16384]; // to getent

int __wrap_helper_run(const struct helper *helper, char **text);

int __wrap_helper_run(const struct helper *helper, char **text)
{
    assert_int_equal(helper->stream, STDOUT_FILENO);
    assert_int_equal(helper->end, 1000);
    for (const char *const *word = helper->argv; *word != NULL; word++) {
        size_t length = strlen(question);

        snprintf(question + length, sizeof question - length, "%s ", *word);
    }
    *text = NULL;
    if (answer == NULL)
        return failed(ENOENT, "can't run getent");
    *text = str_dup(answer);
    return 2;
}

static int start(void **state)
{
    (void)state;
    file = answer = NULL;
    question[0] = '\0';
    return 0;
}

static void the_file_is_enough_when_it_knows_all(void **state)
{
    struct named users[] = { { .id = 1000 }, { .id = 0 } };

    (void)state;
    file = "root:x:0:0:root:/root:/bin/sh\nx:x:10000:0::/:/bin/sh\n"
           "alice:x:1000:7:Alice A.:/home/alice:/bin/bash\n"
           "twin:x:1000:7:Twin:/:/bin/sh\n";
    names_of_users(users, 2, 1000);
    assert_string_equal(users[0].name, "alice");
    assert_string_equal(users[0].about, "Alice A.");
    assert_string_equal(users[1].name, "root");
    assert_string_equal(question, "");
    names_free(users, 2);
}

static void getent_is_asked_once_for_all_that_the_file_lacks(void **state)
{
    struct named groups[] = { { .id = 7 }, { .id = 100 }, { .id = 9 } };

    (void)state;
    file = "root:x:0:\nphysics:x:100:alice,bob\n";
    answer = "ldap-nine:*:9:\n";
    names_of_groups(groups, 3, 1000);
    assert_string_equal(question, "getent group 7 9 ");
    assert_null(groups[0].name);
    assert_string_equal(groups[1].name, "physics");
    assert_string_equal(groups[2].name, "ldap-nine");
    names_free(groups, 3);
}

static void without_file_and_getent_there_is_no_name_and_no_error(void **state)
{
    struct named user = { .id = 1000 };

    (void)state;
    names_of_users(&user, 1, 1000);
    assert_null(user.name);
    assert_string_equal(err_text(), "");
}

static void what_would_break_a_users_file_is_no_name(void **state)
{
    static const char *const texts[] = {
        ":x:1000:",
        "../x:x:1000:",
        "a/b:x:1000:",
        ".:x:1000:",
        "..:x:1000:",
        "alice:x:1000x:",
        "alice:x:-1000:",
        "alice:x: 1000:",
        "alice:x:",
        "1000",
        "",
        "\n\n::::\n",
        "alice:1000:5:",
        "a\nb:x:5:1000",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct named user = { .id = 1000 };

        file = answer = texts[i];
        names_of_users(&user, 1, 1000);
        assert_null(user.name);
    }
}

static void a_line_cut_short_has_a_name_but_no_more(void **state)
{
    struct named user = { .id = 1000 };

    (void)state;
    file = "alice:x:1000";
    names_of_users(&user, 1, 1000);
    assert_string_equal(user.name, "alice");
    assert_null(user.about);
    names_free(&user, 1);
}

static void a_thousand_groups_make_a_question_of_bounded_length(void **state)
{
    enum { MANY = 1000 };
    struct named groups[MANY] = { 0 };
    size_t words = 0;

    (void)state;
    for (unsigned i = 0; i < MANY; i++)
        groups[i].id = 4000000000U + i;
    names_of_groups(groups, MANY, 1000);
    for (const char *at = question; *at != '\0'; at++)
        words += *at == ' ';
    assert_in_range(words, 3, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_file_is_enough_when_it_knows_all, start),
        cmocka_unit_test_setup(getent_is_asked_once_for_all_that_the_file_lacks,
                               start),
        cmocka_unit_test_setup(
            without_file_and_getent_there_is_no_name_and_no_error, start),
        cmocka_unit_test_setup(what_would_break_a_users_file_is_no_name, start),
        cmocka_unit_test_setup(a_line_cut_short_has_a_name_but_no_more, start),
        cmocka_unit_test_setup(
            a_thousand_groups_make_a_question_of_bounded_length, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
