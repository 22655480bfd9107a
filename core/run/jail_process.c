// jail_process.c - from a process of ours to the program of a container, or one
// that joins it.
//
// What can be told before the start is told then: a program that is not there,
// a directory that can't be entered. Privileges go last and in this order: the
// bounding set needs CAP_SETPCAP, other groups and users need theirs, and
// changing the user empties the sets that are then set as planned.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/capabilities.h"
#include "core/kernel/tty.h"
#include "core/run/execute.h"
#include "core/run/home.h"
#include "core/run/jail_work.h"

extern char **environ;

// --- before the start

static int apply_rlimit(const struct jail_process *process, size_t index,
                        uint64_t soft)
{
    const struct jail_rlimit *one = &process->rlimits[index];
    struct rlimit limit = { soft, one->hard };

    if (setrlimit((unsigned)one->resource, &limit) == 0)
        return 0;
    return failed(errno, "can't set process.rlimits[%zu]", index);
}

// Whether one may be raised is found out by doing so, early. To lower them is
// allowed always, but would be felt by all that is still to be done.
static int raise_rlimits(const struct jail_process *process)
{
    for (size_t i = 0; i < process->rlimit_count; i++) {
        const struct jail_rlimit *one = &process->rlimits[i];
        struct rlimit now;

        if (getrlimit((unsigned)one->resource, &now) == 0 &&
            one->hard > now.rlim_max &&
            apply_rlimit(process, i, now.rlim_cur) < 0)
            return -1;
    }
    return 0;
}

static int apply_rlimits(const struct jail_process *process)
{
    for (size_t i = 0; i < process->rlimit_count; i++)
        if (apply_rlimit(process, i, process->rlimits[i].soft) < 0)
            return -1;
    return 0;
}

// The last of several values counts, as it would for the program's setenv(3).
static int apply_env(const struct jail_process *process)
{
    const char *home;

    if (clearenv() != 0)
        return failed(errno, "can't clear the environment");
    for (const char *const *one = process->env; one != NULL && *one != NULL;
         one++) {
        const char *equals = strchr(*one, '=');
        cleanup_free char *name = NULL;

        if (equals == NULL || equals == *one) {
            log_step("process.env: left out, as it is not NAME=VALUE: %s",
                     *one);
            continue;
        }
        name = str_ndup(*one, (size_t)(equals - *one));
        if (name == NULL || setenv(name, equals + 1, 1) < 0)
            return failed(errno, "can't set $%s", name ? name : "");
    }
    if (process->listens) {
        char pid[24];

        snprintf(pid, sizeof pid, "%d", (int)getpid());
        if (setenv("LISTEN_PID", pid, 1) < 0)
            return failed(errno, "can't set $LISTEN_PID");
    }
    home = getenv("HOME");
    return home != NULL && home[0] != '\0' ? 0 : home_set(process->user.uid);
}

// As chdir(2), but not by links of /proc: "/proc/self/fd/7" would be a
// directory of the host's that this process still has open (CVE-2024-21626).
static int change_directory(const char *path)
{
    cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    cleanup_close int fd =
        root < 0 ? -1 : fs_open_in_root(root, path, O_PATH | O_DIRECTORY, 0);

    return fd < 0 ? -1 : fchdir(fd);
}

static int make_directory(const char *path)
{
    cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

    return root < 0 ? -1 : fs_mkdirs_in_root(root, path, 0755);
}

// It may be open to the user of the program only: he will try again.
static int enter_directory(struct jail_work *work)
{
    const char *cwd = work->plan->process.cwd;

    work->in_cwd = change_directory(cwd) == 0;
    if (work->in_cwd || errno == EACCES)
        return 0;
    // a visitor makes nothing in the container
    if (errno != ENOENT || work->visits)
        return failed(errno, "can't change to process.cwd %s", cwd);
    if (make_directory(cwd) < 0 || change_directory(cwd) < 0)
        return failed(errno, "can't make process.cwd %s", cwd);
    work->in_cwd = true;
    return 0;
}

static bool is_program(const char *file)
{
    struct stat st;

    return stat(file, &st) == 0 && S_ISREG(st.st_mode) &&
           (st.st_mode & 0111) != 0;
}

