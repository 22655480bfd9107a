// test_squash_lend.c - what is lent to the kernel is whole or not used.
// wrap: madvise
// SPDX-License-Identifier: MIT
#include "tests/unit/squash_images.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "core/squash/lend.h"

enum { LARGE = 48 << 20, CACHE = 96 << 20, BLOCK = 128 << 10, THREADS = 4 };

static atomic_uint calls;
static atomic_uint lent;
static unsigned lost_of; // of so many pages, one goes at once; 0: none

int __real_madvise(void *start, size_t size, int advice);
int __wrap_madvise(void *start, size_t size, int advice);

int __wrap_madvise(void *start, size_t size, int advice)
{
    assert_int_equal(advice, MADV_FREE);
    calls++;
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

static void read_a_byte(struct squash *image, uint64_t id, uint64_t at)
{
    char byte;

    assert_int_equal(squash_read(image, id, at, (struct iovec){ &byte, 1 }), 1);
}

// Whoever reads at random would else have all of a block taken back, and
// another one lent, for each page.
static void a_page_is_taken_back_alone(void **state)
{
    struct squash *image = open_at("tree.sqfs", 0, CACHE);
    struct squash_node node = node_at(image, "large");
    unsigned before;

    lost_of = 0;
    for (uint64_t at = 0; at < LARGE; at += BLOCK)
        read_a_byte(image, node.id, at);
    before = calls;
    assert_true(before > 0);
    for (uint64_t at = 0; at < LARGE; at += BLOCK)
        read_a_byte(image, node.id, at + 20000);
    assert_int_equal(calls, before);
    // but not one after the other, as taken pages are no more the kernel's
    for (int page = 1; page < 10; page++) {
        for (uint64_t at = 0; at < LARGE; at += BLOCK)
            read_a_byte(image, node.id, at + (uint64_t)page * LEND_PAGE);
    }
    assert_true(calls > before);
    assert_int_equal(statistics(image).blocks, LARGE / BLOCK);
    squash_close(image);
}

static void touch_blocks(struct squash *image, uint64_t id, int from, int to)
{
    for (int i = from; i < to; i++)
        read_a_byte(image, id, (uint64_t)i * BLOCK + BLOCK - LEND_PAGE);
}

// Somebody else finds that the rest of the block is lost, and others need room.
static void a_part_in_use_stays_as_it_is(void **state)
{
    enum { HELD = 40, ALL = LARGE / BLOCK, SMALL_CACHE = 44 << 20 };
    struct squash *image = open_at("tree.sqfs", 0, SMALL_CACHE);
    struct squash_node node = node_at(image, "large");
    struct squash_pieces held[HELD];
    size_t size;
    char *expected = file_content("tree/large", &size);

    lent = 0;
    lost_of = BLOCK / LEND_PAGE; // the last of each block
    touch_blocks(image, node.id, 0, ALL - HELD * 2);
    for (int i = 0; i < HELD; i++) {
        struct squash_range range = { node.id, (uint64_t)i * BLOCK, 1000 };

        assert_int_equal(squash_map(image, &range, &held[i]), 0);
    }
    touch_blocks(image, node.id, 0, HELD);
    touch_blocks(image, node.id, HELD, ALL);
    for (int i = 0; i < HELD; i++) {
        assert_memory_equal(held[i].iov[0].iov_base,
                            expected + (size_t)i * BLOCK, 1000);
        squash_release(image, &held[i]);
    }
    free(expected);
    squash_close(image);
}

struct reader {
    pthread_t thread;
    struct squash *image;
    struct squash_node node;
    uint64_t state;
    const char *expected;
};

static void *read_randomly(void *argument)
{
    struct reader *reader = argument;
    static const size_t sizes[] = { 1, 4096, 30000, 200000 };
    char *bytes = malloc(200000);

    for (int i = 0; i < 3000; i++) {
        size_t size = sizes[i % 4];
        uint64_t at;

        reader->state =
            reader->state * 6364136223846793005 + 1442695040888963407;
        at = (reader->state >> 20) % (LARGE - size);
        if (squash_read(reader->image, reader->node.id, at,
                        (struct iovec){ bytes, size }) != (ssize_t)size ||
            memcmp(bytes, reader->expected + at, size) != 0)
            abort();
    }
    free(bytes);
    return NULL;
}

// While one uses a part of a block, another may find that the rest is lost.
static void threads_read_what_is_taken_meanwhile(void **state)
{
    struct squash *image = open_at("tree.sqfs", 0, CACHE);
    struct reader readers[THREADS];
    size_t size;
    char *expected = file_content("tree/large", &size);

    lost_of = 300;
    for (int i = 0; i < THREADS; i++) {
        readers[i] = (struct reader){ .image = image,
                                      .node = node_at(image, "large"),
                                      .state = (uint64_t)i,
                                      .expected = expected };
        pthread_create(&readers[i].thread, NULL, read_randomly, &readers[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(readers[i].thread, NULL);
    assert_true(statistics(image).blocks > LARGE / BLOCK);
    free(expected);
    squash_close(image);
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
        cmocka_unit_test(a_page_is_taken_back_alone),
        cmocka_unit_test(a_part_in_use_stays_as_it_is),
        cmocka_unit_test(threads_read_what_is_taken_meanwhile),
        cmocka_unit_test(pages_of_zeros_have_nothing_to_lose),
    };

    return cmocka_run_group_tests(tests, make_image, scratch_remove);
}
