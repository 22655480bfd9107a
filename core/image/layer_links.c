// layer_links.c - hard links in an image of layers, which are read newest
// first.
// SPDX-License-Identifier: MIT
#include "core/image/layer_links.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/err.h"

struct wish {
    struct wish *next; // of those that wait for the same
    struct wish *older;
    struct name *wants;  // the link, or NULL when nobody wants it any more
    struct name *target; // what it waits for, or, when it is ready, is shown
    int made;            // in the layer of this age
    int from;            // the target is looked for in layers older than this
    bool done;
};

static struct wish *make_wish(struct layer_links *links, struct name *wants,
                              int age)
{
    struct wish *wish = calloc(1, sizeof *wish);

    if (wish == NULL) {
        failed(errno, "can't list hard links");
        return NULL;
    }
    wish->wants = wants;
    wish->made = wish->from = age;
    wish->older = links->all;
    links->all = wish;
    wants->wish = wish;
    return wish;
}

static int lead_nowhere(const struct wish *wish)
{
    char from[PATH_MAX], to[PATH_MAX];

    if (seen_path(wish->wants, from) < 0 || seen_path(wish->target, to) < 0)
        return -1;
    return failed(0, "can't link %s to %s: the layers have no such file", from,
                  to);
}

// An entry of this name came earlier in the same layer: it has no wish.
static void cancel(struct name *name, int age)
{
    if (name->wish != NULL && name->wish->made == age)
        name->wish->wants = NULL;
    name->wish = NULL;
}

// Those that wait for this entry; whoever waits for an older one is put
// back. 0, or -1 after failed().
static int take(struct name *name, int age, struct wish **taken)
{
    struct wish *wish = name->wishes, *next;

    *taken = name->wishes = NULL;
    for (; wish != NULL; wish = next) {
        struct wish **to = wish->from == age ? &name->wishes : taken;

        next = wish->next;
        if (wish->wants == NULL) {
            wish->done = true;
            continue;
        }
        if (wish->from < age && seen_is_hidden(name, wish->from, age))
            return lead_nowhere(wish);
        wish->next = *to;
        *to = wish;
    }
    return 0;
}

static void make_ready(struct layer_links *links, struct wish *wishes,
                       struct name *shown_as)
{
    for (struct wish *next; wishes != NULL; wishes = next) {
        next = wishes->next;
        wishes->done = true;
        if (wishes->wants == NULL)
            continue;
        wishes->wants->wish = NULL;
        wishes->target = shown_as;
        wishes->next = NULL;
        *links->ready_end = wishes;
        links->ready_end = &wishes->next;
    }
}

// The first of the names that are wanted becomes the file's own.
static struct name *first_of(struct wish **wishes)
{
    while (*wishes != NULL) {
        struct wish *first = *wishes;

        *wishes = first->next;
        first->done = true;
        if (first->wants == NULL)
            continue;
        first->wants->wish = NULL;
        return first->wants;
    }
    return NULL;
}

static void add_wishes(struct name *target, struct wish *wishes, int age)
{
    while (wishes != NULL) {
        struct wish *next = wishes->next;

        wishes->from = age;
        wishes->target = target;
        wishes->next = target->wishes;
        target->wishes = wishes;
        wishes = next;
    }
}

static int note_again(struct layer_links *links, struct name *name)
{
    if (name->again)
        return 0;
    if (links->again_count == links->again_room) {
        size_t room = links->again_room > 0 ? 2 * links->again_room : 16;
        void *more = reallocarray(links->again, room, sizeof(struct name *));

        if (more == NULL)
            return failed(errno, "can't list hard links");
        links->again = more;
        links->again_room = room;
    }
    links->again[links->again_count++] = name;
    name->again = true;
    return 0;
}

static void list(struct name *name, struct name *same, int age, bool is_dir)
{
    name->listed = age;
    name->is_dir = is_dir;
    name->same = same;
    ages_note(&name->hidden, age);
    if (!is_dir)
        ages_note(&name->emptied, age);
}

// Not by newer layers, of which one may have made a directory of it.
static bool is_visible(const struct name *name, int age)
{
    return !seen_is_hidden(name, NEVER, age) &&
           (name->implied == NEVER || name->implied == age);
}

void layer_links_init(struct layer_links *links)
{
    *links = (struct layer_links){ .ready_end = &links->ready };
}

void layer_links_free(struct layer_links *links)
{
    while (links->all != NULL) {
        struct wish *wish = links->all;

        links->all = wish->older;
        free(wish);
    }
    free(links->again);
}

int layer_links_file(struct layer_links *links, struct name *name, int age,
                     struct name **as)
{
    struct wish *wishes;

    if (take(name, age, &wishes) < 0)
        return -1;
    if (name->listed == age)
        cancel(name, age);
    *as = is_visible(name, age) ? name : first_of(&wishes);
    list(name, name, age, false);
    name->shown_as = *as;
    make_ready(links, wishes, *as);
    return 0;
}

int layer_links_directory(struct layer_links *links, struct name *name, int age)
{
    struct wish *wishes;

    (void)links;
    if (take(name, age, &wishes) < 0)
        return -1;
    if (wishes != NULL)
        return lead_nowhere(wishes);
    if (name->listed == age)
        cancel(name, age);
    list(name, name, age, true);
    return 0;
}

int layer_links_link(struct layer_links *links, struct name *name,
                     struct name *target, int age)
{
    bool is_here = target->listed == age;
    struct name *file = is_here ? target->same : target;
    struct wish *wishes, *own;

    if (take(name, age, &wishes) < 0)
        return -1;
    if (name->listed == age)
        cancel(name, age);
    if (is_visible(name, age) && name != target) {
        own = make_wish(links, name, age);
        if (own == NULL)
            return -1;
        own->next = wishes;
        wishes = own;
    }
    for (struct wish *wish = wishes; wish != NULL; wish = wish->next)
        wish->target = file;
    if (wishes != NULL && is_here && target->is_dir)
        return lead_nowhere(wishes);
    if (name != target)
        list(name, file, age, false);
    if (is_here && file->listed == age && file->shown_as != NULL) {
        make_ready(links, wishes, file->shown_as);
        return 0;
    }
    add_wishes(file, wishes, age);
    if (wishes != NULL && file->listed == age)
        return note_again(links, file);
    return 0;
}

struct name *layer_links_found(struct layer_links *links, struct name *name)
{
    struct wish *wishes = name->wishes;
    struct name *as;

    if (!name->again)
        return NULL;
    name->again = false;
    name->wishes = NULL;
    as = first_of(&wishes);
    name->shown_as = as;
    make_ready(links, wishes, as);
    return as;
}

bool layer_links_next(struct layer_links *links, struct name **name,
                      struct name **target)
{
    struct wish *wish = links->ready;

    if (wish == NULL)
        return false;
    links->ready = wish->next;
    if (links->ready == NULL)
        links->ready_end = &links->ready;
    *name = wish->wants;
    *target = wish->target;
    return true;
}

bool layer_links_want_again(const struct layer_links *links)
{
    return links->again_count > 0;
}

void layer_links_forget_again(struct layer_links *links)
{
    for (size_t i = 0; i < links->again_count; i++)
        links->again[i]->again = false;
    links->again_count = 0;
}

int layer_links_finish(const struct layer_links *links)
{
    for (const struct wish *wish = links->all; wish != NULL; wish = wish->older)
        if (!wish->done && wish->wants != NULL)
            return lead_nowhere(wish);
    return 0;
}
