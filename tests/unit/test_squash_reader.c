// test_squash_reader.c - what was packed is what is read.
// SPDX-License-Identifier: MIT
#include "tests/unit/squash_images.h"

#include <sys/sysmacros.h>
#include <sys/xattr.h>

static const char *const methods[] = { "gzip", "lzo", "xz", "lz4", "zstd" };
static const char *const sizes[] = { "4K", "128K", "1M" };

static char long_name[256];

static int make_tree(void **state)
{
    if (scratch_make(state) != 0)
        return -1;
    memset(long_name, 'n', sizeof long_name - 1);
    shell("mkdir tree tree/dir tree/dir/sub && cd tree && "
          "seq 1 400000 >numbers && head -c 3000000 /dev/urandom >random && "
          "truncate -s 5M sparse && printf x | dd of=sparse bs=1 seek=3000000 "
          "conv=notrunc status=none && : >empty && echo small >dir/small && "
          "head -c 131072 numbers >whole && head -c 4096 numbers >page && "
          "ln dir/small dir/sub/hard && ln -s ../dir/small dir/link && "
          "touch -d @1234567890 dir/small && chmod 4751 page && "
          "chmod 1777 dir && echo long >%s",
          long_name);
    return 0;
}

// Every entry below both is the same.
static void compare(struct squash *image, uint64_t id, const char *path,
                    size_t step)
{
    struct squash_dir *dir = squash_dir_open(image, id);

    assert_non_null(dir);
    for (uint32_t i = 0; i < squash_dir_count(dir); i++) {
        struct squash_entry entry;
        struct squash_node node;
        char child[4096], link[4096];
        struct stat st;

        squash_dir_entry(dir, i, &entry);
        snprintf(child, sizeof child, "%s/%s", path, entry.name);
        assert_int_equal(lstat(child, &st), 0);
        assert_int_equal(squash_stat(image, entry.id, &node), 0);
        assert_int_equal(node.st.st_mode, st.st_mode);
        assert_int_equal(node.st.st_mode & S_IFMT, entry.type);
        assert_int_equal(node.st.st_ino, entry.ino);
        assert_int_equal(node.st.st_uid, st.st_uid);
        assert_int_equal(node.st.st_gid, st.st_gid);
        assert_int_equal(node.st.st_mtime, st.st_mtime);
        assert_int_equal(node.st.st_nlink, st.st_nlink);
        if (S_ISDIR(st.st_mode)) {
            compare(image, entry.id, child, step);
        } else if (S_ISLNK(st.st_mode)) {
            ssize_t n = readlink(child, link, sizeof link);
            char target[4096];

            assert_int_equal(
                squash_readlink(image, entry.id, target, sizeof target), n);
            assert_memory_equal(target, link, n);
        } else {
            size_t size;
            char *expected = file_content(child, &size);
            char *bytes = content(image, &node, step);

            assert_int_equal(node.st.st_size, size);
            assert_memory_equal(bytes, expected, size);
            free(expected);
            free(bytes);
        }
    }
    squash_dir_close(image, dir);
}

static void trees_are_the_same_in_all_formats(void **state)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            char options[64];
            struct squash *image;

            snprintf(options, sizeof options, "-comp %s -b %s", methods[i],
                     sizes[j]);
            pack("tree", "tree.sqfs", options);
            image = open_at("tree.sqfs", 0, 4 << 20);
            assert_non_null(image);
            compare(image, squash_root(image), "tree", 128 << 10);
            compare(image, squash_root(image), "tree", 12345);
            squash_close(image);
        }
    }
}

static void options_of_mksquashfs_do_not_matter(void **state)
{
    static const char *const all[] = {
        "-noI -noD -noF", "-no-fragments", "-always-use-fragments",
        "-no-xattrs",     "-no-exports",   "-no-duplicates",
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct squash *image;

        pack("tree", "tree.sqfs", all[i]);
        image = open_image("tree.sqfs");
        compare(image, squash_root(image), "tree", 1 << 20);
        squash_close(image);
    }
}

static void expect_data(struct squash *image, uint64_t offset, uint64_t size,
                        uint64_t from, uint64_t length)
{
    struct squash_range range = { node_at(image, "sparse").id, offset, size };
    struct squash_range data;

    assert_int_equal(squash_find_data(image, &range, &data), 0);
    assert_int_equal(data.size, length);
    if (length > 0)
        assert_int_equal(data.offset, from);
}

// A byte in the 23rd block of 128 KiB, which begins at 2883584.
static void blocks_of_zeros_are_holes(void **state)
{
    struct squash *image;

    pack("tree", "tree.sqfs", "-b 128K");
    image = open_image("tree.sqfs");
    expect_data(image, 0, 5 << 20, 2883584, 131072);
    expect_data(image, 2900000, 1000, 2900000, 1000);
    expect_data(image, 3000000, 5 << 20, 3000000, 14656);
    expect_data(image, 3014656, 5 << 20, 0, 0);
    expect_data(image, 5 << 20, 5 << 20, 0, 0);
    squash_close(image);
}

