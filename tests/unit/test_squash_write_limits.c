// test_squash_write_limits.c - unit tests of core/image/squash_write.c: what is
// refused, what fails, what is large.
// SPDX-License-Identifier: MIT
#include "tests/unit/squash_write.h"

static void expect_refusal(const struct image_entry *entries, size_t count,
                           const char *text)
{
    struct fake fake = fake_of(entries, count);
    struct squash_write_options options = { 0 };
    int fd = new_file();

    assert_int_equal(write_to(fd, &fake, &options), -1);
    if (strstr(err_text(), text) == NULL)
        fail_msg("not \"%s\": %s", text, err_text());
    close(fd);
}

static void links_that_lead_nowhere_are_refused(void **state)
{
    const struct image_entry circle[] = {
        { .path = "a", .mode = S_IFLNK | 0777, .target = "b" },
        { .path = "b", .mode = S_IFLNK | 0777, .target = "a" },
        REGULAR("a/c", 10, 1),
    };
    const struct image_entry missing[] = { { .path = "a", .same_as = "b" } };
    const struct image_entry directory[] = { DIRECTORY("d"),
                                             { .path = "a", .same_as = "d" } };
    const struct image_entry file[] = { REGULAR("f", 1, 1),
                                        REGULAR("f/g", 1, 1) };

    expect_refusal(circle, COUNT(circle), strerror(ELOOP));
    expect_refusal(missing, COUNT(missing), "can't link a to b: No such file");
    expect_refusal(directory, COUNT(directory), strerror(EPERM));
    expect_refusal(file, COUNT(file), strerror(ENOTDIR));
}

static void names_and_depth_have_a_limit(void **state)
{
    char name[300], deep[4096], deeper[4096];
    struct image_entry longest = REGULAR(name, 1, 1);
    struct image_entry deepest[] = {
        REGULAR(deep, 1, 1),
        { .path = "l", .mode = S_IFLNK | 0777, .target = deep },
        DIRECTORY(deeper),
    };
    struct squash_write_options options = { 0 };
    int fd;

    memset(name, 'n', sizeof name);
    name[255] = '\0';
    fd = write_image(&longest, 1, &options);
    look(fd, name, 1);
    close(fd);
    name[255] = 'n';
    name[256] = '\0';
    expect_refusal(&longest, 1, strerror(ENAMETOOLONG));

    for (size_t i = 0; i < 4000; i += 2)
        memcpy(deep + i, "d/", 3);
    memcpy(deep + 3998, "f", 2);
    fd = write_image(deepest, 1, &options);
    look(fd, deep, 1);
    close(fd);
    deepest[0] = (struct image_entry)DIRECTORY(deep);
    memcpy(deeper, deep, 4000);
    memcpy(deeper, "l/", 2);
    expect_refusal(deepest, 3, "in one another");
}

static void a_directory_may_have_100000_entries(void **state)
{
    enum { LONG = 100000 };
    struct image_entry *entries = calloc(LONG, sizeof *entries);
    char(*paths)[64] = calloc(LONG, sizeof *paths);
    struct squash_write_options options = { .method = "lz4" };
    int fd;

    for (unsigned i = 0; i < LONG; i++) {
        snprintf(paths[i], sizeof paths[i], "d/a-name-of-some-length-%u",
                 i * 7919 % LONG);
        entries[i] = (struct image_entry){ .path = paths[i],
                                           .mode = S_IFREG | 0644,
                                           .uid = i % 1000 };
    }
    fd = write_image(entries, LONG, &options);
    assert_int_equal(count_entries(fd), LONG + 2);
    assert_int_equal(look(fd, paths[77777], 0).uid, 777);
    close(fd);
    free(entries);
    free(paths);
}

