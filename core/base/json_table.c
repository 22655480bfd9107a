// json_table.c - JSON as a table for people.
//
//     image.path   /images/a.sqfs          a member of an object in the object
//     binds        /home/a  /home/a        an array of objects: a line for each
//                  /data  /mnt/0
//     command      sh -c "echo 1"          an array of strings: a command line
//
// So that what a program tells to people and to programs is said in one place.
// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/base/json.h"
#include "core/base/scope.h"
#include "core/base/words.h"

#define KEY_WIDTH 16 // columns of the first column

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (iscntrl((unsigned char)*text))
            return false;
    return true;
}

static void print_scalar(FILE *out, const cJSON *item)
{
    const char *text = cJSON_GetStringValue(item);
    char *quoted;

    if (cJSON_IsBool(item))
        text = cJSON_IsTrue(item) ? "yes" : "no";
    if (text != NULL && is_printable(text)) {
        fputs(text, out);
        return;
    }
    quoted = cJSON_PrintUnformatted(item);
    fputs(quoted != NULL ? quoted : "", out);
    free(quoted);
}

static void print_words(FILE *out, const cJSON *array)
{
    size_t count = (size_t)cJSON_GetArraySize(array);
    char **argv = calloc(count + 1, sizeof *argv);
    cleanup_free char *line = NULL;

    for (size_t i = 0; argv != NULL && i < count; i++)
        argv[i] = cJSON_GetStringValue(cJSON_GetArrayItem(array, (int)i));
    line = argv == NULL ? NULL : words_join(argv);
    free(argv);
    if (line != NULL && is_printable(line))
        fputs(line, out);
    else
        print_scalar(out, array);
}

static void print_line(FILE *out, const cJSON *object)
{
    const cJSON *member;

    for (member = object->child; member != NULL; member = member->next) {
        fputs(member == object->child ? "" : "  ", out);
        if (cJSON_IsArray(member))
            print_words(out, member);
        else
            print_scalar(out, member);
    }
}

static void print_key(FILE *out, const char *key, const char *more)
{
    int width = fprintf(out, "%s%s%s", key, more[0] != '\0' ? "." : "", more);

    fprintf(out, "%*s ", width < KEY_WIDTH ? KEY_WIDTH - width : 0, "");
}

static void print_lines(FILE *out, const cJSON *array)
{
    const cJSON *element;

    for (element = array->child; element != NULL; element = element->next) {
        print_key(out, element == array->child ? array->string : "", "");
        print_line(out, element);
        fputc('\n', out);
    }
}

static void print_object(FILE *out, const cJSON *object)
{
    const cJSON *member;

    for (member = object->child; member != NULL; member = member->next) {
        print_key(out, object->string, member->string);
        print_scalar(out, member);
        fputc('\n', out);
    }
}

static void print_member(FILE *out, const cJSON *member)
{
    if (cJSON_IsArray(member) && cJSON_IsObject(member->child)) {
        print_lines(out, member);
        return;
    }
    if (cJSON_IsObject(member)) {
        print_object(out, member);
        return;
    }
    print_key(out, member->string, "");
    if (cJSON_IsArray(member) && member->child == NULL)
        fputs("none", out);
    else if (cJSON_IsArray(member))
        print_words(out, member);
    else
        print_scalar(out, member);
    fputc('\n', out);
}

char *json_table(const struct json *value)
{
    const cJSON *object = (const cJSON *)value;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    for (const cJSON *member = object->child; member != NULL;
         member = member->next)
        print_member(out, member);
    fclose(out);
    return text;
}
