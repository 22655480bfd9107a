// test_squash_write.c - unit tests of core/image/squash_write.c and of what it
// stands on in core/squash: trees of the test's own are written as images and
// read back.
// SPDX-License-Identifier: MIT
#include "core/squash/compressor.h"
#include "tests/unit/squash_write.h"

static const struct image_xattr xattrs[] = {
    { "user.one", "1", 1 },
    { "security.capability", "\1\2\3", 3 },
    { "system.posix_acl_access", "x", 1 },
};

static const struct image_entry mixed[] = {
    DIRECTORY(""),
    DIRECTORY("d"),
    REGULAR("d/less", BLOCK - 1, 1),
    REGULAR("d/block", BLOCK, 2),
    REGULAR("d/more", BLOCK + 1, 3),
    REGULAR("d/large", 5 * BLOCK + 77, 4),
    REGULAR("d/empty", 0, 5),
    REGULAR("d/one", 1, 6),
    REGULAR("d/small", 3000, 7),
    { .path = "fifo", .mode = S_IFIFO | 0600, .uid = 7, .gid = 8 },
    { .path = "socket", .mode = S_IFSOCK | 0600 },
    { .path = "link", .mode = S_IFLNK | 0777, .target = "d/one" },
    { .path = "hard", .same_as = "d/small" },
    { .path = "attributes",
      .mode = S_IFREG | 04711,
      .uid = 1000000,
      .gid = 70000,
      .size = 10,
      .id = 8,
      .xattrs = xattrs,
      .xattr_count = COUNT(xattrs) },
};

static void check_mixed(int fd)
{
    struct image_entry entry;

    assert_int_equal(count_entries(fd), COUNT(mixed));
    for (size_t i = 0; i < COUNT(mixed); i++) {
        const struct image_entry *was = &mixed[i];

        if (was->same_as != NULL)
            continue;
        entry = look(fd, was->path, was->id);
        assert_int_equal(entry.mode, was->mode);
        assert_int_equal(entry.uid, was->uid);
        assert_int_equal(entry.gid, was->gid);
        assert_int_equal(entry.mtime.tv_sec, was->mtime.tv_sec);
        if (S_ISREG(was->mode))
            assert_int_equal(entry.size, was->size);
    }
}

static void what_was_written_is_read_back(void **state)
{
    static const char *const methods[] = { "gzip", "xz", "lz4", "zstd" };

    for (size_t i = 0; i < COUNT(methods); i++) {
        struct squash_write_options options = { .method = methods[i] };
        int fd = write_image(mixed, COUNT(mixed), &options);

        check_mixed(fd);
        assert_int_equal(size_of(fd) % 4096, 0);
        close(fd);
    }
}

static void all_sizes_of_blocks_are_read_back(void **state)
{
    for (uint32_t size = 4096; size <= 1 << 20; size *= 4) {
        struct squash_write_options options = { .block_size = size };
        int fd = write_image(mixed, COUNT(mixed), &options);

        check_mixed(fd);
        close(fd);
    }
}

static void attributes_are_kept_but_for_lists_of_access(void **state)
{
    struct squash_write_options options = { 0 };
    int fd = write_image(mixed, COUNT(mixed), &options);

    assert_int_equal(look(fd, "attributes", 8).xattr_count, 2);
    assert_int_equal(look(fd, "d/one", 6).xattr_count, 0);
    close(fd);
}

static void threads_and_readers_do_not_change_a_byte(void **state)
{
    struct squash_write_options options = { .has_time = true, .threads = 1 };
    int one, four;

    make_many();
    one = write_image(many, MANY, &options);
    options.threads = 4;
    four = write_image(many, MANY, &options);
    assert_same_bytes(one, four);
    assert_int_equal(count_entries(one), MANY + 17 + 1);
    for (unsigned i = 0; i < MANY; i += 61)
        look(one, names[i], many[i].id);
    close(one);
    close(four);
}

