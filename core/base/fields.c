// fields.c - a JSON object into a struct, by a table.
// SPDX-License-Identifier: MIT
#include "core/base/fields.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"

#define PATH_SIZE 512 // bytes of "process.args[1]"; a longer one is cut

struct reading {
    const char *name;
    struct arena *arena;
    char path[PATH_SIZE];
    size_t length;    // of the path
    const char *noun; // of the member that is read, or NULL
};

static int read_object(struct reading *r, const struct field *table,
                       const struct json *value, char *to);

// --- where we are

// Go down by a member's name, or an item's index if there is no name. What is
// to be given to leave().
static size_t enter(struct reading *r, const char *name, size_t index)
{
    size_t before = r->length;
    size_t room = PATH_SIZE - before;
    int n;

    if (name != NULL)
        n = snprintf(r->path + before, room, "%s%s", before > 0 ? "." : "",
                     name);
    else
        n = snprintf(r->path + before, room, "[%zu]", index);
    r->length += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
    return before;
}

static void leave(struct reading *r, size_t before)
{
    r->length = before;
    r->path[before] = '\0';
}

static int refuse(const struct reading *r, const char *what)
{
    return failed(0, "%s: %s%s%s%s%s", r->name, r->path,
                  r->length > 0 ? ": " : "", r->noun != NULL ? r->noun : "",
                  r->noun != NULL ? ": " : "", what);
}

// --- single values

static int read_string(struct reading *r, const struct json *value,
                       const char **to)
{
    const char *text = json_string(value);

    if (text == NULL)
        return refuse(r, "expected a string");
    *to = text;
    return 0;
}

static int read_bool(struct reading *r, const struct json *value, bool *to)
{
    if (!json_is_bool(value))
        return refuse(r, "expected true or false");
    *to = json_bool(value);
    return 0;
}

// A whole number within bounds.
static int read_number(struct reading *r, const struct json *value,
                       const double bounds[2], double *to)
{
    char text[128];

    if (!json_is_number(value))
        return refuse(r, "expected a number");
    *to = json_number(value);
    if (*to != floor(*to))
        return refuse(r, "expected a whole number");
    if (*to >= bounds[0] && *to <= bounds[1])
        return 0;
    snprintf(text, sizeof text, "out of range: expected %.0f to %.0f",
             bounds[0], bounds[1]);
    return refuse(r, text);
}

// 2 to the power of 64 and of 63: what the largest integers are rounded to.
#define TWO_64 18446744073709551616.0
#define TWO_63 9223372036854775808.0

static int read_integer(struct reading *r, const struct field *f,
                        const struct json *value, void *to)
{
    static const double bounds[][2] = {
        [FIELD_KIND_INT] = { INT_MIN, INT_MAX },
        [FIELD_KIND_U32] = { 0, UINT32_MAX },
        [FIELD_KIND_U64] = { 0, TWO_64 },
        [FIELD_KIND_MAYBE] = { -TWO_63, TWO_64 },
    };
    double n = 0;

    if (read_number(r, value, bounds[f->kind], &n) < 0)
        return -1;
    if (f->kind == FIELD_KIND_INT)
        *(int *)to = (int)n;
    else if (f->kind == FIELD_KIND_U32)
        *(uint32_t *)to = (uint32_t)n;
    else if (f->kind == FIELD_KIND_U64)
        *(uint64_t *)to = n >= TWO_64 ? UINT64_MAX : (uint64_t)n;
    else
        *(struct maybe *)to =
            (struct maybe){ true, n >= TWO_63 ? INT64_MAX : (int64_t)n };
    return 0;
}

static int read_choice(struct reading *r, const struct choice *choices,
                       const struct json *value, int *to)
{
    const char *word = "";
    char text[128];

    if (read_string(r, value, &word) < 0)
        return -1;
    for (const struct choice *c = choices; c->word != NULL; c++)
        if (strcmp(c->word, word) == 0) {
            *to = c->number;
            return 0;
        }
    snprintf(text, sizeof text, "unknown: %.100s", word);
    return refuse(r, text);
}

// --- several

static size_t count_members(const struct json *value)
{
    size_t count = 0;

    for (const struct json *m = json_first(value); m != NULL; m = json_next(m))
        count++;
    return count;
}

static int read_strings(struct reading *r, const struct json *value,
                        const char ***to)
{
    size_t i = 0;

    if (!json_is_array(value))
        return refuse(r, "expected an array of strings");
    *to = arena_take(r->arena, count_members(value) + 1, sizeof **to);
    for (const struct json *m = json_first(value); m != NULL;
         m = json_next(m)) {
        size_t before = enter(r, NULL, i);

        if (read_string(r, m, &(*to)[i]) < 0)
            return -1;
        leave(r, before);
        i++;
    }
    return 0;
}

