// cgroup_devices.c - which devices processes of a control group may use.
//
// The program is called with what is asked for: access and type in one word,
// the numbers in two. It goes through the rules from the last to the first with
// the kinds of access that are not decided yet in a register: an allowing rule
// takes its kinds away, a denying one ends it if one of its kinds is still
// there.
//
// Programs of a group come together with those of the groups above and with
// others of the same group: all must allow. So a new one is put beside the old,
// and the old is taken away then; at no time is there none.
// SPDX-License-Identifier: MIT
#include "core/kernel/cgroup_devices.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/scope.h"

#define NAME "ch_devices"       // of our programs, at most 15 characters
#define PROGRAM_MAX 4096        // instructions (BPF_MAXINSNS)
#define RULE_MAX (3 + DECISION) // instructions of one rule
#define DECISION 4              // instructions of what a rule that fits does
#define FRAME 8                 // those before and after the rules
#define PROGRAMS_MAX 64         // of one group; the kernel's limit
#define TYPE_BITS 16            // of the word of access and type

// What the registers hold.
enum {
    RESULT = BPF_REG_0,
    CONTEXT = BPF_REG_1,
    TYPE = BPF_REG_2,
    ACCESS = BPF_REG_3,
    MAJOR = BPF_REG_4,
    MINOR = BPF_REG_5,
};

// --- the program

struct program {
    struct bpf_insn *code;
    size_t length;
};

static void add(struct program *p, struct bpf_insn instruction)
{
    p->code[p->length++] = instruction;
}

static void add_load(struct program *p, unsigned to, size_t offset)
{
    add(p, (struct bpf_insn){ .code = BPF_LDX | BPF_W | BPF_MEM,
                              .dst_reg = to & 15,
                              .src_reg = CONTEXT,
                              .off = (int16_t)offset });
}

// An operation with a constant; for jumps, over "skip" instructions.
static void add_constant(struct program *p, unsigned code, unsigned reg,
                         int64_t constant, size_t skip)
{
    add(p, (struct bpf_insn){ .code = (uint8_t)code,
                              .dst_reg = reg & 15,
                              .off = (int16_t)skip,
                              .imm = (int32_t)(uint32_t)constant });
}

static void add_copy(struct program *p, unsigned to, unsigned from)
{
    add(p, (struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_X,
                              .dst_reg = to & 15,
                              .src_reg = from & 15 });
}

