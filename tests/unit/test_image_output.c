// test_image_output.c - unit tests of core/image/output.c and orphan.c.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/image/format.h"
#include "core/image/orphan.h"
#include "core/image/output.h"
#include "core/image/tree.h"

static char base[32];

static int make_base(void **state)
{
    snprintf(base, sizeof base, "/tmp/test_output.XXXXXX");
    return mkdtemp(base) == NULL || chdir(base) < 0;
}

static int remove_base(void **state)
{
    return chdir("/") < 0 || tree_remove(AT_FDCWD, base) < 0;
}

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    close(fd);
}

static void make_image(const char *path)
{
    char name[64];

    assert_int_equal(mkdir(path, 0755), 0);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s/%s", path,
                 (const char *[]){ "bin", "dev", "usr" }[i]);
        assert_int_equal(mkdir(name, 0755), 0);
    }
}

static bool is_there(const char *path)
{
    return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void refused(struct output output, const char *text)
{
    assert_int_equal(output_open(&output), -1);
    assert_non_null(strstr(err_text(), text));
    err_clear();
}

static void a_file_appears_when_it_is_complete(void **state)
{
    struct output output = { .path = "file" };
    char part[NAME_MAX + 1];

    assert_int_equal(output_open(&output), 0);
    snprintf(part, sizeof part, "%s", output.part);
    assert_true(is_there(part));
    assert_false(is_there("file"));
    assert_int_equal(write(output.fd, "text", 4), 4);
    assert_int_equal(output_commit(&output), 0);
    output_close(&output);
    assert_true(is_there("file"));
    assert_false(is_there(part));
}

static void what_is_not_completed_goes(void **state)
{
    struct output file = { .path = "file" };
    struct output dir = { .path = "dir/",
                          .directory = true,
                          .replaceable = format_dir.replaceable };
    char part[NAME_MAX + 1];

    make_file("file");
    assert_int_equal(output_open(&file), 0);
    snprintf(part, sizeof part, "%s", file.part);
    output_close(&file);
    assert_true(is_there("file"));
    assert_false(is_there(part));
    assert_int_equal(output_open(&dir), 0);
    assert_int_equal(mkdirat(dir.fd, "below", 0), 0);
    snprintf(part, sizeof part, "%s", dir.part);
    output_close(&dir);
    assert_false(is_there("dir"));
    assert_false(is_there(part));
}

static void an_image_is_replaced_and_the_old_one_removed(void **state)
{
    struct output output = { .path = "image",
                             .directory = true,
                             .replaceable = format_dir.replaceable };
    char part[NAME_MAX + 1];

    make_image("image");
    make_file("image/old");
    assert_int_equal(output_open(&output), 0);
    snprintf(part, sizeof part, "%s", output.part);
    assert_int_equal(mkdirat(output.fd, "new", 0755), 0);
    assert_true(is_there("image/old"));
    assert_int_equal(output_commit(&output), 0);
    output_close(&output);
    assert_true(is_there("image/new"));
    assert_false(is_there("image/old"));
    assert_false(is_there(part));
}

static void what_became_something_else_meanwhile_is_not_replaced(void **state)
{
    struct output output = { .path = "image",
                             .directory = true,
                             .replaceable = format_dir.replaceable };

    assert_int_equal(output_open(&output), 0);
    assert_int_equal(mkdir("image", 0755), 0);
    make_file("image/precious");
    assert_int_equal(output_commit(&output), -1);
    assert_non_null(strstr(err_text(), "does not appear to be an image"));
    output_close(&output);
    assert_true(is_there("image/precious"));
    err_clear();
}

static void what_may_not_be_replaced_is_refused(void **state)
{
    assert_int_equal(mkdir("full", 0755), 0);
    make_file("full/file");
    make_file("file");
    make_image("image");
    assert_int_equal(symlink("none", "dangling"), 0);
    refused((struct output){ .path = "full",
                             .directory = true,
                             .replaceable = format_dir.replaceable },
            "does not appear to be an image and is not empty: full");
    refused((struct output){ .path = "file",
                             .directory = true,
                             .replaceable = format_dir.replaceable },
            "exists but not a directory: file");
    refused((struct output){ .path = "full" }, "not replaced by a file");
    refused((struct output){ .path = "dangling" }, "not a regular file");
    refused((struct output){ .path = "/dev/null" }, "not a regular file");
    refused((struct output){ .path = "file", .no_clobber = true },
            "exists, not deleting per --no-clobber: file");
    refused((struct output){ .path = "image",
                             .directory = true,
                             .replaceable = format_dir.replaceable,
                             .no_clobber = true },
            "exists, not deleting per --no-clobber: image");
    refused((struct output){ .path = "none/file" }, "not a directory: none");
    refused((struct output){ .path = "" }, "not a name");
    refused((struct output){ .path = "/",
                             .directory = true,
                             .replaceable = format_dir.replaceable },
            "not a name");
}

static void a_link_leads_to_what_is_replaced(void **state)
{
    struct output output = { .path = "link" };
    struct stat st;

    make_file("file");
    assert_int_equal(symlink("file", "link"), 0);
    assert_int_equal(output_open(&output), 0);
    assert_int_equal(write(output.fd, "text", 4), 4);
    assert_int_equal(output_commit(&output), 0);
    output_close(&output);
    assert_int_equal(lstat("link", &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(stat("file", &st), 0);
    assert_int_equal(st.st_size, 4);
}

static void orphans_are_told_by_name_and_lock(void **state)
{
    int fd;

    make_file(".image.part-1");
    make_file(".image.part-2.3");
    make_file(".image.part-4x");
    make_file(".image.part-");
    make_file("image.part-1");
    make_file(".images.part-1");
    assert_int_equal(mkdir(".image.part-5", 0755), 0);
    fd = open(".image.part-1", O_RDONLY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(orphan_remove(AT_FDCWD, "image"), 2);
    assert_true(is_there(".image.part-1"));
    assert_true(is_there(".image.part-4x"));
    assert_true(is_there(".image.part-"));
    assert_true(is_there("image.part-1"));
    close(fd);
    assert_int_equal(output_clean("."), 2);
    assert_false(is_there(".images.part-1"));
    assert_int_equal(output_clean("none"), -1);
    err_clear();
}

static void names_of_full_length_are_made(void **state)
{
    char name[NAME_MAX + 1];
    struct output output = { .path = name };

    memset(name, 'n', NAME_MAX);
    name[NAME_MAX] = '\0';
    make_file(".nnn.part-1");
    assert_int_equal(output_open(&output), 0);
    assert_int_equal(orphan_remove(AT_FDCWD, name), 0);
    assert_int_equal(output_commit(&output), 0);
    output_close(&output);
    assert_true(is_there(name));
    assert_true(is_there(".nnn.part-1"));
}

static void *sweep(void *done)
{
    while (!atomic_load((atomic_bool *)done))
        output_clean(".");
    return NULL;
}

static void what_just_begins_is_not_lost_to_those_who_clean(void **state)
{
    struct output output = { .path = "image", .directory = true };
    atomic_bool done = false;
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, sweep, &done), 0);
    for (int i = 0; i < 500; i++) {
        assert_int_equal(output_open(&output), 0);
        assert_true(is_there(output.part));
        output_close(&output);
    }
    atomic_store(&done, true);
    pthread_join(thread, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_base, remove_base)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_appears_when_it_is_complete),
        TEST(what_is_not_completed_goes),
        TEST(an_image_is_replaced_and_the_old_one_removed),
        TEST(what_became_something_else_meanwhile_is_not_replaced),
        TEST(what_may_not_be_replaced_is_refused),
        TEST(a_link_leads_to_what_is_replaced),
        TEST(orphans_are_told_by_name_and_lock),
        TEST(names_of_full_length_are_made),
        TEST(what_just_begins_is_not_lost_to_those_who_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
