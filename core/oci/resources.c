// resources.c - an object like linux.resources of config.json, from elsewhere.
// SPDX-License-Identifier: MIT
#include "core/oci/resources.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/oci/spec_resources.h"

#define FILE_MAX (1 << 20) // bytes

struct json *resources_read(const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    cleanup_free char *text =
        fs_read(AT_FDCWD, is_stdin ? "/proc/self/fd/0" : path, FILE_MAX, NULL);
    struct json *value;

    if (text == NULL)
        return NULL;
    value =
        json_parse(is_stdin ? "the standard input" : path, text, strlen(text));
    if (value == NULL || json_is_object(value))
        return value;
    json_free(value);
    failed(0, "--resources: %s: expected an object", path);
    return NULL;
}

// Sizes may have a unit, as podman's have; a number below 0 means any.
static int read_number(const char *text, double *number)
{
    uint64_t n;
    bool negative = text[0] == '-';

    if (str_to_size(text + negative, &n) < 0)
        return -1;
    *number = negative ? -(double)n : (double)n;
    return 0;
}

static struct json *section_of(struct json *resources, const char *name)
{
    struct json *found = json_find(resources, name);

    return found != NULL ? found : json_add_object(resources, name);
}

int resources_add(struct json *resources, const char *section, const char *key,
                  const char *value, bool text)
{
    double number;

    if (text) {
        json_add_string(section_of(resources, section), key, value);
        return 0;
    }
    if (read_number(value, &number) < 0)
        return failed(0, "%s.%s: not a number: %s", section, key, value);
    if (strcmp(section, "pids") == 0 && number == 0)
        number = RESOURCES_NO_FORK;
    json_add_number(section_of(resources, section), key, number);
    return 0;
}
