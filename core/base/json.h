// json.h - JSON, by cJSON; this is the only room that knows it.
//
// A value is owned by its root: json_free() on the root frees all of it.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json; // a value: object, array, string, number, bool or null

// Parse text of "size" bytes; "name" is for messages. NULL after failed()
// with line and column. Nesting and size are bounded.
struct json *json_parse(const char *name, const char *text, size_t size);
void json_free(struct json *value);
void json_cleanup(struct json **value);
#define cleanup_json __attribute__((cleanup(json_cleanup)))

// Build. Memory exhausted: the process aborts with a message, as no caller
// could do better in the middle of building a report.
struct json *json_object(void);
struct json *json_array(void);
struct json *json_add_object(struct json *object, const char *key);
struct json *json_add_array(struct json *object, const char *key);
struct json *json_append_object(struct json *array);
void json_add_string(struct json *object, const char *key, const char *value);
void json_add_number(struct json *object, const char *key, double value);
void json_add_bool(struct json *object, const char *key, bool value);
void json_append_string(struct json *array, const char *value);

// The same with all digits, which a double has not beyond 2 to the power of 53,
// and without an exponent, which not all readers take for an integer.
void json_add_u64(struct json *object, const char *key, uint64_t value);
void json_append_u64(struct json *array, uint64_t value);

// Put a value, which is taken over, under the key, in the place of what it had.
void json_put(struct json *object, const char *key, struct json *value);
void json_append(struct json *array, struct json *value); // takes it over
void json_remove(struct json *object, const char *key);
struct json *json_copy(const struct json *value); // with all that is in it

// A member that was added, to add to it; NULL: there is none.
struct json *json_find(struct json *object, const char *key);

// Read. Each returns NULL, or the fallback, when the key is missing or of
// another type. Strings are borrowed.
const struct json *json_get(const struct json *object, const char *key);
const char *json_get_string(const struct json *object, const char *key);

const char *json_string(const struct json *value); // NULL: it is none
bool json_is_array(const struct json *value);
bool json_is_object(const struct json *value);
bool json_is_number(const struct json *value);
bool json_is_bool(const struct json *value);
bool json_is_null(const struct json *value);
double json_number(const struct json *value); // 0: it is none
bool json_bool(const struct json *value);     // false: it is none

// The members of an object or array in their order; NULL: no more.
const struct json *json_first(const struct json *value);
const struct json *json_next(const struct json *member);

// What a member of an object is called; "" for an element of an array.
const char *json_key(const struct json *member);

// An object as a table for people: a line for each member, or for each element
// of one that is an array of objects. The caller frees.
char *json_table(const struct json *value);

// The text, indented by cJSON's way or on one line; the caller frees. Names of
// files may be of any bytes, but JSON is UTF-8: U+FFFD, the replacement
// character, stands for each byte that is not.
char *json_text(const struct json *value, bool indented);
