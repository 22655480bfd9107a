// libraries.c - libraries of the host, made known to the container's linker.
//
// ldconfig(8) would do it, but the image may have none, or one that can't run
// here, and it reads every library of the image. So the cache is read, changed
// and written by ourselves. The image's own file is never written to.
// SPDX-License-Identifier: MIT
#include "core/run/libraries.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mountinfo.h"
#include "core/run/elf.h"
#include "core/run/ldcache.h"

#define CACHE "/etc/ld.so.cache"
#define CACHE_NAME "ld.so.cache"
#define CACHE_NEW ".ld.so.cache.ch"
#define CACHE_MAX (64 << 20) // bytes; a full desktop's has 200 KiB

// glibc's dynamic linker, by architecture.
static const char *const glibc_linkers[] = {
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux-aarch64.so.1",
    "/lib64/ld64.so.2",
    "/lib/ld64.so.1",
    "/lib/ld-linux-armhf.so.3",
    "/lib/ld-linux.so.2",
    "/lib/ld-linux-riscv64-lp64d.so.1",
};

// Does the image's dynamic linker read the cache? That of musl does not, and
// where both are, glibc's may be musl's by another name.
static bool reads_cache(int root)
{
    struct utsname machine;
    char musl[sizeof machine.machine + sizeof "/lib/ld-musl-.so.1"];

    if (fs_exists_in_root(root, CACHE))
        return true;
    if (uname(&machine) < 0)
        return false;
    snprintf(musl, sizeof musl, "/lib/ld-musl-%s.so.1", machine.machine);
    if (fs_exists_in_root(root, musl))
        return false;
    for (size_t i = 0; i < sizeof glibc_linkers / sizeof *glibc_linkers; i++)
        if (fs_exists_in_root(root, glibc_linkers[i]))
            return true;
    return false;
}

// The image's cache. A damaged one is as good as none.
static void read_cache(int root, struct ldcache *cache)
{
    cleanup_close int fd = fs_open_in_root(root, CACHE, O_PATH, 0);
    cleanup_free char *bytes = NULL;
    char path[FS_FD_PATH];
    struct stat st;
    size_t size;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return;
    bytes = fs_read(AT_FDCWD, fs_fd_path(path, fd), CACHE_MAX, &size);
    if (bytes != NULL && ldcache_read(cache, bytes, size) == 0)
        return;
    log_warn("making a new " CACHE ", as the image's can't be used: %s",
             err_text());
    err_clear();
    ldcache_free(cache);
}

// May files be made in this directory without a trace in the image or on the
// host? So it is in a tmpfs overlay, but not in what is bound upon it.
static bool is_overlay(const struct binds *b, int dir)
{
    return b->plan->overlay_size != NULL &&
           mountinfo_id(dir) == mountinfo_id(b->points->root);
}

// Put "soname" beside the library, for those who ask for it by its path, as
// ldconfig(8) does. Only for convenience: what fails is let be.
static void link_soname(const struct binds *b, const char *library,
                        const char *soname)
{
    const char *name = strrchr(library, '/') + 1;
    cleanup_free char *folder = strndup(library, (size_t)(name - library));
    cleanup_close int dir = -1;
    struct stat st;

    if (folder == NULL || strcmp(name, soname) == 0)
        return;
    dir = fs_open_in_root(b->points->root, folder, O_PATH | O_DIRECTORY, 0);
    if (dir < 0 || !is_overlay(b, dir))
        return;
    if (fstatat(dir, soname, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        (!S_ISLNK(st.st_mode) || unlinkat(dir, soname, 0) < 0))
        return;
    if (symlinkat(name, dir, soname) < 0)
        log_why("can't link %s%s: %s", folder, soname, errno_text(errno));
}

// A library of the host that is at "target" in the container.
static int add_library(const struct binds *b, struct ldcache *cache,
                       const char *path, const char *target)
{
    struct elf_library library;
    int status = elf_read(path, &library);
    cleanup_free char *soname = library.soname;
    const char *name = soname != NULL ? soname : strrchr(target, '/') + 1;

    if (status < 0)
        return -1;
    if (status == 0 || library.abi == 0) {
        log_why("not a library that can be made known: %s", path);
        return 0;
    }
    log_why("library %s: %s", name, target);
    if (ldcache_put(cache, name, target, library.abi) < 0)
        return -1;
    link_soname(b, target, name);
    return 0;
}

// All libraries of a directory of the host that is "folder" in the container.
static int add_directory(const struct binds *b, struct ldcache *cache,
                         const char *path, const char *folder)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    int status = 0;

    // what it lacks on the host it can't bring
    if (dir == NULL)
        return errno == ENOENT || errno == ENOTDIR
                   ? 0
                   : failed(errno, "can't open the folder %s", path);
    while (status == 0 && (entry = readdir(dir)) != NULL) {
        cleanup_free char *source = str_printf("%s/%s", path, entry->d_name);
        cleanup_free char *target = str_printf("%s/%s", folder, entry->d_name);

        if (source == NULL || target == NULL)
            status = -1;
        else if (strstr(entry->d_name, ".so") != NULL &&
                 access(source, R_OK) == 0)
            status = add_library(b, cache, source, target);
    }
    closedir(dir);
    return status;
}