static void image_may_start_anywhere(void **state)
{
    struct squash *image;

    pack("tree", "tree.sqfs", "");
    shell("(head -c 777 /dev/zero; cat tree.sqfs) >shifted.sqfs");
    assert_null(open_at("shifted.sqfs", 0, 0));
    image = open_at("shifted.sqfs", 777, 0);
    assert_non_null(image);
    compare(image, squash_root(image), "tree", 1 << 20);
    squash_close(image);
}

static void hard_links_are_one_node(void **state)
{
    struct squash *image = open_image("tree.sqfs");
    struct squash_node first = node_at(image, "dir/small");
    struct squash_node second = node_at(image, "dir/sub/hard");

    assert_int_equal(first.id, second.id);
    assert_int_equal(first.st.st_nlink, 2);
    squash_close(image);
}

static void special_files_keep_their_kind(void **state)
{
    struct squash *image;
    struct squash_node node;

    pack("tree", "special.sqfs",
         "-p 'null c 666 1 2 1 3' -p 'disk b 600 0 6 259 1048575' "
         "-p 'pipe i 640 0 0 f' -p 'sock i 600 0 0 s'");
    image = open_image("special.sqfs");
    node = node_at(image, "null");
    assert_int_equal(node.st.st_mode, S_IFCHR | 0666);
    assert_int_equal(node.st.st_rdev, makedev(1, 3));
    assert_int_equal(node.st.st_uid, 1);
    assert_int_equal(node.st.st_gid, 2);
    node = node_at(image, "disk");
    assert_int_equal(node.st.st_mode, S_IFBLK | 0600);
    assert_int_equal(node.st.st_rdev, makedev(259, 1048575));
    node = node_at(image, "pipe");
    assert_int_equal(node.st.st_mode, S_IFIFO | 0640);
    node = node_at(image, "sock");
    assert_int_equal(node.st.st_mode, S_IFSOCK | 0600);
    assert_int_equal(squash_read(image, node.id, 0, (struct iovec){ &node, 1 }),
                     -1);
    assert_int_equal(errno, EINVAL);
    squash_close(image);
}

static void names_that_are_not_there_are_enoent(void **state)
{
    static const char *const names[] = { "",  "a",    "zzz",   "dir/small",
                                         ".", "empt", "emptyy" };
    struct squash *image = open_image("tree.sqfs");
    struct squash_node node;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(
            squash_lookup(image, squash_root(image), names[i], &node), -1);
        assert_int_equal(errno, ENOENT);
    }
    node_at(image, long_name);
    node = node_at(image, "empty");
    assert_int_equal(squash_lookup(image, node.id, "x", &node), -1);
    assert_int_equal(errno, ENOTDIR);
    squash_close(image);
}

