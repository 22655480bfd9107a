// json.c - JSON, by cJSON; this is the only room that knows it.
//
// What is parsed may come from anybody. So the text is looked through before
// cJSON sees it: nesting, which cJSON follows by recursion, is bounded, and a
// NUL written as \u0000, which would cut a string short behind the back of
// whoever checks it, is refused.
// SPDX-License-Identifier: MIT
#include "core/base/json.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/utf8.h"

#define SIZE_MAX_BYTES (16 << 20)
#define DEPTH_MAX 100
#define REPLACEMENT "\xef\xbf\xbd" // U+FFFD

static int failed_at(const char *name, const char *text, const char *at,
                     const char *what)
{
    size_t line = 1;
    const char *start = text;

    for (const char *p = text; p < at; p++)
        if (*p == '\n') {
            line++;
            start = p + 1;
        }
    return failed(0, "%s: line %zu, column %zu: %s", name, line,
                  (size_t)(at - start) + 1, what);
}

// Behind the string that begins at "p", or "end".
static const char *skip_string(const char *p, const char *end, bool *nul)
{
    for (p++; p < end && *p != '"'; p++) {
        if (*p != '\\')
            continue;
        p++;
        if (end - p >= 5 && memcmp(p, "u0000", 5) == 0)
            *nul = true;
    }
    return p;
}

static int look_through(const char *name, const char *text, size_t size)
{
    const char *end = text + size;
    int depth = 0;

    for (const char *p = text; p < end; p++) {
        const char *start = p;
        bool nul = false;

        if (*p == '[' || *p == '{')
            depth++;
        else if (*p == ']' || *p == '}')
            depth--;
        else if (*p == '"')
            p = skip_string(p, end, &nul);
        if (depth > DEPTH_MAX)
            return failed_at(name, text, start, "nested too deeply");
        if (nul)
            return failed_at(name, text, start, "a string has a NUL in it");
    }
    return 0;
}

struct json *json_parse(const char *name, const char *text, size_t size)
{
    const char *end = NULL;
    cJSON *value;

    if (size > SIZE_MAX_BYTES) {
        failed(0, "%s: more than %d bytes of JSON", name, SIZE_MAX_BYTES);
        return NULL;
    }
    if (look_through(name, text, size) < 0)
        return NULL;
    value = cJSON_ParseWithLengthOpts(text, size, &end, false);
    if (value == NULL) {
        failed_at(name, text, end != NULL ? end : text, "not valid JSON");
        return NULL;
    }
    while (end < text + size && strchr(" \t\r\n", *end) != NULL && *end != '\0')
        end++;
    if (end == text + size)
        return (struct json *)value;
    failed_at(name, text, end, "something follows the JSON value");
    cJSON_Delete(value);
    return NULL;
}

void json_free(struct json *value)
{
    cJSON_Delete((cJSON *)value);
}

void json_cleanup(struct json **value)
{
    json_free(*value);
}

static void *made(void *p)
{
    if (p != NULL)
        return p;
    fputs("ch: out of memory\n", stderr);
    abort();
}

// Hand "item" over to "parent", under "key", or at the end of an array.
static struct json *put(struct json *parent, const char *key, cJSON *item)
{
    cJSON *to = (cJSON *)parent;
    bool done;

    made(item);
    done = key != NULL ? cJSON_AddItemToObject(to, key, item)
                       : cJSON_AddItemToArray(to, item);
    made(done ? item : NULL);
    return (struct json *)item;
}

struct json *json_object(void)
{
    return made(cJSON_CreateObject());
}

struct json *json_array(void)
{
    return made(cJSON_CreateArray());
}

struct json *json_add_object(struct json *object, const char *key)
{
    return put(object, key, cJSON_CreateObject());
}

struct json *json_add_array(struct json *object, const char *key)
{
    return put(object, key, cJSON_CreateArray());
}

struct json *json_append_object(struct json *array)
{
    return put(array, NULL, cJSON_CreateObject());
}

