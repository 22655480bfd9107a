# What root's callers of crun and runc are used to.
# SPDX-License-Identifier: MIT

load ../oci

# of_user COMMAND...: as user 5 of the container.
of_user()
{
    change 'p["user"] = {"uid": 5, "gid": 6}'
    program "$@"
}

@test "the standard streams are the user's, to be opened again" {
    of_user sh -c 'echo again >/dev/stdout; stat -L -c %u:%g /proc/self/fd/1'
    oci_run >"$BATS_TEST_TMPDIR/out" </dev/null
    [ "$(head -n 1 "$BATS_TEST_TMPDIR/out")" = 5:6 ]
    oci_run </dev/null | cat >"$BATS_TEST_TMPDIR/out"
    [ "$(cat "$BATS_TEST_TMPDIR/out")" = $'again\n5:6' ]
    [ "$(stat -c %u /dev/null)" = 0 ]
}

@test "a terminal of the caller's stays the caller's" {
    of_user tty
    timeout 60 script -qec "'$CH_BUILD/ch-oci' --root '$STATE' run \
        -b '$BUNDLE' c1; stat -c %u:%n \$(tty)" /dev/null \
        >"$BATS_TEST_TMPDIR/out" 3>&-
    grep -q "^0:/dev/pts/" "$BATS_TEST_TMPDIR/out" ||
        fail_with "$(cat "$BATS_TEST_TMPDIR/out")"
}

@test "settings of the kernel that are the host's are not touched" {
    before=$(cat /proc/sys/vm/swappiness)
    change "l['sysctl'] = {'vm.swappiness': '$((before + 1))'}"
    run oci_run
    expect_oci_error "linux.sysctl: vm.swappiness: no namespace keeps it"
    change "l['sysctl'] = {'net.ipv4.ip_forward': '1'}" 'drop("network")'
    run oci_run
    expect_oci_error "as there is no net namespace"
    [ "$(cat /proc/sys/vm/swappiness)" = "$before" ]
}

@test "a directory that its user may enter by root's rights only is entered" {
    mkdir -p "$BUNDLE/rootfs"
    cp -a "$ROOT/." "$BUNDLE/rootfs"
    mkdir -m 700 "$BUNDLE/rootfs/closed"
    chown 7:7 "$BUNDLE/rootfs/closed"
    change 'c["root"] = {"path": "rootfs"}' 'p["cwd"] = "/closed"' \
        'p["capabilities"] = {}'
    expect_run ''
    program sleep 1000
    create_one
    oci start c1
    run oci exec --user 7:7 c1 pwd
    expect_output /closed
}

@test "a frozen control group is refused, and not waited for" {
    own=/ch-test-frozen-$$
    if [ -d /sys/fs/cgroup/freezer ]; then
        dir=/sys/fs/cgroup/freezer$own file=freezer.state value=FROZEN
    else
        dir=/sys/fs/cgroup$own file=cgroup.freeze value=1
    fi
    mkdir "$dir"
    echo $value >"$dir/$file"
    change "l['cgroupsPath'] = '$own'"
    OCI_TIMEOUT=20 run oci_run
    rmdir "$dir"
    expect_oci_error "container's cgroup unexpectedly frozen: $own"
}

@test "devices of the host in a user namespace are nosuid and noexec" {
    change 'l["namespaces"].append({"type": "user"})' \
        'm = [{"containerID": 0, "hostID": 0, "size": 4294967295}]' \
        'l["uidMappings"] = m' 'l["gidMappings"] = m'
    program grep ' /dev/null ' /proc/self/mountinfo
    run oci_run
    expect_status 0
    [[ $output == *nosuid*noexec* ]]
}

# with_users HOST: a user namespace with 10 ids from this one of the host.
with_users()
{
    change 'l["namespaces"].append({"type": "user"})' \
        "l['uidMappings'] = [{'containerID': 0, 'hostID': $1, 'size': 10}]" \
        'l["gidMappings"] = l["uidMappings"]'
}

@test "a bind in a user namespace shows what its root could not reach" {
    mkdir -p "$BATS_TEST_TMPDIR/closed/open"
    echo text >"$BATS_TEST_TMPDIR/closed/open/file"
    chmod 000 "$BATS_TEST_TMPDIR/closed"
    with_users 1000
    mount_of /mnt bind "$BATS_TEST_TMPDIR/closed/open" bind ro
    program cat /mnt/file
    expect_run text
    program sh -c 'echo >/mnt/file'
    run oci_run
    [[ $output == *"Read-only file system"* ]]
    change "c['mounts'][-1].update(destination='/mnt/one',
        source='$BATS_TEST_TMPDIR/closed/open/file')"
    program cat /mnt/one
    expect_run text
    change "c['mounts'][-1]['source'] += '-not'"
    run oci_run
    expect_status 1
}

@test "clocks of a time namespace are set in a user namespace, too" {
    [ -e /proc/self/ns/time ] || skip "this kernel has no time namespaces"
    with_users 1000
    change 'l["namespaces"].append({"type": "time"})' \
        'l["timeOffsets"] = {"boottime": {"secs": 500000000}}'
    program cat /proc/uptime
    run oci_run
    expect_status 0
    [ "${output%%.*}" -gt 500000000 ]
}

@test "KILL ends all processes of a container without a PID namespace" {
    change 'drop("pid")'
    mark=$((RANDOM + 70000))
    program sh -c "sleep $mark & sleep $mark"
    create_one
    oci start c1
    eventually 20 pgrep -f "^sleep $mark"
    oci kill c1 KILL
    eventually 20 no_process "sleep $mark"
}

no_process()
{
    ! pgrep -f "^$1" >/dev/null
}

@test "exec --additional-gids gives further groups" {
    program sleep 1000
    create_one
    oci start c1
    run oci exec --user 5:6 -g 100 --additional-gids 200 c1 id -G
    expect_output "6 100 200"
    run oci exec -g staff c1 id -G
    expect_exec_error "--additional-gids: not a number of a group: staff"
}

@test "update --cpu-burst sets what may be saved up" {
    [ -e /sys/fs/cgroup/cpu/cpu.cfs_quota_us ] ||
        skip "no controller cpu of version 1 here"
    program sleep 1000
    create_one
    oci start c1
    dir=/sys/fs/cgroup/cpu/ch-test-$$
    [ -e "$dir/cpu.cfs_burst_us" ] || skip "this kernel has no bursts"
    oci update --cpu-period 100000 --cpu-quota 50000 c1
    oci update --cpu-burst 20000 c1
    [ "$(cat "$dir/cpu.cfs_burst_us")" = 20000 ]
}

@test "a capability that the caller has not is a warning" {
    command -v capsh >/dev/null || skip "capsh is not installed"
    change 'p["capabilities"] = {k: ["CAP_KILL", "CAP_SYS_BOOT"] for k in
        ["bounding", "permitted", "effective", "inheritable"]}'
    program grep ^CapEff /proc/self/status
    run capsh --drop=cap_sys_boot -- -c \
        "'$CH_BUILD/ch-oci' --root '$STATE' --log-level warning run \
            -b '$BUNDLE' c1"
    expect_status 0
    [[ $output == *"can't grant CAP_SYS_BOOT, which the caller has not"* ]]
    [[ $output == *0000000000000020* ]]
}
