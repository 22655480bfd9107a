// test_fingerprint.c - which tree is it?
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
#include "core/image/fingerprint.h"

struct tree {
    char path[64];
    struct digest quick, content;
};

static void put(const struct tree *tree, const char *name, const char *text)
{
    cleanup_free char *path = str_printf("%s/%s", tree->path, name);
    const struct timespec times[] = { { 1000, 0 }, { 1000, 0 } };
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void look(struct tree *tree)
{
    cleanup_close int dir = open(tree->path, O_RDONLY | O_DIRECTORY);

    assert_int_equal(tree_fingerprint(dir, &tree->quick), 0);
    assert_int_equal(tree_digest(tree->path, &tree->content), 0);
}

static void make(struct tree *tree)
{
    cleanup_free char *dir = NULL;

    snprintf(tree->path, sizeof tree->path, "/tmp/ch-tree.XXXXXX");
    assert_non_null(mkdtemp(tree->path));
    dir = str_printf("%s/etc", tree->path);
    assert_int_equal(mkdir(dir, 0755), 0);
    put(tree, "etc/one", "1");
    put(tree, "two", "22");
    look(tree);
}

static void take_away(const struct tree *tree)
{
    cleanup_free char *command = str_printf("rm -r %s", tree->path);

    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
}

static void the_same_tree_has_the_same_fingerprint(void **state)
{
    struct tree a, again;

    (void)state;
    make(&a);
    again = a;
    look(&again);
    assert_string_equal(a.quick.hex, again.quick.hex);
    assert_string_equal(a.content.hex, again.content.hex);
    take_away(&a);
}

static void a_copy_has_the_same_content_and_another_fingerprint(void **state)
{
    struct tree a, b;

    (void)state;
    make(&a);
    make(&b);
    assert_string_not_equal(a.quick.hex, b.quick.hex);
    assert_string_equal(a.content.hex, b.content.hex);
    take_away(&a);
    take_away(&b);
}

// What was written anew has another time of change, which can't be set.
static void other_bytes_of_the_same_size_and_time_are_seen(void **state)
{
    struct tree a, changed;

    (void)state;
    make(&a);
    changed = a;
    put(&changed, "two", "33");
    look(&changed);
    assert_string_not_equal(a.quick.hex, changed.quick.hex);
    assert_string_not_equal(a.content.hex, changed.content.hex);
    take_away(&a);
}

static void a_file_that_moves_down_or_changes_its_mode_is_seen(void **state)
{
    struct tree a, changed;
    cleanup_free char *from = NULL, *to = NULL;

    (void)state;
    make(&a);
    changed = a;
    from = str_printf("%s/two", a.path);
    to = str_printf("%s/etc/two", a.path);
    assert_int_equal(rename(from, to), 0);
    look(&changed);
    assert_string_not_equal(a.quick.hex, changed.quick.hex);
    assert_string_not_equal(a.content.hex, changed.content.hex);
    a = changed;
    assert_int_equal(chmod(to, 0600), 0);
    look(&changed);
    assert_string_not_equal(a.content.hex, changed.content.hex);
    take_away(&a);
}

// What podman adds to mount on.
static void new_times_of_links_and_empty_files_are_not_seen(void **state)
{
    struct tree a, again;
    cleanup_free char *link = NULL, *empty = NULL;

    (void)state;
    make(&a);
    link = str_printf("%s/link", a.path);
    empty = str_printf("%s/empty", a.path);
    put(&a, "empty", "");
    assert_int_equal(symlink("two", link), 0);
    look(&a);
    again = a;
    assert_int_equal(unlink(link) + unlink(empty), 0);
    assert_int_equal(symlink("two", link), 0);
    fclose(fopen(empty, "w"));
    look(&again);
    assert_string_equal(a.quick.hex, again.quick.hex);
    assert_string_equal(a.content.hex, again.content.hex);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("etc", link), 0);
    look(&again);
    assert_string_not_equal(a.quick.hex, again.quick.hex);
    assert_string_not_equal(a.content.hex, again.content.hex);
    take_away(&a);
}

static void what_is_no_directory_is_an_error(void **state)
{
    struct digest digest;

    (void)state;
    assert_int_equal(tree_digest("/no/such", &digest), -1);
    err_clear();
    assert_int_equal(tree_fingerprint(-1, &digest), -1);
    err_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_tree_has_the_same_fingerprint),
        cmocka_unit_test(a_copy_has_the_same_content_and_another_fingerprint),
        cmocka_unit_test(other_bytes_of_the_same_size_and_time_are_seen),
        cmocka_unit_test(a_file_that_moves_down_or_changes_its_mode_is_seen),
        cmocka_unit_test(new_times_of_links_and_empty_files_are_not_seen),
        cmocka_unit_test(what_is_no_directory_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