// Along $PATH. 1: it is nowhere there; 0, or -1 after failed().
static int search(const char *name, char **program)
{
    const char *path = getenv("PATH");
    cleanup_free char *rest = str_dup(path != NULL ? path : EXECUTE_USUAL_PATH);
    char *at;

    if (rest == NULL)
        return -1;
    for (at = rest; at != NULL;) {
        const char *dir = strsep(&at, ":");
        char *file = str_printf("%s/%s", dir[0] != '\0' ? dir : ".", name);

        if (file == NULL)
            return -1;
        if (is_program(file)) {
            *program = file;
            return 0;
        }
        free(file);
    }
    return 1;
}

// A path that was found on the node says what was meant, but not where it is in
// the image: "sh" has become /usr/bin/sh. 1: no idea; 0, or -1 after failed().
static int search_foreign(const struct jail *plan, const char *name,
                          char **program)
{
    const char *last = strrchr(name, '/') + 1;
    int missing = name[0] == '/' && last[0] != '\0' ? search(last, program) : 1;

    if (missing > 0 && plan->any_shell && is_program("/bin/sh"))
        missing = (*program = str_dup("/bin/sh")) == NULL ? -1 : 0;
    return missing;
}

static int find_path(const struct jail *plan, const char *name, char **program)
{
    struct stat st;
    int errnum = stat(name, &st) == 0 ? 0 : errno;
    int missing = 1;

    if (plan->foreign_path && (errnum == ENOENT || errnum == ENOTDIR))
        missing = search_foreign(plan, name, program);
    if (missing == 0 && plan->first_rank)
        log_warn("%s is not in the image: running %s (the batch system looked "
                 "it up on the node)",
                 name, *program);
    if (missing <= 0)
        return missing;
    if (errnum != 0)
        return failed(errnum, "cannot find `%s`", name);
    if (!is_program(name))
        return failed(EACCES, "cannot execute `%s`", name);
    *program = str_dup(name);
    return *program == NULL ? -1 : 0;
}

// In the words that callers search for (podman's exit statuses 126 and 127).
static int find_program(const struct jail *plan, char **program)
{
    const char *name = plan->process.args[0];
    int missing;

    if (strchr(name, '/') != NULL)
        return find_path(plan, name, program);
    missing = search(name, program);
    if (missing <= 0)
        return missing;
    return failed(ENOENT, "executable file `%s` not found in $PATH", name);
}

static int take_terminal(const struct jail_work *work)
{
    if (work->terminal < 0 || work->console_socket < 0)
        return 0;
    if (fchown(work->terminal, work->plan->process.user.uid, (gid_t)-1) < 0)
        log_step("the terminal stays root's");
    return tty_take(work->terminal);
}

