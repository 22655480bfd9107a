# ch-mount and ch-umount by root: mounts that everyone sees.
# SPDX-License-Identifier: MIT

load ../mount

@test "the mount is usable as soon as ch-mount returns, and for all" {
    for _ in $(seq 10); do
        run ch_mount "$SQUASH" "$POINT"
        expect_status 0
        expect_output ""
        [ "$(cat "$POINT/data/small/1")" = "file 1" ]
        [ "$(as_user cat "$POINT/data/small/2")" = "file 2" ]
        run ch_umount "$POINT"
        expect_status 0
        [ -z "$(ls -A "$POINT")" ]
    done
}

@test "owners are the image's" {
    mksquashfs "$ROOT/data/small" "$BATS_TEST_TMPDIR/own.sqfs" \
        -force-uid 31337 -force-gid 4242 -no-progress -quiet >/dev/null
    ch_mount "$BATS_TEST_TMPDIR/own.sqfs" "$POINT"
    [ "$(stat -c %u:%g "$POINT/7")" = 31337:4242 ]
    ch_umount "$POINT"
}

@test "permissions hold for other users" {
    mkdir "$BATS_TEST_TMPDIR/tree"
    echo secret >"$BATS_TEST_TMPDIR/tree/secret"
    chmod 600 "$BATS_TEST_TMPDIR/tree/secret"
    mksquashfs "$BATS_TEST_TMPDIR/tree" "$BATS_TEST_TMPDIR/tree.sqfs" \
        -no-progress -quiet >/dev/null
    ch_mount "$BATS_TEST_TMPDIR/tree.sqfs" "$POINT"
    [ "$(cat "$POINT/secret")" = secret ]
    run as_user cat "$POINT/secret"
    expect_status 1
    ch_umount "$POINT"
}

@test "an error of the image is ch-mount's, and nothing is mounted" {
    head -c 100000 "$SQUASH" >"$BATS_TEST_TMPDIR/short"
    run leaves_nothing "$CH_BUILD/ch-mount" "$BATS_TEST_TMPDIR/short" "$POINT"
    [ "${lines[-1]}" = "exited 1, nothing left" ]
    [ "${#lines[@]}" -eq 2 ]
}

@test "umount of a busy mount says who keeps it busy" {
    ch_mount "$SQUASH" "$POINT"
    (cd "$POINT" && exec sleep 1000) 3>&- &
    pid=$!
    is_there() { [ "$(readlink /proc/$pid/cwd)" = "$POINT" ]; }
    eventually 10 is_there
    run ch_umount "$POINT"
    expect_status 1
    [[ $output == *"$pid"* && $output == *sleep* ]] || fail_with "$output"
    run ch_umount --lazy "$POINT"
    expect_status 0
    [ -z "$(ls -A "$POINT")" ]
    kill "$pid"
}

@test "--list names the mounts" {
    mkdir "$POINT.2"
    ch_mount "$SQUASH" "$POINT"
    ch_mount "$FIXTURES/images/zstd.sqfs" "$POINT.2"
    run ch_mount --list
    [[ $output == *"$SQUASH"* && $output == *"$POINT"* ]]
    [[ $output == *zstd.sqfs* && $output == *"$POINT.2"* ]]
    ch_umount "$POINT" "$POINT.2"
    run ch_mount --list
    [[ $output != *"$POINT"* ]]
}

@test "umount --all ends all mounts" {
    mkdir "$POINT.2"
    # In a mount namespace of its own: the machine may have other mounts.
    # shellcheck disable=SC2016 # for the inner shell
    run unshare --mount bash -c '
        "$1/ch-mount" "$2" "$3" && "$1/ch-mount" "$2" "$3.2" &&
            ls "$3.2/data" && "$1/ch-umount" --all
        echo "status $?"
        ls -A "$3" "$3.2"
        "$1/ch-mount" --list | grep -F "$3"' - "$CH_BUILD" "$SQUASH" "$POINT"
    expect_output "$(printf '%s\n' big small "status 0" "$POINT:" "" "$POINT.2:")"
}

@test "several folders are unmounted at once; a bad one spoils no other" {
    mkdir "$POINT.2" "$POINT.3"
    ch_mount "$SQUASH" "$POINT"
    ch_mount "$SQUASH" "$POINT.2"
    run ch_umount "$POINT" "$POINT.3" "$POINT.2"
    expect_status 1
    [[ $output == *"$POINT.3"* ]]
    [ -z "$(ls -A "$POINT")" ] && [ -z "$(ls -A "$POINT.2")" ]
}

no_loop_device()
{
    [ -z "$(losetup -j "$SQUASH")" ]
}

@test "--kernel mounts without a server" {
    run ch_mount --kernel "$SQUASH" "$POINT"
    expect_status 0
    [ "$(findmnt -no FSTYPE "$POINT")" = squashfs ]
    [ "$(cat "$POINT/data/small/1")" = "file 1" ]
    run ch_umount "$POINT"
    expect_status 0
    # whoever else looks at the device for a moment delays its end
    eventually 10 no_loop_device
}

@test "--foreground stays until the mount is gone" {
    ch_mount --foreground "$SQUASH" "$POINT" 3>&- &
    pid=$!
    eventually 20 test -e "$POINT/data/small/1"
    kill -0 "$pid"
    ch_umount "$POINT"
    eventually 20 gone "$pid"
    wait "$pid"
}

@test "the server ends when the mount does" {
    # shellcheck disable=SC2016 # for the inner shell
    run leaves_nothing sh -c '"$1/ch-mount" "$2" "$3" && ls "$3/data" &&
        "$1/ch-umount" "$3"' - "$CH_BUILD" "$SQUASH" "$POINT"
    expect_output $'big\nsmall\nexited 0, nothing left'
}

@test "one thread and the smallest cache read the same" {
    sum=$(md5sum <"$ROOT/data/big")
    ch_mount --threads 1 --cache 1m "$SQUASH" "$POINT"
    [ "$(md5sum <"$POINT/data/big")" = "$sum" ]
    ch_umount "$POINT"
}
