# What callers of crun and runc are used to.
# SPDX-License-Identifier: MIT

load ../oci

# own_root: a root filesystem that may be changed.
own_root()
{
    mkdir -p "$BUNDLE/rootfs"/{bin,proc,dev,sys}
    cp "$ROOT/bin/busybox" "$BUNDLE/rootfs/bin/"
    for name in sh ls cat stat mount grep readlink ps env pwd echo; do
        ln -sf busybox "$BUNDLE/rootfs/bin/$name"
    done
    change 'c["root"] = {"path": "rootfs"}'
}

@test "a hook without env has the caller's environment" {
    hook createRuntime "echo \$MARK >$BATS_TEST_TMPDIR/log"
    change 'del c["hooks"]["createRuntime"][0]["env"]'
    export MARK=mine
    expect_run ''
    [ "$(cat "$BATS_TEST_TMPDIR/log")" = mine ]
    change 'c["hooks"]["createRuntime"][0]["env"] = []'
    expect_run ''
    [ "$(cat "$BATS_TEST_TMPDIR/log")" = '' ]
}

@test "a tmpfs has the mode of the directory that it hides" {
    own_root
    mkdir -m 712 "$BUNDLE/rootfs/hidden"
    mount_of /hidden tmpfs tmpfs ro
    mount_of /new tmpfs tmpfs
    program stat -c %a /hidden /new
    expect_run $'712\n1777'
    change 'c["mounts"][-2]["options"] = ["mode=700"]'
    expect_run $'700\n755'
}

@test "process.cwd is made in a root filesystem that is read-only then" {
    own_root
    change 'c["root"]["readonly"] = True' 'p["cwd"] = "/not/there"'
    program sh -c 'pwd; echo >/not/there/file'
    run oci_run
    [ "${lines[0]}" = /not/there ]
    [[ ${lines[1]} == *"Read-only file system"* ]]
}

@test "copy-symlink: a link is copied, and else it is a bind" {
    own_root
    ln -s /point/to/nowhere "$BATS_TEST_TMPDIR/link"
    mount_of /a/sym/link bind "$BATS_TEST_TMPDIR/link" rbind copy-symlink
    program readlink /a/sym/link
    expect_run /point/to/nowhere
    expect_run /point/to/nowhere # from the last time
    ln -sfn /elsewhere "$BATS_TEST_TMPDIR/link"
    run oci_run
    expect_oci_error "can't make the link /a/sym/link: File exists"
    ln -sfn /point/to/nowhere "$BATS_TEST_TMPDIR/link"
    echo text >"$BATS_TEST_TMPDIR/file"
    change "c['mounts'][-1].update(destination='/a/file',
        source='$BATS_TEST_TMPDIR/file')"
    program cat /a/file
    expect_run text
}

@test "dest-nofollow: a file is bound upon a link itself" {
    own_root
    echo text >"$BATS_TEST_TMPDIR/file"
    ln -s nowhere "$BUNDLE/rootfs/link"
    mount_of /link bind "$BATS_TEST_TMPDIR/file" bind dest-nofollow ro
    program sh -c 'cat /link; echo >/link'
    run oci_run
    [ "${lines[0]}" = text ]
    [[ ${lines[1]} == *"Read-only file system"* ]]
    change 'c["mounts"][-1]["destination"] = "/proc/self"'
    expect_refused "refusing to mount bind at /proc/self, which is a link"
}

@test "the loopback interface of a new network namespace is up" {
    change 'l["namespaces"].append({"type": "network"})' \
        'l["namespaces"] = [dict(t) for t in
            {tuple(n.items()) for n in l["namespaces"]}]'
    # its flags: IFF_UP is 1
    # shellcheck disable=SC2016 # for the container's shell
    program sh -c 'echo $(($(cat /sys/class/net/lo/flags) & 1))'
    expect_run 1
}

@test "what joins by exec has a session of its own in the container" {
    program sleep 1000
    create_one
    oci start c1
    # field 6: the session; 0 is one from outside
    # shellcheck disable=SC2016 # for the container's shell
    [ "$(oci exec c1 sh -c 'cut -d" " -f6 /proc/$$/stat')" != 0 ]
}

@test "sockets of a service manager go to the program" {
    # shellcheck disable=SC2016 # for the container's shell
    program sh -c 'echo $LISTEN_FDS $LISTEN_FDNAMES $LISTEN_PID $$
        readlink /proc/self/fd/3'
    export LISTEN_FDS=1 LISTEN_FDNAMES=web
    run oci_run 3</dev/zero
    expect_output $'1 web 1 1\n/dev/zero'
    export LISTEN_PID=1
    # shellcheck disable=SC2016 # for the container's shell
    program sh -c 'echo $LISTEN_FDS; readlink /proc/self/fd/3'
    run oci_run 3</dev/zero
    [[ $output != *zero* ]]
    [[ $output != *1* ]]
}

