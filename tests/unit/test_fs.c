// wrap: write
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"

static char folder[] = "/tmp/ch-test-fs.XXXXXX";
static size_t write_at_most; // bytes; 0: no limit
static int interruptions;    // of writes to come

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    if (interruptions > 0) {
        interruptions--;
        errno = EINTR;
        return -1;
    }
    if (write_at_most > 0 && size > write_at_most)
        size = write_at_most;
    return __real_write(fd, data, size);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return unlink("f") | unlink("link") | chdir("/") | rmdir(folder);
}

static int start(void **state)
{
    (void)state;
    write_at_most = 0;
    interruptions = 0;
    err_clear();
    unlink("f");
    unlink("link");
    return 0;
}

static void make_file(const char *text, size_t size)
{
    cleanup_close int fd =
        open("f", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(fs_write_all(fd, text, size), 0);
}

static void a_file_is_read_whole_with_its_nuls(void **state)
{
    cleanup_free char *big = malloc(100000);
    cleanup_free char *text = NULL;
    size_t length;

    (void)state;
    memset(big, 'x', 100000);
    big[50000] = '\0';
    make_file(big, 100000);
    text = fs_read(AT_FDCWD, "f", 100000, &length);
    assert_non_null(text);
    assert_int_equal(length, 100000);
    assert_memory_equal(text, big, 100000);
    assert_int_equal(text[length], '\0');
}

static void an_empty_file_is_an_empty_text(void **state)
{
    cleanup_free char *text = NULL;
    size_t length = 7;

    (void)state;
    make_file("", 0);
    text = fs_read(AT_FDCWD, "f", 10, &length);
    assert_string_equal(text, "");
    assert_int_equal(length, 0);
}

static void files_of_proc_are_read_though_their_size_is_0(void **state)
{
    cleanup_free char *text =
        fs_read(AT_FDCWD, "/proc/self/maps", 1 << 24, NULL);

    (void)state;
    assert_non_null(text);
    assert_true(strlen(text) > 4096);
}

static void a_file_longer_than_the_limit_is_an_error(void **state)
{
    (void)state;
    make_file("12345", 5);
    assert_null(fs_read(AT_FDCWD, "f", 4, NULL));
    assert_string_equal(err_text(), "can't read f: longer than 4 bytes");
    cleanup_free char *text = fs_read(AT_FDCWD, "f", 5, NULL);
    assert_non_null(text);
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    assert_null(fs_read(AT_FDCWD, "nothing", 4, NULL));
    assert_string_equal(err_text(),
                        "can't open: nothing: No such file or directory");
    assert_int_equal(err_num(), ENOENT);
    assert_null(fs_read(AT_FDCWD, "/tmp", 4, NULL));
    assert_string_equal(err_text(), "can't read /tmp: Is a directory");
}

static void only_a_regular_file_is_read_where_no_other_is_wanted(void **state)
{
    cleanup_free char *text = NULL;
    size_t length;

    (void)state;
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(symlink("/dev/zero", "endless"), 0);
    assert_null(fs_read_regular(AT_FDCWD, "fifo", 100, NULL));
    assert_string_equal(err_text(), "can't read fifo: not a regular file");
    assert_null(fs_read_regular(AT_FDCWD, "endless", 100, NULL));
    unlink("fifo");
    unlink("endless");
    assert_null(fs_read_regular(AT_FDCWD, ".", 100, NULL));
    assert_null(fs_read_regular(AT_FDCWD, "nothing", 100, NULL));
    assert_int_equal(err_num(), ENOENT);
    make_file("ab", 2);
    text = fs_read_regular(AT_FDCWD, "f", 100, &length);
    assert_string_equal(text, "ab");
    assert_int_equal(length, 2);
}

static void a_path_is_relative_to_the_given_directory(void **state)
{
    cleanup_close int proc = open("/proc", O_PATH | O_CLOEXEC);
    cleanup_free char *text = fs_read(proc, "self/comm", 100, NULL);

    (void)state;
    assert_string_equal(text, "test_fs\n");
}

static void a_poke_is_one_write_to_a_file_that_exists(void **state)
{
    (void)state;
    assert_int_equal(fs_poke("f", "x"), -1);
    assert_int_equal(errno, ENOENT);
    make_file("abc", 3);
    assert_int_equal(fs_poke("f", "x"), 0);
    cleanup_free char *text = fs_read(AT_FDCWD, "f", 10, NULL);
    assert_string_equal(text, "xbc");
}

static void half_a_poke_is_an_error(void **state)
{
    (void)state;
    make_file("abc", 3);
    write_at_most = 1;
    assert_int_equal(fs_poke("f", "xy"), -1);
    assert_int_equal(errno, EIO);
}

static void writing_goes_on_after_short_and_interrupted_writes(void **state)
{
    cleanup_free char *text = NULL;

    (void)state;
    write_at_most = 2;
    interruptions = 3;
    make_file("abcdefg", 7);
    text = fs_read(AT_FDCWD, "f", 10, NULL);
    assert_string_equal(text, "abcdefg");
}

static void a_failed_write_tells_by_errno(void **state)
{
    cleanup_close int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(fs_write_all(fd, "x", 1), -1);
    assert_int_equal(errno, ENOSPC);
}

static void a_link_is_read_whatever_its_length(void **state)
{
    static const size_t lengths[] = { 1, 255, 256, 257, PATH_MAX - 1 };
    char target[PATH_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        memset(target, 'x', lengths[i]);
        target[lengths[i]] = '\0';
        unlink("link");
        assert_int_equal(symlink(target, "link"), 0);
        cleanup_free char *read = fs_readlink(AT_FDCWD, "link");
        assert_string_equal(read, target);
    }
}

static void no_link_tells_by_errno(void **state)
{
    (void)state;
    make_file("", 0);
    assert_null(fs_readlink(AT_FDCWD, "f"));
    assert_int_equal(errno, EINVAL);
    assert_null(fs_readlink(AT_FDCWD, "nothing"));
    assert_int_equal(errno, ENOENT);
}

static void a_path_is_resolved_or_named(void **state)
{
    cleanup_free char *path = NULL;

    (void)state;
    make_file("", 0);
    assert_int_equal(symlink("./f", "link"), 0);
    path = fs_realpath("../../tmp/../proc/self/cwd/link");
    assert_true(strncmp(path, folder, strlen(folder)) == 0);
    assert_string_equal(path + strlen(folder), "/f");
    assert_null(fs_realpath("nothing"));
    assert_string_equal(err_text(),
                        "can't resolve nothing: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_file_is_read_whole_with_its_nuls, start),
        cmocka_unit_test_setup(an_empty_file_is_an_empty_text, start),
        cmocka_unit_test_setup(files_of_proc_are_read_though_their_size_is_0,
                               start),
        cmocka_unit_test_setup(a_file_longer_than_the_limit_is_an_error, start),
        cmocka_unit_test_setup(what_cannot_be_read_is_named, start),
        cmocka_unit_test_setup(
            only_a_regular_file_is_read_where_no_other_is_wanted, start),
        cmocka_unit_test_setup(a_path_is_relative_to_the_given_directory,
                               start),
        cmocka_unit_test_setup(a_poke_is_one_write_to_a_file_that_exists,
                               start),
        cmocka_unit_test_setup(half_a_poke_is_an_error, start),
        cmocka_unit_test_setup(
            writing_goes_on_after_short_and_interrupted_writes, start),
        cmocka_unit_test_setup(a_failed_write_tells_by_errno, start),
        cmocka_unit_test_setup(a_link_is_read_whatever_its_length, start),
        cmocka_unit_test_setup(no_link_tells_by_errno, start),
        cmocka_unit_test_setup(a_path_is_resolved_or_named, start),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
