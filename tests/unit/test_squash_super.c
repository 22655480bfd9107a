// test_squash_super.c - what is wrong with an image is said in one line.
// SPDX-License-Identifier: MIT
#include "tests/unit/squash_images.h"

#include "core/squash/format.h"

static struct squashfs_super_block good;

static int make_image(void **state)
{
    int fd;

    if (scratch_make(state) != 0)
        return -1;
    shell("mkdir tree && echo content >tree/file && echo more >tree/other");
    pack("tree", "good.sqfs", "");
    fd = open("good.sqfs", O_RDONLY | O_CLOEXEC);
    if (pread(fd, &good, sizeof good, 0) != sizeof good)
        return -1;
    return close(fd);
}

// Opening an image with this super block fails with this text.
static void check(const struct squashfs_super_block *super, const char *text)
{
    char expected[256];
    int fd;

    shell("cp good.sqfs bad.sqfs");
    fd = open("bad.sqfs", O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, super, sizeof *super, 0), sizeof *super);
    close(fd);
    assert_null(open_at("bad.sqfs", 0, 0));
    snprintf(expected, sizeof expected, "can't read image bad.sqfs: %s", text);
    assert_string_equal(err_text(), expected);
}

static void good_image_opens(void **state)
{
    squash_close(open_image("good.sqfs"));
}

static void no_image_says_so(void **state)
{
    struct squashfs_super_block super = good;

    super.s_magic = 0x464c457f;
    check(&super, "not a SquashFS image");
    shell("echo short >short");
    assert_null(open_at("short", 0, 0));
    assert_string_equal(err_text(),
                        "can't read image short: not a SquashFS image");
    assert_null(open_at("tree", 0, 0));
    assert_string_equal(err_text(), "can't read image tree: it is a directory");
    assert_null(open_at("good.sqfs", 1 << 30, 0));
    assert_string_equal(err_text(),
                        "can't read image good.sqfs: not a SquashFS image");
}

static void other_byte_order_says_so(void **state)
{
    struct squashfs_super_block super = good;

    super.s_magic = __builtin_bswap32(super.s_magic);
    check(&super, "a SquashFS in big-endian byte order, which only versions "
                  "before 4.0 had; make it anew");
}

static void other_version_says_so(void **state)
{
    struct squashfs_super_block super = good;

    super.s_major = 3;
    super.s_minor = 1;
    check(&super, "SquashFS version 3.1 is not supported, only 4.0; make the "
                  "image anew");
}

static void unknown_compression_says_so(void **state)
{
    struct squashfs_super_block super = good;

    super.compression = 2;
    check(&super, "compression method 2 is not supported, only gzip, lzo, xz, "
                  "lz4 and zstd");
    super.compression = 7;
    check(&super, "compression method 7 is not supported, only gzip, lzo, xz, "
                  "lz4 and zstd");
}

static void odd_block_size_says_so(void **state)
{
    struct squashfs_super_block super = good;

    super.block_size = 131073;
    check(&super, "damaged: a block size of 131073 bytes");
    super.block_size = 2048;
    super.block_log = 11;
    check(&super, "damaged: a block size of 2048 bytes");
    super.block_size = 2 << 20;
    super.block_log = 21;
    check(&super, "damaged: a block size of 2097152 bytes");
    super.block_log = 200;
    check(&super, "damaged: a block size of 2097152 bytes");
}

static void truncated_image_says_so(void **state)
{
    struct squashfs_super_block super = good;

    super.bytes_used = 1 << 20;
    check(&super, "truncated: 4096 of 1048576 bytes are there; copy it again");
    super.bytes_used = 95;
    check(&super, "damaged: a length of 95 bytes");
}

static void tables_outside_say_so(void **state)
{
    struct squashfs_super_block super = good;

    super.id_table_start = super.bytes_used - 7;
    check(&super, "damaged: the table of owners is not in the image");
    super.id_table_start = 1ULL << 63;
    check(&super, "damaged: the table of owners is not in the image");
    super = good;
    super.no_ids = 0;
    check(&super, "damaged: no table of owners");
    super = good;
    super.fragments = UINT32_MAX;
    check(&super, "damaged: the table of fragments is not in the image");
    super = good;
    super.inode_table_start = super.bytes_used + 1;
    check(&super, "damaged: the table of inodes is not in the image");
    super = good;
    super.directory_table_start = 12;
    check(&super, "damaged: the table of directories is not in the image");
    super = good;
    super.xattr_id_table_start = super.bytes_used - 8;
    check(&super, "damaged: the table of extended attributes");
}

static void bad_root_says_so(void **state)
{
    struct squashfs_super_block super = good;

    super.root_inode = 0xffffffffffff;
    check(&super, "damaged: the root directory");
    super.root_inode = UINT64_MAX;
    check(&super, "damaged: the root directory");
    super.root_inode = 0; // the first inode is a file's
    check(&super, "damaged: the root directory");
}

static void magic_tells_images(void **state)
{
    int fd = open("good.sqfs", O_RDONLY | O_CLOEXEC);

    assert_true(squash_is_image(fd, 0));
    assert_false(squash_is_image(fd, 1));
    assert_false(squash_is_image(fd, 1 << 30));
    close(fd);
    fd = open("tree", O_RDONLY | O_CLOEXEC);
    assert_false(squash_is_image(fd, 0));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_image_opens),
        cmocka_unit_test(no_image_says_so),
        cmocka_unit_test(other_byte_order_says_so),
        cmocka_unit_test(other_version_says_so),
        cmocka_unit_test(unknown_compression_says_so),
        cmocka_unit_test(odd_block_size_says_so),
        cmocka_unit_test(truncated_image_says_so),
        cmocka_unit_test(tables_outside_say_so),
        cmocka_unit_test(bad_root_says_so),
        cmocka_unit_test(magic_tells_images),
    };

    return cmocka_run_group_tests(tests, make_image, scratch_remove);
}