static void a_stream_makes_the_image_that_parts_make(void **state)
{
    struct squash_write_options options = { .has_time = true };
    struct fake fake;
    int parts, stream = new_file();

    make_many();
    parts = write_image(many, MANY, &options);
    fake = fake_of(many, MANY);
    fake.reader = (struct image_reader){ .ops = &stream_ops };
    assert_int_equal(write_to(stream, &fake, &options), 0);
    assert_same_bytes(parts, stream);
    close(parts);
    close(stream);
}

static void what_is_equal_is_stored_once(void **state)
{
    const struct image_entry once[] = { REGULAR("a", 9 * BLOCK + 1, 1),
                                        REGULAR("b", 3000, 2) };
    const struct image_entry thrice[] = {
        REGULAR("a", 9 * BLOCK + 1, 1),  REGULAR("b", 3000, 2),
        REGULAR("a2", 9 * BLOCK + 1, 1), REGULAR("b2", 3000, 2),
        REGULAR("a3", 9 * BLOCK + 1, 1), REGULAR("b3", 3000, 2),
    };
    struct squash_write_options options = { 0 };
    int one = write_image(once, COUNT(once), &options);
    int three = write_image(thrice, COUNT(thrice), &options);

    assert_true(size_of(three) <= size_of(one) + 4096);
    look(three, "a3", 1);
    look(three, "b3", 2);
    close(one);
    close(three);
}

static void a_beginning_that_is_equal_is_not_all(void **state)
{
    const struct image_entry entries[] = {
        REGULAR("a", 2 * BLOCK, 1), REGULAR("b", 3 * BLOCK, 1),
        REGULAR("c", 2 * BLOCK, 1), REGULAR("d", 2 * BLOCK - 1, 1),
        REGULAR("e", 100, 1),       REGULAR("f", 101, 1),
    };
    struct squash_write_options options = { 0 };
    int fd = write_image(entries, COUNT(entries), &options);

    for (size_t i = 0; i < COUNT(entries); i++)
        assert_int_equal(look(fd, entries[i].path, 1).size, entries[i].size);
    close(fd);
}

static void holes_take_no_room(void **state)
{
    const struct image_entry entries[] = { REGULAR("a", 1UL << 30, 0),
                                           REGULAR("b", 100, 1),
                                           REGULAR("c", (1UL << 20) + 1, 0) };
    struct squash_write_options options = { 0 };
    int fd = write_image(entries, COUNT(entries), &options);

    assert_int_equal(look(fd, "a", 0).size, 1UL << 30);
    assert_int_equal(look(fd, "c", 0).size, (1UL << 20) + 1);
    assert_true(size_of(fd) <= 8192);
    close(fd);
}

static void entries_come_in_any_order(void **state)
{
    const struct image_entry entries[] = {
        REGULAR("a/b/c", 10, 1),
        REGULAR("x", 10, 2),
        { .path = "a", .mode = S_IFDIR | 0700 },
        { .path = "lib", .mode = S_IFLNK | 0777, .target = "/usr/lib" },
        REGULAR("lib/below", 10, 3),
        { .path = "usr/up", .mode = S_IFLNK | 0777, .target = "../a/b" },
        REGULAR("usr/up/d", 10, 4),
        REGULAR("x", 11, 5),
        { .path = "hard", .same_as = "lib/below" },
        { .path = "hard", .same_as = "lib/below" },
    };
    struct squash_write_options options = { 0 };
    int fd = write_image(entries, COUNT(entries), &options);

    assert_int_equal(look(fd, "a", 0).mode, S_IFDIR | 0700);
    look(fd, "a/b/c", 1);
    look(fd, "a/b/d", 4);
    assert_int_equal(look(fd, "x", 5).size, 11);
    assert_int_equal(count_entries(fd), 12);
    close(fd);
}

