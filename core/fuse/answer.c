// answer.c - one answer for each kind of request.
//
// The image never changes, so all that is told may be kept for ever: entries,
// also of names that do not exist, attributes, links, listings, pages. Each
// round trip avoided is worth more than anything else here: no OPEN and no
// OPENDIR at all, and listings that bring the attributes along.
// SPDX-License-Identifier: MIT
#include "core/fuse/answer.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/scope.h"
#include "core/fuse/feature.h"

enum {
    // Requests that the kernel may have on the way without anyone waiting for
    // them (read-ahead), and from how many it hesitates to send more.
    BACKGROUND = 64,
    CONGESTION = 48,
};

static struct answers *answers_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

static void init(void *data, struct fuse_conn_info *conn)
{
    struct answers *answers = data;
    unsigned there;

    fuse_unset_feature_flag(conn, FUSE_CAP_AUTO_INVAL_DATA);
    fuse_unset_feature_flag(conn, FUSE_CAP_READDIRPLUS_AUTO);
    there = features_ask(conn, answers->served->without);
    answers->no_open = there >> FEATURE_NO_OPEN & 1;
    answers->no_opendir = there >> FEATURE_NO_OPENDIR & 1;
    conn->max_background = BACKGROUND;
    conn->congestion_threshold = CONGESTION;
    // No answer takes long enough to be worth a list of those under way.
    conn->no_interrupt = 1;
}

static void lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct fuse_entry_param entry = { .entry_timeout = ANSWER_FOR_EVER };
    struct answers *answers = answers_of(req);
    struct squash_node node;

    if (squash_lookup(answer_image(req), answer_id(req, parent), name, &node) ==
        0)
        answer_entry(req, &node, &entry);
    else if (errno != ENOENT) {
        fuse_reply_err(req, errno);
        return;
    }
    if (entry.ino != 0 && !S_ISDIR(entry.attr.st_mode))
        habit_looks(&answers->habits, fuse_req_ctx(req)->pid, parent);
    fuse_reply_entry(req, &entry);
}

static void getattr(fuse_req_t req, fuse_ino_t number,
                    struct fuse_file_info *file)
{
    struct squash_node node;

    (void)file;
    if (squash_stat(answer_image(req), answer_id(req, number), &node) < 0) {
        fuse_reply_err(req, errno);
        return;
    }
    answer_own(req, &node.st);
    fuse_reply_attr(req, &node.st, ANSWER_FOR_EVER);
}

static void readlink_(fuse_req_t req, fuse_ino_t number)
{
    char target[PATH_MAX];

    if (squash_readlink(answer_image(req), answer_id(req, number), target,
                        sizeof target) < 0)
        fuse_reply_err(req, errno);
    else
        fuse_reply_readlink(req, target);
}

// An answer ENOSYS means: never ask again, keep what was read. Kernels before
// 3.15 (files) and 5.1 (directories) do not know it.
static void open_(fuse_req_t req, fuse_ino_t number,
                  struct fuse_file_info *file)
{
    (void)number;
    file->keep_cache = 1;
    file->noflush = 1;
    if (answers_of(req)->no_open)
        fuse_reply_err(req, ENOSYS);
    else
        fuse_reply_open(req, file);
}

static void opendir_(fuse_req_t req, fuse_ino_t number,
                     struct fuse_file_info *file)
{
    (void)number;
    file->keep_cache = 1;
    file->cache_readdir = 1;
    if (answers_of(req)->no_opendir)
        fuse_reply_err(req, ENOSYS);
    else
        fuse_reply_open(req, file);
}

// Less than was asked for would mean the end of the file, so a range of more
// pieces than there may be is put together first.
static void reply_copied(fuse_req_t req, const struct squash_range *range)
{
    cleanup_free char *bytes = malloc(range->size);
    ssize_t size = -1;

    if (bytes != NULL)
        size = squash_read(answer_image(req), range->id, range->offset,
                           (struct iovec){ bytes, range->size });
    if (size < 0)
        fuse_reply_err(req, errno);
    else
        fuse_reply_buf(req, bytes, (size_t)size);
}

