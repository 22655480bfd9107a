# What callers of runc and crun count on, as root.
# SPDX-License-Identifier: MIT

load ../oci

start_one()
{
    create_one
    oci start c1
}

@test "exec in a paused container is refused, or waits with --ignore-paused" {
    open_scratch
    program sleep 1000
    start_one
    oci pause c1
    run oci exec c1 echo out
    expect_exec_error "cannot exec in a paused container: c1"
    oci exec --ignore-paused c1 echo out >"$BATS_TEST_TMPDIR/said" 3>&- &
    sleep 0.3
    [ ! -s "$BATS_TEST_TMPDIR/said" ]
    oci resume c1
    wait $!
    grep -qx out "$BATS_TEST_TMPDIR/said"
}

@test "kill KILL ends what a first process without a PID namespace has left" {
    open_scratch
    change 'drop("pid")'
    program sh -c 'setsid sleep 1021 & exit 0'
    start_one
    eventually 20 is_status stopped
    pgrep -f 'sleep 1021' >/dev/null
    run oci kill c1 TERM
    expect_oci_error "container not running: c1"
    oci kill c1 KILL
    gone()
    {
        ! pgrep -f 'sleep 1021' >/dev/null
    }
    eventually 20 gone
}

@test "exec --cgroup may say in which hierarchies of version 1" {
    local own dir=/sys/fs/cgroup/pids
    grep -q " $dir cgroup " /proc/mounts || skip "no version 1 here"
    open_scratch
    program sleep 1000
    start_one
    own=$(sed -n 's/.*:pids://p' "/proc/$(member pid)/cgroup")
    mkdir "$dir$own/below"
    run oci exec --cgroup pids:below c1 true
    expect_status 0
    change 'drop("cgroup")'
    oci exec -d --pid-file "$BATS_TEST_TMPDIR/pid" --cgroup pids:below c1 \
        sleep 1000 3>&-
    grep -q ":pids:$own/below$" "/proc/$(cat "$BATS_TEST_TMPDIR/pid")/cgroup"
    grep -q ":memory:$own$" "/proc/$(cat "$BATS_TEST_TMPDIR/pid")/cgroup"
    run oci exec --cgroup memory:below c1 true
    expect_exec_error "adding pid "
    run oci exec --cgroup nothing:below c1 true
    expect_exec_error "--cgroup: unknown controller nothing: nothing:below"
    run oci exec --cgroup pids:../.. c1 true
    expect_exec_error "bad sub cgroup path"
    oci delete --force c1
    [ ! -e "$dir$own" ]
}

@test "a limit of no processes is one since version 1.3, and by update" {
    local dir=/sys/fs/cgroup/pids
    [ -d "$dir" ] || dir=/sys/fs/cgroup
    open_scratch
    program sleep 1000
    change 'c["ociVersion"] = "1.3.0"' \
        'l.setdefault("resources", {})["pids"] = {"limit": 0}'
    start_one
    own=$(sed -n 's/.*:\(pids\)*:\(.*\)/\2/p' "/proc/$(member pid)/cgroup" |
        head -n 1)
    [ "$(cat "$dir$own/pids.max")" = 1 ]
    oci update --pids-limit 10 c1
    [ "$(cat "$dir$own/pids.max")" = 10 ]
    oci update --pids-limit 0 c1
    [ "$(cat "$dir$own/pids.max")" = 1 ]
    oci delete --force c1
    change 'c["ociVersion"] = "1.2.1"'
    start_one
    [ "$(cat "$dir$own/pids.max")" = max ]
}

@test "a limit of memory and swap stands alone on version 1" {
    local own dir=/sys/fs/cgroup/memory
    [ -e "$dir/memory.memsw.limit_in_bytes" ] || skip "no such limit here"
    open_scratch
    program sleep 1000
    start_one
    own=$(sed -n 's/.*:memory://p' "/proc/$(member pid)/cgroup")
    oci update --memory 100M c1
    oci update --memory-swap 200M c1
    [ "$(cat "$dir$own/memory.memsw.limit_in_bytes")" = 209715200 ]
    oci update --memory -1 c1
    cmp "$dir$own/memory.memsw.limit_in_bytes" \
        "$dir/memory.memsw.limit_in_bytes"
}

@test "a device's path may end in a slash" {
    change 'l["devices"] = [{"path": "/dev/some/", "type": "c", "major": 1,
        "minor": 3}]'
    program stat -c %t:%T /dev/some
    run oci_run
    expect_output 1:3
}

@test "a device of a user namespace that root makes is as configured" {
    open_scratch
    chmod 755 "$CH_DATA" "$FIXTURES" "$BUNDLE"
    change 'l["namespaces"].append({"type": "user"})' \
        'l["uidMappings"] = [{"containerID": 0, "hostID": 100000,
            "size": 65536}]' 'l["gidMappings"] = l["uidMappings"]' \
        'l["devices"] = [{"path": "/dev/some", "type": "c", "major": 1,
            "minor": 5, "uid": 10, "gid": 11, "fileMode": 0o157},
            {"path": "/dev/other", "type": "c", "major": 1, "minor": 5}]'
    program sh -c 'stat -c "%u:%g %a %t:%T" /dev/some /dev/other
        head -c 1 /dev/other | wc -c; grep " /dev/other " /proc/mounts'
    run oci_run
    [ "${lines[0]}" = "10:11 157 1:5" ] || fail_with "$output"
    [ "${lines[1]}" = "0:0 666 1:5" ]
    [ "${lines[2]}" = 1 ]
    [[ ${lines[3]} == *nosuid,noexec* ]]
    nothing_left
}