void json_add_string(struct json *object, const char *key, const char *value)
{
    put(object, key, cJSON_CreateString(value));
}

void json_add_number(struct json *object, const char *key, double value)
{
    put(object, key, cJSON_CreateNumber(value));
}

void json_add_bool(struct json *object, const char *key, bool value)
{
    put(object, key, cJSON_CreateBool(value));
}

void json_append_string(struct json *array, const char *value)
{
    put(array, NULL, cJSON_CreateString(value));
}

static cJSON *raw_number(uint64_t value)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%" PRIu64, value);
    return cJSON_CreateRaw(digits);
}

void json_add_u64(struct json *object, const char *key, uint64_t value)
{
    put(object, key, raw_number(value));
}

void json_append_u64(struct json *array, uint64_t value)
{
    put(array, NULL, raw_number(value));
}

void json_put(struct json *object, const char *key, struct json *value)
{
    json_remove(object, key);
    put(object, key, (cJSON *)value);
}

void json_append(struct json *array, struct json *value)
{
    put(array, NULL, (cJSON *)value);
}

void json_remove(struct json *object, const char *key)
{
    cJSON_DeleteItemFromObjectCaseSensitive((cJSON *)object, key);
}

struct json *json_copy(const struct json *value)
{
    return made(cJSON_Duplicate((const cJSON *)value, true));
}

struct json *json_find(struct json *object, const char *key)
{
    return (struct json *)cJSON_GetObjectItemCaseSensitive((cJSON *)object,
                                                           key);
}

const struct json *json_get(const struct json *object, const char *key)
{
    return (const struct json *)cJSON_GetObjectItemCaseSensitive(
        (const cJSON *)object, key);
}

const char *json_get_string(const struct json *object, const char *key)
{
    return cJSON_GetStringValue((const cJSON *)json_get(object, key));
}

const char *json_string(const struct json *value)
{
    return cJSON_GetStringValue((const cJSON *)value);
}

bool json_is_array(const struct json *value)
{
    return cJSON_IsArray((const cJSON *)value);
}

bool json_is_object(const struct json *value)
{
    return cJSON_IsObject((const cJSON *)value);
}

bool json_is_number(const struct json *value)
{
    return cJSON_IsNumber((const cJSON *)value);
}

bool json_is_bool(const struct json *value)
{
    return cJSON_IsBool((const cJSON *)value);
}

bool json_is_null(const struct json *value)
{
    return cJSON_IsNull((const cJSON *)value);
}

double json_number(const struct json *value)
{
    return json_is_number(value) ? ((const cJSON *)value)->valuedouble : 0;
}

bool json_bool(const struct json *value)
{
    return cJSON_IsTrue((const cJSON *)value);
}

const struct json *json_first(const struct json *value)
{
    return value == NULL ? NULL
                         : (const struct json *)((const cJSON *)value)->child;
}

const struct json *json_next(const struct json *member)
{
    return (const struct json *)((const cJSON *)member)->next;
}

const char *json_key(const struct json *member)
{
    const char *key = ((const cJSON *)member)->string;

    return key != NULL ? key : "";
}

// All that is not ASCII stands within strings. The caller frees.
static char *made_utf8(const char *text)
{
    char *valid = made(malloc(strlen(text) * (sizeof REPLACEMENT - 1) + 1));
    char *to = valid;

    while (*text != '\0') {
        size_t length = utf8_length(text);

        to = length > 0 ? mempcpy(to, text, length) : stpcpy(to, REPLACEMENT);
        text += length > 0 ? length : 1;
    }
    *to = '\0';
    return valid;
}

char *json_text(const struct json *value, bool indented)
{
    const cJSON *item = (const cJSON *)value;
    char *raw =
        made(indented ? cJSON_Print(item) : cJSON_PrintUnformatted(item));
    char *text = made_utf8(raw);

    free(raw);
    return text;
}
