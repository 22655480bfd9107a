# ch-mount as an ordinary user: a command lives with the mount and ends it.
# SPDX-License-Identifier: MIT

load ../mount

@test "a command sees the image at the folder, others do not" {
    # shellcheck disable=SC2016 # for the inner shell
    run ch_mount "$SQUASH" "$POINT" -- sh -c 'cat "$1/data/small/1"' - "$POINT"
    expect_output "file 1"
    expect_status 0
    [ -z "$(ls -A "$POINT")" ]
}

@test "the command is the caller's user, its status and signals are its own" {
    run ch_mount "$SQUASH" "$POINT" -- id -u
    expect_output "$(id -u)"
    run ch_mount "$SQUASH" "$POINT" -- sh -c 'exit 7'
    expect_status 7
    run leaves_nothing "$CH_BUILD/ch-mount" "$SQUASH" "$POINT" -- \
        "$ROOT/bin/probe" raise 15
    expect_output "killed by 15, nothing left"
}

@test "all five compressions are mounted" {
    sum=$(md5sum <"$ROOT/data/big")
    for compressor in gzip xz lz4 zstd lzo; do
        # shellcheck disable=SC2016 # for the inner shell
        run ch_mount "$FIXTURES/images/$compressor.sqfs" "$POINT" -- \
            sh -c 'md5sum <"$1/data/big"' - "$POINT"
        expect_output "$sum"
    done
}

@test "an image that starts at an offset is mounted with --offset" {
    { head -c 8192 /dev/zero && cat "$SQUASH"; } >"$BATS_TEST_TMPDIR/moved"
    run ch_mount --offset 8192 "$BATS_TEST_TMPDIR/moved" "$POINT" -- \
        cat "$POINT/data/small/1"
    expect_output "file 1"
    run ch_mount "$BATS_TEST_TMPDIR/moved" "$POINT" -- true
    [ "$status" -ne 0 ]
    [ "${#lines[@]}" -eq 1 ]
}

@test "the caller's folder stays the caller's folder" {
    cd "$BATS_TEST_TMPDIR"
    run ch_mount "$SQUASH" point -- sh -c 'pwd; cat point/data/small/1'
    expect_output "$BATS_TEST_TMPDIR"$'\nfile 1'
}

@test "a missing image, a bad image and a missing folder are errors" {
    seq 10000 >"$BATS_TEST_TMPDIR/text"
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    for image in /no/such.sqfs "$BATS_TEST_TMPDIR/text" /dev/null \
        "$BATS_TEST_TMPDIR/fifo" "$ROOT"; do
        run timeout 20 "$CH_BUILD/ch-mount" "$image" "$POINT" -- true
        expect_status 31
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == "ch-mount"*"error: "*"$image"* ]] || fail_with "$output"
    done
    run ch_mount "$SQUASH" "$POINT/none" -- true
    expect_status 31
    [[ $output == *"$POINT/none"*"No such file or directory"* ]]
    run ch_mount "$SQUASH" "$BATS_TEST_TMPDIR/text" -- true
    expect_status 31
    [[ $output == *"Not a directory"* ]]
}

@test "ch-umount of a folder that is no mount point says so" {
    run "$CH_BUILD/ch-umount" "$POINT"
    expect_status 1
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"$POINT"* ]]
    run "$CH_BUILD/ch-umount" "$POINT/none"
    expect_status 1
    [[ $output == *"No such file or directory"* ]]
    run "$CH_BUILD/ch-umount"
    [ "$status" -ne 0 ]
}
