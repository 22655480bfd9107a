// test_squash_io.c - a file system under the image that fails for a while.
// wrap: pread posix_fadvise
// SPDX-License-Identifier: MIT
#include "tests/unit/squash_images.h"

static int failures;     // that many reads fail, then they work
static int failure;      // with this errno; 0: end of file
static size_t at_a_time; // bytes per read

// What the kernel was asked to fetch, and the reads that it had not been.
enum { STRIP = 128 << 10, STRIPS_MOST = 1024 };
static unsigned fetched[STRIPS_MOST]; // how often, each strip
static unsigned odd, unfetched;

int __wrap_posix_fadvise(int fd, off_t offset, off_t size, int advice);

int __wrap_posix_fadvise(int fd, off_t offset, off_t size, int advice)
{
    odd += offset % STRIP != 0 || size % STRIP != 0 || size == 0 ||
           advice != POSIX_FADV_WILLNEED;
    for (off_t at = offset; at < offset + size; at += STRIP)
        fetched[at / STRIP % STRIPS_MOST]++;
    return 0;
}

ssize_t __real_pread(int fd, void *buf, size_t size, off_t offset);

ssize_t __wrap_pread(int fd, void *buf, size_t size, off_t offset)
{
    if (failures > 0) {
        failures--;
        errno = failure;
        return failure == 0 ? 0 : -1;
    }
    for (off_t at = offset / STRIP; at <= (offset + (off_t)size - 1) / STRIP;
         at++)
        unfetched += fetched[at % STRIPS_MOST] == 0;
    return __real_pread(fd, buf, size < at_a_time ? size : at_a_time, offset);
}

static int make_image(void **state)
{
    if (scratch_make(state) != 0)
        return -1;
    shell("mkdir tree && seq 1 100000 >tree/file");
    pack("tree", "tree.sqfs", "");
    shell("mkdir random && for i in $(seq 40); do"
          " head -c 100000 /dev/urandom >random/$i; done");
    pack("random", "random.sqfs", "");
    return 0;
}

static int works_again(void **state)
{
    failures = 0;
    at_a_time = SIZE_MAX;
    memset(fetched, 0, sizeof fetched);
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

static void failing_servers_are_tried_again_but_not_for_ever(void **state)
{
    assert_int_equal(read_while_failing(1, EIO), 0);
    assert_int_equal(read_while_failing(3, EIO), 0);
    assert_int_equal(read_while_failing(4, EIO), EIO);
}

static void other_failures_are_eio_at_once(void **state)
{
    assert_int_equal(read_while_failing(1, ENOMEM), EIO);
    assert_int_equal(read_while_failing(1, 0), EIO);
}

static void image_is_fetched_in_aligned_strips_each_once(void **state)
{
    const struct squash_options options = { .name = "random.sqfs" };
    int fd = open("random.sqfs", O_RDONLY | O_CLOEXEC);
    unsigned most = 0;
    struct squash *image;
    struct squash_node node;
    char name[16];

    image = squash_open(fd, &options);
    assert_non_null(image);
    odd = unfetched = 0; // but the super block, from which all follows
    for (int i = 1; i <= 40; i++) {
        snprintf(name, sizeof name, "%d", i);
        node = node_at(image, name);
        free(content(image, &node, 10000));
    }
    for (int i = 0; i < STRIPS_MOST; i++)
        most = fetched[i] > most ? fetched[i] : most;
    assert_int_equal(odd, 0);
    assert_int_equal(unfetched, 0);
    assert_int_equal(most, 1);
    squash_close(image);
    close(fd);
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
        cmocka_unit_test_setup(failing_servers_are_tried_again_but_not_for_ever,
                               works_again),
        cmocka_unit_test_setup(other_failures_are_eio_at_once, works_again),
        cmocka_unit_test_setup(image_is_fetched_in_aligned_strips_each_once,
                               works_again),
        cmocka_unit_test_setup(unreadable_image_is_not_opened, works_again),
    };

    return cmocka_run_group_tests(tests, make_image, scratch_remove);
}
