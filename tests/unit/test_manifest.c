// test_manifest.c - unit tests of core/image/manifest*.c, layout_write.c and
// blob_write.c: of what an image of layers consists, written and read.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/image/copy.h"
#include "core/image/layout_write.h"
#include "core/image/manifest.h"
#include "core/image/manifest_write.h"
#include "core/image/members.h"
#include "tests/unit/base_dir.h"
#include "tests/unit/fake_reader.h"

#define GIB ((off_t)1 << 30)

static const struct image_entry tree[] = { DIR_ENTRY(""), DIR_ENTRY("d") };

// Write the tree as an image of that kind.
static void make(enum layout_kind kind, struct blob_writer *blobs,
                 const char *tag, const char *platform)
{
    struct image_config config = { 0 };
    struct layout_write_options options = { .kind = kind,
                                            .tag = tag,
                                            .platform = platform,
                                            .config = &config,
                                            .dir = -1,
                                            .pack.threads = 1 };
    struct fake_reader reader = FAKE(tree);
    struct copied copied;

    options.pack.codec = codec_named("none");

    cleanup_writer struct image_writer *writer =
        image_write_layout(blobs, &options);

    assert_non_null(writer);
    if (image_copy(&reader.reader, writer, COPY_NO_DEVICES, &copied) < 0)
        fail_msg("%s", err_text());
}

