// filter.c - a filter of system calls as a container's configuration has it.
//
// libseccomp compiles it; loading is done by the bare system call, for then the
// filter can be made long before.
// SPDX-License-Identifier: MIT
#include "core/kernel/filter.h"

#include <ctype.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/filter_newer.h"

#ifndef SECCOMP_FILTER_FLAG_NEW_LISTENER
#define SECCOMP_FILTER_FLAG_NEW_LISTENER (1u << 3) // Linux 5.0
#endif
#define WAIT_KILLABLE (1u << 5) // ..._WAIT_KILLABLE_RECV, Linux 5.19

// Actions without their number of an error.
enum action {
    KILL,
    KILL_PROCESS,
    KILL_THREAD,
    TRAP,
    ERRNO,
    TRACE,
    ALLOW,
    LOG,
    NOTIFY
};

const struct choice filter_actions[] = {
    { "SCMP_ACT_KILL", KILL_THREAD },
    { "SCMP_ACT_KILL_PROCESS", KILL_PROCESS },
    { "SCMP_ACT_KILL_THREAD", KILL_THREAD },
    { "SCMP_ACT_TRAP", TRAP },
    { "SCMP_ACT_ERRNO", ERRNO },
    { "SCMP_ACT_TRACE", TRACE },
    { "SCMP_ACT_ALLOW", ALLOW },
    { "SCMP_ACT_LOG", LOG },
    { "SCMP_ACT_NOTIFY", NOTIFY },
    { NULL, 0 },
};

