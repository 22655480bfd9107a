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
    expect_oci_error "the control group $own is there, and frozen"
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
