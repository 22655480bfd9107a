// test_squash_cache.c - a block is unpacked once, and what is kept is bounded.
// SPDX-License-Identifier: MIT
#include "tests/unit/squash_images.h"

#include <pthread.h>

enum { THREADS = 8, BLOCK = 128 << 10 };

static int make_image(void **state)
{
    if (scratch_make(state) != 0)
        return -1;
    shell("mkdir -p tree/many && seq 1 3000000 | head -c 16M >tree/large && "
          "cd tree/many && seq -w 1 3000 | while read n; do echo $n >$n; done");
    pack("tree", "tree.sqfs", "-b 128K -noX -no-fragments");
    pack("tree", "ends.sqfs", "-b 128K");
    pack("tree/many", "many.sqfs", "-b 4K");
    pack("tree", "wide.sqfs", "-b 1M");
    return 0;
}

struct reader {
    pthread_t thread;
    struct squash *image;
    struct squash_node node;
    pthread_barrier_t *start;
    size_t step;
    char *bytes;
};

static void *read_all(void *argument)
{
    struct reader *reader = argument;

    pthread_barrier_wait(reader->start);
    reader->bytes = content(reader->image, &reader->node, reader->step);
    return NULL;
}

static void blocks_are_unpacked_once_for_all_threads(void **state)
{
    struct squash *image = open_image("tree.sqfs");
    struct squash_node node = node_at(image, "large");
    struct reader readers[THREADS];
    pthread_barrier_t start;
    size_t size;
    char *expected = file_content("tree/large", &size);

    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        readers[i] = (struct reader){
            .image = image, .node = node, .start = &start, .step = 4096
        };
        pthread_create(&readers[i].thread, NULL, read_all, &readers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(readers[i].thread, NULL);
        assert_memory_equal(readers[i].bytes, expected, size);
        free(readers[i].bytes);
    }
    assert_int_equal(statistics(image).blocks, size / BLOCK);
    pthread_barrier_destroy(&start);
    free(expected);
    squash_close(image);
}

static void *walk_all(void *argument)
{
    struct reader *reader = argument;

    pthread_barrier_wait(reader->start);
    for (int i = 1; i <= 3000; i++) {
        char path[32];
        struct squash_node node;
        char *bytes;

        snprintf(path, sizeof path, "many/%04d", i);
        node = node_at(reader->image, path);
        bytes = content(reader->image, &node, 4096);
        assert_memory_equal(bytes, path + 5, 4);
        free(bytes);
    }
    return NULL;
}

static void threads_may_walk_at_once(void **state)
{
    struct squash *image = open_at("ends.sqfs", 0, 1 << 20);
    struct reader readers[THREADS];
    pthread_barrier_t start;

    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        readers[i] = (struct reader){ .image = image, .start = &start };
        pthread_create(&readers[i].thread, NULL, walk_all, &readers[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(readers[i].thread, NULL);
    pthread_barrier_destroy(&start);
    squash_close(image);
}

static void cache_keeps_to_its_size(void **state)
{
    struct squash *image = open_at("tree.sqfs", 0, 1 << 20);
    struct squash_node node = node_at(image, "large");
    uint64_t before;

    free(content(image, &node, 4096));
    assert_true(statistics(image).memory < 2 << 20);
    before = statistics(image).blocks;
    free(content(image, &node, 4096));
    assert_true(statistics(image).blocks > before + 100);
    squash_close(image);
}

static void whole_blocks_are_not_kept(void **state)
{
    struct squash *image = open_image("tree.sqfs");
    struct squash_node node = node_at(image, "large");

    free(content(image, &node, BLOCK));
    assert_int_equal(statistics(image).blocks, 128);
    assert_true(statistics(image).memory < 1 << 20);
    squash_close(image);
}

static void pieces_stay_while_they_are_held(void **state)
{
    struct squash *image = open_at("tree.sqfs", 0, 1);
    struct squash_node node = node_at(image, "large");
    struct squash_range range = { node.id, 5, 100 };
    struct squash_pieces pieces;
    char first[100];

    assert_int_equal(squash_map(image, &range, &pieces), 0);
    assert_int_equal(pieces.count, 1);
    assert_int_equal(pieces.bytes, 100);
    memcpy(first, pieces.iov[0].iov_base, 100);
    free(content(image, &node, 4096));
    assert_memory_equal(first, pieces.iov[0].iov_base, 100);
    squash_release(image, &pieces);
    squash_close(image);
}

// Nothing of a failed read is kept: when the image is whole again, so are its
// files.
static void image_that_shrinks_is_eio_while_it_is_short(void **state)
{
    struct squash *image;
    struct squash_node node;
    static char bytes[BLOCK];

    shell("cp tree.sqfs shrinks.sqfs");
    image = open_image("shrinks.sqfs");
    node = node_at(image, "large");
    shell("truncate -s 4K shrinks.sqfs");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            squash_read(image, node.id, 1 << 20, (struct iovec){ bytes, 4096 }),
            -1);
        assert_int_equal(errno, EIO);
        assert_int_equal(squash_read(image, node.id, 1 << 20,
                                     (struct iovec){ bytes, BLOCK }),
                         -1);
        assert_int_equal(errno, EIO);
    }
    shell("dd if=tree.sqfs of=shrinks.sqfs conv=notrunc status=none");
    assert_int_equal(squash_read(image, node.id, 1 << 20,
                                 (struct iovec){ bytes, sizeof bytes }),
                     sizeof bytes);
    squash_close(image);
}

