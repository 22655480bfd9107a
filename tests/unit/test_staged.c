// wrap: renameat
// test_staged.c - unit tests of core/run/staged.c: two jobs unpack the same
// image.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/run/staged.h"
#include "tests/unit/base_dir.h"

static const char *rival; // comes to be just before something is renamed

int __real_renameat(int from, const char *old, int to, const char *name);
int __wrap_renameat(int from, const char *old, int to, const char *name);

int __wrap_renameat(int from, const char *old, int to, const char *name)
{
    cleanup_free char *command =
        rival != NULL
            ? str_printf("mkdir -p %s/bin %s/dev %s/usr", rival, rival, rival)
            : NULL;

    rival = NULL;
    if (command != NULL)
        assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
    return __real_renameat(from, old, to, name);
}

// An image for job 7 to take, whose checksum is "hex".
static void bring(char hex[STAGED_HEX])
{
    cleanup_free char *image = str_printf("%s/image.tar", base);
    cleanup_free char *command =
        str_printf("cd %s && mkdir -p root/bin root/dev root/usr && "
                   "touch root/ours && tar -cf image.tar -C root .",
                   base);
    cleanup_free char *part = NULL;
    cleanup_close int fd = -1;

    if (faccessat(AT_FDCWD, image, F_OK, 0) < 0)
        assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
    fd = open(image, O_RDONLY | O_CLOEXEC);
    assert_int_equal(staged_hash(fd, image, hex), 0);
    part = staged_part(base, hex, "7");
    assert_int_equal(link(image, part), 0);
}

static ino_t number(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_ino;
}

static void who_unpacks_later_leaves_the_directory_that_is_there(void **state)
{
    cleanup_close int folder = staged_open(base);
    cleanup_free char *path = NULL;
    char hex[STAGED_HEX];
    ino_t first;

    bring(hex);
    assert_int_equal(staged_take(base, hex, true, "7"), 0);
    path = staged_path(base, hex, true);
    first = number(path);
    bring(hex);
    assert_int_equal(staged_take(base, hex, true, "7"), 0);
    assert_string_equal(err_text(), "");
    assert_true(number(path) == first);
}

static void nor_does_he_exchange_it_in_the_last_moment(void **state)
{
    cleanup_close int folder = staged_open(base);
    cleanup_free char *path = NULL, *ours = NULL;
    char hex[STAGED_HEX];

    bring(hex);
    path = staged_path(base, hex, true);
    ours = str_printf("%s/ours", path);
    rival = path;
    assert_int_equal(staged_take(base, hex, true, "7"), 0);
    assert_null(rival);
    assert_true(faccessat(AT_FDCWD, path, F_OK, 0) == 0);
    assert_true(faccessat(AT_FDCWD, ours, F_OK, 0) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            who_unpacks_later_leaves_the_directory_that_is_there, make_base,
            remove_base),
        cmocka_unit_test_setup_teardown(
            nor_does_he_exchange_it_in_the_last_moment, make_base, remove_base),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
