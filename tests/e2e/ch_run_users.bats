# Who the command is, and by what name.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

@test "the user and the group are the caller's, by name too" {
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- id -u
        expect_output "$(id -u)"
        run ch_run "$image" -- id -g
        expect_output "$(id -g)"
        run ch_run "$image" -- whoami
        expect_output "$(id -un)"
        run ch_run "$image" -- id -gn
        expect_output "$(id -gn)"
    done
}

@test "-u and -g choose the ids within" {
    for image in "${IMAGES[@]}"; do
        run ch_run -u 0 -g 0 "$image" -- id
        [[ $output == "uid=0(root) gid=0(root)"* ]]
        run ch_run --uid=1234 --gid=5678 "$image" -- \
            sh -c 'id -u; id -g; stat -c "%u %g" /data/big'
        [ "${lines[0]}" = 1234 ]
        [ "${lines[1]}" = 5678 ]
        [ "${lines[2]}" = "1234 5678" ]
    done
}

@test "root within is root by name" {
    for image in "${IMAGES[@]}"; do
        run ch_run -u 0 -g 0 "$image" -- sh -c 'whoami; id -gn'
        expect_output $'root\nroot'
    done
}

@test "a chosen id has an entry in the users files" {
    for image in "${IMAGES[@]}"; do
        run ch_run -u 1234 -g 5678 "$image" -- \
            sh -c 'whoami >/dev/null && id -gn >/dev/null && echo known'
        expect_output known
    done
}

@test "-u and -g refuse what is no id" {
    for image in "${IMAGES[@]}"; do
        for id in -1 x "" 4294967296; do
            run ch_run --uid="$id" "$image" -- true
            expect_error 31 "uid"
            run ch_run --gid="$id" "$image" -- true
            expect_error 31 "gid"
        done
    done
}

@test "--no-passwd keeps the image's users files" {
    for image in "${IMAGES[@]}"; do
        run ch_run --no-passwd "$image" -- cat /etc/passwd /etc/group
        expect_output $'root:x:0:0:root:/root:/bin/sh\nroot:x:0:'
    done
}

@test "the users files know root, the user and nobody" {
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- cut -d: -f3 /etc/passwd
        [[ $'\n'$output$'\n' == *$'\n0\n'* ]]
        [[ $'\n'$output$'\n' == *$'\n65534\n'* ]]
        [[ $'\n'$output$'\n' == *$'\n'"$(id -u)"$'\n'* ]]
    done
}

@test "an image without users files works" {
    cp -a "$ROOT" "$BATS_TEST_TMPDIR/own"
    rm "$BATS_TEST_TMPDIR/own/etc/passwd" "$BATS_TEST_TMPDIR/own/etc/group"
    run ch_run "$BATS_TEST_TMPDIR/own" -- id -u
    expect_output "$(id -u)"
}

@test "a user who has no name gets along" {
    for image in "${IMAGES[@]}"; do
        run env -u USER -u HOME -u LOGNAME "$CH_BUILD/ch-run" "$image" -- id -u
        expect_output "$(id -u)"
    done
}

@test "the command has no capabilities" {
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- grep -E "^Cap(Inh|Prm|Eff|Amb)" /proc/self/status
        expect_output "$(printf 'Cap%s:\t0000000000000000\n' Inh Prm Eff Amb)"
    done
}

# with_getent SCRIPT ARGUMENT...: ch-run on a host with this getent(1).
with_getent()
{
    mkdir -p "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\n%s\n' "$1" >"$BATS_TEST_TMPDIR/bin/getent"
    chmod +x "$BATS_TEST_TMPDIR/bin/getent"
    shift
    PATH=$BATS_TEST_TMPDIR/bin:$PATH ch_run "$@"
}

@test "names that only the host's directory service knows are asked for" {
    script='case "$*" in
"passwd 1234") echo "ldap-alice:*:1234:9:Alice of LDAP:/home/a:/bin/zsh" ;;
"group 5678") echo "ldap-group:*:5678:alice,bob" ;;
esac'
    for image in "${IMAGES[@]}"; do
        run with_getent "$script" -u 1234 -g 5678 "$image" -- \
            sh -c 'id -un; id -gn; grep alice /etc/passwd'
        expect_output $'ldap-alice\nldap-group\nldap-alice:x:1234:5678:Alice of LDAP:/:/bin/sh'
    done
}

@test "nobody asks for names that the host's files know" {
    for options in "" "-u0 -g0" "--no-passwd -u 1234 -g 5678"; do
        # shellcheck disable=SC2086 # several options or none
        run with_getent "touch $BATS_TEST_TMPDIR/asked" $options "$ROOT" -- true
        expect_status 0
        expect_output ""
    done
    [ ! -e "$BATS_TEST_TMPDIR/asked" ]
}

@test "a getent that hangs, fails or talks nonsense costs the name only" {
    long=1000.$BASHPID # a time that nobody else sleeps for
    for script in "exec sleep $long" "sleep $long & sleep $long" "exit 1" \
        "kill -9 \$\$" "exec cat /dev/zero" "echo ../up:x:1234:5678:::" \
        "echo 'a b:x:'; echo :::; echo 1234:1234" "exec yes"; do
        run with_getent "$script" -u 1234 -g 5678 "$ROOT" -- \
            sh -c 'id -un; id -gn'
        expect_output $'charlie\ncharliegroup'
        run pgrep -u "$(id -u)" -f "sleep $long"
        expect_output ""
    done
}

@test "getent gets no input, no libraries of the job's, no descriptors" {
    script="exec >$BATS_TEST_TMPDIR/got
        cat; env | grep ^LD_; ls /proc/\$\$/fd"
    LD_PRELOAD='' LD_LIBRARY_PATH=/no/such run with_getent "$script" -u 1234 \
        "$ROOT" -- true <<<"for the command" 7</dev/null
    expect_status 0
    # the standard streams, and what the shell has its script in
    run tr '\n' ' ' <"$BATS_TEST_TMPDIR/got"
    expect_output "0 1 10 2 "
}

@test "\$USER names the caller only, not another id" {
    for image in "${IMAGES[@]}"; do
        run env USER=alice "$CH_BUILD/ch-run" -u 1234 "$image" -- whoami
        expect_output charlie
    done
}

@test "--home finds the same place with and without users files and \$USER" {
    mkdir -p "$BATS_TEST_TMPDIR/home"
    touch "$BATS_TEST_TMPDIR/home/mark"
    for image in "${IMAGES[@]}"; do
        for options in "" "--no-passwd" "-u0 -g0" "-u 1234"; do
            # shellcheck disable=SC2016,SC2086
            run env -u USER HOME="$BATS_TEST_TMPDIR/home" "$CH_BUILD/ch-run" \
                --home $options "$image" -- sh -c 'cd && ls && echo $HOME'
            expect_output "mark"$'\n'"/home/$(id -un)"
        done
    done
}
