// wrap: mountinfo_read mount_remove caps_may_mount idmap_is_single holders_find fusermount_unmount loop_name
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/kernel/holders.h"
#include "core/kernel/loop.h"
#include "core/kernel/mountinfo.h"
#include "core/run/unmounting.h"

// A node with one mount, or what "table" says; "%d" is the id of folder's.
static struct {
    const char *table;
    bool root, single;
    int remove_errno;
    int removed; // how often
    struct holder holder;
    size_t holders;
    const char *refusal; // of fusermount3
} node;

static char folder[] = "/tmp/test_unmounting.XXXXXX";

int __wrap_mountinfo_read(struct mountinfo *mounts);
int __wrap_mount_remove(const char *dir, bool lazily);
bool __wrap_caps_may_mount(void);
bool __wrap_idmap_is_single(void);
size_t __wrap_holders_find(const struct mountinfo_entry *mount,
                           struct holder *first);
int __wrap_fusermount_unmount(const char *dir, bool lazily, char **reason);
int __wrap_loop_name(const char *path, unsigned major, unsigned minor,
                     char name[LOOP_NAME_SIZE]);

int __wrap_mountinfo_read(struct mountinfo *mounts)
{
    int fd = open(folder, O_PATH | O_CLOEXEC);
    int id = mountinfo_id(fd);
    char *text;

    close(fd);
    if (asprintf(&text, "%d 1 0:40 / %s ro - %s\n", id, folder, node.table) < 0)
        abort();
    return mountinfo_parse(mounts, text);
}

int __wrap_mount_remove(const char *dir, bool lazily)
{
    (void)lazily;
    assert_string_equal(dir, folder);
    node.removed++;
    errno = node.remove_errno;
    return errno == 0 ? 0 : -1;
}

bool __wrap_caps_may_mount(void)
{
    return node.root;
}

bool __wrap_idmap_is_single(void)
{
    return node.single;
}

size_t __wrap_holders_find(const struct mountinfo_entry *mount,
                           struct holder *first)
{
    assert_string_equal(mount->dir, folder);
    *first = node.holder;
    return node.holders;
}

int __wrap_fusermount_unmount(const char *dir, bool lazily, char **reason)
{
    (void)lazily;
    assert_string_equal(dir, folder);
    node.removed++;
    *reason = node.refusal ? strdup(node.refusal) : NULL;
    return node.refusal ? -1 : 0;
}

int __wrap_loop_name(const char *path, unsigned major, unsigned minor,
                     char name[LOOP_NAME_SIZE])
{
    (void)major, (void)minor;
    strcpy(name, strcmp(path, "/dev/loop1") == 0 ? "ch-mount:/i" : "snap");
    return 0;
}

static int reset(void **state)
{
    (void)state;
    memset(&node, 0, sizeof node);
    node.table = "fuse.ch /image ro,user_id=1000";
    node.root = true;
    return 0;
}

static void expect_failure(const char *dir, const char *text)
{
    char expected[512];

    snprintf(expected, sizeof expected, "can't unmount %s: %s", dir, text);
    assert_int_equal(unmounting_dir(dir, false), -1);
    assert_string_equal(err_text(), expected);
}

static void root_unmounts_himself(void **state)
{
    (void)state;
    assert_int_equal(unmounting_dir(folder, false), 0);
    assert_int_equal(node.removed, 1);
}

static void others_have_it_done(void **state)
{
    (void)state;
    node.root = false;
    assert_int_equal(unmounting_dir(folder, false), 0);
    assert_int_equal(node.removed, 1);
    node.refusal = "fusermount3: not yours";
    expect_failure(folder, "fusermount3: not yours");
}

static void a_namespace_of_ones_own_is_left_instead(void **state)
{
    (void)state;
    node.root = false;
    node.single = true;
    assert_int_equal(unmounting_dir(folder, false), -1);
    assert_non_null(strstr(err_text(), "last process of its namespace"));
    assert_int_equal(node.removed, 0);
}

static void a_file_system_of_others_is_not_touched(void **state)
{
    (void)state;
    node.table = "ext4 /dev/sda rw";
    expect_failure(folder, "its ext4 is not a mount of ch-mount");
    node.table = "squashfs /dev/loop2 ro";
    expect_failure(folder, "its squashfs is not a mount of ch-mount");
    assert_int_equal(node.removed, 0);
}

static void a_loop_device_of_ours_is_known_by_its_name(void **state)
{
    (void)state;
    node.table = "squashfs /dev/loop1 ro";
    assert_int_equal(unmounting_dir(folder, false), 0);
    assert_int_equal(node.removed, 1);
}

static void a_folder_without_a_mount_is_an_error(void **state)
{
    (void)state;
    expect_failure("/proc", "it is not a mount point"); // not in the table
    expect_failure("/no/such", "No such file or directory");
}

static void a_busy_mount_names_its_holder(void **state)
{
    (void)state;
    node.remove_errno = EBUSY;
    node.holders = 1;
    node.holder = (struct holder){ 123, "bash", "has a file open there" };
    expect_failure(folder, "busy: PID 123 (bash) has a file open there");
    node.holders = 3;
    expect_failure(folder, "busy: PID 123 (bash) has a file open there, and 2 "
                           "more use it");
    node.holders = 0;
    expect_failure(folder, "Device or resource busy");
}

static void a_mount_on_top_of_it_is_named(void **state)
{
    char table[256];
    int fd = open(folder, O_PATH | O_CLOEXEC);

    (void)state;
    snprintf(table, sizeof table,
             "fuse.ch /i ro\n999999 %d 0:9 / /above ro - tmpfs x rw",
             mountinfo_id(fd));
    close(fd);
    node.table = table;
    node.remove_errno = EBUSY;
    expect_failure(folder, "busy: something is mounted at /above");
}

static void all_means_those_that_the_user_may_unmount(void **state)
{
    static const char table[] =
        "fuse.ch /i ro,user_id=1\n"
        "7 1 0:9 / /mine ro - fuse.ch /i ro,user_id=%u\n"
        "8 1 0:9 / / ro - fuse.ch /i ro,user_id=%u\n"
        "9 1 0:9 / /else rw - ext4 /dev/sda rw";
    struct strlist dirs = { 0 };
    char text[512];

    (void)state;
    snprintf(text, sizeof text, table, geteuid(), geteuid());
    node.table = text;
    assert_int_equal(unmounting_dirs(&dirs), 0);
    assert_int_equal(dirs.count, 2);
    assert_string_equal(dirs.items[0], "/mine"); // the newest first
    assert_string_equal(dirs.items[1], folder);
    strlist_free(&dirs);
    node.root = false;
    assert_int_equal(unmounting_dirs(&dirs), 0);
    assert_int_equal(dirs.count, geteuid() == 1 ? 2 : 1);
    strlist_free(&dirs);
    node.single = true;
    assert_int_equal(unmounting_dirs(&dirs), 0);
    assert_int_equal(dirs.count, 0);
    strlist_free(&dirs);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(root_unmounts_himself),
        TEST(others_have_it_done),
        TEST(a_namespace_of_ones_own_is_left_instead),
        TEST(a_file_system_of_others_is_not_touched),
        TEST(a_loop_device_of_ours_is_known_by_its_name),
        TEST(a_folder_without_a_mount_is_an_error),
        TEST(a_busy_mount_names_its_holder),
        TEST(a_mount_on_top_of_it_is_named),
        TEST(all_means_those_that_the_user_may_unmount),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
