// inject.c - libraries of the host for a container, as a list names them.
//
// A fabric's libraries come from its vendor and fit the node's driver, so a
// container has to take the node's. Which they are is known to the site: it
// writes them down once. Libraries are put into a folder of their own rather
// than over those of the image, whose distribution may have them elsewhere.
// SPDX-License-Identifier: MIT
#include "core/run/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/run/elf.h"

#define FILE_SIZE_MAX (1 << 20) // bytes of a list
#define BLANKS " \t\r"

struct line {
    struct injection *injection;
    bool optional;
};

static int missing(const struct line *line, const char *path)
{
    if (!line->optional)
        return failed(ENOENT, "%s", path);
    log_why("inject: not on this host: %s", path);
    return 0;
}

static int check_absolute(const char *path)
{
    return path[0] == '/' ? 0 : failed(0, "not an absolute path: %s", path);
}

// SRC[:DST][:ro]
static int add_bind(const struct line *line, char *value)
{
    bool read_only = str_ends(value, ":ro");
    const char *source;
    const char *target;

    if (read_only)
        value[strlen(value) - strlen(":ro")] = '\0';
    source = strsep(&value, ":");
    target = value != NULL ? value : source;

    if (check_absolute(source) < 0 || check_absolute(target) < 0)
        return -1;
    if (strspn(target, "/.") == strlen(target))
        return failed(0, "can't bind at the root: %s", target);
    if (access(source, F_OK) < 0)
        return missing(line, source);
    return injection_bind(line->injection,
                          &(struct bind){ source, target, BIND_REQUIRED,
                                          read_only ? BIND_READ_ONLY : 0 });
}

static int bind_library(const struct line *line, const char *path,
                        const char *target)
{
    return injection_bind(line->injection,
                          &(struct bind){ path, target, BIND_REQUIRED, 0 });
}

// The library by the name of its file, and by its soname, for linkers that go
// by file names.
static int add_library(const struct line *line, const char *path, bool chosen)
{
    struct elf_library library;
    int status = elf_read(path, &library);
    cleanup_free char *soname = library.soname;
    cleanup_free char *target =
        str_printf(INJECT_FOLDER "/%s", strrchr(path, '/') + 1);
    cleanup_free char *second = NULL;

    if (status < 0 || target == NULL)
        return -1;
    // a pattern may well find an ld script or debugging data, too
    if (status == 0)
        return chosen ? failed(0, "not a shared library: %s", path) : 0;
    if (bind_library(line, path, target) < 0)
        return -1;
    if (soname == NULL)
        return 0;
    second = str_printf(INJECT_FOLDER "/%s", soname);
    return second == NULL ? -1 : bind_library(line, path, second);
}

static int add_libraries(const struct line *line, char *pattern)
{
    glob_t found = { 0 };
    int status;

    if (check_absolute(pattern) < 0)
        return -1;
    status = glob(pattern, 0, NULL, &found);
    if (status == GLOB_NOMATCH)
        return missing(line, pattern);
    if (status != 0)
        return failed(errno, "can't look for %s", pattern);
    for (size_t i = 0; i < found.gl_pathc && status == 0; i++)
        status = add_library(line, found.gl_pathv[i],
                             strcmp(found.gl_pathv[i], pattern) == 0);
    globfree(&found);
    return status < 0 ? -1 : injection_folder(line->injection, INJECT_FOLDER);
}

// NAME=VALUE, or NAME+=ITEM, which is put before what the list has.
static int add_variable(const struct line *line, char *value)
{
    char *equals = strchr(value, '=');
    cleanup_free char *longer = NULL;

    if (equals == NULL || equals == value)
        return failed(0, "not NAME=VALUE: %s", value);
    if (line->optional)
        return failed(0, "a variable can't be optional");
    if (equals[-1] != '+')
        return injection_variable(line->injection, value);
    equals[-1] = '\0';
    if (value[0] == '\0')
        return failed(0, "not NAME+=ITEM: no name");
    longer = str_printf("%s=%s:$%s", value, equals + 1, value);
    return longer == NULL ? -1 : injection_variable(line->injection, longer);
}

static const struct {
    const char *word;
    int (*add)(const struct line *line, char *value);
} words[] = {
    { "bind", add_bind },
    { "lib", add_libraries },
    { "env", add_variable },
};

// Cut the first word off; *rest is what follows, without blanks around it.
static const char *first_word(char **rest)
{
    char *word = *rest + strspn(*rest, BLANKS);
    char *end = word + strcspn(word, BLANKS);
    char *last;

    *rest = end;
    if (*end == '\0')
        return word;
    *end++ = '\0';
    end += strspn(end, BLANKS);
    for (last = end + strlen(end); last > end && strchr(BLANKS, last[-1]);)
        *--last = '\0';
    *rest = end;
    return word;
}

static int take_line(struct injection *injection, char *text)
{
    struct line line = { .injection = injection };
    const char *word = first_word(&text);

    if (word[0] == '\0' || word[0] == '#')
        return 0;
    line.optional = strcmp(word, "optional") == 0;
    if (line.optional)
        word = first_word(&text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].word, word) != 0)
            continue;
        if (text[0] == '\0')
            return failed(0, "nothing follows \"%s\"", word);
        return words[i].add(&line, text);
    }
    return failed(0, "expected bind, lib or env%s, and got: %s",
                  line.optional ? "" : ", or optional before it", word);
}

int inject_load(struct injection *injection, const char *file)
{
    size_t size;
    cleanup_free char *text = fs_read(AT_FDCWD, file, FILE_SIZE_MAX, &size);
    char *rest = text;

    if (text == NULL)
        return -1;
    if (strlen(text) != size)
        return failed(0, "%s: not a text: it has a NUL in it", file);
    for (unsigned number = 1; rest != NULL; number++)
        if (take_line(injection, strsep(&rest, "\n")) < 0)
            return failed_while("%s:%u", file, number);
    return 0;
}
