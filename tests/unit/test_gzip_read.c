// test_gzip_read.c - gzip files of every shape, in pieces of every size.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <libdeflate.h>

#include "core/base/err.h"
#include "core/image/gzip_read.h"

enum {
    SIZE = 100000,
    ROOM = 2 * SIZE,
    TRAILER = 8, // RFC 1952, 2.3: checksum and size
};

struct bytes {
    size_t size;
    uint8_t at[ROOM];
};

static uint8_t contents[SIZE];

static void add(struct bytes *file, const void *bytes, size_t size)
{
    assert_true(file->size + size <= ROOM);
    memcpy(file->at + file->size, bytes, size);
    file->size += size;
}

static void add_number(struct bytes *file, uint32_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        add(file, &(uint8_t){ (uint8_t)(number >> 8 * i) }, 1);
}

// A member with all the fields that a header can have.
static void add_member(struct bytes *file, const uint8_t *bytes, size_t size)
{
    static const uint8_t head[] = { 0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3 };
    struct libdeflate_compressor *packer = libdeflate_alloc_compressor(6);
    size_t start = file->size;

    assert_non_null(packer);
    add(file, head, sizeof head);
    add_number(file, 5, 2);
    add(file, "extra", 5);
    add(file, "a name", 7);
    add(file, "a comment", 10);
    add_number(file, libdeflate_crc32(0, file->at + start, file->size - start),
               2);
    file->size +=
        libdeflate_deflate_compress(packer, bytes, size, file->at + file->size,
                                    ROOM - file->size - TRAILER);
    add_number(file, libdeflate_crc32(0, bytes, size), 4);
    add_number(file, (uint32_t)size, 4);
    libdeflate_free_compressor(packer);
}

// Sends the file in packets, each of which is read alone.
static int send_in_packets(const struct bytes *file, size_t packet)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    if (fork() == 0) {
        close(ends[0]);
        for (size_t i = 0; i < file->size; i += packet) {
            size_t rest = file->size - i;

            if (send(ends[1], file->at + i, rest < packet ? rest : packet,
                     MSG_NOSIGNAL) < 0)
                break;
        }
        _exit(0);
    }
    close(ends[1]);
    return ends[0];
}

// How many bytes it has, which are in "into"; -1 after failed().
static ssize_t read_all(const struct bytes *file, size_t packet, size_t room,
                        uint8_t *into)
{
    int fd = send_in_packets(file, packet);
    struct gzip_reader *gzip;
    struct feed feed;
    ssize_t size = 0, n;

    assert_int_equal(feed_open(&feed, fd), 0);
    assert_true(gzip_is(&feed));
    gzip = gzip_open(&feed);
    assert_non_null(gzip);
    do {
        n = gzip_read(gzip, into + size, room);
        size += n > 0 ? n : 0;
    } while (n == (ssize_t)room);
    gzip_close(gzip);
    feed_close(&feed);
    close(fd);
    wait(NULL);
    return n < 0 ? -1 : size;
}

static int make_contents(void **state)
{
    uint32_t number = 1;

    (void)state;
    for (size_t i = 0; i < SIZE; i++) {
        number = number * 1664525 + 1013904223;
        contents[i] = (uint8_t)(number >> 24 & (i & 4096 ? 0xff : 3));
    }
    return 0;
}

static void members_are_read_one_after_another(void **state)
{
    static const size_t packets[] = { 1, 7, 1000, 65000 };
    static const size_t rooms[] = { 1000, 65536, SIZE };
    static struct bytes file;
    static uint8_t out[ROOM];

    (void)state;
    file.size = 0;
    add_member(&file, contents, SIZE / 3);
    add_member(&file, contents + SIZE / 3, 0);
    add_member(&file, contents + SIZE / 3, SIZE - SIZE / 3);
    for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++)
        for (size_t j = 0; j < sizeof rooms / sizeof rooms[0]; j++) {
            assert_int_equal(read_all(&file, packets[i], rooms[j], out), SIZE);
            assert_memory_equal(out, contents, SIZE);
        }
}

static void padding_is_ignored(void **state)
{
    static struct bytes file;
    static uint8_t out[ROOM];

    (void)state;
    file.size = 0;
    add_member(&file, contents, SIZE);
    add(&file, "\0\0\0\0", 4);
    assert_int_equal(read_all(&file, 1000, 1000, out), SIZE);
}

static void what_is_cut_off_is_an_error(void **state)
{
    static struct bytes file;
    static uint8_t out[ROOM];
    size_t whole;

    (void)state;
    file.size = 0;
    add_member(&file, contents, SIZE);
    whole = file.size;
    for (size_t cut = 1; cut < 40; cut++) {
        file.size = whole - cut;
        assert_int_equal(read_all(&file, 65000, 65536, out), -1);
        assert_string_equal(err_text(), "truncated gzip input");
        file.size = cut + 1;
        assert_int_equal(read_all(&file, 65000, 65536, out), -1);
        assert_string_equal(err_text(), "truncated gzip input");
    }
}

static void every_damage_is_an_error(void **state)
{
    static struct bytes file;
    static uint8_t out[ROOM];

    (void)state;
    file.size = 0;
    add_member(&file, contents, SIZE / 3);
    for (size_t i = 0; i < file.size; i += i < 60 ? 1 : 997) {
        if (i < 2 || (i >= 4 && i < 10)) // begins otherwise; time and the like
            continue;
        file.at[i] ^= 0x10;
        assert_int_equal(read_all(&file, 65000, 65536, out), -1);
        file.at[i] ^= 0x10;
    }
    for (size_t i = 1; i <= TRAILER; i++) {
        file.at[file.size - i] ^= 0x10;
        assert_int_equal(read_all(&file, 65000, 65536, out), -1);
        assert_string_equal(err_text(), "damaged gzip data: a wrong checksum");
        file.at[file.size - i] ^= 0x10;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_read_one_after_another),
        cmocka_unit_test(padding_is_ignored),
        cmocka_unit_test(what_is_cut_off_is_an_error),
        cmocka_unit_test(every_damage_is_an_error),
    };

    return cmocka_run_group_tests(tests, make_contents, NULL);
}
