// mapper.c - more ids in a user namespace than the caller's own.
// SPDX-License-Identifier: MIT
#include "core/run/mapper.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/helper.h"
#include "core/base/log.h"
#include "core/base/names.h"
#include "core/base/scope.h"
#include "core/kernel/aside.h"
#include "core/run/subids.h"

#define TEXT_MOST (64 << 10) // bytes of what newuidmap complains of
#define ANSWER_MS 10000      // it may have to ask a directory service
#define ID_SIZE 12           // bytes of an id in decimal

struct mapper {
    struct id_map users, groups;
    const char *asked_by; // for messages
    bool may_write;       // try it without the programs
    pid_t of;             // whose namespace it is
    pid_t pid;            // of the process outside; 0: there is none
    int here;             // a byte makes it begin, its error comes back
    int there;            // its end
};

// --- what is to be mapped

// The ranges of the user in this file; -1 after failed(), also when there are
// none.
static ssize_t find_ranges(const char *file, const char *name,
                           struct id_range ranges[SUBIDS_RANGES])
{
    char number[ID_SIZE];
    ssize_t found = 0;

    snprintf(number, sizeof number, "%u", geteuid());
    if (name == NULL)
        name = number;
    if (access(file, F_OK) == 0)
        found = subids_find(file, name, geteuid(), ranges);
    if (found == 0)
        return failed(0,
                      "--userns-range: no range of ids for %s in %s: as root, "
                      "add the line %s:100000:65536, or other ids that nobody "
                      "else has",
                      name, file, name);
    return found;
}

static int list_users(struct id_map *map, const char *name, uid_t uid)
{
    struct id_range ranges[SUBIDS_RANGES];
    ssize_t count = find_ranges(SUBIDS_UID_FILE, name, ranges);
    struct id_wish wish = { .own_inside = uid,
                            .own_outside = geteuid(),
                            .ranges = ranges,
                            .range_count = (size_t)count };

    if (count < 0)
        return -1;
    subids_map(&wish, map);
    return 0;
}

// The caller's further groups stay what they are where they are lent.
static int list_groups(struct id_map *map, const char *name, gid_t gid)
{
    struct id_range ranges[SUBIDS_RANGES];
    ssize_t count = find_ranges(SUBIDS_GID_FILE, name, ranges);
    int most = count < 0 ? 0 : getgroups(0, NULL);
    cleanup_free gid_t *further = calloc((size_t)most + 1, sizeof *further);
    int found = further == NULL ? -1 : getgroups(most, further);
    struct id_wish wish = { .own_inside = gid,
                            .own_outside = getegid(),
                            .ranges = ranges,
                            .range_count = (size_t)count,
                            .kept = further,
                            .kept_count = (size_t)found };

    if (count < 0)
        return -1;
    if (found < 0)
        return failed(errno, "can't list the groups");
    subids_map(&wish, map);
    return 0;
}

static int list_ids(struct mapper *mapper, uid_t uid, gid_t gid)
{
    struct named caller = { .id = geteuid() };
    int status;

    names_of_users(&caller, 1, names_deadline());
    status = list_users(&mapper->users, caller.name, uid);
    if (status == 0)
        status = list_groups(&mapper->groups, caller.name, gid);
    names_free(&caller, 1);
    return status;
}

// --- who does it

// What the program says, as the end of a line.
static void flatten(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\n')
            *at = ';';
}

static int run_program(const struct mapper *mapper, const char *const *argv)
{
    struct helper helper = { argv, STDERR_FILENO, TEXT_MOST,
                             helper_deadline(ANSWER_MS) };
    cleanup_free char *text = NULL;
    int status = helper_run(&helper, &text);

    if (status < 0 && err_num() == ENOENT)
        return failed(0,
                      "%s: there is no %s in $PATH: it comes with the package "
                      "uidmap or shadow-utils",
                      mapper->asked_by, argv[0]);
    if (status < 0)
        return -1;
    flatten(text);
    if (status > 0)
        return failed(0, "%s: %s ended with %d%s%s", mapper->asked_by, argv[0],
                      status, text[0] != '\0' ? ": " : "", text);
    return 0;
}

// PROGRAM PID INSIDE OUTSIDE COUNT...
static int map_by(const struct mapper *mapper, const char *program,
                  const struct id_map *map)
{
    size_t most = 1 + 3 * map->count;
    cleanup_free char(*numbers)[ID_SIZE] = calloc(most, sizeof *numbers);
    cleanup_free const char **argv = calloc(1 + most + 1, sizeof *argv);
    size_t n = 1;

    if (numbers == NULL || argv == NULL)
        return failed(errno, "can't run %s", program);
    argv[0] = program;
    argv[1] = numbers[0];
    snprintf(numbers[0], ID_SIZE, "%d", (int)mapper->of);
    for (size_t i = 0; i < map->count; i++) {
        const unsigned line[] = { map->lines[i].inside, map->lines[i].outside,
                                  map->lines[i].count };

        for (int k = 0; k < 3; k++, n++) {
            snprintf(numbers[n], ID_SIZE, "%u", line[k]);
            argv[n + 1] = numbers[n];
        }
    }
    log_why("%s maps %zu ranges", program, map->count);
    return run_program(mapper, argv);
}

