// slurm_conf.c - settings of Slurm's configuration files.
// SPDX-License-Identifier: MIT
#include "core/oci/slurm_conf.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"

#define FILE_MAX (16 << 20) // bytes
#define BLANKS " \t\r"

// Comments and joined lines become blanks. Quotes do not protect a "#", but a
// backslash does.
static void flatten(char *text)
{
    bool comment = false;

    for (char *at = text; *at != '\0'; at++) {
        if (*at == '\n')
            comment = false;
        else if (*at == '\\' && at[1] == '\n')
            at[0] = at[1] = ' ';
        else if (*at == '\\' && at[1] != '\0' && !comment)
            at++;
        else if (*at == '#' || comment)
            *at = ' ', comment = true;
    }
}

// The end of the value that begins here, which loses its quotes.
static char *cut_value(char **value)
{
    char *end;

    if (**value != '"')
        return *value + strcspn(*value, BLANKS "\n");
    *value += 1;
    end = *value + strcspn(*value, "\"\n");
    if (*end == '"')
        *end++ = ' ';
    return end;
}

static int add(struct slurm_conf *conf, char *name, size_t name_length,
               const char *value, size_t length)
{
    char *copy = str_ndup(name, name_length);

    if (copy == NULL || strlist_take(&conf->names, copy) < 0)
        return -1;
    copy = str_ndup(value, length);
    return copy == NULL ? -1 : strlist_take(&conf->values, copy);
}

// What is no setting, such as "Include FILE", is passed over.
static int parse(struct slurm_conf *conf, char *at)
{
    while (*(at += strspn(at, BLANKS "\n")) != '\0') {
        char *name = at;
        size_t length = strcspn(name, BLANKS "=\n");
        char *equals = name + length + strspn(name + length, BLANKS);
        char *value, *end;

        if (*equals != '=' || length == 0) {
            at = *equals == '=' ? equals + 1 : equals;
            continue;
        }
        value = equals + 1 + strspn(equals + 1, BLANKS);
        end = cut_value(&value);
        length = (size_t)(end - value);
        while (length > 0 && value[length - 1] == ' ')
            length--;
        if (add(conf, name, strcspn(name, BLANKS "="), value, length) < 0)
            return -1;
        at = end;
    }
    return 0;
}

int slurm_conf_read(struct slurm_conf *conf, const char *path)
{
    cleanup_free char *text = NULL;

    *conf = (struct slurm_conf){ .path = str_dup(path) };
    if (conf->path == NULL)
        return -1;
    text = fs_read_regular(AT_FDCWD, path, FILE_MAX, NULL);
    if (text == NULL)
        return -1;
    flatten(text);
    return parse(conf, text);
}

void slurm_conf_free(struct slurm_conf *conf)
{
    strlist_free(&conf->names);
    strlist_free(&conf->values);
    free(conf->path);
    *conf = (struct slurm_conf){ 0 };
}

const char *slurm_conf_find(const struct slurm_conf *conf, const char *name)
{
    for (size_t i = conf->values.count; i > 0; i--)
        if (strcasecmp(conf->names.items[i - 1], name) == 0)
            return conf->values.items[i - 1];
    return NULL;
}

bool slurm_conf_lists(const char *list, const char *word)
{
    size_t length = strlen(word);

    while (list != NULL && *list != '\0') {
        size_t one = strcspn(list, ",");

        if (one == length && strncasecmp(list, word, length) == 0)
            return true;
        list += one + (list[one] == ',');
    }
    return false;
}