static void more_owners_than_the_format_has_are_refused(void **state)
{
    enum { OWNERS = 65536 };
    struct image_entry *entries = calloc(OWNERS, sizeof *entries);
    char(*paths)[16] = calloc(OWNERS, sizeof *paths);

    for (unsigned i = 0; i < OWNERS; i++) {
        snprintf(paths[i], sizeof paths[i], "%u", i);
        entries[i] = (struct image_entry){ .path = paths[i],
                                           .mode = S_IFREG | 0644,
                                           .uid = i };
    }
    expect_refusal(entries, OWNERS, "can't write owners: too many");
    free(entries);
    free(paths);
}

static void a_file_that_cannot_be_read_is_told(void **state)
{
    struct squash_write_options options = { 0 };
    int fd = new_file();

    make_many();
    for (uint64_t broken = 1; broken < 800; broken += 133) {
        struct fake fake = fake_of(many, MANY);

        fake.broken = broken;
        assert_int_equal(write_to(fd, &fake, &options), -1);
        assert_string_equal(err_text(), "can't read it: Input/output error");
        fake = fake_of(many, MANY);
        fake.broken = broken;
        fake.reader = (struct image_reader){ .ops = &stream_ops };
        assert_int_equal(write_to(fd, &fake, &options), -1);
        assert_string_equal(err_text(), "can't read it: Input/output error");
    }
    close(fd);
}

static void a_full_disk_is_told(void **state)
{
    struct squash_write_options options = { 0 };
    struct rlimit before, limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    signal(SIGXFSZ, SIG_IGN);
    make_many();
    for (rlim_t size = 50; size < 300000; size += 50000) {
        struct fake fake = fake_of(many, MANY);
        int fd = new_file();

        limit.rlim_cur = size;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        assert_int_equal(write_to(fd, &fake, &options), -1);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_string_equal(err_text(),
                            "can't write the image: File too large");
        close(fd);
    }
}

static void a_writer_may_be_closed_at_any_time(void **state)
{
    struct squash_write_options options = { 0 };

    make_many();
    for (size_t count = 0; count < MANY; count += 333) {
        struct fake fake = fake_of(many, MANY);
        int fd = new_file();
        struct image_writer *writer = image_write_squash(fd, &options, NULL);

        assert_non_null(writer);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(writer->ops->put(writer, &many[i], &fake.reader),
                             0);
        image_writer_close(&writer);
        close(fd);
    }
}

static void options_that_cannot_be_are_refused(void **state)
{
    static const struct {
        struct squash_write_options options;
        const char *text;
    } rows[] = {
        { { .method = "brotli" }, "no compression method \"brotli\"" },
        { { .method = "zstd", .level = 23 }, "zstd has no level 23, but 1" },
        { { .method = "gzip", .level = -1 }, "gzip has no level -1" },
        { { .block_size = 2048 }, "a block size of 2048" },
        { { .block_size = 5000 }, "a block size of 5000" },
        { { .block_size = 2 << 20 }, "a block size of 2097152" },
    };
    int fd = new_file();

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_null(image_write_squash(fd, &rows[i].options, NULL));
        if (strstr(err_text(), rows[i].text) == NULL)
            fail_msg("not \"%s\": %s", rows[i].text, err_text());
    }
    close(fd);
}

static void a_file_of_terabytes_is_refused(void **state)
{
    const struct image_entry entries[] = { REGULAR("a", 1ULL << 62, 0) };
    struct fake fake = fake_of(entries, 1);
    struct squash_write_options options = { 0 };
    int fd = new_file();

    assert_int_equal(write_to(fd, &fake, &options), -1);
    assert_non_null(strstr(err_text(), "4611686018427387904 bytes"));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_that_lead_nowhere_are_refused),
        cmocka_unit_test(names_and_depth_have_a_limit),
        cmocka_unit_test(a_directory_may_have_100000_entries),
        cmocka_unit_test(more_owners_than_the_format_has_are_refused),
        cmocka_unit_test(a_file_that_cannot_be_read_is_told),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(a_writer_may_be_closed_at_any_time),
        cmocka_unit_test(options_that_cannot_be_are_refused),
        cmocka_unit_test(a_file_of_terabytes_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
