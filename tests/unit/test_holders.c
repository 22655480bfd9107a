// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/kernel/holders.h"

// A mount that nobody else uses is hard to come by without privileges, so the
// tests take those that they find, and ask about a child in them. The child
// does "act" and then waits to be killed.
struct child {
    pid_t pid;
    int ready;
};

static struct child spawn(void (*act)(void))
{
    int ends[2];
    struct child child;

    assert_int_equal(pipe(ends), 0);
    child.pid = fork();
    if (child.pid == 0) {
        act();
        if (write(ends[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    child.ready = ends[0];
    assert_int_equal(read(child.ready, &(char){ 0 }, 1), 1);
    return child;
}

static void end(struct child child)
{
    kill(child.pid, SIGKILL);
    waitpid(child.pid, NULL, 0);
    close(child.ready);
}

// The mount of "path"; its device is that of no mapped file, unless it is told.
static struct mountinfo_entry mount_of(const char *path)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct mountinfo_entry mount = { .id = mountinfo_id(fd), .major = 4095 };

    close(fd);
    return mount;
}

static void open_mounts(void)
{
    prctl(PR_SET_NAME, "holder one");
    if (open("/proc/self/mounts", O_RDONLY) < 0)
        _exit(1);
}

static void enter_proc(void)
{
    if (chdir("/proc/self") < 0)
        _exit(1);
}

static void map_memory(void)
{
    int fd = memfd_create("mapped", 0);

    if (fd < 0 || ftruncate(fd, 4096) < 0 ||
        mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
        _exit(1);
    close(fd);
}

static void an_open_file_is_told_with_pid_and_name(void **state)
{
    struct mountinfo_entry mount = mount_of("/proc");
    struct holder holder;
    size_t before = holders_find(&mount, &holder);
    struct child child = spawn(open_mounts);
    size_t after = holders_find(&mount, &holder);

    (void)state;
    end(child);
    if (before > 0) // others are in /proc as well; they come and go
        return;
    assert_int_equal(after, 1);
    assert_int_equal(holder.pid, child.pid);
    assert_string_equal(holder.name, "holder one");
    assert_string_equal(holder.how, "has a file open there");
}

static void a_working_directory_is_told(void **state)
{
    struct mountinfo_entry mount = mount_of("/proc");
    struct holder holder;
    size_t before = holders_find(&mount, &holder);
    struct child child = spawn(enter_proc);
    size_t after = holders_find(&mount, &holder);

    (void)state;
    end(child);
    if (before > 0)
        return;
    assert_int_equal(after, 1);
    assert_int_equal(holder.pid, child.pid);
    assert_string_equal(holder.how, "has its working directory there");
}

static void a_mapped_file_is_told_by_its_device(void **state)
{
    struct mountinfo_entry mount = { .id = -2 };
    struct child child = spawn(map_memory);
    struct holder holder = { 0 };
    struct stat st;
    size_t count;
    int fd = memfd_create("device", 0);

    (void)state;
    assert_int_equal(fstat(fd, &st), 0);
    close(fd);
    mount.major = major(st.st_dev);
    mount.minor = minor(st.st_dev);
    count = holders_find(&mount, &holder);
    end(child);
    assert_true(count >= 1);
    assert_string_equal(holder.how, "has a file mapped from there");
}

static void a_mount_that_nobody_uses_has_no_holders(void **state)
{
    struct mountinfo_entry mount = { .id = -2, .major = 4095 };
    struct holder holder;

    (void)state;
    assert_int_equal(holders_find(&mount, &holder), 0);
    assert_null(holder.how);
}

static void the_caller_is_named_only_if_nobody_else_is(void **state)
{
    struct mountinfo_entry mount = mount_of(".");
    struct child child = spawn(map_memory); // is where we are
    struct holder holder;

    (void)state;
    assert_true(holders_find(&mount, &holder) >= 2);
    end(child);
    assert_int_not_equal(holder.pid, getpid());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_file_is_told_with_pid_and_name),
        cmocka_unit_test(a_working_directory_is_told),
        cmocka_unit_test(a_mapped_file_is_told_by_its_device),
        cmocka_unit_test(a_mount_that_nobody_uses_has_no_holders),
        cmocka_unit_test(the_caller_is_named_only_if_nobody_else_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
