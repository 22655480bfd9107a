// test_squash_format.c - libsquashfuse's archive and our headers agree.
//
// The archive was compiled against another libc. Some of its functions begin by
// clearing a struct: how far they do says how large they think it is.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/squash/format.h"
#include "core/squash/reader.h"

enum { SPARE = 256, MARK = 0xa5 };

static size_t cleared(const unsigned char *bytes, size_t most)
{
    while (most > 0 && bytes[most - 1] == MARK)
        most--;
    return most;
}

// The library's own would look for the block in a cache that is not there.
static void our_reader_of_metadata_is_linked(void **state)
{
    struct sqfs fs = { .fd = -1 };
    sqfs_md_cursor cursor = { 0 };
    char byte;

    assert_false(squash_is_image(-1, 0)); // links core/squash, as programs do
    assert_int_equal(sqfs_md_read(&fs, &cursor, &byte, 1), SQFS_ERR);
}

static void size_of_the_image_agrees(void **state)
{
    union {
        struct sqfs fs;
        unsigned char bytes[sizeof(struct sqfs) + SPARE];
    } u;

    memset(&u, MARK, sizeof u);
    assert_int_not_equal(sqfs_init(&u.fs, -1, 0), SQFS_OK);
    assert_int_equal(cleared(u.bytes, sizeof u), sizeof(struct sqfs));
}

static void size_of_an_inode_agrees(void **state)
{
    struct sqfs fs = { .fd = -1 };
    union {
        struct sqfs_inode inode;
        unsigned char bytes[sizeof(struct sqfs_inode) + SPARE];
    } u;

    memset(&u, MARK, sizeof u);
    assert_int_not_equal(sqfs_inode_get(&fs, &u.inode, 0), SQFS_OK);
    assert_int_equal(cleared(u.bytes, sizeof u), sizeof u.inode);
    assert_int_equal(u.inode.xattr, SQUASHFS_INVALID_XATTR);
}

static void size_of_a_directory_agrees(void **state)
{
    struct sqfs fs = { .fd = -1 };
    struct sqfs_inode inode = { .base.mode = S_IFDIR };
    union {
        sqfs_dir dir;
        unsigned char bytes[sizeof(sqfs_dir) + SPARE];
    } u;

    fs.sb.directory_table_start = 1000;
    inode.xtra.dir.start_block = 23;
    inode.xtra.dir.offset = 7;
    inode.xtra.dir.dir_size = 103;
    memset(&u, MARK, sizeof u);
    assert_int_equal(sqfs_dir_open(&fs, &inode, &u.dir, 0), SQFS_OK);
    assert_int_equal(cleared(u.bytes, sizeof u), sizeof u.dir);
    assert_int_equal(u.dir.cur.block, 1023);
    assert_int_equal(u.dir.cur.offset, 7);
    assert_int_equal(u.dir.total, 100);
}

static void fields_of_a_block_list_agree(void **state)
{
    struct sqfs fs = { .fd = -1 };
    struct sqfs_inode inode = { .base.mode = S_IFREG };
    sqfs_blocklist list;

    fs.sb.block_size = 4096;
    inode.next.block = 77;
    inode.next.offset = 9;
    inode.xtra.reg.file_size = 3 * 4096 + 1;
    inode.xtra.reg.frag_idx = SQUASHFS_INVALID_FRAG;
    inode.xtra.reg.start_block = 5;
    memset(&list, MARK, sizeof list);
    sqfs_blocklist_init(&fs, &inode, &list);
    assert_ptr_equal(list.fs, &fs);
    assert_int_equal(list.remain, 4);
    assert_int_equal(list.cur.block, 77);
    assert_int_equal(list.cur.offset, 9);
    assert_int_equal(list.block, 5);
    assert_int_equal(list.pos, 0);
    assert_false(list.started);
    assert_int_equal(list.input_size, 0);
}

static void fields_of_an_attribute_list_agree(void **state)
{
    struct sqfs fs = { .fd = -1 };
    struct sqfs_inode inode = { .xattr = SQUASHFS_INVALID_XATTR };
    sqfs_xattr list;

    memset(&list, MARK, sizeof list);
    assert_int_equal(sqfs_xattr_open(&fs, &inode, &list), SQFS_OK);
    assert_int_equal(list.remain, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_reader_of_metadata_is_linked),
        cmocka_unit_test(size_of_the_image_agrees),
        cmocka_unit_test(size_of_an_inode_agrees),
        cmocka_unit_test(size_of_a_directory_agrees),
        cmocka_unit_test(fields_of_a_block_list_agree),
        cmocka_unit_test(fields_of_an_attribute_list_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
