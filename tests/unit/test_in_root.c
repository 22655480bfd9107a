// Each claim is tested twice: with openat2(2) and with the walk that stands in
// for it on old kernels.
// wrap: syscall
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/fs.h"
#include "core/base/scope.h"

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

static char top[] = "/tmp/ch-test-root.XXXXXX";
static int root;   // of the tree below, at TOP/root
static int answer; // of openat2: an errno, or 0 for the kernel's own
static int calls;  // of openat2

long __real_syscall(long number, long a, long b, long c, long d, long e,
                    long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e,
                    long f);

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    if (number == SYS_openat2) {
        calls++;
        if (answer != 0) {
            errno = answer;
            return -1;
        }
    }
    return __real_syscall(number, a, b, c, d, e, f);
}

// The tree: directories, and links with their targets.
static const struct {
    const char *path, *target;
} tree[] = {
    { "d", NULL },
    { "d/e", NULL },
    { "etc", NULL },
    { "l-up", "../.." },
    { "l-far-up", "../../../../../../../../etc" },
    { "l-abs", "/etc" },
    { "l-file", "d/file" },
    { "l-loop", "l-loop" },
    { "l-chain", "l-abs/passwd" },
    { "d/e/l-out", "/../../secret" },
    { "d/e/l-back", "../../etc/passwd" },
    { "d/e/l-abs", "/etc/passwd" },
    { "d/e/l-dangling", "/run/deep" },
    { "d/e/l-dangling-relative", "f/g" },
    { "l-dangling", "/run/made" },
    { "l-dangling-relative", "d/../new/made" },
    { "l-slash", "d/" },
    { "l-a", "l-b" },
    { "l-b", "l-a" },
};

static void put_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int make_tree(void **state)
{
    (void)state;
    if (mkdtemp(top) == NULL || chdir(top) < 0)
        return -1;
    put_text("secret", "outside");
    mkdir("root", 0755);
    assert_int_equal(chdir("root"), 0);
    for (size_t i = 0; i < sizeof tree / sizeof tree[0]; i++)
        assert_int_equal(tree[i].target != NULL
                             ? symlink(tree[i].target, tree[i].path)
                             : mkdir(tree[i].path, 0755),
                         0);
    put_text("etc/passwd", "inside");
    put_text("d/file", "file");
    put_text("secret", "inside secret");
    assert_int_equal(chdir("/"), 0);
    return 0;
}

static int remove_tree(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", top);
    return system(command);
}

static int open_root(void)
{
    char path[64];

    snprintf(path, sizeof path, "%s/root", top);
    calls = 0;
    root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return root >= 0 ? 0 : -1;
}

static int by_kernel(void **state)
{
    (void)state;
    answer = 0;
    return open_root();
}

static int by_walk(void **state)
{
    (void)state;
    answer = ENOSYS;
    return open_root();
}

static int finish(void **state)
{
    (void)state;
    return close(root);
}

static void leads_to(const char *path, const char *text)
{
    cleanup_close int fd = fs_open_in_root(root, path, O_RDONLY, 0);
    char found[64] = "";

    if (fd < 0)
        fail_msg("%s: %s", path, strerror(errno));
    assert_true(read(fd, found, sizeof found - 1) >= 0);
    assert_string_equal(found, text);
}

static void gives(const char *path, int flags, int errnum)
{
    cleanup_close int fd = fs_open_in_root(root, path, flags, 0600);

    assert_int_equal(fd, -1);
    assert_int_equal(errno, errnum);
}

static void same_file(const char *path, int flags, const char *other)
{
    cleanup_close int fd = fs_open_in_root(root, path, flags | O_PATH, 0);
    struct stat a, b;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &a), 0);
    assert_int_equal(fstatat(root, other, &b, AT_SYMLINK_NOFOLLOW), 0);
    assert_int_equal(a.st_ino, b.st_ino);
    assert_int_equal(a.st_dev, b.st_dev);
}

static void absolute_and_relative_paths_start_at_the_root(void **state)
{
    (void)state;
    leads_to("etc/passwd", "inside");
    leads_to("/etc/passwd", "inside");
    leads_to("//etc///./passwd", "inside");
    same_file("/", 0, ".");
    same_file(".", 0, ".");
    same_file("d/e/", 0, "d/e");
    same_file("d/e/.", 0, "d/e");
}