static int make_layout(const char *name, const char *tag, const char *platform)
{
    int dir;

    assert_int_equal(mkdirat(top, name, 0755), 0);
    dir = openat(top, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    make(LAYOUT_OCI, blob_write_dir(dir), tag, platform);
    return dir;
}

static int choose(int dir, const char *tag, const char *platform,
                  struct manifest *manifest)
{
    cleanup_blobs struct blobs *blobs = blobs_open_dir(dir);
    struct image_choice choice = { .tag = tag, .platform = platform };

    return manifest_read(blobs, &choice, manifest);
}

static void refused(int dir, const char *tag, const char *platform,
                    const char *text)
{
    struct manifest manifest;

    assert_int_equal(choose(dir, tag, platform, &manifest), -1);
    if (strstr(err_text(), text) == NULL)
        fail_msg("%s", err_text());
    err_clear();
}

static void what_is_written_is_read_by_tag_and_platform(void **state)
{
    cleanup_close int dir = make_layout("oci", "a.org/b:1", "linux/arm/v7");
    struct manifest manifest;

    assert_int_equal(choose(dir, NULL, NULL, &manifest), 0);
    assert_int_equal(manifest.count, 1);
    assert_true(str_starts(manifest.layers[0].name, "blobs/sha256/"));
    assert_string_equal(json_get_string(manifest.config, "variant"), "v7");
    manifest_free(&manifest);
    assert_int_equal(choose(dir, "b:1", "arm", &manifest), 0);
    manifest_free(&manifest);
    refused(dir, "b:2", NULL, "no image has the tag b:2 in it: a.org/b:1");
    refused(dir, NULL, "arm64", "no image for arm64 is in it: linux/arm");
}

// Blanks behind a document leave it a document, but of another digest.
static void append_blanks(int dir)
{
    int fd = openat(dir, "blobs/sha256", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *blobs = fdopendir(fd);
    const struct dirent *entry;

    assert_non_null(blobs);
    while ((entry = readdir(blobs)) != NULL) {
        cleanup_close int file =
            openat(fd, entry->d_name, O_RDWR | O_APPEND | O_CLOEXEC);
        char first;

        if (file >= 0 && read(file, &first, 1) == 1 && first == '{')
            assert_int_equal(write(file, " ", 1), 1);
    }
    closedir(blobs);
}

static void documents_are_verified(void **state)
{
    cleanup_close int dir = make_layout("damaged", NULL, NULL);

    append_blanks(dir);
    refused(dir, NULL, NULL, "damaged: blobs/sha256/");
}

static void docker_archives_are_read_by_their_list(void **state)
{
    cleanup_close int fd = memfd_create("archive", MFD_CLOEXEC);
    struct image_choice choice = { .tag = "debian:12" };
    struct image_choice none = { .tag = "debian:13" };
    struct manifest manifest;
    bool other;

    make(LAYOUT_DOCKER, blob_write_archive(fd), "debian:12", NULL);

    cleanup_blobs struct blobs *blobs = blobs_open_archive(fd, &other);

    assert_int_equal(layout_archive_kind(fd), LAYOUT_DOCKER);
    assert_int_equal(manifest_read(blobs, &choice, &manifest), 0);
    assert_int_equal(manifest.count, 1);
    assert_true(manifest.layers[0].unpacked);
    manifest_free(&manifest);
    assert_int_equal(manifest_read(blobs, &none, &manifest), -1);
    assert_non_null(strstr(err_text(), "in it: debian:12"));
    err_clear();
}

static void a_member_may_be_larger_than_octal_digits_tell(void **state)
{
    cleanup_close int fd = openat(top, "large", O_RDWR | O_CREAT, 0644);
    struct blob_writer *writer = blob_write_archive(fd);
    struct member member;
    bool other;

    assert_int_equal(blob_begin(writer), fd);
    assert_true(lseek(fd, 9 * GIB, SEEK_CUR) > 0);
    assert_int_equal(blob_end(writer, "manifest.json"), 0);
    assert_int_equal(blob_put(writer, "version", "text", 4), 0);
    assert_int_equal(blob_writer_finish(writer), 0);
    blob_writer_close(writer);

    struct members *members = members_read(fd, &other);

    assert_true(members_find(members, "manifest.json", &member));
    assert_int_equal(member.size, 9 * GIB);
    assert_true(members_find(members, "version", &member));
    assert_int_equal(member.size, 4);
    members_free(members);
}

static void a_tag_of_the_same_name_gives_way_in_an_index(void **state)
{
    struct image_blob blob = { .type = TYPE_MANIFEST, .size = 1 };
    cleanup_json struct json *one = NULL, *two = NULL, *three = NULL;

    assert_int_equal(digest_parse("sha256:0123456789012345678901234567890123456"
                                  "789012345678901234567890123",
                                  &blob.digest),
                     0);
    one = manifest_index(NULL, &blob, "a");
    blob.size = 2;
    two = manifest_index(one, &blob, "b");
    blob.size = 3;
    three = manifest_index(two, &blob, "a");
    assert_true(manifest_index_has(two, "a"));
    assert_false(manifest_index_has(one, "b"));

    cleanup_free char *text = json_text(three, false);

    assert_null(strstr(text, "\"size\":1"));
    assert_non_null(strstr(text, "\"size\":2"));
    assert_non_null(strstr(text, "\"size\":3"));
}

static void names_are_meant_by_their_ends(void **state)
{
    static const struct {
        const char *name, *tag;
        bool meant;
    } rows[] = {
        { "latest", "latest", true },
        { "a.org/b/c:1", "a.org/b/c:1", true },
        { "a.org/b/c:1", "c:1", true },
        { "a.org/b/c:1", "1", true },
        { "a.org/b/c:latest", "b/c", true },
        { "c:latest", "c", true },
        { "a.org/b/c:1", "b/c", false },
        { "a.org/b/c:11", "1", false },
        { "a.org:80/b", "80/b", false },
        { "name", "", false },
        { "xname", "name", false },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (manifest_is_meant(rows[i].name, rows[i].tag) != rows[i].meant)
            fail_msg("%s %s", rows[i].name, rows[i].tag);
}

static void names_for_docker_are_complete_and_sound(void **state)
{
    static const struct {
        const char *text, *reference; // NULL: none
    } rows[] = {
        { "debian", "debian:latest" },
        { "debian:12", "debian:12" },
        { "Host.org:5000/a/b", "Host.org:5000/a/b:latest" },
        { "host:5000/a_b:X-1", "host:5000/a_b:X-1" },
        { "a b", NULL },
        { "Debian", NULL },
        { "debian:", NULL },
        { "debian:a/", NULL },
        { ":12", NULL },
        { "debian:1:2", NULL },
        { "debian@sha256:12", NULL },
        { "", NULL },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cleanup_free char *got = manifest_reference(rows[i].text);

        if ((got == NULL) != (rows[i].reference == NULL) ||
            (got != NULL && strcmp(got, rows[i].reference) != 0))
            fail_msg("%s: %s", rows[i].text, got != NULL ? got : "none");
        err_clear();
    }
    assert_int_equal(manifest_check_tag("a.org/b:1"), 0);
    assert_int_equal(manifest_check_tag("a b"), -1);
    err_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_by_tag_and_platform),
        cmocka_unit_test(documents_are_verified),
        cmocka_unit_test(docker_archives_are_read_by_their_list),
        cmocka_unit_test(a_member_may_be_larger_than_octal_digits_tell),
        cmocka_unit_test(a_tag_of_the_same_name_gives_way_in_an_index),
        cmocka_unit_test(names_are_meant_by_their_ends),
        cmocka_unit_test(names_for_docker_are_complete_and_sound),
    };

    return cmocka_run_group_tests(tests, make_base, remove_base);
}