static void read_(fuse_req_t req, fuse_ino_t number, size_t size, off_t offset,
                  struct fuse_file_info *file)
{
    struct squash_range range = { answer_id(req, number), (uint64_t)offset,
                                  size };
    struct squash *image = answer_image(req);
    struct record *recorded = answers_of(req)->served->recorded;
    struct squash_pieces pieces;

    (void)file;
    if (recorded != NULL)
        record_read(recorded, range.id);
    if (squash_map(image, &range, &pieces) < 0) {
        fuse_reply_err(req, errno);
        return;
    }
    if (pieces.bytes < size && pieces.count == SQUASH_PIECES)
        reply_copied(req, &range);
    else
        fuse_reply_iov(req, pieces.iov, pieces.count);
    squash_release(image, &pieces);
}

// Without an answer the kernel would take holes for data. Each file ends in
// one.
static void lseek_(fuse_req_t req, fuse_ino_t number, off_t from, int whence,
                   struct fuse_file_info *file)
{
    struct squash_range rest = { answer_id(req, number), (uint64_t)from,
                                 SIZE_MAX };
    struct squash_range data;
    struct squash_node node;

    (void)file;
    if (squash_stat(answer_image(req), rest.id, &node) < 0 ||
        squash_find_data(answer_image(req), &rest, &data) < 0)
        fuse_reply_err(req, errno);
    else if (from < 0 || from >= node.st.st_size ||
             (whence == SEEK_DATA && data.size == 0))
        fuse_reply_err(req, ENXIO);
    else if (whence == SEEK_DATA)
        fuse_reply_lseek(req, (off_t)data.offset);
    else if (data.size > 0 && data.offset == rest.offset)
        fuse_reply_lseek(req, (off_t)(data.offset + data.size));
    else
        fuse_reply_lseek(req, from);
}

static void statfs_(fuse_req_t req, fuse_ino_t number)
{
    struct statvfs st;

    (void)number;
    squash_statfs(answer_image(req), &st);
    fuse_reply_statfs(req, &st);
}

const struct fuse_lowlevel_ops answer_ops = {
    .init = init,
    .lookup = lookup,
    .getattr = getattr,
    .readlink = readlink_,
    .open = open_,
    .opendir = opendir_,
    .read = read_,
    .readdir = answer_readdir,
    .readdirplus = answer_readdirplus,
    .lseek = lseek_,
    .statfs = statfs_,
    .getxattr = answer_getxattr,
    .listxattr = answer_listxattr,
    .ioctl = answer_ioctl,
};

struct squash *answer_image(fuse_req_t req)
{
    return answers_of(req)->served->image;
}

uint64_t answer_id(fuse_req_t req, fuse_ino_t number)
{
    return number == FUSE_ROOT_ID ? squash_root(answer_image(req)) : number - 2;
}

void answer_own(fuse_req_t req, struct stat *st)
{
    const struct fuse_image *served = answers_of(req)->served;

    if (served->one_owner) {
        st->st_uid = served->uid;
        st->st_gid = served->gid;
    }
}

bool answer_with_files(fuse_req_t req, fuse_ino_t dir)
{
    return habit_lists(&answers_of(req)->habits, fuse_req_ctx(req)->pid, dir);
}

bool answer_for_user(fuse_req_t req)
{
    return answers_of(req)->served->one_owner;
}

void answer_entry(fuse_req_t req, struct squash_node *node,
                  struct fuse_entry_param *entry)
{
    bool is_root = node->id == squash_root(answer_image(req));

    answer_own(req, &node->st);
    *entry = (struct fuse_entry_param){
        .ino = is_root ? FUSE_ROOT_ID : node->id + 2,
        .attr = node->st,
        .attr_timeout = ANSWER_FOR_EVER,
        .entry_timeout = ANSWER_FOR_EVER,
    };
}
