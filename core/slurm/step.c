// step.c - ch-scrun on a node: a rank of the container's job.
//
// What Slurm tells of the step is in the environment, which becomes part of the
// container's: its own variables come first, as it was configured so. The first
// rank leaves word of its process beside the configuration, for those who come
// later to join it.
// SPDX-License-Identifier: MIT
#include "core/slurm/step.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/oci/exec.h"
#include "core/oci/lifecycle.h"
#include "core/slurm/parts.h"

extern char **environ;

#define FIRST ".first" // behind the configuration's name
#define FIRST_MAX 4096 // bytes

// The node's own, of no meaning in an image.
static const char *const of_node[] = {
    "PATH=",   "HOME=", "PWD=",     "OLDPWD=",   "SHELL=",     "LD_",
    "TMPDIR=", "USER=", "LOGNAME=", "CH_SCRUN_", "CH_APPLET=", "_="
};

static int take_environment(struct strlist *list)
{
    for (char **one = environ; *one != NULL; one++) {
        bool kept = true;

        for (size_t i = 0; i < sizeof of_node / sizeof *of_node; i++)
            kept = kept && !str_starts(*one, of_node[i]);
        if (kept && strlist_add(list, *one) < 0)
            return -1;
    }
    return 0;
}

// The directory that a file is in, which the caller frees.
static char *folder_of(const char *path)
{
    cleanup_free char *copy = str_dup(path);

    return copy == NULL ? NULL : str_dup(dirname(copy));
}

// Nobody else can put another file in its place.
static int check_folder(const char *path)
{
    cleanup_free char *folder = folder_of(path);
    struct stat st;

    if (folder == NULL)
        return -1;
    if (stat(folder, &st) < 0)
        return failed(errno, "can't stat %s", folder);
    if ((st.st_uid == geteuid() || st.st_uid == 0) &&
        ((st.st_mode & 0022) == 0 || (st.st_mode & S_ISVTX) != 0))
        return 0;
    return failed(0, "others could remove files from %s", folder);
}

// Whoever can write to it decides what runs here.
static int check_own(const char *path)
{
    struct stat st;

    // no errno: that would be the status of a program that is not there
    if (lstat(path, &st) < 0)
        return failed(0, "%s did not come to this node: %s", path,
                      strerror(errno));
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 0022) != 0)
        return failed(0, "%s is not a file of user %u alone", path, geteuid());
    return check_folder(path);
}

// An image that was sent is in a place where others have files, too.
static int check_image(const char *config)
{
    cleanup_free char *image = NULL;
    const char *dot = strrchr(config, '.');

    if (!str_starts(config, SENT_PREFIX) || dot == NULL)
        return 0;
    image = str_printf("%.*s.sqfs", (int)(dot - config), config);
    return image == NULL ? -1 : check_own(image);
}

static bool is_first(void)
{
    const char *rank = getenv("SLURM_PROCID");

    return rank == NULL || strcmp(rank, "0") == 0;
}

static int write_first(const char *config)
{
    cleanup_free char *path = str_printf("%s" FIRST, config);
    cleanup_free char *part = str_printf("%s" FIRST ".part", config);
    cleanup_json struct json *document = json_object();
    cleanup_free char *text = NULL;
    cleanup_close int fd = -1;
    char host[256] = "";
    uint64_t start = 0;

    if (path == NULL || part == NULL)
        return -1;
    if (proc_start_time(getpid(), &start) < 0 ||
        gethostname(host, sizeof host - 1) < 0)
        return failed(errno, "can't tell of this process");
    json_add_string(document, "node", host);
    json_add_number(document, "pid", getpid());
    json_add_u64(document, "startTime", start);
    text = json_text(document, false);
    unlink(part); // of a step that was requeued
    fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || fs_write_all(fd, text, strlen(text)) < 0 ||
        rename(part, path) < 0)
        return failed(errno, "can't write %s", path);
    return 0;
}

int step_run(const char *config)
{
    cleanup_strlist struct strlist environment = { 0 };
    cleanup_free char *folder = folder_of(config);
    cleanup_free char *id = NULL;
    const char *rank = getenv("SLURM_PROCID");
    struct creation how = { .config = config, .bundle = folder };

    id = str_printf("scrun-%d-%s", (int)getpid(), rank != NULL ? rank : "0");
    if (folder == NULL || id == NULL || check_own(config) < 0 ||
        check_image(config) < 0 || take_environment(&environment) < 0)
        return -1;
    if (is_first() && write_first(config) < 0)
        return -1;
    how.id = id;
    how.cgroup_manager = CGROUP_DISABLED;
    how.adapt.more_env = &environment;
    return lifecycle_run(&how);
}

// --- a further process

// With a PID namespace the process that was noted waits for the container's
// first one.
static pid_t find_first(pid_t pid)
{
    cleanup_free char *path = NULL, *text = NULL;
    char *end;
    long child;

    path = str_printf("/proc/%d/task/%d/children", (int)pid, (int)pid);
    text = path == NULL ? NULL : fs_read(AT_FDCWD, path, FIRST_MAX, NULL);
    err_clear();
    child = text != NULL ? strtol(text, &end, 10) : 0;
    return proc_is_at_work(pid) && child > 0 ? (pid_t)child : pid;
}

// The first rank is on the job's first node, where this is, unless somebody has
// asked srun for another order.
static int check_node(const struct json *document)
{
    const char *node = json_get_string(document, "node");
    char host[256] = "";

    gethostname(host, sizeof host - 1);
    if (node == NULL || strcmp(node, host) == 0)
        return 0;
    return failed(0, "the container has its first process on another node, %s",
                  node);
}

static int read_first(const char *config, struct state *state)
{
    cleanup_free char *path = str_printf("%s" FIRST, config);
    cleanup_free char *text = NULL;
    cleanup_json struct json *document = NULL;
    pid_t pid;
    uint64_t start;

    if (path == NULL || check_own(path) < 0)
        return failed_while("no process of the container is known here");
    text = fs_read_regular(AT_FDCWD, path, FIRST_MAX, NULL);
    document = text == NULL ? NULL : json_parse(path, text, strlen(text));
    if (document == NULL)
        return failed_while("no process of the container is known here");
    if (check_node(document) < 0)
        return -1;
    pid = (pid_t)json_number(json_get(document, "pid"));
    start = (uint64_t)json_number(json_get(document, "startTime"));
    if (pid <= 0 || !proc_is_alive(pid, start))
        return failed(0, "the container has ended");
    state->made = true;
    return state_set_process(state, find_first(pid));
}

int step_enter(const char *config)
{
    struct execution how = { .process_text = getenv(STEP_PROCESS),
                             .config = config };
    struct container_handle handle = {
        .folder = { .root = -1, .dir = -1, .lock = -1, .id = "of this job" },
        .state = { .id = "of this job" }
    };
    int status = -1;

    if (how.process_text == NULL)
        return failed(0, STEP_PROCESS ": not set");
    if (check_own(config) == 0 && read_first(config, &handle.state) == 0)
        status = exec_run(&handle, &how);
    handle_close(&handle);
    return status;
}