static int read_flags(struct reading *r, const struct choice *choices,
                      const struct json *value, uint32_t *to)
{
    size_t i = 0;

    if (!json_is_array(value))
        return refuse(r, "expected an array of strings");
    for (const struct json *m = json_first(value); m != NULL;
         m = json_next(m)) {
        size_t before = enter(r, NULL, i++);
        int number = 0;

        if (read_choice(r, choices, m, &number) < 0)
            return -1;
        *to |= (uint32_t)number;
        leave(r, before);
    }
    return 0;
}

static int read_numbers(struct reading *r, const struct json *value,
                        uint32_t **to, size_t *count)
{
    static const struct field number = { .kind = FIELD_KIND_U32 };
    size_t i = 0;

    if (!json_is_array(value))
        return refuse(r, "expected an array of numbers");
    *count = count_members(value);
    *to = arena_take(r->arena, *count, sizeof **to);
    for (const struct json *m = json_first(value); m != NULL;
         m = json_next(m)) {
        size_t before = enter(r, NULL, i);

        if (read_integer(r, &number, m, &(*to)[i]) < 0)
            return -1;
        leave(r, before);
        i++;
    }
    return 0;
}

static int read_pairs(struct reading *r, const struct json *value,
                      struct pair **to, size_t *count)
{
    size_t i = 0;

    if (!json_is_object(value))
        return refuse(r, "expected an object");
    *count = count_members(value);
    *to = arena_take(r->arena, *count, sizeof **to);
    for (const struct json *m = json_first(value); m != NULL;
         m = json_next(m)) {
        size_t before = enter(r, json_key(m), 0);

        (*to)[i].name = json_key(m);
        if (read_string(r, m, &(*to)[i].value) < 0)
            return -1;
        leave(r, before);
        i++;
    }
    return 0;
}

static int read_list(struct reading *r, const struct field *f,
                     const struct json *value, char *to)
{
    char **items = (char **)(void *)(to + f->offset);
    size_t *count = (size_t *)(void *)(to + f->count_offset);
    size_t i = 0;

    if (!json_is_array(value))
        return refuse(r, "expected an array");
    *count = count_members(value);
    *items = arena_take(r->arena, *count, f->size);
    for (const struct json *m = json_first(value); m != NULL;
         m = json_next(m)) {
        size_t before = enter(r, NULL, i);

        if (read_object(r, f->fields, m, *items + i * f->size) < 0)
            return -1;
        leave(r, before);
        i++;
    }
    return 0;
}

// --- a member, by its row

static int read_member(struct reading *r, const struct field *f,
                       const struct json *value, char *to)
{
    void *field = to + f->offset;

    switch (f->kind) {
    case FIELD_KIND_STRING:
        return read_string(r, value, field);
    case FIELD_KIND_BOOL:
        return read_bool(r, value, field);
    case FIELD_KIND_INT:
    case FIELD_KIND_U32:
    case FIELD_KIND_U64:
    case FIELD_KIND_MAYBE:
        return read_integer(r, f, value, field);
    case FIELD_KIND_STRINGS:
        return read_strings(r, value, field);
    case FIELD_KIND_NUMBERS:
        return read_numbers(r, value, field,
                            (size_t *)(void *)(to + f->count_offset));
    case FIELD_KIND_PAIRS:
        return read_pairs(r, value, field,
                          (size_t *)(void *)(to + f->count_offset));
    case FIELD_KIND_OBJECT:
        return read_object(r, f->fields, value, field);
    case FIELD_KIND_LIST:
        return read_list(r, f, value, to);
    case FIELD_KIND_CHOICE:
        return read_choice(r, f->choices, value, field);
    case FIELD_KIND_FLAGS:
        return read_flags(r, f->choices, value, field);
    case FIELD_KIND_JSON:
        *(const struct json **)field = value;
        return json_is_object(value) ? 0 : refuse(r, "expected an object");
    case FIELD_KIND_END:
        break;
    }
    return failed(0, "table of fields is corrupt");
}

static int read_object(struct reading *r, const struct field *table,
                       const struct json *value, char *to)
{
    if (!json_is_object(value))
        return refuse(r, "expected an object");
    for (const struct field *f = table; f->kind != FIELD_KIND_END; f++) {
        const struct json *member = json_get(value, f->name);
        size_t before = enter(r, f->name, 0);

        r->noun = f->noun;
        if (member == NULL || json_is_null(member)) {
            if (f->required)
                return refuse(r, "missing");
        } else {
            if (read_member(r, f, member, to) < 0)
                return -1;
            if (f->set_offset > 0)
                *(bool *)(void *)(to + f->set_offset) = true;
        }
        leave(r, before);
        r->noun = NULL;
    }
    return 0;
}

int fields_read(const struct field *table, const char *name,
                const struct json *value, struct arena *arena, void *to)
{
    struct reading r = { .name = name, .arena = arena };

    return read_object(&r, table, value, to);
}
