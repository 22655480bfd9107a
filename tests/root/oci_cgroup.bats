# ch-oci as root: control groups, in whatever versions this host has.
# SPDX-License-Identifier: MIT

load ../oci

GROUPS_DIR=/sys/fs/cgroup

# dir_of CONTROLLER: of version 1; nothing if it has none.
dir_of()
{
    awk -v c="$1" '{
        n = split($NF, words, ",")
        for (i = 1; $(NF - 2) == "cgroup" && i <= n; i++)
            if (words[i] == c) { print $5; exit }
    }' /proc/self/mountinfo
}

need_version_1()
{
    [ -n "$(dir_of "$1")" ] || skip "$1 is not a controller of version 1 here"
}

unified()
{
    awk '$(NF - 2) == "cgroup2" { print $5; exit }' /proc/self/mountinfo
}

need_version_2()
{
    [ -n "$(unified)" ] || skip "no hierarchy of version 2 here"
}

# limit PYTHON: "r" is linux.resources.
limit()
{
    change 'l.setdefault("resources", {})' 'r = l["resources"]' "$@"
}

in_group()
{
    change "l['cgroupsPath'] = '$1'"
}

# value CONTROLLER FILE: in the group of c1.
value()
{
    cat "$(dir_of "$1")$GROUP/$2"
}

setup()
{
    make_bundle
    GROUP=/ch-test-$BATS_TEST_NUMBER-$$/c1
    in_group "$GROUP"
    program sleep 1000
}

no_group()
{
    local left
    # others' groups go while they are looked at
    left=$(find "$GROUPS_DIR" -maxdepth 4 -type d -path "*${GROUP%/*}*" \
        2>/dev/null) || true
    [ -z "$left" ] || fail_with "left: $left"
}

no_group_left()
{
    no_group
    nothing_left
}

start_one()
{
    create_one
    oci start c1
}

@test "limits are in the files of version 1" {
    need_version_1 memory
    limit 'r["memory"] = {"limit": 67108864, "reservation": 33554432}' \
        'r["cpu"] = {"shares": 512, "quota": 20000, "period": 50000,
            "cpus": "0", "mems": "0"}' 'r["pids"] = {"limit": 77}'
    start_one
    [ "$(value memory memory.limit_in_bytes)" = 67108864 ]
    [ "$(value memory memory.soft_limit_in_bytes)" = 33554432 ]
    [ "$(value cpu cpu.shares)" = 512 ]
    [ "$(value cpu cpu.cfs_quota_us)" = 20000 ]
    [ "$(value cpu cpu.cfs_period_us)" = 50000 ]
    [ "$(value cpuset cpuset.cpus)" = 0 ]
    [ "$(value pids pids.max)" = 77 ]
    [ "$(value pids cgroup.procs)" = "$(member pid)" ]
    oci delete --force c1
    no_group_left
}

@test "a set of CPUs begins as that of the group above" {
    need_version_1 cpuset
    start_one
    [ "$(value cpuset cpuset.cpus)" = "$(cat "$(dir_of cpuset)/cpuset.cpus")" ]
    oci delete --force c1
    no_group_left
}

@test "the limit of processes holds" {
    need_version_1 pids
    limit 'r["pids"] = {"limit": 5}'
    program sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 100 & done; wait'
    run oci_run
    [[ $output == *"Resource temporarily unavailable"* ||
        $output == *"fork"* ]] || fail_with "$output"
    no_group_left
}

@test "one that is not started is not paused" {
    program true
    create_one
    run oci pause c1
    expect_oci_error "cannot pause container c1: it is created"
    oci start c1
}

@test "pause stops all of its processes, and resume lets them go on" {
    change 'c["mounts"].append({
        "destination": "/mnt/1", "type": "bind", "options": ["bind"],
        "source": "'"$BATS_TEST_TMPDIR"'"})'
    program sh -c 'while :; do date +%N >/mnt/1/tick; done'
    start_one
    eventually 20 test -s "$BATS_TEST_TMPDIR/tick"
    oci pause c1
    expect_member status paused
    before=$(cat "$BATS_TEST_TMPDIR/tick")
    sleep 0.2
    [ "$(cat "$BATS_TEST_TMPDIR/tick")" = "$before" ]
    run oci pause c1
    expect_oci_error "it is paused"
    oci resume c1
    expect_member status running
    changed()
    {
        [ "$(cat "$BATS_TEST_TMPDIR/tick")" != "$before" ]
    }
    eventually 20 changed
    oci pause c1
    oci delete --force c1
    no_group_left
}

