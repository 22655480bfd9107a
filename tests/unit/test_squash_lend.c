// test_squash_lend.c - what is lent to the kernel is whole or not used.
// wrap: madvise
// SPDX-License-Identifier: MIT
#include "tests/unit/squash_images.h"

#include <sys/mman.h>

#include "core/squash/lend.h"

enum { LARGE = 48 << 20, CACHE = 96 << 20, BLOCK = 128 << 10 };

static unsigned lent;
static unsigned lost_of; // of so many pages, one goes at once; 0: none

int __real_madvise(void *start, size_t size, int advice);
int __wrap_madvise(void *start, size_t size, int advice);

int __wrap_madvise(void *start, size_t size, int advice)
{
    assert_int_equal(advice, MADV_FREE);
    for (size_t at = 0; at < size; at += LEND_PAGE) {
        if (lost_of > 0 && ++lent % lost_of == 0)
            __real_madvise((char *)start + at, LEND_PAGE, MADV_DONTNEED);
    }
    return __real_madvise(start, size, advice);
}

static int make_image(void **state)
{
    if (scratch_make(state) != 0)
        return -1;
    shell("mkdir tree && seq 1 9000000 | head -c %d >tree/large && "
          "truncate -s 1M tree/large.end && cat tree/large.end >>tree/large &&"
          " rm tree/large.end",
          LARGE);
    pack("tree", "tree.sqfs", "-b 128K -noD -no-fragments");
    return 0;
}

// Read it all twice in parts of blocks; the blocks that were unpacked again.
static uint64_t read_twice(unsigned losses)
{
    struct squash *image = open_at("tree.sqfs", 0, CACHE);
    struct squash_node node = node_at(image, "large");
    uint64_t first, both;
    size_t size;
    char *expected = file_content("tree/large", &size), *bytes;

    lost_of = losses;
    bytes = content(image, &node, 5000);
    assert_memory_equal(bytes, expected, size);
    free(bytes);
    first = statistics(image).blocks;
    bytes = content(image, &node, 5000);
    assert_memory_equal(bytes, expected, size);
    free(bytes);
    both = statistics(image).blocks;
    free(expected);
    squash_close(image);
    return both - first;
}

static void what_was_left_alone_is_not_unpacked_again(void **state)
{
    lent = 0;
    assert_int_equal(read_twice(0), 0);
}

static void what_was_taken_is_unpacked_again(void **state)
{
    assert_true(read_twice(1) > 100);
    assert_true(read_twice(1000) > 1);
}

static void pages_of_zeros_have_nothing_to_lose(void **state)
{
    uint8_t *page = aligned_alloc(LEND_PAGE, 2 * LEND_PAGE);
    struct lend_mark marks[2];

    lost_of = 1;
    memset(page, 0, 2 * LEND_PAGE);
    assert_true(lend(page, 2 * LEND_PAGE, marks));
    assert_true(lend_take_back(page, 2 * LEND_PAGE, marks));
    page[2 * LEND_PAGE - 1] = 1;
    assert_true(lend(page, 2 * LEND_PAGE, marks));
    assert_false(lend_take_back(page, 2 * LEND_PAGE, marks));
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_left_alone_is_not_unpacked_again),
        cmocka_unit_test(what_was_taken_is_unpacked_again),
        cmocka_unit_test(pages_of_zeros_have_nothing_to_lose),
    };

    return cmocka_run_group_tests(tests, make_image, scratch_remove);
}
