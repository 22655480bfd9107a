# Terminals of ch-oci.
# SPDX-License-Identifier: MIT

load ../oci

setup_terminal()
{
    change 'p["terminal"] = True' 'p["consoleSize"] = {"height": 33, "width": 77}'
}

# on_console COMMAND...: run it with --console-socket=$SOCKET prepared; what the
# container writes to its terminal is the output.
on_console()
{
    python3 "$CH_TESTS/e2e/console.py" "$SOCKET" "$@"
}

@test "create sends the terminal's other side to the console socket" {
    setup_terminal
    SOCKET=$BATS_TEST_TMPDIR/socket
    program sh -c 'tty; stty size; [ -c /dev/console ] && echo console
        cat </dev/tty'
    run on_console "$CH_BUILD/ch-oci" --root "$STATE" run -d -b "$BUNDLE" \
        --console-socket "$SOCKET" c1
    [ "${lines[0]}" = "got /dev/ptmx" ]
    [ "${lines[1]}" = /dev/pts/0 ]
    [ "${lines[2]}" = "33 77" ]
    [ "${lines[3]}" = console ]
    [ "${lines[4]}" = "typed" ]
}

@test "exec has a terminal of its own" {
    program sleep 1000
    create_one
    oci start c1
    SOCKET=$BATS_TEST_TMPDIR/socket
    run on_console "$CH_BUILD/ch-oci" --root "$STATE" exec -t -d \
        --console-socket "$SOCKET" c1 sh -c 'tty; cat </dev/tty'
    [ "${lines[1]}" = /dev/pts/0 ]
    [ "${lines[2]}" = "typed" ]
}

on_terminal()
{
    timeout 60 script -qec "$CH_BUILD/ch-oci --root $STATE $*" /dev/null
}

# shellcheck disable=SC2016 # for the container's shell
@test "run and exec make a terminal, and carry what goes through it" {
    setup_terminal
    program sh -c 'tty; readlink /proc/self/fd/2; stty size; read x
        echo "<$x>"; exit 7'
    run on_terminal run -b "$BUNDLE" c1 <<<"typed"
    expect_status 7
    [[ $output == *"/dev/pts/0"*"/dev/pts/0"*"33 77"*"<typed>"* ]] ||
        fail_with "$output"
    change 'p["terminal"] = False'
    program sleep 1000
    create_one
    oci start c1
    run on_terminal exec -t c1 sh -c "'tty; read x; echo \"<\$x>\"; exit 8'" \
        <<<"typed"
    expect_status 8
    [[ $output == *"/dev/pts/0"*"<typed>"* ]] || fail_with "$output"
}

@test "the caller's streams need be no terminal" {
    setup_terminal
    program sh -c 'test -t 0 && test -t 2 && cat'
    run oci_run <<<"typed"
    expect_status 0
    [[ $output == $'typed\ntyped' ]] || fail_with "$output"
    run oci_run </dev/null
    expect_status 0
    program sh -c 'yes line | head -n 20000'
    run oci_run </dev/null
    [ "${#lines[@]}" -eq 20000 ]
    nothing_left
}

@test "what a hook has printed on the terminal is seen when it fails" {
    setup_terminal
    hook startContainer 'echo said; exit 3'
    run oci_run </dev/null
    [ "${lines[0]}" = said ] || fail_with "$output"
    [[ ${lines[1]} == *"error running startContainer hook #0"* ]]
    nothing_left
}

@test "a signal to run ends the program, and its terminal with it" {
    setup_terminal
    program sh -c 'trap "echo trapped; exit 9" TERM; echo ready; sleep 1000 &
        wait'
    "$CH_BUILD/ch-oci" --root "$STATE" run -b "$BUNDLE" c1 </dev/null \
        >"$BATS_TEST_TMPDIR/said" 3>&- &
    eventually 20 grep -q ready "$BATS_TEST_TMPDIR/said"
    kill $!
    status=0
    wait $! || status=$?
    expect_status 9
    grep -q trapped "$BATS_TEST_TMPDIR/said"
}

@test "who leaves a container says where its terminal goes" {
    setup_terminal
    run oci create -b "$BUNDLE" c1 </dev/null
    expect_oci_error "process.terminal: no --console-socket, and the standard"
    run oci create -b "$BUNDLE" --console-socket "$BATS_TEST_TMPDIR/none" c1
    expect_oci_error "--console-socket: can't connect to"
    nothing_left
}
