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

# bad_fuse HOW COMMAND...: as root, where /dev/fuse is there, but "null"
# (/dev/null in its place), a "file", or "closed" (as a device cgroup would).
bad_fuse()
{
    local how=$1
    shift
    # shellcheck disable=SC2016 # for the inner shell
    run timeout 100 unshare --mount sh -c 'cd "$BATS_TEST_TMPDIR" || exit 99
        case $0 in
        null) mount --bind /dev/null /dev/fuse ;;
        file) : >file && mount --bind file /dev/fuse ;;
        closed) mkdir -p dev && mount -t tmpfs -o nodev none dev &&
            mknod dev/fuse c 10 229 && mount --bind dev/fuse /dev/fuse ;;
        esac || exit 99
        exec "$@"' "$how" "$@"
}

@test "a /dev/fuse that is of no use is as good as none" {
    for how in null file closed; do
        bad_fuse $how "$CH_BUILD/ch-run" "$SQUASH" -- stat -f -c %T /
        expect_output squashfs
        bad_fuse $how "$CH_BUILD/ch-run" -b "$SQUASH:/mnt/0" "$ROOT" -- \
            stat -f -c %T /mnt/0
        expect_output squashfs
        bad_fuse $how "$CH_BUILD/ch-mount" "$SQUASH" /mnt -- \
            stat -f -c %T /mnt
        expect_output squashfs
    done
}

@test "what ch-mount has the kernel mount for all, ch-umount unmounts" {
    for how in null file closed; do
        mkdir -p "$BATS_TEST_TMPDIR/point"
        # shellcheck disable=SC2016 # for the inner shell
        bad_fuse $how sh -c '"$1/ch-mount" "$2" point && stat -f -c %T point &&
            "$1/ch-mount" --list | grep -c "point (kernel)"
            "$1/ch-umount" point && stat -f -c %T point' - "$CH_BUILD" "$SQUASH"
        [[ $output == $'squashfs\n1\n'* && ${lines[2]} != squashfs ]] ||
            fail_with "$output"
    done
}

@test "where neither can be had, ch-mount tells how to get FUSE" {
    mkdir "$BATS_TEST_TMPDIR/point"
    # shellcheck disable=SC2016 # for the inner shell
    bad_fuse null sh -c 'mount --bind /dev/null /dev/loop-control
        exec "$1/ch-mount" "$2" point' - "$CH_BUILD" "$SQUASH"
    expect_status 1
    [[ $output == *"can't open /dev/fuse; it is something else; in a container"* ]]
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