static void *read_short(void *argument)
{
    struct reader *reader = argument;
    char bytes[16];

    pthread_barrier_wait(reader->start);
    for (uint64_t at = 0; at < 16 << 20; at += BLOCK) {
        assert_int_equal(squash_read(reader->image, reader->node.id, at,
                                     (struct iovec){ bytes, sizeof bytes }),
                         -1);
        assert_int_equal(errno, EIO);
    }
    return NULL;
}

static void waiters_for_a_bad_block_all_get_eio(void **state)
{
    struct reader readers[THREADS];
    struct squash_node node;
    pthread_barrier_t start;
    struct squash *image;

    shell("cp tree.sqfs shrinks.sqfs");
    image = open_image("shrinks.sqfs");
    node = node_at(image, "large");
    shell("truncate -s 4K shrinks.sqfs");
    // The first block of all is within what is left.
    shell("dd if=/dev/zero of=shrinks.sqfs bs=4K count=1 conv=notrunc "
          "status=none");
    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        readers[i] =
            (struct reader){ .image = image, .node = node, .start = &start };
        pthread_create(&readers[i].thread, NULL, read_short, &readers[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(readers[i].thread, NULL);
    pthread_barrier_destroy(&start);
    squash_close(image);
}

static void a_block_is_kept_until_its_end_is_read(void **state)
{
    enum { WIDE = 1 << 20 };
    struct squash *image = open_image("wide.sqfs");
    struct squash_node node = node_at(image, "large");
    uint64_t wide = (uint64_t)node.st.st_size / WIDE;

    free(content(image, &node, BLOCK));
    assert_int_equal(statistics(image).blocks, wide);
    assert_true(statistics(image).memory < WIDE);
    // who reads little at its end may want the rest later
    free(content(image, &node, 4096));
    assert_int_equal(statistics(image).blocks, 2 * wide);
    assert_true(statistics(image).memory >= wide * WIDE);
    squash_close(image);
}

static uint64_t blocks_after(struct squash *image, const char *name)
{
    struct squash_node node = node_at(image, name);
    char byte;

    assert_int_equal(squash_read(image, node.id, 0, (struct iovec){ &byte, 1 }),
                     1);
    return statistics(image).blocks;
}

// 819 files of 5 bytes are a block of fragments.
static void the_third_block_of_small_files_is_unpacked_ahead(void **state)
{
    struct squash *image = open_image("many.sqfs");

    assert_int_equal(blocks_after(image, "0001"), 1);
    squash_ahead(image);
    assert_int_equal(blocks_after(image, "1000"), 2);
    squash_ahead(image);
    squash_ahead(image);
    assert_int_equal(statistics(image).blocks, 3);
    assert_int_equal(blocks_after(image, "2000"), 3);
    squash_ahead(image);
    assert_int_equal(blocks_after(image, "3000"), 4);
    squash_ahead(image);
    assert_int_equal(statistics(image).blocks, 4);
    squash_close(image);
}

// Nobody says that whoever reads at random wants what is beside it.
static void nothing_is_unpacked_ahead_for_readers_at_random(void **state)
{
    struct squash *image = open_image("many.sqfs");

    assert_int_equal(blocks_after(image, "0001"), 1);
    assert_int_equal(blocks_after(image, "2000"), 2);
    squash_ahead(image);
    assert_int_equal(statistics(image).blocks, 2);
    squash_close(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_unpacked_once_for_all_threads),
        cmocka_unit_test(threads_may_walk_at_once),
        cmocka_unit_test(cache_keeps_to_its_size),
        cmocka_unit_test(whole_blocks_are_not_kept),
        cmocka_unit_test(pieces_stay_while_they_are_held),
        cmocka_unit_test(image_that_shrinks_is_eio_while_it_is_short),
        cmocka_unit_test(waiters_for_a_bad_block_all_get_eio),
        cmocka_unit_test(a_block_is_kept_until_its_end_is_read),
        cmocka_unit_test(the_third_block_of_small_files_is_unpacked_ahead),
        cmocka_unit_test(nothing_is_unpacked_ahead_for_readers_at_random),
    };

    return cmocka_run_group_tests(tests, make_image, scratch_remove);
}
