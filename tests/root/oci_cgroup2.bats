# ch-oci as root where there is version 2 of control groups and no other: in a
# mount namespace of the tests. Controllers are those that are not in version 1.
# SPDX-License-Identifier: MIT

load ../oci

setup_file()
{
    make_fixtures
    grep -q cgroup2 /proc/filesystems || skip "no control groups of version 2"
    unshare -m --propagation private sh -c '
        umount -l /sys/fs/cgroup
        mount -t cgroup2 none /sys/fs/cgroup && exec sleep 100000' \
        >/dev/null 2>&1 3>&- &
    export HOLDER=$!
    eventually 20 test -e "/proc/$HOLDER/root/sys/fs/cgroup/cgroup.procs"
}

teardown_file()
{
    kill "$HOLDER"
}

setup()
{
    make_bundle
    GROUP=/ch-test2-$BATS_TEST_NUMBER-$$/c1
    UNIFIED=/proc/$HOLDER/root/sys/fs/cgroup
    change "l['cgroupsPath'] = '$GROUP'"
    program sleep 1000
}

inside()
{
    timeout 60 nsenter -t "$HOLDER" -m -- "$@"
}

oci()
{
    inside "$CH_BUILD/ch-oci" --root "$STATE" "$@"
}

limit()
{
    change 'l.setdefault("resources", {})' 'r = l["resources"]' "$@"
}

need_controller()
{
    grep -qw "$1" "$UNIFIED/cgroup.controllers" ||
        skip "$1 is no controller of version 2 here"
}

value()
{
    cat "$UNIFIED$GROUP/$1"
}

no_group_left()
{
    [ ! -e "$UNIFIED${GROUP%/*}" ] || fail_with "left: $GROUP"
    nothing_left
}

start_one()
{
    create_one
    oci start c1
}

@test "limits are in the files of version 2, their controllers enabled" {
    need_controller hugetlb
    limit 'r["hugepageLimits"] = [{"pageSize": "2MB", "limit": 4194304}]'
    start_one
    [ "$(value hugetlb.2MB.max)" = 4194304 ]
    [ "$(value cgroup.procs)" = "$(member pid)" ]
    limit 'r.clear()' 'r["unified"] = {"hugetlb.2MB.max": "6291456"}'
    python3 -c 'import json, sys
print(json.dumps(json.load(open(sys.argv[1]))["linux"]["resources"]))' \
        "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/r"
    oci update -r "$BATS_TEST_TMPDIR/r" c1
    [ "$(value hugetlb.2MB.max)" = 6291456 ]
    oci delete --force c1
    no_group_left
}

@test "files of unified that this runtime does not know are written, too" {
    need_controller hugetlb
    limit 'r["unified"] = {"cgroup.max.depth": "5",
        "hugetlb.2MB.rsvd.max": "4194304"}'
    start_one
    [ "$(value cgroup.max.depth)" = 5 ]
    [ "$(value hugetlb.2MB.rsvd.max)" = 4194304 ]
    oci delete --force c1
    no_group_left
}

@test "a limit without its controller says so" {
    ! grep -qw memory "$UNIFIED/cgroup.controllers" || skip "memory is there"
    limit 'r["memory"] = {"limit": 67108864}'
    run oci create -b "$BUNDLE" c1
    expect_oci_error "linux.resources.memory.limit: invalid configuration: controller \`memory\` is \
not available under /sys/fs/cgroup$GROUP/cgroup.controllers"
    no_group_left
    limit 'r.clear()' 'r["unified"] = {"foo.bar": "1"}'
    run oci create -b "$BUNDLE" c1
    expect_oci_error "controller \`foo\` is not available under"
    limit 'r.clear()' 'r["unified"] = {"hugetlb.none": "1"}'
    run oci create -b "$BUNDLE" c1
    expect_oci_error "No such file or directory"
    limit 'r.clear()' 'r["memory"] = {"swappiness": 3}'
    run oci create -b "$BUNDLE" c1
    expect_oci_error "version 2 of control groups has no such limit"
    no_group_left
}

@test "devices that are not allowed are denied, also after an update" {
    limit 'r["devices"] = [{"allow": False, "access": "rwm"},
        {"allow": True, "type": "c", "major": 10, "minor": 229,
         "access": "rw"}]' 'l["devices"] = [
        {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229},
        {"path": "/dev/mem2", "type": "c", "major": 1, "minor": 1}]'
    program sh -c 'exec 3<>/dev/fuse && echo fuse; echo x >/dev/null && echo null
        exec 4</dev/mem2 && echo mem'
    run oci_run
    [[ $output == *fuse*null* ]] || fail_with "$output"
    [[ $output == *mem2*"Operation not permitted"* ]] || fail_with "$output"
    no_group_left
    program sleep 1000
    start_one
    oci exec c1 sh -c 'exec 3<>/dev/fuse'
    echo '{"devices": [{"allow": false, "access": "rwm"}]}' |
        oci update -r - c1
    run oci exec c1 sh -c 'exec 3<>/dev/fuse'
    [[ $output == *"Operation not permitted"* ]] || fail_with "$output"
    echo '{"devices": [{"allow": true, "access": "rwm"}]}' |
        oci update -r - c1
    oci exec c1 sh -c 'exec 3<>/dev/fuse'
    oci delete --force c1
    no_group_left
}

