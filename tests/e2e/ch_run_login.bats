# What containers are for beyond a command: services, and logins.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # sh scripts; subshells; bats

load ../helper

setup_file()
{
    make_fixtures
}

@test "a shell with two daemons and a main program is a container" {
    for image in "${IMAGES[@]}"; do
        run timeout 60 python3 "$CH_TESTS/after.py" "$CH_BUILD/ch-run" -t \
            "$image" -- sh -c '
            mkfifo /tmp/asked /tmp/told
            while read -r x; do echo "one $x"; done </tmp/asked >/tmp/told &
            sh -c "trap \"echo two ends; exit\" TERM; echo >/tmp/ready
                while :; do sleep 0.1; done" &
            two=$!
            exec 3>/tmp/asked 4</tmp/told
            echo question >&3
            read -r answer <&4
            echo "$answer"
            until [ -e /tmp/ready ]; do sleep 0.1; done
            kill $two
            exec 3>&-
            wait'
        expect_output $'one question\ntwo ends\nexited 0, nothing left'
    done
}

# The script of the manual page, with ch-run in its PATH.
login()
{
    sed -n '/^#!\/bin\/sh/,/^\.Ed/p' "$CH_TESTS/../doc/ch-run.1" |
        sed '/^\.Ed/d; s/\\-/-/g' >"$BATS_TEST_TMPDIR/ch-login"
    chmod 755 "$BATS_TEST_TMPDIR/ch-login"
    mkdir -p "$BATS_TEST_TMPDIR/home"
    HOME=$BATS_TEST_TMPDIR/home PATH=$CH_BUILD:$PATH "$@"
}

@test "the login shell of the manual page runs commands, as ssh has them run" {
    login true
    cd "$BATS_TEST_TMPDIR/home"
    run login "$BATS_TEST_TMPDIR/ch-login" -c \
        'pwd; echo kept >kept; echo x >/usr/ch-test-gone && cat /usr/ch-test-gone
        echo "$CH_RUNNING"; exit 7'
    expect_status 7
    expect_output "$BATS_TEST_TMPDIR/home"$'\nx\nWeird Al Yankovic'
    [ "$(cat kept)" = kept ]
    [ ! -e /usr/ch-test-gone ]
}

@test "the login shell of the manual page is one at a terminal" {
    login true
    export -f login
    run timeout 60 script -qec "bash -c 'login $BATS_TEST_TMPDIR/ch-login'" \
        /dev/null <<<$'tty >/dev/null && echo on a $((40 + 2)) terminal\nexit 5\n'
    expect_status 5
    [[ $output == *"on a 42 terminal"* ]] || fail_with "$output"
}

@test "the login shell of the manual page works where no container can be made" {
    login true
    mkdir -p "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\nexit 31\n' >"$BATS_TEST_TMPDIR/bin/ch-run"
    chmod 755 "$BATS_TEST_TMPDIR/bin/ch-run"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run "$BATS_TEST_TMPDIR/ch-login" -c \
        'echo plain "$CH_RUNNING"'
    expect_output "plain "
}