// 0; 1: it is not allowed to this process; -1 after failed().
static int map_directly(const struct mapper *mapper, const char *file,
                        const struct id_map *map)
{
    size_t room = map->count * 3 * ID_SIZE + 1;
    cleanup_free char *text = calloc(1, room);
    char path[64];
    int length = 0;

    if (text == NULL)
        return failed(errno, "can't map ids");
    for (size_t i = 0; i < map->count; i++)
        length += snprintf(text + length, room - (size_t)length, "%u %u %u\n",
                           map->lines[i].inside, map->lines[i].outside,
                           map->lines[i].count);
    snprintf(path, sizeof path, "/proc/%d/%s", (int)mapper->of, file);
    if (fs_poke(path, text) == 0)
        return 0;
    if (errno == EPERM || errno == EACCES)
        return 1;
    return failed(errno, "can't map ids in %s", path);
}

static int map(const struct mapper *mapper, const char *file,
               const char *program, const struct id_map *ids)
{
    int status = mapper->may_write ? map_directly(mapper, file, ids) : 1;

    return status <= 0 ? status : map_by(mapper, program, ids);
}

static int be_mapper(void *argument)
{
    struct mapper *mapper = argument;
    char byte;
    ssize_t n;

    close(mapper->here);
    while ((n = read(mapper->there, &byte, 1)) < 0 && errno == EINTR)
        continue;
    if (n <= 0)
        _exit(0);
    if (map(mapper, "uid_map", "newuidmap", &mapper->users) == 0 &&
        map(mapper, "gid_map", "newgidmap", &mapper->groups) == 0)
        _exit(0);
    err_send(mapper->there);
    _exit(1);
}

static int start(struct mapper *mapper)
{
    int ends[2];
    int errnum;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return failed(errno, "can't make a pair of sockets");
    mapper->here = ends[0];
    mapper->there = ends[1];
    mapper->of = getpid();
    mapper->pid = aside_fork(be_mapper, mapper);
    errnum = errno;
    close(mapper->there);
    if (mapper->pid > 0)
        return 0;
    mapper->pid = 0;
    return failed(errnum, "can't fork a process to map ids%s",
                  aside_hint(errnum));
}

struct mapper *mapper_start(uid_t uid, gid_t gid)
{
    struct mapper *mapper = calloc(1, sizeof *mapper);

    if (mapper == NULL) {
        failed(errno, "can't map ids");
        return NULL;
    }
    mapper->here = -1;
    mapper->asked_by = "--userns-range";
    if (list_ids(mapper, uid, gid) < 0 || start(mapper) < 0)
        mapper_free(&mapper);
    return mapper;
}

struct mapper *mapper_start_maps(const struct id_map *users,
                                 const struct id_map *groups)
{
    struct mapper *mapper = calloc(1, sizeof *mapper);

    if (mapper == NULL) {
        failed(errno, "can't map ids");
        return NULL;
    }
    mapper->here = -1;
    mapper->asked_by = "mappings of ids";
    mapper->may_write = true;
    mapper->users = *users;
    mapper->groups = *groups;
    if (start(mapper) < 0)
        mapper_free(&mapper);
    return mapper;
}

// 0, or -1 after failed(), which may have been called before.
static int wait_for(struct mapper *mapper)
{
    pid_t found;
    int status;

    while ((found = waitpid(mapper->pid, &status, __WCLONE)) < 0 &&
           errno == EINTR)
        continue;
    mapper->pid = 0;
    if (found < 0)
        return failed(errno, "can't wait for the process that maps ids");
    return status == 0 ? 0 : -1;
}

int mapper_map(struct mapper *mapper)
{
    int status = -1;

    if (send(mapper->here, "", 1, MSG_NOSIGNAL) != 1)
        failed(errno, "can't reach the process that maps ids");
    else
        status = err_recv(mapper->here);
    if (wait_for(mapper) < 0 && status == 0)
        status = failed(0, "the process that maps ids died");
    return status;
}

void mapper_free(struct mapper **mapper)
{
    if (*mapper == NULL)
        return;
    if ((*mapper)->here >= 0)
        close((*mapper)->here);
    if ((*mapper)->pid > 0)
        wait_for(*mapper);
    free(*mapper);
    *mapper = NULL;
}
