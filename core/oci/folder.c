// folder.c - where the state of containers is kept.
// SPDX-License-Identifier: MIT
#include "core/oci/folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/lock.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1 // linux/fs.h
#endif

#define ID_MAX 200              // bytes; a name in a directory has 255
#define NAME_SIZE (ID_MAX + 40) // of our own names, which begin with '@'
#define FILE_MAX (32 << 20)     // bytes

// --- the directory of all

// Not below a place that others may write to, or they could plant a container
// whose processes we signal.
static int check_owner(int dir, const char *path)
{
    struct stat st;

    if (fstat(dir, &st) < 0)
        return failed(errno, "can't stat %s", path);
    if (st.st_uid != geteuid() && geteuid() != 0)
        return failed(0, "%s belongs to user %u: give another --root", path,
                      st.st_uid);
    if ((st.st_mode & 0022) != 0)
        return failed(0,
                      "%s can be written to by others: remove these bits "
                      "from its mode, or give another --root",
                      path);
    return 0;
}

// Where this user's containers are without --root. The caller frees.
static char *usual_place(void)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");

    // root of a user namespace is none of the host
    if (geteuid() == 0 && access("/run", W_OK) == 0)
        return str_dup("/run/ch-oci");
    if (runtime != NULL && runtime[0] == '/' && access(runtime, W_OK) == 0)
        return str_printf("%s/ch-oci", runtime);
    return str_printf("/tmp/ch-oci-%u", geteuid());
}

static int make_parents(const char *path)
{
    cleanup_free char *copy = str_dup(path);

    if (copy == NULL)
        return -1;
    for (char *at = strchr(copy + 1, '/'); at != NULL;
         at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(copy, 0755) < 0 && errno != EEXIST)
            return failed(errno, "can't make the folder %s", copy);
        *at = '/';
    }
    return 0;
}

// Who only looks makes nothing: it may be root, who is told the folder of a
// user.
static int open_root(const char *given, bool make)
{
    cleanup_free char *path = given != NULL ? str_dup(given) : usual_place();
    cleanup_close int dir = -1;

    if (path == NULL || (make && make_parents(path) < 0))
        return -1;
    if (make && mkdir(path, 0700) < 0 && errno != EEXIST)
        return failed(errno, "can't make the folder %s for the state", path);
    // a link in /tmp could be anybody's
    dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC |
                         (given == NULL ? O_NOFOLLOW : 0));
    if (dir < 0)
        return failed(errno, "can't open the folder %s for the state", path);
    return check_owner(dir, path) < 0 ? -1 : steal_fd(&dir);
}

int folder_root(const char *given)
{
    return open_root(given, true);
}

// --- names

static int check_id(const char *id)
{
    size_t length = strlen(id);

    if (length == 0)
        return failed(0, "the id of the container is empty");
    if (length > ID_MAX)
        return failed(0, "the id of the container has more than %d characters",
                      ID_MAX);
    for (const char *at = id; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("_+-.", *at) == NULL)
            return failed(0,
                          "invalid character in the container ID %s "
                          "(letters, digits and _+-. are allowed)",
                          id);
    if (id[0] == '.')
        return failed(0, "invalid container ID %s: begins with a dot", id);
    return 0;
}

static void remove_entries(int dir)
{
    DIR *list = fdopendir(dir);
    struct dirent *entry;

    if (list == NULL) {
        close(dir);
        return;
    }
    while ((entry = readdir(list)) != NULL)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(list), entry->d_name, 0);
    closedir(list);
}

static int remove_dir(int root, const char *name)
{
    int dir =
        openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    if (dir >= 0)
        remove_entries(dir);
    return unlinkat(root, name, AT_REMOVEDIR);
}

// --- the lock

static int open_lock(int dir, bool fresh)
{
    return openat(dir, "lock",
                  O_RDWR | O_CLOEXEC | (fresh ? O_CREAT | O_EXCL : O_NOFOLLOW),
                  0600);
}

// Shared, as those who only look must not be taken for an owner.
static bool is_locked(int dir)
{
    cleanup_close int fd = open_lock(dir, false);

    return fd >= 0 && lock_try(fd, false) == 1;
}

bool folder_is_locked(const struct folder *folder)
{
    return is_locked(folder->dir);
}

int folder_wait_unlocked(const struct folder *folder)
{
    cleanup_close int fd = open_lock(folder->dir, false);

    if (fd < 0 || lock_wait(fd) < 0)
        return failed(errno, "can't look at the lock of container %s",
                      folder->id);
    return 0;
}

// "@PID-ID" of a process that has gone. Other names are not of ours, as --root
// may be any directory.
static bool is_abandoned(int root, const char *name)
{
    cleanup_close int dir = -1;
    char *end;
    pid_t maker;

    if (!isdigit((unsigned char)name[1]))
        return false;
    maker = (pid_t)strtol(name + 1, &end, 10);
    if (*end != '-' || maker <= 0 || kill(maker, 0) == 0 || errno != ESRCH)
        return false;
    dir = openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return dir >= 0 && !is_locked(dir);
}

// Left by processes that were killed.
static void sweep(int root)
{
    int copy = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *entry;

    if (list == NULL) {
        scope_close(&copy);
        return;
    }
    while ((entry = readdir(list)) != NULL)
        if (entry->d_name[0] == '@' && is_abandoned(root, entry->d_name))
            remove_dir(root, entry->d_name);
    closedir(list);
}

// --- one folder

