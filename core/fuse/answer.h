// answer.h - one answer for each kind of request.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/fuse/counters.h"
#include "core/fuse/habit.h"
#include "core/fuse/lowlevel.h"
#include "core/fuse/serve.h"

// Seconds (34 years): the image never changes, so all that is told of it may
// be kept.
#define ANSWER_FOR_EVER 0x1p30

// What the answers need; libfuse hands it to each of them.
struct answers {
    const struct fuse_image *served;
    struct habits habits;
    struct counted counted; // by the threads that answer
    bool no_open;           // the kernel does without OPEN
    bool no_opendir;        // and OPENDIR
};

extern const struct fuse_lowlevel_ops answer_ops;

struct squash *answer_image(fuse_req_t req);

// The image's id of a file. FUSE's root has number 1, and 0 is none, whereas
// an image's ids start at 0: so a number is an id and 2.
uint64_t answer_id(fuse_req_t req, fuse_ino_t number);

// Replace the owner by the one that every file has, if so.
void answer_own(fuse_req_t req, struct stat *st);

// Does the process that lists this directory want to know its files too?
bool answer_with_files(fuse_req_t req, fuse_ino_t dir);

// Is it served by an ordinary user?
bool answer_for_user(fuse_req_t req);

// What to tell of a file under the name that it was found by.
void answer_entry(fuse_req_t req, struct squash_node *node,
                  struct fuse_entry_param *entry);

void answer_readdir(fuse_req_t req, fuse_ino_t number, size_t size, off_t from,
                    struct fuse_file_info *file);
void answer_readdirplus(fuse_req_t req, fuse_ino_t number, size_t size,
                        off_t from, struct fuse_file_info *file);
void answer_getxattr(fuse_req_t req, fuse_ino_t number, const char *name,
                     size_t size);
void answer_listxattr(fuse_req_t req, fuse_ino_t number, size_t size);
void answer_ioctl(fuse_req_t req, fuse_ino_t number, unsigned command,
                  void *argument, struct fuse_file_info *file, unsigned flags,
                  const void *in, size_t in_size, size_t out_size);
