// slurm_check.c - will Slurm run containers with these configuration files?
//
// Each finding is a function and a row. What they know of Slurm was found by
// running it; doc/slurm.md tells how.
// SPDX-License-Identifier: MIT
#include "core/oci/slurm_check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/oci/slurm_conf.h"

#define WORD_SIZE 256 // bytes of a command's word

// "Configless" nodes keep what they were sent in /run.
static const char *const usual_places[] = { "/etc/slurm/slurm.conf",
                                            "/run/slurm/conf/slurm.conf",
                                            "/etc/slurm-llnl/slurm.conf" };

struct checking {
    struct slurm_conf slurm, oci;
    const char *run; // RunTimeRun
    struct slurm_report *report;
};

__attribute__((format(printf, 3, 4))) static struct slurm_finding *find(
    struct checking *c, const char *name, const char *format, ...)
{
    struct slurm_report *report = c->report;
    // the rows of the table are fewer
    struct slurm_finding *f = &report->items[report->count++];
    va_list arguments;

    *f = (struct slurm_finding){ .grade = SLURM_FINE, .name = name };
    va_start(arguments, format);
    vsnprintf(f->detail, sizeof f->detail, format, arguments);
    va_end(arguments);
    return f;
}

static void grade(struct slurm_finding *f, enum slurm_grade how,
                  const char *remedy)
{
    f->grade = how;
    snprintf(f->remedy, sizeof f->remedy, "%s", remedy);
}

// --- commands

// The next word of a command; returns what follows. Quotes are left out.
static const char *next_word(const char *at, char word[WORD_SIZE])
{
    size_t length = 0;

    at += strspn(at, " ");
    for (; *at != '\0' && *at != ' ' && *at != ';'; at++)
        if (*at != '\'' && *at != '"' && length + 1 < WORD_SIZE)
            word[length++] = *at;
    word[length] = '\0';
    return at;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

// The program that the last command of a line runs, behind "exec", with what
// comes before it left out. Does it begin with "exec"?
static bool find_program(const char *line, char program[WORD_SIZE])
{
    const char *last = strrchr(line, ';');
    const char *at = next_word(last != NULL ? last + 1 : line, program);
    bool replaces = strcmp(program, "exec") == 0;

    if (replaces)
        next_word(at, program);
    return replaces;
}

static bool is_harmless(const char *line)
{
    static const char *const words[] = { "true", "echo",   ":",
                                         "exit", "printf", "false" };
    char program[WORD_SIZE];

    if (strpbrk(line, "|&`$<>") != NULL)
        return false;
    find_program(line, program);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(last_part(program), words[i]) == 0)
            return strchr(line, ';') == NULL;
    return false;
}

// --- the findings

static void check_run(struct checking *c)
{
    if (c->run != NULL) {
        find(c, "RunTimeRun", "%s", c->run);
        return;
    }
    grade(find(c, "RunTimeRun", "missing in %s", c->oci.path), SLURM_WRONG,
          "add RunTimeRun=\"exec /usr/local/bin/ch-oci run --keep-uid --bundle "
          "%b %n.%u.%j.%s.%t\"");
}

static void check_exec(struct checking *c)
{
    char program[WORD_SIZE];

    if (c->run == NULL || find_program(c->run, program))
        return;
    grade(find(c, "exec",
               "RunTimeRun does not begin its command with \"exec\": where "
               "/bin/sh is dash, a shell stays between Slurm and the program, "
               "dies of its signals and leaves it alone"),
          SLURM_WRONG, "write RunTimeRun=\"exec ...\"");
}

static void check_program(struct checking *c)
{
    char program[WORD_SIZE];

    if (c->run == NULL)
        return;
    find_program(c->run, program);
    if (program[0] != '/') {
        grade(find(c, "runtime", "%s is looked up in the $PATH of slurmd",
                   program),
              SLURM_NOTE, "write its absolute path");
        return;
    }
    if (access(program, X_OK) == 0)
        find(c, "runtime", "%s is there", program);
    else
        grade(find(c, "runtime", "%s: %s on this node", program,
                   errno == ENOENT ? "missing" : "can't be executed"),
              SLURM_WRONG,
              "put it there on each node that runs jobs; submit hosts do "
              "without it");
}

static void check_create(struct checking *c)
{
    if (slurm_conf_find(&c->oci, "RunTimeCreate") == NULL &&
        slurm_conf_find(&c->oci, "RunTimeStart") == NULL)
        return;
    grade(find(c, "RunTimeCreate",
               "with RunTimeCreate and RunTimeStart, Slurm reads the "
               "container's output to its end before it starts it, and gives "
               "it no input: steps hang, and nodes are drained"),
          SLURM_WRONG, "remove both, and use RunTimeRun");
}

static void check_fake(struct checking *c)
{
    const char *fake = slurm_conf_find(&c->oci, "IgnoreFileConfigJson");

    if (fake == NULL || strcasecmp(fake, "true") != 0 || c->run == NULL ||
        strstr(c->run, "%@") == NULL)
        return;
    grade(find(c, "quotes",
               "with IgnoreFileConfigJson=true, a command with a single quote "
               "in it is a syntax error of /bin/sh (a fault of Slurm's %%@)"),
          SLURM_NOTE, "tell users, or use bundles and ch-oci");
}

