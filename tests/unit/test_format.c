// test_format.c - unit tests of core/image/format.c: which format is meant.
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
#include "core/base/fs.h"
#include "core/image/blob_write.h"
#include "core/image/codec.h"
#include "core/image/format.h"
#include "tests/unit/base_dir.h"

static void touch(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    close(fd);
}

static void make_archive(const char *name, const char *const *members)
{
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    struct blob_writer *writer = blob_write_archive(fd);

    assert_non_null(writer);
    for (; *members != NULL; members++)
        assert_int_equal(blob_put(writer, *members, "text", 4), 0);
    assert_int_equal(blob_writer_finish(writer), 0);
    blob_writer_close(writer);
    close(fd);
}

static int make_places(void **state)
{
    if (make_base(state) != 0 || fchdir(top) < 0)
        return -1;
    make_archive("saved.tar", (const char *[]){ "manifest.json", NULL });
    make_archive("oci.sqfs",
                 (const char *[]){ "oci-layout", "index.json", NULL });
    make_archive("tree.tar", (const char *[]){ "etc/passwd", NULL });
    mkdir("layout", 0755);
    touch("layout/oci-layout");
    touch("layout/index.json");
    mkdir("dir.sqfs", 0755);
    mkdir("a:b", 0755);
    touch("empty");
    return 0;
}

// expect(OPERAND, NAME or NULL, is input, "FORMAT PATH TAG")
static void expect(const char *operand, const char *name, bool is_input,
                   const char *expected)
{
    struct format_place place;
    char got[200];

    if (format_find(operand, name, is_input, &place) < 0)
        fail_msg("%s: %s", operand, err_text());
    snprintf(got, sizeof got, "%s %s %s", place.format->names[0], place.path,
             place.tag != NULL ? place.tag : "-");
    assert_string_equal(got, expected);
    format_place_free(&place);
}

static void refused(const char *operand, const char *name, bool is_input,
                    const char *text)
{
    struct format_place place;

    assert_int_equal(format_find(operand, name, is_input, &place), -1);
    if (strstr(err_text(), text) == NULL)
        fail_msg("%s: %s", operand, err_text());
    err_clear();
    format_place_free(&place);
}

static void an_input_is_told_by_what_it_holds(void **state)
{
    expect("saved.tar", NULL, true, "docker-archive saved.tar -");
    expect("oci.sqfs", NULL, true, "oci-archive oci.sqfs -");
    expect("tree.tar", NULL, true, "tar tree.tar -");
    expect("layout", NULL, true, "oci layout -");
    expect("./layout", NULL, true, "oci ./layout -");
    expect("dir.sqfs", NULL, true, "dir dir.sqfs -");
    expect("a:b", NULL, true, "dir a:b -");
}

static void an_input_that_tells_nothing_is_told_by_its_name(void **state)
{
    touch("empty.tar.gz");
    expect("empty.tar.gz", NULL, true, "tar empty.tar.gz -");
    expect("none.sqfs", NULL, true, "squash none.sqfs -");
    expect("./none", NULL, true, "dir ./none -");
    refused("empty", NULL, true, "can't tell the format of empty");
    refused("none", NULL, true, "can't open none, nor is it in the storage");
}

static void an_output_is_told_by_its_name_and_then_by_what_is_there(
    void **state)
{
    expect("saved.tar", NULL, false, "tar saved.tar -");
    expect("dir.sqfs", NULL, false, "squash dir.sqfs -");
    expect("./layout", NULL, false, "oci ./layout -");
    expect("/none", NULL, false, "dir /none -");
    refused("none", NULL, false, "--out-fmt");
}

static void a_name_in_front_or_by_option_decides(void **state)
{
    expect("tar:layout", NULL, true, "tar layout -");
    expect("layout", "tar", true, "tar layout -");
    expect("tar:layout", "tar", true, "tar layout -");
    expect("dir:tar:x", "dir", false, "dir tar:x -");
    expect("-", NULL, true, "tar - -");
    expect("docker-archive:-", NULL, true, "docker-archive - -");
    refused("layout", "zip", true, "invalid format: zip");
    refused("tar:", NULL, true, "input not specified");
    refused("oci:-", NULL, false, "can't come through a pipe");
}

static void a_tag_stands_behind_what_exists_or_the_first_colon(void **state)
{
    expect("layout:v1", NULL, true, "oci layout v1");
    expect("oci:layout:a.org/b:1", NULL, true, "oci layout a.org/b:1");
    expect("oci:a:b:c", NULL, false, "oci a:b c");
    expect("oci:a:b", NULL, false, "oci a:b -");
    expect("oci:x:b:c", NULL, false, "oci x b:c");
    expect("docker-archive:-:debian:12", NULL, true,
           "docker-archive - debian:12");
    expect("layout:v1", "oci", true, "oci layout v1");
    refused("oci:layout:", NULL, true, "an empty tag");
    refused("empty:v1", NULL, true, "can't open empty:v1");
}

static void codecs_are_those_of_the_format(void **state)
{
    static const char *const allowed[] = { "none", "zstd", NULL };
    struct format_output output = { .level = -1 };
    int level;

    assert_string_equal(format_codec(&output, allowed, "zstd", &level)->name,
                        "zstd");
    assert_int_equal(level, 3);
    output.codec = "gzip";
    assert_null(format_codec(&output, allowed, "zstd", &level));
    assert_non_null(strstr(err_text(), "can have none or zstd, not gzip"));
    output.codec = "zstd";
    output.level = 20;
    assert_null(format_codec(&output, allowed, "none", &level));
    assert_non_null(strstr(err_text(), "levels from 1 to 19, not 20"));
    err_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_input_is_told_by_what_it_holds),
        cmocka_unit_test(an_input_that_tells_nothing_is_told_by_its_name),
        cmocka_unit_test(
            an_output_is_told_by_its_name_and_then_by_what_is_there),
        cmocka_unit_test(a_name_in_front_or_by_option_decides),
        cmocka_unit_test(a_tag_stands_behind_what_exists_or_the_first_colon),
        cmocka_unit_test(codecs_are_those_of_the_format),
    };

    return cmocka_run_group_tests(tests, make_places, remove_base);
}
