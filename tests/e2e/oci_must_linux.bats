# What config-linux.md of the runtime specification says that a runtime MUST do,
# as an ordinary user and as root; doc/oci.md has the table.
# SPDX-License-Identifier: MIT

load ../oci

# refused STATEMENT TEXT: after this change alone, the error.
refused()
{
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/before"
    change "$1"
    run oci_run
    expect_oci_error "config.json: $2"
    nothing_left
    mv "$BATS_TEST_TMPDIR/before" "$BUNDLE/config.json"
}

# refused_of_node STATEMENT TEXT...: the same of what is no matter of the
# configuration alone, with all of the texts.
refused_of_node()
{
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/before"
    change "$1"
    run oci_run
    shift
    for text in "$@"; do
        expect_oci_error "$text"
    done
    nothing_left
    mv "$BATS_TEST_TMPDIR/before" "$BUNDLE/config.json"
}

@test "the path of a namespace is absolute, and of its type" {
    refused 'l["namespaces"] = [{"type": "uts", "path": "proc/self/ns/uts"},
        {"type": "mount"}]' "linux.namespaces[0].path: not absolute"
    change 'drop("uts")' 'del c["hostname"]' \
        'l["namespaces"].append({"type": "uts", "path": "/proc/self/ns/pid"})'
    run oci_run
    expect_oci_error "/proc/self/ns/pid is no uts namespace"
    nothing_left
}

@test "the process is in the namespace of a path" {
    create_one
    pid=$(member pid)
    user=$(readlink "/proc/$pid/ns/user")
    [ "$user" = "$(readlink /proc/self/ns/user)" ] || change \
        "l['namespaces'].append({'type': 'user', 'path': '/proc/$pid/ns/user'})"
    change 'c.pop("hostname", None)' 'l["cgroupsPath"] += "-2"'
    for pair in uts:uts ipc:ipc network:net pid:pid; do
        kind=${pair%:*}
        change "drop('$kind')" "l['namespaces'].append({'type': '$kind',
            'path': '/proc/$pid/ns/${pair#*:}'})"
        program readlink "/proc/self/ns/${pair#*:}"
        run oci run -b "$BUNDLE" c2
        expect_output "$(readlink "/proc/$pid/ns/${pair#*:}")"
    done
}

@test "a namespace without a path is new, and one that is not named is inherited" {
    kinds="mnt pid uts ipc net cgroup"
    change 'l["namespaces"] = [{"type": t} for t in ["mount", "pid", "uts",
        "ipc", "network", "cgroup"]]'
    # shellcheck disable=SC2016 # for the container's shell
    program sh -c 'for k in mnt pid uts ipc net cgroup; do
        readlink /proc/self/ns/$k; done'
    run oci_run
    expect_status 0
    i=0
    for kind in $kinds; do
        [ "${lines[i]}" != "$(readlink "/proc/self/ns/$kind")" ] ||
            fail_with "$kind is not new"
        i=$((i + 1))
    done
    change 'l["namespaces"] = [{"type": "mount"}]' 'c.pop("hostname", None)' \
        'c["mounts"] = [m for m in c["mounts"] if m["type"] == "proc"]'
    run oci_run
    expect_status 0
    i=0
    for kind in $kinds; do
        [ "$kind" = mnt ] ||
            [ "${lines[i]}" = "$(readlink "/proc/self/ns/$kind")" ] ||
            fail_with "$kind is not the caller's"
        i=$((i + 1))
    done
}

@test "two namespaces of one type are an error" {
    for kind in mount pid network ipc uts cgroup time; do
        refused "drop('$kind'); l['namespaces'] += 2 * [{'type': '$kind'}]" \
            "linux.namespaces["
    done
}

@test "devices that are listed are available" {
    change 'l["devices"] = [{"path": "/dev/kmsg", "type": "c", "major": 1,
        "minor": 11}, {"path": "/dev/fuse", "type": "c", "major": 10,
        "minor": 229}]'
    program stat -c '%n %t:%T' /dev/kmsg /dev/fuse
    expect_run $'/dev/kmsg 1:b\n/dev/fuse a:e5'
}

@test "a file that is no such device is an error where one is to be" {
    mkdir -p "$BUNDLE/rootfs"/{bin,proc,dev,sys,etc}
    cp "$ROOT/bin/busybox" "$BUNDLE/rootfs/bin/true"
    echo text >"$BUNDLE/rootfs/etc/device"
    change 'c["root"] = {"path": "rootfs"}' 'l["devices"] = [{"type": "c",
        "path": "/etc/device", "major": 1, "minor": 3}]'
    run oci_run
    expect_oci_error "linux.devices[0]: /etc/device is there, and is another"
    nothing_left
    [ "$(cat "$BUNDLE/rootfs/etc/device")" = text ]
}

@test "the default devices and links are there" {
    # shellcheck disable=SC2016 # for the container's shell
    program sh -c 'for d in null zero full random urandom tty ptmx; do
        [ -c /dev/$d ] || echo no $d
        [ $d = ptmx ] || stat -c "%n %t:%T" /dev/$d; done
        readlink /dev/ptmx
        for l in fd stdin stdout stderr; do readlink /dev/$l; done'
    expect_run $'/dev/null 1:3\n/dev/zero 1:5\n/dev/full 1:7\n/dev/random 1:8
/dev/urandom 1:9\n/dev/tty 5:0\npts/ptmx\n/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2'
}

