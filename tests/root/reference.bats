# Every file of an image is what the kernel's own squashfs shows of it: content,
# mode, owner, times, links, devices, xattrs; mounted for all by root, and in
# the container of an ordinary user.
#
# CH_FULL=1 compares 1 GB of /usr in addition: minutes, and 20 GB of scratch.
# SPDX-License-Identifier: MIT

load ../helper

BLOCKS=(4K 128K 1M)
# For the large tree, packing is what takes the time.
declare -A FAST=([gzip]="-Xcompression-level 1" [zstd]="-Xcompression-level 1"
    [lzo]="-Xalgorithm lzo1x_1")

setup_file()
{
    make_fixtures
    build_walk
    for kind in odd crowd ${CH_FULL:+usr}; do
        [ -e "$FIXTURES/$kind" ] ||
            python3 "$CH_TESTS/root/tree.py" "$kind" "$FIXTURES/$kind"
    done
    mkdir -p "$FIXTURES/kernel" "$FIXTURES/ours"
}

setup()
{
    open_scratch
}

teardown()
{
    umount -q "$FIXTURES/kernel" "$FIXTURES/ours" || true
    rm -f "$BATS_TEST_TMPDIR"/*.sqfs
}

# same NAME LIST: as the kernel's list; the first differences when not.
same()
{
    cmp -s "$BATS_TEST_TMPDIR/$1" "$BATS_TEST_TMPDIR/$2" && return
    echo "$image: < $1, > $2"
    diff "$BATS_TEST_TMPDIR/$1" "$BATS_TEST_TMPDIR/$2" | head -n 20
    return 1
}

# compare IMAGE: its /tree by the kernel, by ch-mount and within ch-run.
compare()
{
    local image=$1 walk=$FIXTURES/walk out=$BATS_TEST_TMPDIR
    mount -o loop,ro "$image" "$FIXTURES/kernel"
    "$walk" "$FIXTURES/kernel/tree" >"$out/kernel"
    "$walk" -u "$FIXTURES/kernel/tree" >"$out/kernel-user"
    umount "$FIXTURES/kernel"
    [ "$(wc -l <"$out/kernel")" -gt 1000 ]
    run ! grep ^ERROR "$out/kernel"

    as_user "$CH_BUILD/ch-run" -b "$FIXTURES:/mnt/0" "$image" -- \
        /mnt/0/walk -u /tree >"$out/ch-run"
    same kernel-user ch-run

    "$CH_BUILD/ch-mount" "$image" "$FIXTURES/ours"
    "$walk" "$FIXTURES/ours/tree" >"$out/ch-mount"
    "$CH_BUILD/ch-umount" "$FIXTURES/ours"
    same kernel ch-mount
}

# compare_packed TREE COMPRESSOR BLOCK [OPTION...]
compare_packed()
{
    local image=$BATS_TEST_TMPDIR/$1-$2-$3.sqfs
    mksquashfs "$FIXTURES/$1" "$image" -comp "$2" -b "$3" "${@:4}" \
        -no-progress -quiet >/dev/null
    compare "$image"
    rm "$image"
}

compare_blocks()
{
    for block in "${BLOCKS[@]}"; do
        compare_packed odd "$1" "$block"
        # shellcheck disable=SC2086 # two words
        [ -z "${CH_FULL-}" ] || compare_packed usr "$1" "$block" ${FAST[$1]-}
    done
}

@test "gzip images of all block sizes are read as the kernel does" {
    compare_blocks gzip
}

@test "xz images of all block sizes are read as the kernel does" {
    compare_blocks xz
}

@test "lz4 images of all block sizes are read as the kernel does" {
    compare_blocks lz4
}

@test "zstd images of all block sizes are read as the kernel does" {
    compare_blocks zstd
}

@test "lzo images of all block sizes are read as the kernel does" {
    compare_blocks lzo
}

@test "a folder of 100,000 entries and a file of 5 GB too" {
    compare_packed crowd gzip 128K
}

@test "uncompressed images are read as the kernel does" {
    image=$BATS_TEST_TMPDIR/plain.sqfs
    mksquashfs "$FIXTURES/odd" "$image" -noI -noD -noF -noX -no-progress \
        -quiet >/dev/null
    compare "$image"
}

@test "images without fragments, xattrs, duplicates or export table too" {
    image=$BATS_TEST_TMPDIR/bare.sqfs
    mksquashfs "$FIXTURES/odd" "$image" -no-fragments -no-xattrs \
        -no-duplicates -no-exports -no-sparse -no-progress -quiet >/dev/null
    compare "$image"
    rm "$image"
    mksquashfs "$FIXTURES/odd" "$image" -always-use-fragments \
        -no-progress -quiet >/dev/null
    compare "$image"
}
