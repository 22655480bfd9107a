# Every format to every other: --diff finds nothing, and other programs read
# what comes out. The tree has all that an inode can be, as root makes it.
# SPDX-License-Identifier: MIT

load ../helper

# What is called how, and how ch-convert is told so.
FORMATS=(dir:image image.sqfs image.tar.zst oci:layout oci-archive:layout.oci
    docker-archive:layout.docker bundle:bundle)

setup_file()
{
    [ "$(id -u)" -eq 0 ] || skip "not root"
    make_fixtures
    [ -e "$FIXTURES/odd" ] ||
        python3 "$CH_TESTS/root/tree.py" odd "$FIXTURES/odd"
    cd "$BATS_FILE_TMPDIR" || exit 1
    # tar has no sockets; convert_squash.bats has what is large
    LEFT_OUT=(--exclude=socket --exclude=/tree/usr --exclude=folder_sizes
        '--exclude=noise-1*')
    for out in "${FORMATS[@]}"; do
        convert -q "${LEFT_OUT[@]}" "$(other_than "$out")" "$out"
    done
}

setup()
{
    [ "$(id -u)" -eq 0 ] || skip "not root"
    cd "$BATS_FILE_TMPDIR" || exit 1
}

teardown()
{
    ! mountpoint -q "$BATS_TEST_TMPDIR/mnt" || umount "$BATS_TEST_TMPDIR/mnt"
}

convert()
{
    timeout 100 "$CH_BUILD/ch-convert" --xattrs "$@"
}

# other_than OUT: the tree, for which an image by way of an archive stands in
# where both are directories.
other_than()
{
    if [ "$1" = dir:image ]; then
        convert -q "${LEFT_OUT[@]}" "$FIXTURES/odd" first.tar
        echo first.tar
    else
        echo "$FIXTURES/odd"
    fi
}

# equal A B: but for the configuration, which images of layers always have.
equal()
{
    run convert --diff --times --exclude=/ch "$1" "$2"
    expect_status 0
}

@test "every format is the same image" {
    for other in "${FORMATS[@]}"; do
        [ "$other" = image.sqfs ] || equal image.sqfs "$other"
    done
}

@test "every format becomes every other, and nothing is lost" {
    mkdir "$BATS_TEST_TMPDIR/to"
    for in in "${FORMATS[@]}"; do
        for out in "${FORMATS[@]}"; do
            [ "$in" != "$out" ] || continue
            case $out in
            *:*) to=${out%%:*}:$BATS_TEST_TMPDIR/to/${out#*:} ;;
            *) to=$BATS_TEST_TMPDIR/to/$out ;;
            esac
            convert -q "$in" "$to"
            equal image.sqfs "$to"
            rm -rf "$BATS_TEST_TMPDIR"/to/*
        done
    done
}

@test "the kernel, unsquashfs and squashfuse see the same in SquashFS" {
    needs squashfuse
    cd "$BATS_TEST_TMPDIR" || exit 1
    mkdir mnt
    mount -o loop,ro "$BATS_FILE_TMPDIR/image.sqfs" mnt
    equal "$BATS_FILE_TMPDIR/image.sqfs" dir:mnt
    umount mnt
    squashfuse "$BATS_FILE_TMPDIR/image.sqfs" mnt
    diff -r --no-dereference mnt/tree/names "$FIXTURES/odd/tree/names"
    umount mnt
    unsquashfs -quiet -no-progress -d unpacked "$BATS_FILE_TMPDIR/image.sqfs" \
        >/dev/null
    equal "$BATS_FILE_TMPDIR/image.sqfs" dir:unpacked
}