// Under a name of ours, with its lock held.
static int make_locked(struct folder *folder, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "@%d-%s", (int)getpid(), folder->id);
    if (mkdirat(folder->root, name, 0700) < 0)
        return failed(errno, "can't make a folder for the state");
    folder->dir = openat(folder->root, name,
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    folder->lock = folder->dir < 0 ? -1 : open_lock(folder->dir, true);
    if (folder->lock < 0 || lock_try(folder->lock, true) != 0)
        return failed(errno, "can't lock the folder for the state");
    return 0;
}

static int give_name(const struct folder *folder, const char *name)
{
    if (syscall(SYS_renameat2, folder->root, name, folder->root, folder->id,
                RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EEXIST)
        return failed(EEXIST, "container %s already exists", folder->id);
    return failed(errno, "can't name the folder of container %s", folder->id);
}

// Root may look after a user's containers (become_owner()), but makes none in a
// directory where that user could change its name, or put a link in its way.
static int check_own(int root)
{
    struct stat st;

    if (fstat(root, &st) < 0)
        return failed(errno, "can't stat the folder for the state");
    if (st.st_uid == geteuid())
        return 0;
    return failed(0,
                  "the folder for the state belongs to user %u: give another "
                  "--root",
                  st.st_uid);
}

int folder_claim(struct folder *folder, const char *root, const char *id)
{
    char name[NAME_SIZE];

    *folder = (struct folder)FOLDER_NONE;
    folder->id = id;
    if (check_id(id) < 0)
        return -1;
    folder->root = folder_root(root);
    if (folder->root < 0 || check_own(folder->root) < 0)
        return -1;
    sweep(folder->root);
    if (make_locked(folder, name) == 0 && give_name(folder, name) == 0)
        return 0;
    remove_dir(folder->root, name);
    return -1;
}

// What root does with the folder of a user is done as that user: it says which
// process to signal, and he could have written anything there.
static int become_owner(struct folder *folder)
{
    struct stat st;

    if (fstat(folder->dir, &st) < 0)
        return failed(errno, "can't stat the folder of the container");
    if (st.st_uid == geteuid() || geteuid() != 0)
        return 0;
    log_step("the container is user %u's", st.st_uid);
    folder->others = true;
    if (syscall(SYS_setgroups, 0, NULL) < 0 ||
        syscall(SYS_setresgid, st.st_gid, st.st_gid, st.st_gid) < 0 ||
        syscall(SYS_setresuid, st.st_uid, st.st_uid, st.st_uid) < 0)
        return failed(errno, "can't become user %u, whose container it is",
                      st.st_uid);
    return 0;
}

static int no_container(const char *id)
{
    err_clear();
    return failed(ENOENT, "container %s does not exist", id);
}

int folder_open(struct folder *folder, const char *root, const char *id)
{
    *folder = (struct folder)FOLDER_NONE;
    folder->id = id;
    if (check_id(id) < 0)
        return -1;
    folder->root = open_root(root, false);
    if (folder->root < 0 && err_num() == ENOENT)
        return no_container(id);
    if (folder->root < 0)
        return -1;
    folder->dir = openat(folder->root, id,
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder->dir < 0 && errno == ENOENT)
        return no_container(id);
    if (folder->dir < 0)
        return failed(errno, "can't open the state of container %s", id);
    return become_owner(folder);
}

void folder_close(struct folder *folder)
{
    scope_close(&folder->lock);
    scope_close(&folder->dir);
    scope_close(&folder->root);
    *folder = (struct folder)FOLDER_NONE;
}

int folder_write(const struct folder *folder, const char *name,
                 const char *text)
{
    char temporary[64];
    cleanup_close int fd = -1;

    snprintf(temporary, sizeof temporary, "%s.%d", name, (int)getpid());
    unlinkat(folder->dir, temporary, 0); // of a process that was killed
    fd = openat(folder->dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                0600);
    if (fd < 0 || fs_write_all(fd, text, strlen(text)) < 0 ||
        renameat(folder->dir, temporary, folder->dir, name) < 0)
        return failed(errno, "can't write %s of container %s", name,
                      folder->id);
    return 0;
}

char *folder_read(const struct folder *folder, const char *name)
{
    char *text = fs_read_regular(folder->dir, name, FILE_MAX, NULL);

    if (text == NULL)
        failed_while("container %s", folder->id);
    return text;
}

// First out of the way, so that nobody finds half of it.
int folder_remove(const struct folder *folder)
{
    char name[NAME_SIZE];

    snprintf(name, sizeof name, "@%d-%s", (int)getpid(), folder->id);
    if (renameat(folder->root, folder->id, folder->root, name) < 0)
        return errno == ENOENT
                   ? 0
                   : failed(errno, "can't remove container %s", folder->id);
    if (remove_dir(folder->root, name) < 0)
        return failed(errno, "can't remove the folder of container %s",
                      folder->id);
    return 0;
}

static int compare(const void *a, const void *b)
{
    const char *const *one = a, *const *other = b;

    return strcmp(*one, *other);
}

int folder_list(const char *root, struct strlist *ids)
{
    int dir = open_root(root, false);
    DIR *list = dir < 0 ? NULL : fdopendir(dir);
    struct dirent *entry;
    int status = 0;

    if (dir < 0 && root == NULL && err_num() == ENOENT) {
        err_clear(); // nobody has made one yet
        return 0;
    }
    if (dir < 0)
        return -1;
    sweep(dir);
    if (list == NULL) {
        close(dir);
        return failed(errno, "can't list the containers");
    }
    while (status == 0 && (entry = readdir(list)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0 && entry->d_name[0] != '@')
            status = strlist_add(ids, entry->d_name);
    closedir(list);
    if (ids->count > 0)
        qsort(ids->items, ids->count, sizeof *ids->items, compare);
    return status;
}
