// answer_dir.c - listings of directories.
//
// A place in a listing is the number of entries before it: "." and "..", and
// then those of the image.
// SPDX-License-Identifier: MIT
#include <errno.h>

#include "core/fuse/answer.h"

enum {
    DOTS = 2,
    // An answer may be shorter than was asked for; this much is what the C
    // library reads at once.
    ANSWER_MOST = 32 << 10,
};

// A listing while it is written into the answer.
struct listing {
    fuse_req_t req;
    struct squash_dir *dir;
    bool with_files; // files with their attributes, not directories only
    char *at;
    size_t room;
};

static void entry_at(const struct squash_dir *dir, uint64_t place,
                     struct squash_entry *entry)
{
    if (place >= DOTS) {
        squash_dir_entry(dir, (uint32_t)(place - DOTS), entry);
        return;
    }
    *entry = (struct squash_entry){
        .name = place == 0 ? "." : "..",
        .ino = place == 0 ? squash_dir_ino(dir) : squash_dir_parent_ino(dir),
        .type = S_IFDIR,
    };
}

static size_t add_name(const struct listing *listing, uint64_t place)
{
    struct squash_entry entry;
    struct stat st = { 0 };

    entry_at(listing->dir, place, &entry);
    st.st_ino = entry.ino;
    st.st_mode = entry.type;
    return fuse_add_direntry(listing->req, listing->at, listing->room,
                             entry.name, &st, (off_t)place + 1);
}

// Directories come with attributes always, as whoever walks a tree goes on with
// them. A node that cannot be read is listed without: whoever asks for it by
// name gets the error.
static size_t add_node(const struct listing *listing, uint64_t place)
{
    fuse_req_t req = listing->req;
    struct fuse_entry_param param = { 0 };
    struct squash_entry entry;
    struct squash_node node;

    entry_at(listing->dir, place, &entry);
    param.attr.st_ino = entry.ino;
    param.attr.st_mode = entry.type;
    if (place >= DOTS && (listing->with_files || S_ISDIR(entry.type)) &&
        squash_stat(answer_image(req), entry.id, &node) == 0)
        answer_entry(req, &node, &param);
    return fuse_add_direntry_plus(req, listing->at, listing->room, entry.name,
                                  &param, (off_t)place + 1);
}

// Adds one entry; returns the bytes that it takes, more than there is room for
// when it was not added.
typedef size_t add_entry(const struct listing *listing, uint64_t place);

static void reply(fuse_req_t req, fuse_ino_t number, size_t size, off_t from,
                  add_entry *add)
{
    struct squash *image = answer_image(req);
    char bytes[ANSWER_MOST];
    struct listing listing = {
        .req = req,
        .with_files = answer_with_files(req, number),
        .at = bytes,
        .room = size < sizeof bytes ? size : sizeof bytes,
    };
    uint64_t end;

    listing.dir = squash_dir_open(image, answer_id(req, number));
    if (listing.dir == NULL) {
        fuse_reply_err(req, errno);
        return;
    }
    end = DOTS + (uint64_t)squash_dir_count(listing.dir);
    for (uint64_t place = (uint64_t)from; place < end; place++) {
        size_t taken = add(&listing, place);

        if (taken > listing.room)
            break;
        listing.at += taken;
        listing.room -= taken;
    }
    fuse_reply_buf(req, bytes, (size_t)(listing.at - bytes));
    squash_dir_close(image, listing.dir);
}

void answer_readdir(fuse_req_t req, fuse_ino_t number, size_t size, off_t from,
                    struct fuse_file_info *file)
{
    (void)file;
    reply(req, number, size, from, add_name);
}

void answer_readdirplus(fuse_req_t req, fuse_ino_t number, size_t size,
                        off_t from, struct fuse_file_info *file)
{
    (void)file;
    reply(req, number, size, from, add_node);
}
