// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "core/base/scope.h"
#include "core/kernel/mount_words.h"

#define RDONLY 1u // MOUNT_ATTR_RDONLY
#define NOEXEC 8u

static void words_are_flags_attributes_or_data(void **state)
{
    static const char *const list[] = { "nosuid",  "ro",       "size=1m",
                                        "rslave",  "mode=711", "rbind",
                                        "rnoexec", NULL };
    cleanup_mount_words struct mount_words words;
    cleanup_free char *data = NULL;
    cleanup_free char *less = NULL;

    (void)state;
    assert_int_equal(mount_words_read(&words, list), 0);
    assert_true(words.flags == (MS_NOSUID | MS_RDONLY));
    assert_true((words.set & RDONLY) != 0);
    assert_true(words.set_below == NOEXEC);
    assert_true(words.propagation == (MS_SLAVE | MS_REC));
    assert_true(words.bind && words.bind_below);
    data = mount_words_data(&words, NULL);
    assert_string_equal(data, "size=1m,mode=711");
    less = mount_words_data(&words, "size=");
    assert_string_equal(less, "mode=711");
}

static void the_last_word_counts(void **state)
{
    static const char *const list[] = { "ro", "rw", "rrw", "rro", NULL };
    cleanup_mount_words struct mount_words words;

    (void)state;
    assert_int_equal(mount_words_read(&words, list), 0);
    assert_true((words.flags & MS_RDONLY) == 0);
    assert_true((words.set & RDONLY) == 0 && (words.clear & RDONLY) != 0);
    assert_true((words.set_below & RDONLY) != 0);
    assert_true((words.clear_below & RDONLY) == 0);
}

static void no_words_are_nothing(void **state)
{
    cleanup_mount_words struct mount_words words;
    cleanup_free char *data = NULL;

    (void)state;
    assert_int_equal(mount_words_read(&words, NULL), 0);
    assert_true(words.flags == 0 && !words.bind && words.propagation == 0);
    data = mount_words_data(&words, NULL);
    assert_string_equal(data, "");
}

static void every_known_word_is_understood(void **state)
{
    const char *word;
    size_t count = 0;

    (void)state;
    for (; (word = mount_words_known(count)) != NULL; count++) {
        const char *const list[] = { word, NULL };
        cleanup_mount_words struct mount_words words;

        assert_int_equal(mount_words_read(&words, list), 0);
        assert_int_equal(words.data.count, 0);
    }
    assert_true(count > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_flags_attributes_or_data),
        cmocka_unit_test(the_last_word_counts),
        cmocka_unit_test(no_words_are_nothing),
        cmocka_unit_test(every_known_word_is_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