static void dot_dot_stops_at_the_root(void **state)
{
    (void)state;
    leads_to("../../../../secret", "inside secret");
    leads_to("/../secret", "inside secret");
    leads_to("d/../../secret", "inside secret");
    leads_to("d/e/../../../etc/passwd", "inside");
    same_file("..", 0, ".");
    same_file("d/e/..", 0, "d");
    same_file("d/./..", 0, ".");
    same_file("d/e/./../.", 0, "d");
}

static void links_cannot_lead_out(void **state)
{
    (void)state;
    leads_to("l-abs/passwd", "inside");
    leads_to("l-up/secret", "inside secret");
    leads_to("l-far-up/passwd", "inside");
    leads_to("d/e/l-out", "inside secret");
    leads_to("d/e/l-back", "inside");
    leads_to("d/e/l-abs", "inside");
    leads_to("l-chain", "inside");
    leads_to("l-file", "file");
}

static void loops_of_links_end(void **state)
{
    (void)state;
    gives("l-loop", O_RDONLY, ELOOP);
    gives("l-a/x", O_RDONLY, ELOOP);
}

static void the_last_link_can_be_meant_itself(void **state)
{
    (void)state;
    same_file("l-abs", O_NOFOLLOW, "l-abs");
    same_file("l-abs", 0, "etc");
    same_file("l-abs/", O_NOFOLLOW, "etc");
    gives("l-file", O_RDONLY | O_NOFOLLOW, ELOOP);
}

static void what_is_not_there_says_so(void **state)
{
    (void)state;
    gives("nothing", O_RDONLY, ENOENT);
    gives("d/nothing/x", O_RDONLY, ENOENT);
    gives("", O_RDONLY, ENOENT);
    gives("l-dangling", O_RDONLY, ENOENT);
    gives("d/file/x", O_RDONLY, ENOTDIR);
    gives("d/file/", O_RDONLY, ENOTDIR);
    gives("d/file/..", O_RDONLY, ENOTDIR);
    gives("d/file", O_RDONLY | O_DIRECTORY, ENOTDIR);
    gives("d", O_WRONLY, EISDIR);
}

static void a_path_too_long_says_so(void **state)
{
    char path[2 * PATH_MAX];

    (void)state;
    memset(path, '/', sizeof path);
    path[sizeof path - 1] = '\0';
    gives(path, O_RDONLY, ENAMETOOLONG);
    memset(path, 'x', NAME_MAX + 1);
    path[NAME_MAX + 1] = '\0';
    gives(path, O_RDONLY, ENAMETOOLONG);
}

static void files_are_created_inside(void **state)
{
    cleanup_close int fd = fs_open_in_root(root, "l-up/l-abs/new",
                                           O_WRONLY | O_CREAT | O_EXCL, 0640);
    struct stat st;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fstatat(root, "etc/new", &st, 0), 0);
    gives("etc/new", O_WRONLY | O_CREAT | O_EXCL, EEXIST);
    gives("l-dangling", O_WRONLY | O_CREAT | O_EXCL, EEXIST);
    assert_int_equal(unlinkat(root, "etc/new", 0), 0);
}

static void magic_links_cannot_lead_out(void **state)
{
    cleanup_close int proc = open("/proc", O_PATH | O_CLOEXEC);
    cleanup_close int fd =
        fs_open_in_root(proc, "self/cwd/tmp", O_PATH | O_DIRECTORY, 0);

    (void)state;
    assert_int_equal(fd, -1);
}

