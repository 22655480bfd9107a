// jail_copy_up.c - a tmpfs that begins with what it hides ("tmpcopyup").
// SPDX-License-Identifier: MIT
#include "core/base/log.h"
#include "core/image/copy.h"
#include "core/image/dir_read.h"
#include "core/image/dir_write.h"
#include "core/run/jail_work.h"

int jail_copy_up(const struct jail_work *work, int from, int to)
{
    // who is nobody in a user namespace can't be given anything
    struct dir_options options = { .threads = 1,
                                   .exact = true,
                                   .owners = !work->user_namespace };
    const struct strlist nothing = { 0 };
    struct dir_read_options reading = { .xattrs = true, .exclude = &nothing };
    cleanup_reader struct image_reader *reader = image_read_dir(from, &reading);
    cleanup_writer struct image_writer *writer = image_write_dir(to, &options);
    struct copied copied;

    if (reader == NULL || writer == NULL ||
        image_copy(reader, writer, COPY_NO_DEVICES, &copied) < 0)
        return -1;
    log_step("a tmpfs begins with %llu files",
             (unsigned long long)copied.entries);
    return 0;
}