const struct choice filter_comparisons[] = {
    { "SCMP_CMP_NE", SCMP_CMP_NE },
    { "SCMP_CMP_LT", SCMP_CMP_LT },
    { "SCMP_CMP_LE", SCMP_CMP_LE },
    { "SCMP_CMP_EQ", SCMP_CMP_EQ },
    { "SCMP_CMP_GE", SCMP_CMP_GE },
    { "SCMP_CMP_GT", SCMP_CMP_GT },
    { "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
    { NULL, 0 },
};

const char *const filter_flags[] = { "SECCOMP_FILTER_FLAG_TSYNC",
                                     "SECCOMP_FILTER_FLAG_LOG",
                                     "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
                                     "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
                                     NULL };

// In the order of filter_flags.
static const unsigned flag_bits[] = { SECCOMP_FILTER_FLAG_TSYNC,
                                      SECCOMP_FILTER_FLAG_LOG,
                                      SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                                      WAIT_KILLABLE };

#define ARGUMENTS 6 // of a system call
#define SENDING "sendmsg"
#define PREFIX "SCMP_ARCH_"

static uint32_t action_of(int action, const struct maybe *errnum)
{
    uint16_t number = errnum->set ? (uint16_t)errnum->number : EPERM;

    switch ((enum action)action) {
    case KILL:
    case KILL_THREAD:
        return SCMP_ACT_KILL_THREAD;
    case KILL_PROCESS:
        return SCMP_ACT_KILL_PROCESS;
    case TRAP:
        return SCMP_ACT_TRAP;
    case ERRNO:
        return SCMP_ACT_ERRNO(number);
    case TRACE:
        return SCMP_ACT_TRACE(number);
    case ALLOW:
        return SCMP_ACT_ALLOW;
    case NOTIFY:
        return SCMP_ACT_NOTIFY;
    case LOG:
        break;
    }
    return SCMP_ACT_LOG;
}

// --- architectures and flags

// "SCMP_ARCH_X86_64" is libseccomp's "x86_64".
static int add_architecture(scmp_filter_ctx context, const char *word)
{
    char name[32] = "";
    uint32_t token = 0;
    int rc;

    if (str_starts(word, PREFIX))
        for (size_t i = 0; i < sizeof name - 1 && word[i] != '\0'; i++)
            name[i] = (char)tolower((unsigned char)word[sizeof PREFIX - 1 + i]);
    if (name[0] != '\0')
        token = seccomp_arch_resolve_name(name);
    if (token == 0)
        return failed(0, "linux.seccomp.architectures: unknown: %s", word);
    rc = seccomp_arch_add(context, token);
    if (rc < 0 && rc != -EEXIST)
        return failed(-rc, "can't filter for %s", word);
    return 0;
}

static int read_flags(const struct filter *filter, unsigned *bits)
{
    const char *const *word = filter->flags;

    for (; word != NULL && *word != NULL; word++) {
        size_t i = 0;

        while (filter_flags[i] != NULL && strcmp(filter_flags[i], *word) != 0)
            i++;
        if (filter_flags[i] == NULL)
            return failed(0, "linux.seccomp.flags: unknown: %s", *word);
        *bits |= flag_bits[i];
    }
    return 0;
}

// --- rules

static bool has_index_twice(const struct filter_rule *rule)
{
    unsigned seen = 0;

    for (size_t i = 0; i < rule->argument_count; i++) {
        unsigned bit = 1u << rule->arguments[i].index;

        if ((seen & bit) != 0)
            return true;
        seen |= bit;
    }
    return false;
}

static struct scmp_arg_cmp compare(const struct filter_argument *a)
{
    return (struct scmp_arg_cmp){ .arg = a->index,
                                  .op = (enum scmp_compare)a->comparison,
                                  .datum_a = a->value,
                                  .datum_b = a->second };
}

// Two conditions for one argument can't be had in one rule: there each is a
// rule of its own, as runc and crun have it.
static int add_rule(scmp_filter_ctx context, const struct filter_rule *rule,
                    uint32_t action, int number)
{
    struct scmp_arg_cmp conditions[ARGUMENTS];
    bool separate = has_index_twice(rule);
    int rc = 0;

    if (separate) {
        for (size_t i = 0; i < rule->argument_count && rc >= 0; i++) {
            conditions[0] = compare(&rule->arguments[i]);
            rc = seccomp_rule_add_array(context, action, number, 1, conditions);
        }
        return rc;
    }
    for (size_t i = 0; i < rule->argument_count; i++)
        conditions[i] = compare(&rule->arguments[i]);
    return seccomp_rule_add_array(context, action, number,
                                  (unsigned)rule->argument_count, conditions);
}

static int check_arguments(const struct filter_rule *rule)
{
    for (size_t i = 0; i < rule->argument_count; i++)
        if (rule->arguments[i].index >= ARGUMENTS)
            return failed(0, "args[%zu].index: a system call has %d arguments",
                          i, ARGUMENTS);
    return 0;
}

static int add_names(scmp_filter_ctx context, const struct filter *filter,
                     const struct filter_rule *rule)
{
    uint32_t action = action_of(rule->action, &rule->errnum);
    const char *const *name = rule->names;

    if (check_arguments(rule) < 0)
        return -1;
    // libseccomp refuses what would change nothing
    if (action == action_of(filter->action, &filter->errnum))
        return 0;
    for (; name != NULL && *name != NULL; name++) {
        int number = seccomp_syscall_resolve_name(*name);
        int rc;

        if (number == __NR_SCMP_ERROR) {
            if (filter->names_must_be_known)
                return failed(0, "unknown system call: %s", *name);
            log_why("seccomp: unknown system call: %s", *name);
            continue;
        }
        rc = add_rule(context, rule, action, number);
        if (rc < 0)
            return failed(-rc, "can't filter %s", *name);
    }
    return 0;
}

static int add_all(scmp_filter_ctx context, const struct filter *filter)
{
    const char *const *word = filter->architectures;

    for (; word != NULL && *word != NULL; word++)
        if (add_architecture(context, *word) < 0)
            return -1;
    for (size_t i = 0; i < filter->rule_count; i++)
        if (add_names(context, filter, &filter->rules[i]) < 0)
            return failed_while("linux.seccomp.syscalls[%zu]", i);
    return 0;
}

// --- the listener

bool filter_notifies(const struct filter *filter)
{
    if (filter->action == NOTIFY)
        return true;
    for (size_t i = 0; i < filter->rule_count; i++)
        if (filter->rules[i].action == NOTIFY)
            return true;
    return false;
}

static bool has_name(const char *const *names, const char *name)
{
    for (; names != NULL && *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

// The listener learns of the filter by a system call that it must not stop.
static int check_listening(const struct filter *filter)
{
    if (filter->action == NOTIFY)
        return failed(0, "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY for all "
                         "would stop the process before its listener knows");
    for (size_t i = 0; i < filter->rule_count; i++)
        if (filter->rules[i].action == NOTIFY &&
            has_name(filter->rules[i].names, SENDING))
            return failed(
                0,
                "linux.seccomp.syscalls[%zu]: SCMP_ACT_NOTIFY for " SENDING
                " would stop the process before its listener "
                "knows",
                i);
    return 0;
}

// A listener is for one thread's filter, and only with one can a process wait
// for it.
static void settle_flags(const struct filter *filter, unsigned *flags)
{
    if (!filter_notifies(filter))
        *flags &= ~WAIT_KILLABLE;
    else
        *flags = (*flags & ~(unsigned)SECCOMP_FILTER_FLAG_TSYNC) |
                 SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

// --- the program

static int read_code(int fd, struct filter_program *program)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return failed(errno, "can't read the compiled filter");
    program->size = (size_t)st.st_size;
    program->code = malloc(program->size + 1);
    if (program->code == NULL ||
        pread(fd, program->code, program->size, 0) != (ssize_t)program->size)
        return failed(errno, "can't read the compiled filter");
    return 0;
}

static int export_code(scmp_filter_ctx context, struct filter_program *program)
{
    cleanup_close int fd = memfd_create("seccomp", MFD_CLOEXEC);
    int rc = fd < 0 ? -errno : seccomp_export_bpf(context, fd);

    if (rc < 0)
        return failed(-rc, "can't compile the seccomp filter");
    return read_code(fd, program);
}

int filter_compile(const struct filter *filter, struct filter_program *program)
{
    scmp_filter_ctx context =
        seccomp_init(action_of(filter->action, &filter->errnum));
    int status = -1;

    *program = (struct filter_program){ 0 };
    if (context == NULL)
        return failed(EINVAL, "can't make a seccomp filter");
    // many rules: a tree of them is looked through faster than a list
    seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (check_listening(filter) == 0 &&
        read_flags(filter, &program->flags) == 0 &&
        add_all(context, filter) == 0)
        status = export_code(context, program);
    // an error that was chosen is meant for all of them
    if (status == 0 && filter->action == ERRNO && !filter->errnum.set)
        status = filter_newer_are_missing(filter, program);
    settle_flags(filter, &program->flags);
    seccomp_release(context);
    return status;
}

void filter_free(struct filter_program *program)
{
    free(program->code);
    program->code = NULL;
}

int filter_install(const struct filter_program *program, int *listener)
{
    long result;

    struct sock_fprog code = {
        .len = (unsigned short)(program->size / sizeof(struct sock_filter)),
        .filter = program->code
    };

    log_call("seccomp(SECCOMP_SET_MODE_FILTER, %#x, %u instructions)",
             program->flags, code.len);
    result =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, program->flags, &code);
    if (result < 0)
        return failed(errno, "can't install the seccomp filter");
    if (listener != NULL)
        *listener = (int)result;
    return 0;
}