@test "kill --all reaches processes that have left their parents" {
    change 'drop("pid")'
    program sh -c '(setsid sleep 1001 &) ; setsid sleep 1002 & sleep 1003'
    start_one
    three()
    {
        [ "$(oci ps -f json c1 | tr , '\n' | wc -l)" = 3 ]
    }
    eventually 20 three
    oci kill --all c1 KILL
    eventually 20 is_status stopped
    ! pgrep -f 'sleep 100[123]' || fail_with "left"
    oci delete c1
    no_group_left
}

@test "delete ends what the first process has left behind" {
    change 'drop("pid")'
    program sh -c 'setsid sleep 1011 & exit 0'
    start_one
    eventually 20 is_status stopped
    oci delete c1
    ! pgrep -f 'sleep 1011' || fail_with "left"
    no_group_left
}

@test "devices that are not allowed are denied" {
    need_version_1 devices
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
}

@test "update changes limits of a running container, in either direction" {
    need_version_1 memory
    limit 'r["memory"] = {"limit": 67108864, "swap": 67108864}'
    start_one
    oci update --memory 134217728 --memory-swap 134217728 --pids-limit 55 c1
    [ "$(value memory memory.limit_in_bytes)" = 134217728 ]
    [ "$(value pids pids.max)" = 55 ]
    oci update --memory 33554432 --memory-swap 33554432 c1
    [ "$(value memory memory.limit_in_bytes)" = 33554432 ]
    echo '{"cpu": {"quota": 30000, "period": 60000}}' | oci update -r - c1
    [ "$(value cpu cpu.cfs_quota_us)" = 30000 ]
    oci update --cpu-quota -1 c1
    [ "$(value cpu cpu.cfs_quota_us)" = -1 ]
    oci delete --force c1
}

@test "a limit below what is used is refused where checkBeforeUpdate says so" {
    need_version_1 memory
    limit 'r["memory"] = {"limit": 67108864}'
    program sh -c 'head -c 4000000 /dev/zero >/dev/shm/used; echo; sleep 1000'
    start_one
    eventually 30 test -s "$BATS_TEST_TMPDIR/out"
    echo '{"memory": {"limit": 4096, "checkBeforeUpdate": true}}' \
        >"$BATS_TEST_TMPDIR/r"
    run oci update -r "$BATS_TEST_TMPDIR/r" c1
    expect_oci_error "linux.resources.memory.limit: cannot set the memory limit lower than its current usage"
    [ "$(value memory memory.limit_in_bytes)" = 67108864 ]
    is_status running
    oci delete --force c1
}

@test "a limit that the kernel refuses names itself, and leaves nothing" {
    limit 'r["cpu"] = {"cpus": "4000"}'
    run oci create -b "$BUNDLE" c1
    expect_oci_error "linux.resources.cpu.cpus"
    no_group_left
    limit 'r["cpu"] = {"shares": "many"}'
    run oci create -b "$BUNDLE" c1
    expect_oci_error "linux.resources.cpu.shares: expected a number"
    limit 'r.clear()' 'r["unified"] = {"NOT-A-KEY": "1"}'
    run oci create -b "$BUNDLE" c1
    expect_oci_error "has not the form CONTROLLER.VALUE \`NOT-A-KEY\`"
    no_group_left
}

@test "events --stats tells what it uses, in whole numbers" {
    limit 'r["pids"] = {"limit": 33}'
    start_one
    run oci events --stats c1
    expect_status 0
    [[ $output != *e+* ]]
    run python3 -c 'import json, sys
e = json.load(sys.stdin)
d = e["data"]
print(e["type"], e["id"], d["cpu"]["usage"]["total"] > 0, sorted(d))' \
        <<<"$output"
    expect_output "stats c1 True ['blkio', 'cpu', 'hugetlb', 'intel_rdt', \
'memory', 'pids']"
    oci delete --force c1
}

@test "the group's path may not lead out, or be all" {
    for path in / /. // /a/../../b ..; do
        in_group "$path"
        run oci create -b "$BUNDLE" c1
        expect_oci_error "linux.cgroupsPath: "
        nothing_left
    done
}

