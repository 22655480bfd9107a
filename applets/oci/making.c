// making.c - what create and run have in common.
// SPDX-License-Identifier: MIT
#include "applets/oci/oci.h"

// Options may stand behind the id, unless these are words for what an image
// runs. The number of operands there, or what opt_parse() has for ends.
static int parse_rest(const struct opt_spec *spec, struct making_args *args,
                      int argc, char **argv)
{
    struct oci_args so_far = args->global;
    int first;

    if (args->image != NULL)
        return 0;
    first = oci_parse(spec, &so_far, argc, argv, args);
    return first < 0 ? first : argc - first;
}

int oci_creation(const struct making_args *args, const char *id,
                 struct creation *how)
{
    *how = (struct creation){
        .root = args->global.root,
        .id = id,
        .bundle = args->bundle,
        .config = args->config,
        .image = args->image,
        .overlay = args->overlay,
        .pid_file = args->pid_file,
        .pidfd_socket = args->pidfd_socket,
        .detach = args->detach,
        .keep = args->keep,
        .adapt = { .console_socket = args->console_socket,
                   .no_pivot = args->no_pivot,
                   .keep_keyring = args->no_new_keyring,
                   .keep_uid = args->keep_uid,
                   .preserve_fds = args->preserve_fds,
                   .own_session = args->detach },
    };
    return oci_cgroup_manager(&args->global, &how->cgroup_manager);
}

int oci_parse_making(const struct opt_spec *spec, const struct oci_args *global,
                     struct making_words *words, struct making_args *args,
                     struct creation *how)
{
    int first = oci_parse(spec, global, words->argc, words->argv, args);
    int rest;

    if (first < 0)
        return first;
    if (oci_expect(spec, words->argc, first, 1, words->argc) < 0)
        return -1;
    rest = parse_rest(spec, args, words->argc - first, words->argv + first);
    if (rest < 0)
        return rest;
    if (oci_expect(spec, rest, 0, 0, 0) < 0)
        return -1;
    if (oci_creation(args, words->argv[first], how) < 0)
        return -1;
    if (args->image != NULL && first + 1 < words->argc)
        how->args = words->argv + first + 1;
    return 0;
}