@test "pause, resume and kill --all" {
    change 'drop("pid")'
    program sh -c 'setsid sleep 1041 & sleep 1042'
    start_one
    oci pause c1
    expect_member status paused
    [[ $(value cgroup.events) == *"frozen 1"* ]]
    oci resume c1
    [[ $(value cgroup.events) == *"frozen 0"* ]]
    oci pause c1
    oci kill --all c1 KILL
    eventually 20 is_status stopped
    ! pgrep -f 'sleep 104[12]' || fail_with "left"
    oci delete c1
    no_group_left
}

@test "the container sees its group as the root" {
    program sh -c 'cat /proc/self/cgroup | grep ^0: ; cat /sys/fs/cgroup/cgroup.type
        mkdir /sys/fs/cgroup/x'
    run oci_run
    [ "${lines[0]}" = 0::/ ]
    [ "${lines[1]}" = domain ]
    [[ $output == *"Read-only file system"* ]]
    no_group_left
}

# The files of the group that belong to root of the container.
handed_over()
{
    (cd "$UNIFIED$GROUP" && find . -maxdepth 1 -user 100000 |
        sort | sed 's|^\.$|./|; s|^\./\([^/]\)|\1|' | tr '\n' ' ')
}

@test "a group is handed over where the specification says so" {
    change 'l["namespaces"].append({"type": "user"})' \
        'l["uidMappings"] = [{"containerID": 0, "hostID": 100000,
            "size": 65536}]' 'l["gidMappings"] = l["uidMappings"]' \
        'c["mounts"] = [dict(m, options=["nosuid"]) if m["type"] == "cgroup"
            else m for m in c["mounts"]]'
    program sh -c 'mkdir /sys/fs/cgroup/x && echo $$ >/sys/fs/cgroup/x/cgroup.procs
        cat /proc/self/cgroup | grep ^0:'
    open_scratch
    chmod 755 "$CH_DATA" "$FIXTURES" "$BUNDLE"
    run oci_run
    expect_output 0::/x
    no_group_left
    program sleep 1000
    create_one
    listed=$(handed_over)
    oci delete --force c1
    # an old kernel has no list: then it is the one of the specification
    inside mount -t tmpfs none /sys/kernel/cgroup
    create_one
    unlisted=$(handed_over)
    inside umount /sys/kernel/cgroup
    oci delete --force c1
    [[ $listed == *"cgroup.procs "*cgroup.subtree_control* ]] ||
        fail_with "$listed"
    [ "$unlisted" = "./ cgroup.procs cgroup.subtree_control cgroup.threads " ] ||
        fail_with "$unlisted"
    no_group_left
}

@test "run.oci.delegate-cgroup puts the process in a group below" {
    change 'c["annotations"] = {"run.oci.delegate-cgroup": "own"}'
    program sh -c 'cat /proc/self/cgroup | grep ^0:'
    run oci_run
    expect_output 0::/own
    no_group_left
    change 'c["annotations"] = {"run.oci.delegate-cgroup": "../x"}'
    run oci_run
    expect_oci_error "run.oci.delegate-cgroup: \`..\` components"
    no_group_left
}

@test "exec --cgroup goes to a group below, and nowhere else" {
    change 'c["mounts"] = [dict(m, options=["nosuid"]) if m["type"] == "cgroup"
            else m for m in c["mounts"]]'
    program sh -c 'mkdir -p /sys/fs/cgroup/foo/bar &&
        echo $$ >/sys/fs/cgroup/foo/cgroup.procs; sleep 1000'
    start_one
    eventually 20 test -e "$UNIFIED$GROUP/foo/bar"
    run oci exec --cgroup=foo/bar c1 sh -c 'grep ^0: /proc/self/cgroup'
    expect_output 0::/foo/bar
    for path in ../x foo/.. foo/../../x; do
        run oci exec --cgroup="$path" c1 true
        expect_exec_error "\`..\` components are not allowed: $path"
    done
    oci delete --force c1
    no_group_left
}

# As an ordinary user, below a group that was delegated to him.
user_oci()
{
    # shellcheck disable=SC2016 # for the shell inside
    inside sh -c 'echo 0 >"/sys/fs/cgroup$0/session/cgroup.procs" && exec "$@"' \
        "${GROUP%/*}" setpriv --reuid="$(id -u chtest)" \
        --regid="$(id -g chtest)" --init-groups env HOME=/home/chtest \
        "$CH_BUILD/ch-oci" --root "$STATE" "$@"
}

