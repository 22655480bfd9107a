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
    for id in -1 x "" 4294967296; do
        run ch_run --uid="$id" "$SQUASH" -- true
        expect_error 31 "uid"
        run ch_run --gid="$id" "$SQUASH" -- true
        expect_error 31 "gid"
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
