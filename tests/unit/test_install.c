// wrap: fsync write symlinkat
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/install.h"
#include "core/base/scope.h"

static char folder[] = "/tmp/ch-test-install.XXXXXX";
static int write_errno, fsync_errno, symlink_errno;

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __wrap_fsync(int fd);
int __real_symlinkat(const char *target, int dir, const char *name);
int __wrap_symlinkat(const char *target, int dir, const char *name);

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    if (write_errno == 0)
        return __real_write(fd, data, size);
    errno = write_errno;
    return -1;
}

int __wrap_fsync(int fd)
{
    (void)fd;
    errno = fsync_errno;
    return fsync_errno == 0 ? 0 : -1;
}

int __wrap_symlinkat(const char *target, int dir, const char *name)
{
    if (symlink_errno == 0)
        return __real_symlinkat(target, dir, name);
    errno = symlink_errno;
    return -1;
}

static const struct command links[] = {
    { "ch-run", "run", NULL },
    { "ch-mount", "mount", NULL },
    { NULL, NULL, NULL },
};

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int empty_folder(void **state)
{
    (void)state;
    write_errno = fsync_errno = symlink_errno = 0;
    err_clear();
    return system("rm -rf ./* ./.ch*");
}

static int remove_folder(void **state)
{
    return empty_folder(state) | chdir("/") | rmdir(folder);
}

static int entries(void)
{
    DIR *dir = opendir(".");
    int count = 0;

    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count - 2; // "." and ".."
}

static void is_this_program(const char *path)
{
    struct stat self, copy;

    assert_int_equal(stat("/proc/self/exe", &self), 0);
    assert_int_equal(stat(path, &copy), 0);
    assert_int_equal(copy.st_size, self.st_size);
    assert_int_equal(copy.st_mode & 07777, 0755);
    assert_int_not_equal(copy.st_ino, self.st_ino);
}

static void leads_to(const char *link, const char *target)
{
    char found[64] = "";

    assert_true(readlink(link, found, sizeof found - 1) > 0);
    assert_string_equal(found, target);
}

static void the_program_and_its_links_are_there(void **state)
{
    mode_t old = umask(0077);

    (void)state;
    assert_int_equal(install_program(folder, "ch", links), 0);
    umask(old);
    is_this_program("ch");
    leads_to("ch-run", "ch");
    leads_to("ch-mount", "ch");
    assert_int_equal(entries(), 3);
}

static void what_was_there_is_replaced(void **state)
{
    cleanup_close int old = open("ch", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;

    (void)state;
    assert_int_equal(ftruncate(old, 5), 0);
    assert_int_equal(symlink("/nowhere", "ch-run"), 0);
    assert_int_equal(link("ch", "ch-mount"), 0);
    assert_int_equal(install_program(".", "ch", links), 0);
    is_this_program("ch");
    leads_to("ch-run", "ch");
    leads_to("ch-mount", "ch");
    assert_int_equal(entries(), 3);
    // who has the old one open keeps it as it was
    assert_int_equal(fstat(old, &st), 0);
    assert_int_equal(st.st_size, 5);
}

static void the_target_of_an_old_link_is_left_alone(void **state)
{
    struct stat st;

    (void)state;
    close(open("precious", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    assert_int_equal(symlink("precious", "ch"), 0);
    assert_int_equal(install_program(".", "ch", links), 0);
    assert_int_equal(stat("precious", &st), 0);
    assert_int_equal(st.st_size, 0);
    assert_int_equal(lstat("ch", &st), 0);
    assert_true(S_ISREG(st.st_mode));
}

static void a_full_disk_leaves_the_old_program_and_nothing_else(void **state)
{
    cleanup_close int old = open("ch", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;

    (void)state;
    write_errno = ENOSPC;
    assert_int_equal(install_program("./", "ch", links), -1);
    write_errno = 0;
    assert_string_equal(err_text(),
                        "can't install .//ch: No space left on device");
    assert_int_equal(entries(), 1);
    assert_int_equal(stat("ch", &st), 0);
    assert_int_equal(st.st_size, 0);
}

static void what_may_not_be_on_disk_is_not_put_in_place(void **state)
{
    (void)state;
    fsync_errno = EIO;
    assert_int_equal(install_program(".", "ch", links), -1);
    assert_string_equal(err_text(), "can't install ./ch: Input/output error");
    assert_int_equal(entries(), 0);
}

static void a_link_that_cannot_be_made_is_named(void **state)
{
    (void)state;
    symlink_errno = EPERM;
    assert_int_equal(install_program(".", "ch", links), -1);
    assert_string_equal(
        err_text(), "can't make the link ./ch-run: Operation not permitted");
    symlink_errno = 0;
}

static void a_directory_in_the_place_of_a_link_is_found_first(void **state)
{
    (void)state;
    assert_int_equal(mkdir("ch-mount", 0700), 0);
    assert_int_equal(install_program(".", "ch", links), -1);
    assert_string_equal(err_text(), "can't install ./ch-mount: Is a directory");
    assert_int_equal(entries(), 1);
}

static void a_place_that_is_no_directory_is_named(void **state)
{
    (void)state;
    assert_int_equal(install_program("/proc/self/comm", "ch", links), -1);
    assert_string_equal(err_text(),
                        "can't install into /proc/self/comm: Not a directory");
    assert_int_equal(install_program("nothing", "ch", links), -1);
    assert_string_equal(
        err_text(), "can't install into nothing: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_program_and_its_links_are_there,
                               empty_folder),
        cmocka_unit_test_setup(what_was_there_is_replaced, empty_folder),
        cmocka_unit_test_setup(the_target_of_an_old_link_is_left_alone,
                               empty_folder),
        cmocka_unit_test_setup(
            a_full_disk_leaves_the_old_program_and_nothing_else, empty_folder),
        cmocka_unit_test_setup(what_may_not_be_on_disk_is_not_put_in_place,
                               empty_folder),
        cmocka_unit_test_setup(a_link_that_cannot_be_made_is_named,
                               empty_folder),
        cmocka_unit_test_setup(
            a_directory_in_the_place_of_a_link_is_found_first, empty_folder),
        cmocka_unit_test_setup(a_place_that_is_no_directory_is_named,
                               empty_folder),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
