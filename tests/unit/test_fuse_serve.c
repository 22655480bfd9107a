// test_fuse_serve.c - an image served by the kernel, to programs, by a process
// of its own; and that process.
//
// Each test runs in a child that makes itself a user and mount namespace, as
// containers do, and so needs no privileges.
// wrap: memory_available
// SPDX-License-Identifier: MIT
#include "tests/unit/squash_images.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/xattr.h>
#include <time.h>

#include "core/fuse/ask.h"
#include "core/fuse/feature.h"
#include "core/fuse/mount.h"
#include "core/fuse/server.h"

// A failure within the child, where cmocka's own cannot be used.
#define CHECK(what)                                                   \
    do {                                                              \
        if (!(what)) {                                                \
            fprintf(stderr, "line %d: %s: %s, %s\n", __LINE__, #what, \
                    strerror(errno), err_text());                     \
            _exit(1);                                                 \
        }                                                             \
    } while (0)

enum { NO_NAMESPACES = 77 };

// What the node has; 0: as it is.
static uint64_t memory;

uint64_t __real_memory_available(void);

uint64_t __wrap_memory_available(void)
{
    return memory != 0 ? memory : __real_memory_available();
}

struct container {
    struct fuse_image image;
    struct fuse_server server;
};

static int make_tree(void **state)
{
    if (scratch_make(state) != 0)
        return -1;
    shell("mkdir -p tree/dir/sub tree/many mnt && cd tree && "
          "seq 1 400000 >numbers && head -c 6M /dev/urandom >big && "
          "truncate -s 3M sparse && : >empty && truncate -s 1M mixed && "
          "echo x >>mixed && truncate -s 2M mixed && "
          "echo small >dir/small && ln dir/small dir/sub/hard && "
          "ln -s ../dir/small dir/link && chmod 755 dir && "
          "for n in $(seq 1 1000); do echo $n >many/$n; done && "
          "echo long >%0255d && "
          "find . -exec touch -h -d @1234567890 {} +",
          0);
    pack("tree", "tree.sqfs", "-b 128K -no-xattrs -root-owned");
    return 0;
}

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    CHECK(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void become_root_of_a_namespace(void)
{
    char map[64];
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (unshare(CLONE_NEWUSER) < 0)
        _exit(NO_NAMESPACES);
    put("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", uid);
    put("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", gid);
    put("/proc/self/gid_map", map);
}

static void start(struct container *c, const char *file)
{
    c->image.how.name = file;
    c->image.file = open(file, O_RDONLY | O_CLOEXEC);
    CHECK(c->image.file >= 0);
    become_root_of_a_namespace();
    c->image.device = fuse_device_open();
    if (c->image.device < 0)
        _exit(NO_NAMESPACES);
    c->image.one_owner = true;
    CHECK(fuse_server_start(&c->image, &c->server) == 0);
    CHECK(unshare(CLONE_NEWNS) == 0);
    CHECK(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    CHECK(fuse_server_wait(&c->server) == 0);
    CHECK(fuse_mount_at(c->image.device, file, "mnt") == 0);
    close(c->image.device);
    close(c->image.file);
    fuse_server_go(&c->server);
}

// Run "body" in a container whose image is at mnt.
static void contain_with(void (*body)(struct container *),
                         struct fuse_image image)
{
    struct container c = { .image = image };
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        start(&c, "tree.sqfs");
        body(&c);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_NAMESPACES)
        skip();
    assert_int_equal(status, 0);
}

static void contain(void (*body)(struct container *), unsigned threads)
{
    contain_with(body, (struct fuse_image){ .threads = threads });
}

static int run(const char *command)
{
    return system(command);
}

// Kind, mode, links, size (of directories formats differ), time, target.
#define LIST                                           \
    "find . -type d -printf '%%p %%m %%n %%T@\\n' -o " \
    "-printf '%%p %%y %%m %%n %%s %%T@ %%l\\n' | sort"

static void see_the_tree(struct container *c)
{
    (void)c;
    // Twice, as the second time the kernel has it all.
    for (int i = 0; i < 2; i++) {
        CHECK(run("diff -r --no-dereference tree mnt") == 0);
        shell("(cd tree && " LIST ") >a; (cd mnt && " LIST ") >b");
        CHECK(run("diff a b && test -s a") == 0);
    }
    CHECK(run("test $(stat -c %i mnt/dir/small) = "
              "$(stat -c %i mnt/dir/sub/hard)") == 0);
    CHECK(run("ls mnt/none 2>/dev/null || ls mnt/dir/small/x 2>/dev/null") !=
          0);
    CHECK(run("test \"$(stat -c %u:%g mnt/dir/small)\" = 0:0") == 0);
}

static void programs_see_the_tree(void **state)
{
    contain(see_the_tree, 0);
}

static void one_thread_is_enough(void **state)
{
    contain(see_the_tree, 1);
}

static void kernels_that_lack_features_serve_the_same_tree(void **state)
{
    for (int i = 0; i <= FEATURE_COUNT; i++) {
        unsigned without = i < FEATURE_COUNT ? 1U << i : ~0U;

        contain_with(see_the_tree,
                     (struct fuse_image){ .without = without, .threads = 2 });
    }
}

static void read_at_once(struct container *c)
{
    (void)c;
    CHECK(run("for i in 1 2 3 4 5 6 7 8; do "
              "diff -r --no-dereference tree mnt & p=\"$p $!\"; done; "
              "for i in $p; do wait $i || exit 1; done") == 0);
}

static void many_may_read_at_once(void **state)
{
    contain(read_at_once, 4);
}

static void seek(struct container *c)
{
    enum { X = 1 << 20, BLOCK = 128 << 10 }; // where data are, of 2 MiB
    int fd = open("mnt/mixed", O_RDONLY | O_CLOEXEC);
    struct stat st;

    (void)c;
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    CHECK(st.st_size == 2 * X && st.st_blocks == BLOCK / 512);
    CHECK(lseek(fd, 0, SEEK_HOLE) == 0);
    CHECK(lseek(fd, 0, SEEK_DATA) == X);
    CHECK(lseek(fd, X + 1, SEEK_DATA) == X + 1);
    CHECK(lseek(fd, X + 1, SEEK_HOLE) == X + BLOCK);
    CHECK(lseek(fd, X + BLOCK, SEEK_DATA) < 0 && errno == ENXIO);
    CHECK(lseek(fd, 2 * X - 1, SEEK_HOLE) == 2 * X - 1);
    CHECK(lseek(fd, 2 * X, SEEK_HOLE) < 0 && errno == ENXIO);
    close(fd);
    fd = open("mnt/numbers", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    CHECK(lseek(fd, 5, SEEK_DATA) == 5);
    CHECK(lseek(fd, 5, SEEK_HOLE) == st.st_size);
    close(fd);
}

static void holes_are_told(void **state)
{
    contain(seek, 0);
}

static void write_to_it(struct container *c)
{
    (void)c;
    CHECK(open("mnt/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0);
    CHECK(errno == EROFS);
    CHECK(open("mnt/dir/small", O_WRONLY | O_CLOEXEC) < 0);
    CHECK(errno == EROFS);
    CHECK(getxattr("mnt/dir/small", "user.x", NULL, 0) < 0);
    CHECK(errno == EOPNOTSUPP);
    CHECK(listxattr("mnt/dir/small", NULL, 0) < 0);
    CHECK(errno == EOPNOTSUPP);
}

static void nothing_can_be_written(void **state)
{
    contain(write_to_it, 0);
}

static bool is_running(pid_t pid)
{
    char path[64], state = 'Z';
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (file == NULL)
        return false;
    if (fscanf(file, "%*d %*s %c", &state) != 1)
        state = 'Z';
    fclose(file);
    return state != 'Z';
}

static bool ends_soon(pid_t pid)
{
    for (int i = 0; i < 200 && is_running(pid); i++)
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    return !is_running(pid);
}

static void kill_the_server(struct container *c)
{
    int fd = open("mnt/numbers", O_RDONLY | O_CLOEXEC);
    char byte;

    CHECK(fd >= 0);
    CHECK(kill(c->server.pid, SIGKILL) == 0);
    CHECK(ends_soon(c->server.pid));
    alarm(10); // not a hang
    CHECK(pread(fd, &byte, 1, 1 << 20) < 0);
    CHECK(errno == ENOTCONN || errno == EIO || errno == ECONNABORTED);
    CHECK(open("mnt/many/1", O_RDONLY | O_CLOEXEC) < 0);
    CHECK(errno == ENOTCONN);
}

static void readers_of_a_dead_server_get_an_error(void **state)
{
    contain(kill_the_server, 0);
}

static void wait_for_children(struct container *c)
{
    CHECK(is_running(c->server.pid));
    CHECK(wait(NULL) < 0);
    CHECK(errno == ECHILD);
}

static void server_is_not_seen_by_wait(void **state)
{
    contain(wait_for_children, 0);
}

static void unmount(struct container *c)
{
    CHECK(run("cat mnt/numbers >/dev/null") == 0);
    CHECK(umount2("mnt", 0) == 0);
    CHECK(ends_soon(c->server.pid));
}

static void server_ends_when_unmounted(void **state)
{
    contain(unmount, 0);
}

static void leave_a_child(struct container *c)
{
    // The one that is left behind reads only when its parent has ended.
    if (fork() == 0) {
        nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
        _exit(run("cat mnt/numbers >/dev/null && echo yes >left") != 0);
    }
    shell("echo %d >server", (int)c->server.pid);
}

static void server_ends_with_the_last_process(void **state)
{
    size_t size;
    char *text;
    pid_t server;

    contain(leave_a_child, 0);
    text = file_content("server", &size);
    text[size] = '\0';
    server = atoi(text);
    free(text);
    assert_true(is_running(server));
    assert_true(ends_soon(server));
    assert_int_equal(access("left", F_OK), 0);
}

static int count_descriptors(pid_t pid)
{
    char path[64];
    int count = 0;
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    dir = opendir(path);
    CHECK(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void look_at_the_server(struct container *c)
{
    char command[512];
    pid_t pid = c->server.pid;

    // Started alone, it has no more than one thread.
    CHECK(run("cat mnt/dir/small >/dev/null") == 0);
    // stdio, image, device and the session's copy of that.
    CHECK(count_descriptors(pid) == 6);
    CHECK(getsid(pid) == pid);
    snprintf(command, sizeof command,
             "test $(cat /proc/%d/comm) = ch-server && "
             "test $(readlink /proc/%d/cwd) = / && "
             "test $(readlink /proc/%d/fd/2) = /dev/null && "
             "grep -q '^Threads:.1$' /proc/%d/status",
             pid, pid, pid, pid);
    CHECK(run(command) == 0);
    CHECK(kill(pid, SIGTERM) == 0 && kill(pid, SIGINT) == 0 &&
          kill(pid, SIGHUP) == 0 && kill(pid, SIGPIPE) == 0);
    // With more to do, it leaves the CPU that its parent is bound to.
    CHECK(run("cat mnt/numbers mnt/many/* >/dev/null") == 0);
    snprintf(command, sizeof command,
             "test \"$(grep Cpus_allowed: /proc/%d/status)\" = \"$(cat cpus)\"",
             pid);
    CHECK(run(command) == 0);
}

static void server_is_detached_from_all(void **state)
{
    cpu_set_t all, one;
    int fds[20];

    // Descriptors that whoever starts us has left open.
    for (int i = 0; i < 20; i++)
        fds[i] = dup(0);
    // A step that is bound to one CPU.
    shell("grep Cpus_allowed: /proc/self/status >cpus");
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    contain(look_at_the_server, 0);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
    for (int i = 0; i < 20; i++)
        close(fds[i]);
}

static uint64_t number_of(const char *name)
{
    char text[COUNTERS_TEXT];
    const char *at;

    CHECK(ask_statistics("mnt", text) == 0);
    at = strstr(text, name);
    CHECK(at != NULL);
    return strtoull(at + strlen(name), NULL, 10);
}

static void wait_until_fetched(struct container *c)
{
    uint64_t before = 0, now;

    (void)c;
    while ((now = number_of("prefetched_bytes ")) == 0 || now != before) {
        before = now;
        nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
    }
    CHECK(now <= 4 << 20);
}

static void little_is_fetched_where_memory_is_scarce(void **state)
{
    memory = 64 << 20; // a cache of 4 MiB
    contain_with(wait_until_fetched, (struct fuse_image){ .prefetch = "/big" });
    memory = 0;
}

static void server_without_a_mount_ends(void **state)
{
    struct container c = { 0 };

    c.image.how.name = "tree.sqfs";
    c.image.file = open("tree.sqfs", O_RDONLY | O_CLOEXEC);
    c.image.device = fuse_device_open();
    if (c.image.device < 0)
        skip();
    assert_int_equal(fuse_server_start(&c.image, &c.server), 0);
    assert_true(is_running(c.server.pid));
    fuse_server_go(&c.server);
    assert_true(ends_soon(c.server.pid));
    close(c.image.device);
    close(c.image.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_see_the_tree),
        cmocka_unit_test(one_thread_is_enough),
        cmocka_unit_test(kernels_that_lack_features_serve_the_same_tree),
        cmocka_unit_test(many_may_read_at_once),
        cmocka_unit_test(holes_are_told),
        cmocka_unit_test(nothing_can_be_written),
        cmocka_unit_test(readers_of_a_dead_server_get_an_error),
        cmocka_unit_test(server_is_not_seen_by_wait),
        cmocka_unit_test(server_ends_when_unmounted),
        cmocka_unit_test(server_ends_with_the_last_process),
        cmocka_unit_test(server_is_detached_from_all),
        cmocka_unit_test(little_is_fetched_where_memory_is_scarce),
        cmocka_unit_test(server_without_a_mount_ends),
    };

    return cmocka_run_group_tests(tests, make_tree, scratch_remove);
}
