// test_tar_write.c - unit tests of core/image/tar_write.c: what is written is
// what tar_read.c reads.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/image/copy.h"
#include "core/image/tar_read.h"
#include "core/image/tar_write.h"
#include "tests/unit/fake_reader.h"

#define LONG_NAME                                                            \
    "0123456789012345678901234567890123456789012345678901234567890123456789" \
    "0123456789012345678901234567890123456789012345678901234567890123456789" \
    "0123456789012345678901234567890123456789012345678901234567890123456789" \
    "01234567890123456789012345678901234567890"

// Files without any data: holes alone.
static int no_data(struct image_reader *reader, const struct image_part *part,
                   struct image_sink *sink)
{
    return 0;
}

static const struct image_reader_ops hole_ops = { fake_next, no_data,
                                                  fake_close };

static int write_archive(struct fake_reader *reader, int *fd)
{
    struct pack_options options = { .codec = codec_named("none"),
                                    .threads = 1 };
    struct copied copied;

    *fd = options.fd = memfd_create("archive", MFD_CLOEXEC);

    cleanup_writer struct image_writer *writer = image_write_tar(&options);

    assert_non_null(writer);
    return image_copy(&reader->reader, writer, COPY_NO_DEVICES, &copied) < 0 ||
                   lseek(*fd, 0, SEEK_SET) < 0
               ? -1
               : 0;
}

static void entries_are_what_they_were(void **state)
{
    static const struct image_xattr xattrs[] = {
        { "user.name", "a\0b", 3 },
        { "security.capability", "\1\2\3", 3 },
    };
    static const struct image_entry entries[] = {
        { .path = "", .mode = S_IFDIR | 0755, .mtime = { 1, 500000000 } },
        { .path = LONG_NAME,
          .mode = S_IFREG | 06755,
          .uid = 4000000000,
          .gid = 3000000,
          .mtime = { 10000000000, 0 } },
        { .path = "d/" LONG_NAME "/\xff\xfe",
          .mode = S_IFLNK | 0777,
          .target = "x" LONG_NAME LONG_NAME },
        { .path = "gr\xc3\xbcn",
          .mode = S_IFREG | 0644,
          .xattrs = xattrs,
          .xattr_count = 2,
          .mtime = { -1, 0 } },
        { .path = "fifo", .mode = S_IFIFO | 0600 },
        { .path = "again", .same_as = LONG_NAME },
    };
    struct fake_reader fake = FAKE(entries);
    cleanup_close int fd = -1;
    struct image_entry got;

    assert_int_equal(write_archive(&fake, &fd), 0);

    cleanup_reader struct image_reader *reader = image_read_tar(fd);

    for (size_t i = 0; i < fake.count; i++) {
        const struct image_entry *e = &entries[i];

        assert_int_equal(reader->ops->next(reader, &got), 1);
        assert_string_equal(got.path, e->path);
        if (e->same_as != NULL) {
            assert_string_equal(got.same_as, e->same_as);
            continue;
        }
        assert_int_equal(got.mode, e->mode);
        assert_int_equal(got.uid, e->uid);
        assert_int_equal(got.gid, e->gid);
        assert_int_equal(got.mtime.tv_sec, e->mtime.tv_sec);
        assert_int_equal(got.mtime.tv_nsec, e->mtime.tv_nsec);
        if (e->target != NULL)
            assert_string_equal(got.target, e->target);
        assert_int_equal(got.xattr_count, e->xattr_count);
        for (size_t k = 0; k < e->xattr_count; k++)
            assert_int_equal(got.xattrs[k].size, 3);
    }
    assert_int_equal(reader->ops->next(reader, &got), 0);
}

static void a_file_of_holes_takes_no_room(void **state)
{
    static const struct image_entry entries[] = {
        { .path = "hole",
          .mode = S_IFREG | 0644,
          .size = 10ULL << 30,
          .sparse = true },
    };
    struct fake_reader fake = FAKE(entries);
    cleanup_close int fd = -1;
    struct image_entry got;
    struct stat st;

    fake.reader = (struct image_reader){ &hole_ops, true };
    assert_int_equal(write_archive(&fake, &fd), 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_true(st.st_size < 64 << 10);

    cleanup_reader struct image_reader *reader = image_read_tar(fd);

    assert_int_equal(reader->ops->next(reader, &got), 1);
    assert_int_equal(got.size, entries[0].size);
}

static void a_socket_is_left_out(void **state)
{
    static const struct image_entry entries[] = {
        { .path = "socket", .mode = S_IFSOCK | 0600 },
        DIR_ENTRY("d"),
    };
    struct fake_reader fake = FAKE(entries);
    cleanup_close int fd = -1;
    struct image_entry got;

    assert_int_equal(write_archive(&fake, &fd), 0);

    cleanup_reader struct image_reader *reader = image_read_tar(fd);

    assert_int_equal(reader->ops->next(reader, &got), 1);
    assert_string_equal(got.path, "d");
}

static void a_full_disk_is_an_error_once(void **state)
{
    static const struct image_entry entries[] = { DIR_ENTRY("d") };
    struct fake_reader fake = FAKE(entries);
    struct pack_options options = { .codec = codec_named("none"),
                                    .threads = 1 };
    struct copied copied;
    cleanup_close int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    options.fd = fd;

    cleanup_writer struct image_writer *writer = image_write_tar(&options);

    assert_int_equal(image_copy(&fake.reader, writer, COPY_NO_DEVICES, &copied),
                     -1);
    assert_non_null(strstr(err_text(), "No space left on device"));
    err_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_what_they_were),
        cmocka_unit_test(a_file_of_holes_takes_no_room),
        cmocka_unit_test(a_socket_is_left_out),
        cmocka_unit_test(a_full_disk_is_an_error_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
