# What ch-convert writes as SquashFS is, by the kernel, the tree that it read:
# content, mode, owner, times, links, xattrs, holes, 100,000 names. Devices are
# left out, and attributes that only the system may see.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
    build_walk
    for kind in odd crowd; do
        [ -e "$FIXTURES/$kind" ] ||
            python3 "$CH_TESTS/root/tree.py" "$kind" "$FIXTURES/$kind"
    done
    for kind in odd crowd; do
        listed "$FIXTURES/$kind/tree" >"$BATS_FILE_TMPDIR/$kind"
    done
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    mkdir mnt
}

teardown()
{
    umount -q mnt || true
    rm -f ./*.sqfs
}

# listed DIR: all that can be known of the tree, but for what is left out.
listed()
{
    "$FIXTURES/walk" "$1" | LC_ALL=C sed 's/ trusted\.[^ ]*//' |
        grep -av ' device='
}

# comes_back KIND OPTION...: as the kernel shows it.
comes_back()
{
    local kind=$1
    shift
    timeout 300 "$CH_BUILD/ch-convert" -q --xattrs "$@" "$FIXTURES/$kind" \
        image.sqfs
    mount -o loop,ro image.sqfs mnt
    listed mnt/tree >kernel
    umount mnt
    cmp -s "$BATS_FILE_TMPDIR/$kind" kernel && return
    diff -a "$BATS_FILE_TMPDIR/$kind" kernel | head -n 20
    return 1
}

@test "an odd tree is seen by the kernel as it was, whatever compresses it" {
    for codec in gzip zstd xz lz4 lz4:9; do
        comes_back odd --compress "$codec"
    done
}

@test "100,000 names and a file of 5 GB of holes are seen by the kernel" {
    comes_back crowd --compress zstd:1
    [ "$(stat -c %s image.sqfs)" -lt 20000000 ]
}

@test "the kernel lists every inode by its number, as NFS does" {
    comes_back odd
    mount -o loop,ro image.sqfs mnt
    python3 "$CH_TESTS/root/handles.py" mnt/tree
    umount mnt
}

@test "the same directory makes the same image, by 1 and by 4 threads" {
    export SOURCE_DATE_EPOCH=1000000000
    for threads in 1 4; do
        timeout 300 "$CH_BUILD/ch-convert" -q --threads "$threads" \
            "$FIXTURES/odd" "$threads.sqfs"
    done
    cmp 1.sqfs 4.sqfs
}

# A tar archive has no sockets.
@test "what one image holds is the same in one made of it, through an archive" {
    timeout 300 "$CH_BUILD/ch-convert" -q --xattrs "$FIXTURES/odd" one.sqfs
    timeout 300 "$CH_BUILD/ch-convert" -q --xattrs one.sqfs two.tar
    timeout 300 "$CH_BUILD/ch-convert" -q --xattrs two.tar three.sqfs
    mount -o loop,ro three.sqfs mnt
    listed mnt/tree >kernel
    umount mnt
    grep -av ' 14[0-7]* ' "$BATS_FILE_TMPDIR/odd" >odd
    cmp odd kernel
}