static bool is_dir(const char *path)
{
    struct stat st;

    return fstatat(root, path, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static void directories_are_made_with_their_parents(void **state)
{
    (void)state;
    assert_int_equal(fs_mkdirs_in_root(root, "/a/b/c/", 0755), 0);
    assert_true(is_dir("a/b/c"));
    assert_int_equal(fs_mkdirs_in_root(root, "a/b/c", 0755), 0);
    assert_int_equal(fs_mkdirs_in_root(root, "a/../../../x", 0755), 0);
    assert_true(is_dir("x"));
    assert_int_equal(unlinkat(root, "x", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(root, "a/b/c", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(root, "a/b", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(root, "a", AT_REMOVEDIR), 0);
}

static void directories_are_made_through_links_inside(void **state)
{
    (void)state;
    assert_int_equal(fs_mkdirs_in_root(root, "l-abs/deep/er", 0755), 0);
    assert_true(is_dir("etc/deep/er"));
    assert_int_equal(unlinkat(root, "etc/deep/er", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(root, "etc/deep", AT_REMOVEDIR), 0);
}

static void the_target_of_a_dangling_link_is_made(void **state)
{
    (void)state;
    assert_int_equal(fs_mkdirs_in_root(root, "l-dangling/x", 0755), 0);
    assert_true(is_dir("run/made/x"));
    assert_int_equal(fs_mkdirs_in_root(root, "l-dangling-relative", 0755), 0);
    assert_true(is_dir("new/made"));
    assert_int_equal(fs_mkdirs_in_root(root, "d/e/l-dangling", 0755), 0);
    assert_true(is_dir("run/deep"));
    assert_int_equal(fs_mkdirs_in_root(root, "d/e/l-dangling-relative/", 0755),
                     0);
    assert_true(is_dir("d/e/f/g"));
    assert_int_equal(unlinkat(root, "d/e/f/g", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(root, "d/e/f", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(root, "run/deep", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(root, "run/made/x", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(root, "run/made", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(root, "run", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(root, "new/made", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(root, "new", AT_REMOVEDIR), 0);
}

static void no_directory_is_made_where_a_file_is(void **state)
{
    (void)state;
    assert_int_equal(fs_mkdirs_in_root(root, "d/file/x", 0755), -1);
    assert_int_equal(errno, ENOTDIR);
    assert_int_equal(fs_mkdirs_in_root(root, "d/file", 0755), -1);
    assert_int_equal(errno, ENOTDIR);
    assert_int_equal(fs_mkdirs_in_root(root, "l-loop/x", 0755), -1);
    assert_int_equal(errno, ELOOP);
    assert_int_equal(fs_mkdirs_in_root(root, "", 0755), -1);
    assert_int_equal(errno, ENOENT);
}

static void existence_is_seen_from_inside(void **state)
{
    (void)state;
    assert_true(fs_exists_in_root(root, "/etc/passwd"));
    assert_true(fs_exists_in_root(root, "d/e/l-out"));
    assert_false(fs_exists_in_root(root, "/tmp"));
    assert_false(fs_exists_in_root(root, "l-dangling"));
}

static void a_kernel_or_filter_without_openat2_is_no_obstacle(void **state)
{
    static const int answers[] = { ENOSYS, EPERM };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        answer = answers[i];
        leads_to("l-chain", "inside");
    }
    assert_int_equal(calls, 2);
}

static void a_race_is_tried_again_but_not_for_ever(void **state)
{
    (void)state;
    answer = EAGAIN;
    leads_to("d/../etc/passwd", "inside");
    assert_true(calls > 10);
}

static void all_else_that_openat2_says_is_believed(void **state)
{
    (void)state;
    answer = EACCES;
    gives("etc/passwd", O_RDONLY, EACCES);
    assert_int_equal(calls, 1);
}

#define TWICE(claim)                                               \
    { #claim " (by the kernel)", claim, by_kernel, finish, NULL }, \
    {                                                              \
#claim " (by walking)", claim, by_walk, finish, NULL       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TWICE(absolute_and_relative_paths_start_at_the_root),
        TWICE(dot_dot_stops_at_the_root),
        TWICE(links_cannot_lead_out),
        TWICE(loops_of_links_end),
        TWICE(the_last_link_can_be_meant_itself),
        TWICE(what_is_not_there_says_so),
        TWICE(a_path_too_long_says_so),
        TWICE(files_are_created_inside),
        TWICE(magic_links_cannot_lead_out),
        TWICE(directories_are_made_with_their_parents),
        TWICE(directories_are_made_through_links_inside),
        TWICE(the_target_of_a_dangling_link_is_made),
        TWICE(no_directory_is_made_where_a_file_is),
        TWICE(existence_is_seen_from_inside),
        cmocka_unit_test_setup_teardown(
            a_kernel_or_filter_without_openat2_is_no_obstacle, by_kernel,
            finish),
        cmocka_unit_test_setup_teardown(a_race_is_tried_again_but_not_for_ever,
                                        by_kernel, finish),
        cmocka_unit_test_setup_teardown(all_else_that_openat2_says_is_believed,
                                        by_kernel, finish),
    };

    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
