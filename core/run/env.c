// env.c - the environment of the container's command.
//
// The rules are those of Charliecloud's ch-run(1), "Environment variables":
// the host's environment passes through, with the few changes below.
// SPDX-License-Identifier: MIT
#include "core/run/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/glob.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/run/execute.h"
#include "core/run/launch.h"

// What execve(2) takes at most, whatever the limit of the stack is.
#define BYTES_MAX (6 << 20)
// Variables; the time that setenv(3) takes grows with their square.
#define ADDED_MAX 8192

extern char **environ;

// The environment as it grows. An image may say what it wants of it, but what
// no program could be given is not made.
struct growth {
    size_t bytes; // of all variables
    size_t added;
};

static struct growth growth_so_far(void)
{
    struct growth g = { .bytes = 0 };

    for (size_t i = 0; environ != NULL && environ[i] != NULL; i++)
        g.bytes += strlen(environ[i]) + 1;
    return g;
}

static size_t bytes_of(const char *name, const char *value)
{
    return strlen(name) + 1 + strlen(value) + 1;
}

// No program can be given what "name" would add to. As core/run/execute.c says.
static int refuse(const char *name, const char *value)
{
    size_t limit = execute_variable_max();

    if (bytes_of(name, value) > limit)
        failed(E2BIG, "can't set a variable: $%s has more than %zu bytes", name,
               limit);
    else
        failed(E2BIG,
               "can't set $%s: the environment would be longer than any limit "
               "of the stack (ulimit -s) allows",
               name);
    return failed_with(EXIT_EXEC);
}

static int set(struct growth *g, const char *name, const char *value)
{
    const char *before = getenv(name);

    log_why("environment: %s=%s", name, value);
    g->bytes += bytes_of(name, value);
    if (before != NULL)
        g->bytes -= bytes_of(name, before);
    else
        g->added++;
    if (g->bytes > BYTES_MAX || g->added > ADDED_MAX)
        return refuse(name, value);
    if (setenv(name, value, 1) < 0)
        return failed(errno, "can't set $%s", name);
    return 0;
}

static void unset(const char *name)
{
    if (getenv(name) == NULL)
        log_why("environment: unset: not set, ignoring: %s", name);
    else
        log_why("environment: unset %s", name);
    unsetenv(name);
}

static bool has_item(const char *list, const char *item)
{
    size_t length = strlen(item);

    for (const char *at = list; at != NULL;) {
        const char *colon = strchrnul(at, ':');

        if ((size_t)(colon - at) == length && strncmp(at, item, length) == 0)
            return true;
        at = *colon == ':' ? colon + 1 : NULL;
    }
    return false;
}

static int add_bin_to_path(struct growth *g)
{
    const char *path = getenv("PATH");
    cleanup_free char *longer = NULL;

    if (path == NULL) {
        log_warn("$PATH not set");
        return 0;
    }
    if (has_item(path, "/bin"))
        return 0;
    longer = str_printf("%s:/bin", path);
    return longer == NULL ? -1 : set(g, "PATH", longer);
}

static int set_defaults(struct growth *g, const char *home)
{
    if (home == NULL)
        home = access("/root", F_OK) == 0 ? "/root" : "/";
    if (set(g, "HOME", home) < 0 || add_bin_to_path(g) < 0)
        return -1;
    unset("TMPDIR");     // it names a directory of the host
    unset("GC_MARKERS"); // libgc's, about the node: it would be misled
    return 0;
}

struct expansion {
    char *text;
    size_t length, most; // bytes
    bool begun;          // there is an item already
};

// Append "item", or, if it is $NAME, that variable's value. A variable that is
// not set leaves no item behind, not even an empty one. False: it is too long.
static bool add_item(struct expansion *e, const char *item)
{
    const char *value = item;
    size_t length;

    if (item[0] == '$' && item[1] != '\0') {
        value = getenv(item + 1);
        if (value == NULL || value[0] == '\0')
            return true;
    }
    length = strlen(value);
    if (length + e->begun > e->most - e->length)
        return false;
    if (e->begun)
        e->text[e->length++] = ':';
    memcpy(e->text + e->length, value, length + 1);
    e->length += length;
    e->begun = true;
    return true;
}

