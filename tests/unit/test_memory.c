// wrap: fs_read
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/kernel/memory.h"

// The files that there are.
static const char *files[8][2];

char *__wrap_fs_read(int dirfd, const char *path, size_t max, size_t *length);

char *__wrap_fs_read(int dirfd, const char *path, size_t max, size_t *length)
{
    for (size_t i = 0; i < 8 && files[i][0] != NULL; i++)
        if (strcmp(path, files[i][0]) == 0)
            return strdup(files[i][1]);
    failed(ENOENT, "can't open %s", path);
    return NULL;
}

static void set_files(const char *const (*list)[2], size_t count)
{
    memset(files, 0, sizeof files);
    memcpy(files, list, count * sizeof *list);
}

static const char meminfo[] = "MemTotal: 9 kB\nMemAvailable:   1024 kB\n";

static void without_groups_the_machine_counts(void **state)
{
    static const char *const list[][2] = { { "/proc/meminfo", meminfo } };

    set_files(list, 1);
    assert_int_equal(memory_available(), 1 << 20);
    assert_string_equal(err_text(), "");
    set_files(list, 0);
    assert_int_equal(memory_available(), 0);
}

static void the_lowest_limit_above_counts(void **state)
{
    static const char *const list[][2] = {
        { "/proc/meminfo", meminfo },
        { "/proc/self/cgroup", "0::/slurm/job/step\n" },
        { "/sys/fs/cgroup/slurm/job/step/memory.max", "max\n" },
        { "/sys/fs/cgroup/slurm/job/memory.max", "5000\n" },
        { "/sys/fs/cgroup/slurm/memory.max", "9000\n" },
    };

    set_files(list, 5);
    assert_int_equal(memory_available(), 5000);
}

static void limits_of_both_hierarchies_count(void **state)
{
    static const char *const list[][2] = {
        { "/proc/meminfo", meminfo },
        { "/proc/self/cgroup", "4:memory:/job\n3:cpu:/other\n0::/\n" },
        { "/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "7000\n" },
        { "/sys/fs/cgroup/memory/memory.limit_in_bytes",
          "9223372036854771712\n" },
    };

    set_files(list, 4);
    assert_int_equal(memory_available(), 7000);
}

static void a_limit_above_what_there_is_counts_for_nothing(void **state)
{
    static const char *const list[][2] = {
        { "/proc/meminfo", meminfo },
        { "/proc/self/cgroup", "0::/job\n" },
        { "/sys/fs/cgroup/job/memory.max", "99999999999\n" },
    };

    set_files(list, 3);
    assert_int_equal(memory_available(), 1 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_groups_the_machine_counts),
        cmocka_unit_test(the_lowest_limit_above_counts),
        cmocka_unit_test(limits_of_both_hierarchies_count),
        cmocka_unit_test(a_limit_above_what_there_is_counts_for_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