@test "a user sets limits where a group is delegated to him, and only there" {
    need_controller hugetlb
    id chtest >/dev/null || skip "no user chtest"
    inside mkdir -p "/sys/fs/cgroup${GROUP%/*}/session"
    inside sh -c 'echo +hugetlb >/sys/fs/cgroup/cgroup.subtree_control'
    open_scratch
    chmod 755 "$CH_DATA" "$FIXTURES"
    chmod 777 "$BATS_TEST_TMPDIR"
    mkdir -m 700 "$STATE"
    chown chtest "$STATE"
    change 'del l["cgroupsPath"]' 'drop("network")' \
        'c["mounts"] = [m for m in c["mounts"] if m["type"] != "sysfs"]'
    limit 'r["hugepageLimits"] = [{"pageSize": "2MB", "limit": 4194304}]'
    run user_oci create -b "$BUNDLE" c1
    expect_oci_error "linux.resources.hugepageLimits can't be kept"
    [[ $output == *"Delegate=yes"* ]]
    inside chown -R chtest "/sys/fs/cgroup${GROUP%/*}"
    user_oci create -b "$BUNDLE" c1 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- ||
        fail_with "$(cat "$BATS_TEST_TMPDIR/out")"
    [ "$(cat "$UNIFIED${GROUP%/*}"/ch-oci-c1.*/hugetlb.2MB.max)" = 4194304 ]
    user_oci start c1
    user_oci pause c1
    [[ $(user_oci state c1) == *paused* ]]
    user_oci delete --force c1
    [ "$(cd "$UNIFIED${GROUP%/*}" && echo */)" = session/ ]
    limit 'r.clear()'
    inside chown -R root "/sys/fs/cgroup${GROUP%/*}"
    program true
    user_oci run -b "$BUNDLE" c1
    eventually 20 inside rmdir "/sys/fs/cgroup${GROUP%/*}/session"
    inside rmdir "/sys/fs/cgroup${GROUP%/*}"
    nothing_left
}

# A busctl that does for this test what systemd would do.
stand_in()
{
    mkdir "$BATS_TEST_TMPDIR/bin"
    cat >"$BATS_TEST_TMPDIR/bin/busctl" <<'BUSCTL'
#!/bin/sh
echo "$*" >>"$CALLS"
[ -z "$REFUSES" ] || { echo "Call failed: $REFUSES" >&2; exit 1; }
case $* in
*StartTransientUnit*)
    pid=${*##* PIDs au 1 }
    dir=/sys/fs/cgroup/machine.slice/machine-x.slice/$7
    mkdir -p "$dir"
    echo "${pid%% *}" >"$dir/cgroup.procs"
    ;;
esac
BUSCTL
    chmod 755 "$BATS_TEST_TMPDIR/bin/busctl"
    inside sh -c 'mkdir -p /run/systemd && mount -t tmpfs none /run/systemd &&
        mkdir /run/systemd/system'
    export CALLS=$BATS_TEST_TMPDIR/calls PATH=$BATS_TEST_TMPDIR/bin:$PATH
    change "l['cgroupsPath'] = 'machine-x.slice:libpod:7'"
    GROUP=/machine.slice/machine-x.slice/libpod-7.scope
}

# Its output is in $OUT.
create_by_systemd()
{
    OUT=$BATS_TEST_TMPDIR/out
    oci --systemd-cgroup "$@" create -b "$BUNDLE" c1 >"$OUT" 2>&1 3>&- ||
        fail_with "$(cat "$OUT")"
}

no_systemd()
{
    inside umount /run/systemd
    inside rmdir /run/systemd 2>/dev/null || true
}

@test "systemd is asked for a scope, and told of new limits" {
    need_controller hugetlb
    stand_in
    limit 'r["hugepageLimits"] = [{"pageSize": "2MB", "limit": 4194304}]'
    create_by_systemd
    [ "$(value hugetlb.2MB.max)" = 4194304 ]
    grep -q "StartTransientUnit ssa(sv)a(sa(sv)) libpod-7.scope fail 6 .* Slice \
s machine-x.slice .*PIDs au 1 $(member pid) 0$" "$CALLS"
    expect_member systemd-scope libpod-7.scope
    run oci update --pids-limit 30 c1
    grep -q "SetUnitProperties sba(sv) libpod-7.scope true 1 TasksMax t 30$" \
        "$CALLS"
    oci delete --force c1
    [ ! -e "$UNIFIED$GROUP" ]
    no_systemd
}

@test "where systemd refuses or is not there, the group is our own" {
    stand_in
    REFUSES="no such slice" create_by_systemd
    grep -q "systemd refuses: Call failed: no such slice" "$OUT"
    [ "$(value cgroup.procs)" = "$(member pid)" ]
    oci delete --force c1
    no_systemd
    create_by_systemd --debug
    grep -q "systemd is not running" "$OUT"
    [ "$(value cgroup.procs)" = "$(member pid)" ]
    oci delete --force c1
    no_group_left
    change "l['cgroupsPath'] = '/no/such:form'"
    run oci --systemd-cgroup create -b "$BUNDLE" c1
    expect_oci_error "not of systemd's form SLICE:PREFIX:NAME: /no/such:form"
}
