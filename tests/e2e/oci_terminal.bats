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

@test "without a socket, the caller's terminal is the container's" {
    setup_terminal
    program sh -c 'tty; test -t 0 && echo terminal'
    run script -qec "$CH_BUILD/ch-oci --root $STATE run -b $BUNDLE c1" \
        /dev/null </dev/null
    [ "${lines[0]%$'\r'}" = /dev/console ] || fail_with "$output"
    [ "${lines[1]%$'\r'}" = terminal ]
}

@test "a terminal that nobody gives is an error" {
    setup_terminal
    run oci run -b "$BUNDLE" c1 </dev/null
    expect_oci_error "process.terminal: no --console-socket, and the standard"
    run oci create -b "$BUNDLE" --console-socket "$BATS_TEST_TMPDIR/none" c1
    expect_oci_error "--console-socket: can't connect to"
    nothing_left
}