// "a:$B:c" with $NAME items replaced, for the variable "name". The caller
// frees; NULL after failed().
static char *expand(const char *name, const char *value)
{
    size_t limit = execute_variable_max();
    size_t taken = strlen(name) + 1;
    struct expansion e = { .most = limit > taken ? limit - taken : 0 };
    cleanup_free char *rest = str_dup(value);
    cleanup_free char *text = NULL;
    char *at = rest;

    if (strchr(value, '$') == NULL || rest == NULL)
        return steal_ptr(&rest);
    text = e.text = calloc(1, e.most + 1);
    if (text == NULL) {
        failed(errno, "can't expand $%s", name);
        return NULL;
    }
    while (at != NULL)
        if (!add_item(&e, strsep(&at, ":"))) {
            failed(E2BIG, "can't expand $%s: it has more than %zu bytes", name,
                   limit);
            failed_with(EXIT_EXEC);
            return NULL;
        }
    return steal_ptr(&text);
}

// One NAME=VALUE; single quotes around the value are the file format's own.
// An error names "where" the line stands.
static int set_line(struct growth *g, const char *line, bool expanded,
                    const char *where)
{
    const char *equals = strchr(line, '=');
    cleanup_free char *name = NULL;
    cleanup_free char *value = NULL;
    size_t length;

    if (equals == NULL || equals == line)
        return failed(0, "can't parse variable: %s: %s",
                      equals ? "empty name" : "no delimiter", where);
    name = str_ndup(line, (size_t)(equals - line));
    length = strlen(equals + 1);
    if (length >= 2 && equals[1] == '\'' && equals[length] == '\'')
        value = str_ndup(equals + 2, length - 2);
    else
        value = str_dup(equals + 1);
    if (name == NULL || value == NULL)
        return -1;
    if (expanded) {
        char *longer = expand(name, value);

        free(value);
        value = longer;
    }
    return value == NULL ? -1 : set(g, name, value);
}

static int set_file(struct growth *g, const struct env_change *c,
                    const char *text, size_t size)
{
    const char *end = text + size;

    for (unsigned number = 1; text < end; number++) {
        const char *stop = memchr(text, c->separator, (size_t)(end - text));
        size_t length = (size_t)((stop != NULL ? stop : end) - text);
        cleanup_free char *line = str_ndup(text, length);
        cleanup_free char *where = str_printf("%s:%u", c->file, number);

        if (line == NULL || where == NULL)
            return -1;
        if (line[0] != '\0' && set_line(g, line, c->expand, where) < 0)
            return -1;
        text += length + 1;
    }
    return 0;
}

static int set_inside(struct growth *g, const struct env_change *c)
{
    size_t size;
    cleanup_free char *text =
        fs_read_regular(AT_FDCWD, c->file, ENV_FILE_MAX, &size);

    return text == NULL ? -1 : set_file(g, c, text, size);
}

static int unset_matching(const char *glob)
{
    size_t i = 0;

    while (environ != NULL && environ[i] != NULL) {
        const char *equals = strchr(environ[i], '=');
        cleanup_free char *name =
            str_ndup(environ[i], equals != NULL ? (size_t)(equals - environ[i])
                                                : strlen(environ[i]));

        if (name == NULL)
            return -1;
        if (equals == NULL || !glob_matches(glob, name)) {
            i++; // else the next one has moved to this place
            continue;
        }
        log_why("environment: unset %s", name);
        if (unsetenv(name) < 0)
            return failed(errno, "can't unset $%s", name);
    }
    return 0;
}

static int apply_one(struct growth *g, const struct env_change *c)
{
    switch (c->action) {
    case ENV_SET:
        return set_line(g, c->text, c->expand, c->text);
    case ENV_FILE:
        return set_file(g, c, c->text, c->size);
    case ENV_INSIDE:
        return set_inside(g, c);
    case ENV_UNSET:
        return unset_matching(c->text);
    }
    return failed(0, "unknown change of the environment");
}

int env_apply(const struct container *plan, const char *home)
{
    struct growth growth = growth_so_far();

    if (!plan->host && set_defaults(&growth, home) < 0)
        return -1;
    for (size_t i = 0; i < plan->env_change_count; i++)
        if (apply_one(&growth, &plan->env_changes[i]) < 0)
            return -1;
    return set(&growth, "CH_RUNNING", "Weird Al Yankovic");
}

int env_tell_directory(void)
{
    cleanup_free char *directory = getcwd(NULL, 0);
    struct growth growth = growth_so_far();

    if (directory != NULL)
        return set(&growth, "PWD", directory);
    // it was removed, or lies outside of the root: it has no name
    unsetenv("PWD");
    return 0;
}
