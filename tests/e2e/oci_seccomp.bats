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

@test "a filter that forbids even to end ends the process" {
    filter "{'defaultAction': 'SCMP_ACT_ERRNO'}"
    program true
    run timeout 30 "$CH_BUILD/ch-oci" --root "$STATE" run -b "$BUNDLE" c1
    [ "$status" -ne 0 ]
    [ "$status" -ne 124 ]
    run oci delete --force c1
    nothing_left
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

# listened COMMAND...: with a listener of the filter at $SOCKET.
listened()
{
    SOCKET=$BATS_TEST_TMPDIR/socket
    rm -f "$SOCKET"
    python3 "$CH_TESTS/e2e/listen.py" "$SOCKET" timeout 60 \
        "$CH_BUILD/ch-oci" --root "$STATE" "$@"
}

@test "a listener gets the filter's descriptor, and decides" {
    filter "{'listenerPath': '$BATS_TEST_TMPDIR/socket', 'listenerMetadata':
        'some \"text\"', 'flags': ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],
        'syscalls': [{'names': ['mkdir', 'mkdirat'],
        'action': 'SCMP_ACT_NOTIFY'}]}"
    program mkdir /mnt/1/a
    export ANSWER=28
    for privileges in True False; do
        change "p['noNewPrivileges'] = $privileges"
        run listened run -b "$BUNDLE" c1
        expect_status 1
        [[ $output == *"descriptor anon_inode:seccomp notify"* ]]
        [[ $output == *"fds seccompFd"* ]]
        [[ $output == *'metadata some "text"'* ]]
        [[ $output == *"state c1 creating True"* ]]
        [[ $output == *"No space left on device"* ]]
    done
    program sleep 1000
    listened run -d -b "$BUNDLE" c1 >/dev/null 2>&1 3>&-
    run listened exec c1 mkdir /mnt/1/a
    [[ $output == *"state c1 running True"* ]]
    [[ $output == *"No space left on device"* ]]
}

@test "a filter that notifies needs a listener that can hear of it" {
    filter "{'syscalls': [{'names': ['mkdir'], 'action': 'SCMP_ACT_NOTIFY'}]}"
    run oci_run
    expect_oci_error "linux.seccomp.listenerPath: missing"
    change "l['seccomp']['listenerPath'] = '$BATS_TEST_TMPDIR/none'"
    run oci_run
    expect_oci_error "linux.seccomp.listenerPath: can't connect to"
    python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
time.sleep(60)' "$BATS_TEST_TMPDIR/some" 3>&- &
    listener=$!
    eventually 20 test -S "$BATS_TEST_TMPDIR/some"
    change "l['seccomp']['listenerPath'] = '$BATS_TEST_TMPDIR/some'" \
        "l['seccomp']['syscalls'][0]['names'] = ['sendmsg']"
    run oci_run
    expect_oci_error "SCMP_ACT_NOTIFY for sendmsg would stop the process"
    change "l['seccomp']['defaultAction'] = 'SCMP_ACT_NOTIFY'"
    run oci_run
    kill $listener
    expect_oci_error "defaultAction: SCMP_ACT_NOTIFY for all would stop"
    nothing_left
}

@test "a receiver gets a descriptor of the container's process" {
    change "c['annotations'] = {'run.oci.pidfd_receiver':
        '$BATS_TEST_TMPDIR/socket'}"
    program true
    run listened run -b "$BUNDLE" c1
    expect_output "descriptor anon_inode:[pidfd]"
    expect_status 0
    run oci_run
    expect_oci_error "annotation run.oci.pidfd_receiver: can't send to"
    nothing_left
}