// What the bind "one" brings of the libraries of "folder".
static int add_bind(const struct binds *b, struct ldcache *cache,
                    const struct source *one, const char *folder)
{
    size_t length = strlen(folder);
    size_t depth = strlen(one->target);
    cleanup_free char *below = NULL;

    if (str_starts(one->target, folder) && one->target[length] == '/' &&
        strchr(one->target + length + 1, '/') == NULL)
        return add_library(b, cache, one->path, one->target);
    if (!str_starts(folder, one->target) ||
        (folder[depth] != '/' && folder[depth] != '\0'))
        return 0;
    below = str_printf("%s%s", one->path, folder + depth);
    return below == NULL ? -1 : add_directory(b, cache, below, folder);
}

// In a directory where files may be made, that container's programs can
// replace it, as the installation of packages does.
static int put_in_overlay(const struct binds *b, const char *bytes, size_t size)
{
    cleanup_close int dir =
        fs_open_in_root(b->points->root, "/etc", O_PATH | O_DIRECTORY, 0);
    cleanup_close int file = -1;

    if (dir < 0 || !is_overlay(b, dir))
        return binds_put(b, CACHE_NAME, CACHE, bytes, size);
    file = openat(dir, CACHE_NEW,
                  O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644);
    // of an image whose owner is not in the container nothing is replaced
    if (file < 0)
        return binds_put(b, CACHE_NAME, CACHE, bytes, size);
    if (fs_write_all(file, bytes, size) < 0 ||
        renameat(dir, CACHE_NEW, dir, CACHE_NAME) < 0)
        return failed(errno, "can't write %s of the container", CACHE);
    return 0;
}

static int put_cache(const struct binds *b, struct ldcache *cache)
{
    size_t size;
    cleanup_free char *bytes = ldcache_bytes(cache, &size);

    log_step("making the libraries of the host known: %s", CACHE);
    return bytes == NULL ? -1 : put_in_overlay(b, bytes, size);
}

int libraries_announce(const struct binds *b)
{
    const struct container *plan = b->plan;
    cleanup_ldcache struct ldcache cache = { 0 };

    if (plan->library_folder_count == 0 || !reads_cache(b->points->root))
        return 0;
    read_cache(b->points->root, &cache);
    for (size_t i = 0; i < b->sources->count; i++)
        for (size_t f = 0; f < plan->library_folder_count; f++)
            if (b->sources->items[i].path != NULL &&
                add_bind(b, &cache, &b->sources->items[i],
                         plan->library_folders[f]) < 0)
                return -1;
    return put_cache(b, &cache);
}

// One TEXT::PATH. 0, or -1 after failed().
static int make_link(const struct binds *b, const char *link)
{
    const char *path = strstr(link, "::") + 2;
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    cleanup_free char *text = str_ndup(link, (size_t)(path - 2 - link));
    // all paths start at the root
    cleanup_free char *folder = str_printf("/%.*s", (int)(name - path), path);
    cleanup_close int dir = -1;

    if (text == NULL || folder == NULL ||
        mountpoint_create(b->points, folder, true) < 0)
        return -1;
    dir = fs_open_in_root(b->points->root, folder, O_PATH | O_DIRECTORY, 0);
    if (dir < 0)
        return failed(errno, "can't open %s in the container", folder);
    if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    if (!is_overlay(b, dir))
        return failed(0, "%s is not the image's: make it there", folder);
    log_why("link %s: %s", path, text);
    if (symlinkat(text, dir, name) < 0 && errno != EEXIST)
        return failed(errno, "can't write to %s", folder);
    return 0;
}

void libraries_link(const struct binds *b)
{
    for (size_t i = 0; i < b->plan->link_count; i++)
        if (make_link(b, b->plan->links[i]) < 0) {
            // most programs do without
            log_warn("can't make the link %s: %s", b->plan->links[i],
                     err_text());
            err_clear();
        }
}

int libraries_set_path(const struct container *plan)
{
    cleanup_close int root = -1;
    cleanup_free char *path = NULL;
    const char *before = getenv("LD_LIBRARY_PATH");

    if (plan->library_folder_count == 0)
        return 0;
    root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return failed(errno, "can't open the root of the container");
    if (reads_cache(root))
        return 0;
    log_warn("the image has no " CACHE " and no linker that reads one: what is "
             "injected is found by $LD_LIBRARY_PATH");
    path = str_dup(before != NULL ? before : "");
    for (size_t f = plan->library_folder_count; f > 0 && path != NULL; f--) {
        char *longer = str_printf("%s%s%s", plan->library_folders[f - 1],
                                  path[0] != '\0' ? ":" : "", path);

        free(path);
        path = longer;
    }
    if (path == NULL || setenv("LD_LIBRARY_PATH", path, 1) < 0)
        return failed(errno, "can't set $LD_LIBRARY_PATH");
    return 0;
}
