// test_fuse_record_hostile.c - names are learnt in a time that has an end.
//
// The image is made up: directory N has a file, and twice the directory N + 1.
// So the last has as many parents as there are directories, and more names than
// can be told.
// wrap: squash_root squash_dir_open squash_dir_count squash_dir_entry squash_dir_close
// SPDX-License-Identifier: MIT
#include "tests/unit/squash_images.h"

#include "core/fuse/record.h"

enum { DEPTH = 200000, ENTRIES = 3 };

// Both are no more than the id of a directory.
uint64_t __wrap_squash_root(const struct squash *image)
{
    return 1;
}

struct squash_dir *__wrap_squash_dir_open(struct squash *image, uint64_t id)
{
    uint64_t *dir = malloc(sizeof *dir);

    *dir = id;
    return (struct squash_dir *)dir;
}

uint32_t __wrap_squash_dir_count(const struct squash_dir *dir)
{
    return *(const uint64_t *)dir < DEPTH ? ENTRIES : 1;
}

void __wrap_squash_dir_entry(const struct squash_dir *dir, uint32_t index,
                             struct squash_entry *entry)
{
    static const char *const names[ENTRIES] = { "file", "a", "b" };
    uint64_t id = *(const uint64_t *)dir;

    *entry = (struct squash_entry){ .name = names[index],
                                    .id = index == 0 ? id + DEPTH : id + 1,
                                    .type = index == 0 ? S_IFREG : S_IFDIR };
}

void __wrap_squash_dir_close(struct squash *image, struct squash_dir *dir)
{
    free(dir);
}

static void directories_however_deep_are_met_once(void **state)
{
    static const char expected[] = "/file\n/a/a/file\n";
    int fd = open("list", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct record *record = record_open(NULL, fd);
    size_t size;
    char *text;

    assert_non_null(record);
    record_read(record, 1 + DEPTH);
    record_read(record, 3 + DEPTH);
    record_read(record, DEPTH + DEPTH); // no program could name it
    record_close(record);
    close(fd);
    text = file_content("list", &size);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(text, expected, size);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directories_however_deep_are_met_once),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
