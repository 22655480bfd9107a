// verify.c - ch-convert --verify IMAGE: all of an image is read.
// SPDX-License-Identifier: MIT
#include <inttypes.h>

#include "applets/convert/args.h"
#include "core/base/log.h"
#include "core/base/str.h"

int convert_verify(const struct args *args)
{
    struct examination plan = convert_examination(args, &args->plan.in);
    struct verified verified;
    char size[STR_SIZE_TEXT];

    plan.xattrs = true;
    if (image_verify(&plan, &verified) < 0)
        return -1;
    log_line(LOG_WARN, "undamaged: %" PRIu64 " files, %s", verified.files,
             str_of_size(size, verified.bytes));
    return 0;
}