static void reads_of_the_wrong_kind_fail(void **state)
{
    struct squash *image = open_image("tree.sqfs");
    struct squash_node dir = node_at(image, "dir");
    struct squash_node link = node_at(image, "dir/link");
    char bytes[64];

    assert_int_equal(squash_read(image, dir.id, 0, (struct iovec){ bytes, 64 }),
                     -1);
    assert_int_equal(errno, EISDIR);
    assert_int_equal(squash_readlink(image, dir.id, bytes, 64), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(squash_readlink(image, link.id, bytes, 12), -1);
    assert_int_equal(errno, ENAMETOOLONG);
    assert_int_equal(squash_readlink(image, link.id, bytes, 13), 12);
    assert_string_equal(bytes, "../dir/small");
    squash_close(image);
}

static void reads_behind_the_end_are_empty(void **state)
{
    struct squash *image = open_image("tree.sqfs");
    struct squash_node node = node_at(image, "numbers");
    uint64_t size = (uint64_t)node.st.st_size;
    char bytes[64];

    assert_int_equal(
        squash_read(image, node.id, size - 3, (struct iovec){ bytes, 64 }), 3);
    assert_memory_equal(bytes, "00\n", 3);
    assert_int_equal(
        squash_read(image, node.id, size, (struct iovec){ bytes, 64 }), 0);
    assert_int_equal(
        squash_read(image, node.id, INT64_MAX, (struct iovec){ bytes, 64 }), 0);
    squash_close(image);
}

static void huge_directory_is_searched(void **state)
{
    struct squash *image;
    struct squash_node node;
    struct squash_dir *dir;

    shell("mkdir -p huge && cd huge && seq -f 'entry-%%06.0f' 0 99999 | "
          "xargs touch");
    pack("huge", "huge.sqfs", "");
    shell("rm -r huge");
    image = open_image("huge.sqfs");
    dir = squash_dir_open(image, squash_root(image));
    assert_int_equal(squash_dir_count(dir), 100000);
    for (uint32_t i = 0; i < 100000; i += 7) {
        struct squash_entry entry;
        char name[32];

        snprintf(name, sizeof name, "entry-%06u", i);
        squash_dir_entry(dir, i, &entry);
        assert_string_equal(entry.name, name);
        assert_int_equal(squash_lookup(image, squash_root(image), name, &node),
                         0);
        assert_int_equal(node.id, entry.id);
    }
    squash_dir_close(image, dir);
    squash_close(image);
}

static void holes_take_no_room_and_read_as_zeros(void **state)
{
    struct squash *image;
    struct squash_node node;
    char bytes[4096], zeros[4096] = { 0 };

    shell("mkdir -p holes && truncate -s 2G holes/file && "
          "printf end >>holes/file");
    // Half a million blocks, so that the steps of the index are wider.
    pack("holes", "holes.sqfs", "-b 4K");
    image = open_image("holes.sqfs");
    node = node_at(image, "file");
    for (uint64_t i = 1; i < 100; i += 7) {
        assert_int_equal(squash_read(image, node.id, i << 24 | i,
                                     (struct iovec){ bytes, sizeof bytes }),
                         sizeof bytes);
        assert_memory_equal(bytes, zeros, sizeof bytes);
    }
    assert_int_equal(squash_read(image, node.id, 2ULL << 30,
                                 (struct iovec){ bytes, sizeof bytes }),
                     3);
    assert_memory_equal(bytes, "end", 3);
    squash_close(image);
}

static void attributes_are_listed_and_read(void **state)
{
    static char large[40000];
    struct squash *image;
    struct squash_node node;
    char buf[sizeof large];

    memset(large, 'v', sizeof large);
    shell("mkdir -p attrs && echo a >attrs/a && echo b >attrs/b");
    if (setxattr("attrs/a", "user.one", "1", 1, 0) < 0)
        skip();
    // ext4 takes no more than a block; what it does not take is not tested.
    setxattr("attrs/a", "user.large", large, sizeof large, 0);
    assert_int_equal(
        setxattr("attrs/a", "user.rootlesscontainers", "x\0y", 3, 0), 0);
    pack("attrs", "attrs.sqfs", "");
    image = open_image("attrs.sqfs");
    assert_true(squash_has_xattrs(image));
    node = node_at(image, "a");
    assert_int_equal(squash_list_xattrs(image, node.id, buf, sizeof buf),
                     listxattr("attrs/a", large, sizeof large));
    assert_int_equal(squash_get_xattr(image, node.id, "user.one", buf, 0), 1);
    assert_int_equal(
        squash_get_xattr(image, node.id, "user.one", buf, sizeof buf), 1);
    assert_int_equal(buf[0], '1');
    assert_int_equal(squash_get_xattr(image, node.id, "user.rootlesscontainers",
                                      buf, sizeof buf),
                     3);
    assert_memory_equal(buf, "x\0y", 3);
    assert_int_equal(
        squash_get_xattr(image, node.id, "user.rootlesscontainers", buf, 2),
        -1);
    assert_int_equal(errno, ERANGE);
    assert_int_equal(squash_list_xattrs(image, node.id, buf, 3), -1);
    assert_int_equal(errno, ERANGE);
    assert_int_equal(squash_get_xattr(image, node.id, "user.two", buf, 9), -1);
    assert_int_equal(errno, ENODATA);
    node = node_at(image, "b");
    assert_int_equal(squash_list_xattrs(image, node.id, buf, 9), 0);
    squash_close(image);
    image = open_image("huge.sqfs");
    assert_false(squash_has_xattrs(image));
    squash_close(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_are_the_same_in_all_formats),
        cmocka_unit_test(options_of_mksquashfs_do_not_matter),
        cmocka_unit_test(blocks_of_zeros_are_holes),
        cmocka_unit_test(image_may_start_anywhere),
        cmocka_unit_test(hard_links_are_one_node),
        cmocka_unit_test(special_files_keep_their_kind),
        cmocka_unit_test(names_that_are_not_there_are_enoent),
        cmocka_unit_test(reads_of_the_wrong_kind_fail),
        cmocka_unit_test(reads_behind_the_end_are_empty),
        cmocka_unit_test(huge_directory_is_searched),
        cmocka_unit_test(holes_take_no_room_and_read_as_zeros),
        cmocka_unit_test(attributes_are_listed_and_read),
    };

    return cmocka_run_group_tests(tests, make_tree, scratch_remove);
}
