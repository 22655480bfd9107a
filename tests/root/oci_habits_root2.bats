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
