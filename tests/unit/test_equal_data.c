// test_equal_data.c - digests of data, and the table of them.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <nettle/poly1305-internal.h>

#include "core/squash/digest.h"

enum { SIZE = 100 };

static bool is_same(struct digest one, struct digest other)
{
    return one.half[0] == other.half[0] && one.half[1] == other.half[1];
}

// RFC 8439, 2.5.2, before the cipher's part is added.
static void the_digest_is_poly1305(void **state)
{
    static const uint8_t point[POLY1305_KEY_SIZE] = { 0x85, 0xd6, 0xbe, 0x78,
                                                      0x57, 0x55, 0x6d, 0x33,
                                                      0x7f, 0x44, 0x52, 0xfe,
                                                      0x42, 0xd5, 0x06, 0xa8 };
    static const char text[] = "Cryptographic Forum Research Group";
    struct digest_key key;
    struct digest digest;

    (void)state;
    _nettle_poly1305_set_key(&key.start, point);
    digest = digest_of(&key, text, sizeof text - 1);
    assert_true(digest.half[0] == 0xc8844335369d03a7);
    assert_true(digest.half[1] == 0x8d31b7caff946c77);
}

static void every_byte_and_the_length_count(void **state)
{
    uint8_t bytes[SIZE] = { 0 }, other[SIZE] = { 0 };
    struct digest_key key;

    (void)state;
    assert_int_equal(digest_key_init(&key), 0);
    for (size_t size = 1; size < SIZE; size++) {
        struct digest digest = digest_of(&key, bytes, size);

        assert_true(is_same(digest, digest_of(&key, other, size)));
        assert_false(is_same(digest, digest_of(&key, bytes, size - 1)));
        other[size - 1] = 1;
        assert_false(is_same(digest, digest_of(&key, other, size)));
        other[size - 1] = 0;
    }
}

static void each_image_has_digests_of_its_own(void **state)
{
    struct digest_key one, other;

    (void)state;
    assert_int_equal(digest_key_init(&one), 0);
    assert_int_equal(digest_key_init(&other), 0);
    assert_false(is_same(digest_of(&one, "a", 1), digest_of(&other, "a", 1)));
}

static void what_came_first_under_a_digest_is_found(void **state)
{
    struct digest_table table = { 0 };
    int values[SIZE], later;

    (void)state;
    for (uint64_t i = 0; i < SIZE; i++) {
        struct digest digest = { { i % 7, i } }; // places in common

        assert_null(digest_find(&table, digest));
        assert_int_equal(digest_add(&table, digest, &values[i]), 0);
        assert_int_equal(digest_add(&table, digest, &later), 0);
    }
    for (uint64_t i = 0; i < SIZE; i++)
        assert_ptr_equal(digest_find(&table, (struct digest){ { i % 7, i } }),
                         &values[i]);
    digest_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_is_poly1305),
        cmocka_unit_test(every_byte_and_the_length_count),
        cmocka_unit_test(each_image_has_digests_of_its_own),
        cmocka_unit_test(what_came_first_under_a_digest_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
