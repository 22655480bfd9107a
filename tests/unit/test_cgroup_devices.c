// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "core/kernel/cgroup_devices.h"

// What the kernel does with a program, as far as ours go.
static bool answer(const struct bpf_insn *code, size_t length,
                   const struct bpf_cgroup_dev_ctx *question)
{
    uint64_t reg[11] = { 0 };

    for (size_t at = 0; at < length; at++) {
        struct bpf_insn i = code[at];
        uint64_t constant = (uint64_t)(int64_t)i.imm;

        switch (i.code) {
        case BPF_LDX | BPF_W | BPF_MEM:
            assert_int_equal(i.src_reg, BPF_REG_1);
            memcpy(&reg[i.dst_reg], (const char *)question + i.off, 4);
            break;
        case BPF_ALU | BPF_MOV | BPF_X:
            reg[i.dst_reg] = (uint32_t)reg[i.src_reg];
            break;
        case BPF_ALU | BPF_MOV | BPF_K:
            reg[i.dst_reg] = (uint32_t)constant;
            break;
        case BPF_ALU | BPF_RSH | BPF_K:
            reg[i.dst_reg] = (uint32_t)reg[i.dst_reg] >> i.imm;
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            reg[i.dst_reg] = (uint32_t)(reg[i.dst_reg] & constant);
            break;
        case BPF_JMP | BPF_JNE | BPF_K:
            at += reg[i.dst_reg] != constant ? (size_t)i.off : 0;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            at += (reg[i.dst_reg] & constant) != 0 ? (size_t)i.off : 0;
            break;
        case BPF_JMP | BPF_JA:
            at += (size_t)i.off;
            break;
        case BPF_JMP | BPF_EXIT:
            return reg[0] == 1;
        default:
            fail_msg("instruction %02x", i.code);
        }
    }
    fail_msg("the program has no end");
    return false;
}

static bool may(const struct device_rule *rules, size_t count, char type,
                const int ask[3])
{
    struct bpf_cgroup_dev_ctx question = {
        .access_type = (uint32_t)ask[2] << 16 |
                       (type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK),
        .major = (uint32_t)ask[0],
        .minor = (uint32_t)ask[1],
    };
    size_t length = 0;
    struct bpf_insn *code = cgroup_devices_program(rules, count, &length);
    bool is_allowed;

    assert_non_null(code);
    is_allowed = answer(code, length, &question);
    free(code);
    return is_allowed;
}

#define MAY(rules, type, ...)                         \
    may(rules, sizeof(rules) / sizeof *(rules), type, \
        (const int[3]){ __VA_ARGS__ })
#define R DEVICE_READ
#define W DEVICE_WRITE
#define M DEVICE_MAKE

static void all_is_allowed_without_rules(void **state)
{
    (void)state;
    assert_true(may(NULL, 0, 'c', (const int[3]){ 1, 3, R | W | M }));
}

static void what_is_allowed_after_all_is_denied_is_usable(void **state)
{
    const struct device_rule rules[] = {
        { false, 'a', DEVICE_ANY, DEVICE_ANY, DEVICE_ALL_ACCESS },
        { true, 'c', DEVICE_ANY, DEVICE_ANY, M },
        { true, 'c', 1, 3, R | W },
        { true, 'b', 8, DEVICE_ANY, R },
    };

    (void)state;
    assert_true(MAY(rules, 'c', 1, 3, R));
    assert_true(MAY(rules, 'c', 1, 3, R | W));
    assert_true(MAY(rules, 'c', 7, 7, M));
    assert_true(MAY(rules, 'b', 8, 17, R));
    assert_false(MAY(rules, 'b', 8, 17, R | W));
    assert_false(MAY(rules, 'b', 8, 17, M));
    assert_false(MAY(rules, 'b', 9, 1, R));
    assert_false(MAY(rules, 'c', 1, 5, R));
    assert_false(MAY(rules, 'b', 1, 3, R));
}

static void each_kind_of_access_is_decided_by_its_last_rule(void **state)
{
    const struct device_rule rules[] = {
        { false, 'a', DEVICE_ANY, DEVICE_ANY, DEVICE_ALL_ACCESS },
        { true, 'c', 1, 3, R },
        { true, 'c', 1, 3, W },
        { false, 'c', 1, 9, W },
        { true, 'c', 5, DEVICE_ANY, DEVICE_ALL_ACCESS },
        { false, 'c', 5, 1, W },
    };

    (void)state;
    assert_true(MAY(rules, 'c', 1, 3, R | W));
    assert_false(MAY(rules, 'c', 1, 3, R | M));
    assert_true(MAY(rules, 'c', 5, 1, R));
    assert_false(MAY(rules, 'c', 5, 1, R | W));
    assert_true(MAY(rules, 'c', 5, 2, R | W));
}

static void too_many_rules_are_refused(void **state)
{
    size_t length;
    struct device_rule *rules = calloc(600, sizeof *rules);

    (void)state;
    errno = 0;
    assert_null(cgroup_devices_program(rules, 600, &length));
    assert_int_equal(errno, E2BIG);
    free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_allowed_without_rules),
        cmocka_unit_test(what_is_allowed_after_all_is_denied_is_usable),
        cmocka_unit_test(each_kind_of_access_is_decided_by_its_last_rule),
        cmocka_unit_test(too_many_rules_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
