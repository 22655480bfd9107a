// test_fuse_record.c - which files are read first, and files fetched before.
// SPDX-License-Identifier: MIT
#include "tests/unit/squash_images.h"

#include <pthread.h>

#include "core/fuse/prefetch.h"
#include "core/fuse/record.h"

enum { FILES = 300, THREADS = 6 };

static int make_image(void **state)
{
    if (scratch_make(state) != 0)
        return -1;
    shell("mkdir -p tree/many tree/a/b/c && cd tree && "
          "seq 1 200000 >a/b/c/numbers && echo one >one && "
          "ln one a/zwei && ln -s one link && : >'new\nline' && "
          "for n in $(seq 0 %d); do echo $n >many/$n; done && "
          "truncate -s 64M holes",
          FILES - 1);
    pack("tree", "tree.sqfs", "-b 4K");
    return 0;
}

static struct record *record_to(struct squash *image, int *fd)
{
    struct record *record;

    *fd = open("list", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(*fd >= 0);
    record = record_open(image, *fd);
    assert_non_null(record);
    return record;
}

static void assert_list(const char *expected)
{
    size_t size;
    char *text = file_content("list", &size);

    text[size] = '\0';
    assert_string_equal(text, expected);
    free(text);
}

static void files_are_told_once_in_their_order(void **state)
{
    static const char *const order[] = { "one",          "a/b/c/numbers",
                                         "a/zwei",       "many/7",
                                         "one",          "new\nline",
                                         "a/b/c/numbers" };
    struct squash *image = open_image("tree.sqfs");
    int fd;
    struct record *record = record_to(image, &fd);

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        record_read(record, node_at(image, order[i]).id);
    record_read(record, squash_root(image));
    record_read(record, UINT64_MAX);
    // of two names of a file the first one that is met, from the root down
    assert_list("/one\n/a/b/c/numbers\n/many/7\n");
    record_close(record);
    squash_close(image);
    close(fd);
}

struct reader {
    pthread_t thread;
    struct squash *image;
    struct record *record;
};

static void *read_many(void *argument)
{
    struct reader *reader = argument;
    char name[32];

    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "many/%d", i);
        record_read(reader->record, node_at(reader->image, name).id);
    }
    return NULL;
}

