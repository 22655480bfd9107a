// stage.c - a folder that the submitting hosts and all nodes see.
// SPDX-License-Identifier: MIT
#include "core/slurm/stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/tree.h"
#include "core/kernel/idmap.h"
#include "core/run/self.h"

#define PROGRAM "ch-scrun"
#define VERSION_SIZE 64

static const char *const folders[] = { STAGE_IMAGES, STAGE_KEYS, STAGE_PROGRAMS,
                                       STAGE_JOBS };

// Others could put programs there that this user's jobs would run.
static int check_owner(int dir, const char *path)
{
    struct stat st;

    if (fstat(dir, &st) < 0)
        return failed(errno, "can't stat %s", path);
    if (st.st_uid != geteuid())
        return failed(0, "%s belongs to user %u: set another SCRUN_STAGE_DIR",
                      path, st.st_uid);
    if ((st.st_mode & 0022) != 0)
        return failed(0,
                      "%s can be written to by others: remove these bits from "
                      "its mode",
                      path);
    return 0;
}

int stage_open(struct stage *stage, const char *base)
{
    uid_t uid;

    *stage = (struct stage)STAGE_NONE;
    if (idmap_outer_user(&uid) < 0)
        return -1;
    if (mkdir(base, 0700) < 0 && errno != EEXIST)
        return failed(errno,
                      "can't make the folder %s, in which all nodes are "
                      "to find images; SCRUN_STAGE_DIR names another",
                      base);
    stage->path = str_printf("%s/ch-scrun-%u", base, uid);
    if (stage->path == NULL)
        return -1;
    if (mkdir(stage->path, 0700) < 0 && errno != EEXIST)
        return failed(errno,
                      "can't make the folder %s; SCRUN_STAGE_DIR names "
                      "another place",
                      stage->path);
    stage->dir =
        open(stage->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (stage->dir < 0)
        return failed(errno, "can't open the folder %s", stage->path);
    return check_owner(stage->dir, stage->path);
}

void stage_close(struct stage *stage)
{
    scope_close(&stage->dir);
    free(stage->path);
    *stage = (struct stage)STAGE_NONE;
}

int stage_folder(const struct stage *stage, const char *name)
{
    int dir;

    if (mkdirat(stage->dir, name, 0700) < 0 && errno != EEXIST)
        return failed(errno, "can't make the folder %s/%s", stage->path, name);
    dir = openat(stage->dir, name,
                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return failed(errno, "can't open the folder %s/%s", stage->path, name);
    return dir;
}

int stage_use(int folder, const char *name)
{
    return utimensat(folder, name, NULL, AT_SYMLINK_NOFOLLOW);
}

// --- this program

// The same file, as far as stat(2) tells, is the same program on all hosts.
static int name_version(char version[VERSION_SIZE])
{
    struct stat st;

    if (stat("/proc/self/exe", &st) < 0)
        return failed(errno, "can't stat this program");
    snprintf(version, VERSION_SIZE, "%jd-%jd-%ld", (intmax_t)st.st_size,
             (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    return 0;
}

char *stage_program(const struct stage *stage)
{
    char version[VERSION_SIZE];
    cleanup_close int programs = stage_folder(stage, STAGE_PROGRAMS);
    cleanup_close int dir = -1;

    if (programs < 0 || name_version(version) < 0)
        return NULL;
    if (mkdirat(programs, version, 0700) < 0 && errno != EEXIST) {
        failed(errno, "can't make a folder in %s", stage->path);
        return NULL;
    }
    dir = openat(programs, version,
                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0) {
        failed(errno, "can't open a folder in %s", stage->path);
        return NULL;
    }
    stage_use(programs, version);
    if (faccessat(dir, PROGRAM, X_OK, AT_EACCESS) < 0 &&
        self_copy(dir, PROGRAM) < 0)
        return NULL;
    return str_printf("%s/" STAGE_PROGRAMS "/%s/" PROGRAM, stage->path,
                      version);
}

// --- age

static void sweep_folder(int stage, const char *name, time_t before)
{
    int dir =
        openat(stage, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = dir < 0 ? NULL : fdopendir(dir);
    struct dirent *entry;
    struct stat st;

    if (list == NULL) {
        scope_close(&dir);
        return;
    }
    while ((entry = readdir(list)) != NULL) {
        if (entry->d_name[0] == '.' ||
            fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            st.st_mtim.tv_sec >= before)
            continue;
        log_step("removing %s/%s, which is old", name, entry->d_name);
        if (tree_remove(dir, entry->d_name) < 0)
            log_why("it can't be removed"); // perhaps by another just now
    }
    closedir(list);
}

void stage_sweep(const struct stage *stage, time_t age)
{
    time_t before = time(NULL) - age;

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        sweep_folder(stage->dir, folders[i], before);
}
