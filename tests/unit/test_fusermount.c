// The helper program is this program itself, found in PATH by its name; what
// it does is told by $FAKE.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/run/fusermount.h"

static char folder[] = "/tmp/test_fusermount.XXXXXX";

static int pass_on(int fd)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof fd)];
    } control = { 0 };
    char byte = 0;
    struct iovec data = { &byte, 1 };
    struct msghdr message = { .msg_iov = &data,
                              .msg_iovlen = 1,
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };

    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    return sendmsg(atoi(getenv("_FUSE_COMMFD")), &message, 0) == 1 ? 0 : 1;
}

static int fake(int argc, char **argv)
{
    const char *what = getenv("FAKE");
    FILE *arguments = fopen(getenv("ARGUMENTS"), "w");

    for (int i = 1; i < argc; i++)
        fprintf(arguments, "%s\n", argv[i]);
    fclose(arguments);
    if (strcmp(what, "pass") == 0)
        return pass_on(STDIN_FILENO);
    if (strcmp(what, "refuse") == 0)
        fprintf(stderr, "fusermount3: no, never\n");
    if (strcmp(what, "chatter") == 0)
        for (int i = 0; i < 100000; i++)
            fputs("chatter ", stderr);
    return strcmp(what, "silent") == 0 ? 0 : 1;
}

static const char *arguments(void)
{
    static char text[8192];
    FILE *file = fopen(getenv("ARGUMENTS"), "r");
    size_t size = fread(text, 1, sizeof text - 1, file);

    fclose(file);
    text[size] = '\0';
    return text;
}

static void the_device_comes_by_the_socket(void **state)
{
    int device;

    (void)state;
    setenv("FAKE", "pass", 1);
    device = fusermount_mount("/image", "/");
    assert_true(device > STDERR_FILENO);
    assert_int_equal(fcntl(device, F_GETFD), FD_CLOEXEC);
    close(device);
    assert_null(getenv("_FUSE_COMMFD"));
    assert_string_equal(arguments(),
                        "-o\nro,nosuid,nodev,default_permissions,subtype=ch,"
                        "fsname=/image\n--\n/\n");
}

static void commas_and_backslashes_of_the_image_are_quoted(void **state)
{
    int device;

    (void)state;
    setenv("FAKE", "pass", 1);
    device = fusermount_mount("/a,b\\c,user_id=0", "/");
    close(device);
    assert_non_null(
        strstr(arguments(), ",fsname=/a\\,b\\\\c\\,user_id=0\n--\n/\n"));
}

static void a_refusal_is_told_in_its_words(void **state)
{
    (void)state;
    setenv("FAKE", "refuse", 1);
    assert_int_equal(fusermount_mount("/image", "/"), -1);
    assert_string_equal(err_text(), "can't mount /image at /: fusermount3: "
                                    "no, never");
}

static void one_that_talks_without_end_is_listened_to_and_cut(void **state)
{
    (void)state;
    setenv("FAKE", "chatter", 1);
    assert_int_equal(fusermount_mount("/image", "/"), -1);
    assert_true(strlen(err_text()) < 2048);
}

static void success_without_a_device_is_an_error(void **state)
{
    (void)state;
    setenv("FAKE", "silent", 1);
    assert_int_equal(fusermount_mount("/image", "/"), -1);
    assert_non_null(strstr(err_text(), "passed no device on"));
}

static void that_it_is_missing_is_told(void **state)
{
    char *path = strdup(getenv("PATH"));

    (void)state;
    setenv("PATH", "/nowhere", 1);
    assert_int_equal(fusermount_mount("/image", "/"), -1);
    assert_non_null(strstr(err_text(), "there is no fusermount3 in PATH"));
    setenv("PATH", path, 1);
    free(path);
}

static void to_unmount_it_is_given_the_directory_alone(void **state)
{
    char *reason = NULL;

    (void)state;
    setenv("FAKE", "silent", 1);
    assert_int_equal(fusermount_unmount("/", false, &reason), 0);
    assert_string_equal(arguments(), "-u\n--\n/\n");
    assert_int_equal(fusermount_unmount("/", true, &reason), 0);
    assert_string_equal(arguments(), "-uz\n--\n/\n");
    assert_null(reason);
}

static void symbolic_links_are_followed_for_it(void **state)
{
    char link[PATH_MAX];
    char *reason = NULL;

    (void)state;
    snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(symlink("/proc", link), 0);
    setenv("FAKE", "silent", 1);
    assert_int_equal(fusermount_unmount(link, false, &reason), 0);
    assert_string_equal(arguments(), "-u\n--\n/proc\n");
    assert_int_equal(unlink(link), 0);
    assert_int_equal(fusermount_unmount(link, false, &reason), -1);
    assert_string_equal(reason, "No such file or directory");
    free(reason);
}

static void why_it_does_not_unmount_is_handed_back(void **state)
{
    char *reason = NULL;

    (void)state;
    err_clear();
    setenv("FAKE", "refuse", 1);
    assert_int_equal(fusermount_unmount("/", false, &reason), -1);
    assert_string_equal(reason, "fusermount3: no, never");
    assert_string_equal(err_text(), "");
    free(reason);
}

static void a_caller_that_ignores_its_children_learns_the_status(void **state)
{
    char *reason = NULL;

    (void)state;
    signal(SIGCHLD, SIG_IGN);
    setenv("FAKE", "silent", 1);
    assert_int_equal(fusermount_unmount("/", false, &reason), 0);
    assert_ptr_equal(signal(SIGCHLD, SIG_DFL), SIG_IGN);
}

static int set_up(void **state)
{
    char path[PATH_MAX + 64];
    char self[PATH_MAX] = { 0 };

    (void)state;
    if (mkdtemp(folder) == NULL ||
        readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        return -1;
    snprintf(path, sizeof path, "%s/fusermount3", folder);
    if (symlink(self, path) < 0)
        return -1;
    snprintf(path, sizeof path, "%s/arguments", folder);
    setenv("ARGUMENTS", path, 1);
    snprintf(path, sizeof path, "%s:%s", folder, getenv("PATH"));
    return setenv("PATH", path, 1);
}

static int tear_down(void **state)
{
    char path[PATH_MAX];

    (void)state;
    unlink(getenv("ARGUMENTS"));
    snprintf(path, sizeof path, "%s/fusermount3", folder);
    unlink(path);
    return rmdir(folder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_device_comes_by_the_socket),
        cmocka_unit_test(commas_and_backslashes_of_the_image_are_quoted),
        cmocka_unit_test(a_refusal_is_told_in_its_words),
        cmocka_unit_test(one_that_talks_without_end_is_listened_to_and_cut),
        cmocka_unit_test(success_without_a_device_is_an_error),
        cmocka_unit_test(that_it_is_missing_is_told),
        cmocka_unit_test(to_unmount_it_is_given_the_directory_alone),
        cmocka_unit_test(symbolic_links_are_followed_for_it),
        cmocka_unit_test(why_it_does_not_unmount_is_handed_back),
        cmocka_unit_test(a_caller_that_ignores_its_children_learns_the_status),
    };

    if (strcmp(argv[0], "fusermount3") == 0)
        return fake(argc, argv);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
