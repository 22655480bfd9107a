# What a container must not allow: whatever the same user is refused outside.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

# refused OPTION... ATTACK ARGUMENT, in both kinds of image.
refused()
{
    for image in "${IMAGES[@]}"; do
        for ids in "" "-u0 -g0"; do
            # shellcheck disable=SC2086 # two options or none
            run ch_run $ids "$image" -- probe attack "$@"
            expect_status 0
            [[ $output == "$1: refused, "* ]] || fail_with "$output"
        done
    done
}

@test "chroot is no way out of the image" {
    mark=$(mktemp /var/tmp/ch-test-mark.XXXXXX)
    refused escape "$mark"
    rm -rf "$mark" /tmp/ch-jail
}

@test "the host's files are not behind /proc/1/root, .. or /proc/self/cwd" {
    mark=$(mktemp /var/tmp/ch-test-mark.XXXXXX)
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- sh -c "ls /../../..$mark /proc/self/root$mark \
            /proc/self/cwd/..$mark"
        [ "$status" -ne 0 ]
        [[ ${lines[*]} != *$'\n'"$mark"* ]]
        [ "${#lines[@]}" -eq 3 ]
    done
    rm "$mark"
}

@test "one mount is left at the root, however it was put together" {
    for image in "${IMAGES[@]}"; do
        for options in "" "-W" "-t" "--no-passwd" "-b /etc:/no/such" \
            "-W -b /etc:/no/such" "-b /etc:/mnt/0/new"; do
            # shellcheck disable=SC2016,SC2086 # awk's; several options or none
            run ch_run $options "$image" -- \
                awk '$5 == "/"' /proc/self/mountinfo
            expect_status 0
            [ "${#lines[@]}" -eq 1 ] || fail_with "$options: $output"
        done
    done
}

@test "root within does not reach the host by the image's server" {
    mark=$(mktemp /var/tmp/ch-test-mark.XXXXXX)
    for ids in "" "-u0 -g0"; do
        # shellcheck disable=SC2086 # two options or none
        run ch_run $ids "$SQUASH" -- sh -c "ls /proc/[0-9]*/root$mark"
        [ "$status" -ne 0 ]
        [[ $output != *"/root$mark"$'\n'* && $output != "/proc/"* ]]
    done
    rm "$mark"
}

@test "a link of the host past its root does not lead into the image" {
    mkdir -p "$BATS_TEST_TMPDIR/own/secret"
    cp -a "$ROOT/." "$BATS_TEST_TMPDIR/own"
    ln -s ../../../../../../../../../../secret "$BATS_TEST_TMPDIR/link"
    run ch_run -b "$BATS_TEST_TMPDIR/link:/mnt/0" "$BATS_TEST_TMPDIR/own" -- true
    expect_error 31 "source not found"
}

@test "a device cannot be made" {
    refused mknod /tmp/ch-test-device
    refused mknod /dev/ch-test-device
}

@test "groups cannot be changed" {
    refused setgroups
}

@test "another user cannot be become" {
    refused seteuid
}

@test "a low port cannot be bound" {
    if "$ROOT/bin/probe" attack bind >/dev/null; then
        # Fails so when net.ipv4.ip_unprivileged_port_start lets everyone.
        skip "this host gives low ports to all"
    fi
    refused bind
}

@test "the host cannot be renamed" {
    refused hostname
}

@test "processes of others get no signal" {
    refused kill
}

@test "what the host has mounted read-only stays so" {
    # shellcheck disable=SC2016
    path=$(findmnt -rno TARGET,OPTIONS | awk '$2 ~ /^ro/ { print $1; exit }')
    [ -n "$path" ] || skip "nothing is mounted read-only here"
    for image in "${IMAGES[@]}"; do
        run ch_run -u0 -g0 -b "$path:/mnt/0" "$image" -- \
            probe attack remount /mnt/0
        [[ $output == "remount: refused, "* ]] || fail_with "$output"
    done
}

@test "a setuid program within gives nothing" {
    own=$BATS_TEST_TMPDIR/own
    cp -a "$ROOT" "$own"
    rm "$own/bin/id"
    cp "$own/bin/busybox" "$own/bin/id"
    chmod 4755 "$own/bin/id"
    mksquashfs "$own" "$own.sqfs" -all-root -no-progress -quiet >/dev/null
    for image in "$own" "$own.sqfs"; do
        run ch_run "$image" -- id -u
        expect_output "$(id -u)"
        run ch_run "$image" -- grep NoNewPrivs /proc/self/status
        expect_output $'NoNewPrivs:\t1'
    done
}

@test "device files in an image do not work" {
    own=$BATS_TEST_TMPDIR/own
    cp -a "$ROOT" "$own"
    mksquashfs "$own" "$own.sqfs" -no-progress -quiet \
        -p "/opt/zero c 666 0 0 1 5" >/dev/null
    run ch_run "$own.sqfs" -- stat -c "%F %t %T" /opt/zero
    expect_output "character special file 1 5"
    run ch_run "$own.sqfs" -- head -c 1 /opt/zero
    expect_status 1
    [[ $output == *"Permission denied"* ]]
}
