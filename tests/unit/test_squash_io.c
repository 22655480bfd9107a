// test_squash_io.c - a file system under the image that fails for a while.
// wrap: pread
// SPDX-License-Identifier: MIT
#include "tests/unit/squash_images.h"

static int failures;     // that many reads fail, then they work
static int failure;      // with this errno; 0: end of file
static size_t at_a_time; // bytes per read

ssize_t __real_pread(int fd, void *buf, size_t size, off_t offset);

ssize_t __wrap_pread(int fd, void *buf, size_t size, off_t offset)
{
    if (failures > 0) {
        failures--;
        errno = failure;
        return failure == 0 ? 0 : -1;
    }
    return __real_pread(fd, buf, size < at_a_time ? size : at_a_time, offset);
}

static int make_image(void **state)
{
    if (scratch_make(state) != 0)
        return -1;
    shell("mkdir tree && seq 1 100000 >tree/file");
    pack("tree", "tree.sqfs", "");
    return 0;
}

static int works_again(void **state)
{
    failures = 0;
    at_a_time = SIZE_MAX;
    return 0;
}

// Read from the file while the image fails: 0 or the errno.
static int read_while_failing(int count, int errnum)
{
    struct squash *image = open_image("tree.sqfs");
    struct squash_node node = node_at(image, "file");
    char bytes[10];
    ssize_t n;

    failures = count;
    failure = errnum;
    n = squash_read(image, node.id, 0, (struct iovec){ bytes, sizeof bytes });
    errnum = errno;
    failures = 0;
    squash_close(image);
    return n == sizeof bytes ? 0 : errnum;
}

static void short_reads_are_continued(void **state)
{
    struct squash *image;
    struct squash_node node;
    size_t size;
    char *expected = file_content("tree/file", &size), *bytes;

    at_a_time = 1000;
    image = open_image("tree.sqfs");
    node = node_at(image, "file");
    bytes = content(image, &node, 65536);
    assert_memory_equal(bytes, expected, size);
    free(bytes);
    free(expected);
    squash_close(image);
}

static void interrupted_reads_are_repeated(void **state)
{
    assert_int_equal(read_while_failing(100, EINTR), 0);
}

static void stale_handles_are_tried_again_but_not_for_ever(void **state)
{
    assert_int_equal(read_while_failing(1, ESTALE), 0);
    assert_int_equal(read_while_failing(3, ESTALE), 0);
    assert_int_equal(read_while_failing(1000, ESTALE), EIO);
}

static void other_failures_are_eio_at_once(void **state)
{
    assert_int_equal(read_while_failing(1, EIO), EIO);
    assert_int_equal(read_while_failing(1, ENOMEM), EIO);
    assert_int_equal(read_while_failing(1, 0), EIO);
}

static void unreadable_image_is_not_opened(void **state)
{
    failures = 1000;
    failure = EIO;
    assert_null(open_at("tree.sqfs", 0, 0));
    assert_string_equal(err_text(), "can't read image tree.sqfs: can't read "
                                    "its first block: Input/output error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(short_reads_are_continued, works_again),
        cmocka_unit_test_setup(interrupted_reads_are_repeated, works_again),
        cmocka_unit_test_setup(stale_handles_are_tried_again_but_not_for_ever,
                               works_again),
        cmocka_unit_test_setup(other_failures_are_eio_at_once, works_again),
        cmocka_unit_test_setup(unreadable_image_is_not_opened, works_again),
    };

    return cmocka_run_group_tests(tests, make_image, scratch_remove);
}
