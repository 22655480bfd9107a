# Servers, daemons and terminals: what lives how long, and what ends it.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

@test "a command leaves no process, mount or file behind" {
    for image in "${IMAGES[@]}"; do
        run leaves_nothing "$CH_BUILD/ch-run" "$image" -- true
        expect_output "exited 0, nothing left"
        run leaves_nothing "$CH_BUILD/ch-run" "$image" -- no-such-command
        [ "${lines[-1]}" = "exited 49, nothing left" ]
    done
}

@test "a daemon that is left behind goes on reading the image" {
    for image in "${IMAGES[@]}"; do
        run python3 "$CH_TESTS/kill/daemon.py" "$CH_BUILD/ch-run" "$image" \
            "$(md5sum <"$ROOT/data/big")"
        expect_output "read after the command, then all ended"
    done
}

@test "the caller does not wait for a daemon that closed its streams" {
    for image in "${IMAGES[@]}"; do
        start=$SECONDS
        run ch_run "$image" -- sh -c \
            'sleep 30 </dev/null >/dev/null 2>&1 3>&- & echo $!'
        [ $((SECONDS - start)) -lt 20 ]
        kill "$output"
    done
}

@test "the server does not hold the caller's pipes open" {
    run python3 "$CH_TESTS/kill/pipes.py" "$CH_BUILD/ch-run" "$SQUASH"
    expect_output "end of file while the daemon lives"
}

@test "the server ignores the signals that a job gets" {
    run python3 "$CH_TESTS/kill/rounds.py" signals "$CH_BUILD/ch-run" "$SQUASH"
    expect_status 0
}

@test "nothing is left after kill -9 of the command, the server or both" {
    run python3 "$CH_TESTS/kill/rounds.py" kill "$CH_BUILD/ch-run" "$SQUASH"
    expect_status 0
}

@test "nothing is left after kill -9 of a job with its server at once" {
    run python3 "$CH_TESTS/kill/rounds.py" all "$CH_BUILD/ch-run" "$SQUASH"
    expect_status 0
}

@test "readers get an error when the server is killed" {
    run python3 "$CH_TESTS/kill/rounds.py" readers "$CH_BUILD/ch-run" "$SQUASH"
    expect_status 0
}

@test "Ctrl-C in an interactive shell gets to the command" {
    for image in "${IMAGES[@]}"; do
        run python3 "$CH_TESTS/e2e/terminal.py" interrupt \
            "$CH_BUILD/ch-run" "$image"
        expect_status 0
    done
}

@test "Ctrl-Z stops the command, fg continues it" {
    for image in "${IMAGES[@]}"; do
        run python3 "$CH_TESTS/e2e/terminal.py" stop "$CH_BUILD/ch-run" "$image"
        expect_status 0
    done
}

@test "an interactive shell within has the terminal and job control" {
    for image in "${IMAGES[@]}"; do
        run python3 "$CH_TESTS/e2e/terminal.py" shell "$CH_BUILD/ch-run" "$image"
        expect_status 0
    done
}

@test "closing the terminal ends the command and leaves nothing" {
    for image in "${IMAGES[@]}"; do
        run python3 "$CH_TESTS/e2e/terminal.py" hangup \
            "$CH_BUILD/ch-run" "$image"
        expect_status 0
    done
}