@test "the console is there for a process with a terminal" {
    change 'p["terminal"] = True'
    program sh -c 'test -c /dev/console && echo there'
    run script -qec "$CH_BUILD/ch-oci --root $STATE run -b $BUNDLE c1" \
        /dev/null </dev/null
    # script(1) tells the terminal that its input has ended, which may be echoed
    [[ $output == *there* ]] || fail_with "$output"
}

@test "without a mount namespace the root is a directory, and nothing is mounted" {
    change 'drop("mount")'
    for member in root.readonly mounts linux.maskedPaths linux.readonlyPaths \
        linux.rootfsPropagation process.terminal; do
        before=$(cat "$BUNDLE/config.json")
        change "keep = '$member'" \
            'c["root"] = {"path": c["root"]["path"],
                "readonly": keep == "root.readonly"}' \
            'c["mounts"] = c["mounts"] if keep == "mounts" else []' \
            'p["terminal"] = keep == "process.terminal"' \
            'l["maskedPaths"] = ["/x"] if keep == "linux.maskedPaths" else []' \
            'l["readonlyPaths"] = ["/x"] if keep == "linux.readonlyPaths" else []' \
            'l["rootfsPropagation"] = "slave"' \
            'keep == "linux.rootfsPropagation" or l.pop("rootfsPropagation")'
        run oci_run
        expect_oci_error "config.json: $member: there is no mount namespace for it"
        printf '%s' "$before" >"$BUNDLE/config.json"
    done
    change 'c["mounts"] = []' 'l["maskedPaths"] = l["readonlyPaths"] = []' \
        'c["root"] = {"path": c["root"]["path"]}'
    program sh -c 'ls /; sleep 1000'
    create_one
    [ "$(readlink "/proc/$(member pid)/ns/mnt")" = \
        "$(readlink /proc/self/ns/mnt)" ]
    oci start c1
    eventually 30 grep -q data "$BATS_TEST_TMPDIR/out"
    run oci exec c1 ls /
    [ "$output" = "$(ls "$ROOT")" ] || fail_with "$output"
    oci delete --force c1
    grep -q "$ROOT" /proc/self/mountinfo && fail_with "a mount is left"
    change "c['root']['path'] = '$SQUASH'"
    run oci_run
    expect_oci_error "only a directory takes no mount namespace"
}

@test "names of network devices are such, and there is a namespace for them" {
    refused 'l["netDevices"] = {"a/b": {}}' \
        "linux.netDevices: not a name of a network device: a/b"
    refused 'l["netDevices"] = {"eth%d": {}}' \
        "linux.netDevices: not a name of a network device: eth%d"
    refused 'l["netDevices"] = {"eth0": {"name": "x" * 16}}' \
        "linux.netDevices.eth0.name: not a name of a network device: xxxx"
    refused 'l["netDevices"] = {"eth0": {"name": 7}}' \
        "linux.netDevices.eth0.name: expected a string"
    refused 'l["netDevices"] = {"eth0": []}' \
        "linux.netDevices.eth0: expected an object"
    refused 'drop("network"); l["netDevices"] = {"eth0": {}}' \
        "linux.netDevices: there is no network namespace to move them to"
    [ "$(id -u)" -eq 0 ] ||
        refused_of_node 'l["netDevices"] = {"lo": {"name": "lo2"}}' \
            "linux.netDevices: can't enter the network namespace" \
            "(only root may)"
    change 'l["netDevices"] = {}'
    expect_run ""
}

@test "mountLabel without SELinux is a warning, and no more" {
    [ ! -e /sys/fs/selinux ] || skip "this kernel has SELinux"
    change 'l["mountLabel"] = "system_u:object_r:container_file_t:s0"'
    run oci_run
    expect_status 0
    [[ $output == *"linux.mountLabel has no effect: this kernel has no SELinux" ]]
}

@test "intelRdt without resctrl is an error" {
    grep -q ' resctrl ' /proc/mounts && skip "resctrl is mounted"
    refused 'l["intelRdt"] = {"closID": "x"}' \
        "linux.intelRdt: no resctrl file system is mounted"
}

@test "a filter's rule names a system call, and errors go with actions that have them" {
    refused 'l["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{"names": [], "action": "SCMP_ACT_ERRNO"}]}' \
        "linux.seccomp.syscalls[0].names: needs one name at least"
    refused 'l["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_KILL",
        "errnoRet": 1}]}' "linux.seccomp.syscalls[0].errnoRet: the action"
    refused 'l["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW",
        "defaultErrnoRet": 1}' "linux.seccomp.defaultErrnoRet: the action"
    refused 'l["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW",
        "listenerMetadata": "x"}' \
        "linux.seccomp.listenerMetadata: there is no listenerPath"
}

@test "masked and read-only paths are absolute, and are so in the container" {
    for kind in maskedPaths readonlyPaths; do
        refused "l['$kind'] = ['/proc/kcore', 'data']" \
            "linux.${kind}[1]: not absolute: data"
    done
    change 'l["maskedPaths"] = ["/data/small"]' \
        'l["readonlyPaths"] = ["/dev/shm"]'
    program sh -c 'ls /data/small | wc -l; echo >/dev/shm/x'
    run oci_run
    [ "${lines[0]}" -eq 0 ]
    [[ ${lines[1]} == *"Read-only file system"* ]]
}

@test "the root filesystem's propagation is one of four" {
    for word in shared slave private unbindable; do
        change "l['rootfsPropagation'] = '$word'"
        expect_run ""
    done
    change 'l["rootfsPropagation"] = "x"'
    run oci_run
    expect_oci_error "linux.rootfsPropagation: unknown: x"
}
