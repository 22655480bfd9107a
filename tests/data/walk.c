// walk.c - list all that can be known of a tree, one line per file.
//
//     walk [-u|-s|-r] DIR
//
// Two trees are equal when their lists are. Names are sorted, hard links are
// told by the first path of a file, xattrs by name, size and sum. -u: only what
// an ordinary user's mount can show (no owners, no xattrs but user.*, nothing
// that its owner may not read). For benchmarks, -s (stat all) and -r (read all)
// print nothing but counts.
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
#include <sys/xattr.h>
#include <unistd.h>

enum { CHUNK = 1 << 17, XATTR_MAX = 1 << 16, LINKS_MAX = 1 << 20 };

static struct {
    bool user;
    bool count; // print counts, not files
    bool read;
    uint64_t files;
    uint64_t bytes;
} options;

struct link {
    ino_t inode;
    char *path;
};

static struct link *links;
static size_t link_count;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void stop(const char *path)
{
    printf("ERROR %s: %s\n", path, strerror(errno));
    exit(1);
}

// Eight bytes a step: the hash must not be what a benchmark measures.
static uint64_t hash(uint64_t state, const unsigned char *data, size_t size)
{
    const uint64_t prime = 0x9e3779b97f4a7c15;
    uint64_t word;

    for (; size >= sizeof(word); data += sizeof(word), size -= sizeof(word)) {
        memcpy(&word, data, sizeof(word));
        state = (state ^ word) * prime;
        state ^= state >> 29;
    }
    for (; size > 0; data++, size--)
        state = (state ^ *data) * prime;
    return state;
}

static uint64_t contents(int dir, const char *name, const char *path)
{
    static unsigned char buffer[CHUNK];
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    uint64_t sum = 1;
    size_t filled;
    ssize_t got;

    if (fd < 0)
        stop(path);
    do {
        // Whole chunks, so that the hash does not depend on how read(2) cuts.
        for (filled = 0; filled < CHUNK; filled += (size_t)got) {
            got = read(fd, buffer + filled, CHUNK - filled);
            if (got < 0)
                stop(path);
            if (got == 0)
                break;
        }
        options.bytes += filled;
        if (!options.count)
            sum = hash(sum, buffer, filled);
    } while (filled == CHUNK);
    close(fd);
    return sum;
}

// The first path by which a file with several links was seen.
static const char *first_path(ino_t inode, const char *path)
{
    for (size_t i = 0; i < link_count; i++)
        if (links[i].inode == inode)
            return links[i].path;
    if (link_count == LINKS_MAX) {
        errno = EOVERFLOW;
        stop(path);
    }
    links[link_count].inode = inode;
    links[link_count++].path = strdup(path);
    return path;
}

static void print_xattrs(const char *path)
{
    static char names[XATTR_MAX], value[XATTR_MAX];
    char *sorted[XATTR_MAX / 8];
    ssize_t size = llistxattr(path, names, sizeof(names));
    size_t count = 0;

    // An image without any xattr does not know of them.
    if (size < 0 && errno == EOPNOTSUPP)
        return;
    if (size < 0)
        stop(path);
    for (char *name = names; name < names + size; name += strlen(name) + 1)
        sorted[count++] = name;
    qsort(sorted, count, sizeof(*sorted), by_name);
    for (size_t i = 0; i < count; i++) {
        if (options.user && strncmp(sorted[i], "user.", 5) != 0)
            continue;
        size = lgetxattr(path, sorted[i], value, sizeof(value));
        if (size < 0)
            stop(path);
        printf(
            " %s=%zd:%016llx", sorted[i], size,
            (unsigned long long)hash(1, (unsigned char *)value, (size_t)size));
    }
}

static void print_file(int dir, const char *name, const char *path,
                       const struct stat *st)
{
    bool readable = !options.user || (st->st_mode & S_IRUSR);
    char target[4096] = "";

    printf("%s %06o %lld links=%llu", path, st->st_mode,
           (long long)st->st_mtime, (unsigned long long)st->st_nlink);
    if (!options.user)
        printf(" owner=%u:%u", st->st_uid, st->st_gid);
    if (!S_ISDIR(st->st_mode)) {
        printf(" size=%lld", (long long)st->st_size);
        if (st->st_nlink > 1)
            printf(" same=%s", first_path(st->st_ino, path));
    }
    if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
        printf(" device=%llx", (unsigned long long)st->st_rdev);
    if (S_ISLNK(st->st_mode) &&
        readlinkat(dir, name, target, sizeof(target) - 1) < 0)
        stop(path);
    if (S_ISLNK(st->st_mode))
        printf(" -> %s", target);
    if (S_ISREG(st->st_mode) && readable)
        printf(" sum=%016llx", (unsigned long long)contents(dir, name, path));
    if (readable)
        print_xattrs(path);
    putchar('\n');
}

// Sorted names of a folder, without "." and "..".
static char **names_in(int fd, const char *path, size_t *count)
{
    DIR *dir = fdopendir(fd);
    const struct dirent *entry;
    size_t room = 64;
    char **names = malloc(room * sizeof(*names));

    if (!dir)
        stop(path);
    *count = 0;
    while ((errno = 0, entry = readdir(dir))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (*count == room)
            names = realloc(names, (room *= 2) * sizeof(*names));
        names[(*count)++] = strdup(entry->d_name);
    }
    if (errno)
        stop(path);
    if (!options.count)
        qsort(names, *count, sizeof(*names), by_name);
    return names;
}

static void walk(const char *path);

static void visit(int dir, const char *name, const char *path)
{
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        stop(path);
    options.files++;
    if (!options.count)
        print_file(dir, name, path, &st);
    else if (options.read && S_ISREG(st.st_mode))
        contents(dir, name, path);
    if (S_ISDIR(st.st_mode) && (!options.user || (st.st_mode & 0500) == 0500))
        walk(path);
}

static void walk(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int dir;
    size_t count;
    char **names;

    if (fd < 0)
        stop(path);
    dir = dup(fd);
    names = names_in(fd, path, &count);
    for (size_t i = 0; i < count; i++) {
        char *below;

        if (asprintf(&below, "%s/%s", path, names[i]) < 0)
            stop(path);
        visit(dir, names[i], below);
        free(below);
        free(names[i]);
    }
    free(names);
    close(dir);
}

int main(int argc, char **argv)
{
    struct stat st;
    int c;

    while ((c = getopt(argc, argv, "rsu")) >= 0) {
        options.user |= c == 'u';
        options.read |= c == 'r';
        options.count |= c == 'r' || c == 's';
    }
    links = calloc(LINKS_MAX, sizeof(*links));
    if (!links || !argv[optind] || chdir(argv[optind]) < 0 ||
        lstat(".", &st) < 0)
        stop(argv[optind] ? argv[optind] : "usage: walk [-r|-s|-u] DIR");
    visit(AT_FDCWD, ".", ".");
    if (options.count)
        printf("%llu files, %llu bytes\n", (unsigned long long)options.files,
               (unsigned long long)options.bytes);
    return 0;
}
