# Filters of system calls of ch-oci.
# SPDX-License-Identifier: MIT

load ../oci

# filter PYTHON: linux.seccomp, that allows all else.
filter()
{
    change "l['seccomp'] = {'defaultAction': 'SCMP_ACT_ALLOW', **$1}" \
        "c['mounts'].append({'destination': '/mnt/1', 'type': 'tmpfs',
            'source': 'tmpfs'})"
}

@test "system calls fail with the error that is planned" {
    filter "{'syscalls': [{'names': ['mkdir', 'mkdirat', 'no_such_call'],
        'action': 'SCMP_ACT_ERRNO', 'errnoRet': 28}, {'names': ['fchmodat',
        'chmod', 'fchmod'], 'action': 'SCMP_ACT_ERRNO'}]}"
    program sh -c 'mkdir /mnt/1/a; chmod 0 /mnt/1; grep ^Seccomp: \
        /proc/self/status'
    run oci_run
    [[ ${lines[0]} == *"No space left on device"* ]]
    [[ ${lines[1]} == *"Operation not permitted"* ]]
    [[ ${lines[2]} == *2 ]]
    change 'p["noNewPrivileges"] = False'
    run oci_run
    [[ ${lines[0]} == *"No space left on device"* ]]
}

@test "arguments are compared" {
    filter "{'syscalls': [{'names': ['kill'], 'action': 'SCMP_ACT_ERRNO',
        'args': [{'index': 1, 'value': 10, 'op': 'SCMP_CMP_EQ'},
                 {'index': 1, 'value': 12, 'op': 'SCMP_CMP_EQ'}]}]}"
    # shellcheck disable=SC2016 # for the container's shell
    program sh -c 'trap : USR1 USR2 CONT
        for s in USR1 USR2 CONT; do kill -$s $$ || echo no $s; done'
    run --separate-stderr oci_run
    expect_output $'no USR1\nno USR2'
}

@test "a call that kills does" {
    filter "{'syscalls': [{'names': ['mkdir', 'mkdirat'],
        'action': 'SCMP_ACT_KILL_PROCESS'}]}"
    # shellcheck disable=SC2016
    program sh -c '/bin/mkdir /mnt/1/a; echo $?'
    run --separate-stderr oci_run
    expect_output 159
}

@test "exec has the container's filter" {
    filter "{'syscalls': [{'names': ['mkdir', 'mkdirat'],
        'action': 'SCMP_ACT_ERRNO', 'errnoRet': 28}]}"
    program sleep 1000
    create_one
    oci start c1
    run oci exec c1 mkdir /mnt/1/a
    [[ $output == *"No space left on device"* ]]
}

@test "what is wrong with a filter is told before the start" {
    filter "{'syscalls': [{'names': ['kill'], 'action': 'SCMP_ACT_MAYBE'}]}"
    run oci_run
    expect_oci_error \
        "linux.seccomp.syscalls[0].action: unknown: SCMP_ACT_MAYBE"
    filter "{'architectures': ['SCMP_ARCH_PDP11']}"
    run oci_run
    expect_oci_error "linux.seccomp.architectures: unknown: SCMP_ARCH_PDP11"
    filter "{'syscalls': [{'names': ['kill'], 'action': 'SCMP_ACT_ERRNO',
        'args': [{'index': 6, 'value': 1, 'op': 'SCMP_CMP_EQ'}]}]}"
    run oci_run
    expect_oci_error "linux.seccomp.syscalls[0]: args[0].index: a system call"
    filter "{'syscalls': [{'names': ['none'], 'action': 'SCMP_ACT_ERRNO'}]}"
    change "c['annotations'] = {'run.oci.seccomp_fail_unknown_syscall': '1'}"
    run oci_run
    expect_oci_error "linux.seccomp.syscalls[0]: unknown system call: none"
    nothing_left
}

@test "programs of sibling architectures are filtered too" {
    filter "{'architectures': ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86',
        'SCMP_ARCH_AARCH64'], 'syscalls': [{'names': ['mkdir', 'mkdirat'],
        'action': 'SCMP_ACT_ERRNO', 'errnoRet': 28}]}"
    program mkdir /mnt/1/a
    run oci_run
    [[ $output == *"No space left on device"* ]]
}