@test "start waits for a container that is being made" {
    hook createRuntime "sleep 1"
    program sh -c "exit 0"
    oci create -b "$BUNDLE" c1 >/dev/null 2>&1 3>&- &
    eventually 30 oci state c1
    run oci start c1
    wait
    expect_status 0
}

@test "a priority of an idle process's disks need not be said" {
    change 'p["ioPriority"] = {"class": "IOPRIO_CLASS_IDLE"}'
    expect_run ''
}

@test "SCHED_DEADLINE says which of its times is wrong" {
    change 'p["scheduler"] = {"policy": "SCHED_DEADLINE", "deadline": 9000}'
    expect_refused "process.scheduler: sched_setattr: \`SCHED_DEADLINE\` requires \`runtime\`"
    change 'p["scheduler"]["runtime"] = 5000' 'del p["scheduler"]["deadline"]'
    expect_refused "process.scheduler: sched_setattr: \`SCHED_DEADLINE\` requires \`deadline\`"
    change 'p["scheduler"]["deadline"] = 3000'
    expect_refused "\`SCHED_DEADLINE\` runtime must be <= deadline"
    change 'p["scheduler"].update(deadline=6000, period=5500)'
    expect_refused "\`SCHED_DEADLINE\` deadline must be <= period"
    change 'p["scheduler"].update(runtime=0)'
    expect_refused "\`SCHED_DEADLINE\` runtime must be greater than 0"
    change 'p["scheduler"].update(runtime=5)'
    expect_refused "\`SCHED_DEADLINE\` runtime must be between 1024 nanoseconds"
}

@test "exec --cap refuses what is no capability" {
    program sleep 1000
    create_one
    run oci exec --cap CAP_NONE c1 true
    expect_exec_error "--cap: unknown capability: CAP_NONE"
}

@test "exec --cap makes what is inheritable ambient, too" {
    change 'p["capabilities"] = {
        "bounding": ["CAP_KILL", "CAP_CHOWN"],
        "inheritable": ["CAP_CHOWN"]}' 'p["user"] = {"uid": 0, "gid": 0}'
    program sleep 1000
    create_one
    [ "$(oci exec --cap CAP_CHOWN c1 grep CapAmb /proc/self/status)" = \
        $'CapAmb:\t0000000000000001' ]
    [ "$(oci exec c1 grep CapAmb /proc/self/status)" = \
        $'CapAmb:\t0000000000000000' ]
}

@test "createContainer hooks find the root, with its mounts, in the bundle" {
    own_root
    hook createContainer "ls rootfs/proc/self/status >$BATS_TEST_TMPDIR/log
        echo by-hook >rootfs/data-of-hook"
    program cat /data-of-hook
    cd "$BUNDLE"
    expect_run by-hook
    grep -q status "$BATS_TEST_TMPDIR/log"
    [ -z "$(ls -A "$BUNDLE/rootfs/proc")" ]
}

@test "an empty HOME is none" {
    change 'p["env"].append("HOME=")' 'p["user"] = {"uid": 0, "gid": 0}'
    # shellcheck disable=SC2016 # for the container's shell
    program sh -c 'echo $HOME'
    run oci_run
    expect_status 0
    [[ $output == /* ]]
}

@test "-h is --help" {
    run oci -h
    expect_status 0
    [[ $output == *COMMAND* ]]
    run oci exec -h
    expect_status 0
    [[ $output == *--additional-gids* ]]
}

@test "the interval of events may have a unit" {
    program sleep 1000
    create_one
    oci start c1
    run oci events --interval 1d c1
    expect_oci_error "--interval: not a time up to a day: 1d"
    run oci events --interval 25h c1
    expect_oci_error "--interval: not a time up to a day: 25h"
    run oci events --stats --interval 100ms c1
    [[ $output != *"--interval"* ]]
}

@test "a bind upon the root is the root" {
    own_root
    cp -a "$BUNDLE/rootfs" "$BATS_TEST_TMPDIR/other"
    echo other >"$BATS_TEST_TMPDIR/other/name"
    change "c['mounts'].insert(0, {'destination': '/', 'type': 'bind',
        'source': '$BATS_TEST_TMPDIR/other', 'options': ['bind']})"
    program sh -c 'cat /name; ls -d /proc/self'
    expect_run $'other\n/proc/self'
}
