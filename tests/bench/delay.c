// delay.c FOLDER FILE MICROSECONDS: show FILE at FOLDER/image, each read of
// which takes so much longer, as on a file system over a network.
//
// Reads at the same time wait at the same time. The kernel reads ahead and
// keeps pages as for any file; mounted anew, all is cold.
// SPDX-License-Identifier: MIT
#define FUSE_USE_VERSION 317

#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NUMBER = 2 };   // of the file; the root is 1
enum { THREADS = 64 }; // requests under way at a time

#define FOR_EVER 1e9 // seconds

static int file;
static useconds_t delay;

static struct stat attributes(fuse_ino_t number)
{
    struct stat st = { .st_ino = number, .st_mode = S_IFDIR | 0755 };

    st.st_nlink = 1;
    if (number == NUMBER) {
        (void)fstat(file, &st);
        st.st_mode = S_IFREG | 0444;
        st.st_ino = number;
    }
    return st;
}

static void lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct fuse_entry_param entry = { .ino = NUMBER,
                                      .attr = attributes(NUMBER),
                                      .attr_timeout = FOR_EVER,
                                      .entry_timeout = FOR_EVER };

    if (parent == FUSE_ROOT_ID && strcmp(name, "image") == 0)
        fuse_reply_entry(req, &entry);
    else
        fuse_reply_err(req, ENOENT);
}

static void getattr(fuse_req_t req, fuse_ino_t number,
                    struct fuse_file_info *info)
{
    struct stat st = attributes(number);

    (void)info;
    fuse_reply_attr(req, &st, FOR_EVER);
}

static void open_(fuse_req_t req, fuse_ino_t number,
                  struct fuse_file_info *info)
{
    (void)number;
    info->keep_cache = 1; // of two programs that open it, too
    fuse_reply_open(req, info);
}

static void read_(fuse_req_t req, fuse_ino_t number, size_t size, off_t offset,
                  struct fuse_file_info *info)
{
    char *bytes = malloc(size);
    ssize_t length;

    (void)number, (void)info;
    usleep(delay);
    length = bytes != NULL ? pread(file, bytes, size, offset) : -1;
    if (length < 0)
        fuse_reply_err(req, EIO);
    else
        fuse_reply_buf(req, bytes, (size_t)length);
    free(bytes);
}

static const struct fuse_lowlevel_ops ops = {
    .lookup = lookup, .getattr = getattr, .open = open_, .read = read_
};

int main(int argc, char **argv)
{
    char *words[] = { argv[0], (char[]){ "-oallow_other,ro,fsname=delay" },
                      NULL };
    struct fuse_args args = FUSE_ARGS_INIT(2, words);
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    struct fuse_session *session;

    if (argc != 4) {
        fprintf(stderr, "usage: delay FOLDER FILE MICROSECONDS\n");
        return 2;
    }
    file = open(argv[2], O_RDONLY | O_CLOEXEC);
    delay = (useconds_t)strtoul(argv[3], NULL, 10);
    session = fuse_session_new(&args, &ops, sizeof ops, NULL);
    if (file < 0 || session == NULL || fuse_session_mount(session, argv[1])) {
        perror(argv[1]);
        return 1;
    }
    fuse_loop_cfg_set_max_threads(config, THREADS);
    fuse_loop_cfg_set_idle_threads(config, THREADS);
    (void)fuse_session_loop_mt(session, config);
    fuse_session_unmount(session);
    return 0;
}
