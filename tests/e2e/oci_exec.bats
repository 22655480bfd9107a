# ch-oci exec and ps: further processes in a container.
# SPDX-License-Identifier: MIT

load ../oci

start_one()
{
    program sleep 1000
    create_one
    oci start c1
}

@test "exec runs in all namespaces of the container" {
    change 'c["hostname"] = "inside"'
    start_one
    for kind in user mnt pid uts ipc; do
        [ "$(oci exec c1 readlink /proc/self/ns/$kind)" = \
            "$(oci exec c1 readlink /proc/1/ns/$kind)" ]
        [ "$(oci exec c1 readlink /proc/self/ns/$kind)" != \
            "$(readlink /proc/self/ns/$kind)" ]
    done
    [ "$(oci exec c1 hostname)" = inside ]
    [ "$(oci exec c1 id -u)" = 0 ]
}

@test "exec gives the exit status, and dies by the signal, of its process" {
    start_one
    run oci exec c1 sh -c 'exit 6'
    expect_status 6
    run oci exec c1 sh -c 'kill -9 $$'
    expect_status 137
    run oci exec c1 cat < <(echo through)
    expect_output through
    expect_member status running
}

@test "exec takes what is not said from the container" {
    change 'p["env"].append("A=1")' 'p["cwd"] = "/data"'
    start_one
    # shellcheck disable=SC2016 # for the container's shell
    run oci exec -e B=2 --env C=3 c1 sh -c 'echo $A$B$C $(pwd) $0 "$@"' x -d y
    expect_output "123 /data x -d y"
    run oci exec --cwd /mnt c1 pwd
    expect_output /mnt
    run oci exec c1 grep -i noNewPrivs /proc/self/status
    [[ $output =~ 1$ ]]
}

@test "exec makes no working directory in the container" {
    start_one
    run oci exec --cwd /not/there c1 pwd
    expect_exec_error "change to process.cwd /not/there: No such file"
    run oci exec c1 ls -d /not
    expect_status 1
}

@test "exec --process says all of it" {
    start_one
    # shellcheck disable=SC2016 # for the container's shell
    echo '{"args": ["sh", "-c", "echo $X $(pwd)"], "cwd": "/mnt",
        "env": ["PATH=/bin", "X=y"], "user": {"uid": 0, "gid": 0}}' \
        >"$BATS_TEST_TMPDIR/process"
    run oci exec --process "$BATS_TEST_TMPDIR/process" c1
    expect_output "y /mnt"
    echo '{"args": ["sh", 1], "cwd": "/"}' >"$BATS_TEST_TMPDIR/process"
    run oci exec -p "$BATS_TEST_TMPDIR/process" c1
    expect_exec_error "process: args[1]: expected a string"
}

@test "exec --detach leaves the process running, and tells its id" {
    start_one
    oci exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" c1 sleep 999 3>&-
    pid=$(cat "$BATS_TEST_TMPDIR/pid")
    run tr '\0' ' ' <"/proc/$pid/cmdline"
    expect_output "sleep 999 "
    run oci ps -f json c1
    expect_output "[$(member pid),$pid]"
    oci kill --all c1 KILL
    eventually 20 is_status stopped
    eventually 20 is_gone "$pid"
}

@test "exec tells what is wrong" {
    run oci exec nobody true
    expect_exec_error "container nobody does not exist"
    start_one
    run oci exec c1 nosuch
    # shellcheck disable=SC2016 # for the container's shell
    expect_exec_error 'executable file `nosuch` not found in $PATH'
    run oci exec c1
    expect_exec_error "too few arguments"
    run oci exec -u nobody c1 true
    expect_exec_error "--user: not UID or UID:GID in numbers: nobody"
    run oci exec --cwd relative c1 true
    expect_exec_error "process.cwd: not an absolute path: relative"
    oci kill c1 KILL
    eventually 20 is_status stopped
    run oci exec c1 true
    expect_exec_error "cannot exec in container c1: it is stopped, not running"
    run oci ps -f json c1
    expect_output "[]"
}

@test "exec runs in a container that was not started, too" {
    create_one
    run oci exec c1 echo early
    expect_status 0
    expect_output early
    expect_member status created
}

@test "without control groups, what needs one is refused" {
    start_one
    run oci pause c1
    expect_status 1
    run oci resume c1
    expect_oci_error "cannot resume container c1: it is running"
}
