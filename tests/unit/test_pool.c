// test_pool.c - tests of core/squash/pool.c.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/squash/pool.h"

enum { COUNT = 20000 };

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    static unsigned char *pieces[COUNT];
    struct pool pool = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = i % 100 + 1;

        pieces[i] = pool_take(&pool, size);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % sizeof(void *), 0);
        for (size_t at = 0; at < size; at++)
            assert_int_equal(pieces[i][at], 0);
        memset(pieces[i], (int)(i % 251 + 1), size);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t at = 0; at < i % 100 + 1; at++)
            assert_int_equal(pieces[i][at], i % 251 + 1);
    pool_free(&pool);
}

static void large_pieces_come_between_small_ones(void **state)
{
    const size_t large = 3 << 20;
    struct pool pool = { 0 };

    (void)state;
    for (int i = 0; i < 4; i++) {
        char *block = pool_take(&pool, large);
        char *small = pool_take(&pool, 1);

        assert_non_null(block);
        assert_non_null(small);
        assert_int_equal(block[large - 1], 0);
        memset(block, 1, large);
        assert_int_equal(*small, 0);
    }
    pool_free(&pool);
    pool_free(&pool); // twice is no harm
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(large_pieces_come_between_small_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