static void add_answer(struct program *p, bool allow)
{
    add_constant(p, BPF_ALU | BPF_MOV | BPF_K, RESULT, allow, 0);
    add(p, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

static void add_start(struct program *p)
{
    add_load(p, TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
    add_load(p, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
    add_load(p, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
    add_copy(p, ACCESS, TYPE);
    add_constant(p, BPF_ALU | BPF_RSH | BPF_K, ACCESS, TYPE_BITS, 0);
    add_constant(p, BPF_ALU | BPF_AND | BPF_K, TYPE, (1 << TYPE_BITS) - 1, 0);
}

// What a rule that fits does.
static void add_decision(struct program *p, const struct device_rule *rule)
{
    if (rule->allow) {
        add_constant(p, BPF_ALU | BPF_AND | BPF_K, ACCESS, ~rule->access, 0);
        add_constant(p, BPF_JMP | BPF_JNE | BPF_K, ACCESS, 0, 2);
    } else {
        add_constant(p, BPF_JMP | BPF_JSET | BPF_K, ACCESS, rule->access, 1);
        add(p, (struct bpf_insn){ .code = BPF_JMP | BPF_JA, .off = 2 });
    }
    add_answer(p, rule->allow);
}

static void add_rule(struct program *p, const struct device_rule *rule)
{
    const unsigned other = BPF_JMP | BPF_JNE | BPF_K;
    bool major = rule->major != DEVICE_ANY;
    bool minor = rule->minor != DEVICE_ANY;

    if (rule->type != 'a')
        add_constant(p, other, TYPE,
                     rule->type == 'c' ? BPF_DEVCG_DEV_CHAR
                                       : BPF_DEVCG_DEV_BLOCK,
                     DECISION + major + minor);
    if (major)
        add_constant(p, other, MAJOR, rule->major, DECISION + minor);
    if (minor)
        add_constant(p, other, MINOR, rule->minor, DECISION);
    add_decision(p, rule);
}

struct bpf_insn *cgroup_devices_program(const struct device_rule *rules,
                                        size_t count, size_t *length)
{
    struct program p = { .length = 0 };

    if (count > (PROGRAM_MAX - FRAME) / RULE_MAX) {
        errno = E2BIG;
        return NULL;
    }
    p.code = calloc(count * RULE_MAX + FRAME, sizeof *p.code);
    if (p.code == NULL)
        return NULL;
    add_start(&p);
    for (size_t i = count; i > 0; i--)
        add_rule(&p, &rules[i - 1]);
    add_answer(&p, true);
    *length = p.length;
    return p.code;
}

// --- the kernel

static int call(int command, union bpf_attr *attr)
{
    return (int)syscall(SYS_bpf, command, attr, sizeof *attr);
}

// The kernel takes addresses as numbers.
static uint64_t address(const void *p)
{
    return (uint64_t)(uintptr_t)p;
}

static int load(const struct device_rule *rules, size_t count)
{
    size_t length;
    cleanup_free struct bpf_insn *code =
        cgroup_devices_program(rules, count, &length);
    union bpf_attr attr;

    if (code == NULL)
        return -1;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attr.insns = address(code);
    attr.insn_cnt = (uint32_t)length;
    attr.license = address("MIT");
    memcpy(attr.prog_name, NAME, sizeof NAME);
    log_call("bpf(BPF_PROG_LOAD, %zu instructions)", length);
    return call(BPF_PROG_LOAD, &attr);
}

static int attach(int group, int program, int command)
{
    union bpf_attr attr;

    memset(&attr, 0, sizeof attr);
    attr.target_fd = (uint32_t)group;
    attr.attach_bpf_fd = (uint32_t)program;
    attr.attach_type = BPF_CGROUP_DEVICE;
    attr.attach_flags = command == BPF_PROG_ATTACH ? BPF_F_ALLOW_MULTI : 0;
    return call(command, &attr);
}

// The ids of the group's own programs.
static uint32_t list_programs(int group, uint32_t ids[PROGRAMS_MAX])
{
    union bpf_attr attr;

    memset(&attr, 0, sizeof attr);
    attr.query.target_fd = (uint32_t)group;
    attr.query.attach_type = BPF_CGROUP_DEVICE;
    attr.query.prog_ids = address(ids);
    attr.query.prog_cnt = PROGRAMS_MAX;
    return call(BPF_PROG_QUERY, &attr) < 0 ? 0 : attr.query.prog_cnt;
}

static bool is_ours(int program)
{
    struct bpf_prog_info info;
    union bpf_attr attr;

    memset(&info, 0, sizeof info);
    memset(&attr, 0, sizeof attr);
    attr.info.bpf_fd = (uint32_t)program;
    attr.info.info_len = sizeof info;
    attr.info.info = address(&info);
    return call(BPF_OBJ_GET_INFO_BY_FD, &attr) == 0 &&
           strcmp(info.name, NAME) == 0;
}

static int detach(int group, uint32_t id)
{
    union bpf_attr attr;
    cleanup_close int program = -1;

    memset(&attr, 0, sizeof attr);
    attr.prog_id = id;
    program = call(BPF_PROG_GET_FD_BY_ID, &attr);
    if (program < 0)
        return errno == ENOENT ? 0 : -1; // it has gone
    return is_ours(program) ? attach(group, program, BPF_PROG_DETACH) : 0;
}

int cgroup_devices_set(int group, const struct device_rule *rules, size_t count)
{
    uint32_t old[PROGRAMS_MAX];
    uint32_t old_count = list_programs(group, old);
    cleanup_close int program = load(rules, count);

    if (program < 0 || attach(group, program, BPF_PROG_ATTACH) < 0)
        return -1;
    for (uint32_t i = 0; i < old_count && i < PROGRAMS_MAX; i++)
        if (detach(group, old[i]) < 0)
            return -1;
    return 0;
}
