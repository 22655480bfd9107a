// load.c - what reads an image while it is measured.
//
//     load stat DIR              all files, by their names
//     load read DIR READERS      their bytes; each reader a share of the files
//     load seq FILE              one file from its start to its end
//     load random FILE COUNT     4 KiB at random places
//     load absent DIR COUNT      names that do not exist
//     load run DIR N AT_ONCE COMMAND...   N times, in this root directory; "%"
//                                in an argument is the number of the time
//
// Written in C so that what is measured is the file system.
// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CHUNK = 1 << 17,
    SMALL = 4096,
    SHARE = 64, // files in a row that are one reader's
    ARGUMENTS_MOST = 64,
};

// What a walk does to the files, but directories.
struct walk {
    bool read;
    unsigned readers, reader;
    unsigned long files;
};

static char buffer[CHUNK];

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void read_all(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n;

    check(fd >= 0, name);
    while ((n = read(fd, buffer, sizeof buffer)) > 0)
        continue;
    check(n == 0, name);
    close(fd);
}

static void visit(struct walk *walk, int dir, const char *name);

static void walk_in(struct walk *walk, int fd)
{
    DIR *dir = fdopendir(fd);
    struct dirent *entry;

    check(dir != NULL, "directory");
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            visit(walk, fd, entry->d_name);
    }
    closedir(dir);
}

static void visit(struct walk *walk, int dir, const char *name)
{
    struct stat st;
    int fd;

    check(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0, name);
    if (S_ISDIR(st.st_mode)) {
        fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        check(fd >= 0, name);
        walk_in(walk, fd);
    } else if (walk->read && S_ISREG(st.st_mode) &&
               walk->files++ / SHARE % walk->readers == walk->reader) {
        read_all(dir, name);
    }
}

static int walk_tree(const char *dir, bool read, unsigned reader,
                     unsigned readers)
{
    struct walk walk = { .read = read, .reader = reader, .readers = readers };
    int fd = open(dir, O_RDONLY | O_CLOEXEC | O_DIRECTORY);

    check(fd >= 0, dir);
    walk_in(&walk, fd);
    return 0;
}

static int wait_for(unsigned children)
{
    int failures = 0, status;

    while (children-- > 0)
        failures += wait(&status) < 0 || status != 0;
    return failures > 0;
}

static int read_tree(const char *dir, unsigned readers)
{
    if (readers == 1)
        return walk_tree(dir, true, 0, 1);
    for (unsigned i = 0; i < readers; i++) {
        if (fork() == 0)
            _exit(walk_tree(dir, true, i, readers));
    }
    return wait_for(readers);
}

static int read_randomly(const char *path, unsigned count)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint64_t state = 1, pages;
    struct stat st;

    check(fd >= 0 && fstat(fd, &st) == 0, path);
    pages = (uint64_t)st.st_size / SMALL;
    for (unsigned i = 0; i < count; i++) {
        // the constants of Knuth's MMIX; the same places each time
        state = state * 6364136223846793005 + 1442695040888963407;
        check(pread(fd, buffer, SMALL,
                    (off_t)((state >> 20) % pages * SMALL)) == SMALL,
              path);
    }
    return 0;
}

static int look_in_vain(const char *dir, unsigned count)
{
    char name[64];
    struct stat st;

    check(chdir(dir) == 0, dir);
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "absent-%u.so", i);
        check(stat(name, &st) < 0 && errno == ENOENT, name);
    }
    return 0;
}

static void run_one(char **command, unsigned number)
{
    static char text[ARGUMENTS_MOST][256];
    char *argv[ARGUMENTS_MOST + 1] = { NULL };

    for (int i = 0; command[i] != NULL && i < ARGUMENTS_MOST; i++) {
        const char *mark = strchr(command[i], '%');

        argv[i] = command[i];
        if (mark == NULL)
            continue;
        snprintf(text[i], sizeof text[i], "%.*s%u%s", (int)(mark - command[i]),
                 command[i], number, mark + 1);
        argv[i] = text[i];
    }
    execv(argv[0], argv);
    check(false, argv[0]);
}

static int run(const char *root, unsigned count, unsigned at_once,
               char **command)
{
    unsigned running = 0;
    int failed = 0;

    check(chroot(root) == 0 && chdir("/") == 0, root);
    for (unsigned i = 0; i < count; i++) {
        if (running++ == at_once) {
            failed |= wait_for(1);
            running--;
        }
        if (fork() == 0)
            run_one(command, i);
    }
    return wait_for(running) | failed;
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    unsigned count = argc > 3 ? (unsigned)atoi(argv[3]) : 0;

    if (strcmp(what, "stat") == 0)
        return walk_tree(argv[2], false, 0, 1);
    if (strcmp(what, "seq") == 0)
        return read_all(AT_FDCWD, argv[2]), 0;
    if (strcmp(what, "read") == 0 && count > 0)
        return read_tree(argv[2], count);
    if (strcmp(what, "random") == 0)
        return read_randomly(argv[2], count);
    if (strcmp(what, "absent") == 0)
        return look_in_vain(argv[2], count);
    if (strcmp(what, "run") == 0 && argc > 5)
        return run(argv[2], count, (unsigned)atoi(argv[4]), argv + 5);
    fprintf(stderr, "usage: see load.c\n");
    return 2;
}
