// test_staged_image.c - a root filesystem as an image in the stage, once.
// wrap: convert
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/convert.h"
#include "core/image/tree.h"
#include "core/slurm/staged_image.h"

struct place {
    char path[64];
    char *rootfs;
    struct stage stage;
};

// What somebody writes to the tree while the image is made.
static const char *meanwhile;
static const char *written;

int __real_convert(const struct conversion *plan,
                   struct conversion_result *result);

static void put(const char *rootfs, const char *text)
{
    cleanup_free char *path = str_printf("%s/file", rootfs);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

int __wrap_convert(const struct conversion *plan,
                   struct conversion_result *result)
{
    int status = __real_convert(plan, result);

    if (meanwhile != NULL)
        put(written, meanwhile);
    return status;
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    snprintf(place->path, sizeof place->path, "/tmp/ch-staged.XXXXXX");
    assert_non_null(mkdtemp(place->path));
    place->rootfs = str_printf("%s/root", place->path);
    assert_int_equal(mkdir(place->rootfs, 0755), 0);
    put(place->rootfs, "one");
    assert_int_equal(stage_open(&place->stage, place->path), 0);
    meanwhile = NULL;
    written = place->rootfs;
    *state = place;
    return 0;
}

static int take_down(void **state)
{
    struct place *place = *state;

    stage_close(&place->stage);
    assert_int_equal(tree_remove(AT_FDCWD, place->path), 0);
    free(place->rootfs);
    free(place);
    return 0;
}

// Files in a folder of the stage.
static unsigned count(const struct place *place, const char *folder)
{
    DIR *list = fdopendir(stage_folder(&place->stage, folder));
    struct dirent *entry;
    unsigned found = 0;

    while ((entry = readdir(list)) != NULL)
        found += entry->d_name[0] != '.';
    closedir(list);
    return found;
}

static void what_is_made_is_used_again(void **state)
{
    struct place *place = *state;
    cleanup_free char *first = staged_image(&place->stage, place->rootfs);
    cleanup_free char *again = staged_image(&place->stage, place->rootfs);

    assert_non_null(first);
    assert_string_equal(first, again);
    assert_int_equal(count(place, STAGE_IMAGES), 1);
    assert_int_equal(count(place, STAGE_KEYS), 1);
}

static void a_tree_that_changes_meanwhile_is_no_image(void **state)
{
    struct place *place = *state;

    meanwhile = "two";
    assert_null(staged_image(&place->stage, place->rootfs));
    assert_non_null(strstr(err_text(), "was changed while an image of it"));
    err_clear();
    assert_int_equal(count(place, STAGE_IMAGES), 0);
    assert_int_equal(count(place, STAGE_KEYS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_made_is_used_again, set_up,
                                        take_down),
        cmocka_unit_test_setup_teardown(
            a_tree_that_changes_meanwhile_is_no_image, set_up, take_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
