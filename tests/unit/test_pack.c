// test_pack.c - unit tests of core/image/pack.c, codec.c and ahead.c: what was
// compressed is read again.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/stop.h"
#include "core/image/ahead.h"
#include "core/image/pack.h"

#define SIZE ((9 << 20) + 77) // several blocks of each codec, and a rest

static unsigned char *data;

static int make_data(void **state)
{
    uint32_t number = 1;

    data = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        number = number * 1664525 + 1013904223;
        data[i] = (unsigned char)(number >> 30);
    }
    return 0;
}

static int free_data(void **state)
{
    free(data);
    return 0;
}

static int packed(const char *codec, unsigned threads)
{
    int fd = memfd_create("packed", MFD_CLOEXEC);
    struct pack_options options = { .fd = fd,
                                    .codec = codec_named(codec),
                                    .threads = threads };
    struct pack *pack;

    options.level = options.codec->least;
    pack = pack_open(&options);
    assert_non_null(pack);
    for (size_t at = 0; at < SIZE; at += 10000)
        assert_int_equal(
            pack_write(pack, data + at, SIZE - at < 10000 ? SIZE - at : 10000),
            0);
    assert_int_equal(pack_finish(pack), 0);
    pack_close(pack);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void what_is_packed_is_read_again(void **state)
{
    static const char *const codecs[] = { "none", "gzip", "zstd", "xz", "lz4" };

    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        int fd = packed(codecs[i], 3);
        struct ahead *ahead = ahead_open(fd);
        const void *bytes;
        size_t at = 0;
        ssize_t n;

        while ((n = ahead_next(ahead, &bytes)) > 0) {
            assert_memory_equal(bytes, data + at, (size_t)n);
            at += (size_t)n;
        }
        assert_int_equal(n, 0);
        assert_int_equal(at, SIZE);
        ahead_close(ahead);
        close(fd);
    }
}

static void threads_do_not_change_the_bytes(void **state)
{
    int one = packed("gzip", 1), four = packed("gzip", 4);
    char a[4096], b[4096];
    ssize_t n;

    do {
        n = read(one, a, sizeof a);
        assert_int_equal(read(four, b, sizeof b), n);
        assert_memory_equal(a, b, (size_t)n);
    } while (n > 0);
    close(one);
    close(four);
}

static void damage_is_found_in_each_format(void **state)
{
    static const char *const codecs[] = { "gzip", "zstd", "xz", "lz4" };

    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        int fd = packed(codecs[i], 2);
        struct ahead *ahead;
        const void *bytes;
        struct stat st;
        char byte;
        ssize_t n;

        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(pread(fd, &byte, 1, st.st_size / 2), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, st.st_size / 2), 1);
        ahead = ahead_open(fd);
        do
            n = ahead_next(ahead, &bytes);
        while (n > 0);
        assert_int_equal(n, -1);
        ahead_close(ahead);
        close(fd);
        err_clear();
    }
}

static void zeros_behind_a_gzip_file_are_padding(void **state)
{
    int fd = packed("gzip", 2);
    struct ahead *ahead;
    const void *bytes;
    struct stat st;
    size_t size = 0;
    ssize_t n;

    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(ftruncate(fd, st.st_size + 5000), 0);
    ahead = ahead_open(fd);
    while ((n = ahead_next(ahead, &bytes)) > 0)
        size += (size_t)n;
    assert_int_equal(n, 0);
    assert_int_equal(size, SIZE);
    ahead_close(ahead);
    close(fd);
}

static void a_full_disk_is_an_error(void **state)
{
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct pack_options options = { .fd = fd,
                                    .codec = codec_named("lz4"),
                                    .threads = 2 };
    struct pack *pack = pack_open(&options);

    assert_int_equal(pack_write(pack, data, SIZE), 0);
    assert_int_equal(pack_finish(pack), -1);
    assert_non_null(strstr(err_text(), "No space left on device"));
    pack_close(pack);
    close(fd);
    err_clear();
}

static sem_t gate;

static size_t one_byte(size_t size)
{
    return size;
}

static void *no_state(int level)
{
    return &gate;
}

static ssize_t wait_at_gate(void *state, const void *in, size_t size, void *out,
                            size_t room)
{
    while (sem_wait(state) < 0)
        ;
    return 0;
}

static void keep_state(void *state)
{
}

// What compresses takes as long as it is not let go on: 0 if all is right.
static int stop_while_waiting(void)
{
    static const struct codec slow = { .name = "slow",
                                       .block = 1,
                                       .bound = one_byte,
                                       .open = no_state,
                                       .pack = wait_at_gate,
                                       .close = keep_state };
    struct pack_options options = { .fd = -1, .codec = &slow, .threads = 1 };
    struct pack *pack = pack_open(&options);

    if (pack == NULL || sem_init(&gate, 0, 0) < 0 || stop_catch() < 0 ||
        pack_write(pack, "12", 2) < 0)
        return 1;
    raise(SIGTERM);
    if (pack_write(pack, "3456", 4) == 0 || pack_finish(pack) == 0)
        return 2;
    if (strstr(err_text(), "stopped by a signal") == NULL)
        return 3;
    pack_close(pack);
    return 0;
}

static void a_signal_ends_waiting_for_a_slow_codec(void **state)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(20);
        _exit(stop_while_waiting());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void codecs_are_told_by_name_and_suffix(void **state)
{
    assert_ptr_equal(codec_for_file("a.tar.gz"), codec_named("gzip"));
    assert_ptr_equal(codec_for_file("a.tgz"), codec_named("gz"));
    assert_ptr_equal(codec_for_file("a.tar"), codec_named("none"));
    assert_ptr_equal(codec_for_file("a.tar.zst"), codec_named("zstd"));
    assert_null(codec_for_file("a.tar.bz2"));
    assert_null(codec_named("bzip2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed_is_read_again),
        cmocka_unit_test(threads_do_not_change_the_bytes),
        cmocka_unit_test(damage_is_found_in_each_format),
        cmocka_unit_test(zeros_behind_a_gzip_file_are_padding),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(a_signal_ends_waiting_for_a_slow_codec),
        cmocka_unit_test(codecs_are_told_by_name_and_suffix),
    };

    return cmocka_run_group_tests(tests, make_data, free_data);
}