static void many_threads_tell_each_file_once(void **state)
{
    struct squash *image = open_image("tree.sqfs");
    struct reader readers[THREADS];
    int fd;
    struct record *record = record_to(image, &fd);

    for (int i = 0; i < THREADS; i++) {
        readers[i] = (struct reader){ .image = image, .record = record };
        pthread_create(&readers[i].thread, NULL, read_many, &readers[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(readers[i].thread, NULL);
    shell("[ $(sort list | uniq | wc -l) = %d ] && [ $(wc -l <list) = %d ]",
          FILES, FILES);
    record_close(record);
    squash_close(image);
    close(fd);
}

// Where the inode of this id is in an image whose inodes are not compressed,
// all in the first block of their table; see the super block of the format.
static off_t inode_at(int fd, uint64_t id)
{
    uint64_t table;

    assert_int_equal(pread(fd, &table, sizeof table, 64), sizeof table);
    return (off_t)(table + 2 + (id & 0xffff));
}

// Let the inode of a directory lead to the entries of another one: its fields
// start_block and nlink, file_size and offset.
static void redirect(const char *file, uint64_t dir, uint64_t to)
{
    int fd = open(file, O_RDWR | O_CLOEXEC);
    char fields[12];

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, fields, 12, inode_at(fd, to) + 16), 12);
    assert_int_equal(pwrite(fd, fields, 12, inode_at(fd, dir) + 16), 12);
    close(fd);
}

static void a_directory_within_itself_is_met_once(void **state)
{
    struct squash *image;
    struct record *record;
    uint64_t root, a;
    int fd;

    shell("mkdir -p loop/a/b && echo one >loop/one && echo two >loop/a/two");
    pack("loop", "loop.sqfs", "-noI -noD");
    image = open_image("loop.sqfs");
    root = squash_root(image);
    a = node_at(image, "a").id;
    squash_close(image);
    redirect("loop.sqfs", a, root);
    image = open_image("loop.sqfs");
    assert_int_equal(node_at(image, "a/a/a").id, a);
    record = record_to(image, &fd);
    record_read(record, node_at(image, "one").id);
    assert_list("/one\n");
    record_close(record);
    squash_close(image);
    close(fd);
}

static struct prefetched fetch_all(struct squash *image, const char *list,
                                   uint64_t most)
{
    struct prefetch_plan plan = { .list = list, .bytes = most };
    struct prefetch *prefetch = prefetch_start(image, &plan);
    struct prefetched now;

    assert_non_null(prefetch);
    while (!(now = prefetch_done(prefetch)).over)
        usleep(1000);
    now = prefetch_done(prefetch);
    prefetch_stop(prefetch);
    return now;
}

static void what_is_listed_is_in_the_cache(void **state)
{
    struct squash *image = open_image("tree.sqfs");
    struct squash_statistics before, after;
    struct squash_node node = node_at(image, "a/b/c/numbers");
    struct prefetched done =
        fetch_all(image, "/a/b/c/numbers\nlink\n/none\n\n/many/5", 64 << 20);
    char byte;

    assert_int_equal(done.files, 2);
    assert_int_equal(done.bytes, node.st.st_size + 2);
    squash_statistics(image, &before);
    for (off_t at = 0; at < node.st.st_size; at += 4096)
        assert_int_equal(squash_read(image, node.id, (uint64_t)at,
                                     (struct iovec){ &byte, 1 }),
                         1);
    squash_statistics(image, &after);
    assert_int_equal(after.blocks, before.blocks);
    squash_close(image);
}

static void fetching_ends_where_the_cache_would(void **state)
{
    struct squash *image = open_image("tree.sqfs");
    struct prefetched done = fetch_all(image, "/a/b/c/numbers", 128 << 10);

    assert_in_range(done.bytes, 1, 512 << 10);
    assert_int_equal(done.files, 0);
    squash_close(image);
}

// What the cache never has would else be fetched without end.
static void a_list_of_what_takes_no_room_ends(void **state)
{
    enum { LINES = 100000, MOST = 1 << 20 };
    static const char *const lines[] = { "/one\n", "/none\n", "\n",
                                         "many/1\n" };
    struct squash *image = open_image("tree.sqfs");
    char *list = malloc(LINES * strlen("/many/1\n") + 1);
    struct prefetched done;

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char *at = list;

        for (int j = 0; j < LINES; j++)
            at = stpcpy(at, lines[i]);
        done = fetch_all(image, list, MOST);
        assert_in_range(done.files, 0, LINES / 10);
    }
    free(list);
    done = fetch_all(image, "/holes\n", MOST);
    assert_in_range(done.bytes, MOST / 2, MOST + (64 << 10));
    assert_int_equal(done.files, 0);
    squash_close(image);
}

static void stopping_does_not_wait_for_the_rest(void **state)
{
    struct squash *image = open_image("tree.sqfs");
    struct prefetch_plan plan = { .list = "/a/b/c/numbers", .bytes = 1 << 30 };

    for (int i = 0; i < 20; i++)
        prefetch_stop(prefetch_start(image, &plan));
    prefetch_stop(NULL);
    assert_int_equal(prefetch_done(NULL).bytes, 0);
    plan = (struct prefetch_plan){ .own = true, .bytes = 1 << 30 };
    prefetch_stop(prefetch_start(image, &plan)); // it has none
    plan.own = false;
    assert_null(prefetch_start(image, &plan));
    squash_close(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_told_once_in_their_order),
        cmocka_unit_test(many_threads_tell_each_file_once),
        cmocka_unit_test(a_directory_within_itself_is_met_once),
        cmocka_unit_test(what_is_listed_is_in_the_cache),
        cmocka_unit_test(fetching_ends_where_the_cache_would),
        cmocka_unit_test(a_list_of_what_takes_no_room_ends),
        cmocka_unit_test(stopping_does_not_wait_for_the_rest),
    };

    return cmocka_run_group_tests(tests, make_image, scratch_remove);
}
