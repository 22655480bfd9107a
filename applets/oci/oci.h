// oci.h - what the commands of ch-oci have in common.
//
// A command is a file of this folder, named as the word that is typed, and a
// row in the table of applets/ch_oci.c. Its options are a table of its own;
// those of ch-oci itself may stand behind the command as well, so each struct
// of arguments begins with struct oci_args.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/opt.h"
#include "core/oci/lifecycle.h"

struct oci_args {
    const char *root;
    const char *log, *log_format, *log_level;
    const char *cgroup_manager;
    const char *rootless, *criu; // of other runtimes; of no meaning here
    bool debug;
    bool systemd_cgroup;
};

struct oci_command {
    const char *name;
    const char *summary;
    int (*main)(const struct oci_args *global, int argc, char **argv);
};

extern const struct oci_command oci_commands[]; // a row without a name ends it
extern const struct opt oci_options[];          // of ch-oci itself
void oci_print_version(void);

// What an opt_spec of a command begins with.
#define OCI_SPEC \
    .common = oci_options, .lenient = true, .version = oci_print_version

// Parse a command's words into "args", which begins with struct oci_args, as
// they were given before the command. Then logging is as they say. As
// opt_parse().
int oci_parse(const struct opt_spec *spec, const struct oci_args *global,
              int argc, char **argv, void *args);

// Log as the options say. 0, or -1 after failed().
int oci_apply_logging(const struct oci_args *args);

// Check that there are so many operands from "first" on. 0, or -1 after
// failed().
int oci_expect(const struct opt_spec *spec, int argc, int first, int least,
               int most);

// All that a command does which has no options, and one operand: the container
// to do it with. What its main() returns.
int oci_on_one(const struct opt_spec *spec, const struct oci_args *global,
               int argc, char **argv,
               int (*body)(struct container_handle *handle));

// Open the container and remove it by "body"; "force": it is no error if there
// is none. What "body" returns, or -1 after failed().
int oci_delete_one(const char *root, const char *id, bool force,
                   int (*body)(struct container_handle *handle, bool force));

// The way of --cgroup-manager and --systemd-cgroup. 0, or -1 after failed().
int oci_cgroup_manager(const struct oci_args *args,
                       enum cgroup_manager *manager);

// What create and run have in common: applets/oci/making.c.
struct making_words {
    int argc;
    char **argv;
};
struct making_args {
    struct oci_args global;
    const char *bundle, *config, *console_socket, *pid_file;
    const char *pidfd_socket, *image, *overlay;
    int preserve_fds;
    bool no_pivot, no_new_keyring, no_subreaper, keep_uid;
    bool detach, keep; // run only
};
#define OCI_MAKING_OPTIONS                                                   \
    { 'b', "bundle", "DIR", "the folder of config.json (.)",                 \
      OPT_STR(struct making_args, bundle) },                                 \
        { 'f', "config", "FILE", "another name for config.json",             \
          OPT_STR(struct making_args, config) },                             \
        { 0, "console-socket", "SOCKET",                                     \
          "send the terminal's other side there",                            \
          OPT_STR(struct making_args, console_socket) },                     \
        { 0, "pid-file", "FILE", "write the process id there",               \
          OPT_STR(struct making_args, pid_file) },                           \
        { 0, "pidfd-socket", "SOCKET",                                       \
          "send a descriptor of the process there",                          \
          OPT_STR(struct making_args, pidfd_socket) },                       \
        { 0, "preserve-fds", "N", "keep descriptors 3 to N+2 open",          \
          OPT_INT(struct making_args, preserve_fds) },                       \
        { 0, "no-pivot", NULL, "move the root, as in an initial RAM disk",   \
          OPT_FLAG(struct making_args, no_pivot) },                          \
        { 0, "no-new-keyring", NULL, "keep the caller's session keyring",    \
          OPT_FLAG(struct making_args, no_new_keyring) },                    \
        { 0, "no-subreaper", NULL, "of other runtimes; without effect",      \
          OPT_FLAG(struct making_args, no_subreaper) },                      \
    {                                                                        \
        0, "keep-uid", NULL, "the caller's own ids, whatever is configured", \
            OPT_FLAG(struct making_args, keep_uid)                           \
    }

// What is behind OCI_MAKING_OPTIONS, for who can do without a bundle.
#define OCI_IMAGE_OPTIONS                                              \
    { 0, "image", "IMAGE", "instead of a bundle, as ch-run takes one", \
      OPT_STR(struct making_args, image) },                            \
    {                                                                  \
        0, "overlay", "SIZE|DIR", "where changes of the root go",      \
            OPT_STR(struct making_args, overlay)                       \
    }

// The plan of the options, for this id. 0, or -1 after failed().
int oci_creation(const struct making_args *args, const char *id,
                 struct creation *how);

#define OCI_MAKING_SPEC \
    OCI_SPEC, .in_order = 1 // what follows the id may be a program's

// Parse the words of either into "args" and a plan, which borrows from both: an
// id, and with an image arguments for what it runs. 0; OPT_ANSWERED; -1 after
// failed().
int oci_parse_making(const struct opt_spec *spec, const struct oci_args *global,
                     struct making_words *words, struct making_args *args,
                     struct creation *how);
