# What config.json makes of a container of ch-oci.
# SPDX-License-Identifier: MIT

load ../oci

@test "an ordinary user gets a user namespace by himself" {
    program sh -c 'id -u; cat /proc/self/uid_map | xargs'
    expect_run $'0\n'"0 $(id -u) 1"
    change 'p["user"] = {"uid": 33, "gid": 34}'
    expect_run $'33\n'"33 $(id -u) 1"
    run oci_run --keep-uid
    expect_output "$(id -u)"$'\n'"$(id -u) $(id -u) 1"
}

@test "errors of config.json tell where they are" {
    change 'p["args"] = ["sh", 1]'
    run oci_run
    expect_oci_error "config.json: process.args[1]: expected a string"
    echo '{' >"$BUNDLE/config.json"
    run oci_run
    expect_oci_error "config.json: line"
    rm "$BUNDLE/config.json"
    run oci_run
    expect_oci_error "config.json: No such file or directory"
    run oci run -b /nowhere c1
    expect_oci_error "the bundle: "
}

@test "root.path may be a SquashFS file" {
    program cat /data/small/1
    change "c['root']['path'] = '$SQUASH'"
    expect_run "file 1"
    change 'drop("pid")'
    expect_run "file 1"
    program sleep 1000
    create_one
    oci start c1
    [ "$(oci exec c1 cat /data/small/2)" = "file 2" ]
}

@test "the root filesystem is read-only or not" {
    mkdir -p "$BUNDLE/rootfs/bin"
    cp "$ROOT/bin/busybox" "$BUNDLE/rootfs/bin/sh"
    change 'c["root"] = {"path": "rootfs", "readonly": True}'
    program sh -c 'echo text >/new && cat /new'
    run oci_run
    [[ $output == *"Read-only file system"* ]]
    change 'c["root"] = {"path": "rootfs"}'
    expect_run text
    [ -e "$BUNDLE/rootfs/new" ]
}

@test "mount points that the image lacks are made without writing to it" {
    program sh -c 'cat /var/made/file; ls -d /var/made'
    mkdir "$BATS_TEST_TMPDIR/source"
    echo there >"$BATS_TEST_TMPDIR/source/file"
    mount_of /var/made bind "$BATS_TEST_TMPDIR/source" bind
    change "c['root']['path'] = '$SQUASH'"
    expect_run $'there\n/var/made'
}

@test "binds are of directories and files, with their options" {
    mkdir -p "$BATS_TEST_TMPDIR/source"
    echo there >"$BATS_TEST_TMPDIR/source/file"
    mount_of /mnt/1 bind "$BATS_TEST_TMPDIR/source" rbind ro
    mount_of /mnt/file none "$BATS_TEST_TMPDIR/source/file" bind
    program sh -c 'cat /mnt/1/file /mnt/file; touch /mnt/1/new
        echo more >/mnt/file'
    run oci_run
    [ "${lines[0]}" = there ]
    [ "${lines[1]}" = there ]
    [[ ${lines[2]} == *"Read-only file system"* ]]
    [ "$(cat "$BATS_TEST_TMPDIR/source/file")" = more ]
}

@test "a relative source starts at the bundle" {
    mkdir "$BUNDLE/data"
    echo here >"$BUNDLE/data/file"
    mount_of /mnt/1 bind data bind
    program cat /mnt/1/file
    expect_run here
}

@test "a destination is resolved within the root" {
    mkdir -p "$BATS_TEST_TMPDIR/source"
    echo there >"$BATS_TEST_TMPDIR/source/file"
    for target in /opt/climbing /opt/absolute /opt/relative; do
        mount_of $target bind "$BATS_TEST_TMPDIR/source" bind
    done
    program sh -c 'cat /mnt/4/file /mnt/2/file /mnt/3/file'
    expect_run $'there\nthere\nthere'
}

@test "a tmpfs has its own options" {
    mount_of /mnt/1 tmpfs tmpfs size=1m mode=711 nosuid noexec
    program sh -c 'stat -c %a /mnt/1; grep " /mnt/1 " /proc/mounts'
    run oci_run
    [ "${lines[0]}" = 711 ]
    [[ ${lines[1]} == "tmpfs /mnt/1 tmpfs rw,nosuid,noexec,"*size=1024k* ]]
}

@test "an option that the file system does not know is an error" {
    mount_of /mnt/1 tmpfs tmpfs frobnicate=1
    expect_refused "mounts["
    run oci_run
    [[ $output == *"can't mount tmpfs at /mnt/1: Invalid argument"* ]]
}

@test "proc is not mounted on a link of the image" {
    mkdir -p "$BUNDLE/rootfs/bin" "$BUNDLE/rootfs/elsewhere"
    cp "$ROOT/bin/busybox" "$BUNDLE/rootfs/bin/sh"
    ln -s elsewhere "$BUNDLE/rootfs/proc"
    change 'c["root"] = {"path": "rootfs"}'
    expect_refused "refusing to mount proc at /proc, which is a link"
}

@test "paths are masked and read-only, and need not be there" {
    change 'l["maskedPaths"] = ["/data/small", "/data/big", "/nosuch"]' \
        'l["readonlyPaths"] = ["/dev/shm", "/nosuch"]'
    program sh -c 'ls /data/small | wc -l; wc -c </data/big; echo >/dev/shm/x'
    run oci_run
    [ "${lines[0]}" -eq 0 ]
    [ "${lines[1]}" -eq 0 ]
    [[ ${lines[2]} == *"Read-only file system"* ]]
}

