// json.c - what ch-convert tells to programs.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>

#include "applets/convert/args.h"
#include "core/base/err.h"
#include "core/base/json.h"
#include "core/base/scope.h"

int convert_print_json(const struct json *value)
{
    cleanup_free char *text = json_text(value, false);

    if (text == NULL)
        return failed(ENOMEM, "can't tell it as JSON");
    puts(text);
    return 0;
}
