// diff.c - ch-convert --diff A B: what differs between two images.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applets/convert/args.h"
#include "core/base/err.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/utf8.h"
#include "core/image/show.h"
#include "core/image/xattr_text.h"

enum { DIFFERENT = 1 }; // exit status, as that of diff(1)

// Told as they come.
struct printer {
    struct difference_sink sink; // first: a sink is cast to this
    bool json;
    uint64_t count;
};

// What a difference is in one of the images.
struct side {
    const struct inventory_item *item;
    const struct inventory_item *other; // in the other image
    const char *first;                  // see compare.h
};

typedef char *value_function(const struct side *side);

static char *value_of_type(const struct side *side)
{
    return str_dup(show_type(side->item->file));
}

static char *value_of_mode(const struct side *side)
{
    char text[SHOW_MODE];

    return str_dup(show_permissions(text, side->item->file));
}

static char *value_of_owner(const struct side *side)
{
    return str_printf("%u:%u", (unsigned)side->item->file->uid,
                      (unsigned)side->item->file->gid);
}

static char *value_of_size(const struct side *side)
{
    char text[SHOW_SIZE];

    return str_dup(show_size(text, side->item->file));
}

static char *value_of_target(const struct side *side)
{
    return str_dup(side->item->target);
}

static char *value_of_links(const struct side *side)
{
    return strcmp(side->item->path, side->first) == 0
               ? str_dup("itself")
               : str_printf("/%s", side->first);
}

static char *value_of_xattrs(const struct side *side)
{
    return xattr_texts_only(&side->item->file->xattrs,
                            &side->other->file->xattrs);
}

static char *value_of_time(const struct side *side)
{
    char text[SHOW_TIME];

    return str_dup(show_time(text, side->item->file));
}

static const struct {
    const char *name;
    value_function *value; // NULL: there is nothing short to tell
} kinds[DIFFERENCE_KINDS] = {
    [DIFFERENCE_REMOVED] = { "removed", NULL },
    [DIFFERENCE_ADDED] = { "added", NULL },
    [DIFFERENCE_TYPE] = { "type", value_of_type },
    [DIFFERENCE_MODE] = { "mode", value_of_mode },
    [DIFFERENCE_OWNER] = { "owner", value_of_owner },
    [DIFFERENCE_SIZE] = { "size", value_of_size },
    [DIFFERENCE_CONTENT] = { "content", NULL },
    [DIFFERENCE_TARGET] = { "target", value_of_target },
    [DIFFERENCE_DEVICE] = { "device", value_of_size },
    [DIFFERENCE_LINKS] = { "links", value_of_links },
    [DIFFERENCE_XATTRS] = { "xattrs", value_of_xattrs },
    [DIFFERENCE_TIME] = { "time", value_of_time },
};

unsigned convert_diff_bit(const char *name)
{
    for (unsigned i = 0; i < DIFFERENCE_KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return DIFFERENCE_BIT(i);
    return 0;
}

static int print_json(const char *kind, const char *path, const char *a,
                      const char *b)
{
    cleanup_json struct json *object = json_object();

    json_add_string(object, "difference", kind);
    json_add_string(object, "path", path);
    if (a != NULL && b != NULL) {
        json_add_string(object, "a", a);
        json_add_string(object, "b", b);
    }
    return convert_print_json(object);
}

static int print_line(const char *kind, const char *path, const char *a,
                      const char *b)
{
    cleanup_free char *shown = utf8_shown(path);
    cleanup_free char *shown_a = utf8_shown(a != NULL ? a : "");
    cleanup_free char *shown_b = utf8_shown(b != NULL ? b : "");

    if (shown == NULL || shown_a == NULL || shown_b == NULL)
        return -1;
    printf("%-7s  %s", kind, shown);
    if (a != NULL && b != NULL)
        printf(": %s, %s", shown_a, shown_b);
    putchar('\n');
    return 0;
}

static int print(struct difference_sink *sink,
                 const struct difference *difference)
{
    struct printer *printer = (struct printer *)sink;
    const char *kind = kinds[difference->kind].name;
    value_function *value = kinds[difference->kind].value;
    cleanup_free char *a = NULL;
    cleanup_free char *b = NULL;
    cleanup_free char *path =
        str_printf("/%s", difference->a != NULL ? difference->a->path
                                                : difference->b->path);

    if (value != NULL) {
        a = value(&(struct side){ difference->a, difference->b,
                                  difference->first_a });
        b = value(&(struct side){ difference->b, difference->a,
                                  difference->first_b });
    }
    if (path == NULL || (value != NULL && (a == NULL || b == NULL)))
        return -1;
    printer->count++;
    return printer->json ? print_json(kind, path, a, b)
                         : print_line(kind, path, a, b);
}

int convert_diff(const struct args *args)
{
    struct examination a = convert_examination(args, &args->plan.in);
    struct examination b = convert_examination(args, &args->plan.out);
    struct printer printer = { .sink = { print }, .json = args->json };
    unsigned wanted = ~args->ignored;

    if (!args->times)
        wanted &= ~DIFFERENCE_BIT(DIFFERENCE_TIME);
    if (image_diff(&a, &b, wanted, &printer.sink) < 0)
        return -1;
    // what is told at the end is to stand there
    if (fflush(stdout) != 0 || ferror(stdout))
        return failed(errno, "can't write to standard output");
    if (printer.count == 0)
        log_line(LOG_WARN, "equal");
    else
        log_line(LOG_WARN, "differences: %" PRIu64, printer.count);
    return printer.count == 0 ? 0 : DIFFERENT;
}
