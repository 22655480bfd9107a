// default_command.c - the command that an image itself provides.
// SPDX-License-Identifier: MIT
#include "core/run/default_command.h"

#include "core/base/err.h"
#include "core/image/argfile.h"

int default_command(char *const *args, struct strlist *argv)
{
    if (argfile_read("/ch/entrypoint", argv) < 0)
        return -1;
    if (args[0] == NULL && argfile_read("/ch/cmd", argv) < 0)
        return -1;
    for (; *args != NULL; args++)
        if (strlist_add(argv, *args) < 0)
            return -1;
    if (argv->count == 0)
        return failed(0, "No CMD, ENTRYPOINT, or command specified (the image "
                         "has neither /ch/cmd nor /ch/entrypoint)");
    return 0;
}