@test "devices that every container has are there and work" {
    # shellcheck disable=SC2016 # for the container's shell
    program sh -c 'for d in null zero full random urandom tty; do
        [ -c /dev/$d ] || echo $d; done
        echo gone >/dev/null; head -c 3 /dev/zero | wc -c
        for l in fd stdin ptmx; do readlink /dev/$l; done'
    expect_run $'3\n/proc/self/fd\n/proc/self/fd/0\npts/ptmx'
}

@test "hostname, domainname and sysctl are the container's own" {
    change 'c["hostname"] = "h"' 'c["domainname"] = "d.example"' \
        'l["sysctl"] = {"kernel.msgmax": "4321"}' \
        'l["readonlyPaths"] = []'
    program sh -c 'hostname; cat /proc/sys/kernel/domainname \
        /proc/sys/kernel/msgmax'
    expect_run $'h\nd.example\n4321'
    change 'l["sysctl"] = {"../../etc/passwd": "1"}'
    expect_refused "linux.sysctl: not a name: ../../etc/passwd"
    change 'l["sysctl"] = {"no.such": "1"}'
    expect_refused "linux.sysctl: no.such: no namespace keeps it"
    change 'l["sysctl"] = {"kernel.hostname": "other"}'
    expect_refused 'linux.sysctl: kernel.hostname: "hostname" sets it'
    change 'l["sysctl"] = {"kernel/domainname": "other"}'
    expect_refused 'kernel/domainname: "domainname" sets it to d.example'
    change 'l["sysctl"] = {"kernel.msgmax": "4321"}' 'drop("ipc")'
    expect_refused "kernel.msgmax: it is the host's, as there is no ipc"
}

@test "user, groups, umask, limits and capabilities are as planned" {
    change 'p["user"] = {"uid": 5, "gid": 6, "umask": 0o27}' \
        'p["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 77, "hard": 88}]' \
        'p["capabilities"] = {k: ["CAP_KILL", "CAP_CHOWN"] for k in
            ["bounding", "permitted", "effective", "inheritable", "ambient"]}'
    program sh -c 'id -u; id -g; umask; ulimit -Sn; ulimit -Hn
        grep ^Cap /proc/self/status | tr -d "\t" | xargs'
    expect_run "5
6
0027
77
88
CapInh:0000000000000021 CapPrm:0000000000000021 CapEff:0000000000000021 \
CapBnd:0000000000000021 CapAmb:0000000000000021"
}

@test "no capabilities configured are none" {
    change 'del p["capabilities"]'
    program sh -c 'grep -E "^Cap(Eff|Bnd)" /proc/self/status | cut -f2 | uniq'
    expect_run 0000000000000000
}

@test "the environment is the configuration's alone, the last value counts" {
    change 'p["env"] = ["PATH=/bin", "A=1", "A=2", "EMPTY=", "nothing"]'
    program env
    LEAK=1 run oci_run
    run sort <<<"$output"
    expect_output $'A=2\nEMPTY=\nHOME=/root\nPATH=/bin'
}

@test "the working directory is made if it is missing" {
    mount_of /mnt/1 tmpfs tmpfs
    change 'p["cwd"] = "/mnt/1/a/b"'
    program pwd
    expect_run /mnt/1/a/b
}

@test "no descriptor of the caller's is the container's, but those to keep" {
    program ls /proc/self/fd
    exec 7</dev/null 8</dev/null
    run oci_run
    [[ $output != *7* && $output != *8* ]] || fail_with "$output"
    change 'c["process"]["env"].append("PMI_FD=8")'
    program sh -c 'readlink /proc/self/fd/3; [ -e /proc/self/fd/8 ] && echo 8'
    run oci_run --preserve-fds 1 3</dev/zero
    expect_output $'/dev/zero\n8'
    program true
    run oci_run --preserve-fds 20 3</dev/zero 4<&-
    expect_status 0
    [[ $output == *"warning: descriptor 4 is to be kept, but is not open"* ]]
    exec 7<&- 8<&-
}

@test "a namespace by a path is joined" {
    create_one
    pid=$(member pid)
    expected=$(readlink "/proc/$pid/ns/uts")
    change 'drop("uts")' 'del c["hostname"]' "l['namespaces'] += [
        {'type': 'uts', 'path': '/proc/$pid/ns/uts'},
        {'type': 'user', 'path': '/proc/$pid/ns/user'}]"
    program readlink /proc/self/ns/uts
    run oci run -b "$BUNDLE" c2
    expect_output "$expected"
    change 'l["namespaces"][-2]["path"] = "/proc/self/ns/pid"'
    run oci run -b "$BUNDLE" c2
    expect_oci_error "/proc/self/ns/pid is no uts namespace"
}

@test "annotations are in the state" {
    change 'c["annotations"] = {"org.example.a": "b"}'
    create_one
    expect_member annotations "{'org.example.a': 'b'}"
}

@test "spec --rootless is a bundle that runs" {
    mkdir "$BATS_TEST_TMPDIR/own"
    cd "$BATS_TEST_TMPDIR/own"
    ln -s "$ROOT" rootfs
    oci spec --rootless
    sed -i 's/"terminal":[[:space:]]*true/"terminal": false/' config.json
    run oci run c1 < <(echo 'echo it runs')
    expect_output "it runs"
    run oci spec
    expect_oci_error "can't write ./config.json: File exists"
}

@test "features is JSON that names namespaces, hooks and options" {
    run python3 -c 'import json, sys
f = json.load(sys.stdin)
print(f["ociVersionMin"], "user" in f["linux"]["namespaces"],
      "poststop" in f["hooks"], "rro" in f["mountOptions"],
      "CAP_CHOWN" in f["linux"]["capabilities"])' < <(oci features)
    expect_output "1.0.0 True True True True"
}
