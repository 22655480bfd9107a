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
