// list.c - ch-oci list: all containers.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "applets/oci/commands.h"
#include "applets/oci/oci.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"

struct list_args {
    struct oci_args global;
    bool quiet;
    const char *format;
};

static const struct opt options[] = {
    { 'q', "quiet", NULL, "ids only", OPT_FLAG(struct list_args, quiet) },
    { 'f', "format", "FORMAT", "table or json",
      OPT_STR(struct list_args, format) },
    OPT_END,
};

static const struct opt_spec spec = {
    OCI_SPEC,
    .title = "list",
    .usage = "[OPTION...] list",
    .about = "List the containers.",
    .table = options,
};

static const char *text_of(const char *text)
{
    return text != NULL ? text : "";
}

// One that vanishes meanwhile, or can't be read, spoils no list.
static int add_one(struct json *all, const struct list_args *args,
                   const char *id)
{
    cleanup_handle struct container_handle handle = HANDLE_NONE;
    const struct state *state = &handle.state;
    enum status status;
    struct json *one;

    if (handle_open(&handle, args->global.root, id) < 0)
        return -1;
    status = handle_status(&handle);
    one = json_append_object(all);
    json_add_string(one, "ociVersion", text_of(state->version));
    json_add_string(one, "id", id);
    json_add_number(one, "pid", status == STATUS_STOPPED ? 0 : state->pid);
    json_add_string(one, "status", state_word(status));
    json_add_string(one, "bundle", text_of(state->bundle));
    json_add_string(one, "rootfs", text_of(state->rootfs));
    json_add_string(one, "created", text_of(state->created));
    json_add_string(one, "owner", text_of(state->owner));
    return 0;
}

static void print_json(const struct json *all)
{
    cleanup_free char *text = json_text(all, false);

    printf("%s\n", text);
}

static void print_table(const struct json *all)
{
    static const char format[] = "%-32s %-9d %-8s %-39s %-30s %s\n";

    printf("%-32s %-9s %-8s %-39s %-30s %s\n", "ID", "PID", "STATUS", "BUNDLE",
           "CREATED", "OWNER");
    for (const struct json *one = json_first(all); one != NULL;
         one = json_next(one))
        printf(format, json_get_string(one, "id"),
               (int)json_number(json_get(one, "pid")),
               json_get_string(one, "status"), json_get_string(one, "bundle"),
               json_get_string(one, "created"), json_get_string(one, "owner"));
}

static void print_ids(const struct json *all)
{
    for (const struct json *one = json_first(all); one != NULL;
         one = json_next(one))
        printf("%s\n", json_get_string(one, "id"));
}

int oci_list(const struct oci_args *global, int argc, char **argv)
{
    struct list_args args = { .format = "table" };
    int first = oci_parse(&spec, global, argc, argv, &args);
    cleanup_json struct json *all = json_array();
    cleanup_strlist struct strlist ids = { 0 };
    bool as_json = strcmp(args.format, "json") == 0;

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 0, 0) < 0)
        return -1;
    if (!as_json && strcmp(args.format, "table") != 0)
        return failed(0, "--format: %s is neither table nor json", args.format);
    if (folder_list(args.global.root, &ids) < 0)
        return -1;
    for (size_t i = 0; i < ids.count; i++)
        if (add_one(all, &args, ids.items[i]) < 0) {
            log_step("%s", err_text());
            err_clear();
        }
    if (args.quiet)
        print_ids(all);
    else if (as_json)
        print_json(all);
    else
        print_table(all);
    return 0;
}
