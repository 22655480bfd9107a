# ch-convert as root: owners, capabilities, devices, a full disk.
# SPDX-License-Identifier: MIT

load ../helper

setup()
{
    [ "$(id -u)" -eq 0 ] || skip "not root"
    make_fixtures
    build_walk
    cd "$BATS_TEST_TMPDIR" || exit 1
}

teardown()
{
    umount "$BATS_TEST_TMPDIR/small" "$BATS_TEST_TMPDIR/mounted" \
        2>/dev/null || true
}

@test "root keeps owners, set-id bits and capabilities, by way of an archive" {
    mkdir -p tree/{bin,dev,usr,private}
    echo text >tree/usr/file
    echo text >tree/usr/capable
    ln -s file tree/usr/link
    chown -h 1234:5678 tree/usr/file tree/usr/link tree/private
    chmod 6755 tree/usr/file
    chmod 0 tree/private
    python3 -c 'import os, struct
os.setxattr("tree/usr/capable", "security.capability",
            struct.pack("<5I", 0x2000001, 1 << 13, 0, 0, 0))'
    "$CH_BUILD/ch-convert" -q --xattrs ./tree image.tar.zst
    "$CH_BUILD/ch-convert" -q --xattrs image.tar.zst ./image
    run diff <("$FIXTURES/walk" tree/usr) <("$FIXTURES/walk" image/usr)
    expect_output ""
    run diff <("$FIXTURES/walk" tree/private) <("$FIXTURES/walk" image/private)
    expect_output ""
    "$CH_BUILD/ch-convert" -q --owner=root image.tar.zst ./ours
    [ "$(stat -c %u:%g:%a ours/usr/file)" = 0:0:6755 ]
}

@test "devices are left out and counted" {
    mkdir -p tree/{dev,usr}
    mknod tree/usr/null c 1 3
    mknod tree/dev/null c 1 3
    ln tree/usr/null tree/usr/second
    run "$CH_BUILD/ch-convert" ./tree image.tar
    expect_status 0
    [[ $output == *"warning: device files left out: 3"* ]] ||
        fail_with "$output"
    tar -tvf image.tar >list
    [ "$(grep -c ^c list)" -eq 0 ]
}

@test "--devices: root keeps them from directory to directory, as they are" {
    mkdir -p tree/{bin,dev,usr}
    mknod -m 622 tree/usr/null c 1 3 || skip "no device can be made here"
    mknod tree/usr/disk b 4095 1048575
    chown 12:34 tree/usr/disk
    mknod tree/dev/zero c 1 5
    ln tree/usr/null tree/usr/second
    chmod 4060 tree/usr/disk
    touch -d @1000000000 tree/usr/null tree/usr/disk tree/dev/zero
    before=./tree
    for image in image.tar image.sqfs ./image; do
        umask 077
        "$CH_BUILD/ch-convert" -q --devices "$before" "$image"
        umask 022
        run "$CH_BUILD/ch-convert" --diff --devices --times ./tree "$image"
        expect_status 0
        before=$image
    done
    run diff <("$FIXTURES/walk" tree/usr) <("$FIXTURES/walk" image/usr)
    expect_output ""
    [ "$(head -c 1 image/dev/zero | wc -c)" -eq 1 ]
    # by the kernel's own SquashFS
    mkdir mounted
    mount -o loop,ro image.sqfs mounted
    run stat -c '%F %Hr,%Lr %a %h' mounted/usr/disk mounted/usr/null
    umount mounted
    expect_output "block special file 4095,1048575 4060 1
character special file 1,3 622 2"
    # an ordinary user need not be able to use them
    open_scratch
    as_user "$CH_BUILD/ch-convert" -q --devices --owner=keep ./tree - >user.tar
    run "$CH_BUILD/ch-convert" --diff --devices --times ./tree user.tar
    expect_status 0
}

@test "--devices: those of an image that is mounted do not work" {
    mkdir -p tree/{bin,dev,usr} mounted
    mknod -m 666 tree/usr/zero c 1 5 || skip "no device can be made here"
    cp /bin/busybox tree/bin/sh
    "$CH_BUILD/ch-convert" -q --devices ./tree image.sqfs
    run "$CH_BUILD/ch-run" image.sqfs -- /bin/sh -c ': </usr/zero'
    [ "$status" -ne 0 ]
    [[ $output == *"Permission denied"* ]] || fail_with "$output"
    "$CH_BUILD/ch-mount" image.sqfs mounted
    run head -c 1 mounted/usr/zero
    "$CH_BUILD/ch-umount" mounted
    [[ $output == *"Permission denied"* ]] || fail_with "$output"
}

@test "a full disk is one line, and nothing is left" {
    mkdir -p small tree/usr
    mount -t tmpfs -o size=1m none small
    head -c 2000000 /dev/urandom >tree/usr/big
    "$CH_BUILD/ch-convert" -q ./tree image.tar
    for out in "$PWD/small/image" small/image.tar.gz oci:small/image \
        oci-archive:small/image docker-archive:small/image; do
        input=image.tar
        [ "$out" = "$PWD/small/image" ] || input=./tree
        run "$CH_BUILD/ch-convert" -q "$input" "$out"
        expect_status 1
        # shellcheck disable=SC2154
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == *"No space left on device"* ]] || fail_with "$output"
        [ -z "$(ls -A small)" ]
    done
}

@test "a disk of any size is full in order" {
    mkdir -p small tree/{bin,dev,usr/lib}
    for number in $(seq 40); do
        head -c $((number * 700)) /dev/urandom >"tree/usr/lib/$number"
    done
    head -c 200000 /dev/urandom >tree/usr/big
    "$CH_BUILD/ch-convert" -q ./tree image.tar
    for size in 4 16 64 100 300 500 700 800 860 900 1000; do
        mount -t tmpfs -o size=${size}k none small
        for out in "dir:$PWD/small/image" small/image.sqfs \
            small/image.tar.gz small/image.tar "oci:$PWD/small/image" \
            "oci-archive:$PWD/small/image" "docker-archive:$PWD/small/image"; do
            input=image.tar
            [[ $out != small/*.tar* ]] || input=./tree
            run "$CH_BUILD/ch-convert" -q "$input" "$out"
            if [ "$status" -ne 0 ]; then
                expect_status 1
                [[ ${#lines[@]} -eq 1 && $output == *"rror: can't convert "* ]] ||
                    fail_with "$size $out: $output"
                [ -z "$(ls -A small)" ] || fail_with "$size $out: left"
            else
                [ "$(ls -A small)" = "$(basename "${out#*:}")" ]
                "$CH_BUILD/ch-convert" --diff "$input" "$out"
            fi
            rm -rf small/*
        done
        umount small
    done
}

@test "what is mounted in an old image is not removed with it" {
    mkdir -p tree/{bin,dev,usr} precious
    echo text >tree/usr/file
    echo text >precious/file
    "$CH_BUILD/ch-convert" -q ./tree image.tar
    "$CH_BUILD/ch-convert" -q image.tar ./image
    mkdir image/here
    mount --bind precious image/here
    run "$CH_BUILD/ch-convert" image.tar ./image
    expect_status 0
    [[ $output == *"warning: can't remove the old image"* ]]
    [ -e image/usr/file ]
    [ -e precious/file ]
    umount .image.part-*/here
}
