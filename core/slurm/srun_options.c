// srun_options.c - what users may ask of srun for their containers.
//
// Left out on purpose: what runs programs (--prolog, --task-prolog, --bcast),
// writes files (--output, --error), or is ours to say (--chdir, --export,
// --pty).
// SPDX-License-Identifier: MIT
#include "core/slurm/srun_options.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"

#define VALUE_MAX 4096 // bytes
#define VARIABLE_MAX 64

enum kind {
    VALUE,    // must have one
    FLAG,     // has none
    OPTIONAL, // may have one
    NODES,    // names of nodes; with a slash, srun would read a file
};

static const struct srun_option {
    const char *name;
    enum kind kind;
    const char *also; // what Slurm's scrun calls its variable; NULL: as here
} table[] = {
    { "account", VALUE, NULL },
    { "begin", VALUE, NULL },
    { "comment", VALUE, NULL },
    { "constraint", VALUE, NULL },
    { "cores-per-socket", VALUE, "SCRUN_NCORES_PER_SOCKET" },
    { "cpu-bind", VALUE, NULL },
    { "cpus-per-gpu", VALUE, NULL },
    { "cpus-per-task", VALUE, NULL },
    { "deadline", VALUE, NULL },
    { "dependency", VALUE, NULL },
    { "distribution", VALUE, NULL },
    { "exclude", NODES, NULL },
    { "exclusive", OPTIONAL, NULL },
    { "gpu-bind", VALUE, NULL },
    { "gpus", VALUE, NULL },
    { "gpus-per-node", VALUE, NULL },
    { "gpus-per-task", VALUE, NULL },
    { "gres", VALUE, NULL },
    { "hint", VALUE, NULL },
    { "immediate", OPTIONAL, NULL },
    { "job-name", VALUE, NULL },
    { "licenses", VALUE, NULL },
    { "mem", VALUE, "SCRUN_MEM_PER_NODE" },
    { "mem-bind", VALUE, NULL },
    { "mem-per-cpu", VALUE, NULL },
    { "mem-per-gpu", VALUE, NULL },
    { "mpi", VALUE, "SCRUN_MPI_TYPE" },
    { "network", VALUE, NULL },
    { "nodelist", NODES, "SCRUN_JOB_NODELIST" },
    { "nodes", VALUE, "SCRUN_JOB_NUM_NODES" },
    { "ntasks", VALUE, NULL },
    { "ntasks-per-core", VALUE, NULL },
    { "ntasks-per-gpu", VALUE, NULL },
    { "ntasks-per-node", VALUE, NULL },
    { "ntasks-per-socket", VALUE, NULL },
    { "overcommit", FLAG, NULL },
    { "overlap", FLAG, NULL },
    { "partition", VALUE, NULL },
    { "qos", VALUE, NULL },
    { "reservation", VALUE, NULL },
    { "signal", VALUE, NULL },
    { "switches", VALUE, "SCRUN_REQ_SWITCH" },
    { "threads-per-core", VALUE, NULL },
    { "time", VALUE, "SCRUN_TIMELIMIT" },
    { "time-min", VALUE, NULL },
    { "tmp", VALUE, NULL },
    { "wckey", VALUE, NULL },
};

#define OPTIONS (sizeof table / sizeof *table)

static const struct srun_option *find(const char *name)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

const char *srun_options_name(size_t index)
{
    return index < OPTIONS ? table[index].name : NULL;
}

static bool is_printable(const char *value)
{
    for (; *value != '\0'; value++)
        if (iscntrl((unsigned char)*value))
            return false;
    return true;
}

static int check(const struct srun_option *option, const char *value,
                 const char *from)
{
    if (option->kind == FLAG && value != NULL)
        return failed(0, "%s: %s takes no value but true and false", from,
                      option->name);
    if ((option->kind == VALUE || option->kind == NODES) && value == NULL)
        return failed(0, "%s: %s needs a value", from, option->name);
    if (value == NULL)
        return 0;
    if (strlen(value) > VALUE_MAX || !is_printable(value))
        return failed(0,
                      "%s: the value of %s is too long, or has characters "
                      "that can't be printed",
                      from, option->name);
    if (option->kind == NODES && strchr(value, '/') != NULL)
        return failed(0, "%s: %s takes names of nodes, not a file: %s", from,
                      option->name, value);
    return 0;
}

static void take_back(struct strlist *list, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = list->count; i-- > 0;) {
        const char *word = list->items[i] + strlen("--");

        if (strncmp(word, name, length) == 0 &&
            (word[length] == '=' || word[length] == '\0'))
            strlist_remove(list, i);
    }
}

int srun_options_add(struct strlist *list, const char *name, const char *value,
                     const char *from)
{
    const struct srun_option *option = find(name);
    bool is_switch =
        option != NULL && (option->kind == FLAG || option->kind == OPTIONAL);
    bool off = is_switch && value != NULL && strcmp(value, "false") == 0;

    if (option == NULL)
        return failed(0,
                      "%s: there is no option %s for jobs; ch-scrun(1) "
                      "lists them",
                      from, name);
    if (value != NULL && (value[0] == '\0' || (option->kind != VALUE &&
                                               strcmp(value, "true") == 0)))
        value = NULL;
    if (off)
        value = NULL;
    if (check(option, value, from) < 0)
        return -1;
    take_back(list, name);
    if (off)
        return 0;
    return strlist_take(list, value == NULL
                                  ? str_printf("--%s", name)
                                  : str_printf("--%s=%s", name, value));
}

int srun_options_add_word(struct strlist *list, const char *word,
                          const char *from)
{
    cleanup_free char *name = NULL;
    const char *equals;

    if (str_starts(word, "--"))
        word += strlen("--");
    equals = strchr(word, '=');
    name =
        str_ndup(word, equals != NULL ? (size_t)(equals - word) : strlen(word));
    if (name == NULL)
        return -1;
    return srun_options_add(list, name, equals != NULL ? equals + 1 : NULL,
                            from);
}

static void name_variable(char variable[VARIABLE_MAX], const char *option)
{
    snprintf(variable, VARIABLE_MAX, "SCRUN_%s", option);
    for (char *at = variable; *at != '\0'; at++)
        *at = (char)(*at == '-' ? '_' : toupper((unsigned char)*at));
}

static int add_variable(struct strlist *list, const struct srun_option *option)
{
    char variable[VARIABLE_MAX];
    const char *name = variable;
    const char *value;

    name_variable(variable, option->name);
    value = getenv(variable);
    if (value == NULL && option->also != NULL) {
        name = option->also;
        value = getenv(name);
    }
    if (value == NULL)
        return 0;
    return srun_options_add(list, option->name, value, name);
}

int srun_options_add_environment(struct strlist *list)
{
    const char *words = getenv("SCRUN_ARGS");
    cleanup_free char *copy = str_dup(words != NULL ? words : "");
    char *rest = NULL;

    if (copy == NULL)
        return -1;
    for (size_t i = 0; i < OPTIONS; i++)
        if (add_variable(list, &table[i]) < 0)
            return -1;
    for (char *word = strtok_r(copy, " \t\n", &rest); word != NULL;
         word = strtok_r(NULL, " \t\n", &rest))
        if (srun_options_add_word(list, word, "SCRUN_ARGS") < 0)
            return -1;
    return 0;
}
