# The kernel reads a SquashFS image for root, where FUSE can't.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

@test "--fuse=never has the kernel read the image" {
    run ch_run --fuse=never "$SQUASH" -- \
        sh -c 'stat -f -c %T /; cat /data/small/7; touch /new'
    [[ $output == squashfs*"file 7"*"Read-only file system"* ]]
}

@test "without /dev/fuse the kernel reads the image, in silence" {
    # shellcheck disable=SC2016 # for the inner shell
    run unshare --mount sh -c 'mount -t tmpfs tmpfs /dev
        mknod /dev/loop-control c 10 237
        for n in $(seq 0 99); do mknod /dev/loop$n b 7 $n; done
        exec "$@"' - "$CH_BUILD/ch-run" "$SQUASH" -- stat -f -c %T /
    expect_output squashfs
}

@test "no loop device is left" {
    losetup -a >"$BATS_TEST_TMPDIR/before"
    run leaves_nothing "$CH_BUILD/ch-run" --fuse=never "$SQUASH" -- true
    expect_status 0
    # shellcheck disable=SC2016 # for the inner shell
    eventually 20 sh -c '! losetup -a | grep -qF "$1"' - "$SQUASH"
}

@test "without loop devices the image is unpacked" {
    # shellcheck disable=SC2016 # for the inner shell
    run unshare --mount sh -c 'mount --bind /dev/null /dev/loop-control
        exec "$@"' - "$CH_BUILD/ch-run" --fuse=never "$SQUASH" -- \
        sh -c 'stat -f -c %T /; cat /data/small/7'
    expect_output $'tmpfs\nfile 7'
}

@test "-W takes changes over what the kernel reads" {
    run ch_run --fuse=never -W "$SQUASH" -- \
        sh -c 'echo new >/data/small/1 && cat /data/small/1'
    expect_output new
}
