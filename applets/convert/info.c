// info.c - ch-convert --info IMAGE: what an image is.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>

#include "applets/convert/args.h"
#include "core/base/err.h"
#include "core/base/scope.h"

int convert_info(const struct args *args)
{
    struct examination plan = convert_examination(args, &args->plan.in);
    cleanup_json struct json *info = image_info(&plan);
    cleanup_free char *text = NULL;

    if (info == NULL)
        return -1;
    text = args->json ? json_text(info, true) : json_table(info);
    if (text == NULL)
        return failed(ENOMEM, "can't tell what the image is");
    fputs(text, stdout);
    if (args->json)
        putchar('\n');
    return 0;
}