static void check_as_root(struct checking *c, const char *name,
                          const char *remedy)
{
    const char *line = slurm_conf_find(&c->oci, name);
    char program[WORD_SIZE];

    if (line == NULL || is_harmless(line))
        return;
    find_program(line, program);
    if (str_starts(last_part(program), "ch-oci"))
        grade(find(c, name,
                   "runs %s as root after each step, for a container that "
                   "there never is (task -1)",
                   program),
              SLURM_NOTE, remedy);
    else
        grade(find(c, name,
                   "runs %s as root after each step, on state that users can "
                   "write: with it they can have any process killed",
                   program),
              SLURM_WRONG, remedy);
}

// "{}" is no status, which Slurm takes for "has ended".
static void check_query(struct checking *c)
{
    check_as_root(c, "RunTimeQuery", "write RunTimeQuery=\"echo {}\"");
}

static void check_kill(struct checking *c)
{
    check_as_root(c, "RunTimeKill", "write RunTimeKill=\"true\"");
}

static void check_delete(struct checking *c)
{
    check_as_root(c, "RunTimeDelete", "write RunTimeDelete=\"true\"");
}

static void check_disable_hooks(struct checking *c)
{
    if (slurm_conf_find(&c->oci, "DisableHooks") != NULL)
        grade(find(c, "DisableHooks", "has no effect in Slurm 24.11"),
              SLURM_NOTE, "do not rely on it");
}

static void check_interactive(struct checking *c)
{
    const char *parameters = slurm_conf_find(&c->slurm, "LaunchParameters");

    if (slurm_conf_lists(parameters, "use_interactive_step"))
        grade(find(c, "salloc",
                   "--container without a command runs the user's $SHELL in "
                   "the container; with one it runs on the submitting host"),
              SLURM_NOTE, "");
    else
        grade(find(c, "salloc",
                   "--container is ignored: its shell or command "
                   "runs on the submitting host"),
              SLURM_NOTE,
              "add LaunchParameters=use_interactive_step to slurm.conf, or "
              "have users run srun --container within salloc");
}

static void check_tracking(struct checking *c)
{
    const char *type = slurm_conf_find(&c->slurm, "ProctrackType");

    if (type != NULL && strcasecmp(type, "proctrack/pgid") == 0)
        grade(find(c, "ProctrackType",
                   "by proctrack/pgid, whatever a program starts in another "
                   "session outlives its step"),
              SLURM_NOTE, "use proctrack/cgroup");
}

static void (*const checks[])(struct checking *) = {
    check_run,           check_exec,     check_program,     check_create,
    check_fake,          check_query,    check_kill,        check_delete,
    check_disable_hooks, check_tracking, check_interactive,
};

// --- the files

static const char *find_slurm_conf(const char *given)
{
    const char *path = given != NULL ? given : getenv("SLURM_CONF");

    if (path != NULL && path[0] != '\0')
        return path;
    for (size_t i = 0; i < sizeof usual_places / sizeof *usual_places; i++)
        if (access(usual_places[i], F_OK) == 0)
            return usual_places[i];
    failed(0, "no slurm.conf in /etc/slurm or /run/slurm/conf: is this a node "
              "of a cluster? Name it by --slurm-conf or $SLURM_CONF");
    return NULL;
}

static char *beside(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    int length = slash != NULL ? (int)(slash - path) + 1 : 0;

    return str_printf("%.*s%s", length, path, name);
}

// 1: there is none, which is told; 0, or -1 after failed().
static int read_oci_conf(struct checking *c, const char *path)
{
    if (slurm_conf_read(&c->oci, path) == 0) {
        find(c, "oci.conf", "%s", path);
        return 0;
    }
    if (err_num() != ENOENT)
        return -1;
    err_clear();
    grade(find(c, "oci.conf",
               "no %s: Slurm ignores --container in silence, and runs "
               "commands on the node itself",
               path),
          SLURM_WRONG,
          "put share/slurm/oci.conf there, on each node, and run scontrol "
          "reconfigure");
    return 1;
}

static int check_files(struct checking *c, const char *slurm, const char *oci)
{
    cleanup_free char *path =
        oci != NULL ? str_dup(oci) : beside(slurm, "oci.conf");
    int missing;

    if (path == NULL || slurm_conf_read(&c->slurm, slurm) < 0)
        return -1;
    find(c, "slurm.conf", "%s", slurm);
    missing = read_oci_conf(c, path);
    if (missing != 0)
        return missing < 0 ? -1 : 0;
    c->run = slurm_conf_find(&c->oci, "RunTimeRun");
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        checks[i](c);
    return 0;
}

int slurm_check(const char *slurm_conf, const char *oci_conf,
                struct slurm_report *report)
{
    struct checking c = { .report = report };
    const char *slurm = find_slurm_conf(slurm_conf);
    int status;

    *report = (struct slurm_report){ .count = 0 };
    if (slurm == NULL)
        return -1;
    status = check_files(&c, slurm, oci_conf);
    slurm_conf_free(&c.slurm);
    slurm_conf_free(&c.oci);
    return status;
}