static void what_is_replaced_is_gone(void **state)
{
    const struct image_entry entries[] = {
        REGULAR("a/b/c", 10, 1),
        { .path = "hard", .same_as = "a/b/c" },
        REGULAR("a", 10, 2), // for a directory
        REGULAR("x", 10, 3),
        DIRECTORY("x"), // for a file
        REGULAR("x/y", 10, 4),
        { .path = "l", .mode = S_IFLNK | 0777, .target = "x" },
        REGULAR("l/w", 10, 7),
        DIRECTORY("l"),
        REGULAR("l/z", 10, 5),
        REGULAR("gone", 10, 6),
        { .path = "gone", .same_as = "hard" },
    };
    struct squash_write_options options = { 0 };
    int fd = write_image(entries, COUNT(entries), &options);

    look(fd, "a", 2);
    look(fd, "x/y", 4);
    look(fd, "x/w", 7);
    look(fd, "l/z", 5);
    assert_int_equal(look(fd, "gone", 1).size, 10);
    assert_int_equal(count_entries(fd), 9);
    close(fd);
}

static void an_empty_image_has_a_root(void **state)
{
    struct squash_write_options options = { .has_time = true, .time = 99 };
    int fd = write_image(NULL, 0, &options);

    assert_int_equal(count_entries(fd), 1);
    assert_int_equal(look(fd, "", 0).mode, S_IFDIR | 0755);
    assert_int_equal(look(fd, "", 0).mtime.tv_sec, 0);
    close(fd);
}

// By the tool of those who made the format, where it is installed.
static void unsquashfs_reads_it(void **state)
{
    static const char *const methods[] = { "gzip", "xz", "lz4", "zstd" };
    char command[512];

    if (system("unsquashfs -version >/dev/null 2>&1") == 127 << 8)
        skip();
    make_many();
    for (size_t i = 0; i < COUNT(methods); i++) {
        struct squash_write_options options = { .method = methods[i] };
        int fd = write_image(many, MANY, &options);

        snprintf(command, sizeof command,
                 "d=$(mktemp -d) && unsquashfs -q -n -d $d/u /proc/%d/fd/%d "
                 ">$d/out 2>&1 && test $(find $d/u -type f | wc -l) = %d; "
                 "s=$?; rm -rf $d; exit $s",
                 getpid(), fd, MANY);
        assert_int_equal(system(command), 0);
        close(fd);
    }
}

// The kernel wants no more of the device when it has all data of a block.
static void blocks_of_zstd_end_with_their_data(void **state)
{
    enum { DESCRIPTOR = 4, HAS_CHECKSUM = 1 << 2 }; // RFC 8878, 3.1.1.1.1
    static uint8_t in[BLOCK], out[BLOCK];
    struct iovec block = { in, sizeof in };
    struct compressor compressor = { .block_size = BLOCK };

    assert_int_equal(compressor_init(&compressor, "zstd", 0), 0);

    void *packer = compressor_start(&compressor);

    assert_true(compressor_pack(&compressor, packer, block, out) > DESCRIPTOR);
    assert_int_equal(out[DESCRIPTOR] & HAS_CHECKSUM, 0);
    compressor_end(&compressor, packer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(all_sizes_of_blocks_are_read_back),
        cmocka_unit_test(attributes_are_kept_but_for_lists_of_access),
        cmocka_unit_test(threads_and_readers_do_not_change_a_byte),
        cmocka_unit_test(a_stream_makes_the_image_that_parts_make),
        cmocka_unit_test(what_is_equal_is_stored_once),
        cmocka_unit_test(a_beginning_that_is_equal_is_not_all),
        cmocka_unit_test(holes_take_no_room),
        cmocka_unit_test(entries_come_in_any_order),
        cmocka_unit_test(what_is_replaced_is_gone),
        cmocka_unit_test(an_empty_image_has_a_root),
        cmocka_unit_test(unsquashfs_reads_it),
        cmocka_unit_test(blocks_of_zstd_end_with_their_data),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