static int bind_life(const struct jail *plan)
{
    if (plan->dies_with_maker && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return failed(errno, "can't bind the container's life to its maker's");
    return 0;
}

// The caller's session and process group are none of the container's, where
// they have no number; but what uses his terminal is to get its signals.
static bool wants_session(const struct jail_work *work)
{
    return work->plan->own_session || work->console_socket >= 0 ||
           (work->visits && !work->plan->process.terminal);
}

int jail_prepare_process(struct jail_work *work, char **program)
{
    const struct jail *plan = work->plan;
    const struct jail_process *process = &plan->process;

    if (wants_session(work) && setsid() < 0 && errno != EPERM)
        return failed(errno, "can't start a session");
    if (jail_new_keyring(plan) < 0)
        return -1;
    if (plan->nothing_to_run)
        return bind_life(plan);
    if (process->args == NULL || process->args[0] == NULL)
        return failed(0, "config.json: process.args: missing");
    if (plan->has_filter && filter_compile(&plan->filter, &work->filter) < 0)
        return -1;
    if (raise_rlimits(process) < 0 || take_terminal(work) < 0 ||
        apply_env(process) < 0 || enter_directory(work) < 0 ||
        bind_life(plan) < 0)
        return -1;
    return find_program(plan, program);
}

// --- after the start

// Where setgroups(2) is denied, the namespace keeps the caller's, and none of
// them could be given up.
static int become_user(const struct jail_user *user, bool keep_groups)
{
    if (!keep_groups &&
        syscall(SYS_setgroups, user->group_count, user->groups) < 0 &&
        (errno != EPERM || user->group_count > 0))
        return failed(errno, "can't set the %zu groups of process.user",
                      user->group_count);
    if (syscall(SYS_setresgid, user->gid, user->gid, user->gid) < 0)
        return failed(errno, "can't become group %u (process.user.gid)",
                      user->gid);
    if (syscall(SYS_setresuid, user->uid, user->uid, user->uid) < 0)
        return failed(errno, "can't become user %u (process.user.uid)",
                      user->uid);
    if (user->umask.set)
        umask((mode_t)user->umask.number & 07777);
    return 0;
}

static int set_no_new_privileges(const struct jail_process *process)
{
    if (process->no_new_privileges &&
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return failed(errno, "can't set no_new_privs");
    return 0;
}

// Without no_new_privs it takes a privilege to install the filter, and so it is
// done while there is one; else as late as can be, for it to forbid what we do.
static int install_filter(struct jail_work *work, bool privileged)
{
    if (!work->plan->has_filter ||
        work->plan->process.no_new_privileges == privileged)
        return 0;
    return jail_install_filter(work);
}

static int drop_privileges(struct jail_work *work)
{
    const struct jail_process *process = &work->plan->process;
    struct capabilities sets = jail_read_capabilities(&process->capabilities);

    jail_give_streams(&process->user);
    if (capabilities_bound(sets.bounding) < 0 || capabilities_keep() < 0 ||
        install_filter(work, true) < 0 ||
        become_user(&process->user, work->plan->keep_groups) < 0 ||
        capabilities_set(&sets) < 0)
        return -1;
    return set_no_new_privileges(process);
}

// All others are closed by execve(2) (jail_guard.c).
static int keep_descriptors(const struct jail *plan)
{
    for (size_t i = 0; i < plan->keep_fd_count; i++)
        if (fcntl(plan->keep_fds[i], F_SETFD, 0) < 0)
            return failed(errno, "can't keep descriptor %d open",
                          plan->keep_fds[i]);
    return 0;
}

// Programs of many names, such as busybox, look at the one that they are called
// by: it is that of what was found in place of a foreign path.
static int execute_found(const struct jail *plan, const char *program)
{
    const char *const *args = plan->process.args;
    size_t count = 0;
    cleanup_free const char **own = NULL;

    if (!plan->foreign_path || args[0][0] != '/')
        return execute_file(program, args);
    while (args[count] != NULL)
        count++;
    own = calloc(count + 1, sizeof *own);
    if (own == NULL)
        return failed(errno, "can't list the words of the command");
    memcpy(own, args, count * sizeof *own);
    own[0] = program;
    return execute_file(program, own);
}

// Anew: while it waited for its start, others of the container and hooks may
// have moved the directory away, out of the root, or mounted something there
// (CVE-2024-21626).
static int enter_again(struct jail_work *work)
{
    const char *cwd = work->plan->process.cwd;

    work->in_cwd = change_directory(cwd) == 0;
    if (work->in_cwd || errno == EACCES)
        return 0;
    return failed(errno, "can't change to process.cwd %s", cwd);
}

int jail_become(struct jail_work *work, const char *program)
{
    const struct jail *plan = work->plan;
    const struct jail_process *process = &plan->process;
    const char *cwd = process->cwd;

    if (enter_again(work) < 0)
        return -1;
    if (apply_rlimits(process) < 0 || jail_set_labels(work) < 0 ||
        jail_tune(plan) < 0 || drop_privileges(work) < 0)
        return -1;
    if (!work->in_cwd && change_directory(cwd) < 0)
        return failed(errno, "can't change to process.cwd %s", cwd);
    // once more, as the change of user has made the kernel forget it
    if (bind_life(plan) < 0 || keep_descriptors(plan) < 0 ||
        install_filter(work, false) < 0)
        return -1;
    return execute_found(plan, program);
}