@test "a group with processes of others is refused, and left alone" {
    dir=$(dir_of pids)
    [ -n "$dir" ] || dir=$(unified)
    mkdir -p "$dir$GROUP"
    sleep 1021 3>&- &
    pid=$!
    echo $pid >"$dir$GROUP/cgroup.procs"
    run oci create -b "$BUNDLE" c1
    expect_oci_error "container's cgroup is not empty: process $pid is in "
    kill -0 $pid
    kill $pid
    wait $pid || true
    rmdir "$dir$GROUP"
    rmdir "$dir${GROUP%/*}"
}

@test "a group that is frozen is refused, and left alone" {
    need_version_1 freezer
    dir=$(dir_of freezer)$GROUP
    mkdir -p "$dir"
    echo FROZEN >"$dir/freezer.state"
    run oci create -b "$BUNDLE" c1
    expect_oci_error "frozen: $GROUP"
    nothing_left
    [ "$(cat "$dir/freezer.state")" = FROZEN ]
    rmdir "$dir" "${dir%/*}"
}

@test "a path is the same place each time, relative to the mount point or not" {
    dir=$(dir_of pids)
    [ -n "$dir" ] || dir=$(unified)
    for path in "$GROUP" "$GROUP" "${GROUP#/}"; do
        in_group "$path"
        create_one
        [ "$(cat "$dir$GROUP/cgroup.procs")" = "$(member pid)" ]
        oci delete c1
        no_group_left
    done
}

@test "groups above that were there stay, and those made for it go" {
    dir=$(dir_of pids)
    [ -n "$dir" ] || dir=$(unified)
    mkdir "$dir${GROUP%/*}"
    in_group "$GROUP/deep/er"
    create_one
    [ -d "$dir$GROUP/deep/er" ]
    oci delete c1
    [ -d "$dir${GROUP%/*}" ]
    [ ! -e "$dir$GROUP" ]
    rmdir "$dir${GROUP%/*}"
    no_group_left
}

@test "a group above several containers goes with the last, unless it was there" {
    dir=$(dir_of pids)
    [ -n "$dir" ] || dir=$(unified)
    create_one
    in_group "${GROUP%/*}/c2"
    oci create -b "$BUNDLE" c2 >/dev/null 2>&1 3>&-
    oci delete c1
    [ -d "$dir${GROUP%/*}/c2" ]
    oci delete c2
    no_group_left
    mkdir "$dir${GROUP%/*}"
    oci create -b "$BUNDLE" c2 >/dev/null 2>&1 3>&-
    oci delete c2
    rmdir "$dir${GROUP%/*}"
}

@test "kill -9 of create leaves nothing that delete --force does not remove" {
    for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
        "$CH_BUILD/ch-oci" --root "$STATE" create -b "$BUNDLE" c1 \
            >/dev/null 2>&1 3>&- &
        pid=$!
        sleep "0.00$round"
        kill -9 $pid 2>/dev/null || true
        wait $pid 2>/dev/null || true
        oci delete --force c1
        no_group
    done
}

@test "exec goes to the group of the container" {
    start_one
    oci exec -d c1 sleep 1031
    run oci ps -f json c1
    [ "$(python3 -c 'import json, sys; print(len(json.load(sys.stdin)))' \
        <<<"$output")" = 2 ]
    oci delete --force c1
    no_group_left
}

@test "without a manager there is no group, and with a bad one an error" {
    run oci --cgroup-manager=none state c1
    limit 'r["pids"] = {"limit": 33}'
    oci --cgroup-manager=disabled create -b "$BUNDLE" c1 >/dev/null 2>&1 3>&-
    [ -z "$(find "$GROUPS_DIR" -maxdepth 4 -type d -path "*$GROUP")" ]
    oci delete c1
    run oci --cgroup-manager=moon create -b "$BUNDLE" c1
    expect_oci_error "--cgroup-manager: moon is none of"
}

@test "the container sees its own groups at /sys/fs/cgroup, and no others" {
    need_version_1 pids
    limit 'r["pids"] = {"limit": 33}'
    program sh -c 'cat /sys/fs/cgroup/pids/pids.max
        mkdir /sys/fs/cgroup/pids/x 2>&1
        cat /proc/self/cgroup | grep pids | sed s/^[0-9]*://'
    run oci_run
    [ "${lines[0]}" = 33 ]
    [[ ${lines[1]} == *"Read-only file system"* ]]
    [ "${lines[2]}" = pids:/ ]
    change 'drop("cgroup")'
    run oci_run
    [ "${lines[0]}" = 33 ]
    [ "${lines[2]}" = "pids:$GROUP" ]
    no_group_left
}
