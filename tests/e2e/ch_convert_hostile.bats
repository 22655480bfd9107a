# ch-convert with input that means harm: one line or a sound image, and nothing
# else.
# SPDX-License-Identifier: MIT

load ../convert

# Both writers that keep a tree; one into files, one into tables.
OUTPUTS=(dir:image image.sqfs)
BUSYBOX=${CH_BUSYBOX:-/bin/busybox}

setup_file()
{
    make_fixtures
    build_walk
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
}

convert()
{
    timeout 100 "$CH_BUILD/ch-convert" "$@"
}

archive()
{
    python3 "$CH_TESTS/data/hostile.py" "$1" >hostile.tar
}

# refuses_archive KIND TEXT: whatever is written.
refuses_archive()
{
    archive "$1"
    for out in "${OUTPUTS[@]}"; do
        refuses "$2" hostile.tar "$out"
    done
}

# contains KIND: all of the archive is in the image, which is the same by each
# writer and can be read again; nothing is outside of it.
contains()
{
    archive "$1"
    rm -rf image again image.sqfs
    for out in "${OUTPUTS[@]}"; do
        run convert -q hostile.tar "$out"
        expect_status 0
        [[ -z $output ]] || fail_with "$1: $output"
    done
    convert -q image.sqfs dir:again
    diff <("$FIXTURES/walk" image) <("$FIXTURES/walk" again)
    if compgen -G '/tmp/ch-escaped*'; then
        fail_with "$1: escaped"
    fi
    [ "$(ls -A)" = $'again\nhostile.tar\nimage\nimage.sqfs' ] ||
        fail_with "$1: left: $(ls -A)"
}

@test "links through links stay within the image" {
    contains links_through_links
    [ -e image/tmp/ch-escaped ]
    [ ! -L image/usr/c/ch-escaped ]
    contains hard_link_to_symlink
    [ "$(readlink image/usr/out)" = /etc/hostname ]
    [ "$(cat image/usr/second)" = mine ]
    contains directory_by_link
    [ "$(readlink image/usr/lib)" = /tmp ]
    [ -e image/tmp/ch-escaped ]
    contains root_by_link
    [ -e image/ch-escaped ]
    refuses_archive link_loop "Too many levels of symbolic links"
}

@test "a name that comes again has the last file, its other names the first" {
    contains hard_link_then_write
    [ "$(cat image/usr/one)" = one ]
    [ "$(cat image/usr/two)" = two ]
    contains same_name
    [ -d image/usr/name ]
}

@test "hard links to what may have none are an error, or left out with it" {
    refuses_archive hard_link_to_directory "can't link usr/second to usr/lib"
    refuses_archive below_file "can't make usr/file/below: "
    archive hard_link_to_device
    run convert hostile.tar dir:image
    expect_status 0
    [[ $output == *"device files left out: 3"* ]] || fail_with "$output"
    [ "$(ls image/usr)" = before ]
}

@test "an archive with nothing but what is below /dev has a /dev" {
    contains only_below_dev
    [ -d image/dev ]
    [ -z "$(ls -A image/dev)" ]
}

@test "set-id bits are kept, for their owner" {
    contains set_id
    [ "$(stat -c %a image/usr/root)" = 6755 ]
    [ "$(stat -c %u image/usr/root)" = "$(id -u)" ]
    [ "$(stat -c %a image/usr/both)" = 7777 ]
    [ "$(stat -c %a image/usr/dir)" = 7755 ]
}

@test "names are as long as the kernel has them, and no longer" {
    contains target_long
    [ "$(readlink image/usr/link | tr -d '\n' | wc -c)" -eq 4095 ]
    refuses_archive name_too_long "File name too long"
    refuses_archive directory_too_long "File name too long"
    refuses_archive path_too_long "File name too long"
    refuses_archive target_too_long "can't make the symbolic link usr/link"
    refuses_archive target_empty "damaged: the symbolic link usr/link"
    refuses_archive long_name_of_gigabytes "Special header too large"
    contains name_empty
}

