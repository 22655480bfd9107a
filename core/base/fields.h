// fields.h - a JSON object into a struct, by a table.
//
// The table is the only place where a member is written down: its name, its
// type, and the field that it goes to.
//
//     static const struct field root_fields[] = {
//         { "path", FIELD_STRING(struct root, path), .required = true },
//         { "readonly", FIELD_BOOL(struct root, read_only) },
//         FIELD_END,
//     };
//
// A member of another type is an error that tells where it stands:
// "config.json: process.args[1]: expected a string". Members that no row names
// are ignored, and null is like a member that is not there: both let documents
// of later versions be read. The _Generic makes a field of the wrong type a
// compile error, as in opt.h.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/json.h"

// A number that may be missing.
struct maybe {
    bool set;
    int64_t number;
};

// A member of an object that has names of the user's for its keys.
struct pair {
    const char *name;
    const char *value;
};

// One of the words that a string may be, and the number it is kept as.
struct choice {
    const char *word; // NULL ends the list
    int number;
};

enum field_kind {
    FIELD_KIND_END,
    FIELD_KIND_STRING,  // const char *
    FIELD_KIND_BOOL,    // bool
    FIELD_KIND_INT,     // int
    FIELD_KIND_U32,     // uint32_t
    FIELD_KIND_U64,     // uint64_t; beyond it, the largest
    FIELD_KIND_MAYBE,   // struct maybe
    FIELD_KIND_STRINGS, // const char *const *, NULL at its end
    FIELD_KIND_NUMBERS, // const uint32_t *, and a count
    FIELD_KIND_PAIRS,   // const struct pair *, and a count
    FIELD_KIND_OBJECT,  // a struct, by its own table
    FIELD_KIND_LIST,    // const struct X *, and a count, by its own table
    FIELD_KIND_CHOICE,  // int, the number of a word
    FIELD_KIND_FLAGS,   // uint32_t, the numbers of words or'ed
    FIELD_KIND_JSON, // const struct json *, an object that is not looked into
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset, count_offset;
    size_t size;                // bytes of a list's item
    const struct field *fields; // of an object, or a list's items
    const struct choice *choices;
    bool required;
    size_t set_offset; // of a bool that tells that it was there; 0: none
    const char *noun;  // what errors call it, or NULL
};

// What a row ends with, where it matters whether the member was there.
#define FIELD_SETS(T, f) .set_offset = FIELD_AT_(T, f, bool)

#define FIELD_AT_(T, f, type) _Generic(((T *)0)->f, type : offsetof(T, f))
#define FIELD_STRING(T, f) \
    FIELD_KIND_STRING, .offset = FIELD_AT_(T, f, const char *)
#define FIELD_BOOL(T, f) FIELD_KIND_BOOL, .offset = FIELD_AT_(T, f, bool)
#define FIELD_INT(T, f) FIELD_KIND_INT, .offset = FIELD_AT_(T, f, int)
#define FIELD_U32(T, f) FIELD_KIND_U32, .offset = FIELD_AT_(T, f, uint32_t)
#define FIELD_U64(T, f) FIELD_KIND_U64, .offset = FIELD_AT_(T, f, uint64_t)
#define FIELD_MAYBE(T, f) \
    FIELD_KIND_MAYBE, .offset = FIELD_AT_(T, f, struct maybe)
#define FIELD_STRINGS(T, f) \
    FIELD_KIND_STRINGS, .offset = FIELD_AT_(T, f, const char *const *)
#define FIELD_NUMBERS(T, f, n)                                       \
    FIELD_KIND_NUMBERS, .offset = FIELD_AT_(T, f, const uint32_t *), \
                        .count_offset = FIELD_AT_(T, n, size_t)
#define FIELD_PAIRS(T, f, n)                                          \
    FIELD_KIND_PAIRS, .offset = FIELD_AT_(T, f, const struct pair *), \
                      .count_offset = FIELD_AT_(T, n, size_t)
#define FIELD_OBJECT(T, f, table) \
    FIELD_KIND_OBJECT, .offset = offsetof(T, f), .fields = (table)
// An object whose members go to the same struct.
#define FIELD_HERE(table) FIELD_KIND_OBJECT, .fields = (table)
#define FIELD_LIST(T, f, n, table)                                \
    FIELD_KIND_LIST, .offset = offsetof(T, f), .fields = (table), \
                     .count_offset = FIELD_AT_(T, n, size_t),     \
                     .size = sizeof *((T *)0)->f
#define FIELD_CHOICE(T, f, words) \
    FIELD_KIND_CHOICE, .offset = FIELD_AT_(T, f, int), .choices = (words)
#define FIELD_FLAGS(T, f, words) \
    FIELD_KIND_FLAGS, .offset = FIELD_AT_(T, f, uint32_t), .choices = (words)
#define FIELD_JSON(T, f) \
    FIELD_KIND_JSON, .offset = FIELD_AT_(T, f, const struct json *)
#define FIELD_END              \
    {                          \
        .kind = FIELD_KIND_END \
    }

// Fill the struct at "to", whose fields keep what they are where a member is
// missing. Strings are borrowed from the value, lists are the arena's; "name"
// is the document's, for messages. 0, or -1 after failed().
int fields_read(const struct field *table, const char *name,
                const struct json *value, struct arena *arena, void *to);