@test "a name can't write to the terminal" {
    refuses_archive name_controls 'can'\''t link usr/\x1b[2J\x07 to usr/no\x0asuch'
}

@test "sizes that no file has are an error" {
    refuses_archive exbibytes "Tar entry size overflow"
    refuses_archive exbibytes_pax "Tar size attribute overflow"
    refuses_archive size_negative "Tar size attribute is negative"
    refuses_archive cut "Truncated tar archive"
    archive terabytes
    refuses "larger than 1024 MiB (--max-size)" --max-size=1G \
        hostile.tar dir:image
}

@test "maps of sparse files are not believed" {
    archive sparse_of_exbibytes
    refuses "larger than 1024 MiB (--max-size)" --max-size=1G \
        hostile.tar dir:image
    refuses "larger than 1024 MiB" --max-size=1G hostile.tar image.sqfs
    refuses_archive sparse_overlapping "the pieces of usr/sparse overlap"
    refuses_archive sparse_backwards "the pieces of usr/sparse overlap"
    refuses_archive sparse_many "can't convert hostile.tar: "
    refuses_archive sparse_negative "can't convert hostile.tar: "
    refuses_archive sparse_beyond "data beyond the end of usr/sparse"
}

@test "a hole of a terabyte is no reason to die" {
    archive sparse_terabyte
    convert -q --max-size=2T hostile.tar image.sqfs
    [ "$(stat -c %s image.sqfs)" -lt 1000000 ]
    run unsquashfs -ll image.sqfs
    [[ $output == *" 1099511627776 "* ]] || fail_with "$output"
}

@test "a bomb ends at --max-size" {
    archive bomb
    gzip -1 hostile.tar
    for out in "${OUTPUTS[@]}"; do
        refuses "larger than 8 MiB (--max-size)" --max-size=8M \
            hostile.tar.gz "$out"
    done
}

@test "times, owners and modes that make no sense do no harm" {
    for kind in times owners mode_bits crowd; do
        archive "$kind"
        for out in "${OUTPUTS[@]}"; do
            convert -q hostile.tar "$out"
            [ -z "$(find . -name "*part*")" ]
        done
    done
}

@test "extended attributes that make no sense do no harm" {
    archive xattrs
    for out in "${OUTPUTS[@]}"; do
        convert -q --xattrs hostile.tar "$out"
    done
    run python3 -c 'import os; print(os.listxattr("image/usr/foreign"))'
    expect_output "[]"
    convert -q --xattrs image.sqfs dir:again
}

@test "what is damaged is told" {
    refuses_archive headers_of_megabytes "Special header too large"
    refuses_archive checksum "Damaged tar archive"
    archive cpio
    refuses "Unrecognized archive format" hostile.tar dir:image
}

# refuses_layers KIND FORM TEXT: whatever is written.
refuses_layers()
{
    rm -rf layers
    python3 "$CH_TESTS/data/layouts.py" "$1" "$2" layers "$BUSYBOX"
    for out in "${OUTPUTS[@]}" image.tar; do
        refuses "$3" layers "$out"
    done
}

@test "layers that are not what they are said to be are told" {
    local form
    for form in oci oci-archive docker docker-archive; do
        refuses_layers damaged_layer $form "does not have the digest sha256:"
        refuses_layers not_json $form "not valid JSON"
        refuses_layers deep_json $form "nested too deeply"
        refuses_layers no_images $form "no image in it"
        refuses_layers odd_types $form "can't convert layers: "
    done
    for form in oci oci-archive; do
        refuses_layers damaged_manifest $form "damaged: blobs/sha256/"
        refuses_layers missing_blob $form "can't read blobs/sha256/"
        refuses_layers digest_with_path $form "not a digest"
        refuses_layers digest_unknown $form "not a digest"
    done
    refuses_layers layer_path docker 'a name with ".." in it'
    refuses_layers layer_path docker-archive 'a name with ".." in it'
}

@test "layers that are elsewhere, or not for us, are told" {
    refuses_layers foreign oci "a layer is not distributed with the image: "
    refuses_layers encrypted oci "not a layer of files: "
    refuses_layers schema1 oci "an image of Docker's first format"
    refuses_layers nested_deep oci "more than 8 indexes in each other"
}

@test "a hundred megabytes of JSON are not read" {
    for form in oci oci-archive docker docker-archive; do
        refuses_layers big_json $form "MiB"
    done
    for form in oci docker-archive; do
        refuses_layers big_config $form "MiB"
    done
}

@test "layers lead nowhere else" {
    for kind in whiteout_dots whiteout_empty; do
        refuses_layers $kind oci "damaged: a whiteout of nothing: "
    done
    refuses_layers dotdot oci 'a name with ".." in it: ../escaped'
    refuses_layers symlink_loop oci "Too many levels of symbolic links"
    for kind in nothing removed directory; do
        refuses_layers link_to_$kind oci "the layers have no such file"
    done
}

@test "the output is no part of the input that it lies in" {
    mkdir -p tree/{bin,dev,usr/sub}
    echo text >tree/usr/file
    for out in tree/usr/out.tar tree/usr/sub/out.sqfs; do
        convert -q ./tree "$out"
        run convert --list "$out"
        [[ $output == *file* && $output != *part-* ]] || fail_with "$output"
        rm "$out"
    done
    convert -q ./tree - >tree/usr/piped.tar
    [ "$(tar -tf tree/usr/piped.tar | grep -c piped)" -eq 0 ]
}

# holds_no_image ARG...: what ch-convert writes to the last ARG, once more.
holds_no_image()
{
    local out=${*: -1}
    convert -q "$@"
    convert -q "$@"
    convert --list "$out" >list
    grep -q usr/file list
    if grep -E 'image\.sqfs|layout' list; then
        fail_with "$* has itself in it"
    fi
}

@test "nor is the image that it replaces, by the name that it has" {
    mkdir -p tree/usr
    echo text >tree/usr/file
    tar -cf other.tar -C tree usr
    cd tree
    for out in ./image.sqfs oci:layout oci:layout:tag; do
        holds_no_image . "$out"
        holds_no_image --add=.:/added ../other.tar "$out"
        rm -r "${out#oci:}" 2>/dev/null || rm -r layout
    done
    convert -q . image.sqfs
    ln image.sqfs kept
    convert -q . image.sqfs
    convert --list image.sqfs | grep -q kept
    convert -q --exclude=list ../tree ../again
    convert -q --exclude=none ../again ../again
    [ "$(cat ../again/usr/file)" = text ]
}

@test "an image takes its own place, and a directory not that of a file" {
    mkdir -p tree/{bin,dev,usr}
    echo text >tree/usr/file
    convert -q ./tree tar:image
    convert -q -i tar -o squash image image
    run convert --list image
    [[ $output == *usr/file* ]] || fail_with "$output"
    refuses "exists but not a directory: image" -i squash -o dir image image
    refuses "is a directory, not replaced by a file" -i dir -o squash tree tree
}

@test "where nothing can be written, this is said" {
    mkdir -p tree/usr closed
    echo text >tree/usr/file
    chmod 555 closed
    convert -q ./tree image.tar
    for out in closed/image.sqfs dir:closed/image oci:closed/image; do
        refuses "can't make closed/image" image.tar "$out"
    done
    refuses "can't make /proc/image.sqfs" ./tree /proc/image.sqfs
    refuses "not a directory: nowhere" ./tree nowhere/image.sqfs
    # shellcheck disable=SC2016  # the inner shell's
    run bash -c '"$1" -q ./tree - >/dev/full' _ "$CH_BUILD/ch-convert"
    expect_status 1
    [[ ${#lines[@]} -eq 1 && $output == *"No space left on device"* ]] ||
        fail_with "$output"
}

# meddle COMMAND: again and again, with each file below tree/ as $1, while
# another program reads them.
meddle()
{
    while [ -e going ]; do
        for file in tree/usr/*; do
            bash -c "$1" _ "$file"
        done
    done 2>/dev/null
}

@test "files that change while they are read do no harm" {
    mkdir -p tree/{bin,dev,usr}
    # shellcheck disable=SC2016  # the inner shell's
    for change in 'truncate -s 1000 "$1"; truncate -s 3M "$1"' \
        'truncate -s +1M "$1"; truncate -s 3M "$1"' \
        'rm "$1"; head -c 100000 /dev/zero >"$1"' \
        'rm "$1"; mkdir "$1"; rmdir "$1"; ln -s /etc/passwd "$1"; rm "$1";
            mkfifo "$1"; rm "$1"; echo >"$1"'; do
        for number in 1 2 3 4 5 6; do
            rm -rf "tree/usr/$number"
            head -c 3000000 /dev/zero >"tree/usr/$number"
        done
        touch going
        meddle "$change" 3>&- &
        for out in image.sqfs image.tar.gz image.sqfs image.tar; do
            run convert -q ./tree "$out"
            [[ $status -le 1 && ${#lines[@]} -eq $status ]] ||
                fail_with "status $status: $output"
            [ -z "$(find . -maxdepth 1 -name '.*part*')" ]
        done
        rm going
        wait $!
    done
    if grep -aq root: image.tar; then
        fail_with "followed a link"
    fi
}
