# ch-convert: formats, what is kept, outputs whole or not at all.
# shellcheck disable=SC2030,SC2031  # a test is a subshell
# SPDX-License-Identifier: MIT

load ../convert

setup_file()
{
    make_fixtures
    build_walk
    TREE=$BATS_FILE_TMPDIR/tree
    export TREE
    make_tree "$TREE"
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
}

# make_tree DIR: an image with all that is hard to keep.
make_tree()
{
    mkdir -p "$1"/{bin,usr/lib,etc,data,dev,"odd name"}
    mkdir "$1/"$'line\nbreak'
    echo text >"$1/data/file"
    ln "$1/data/file" "$1/data/second"
    ln "$1/data/file" "$1/usr/lib/third"
    ln -s ../data/file "$1/usr/link"
    ln -s /nowhere "$1/usr/broken"
    echo text >"$1/data/"$'\xff\xfe'
    echo text >"$1/data/grün"
    echo hidden >"$1/.hidden"
    : >"$1/dev/null"
    : >"$1/data/empty"
    : >"$1/data/$(printf 'x%.0s' {1..250})"
    mkfifo "$1/data/fifo"
    truncate -s 4M "$1/data/holes"
    printf middle | dd of="$1/data/holes" bs=1 seek=1500000 conv=notrunc \
        status=none
    truncate -s 3M "$1/data/hole"
    head -c 3000000 /dev/urandom >"$1/data/big"
    chmod 4755 "$1/bin"
    chmod 640 "$1/data/empty"
    python3 -c 'import os, sys
os.setxattr(sys.argv[1], "user.name", b"value")' "$1/data/file"
    touch -d @1000000000 "$1/data/file" "$1/data"
}

@test "an image is the same in every format, and back" {
    convert -q --xattrs "$TREE" first.tar
    convert -q --xattrs first.tar ./first
    for archive in a.tar a.tar.gz a.tgz a.tar.zst a.tar.xz a.tar.lz4 \
        a.sqfs; do
        convert -q --xattrs ./first "$archive"
        convert -q --xattrs "$archive" ./again
        diff <(listed first) <(listed again)
    done
}

@test "nothing of the tree is lost or changed" {
    convert -q --xattrs "$TREE" image.tar.gz
    convert -q --xattrs image.tar.gz ./image
    # what is added changes the numbers of links of some directories
    diff <(listed "$TREE" | sed -E '/^\. /d; / 04/s/ links=[0-9]*//' |
        grep -v '^./dev') <(listed image | sed -E '/ 04/s/ links=[0-9]*//') |
        grep '^<' | {
            ! grep .
        }
    [ "$(stat -c %b image/data/hole)" -lt 100 ]
    [ "$(stat -c %b image/data/holes)" -lt 1000 ]
}

@test "a SquashFS image becomes a directory and an archive" {
    convert -q "$SQUASH" ./image
    diff <(listed image | grep -E '^./(bin|data|opt)/') \
        <(listed "$ROOT" | grep -E '^./(bin|data|opt)/')
    convert -q "$SQUASH" image.tar.gz
    convert -q --owner=mine image.tar.gz ./again
    diff <(listed image) <(listed again)
    run ch_run ./again -- cat /data/small/7
    expect_output "file 7"
    convert -q image.tar.gz image.sqfs --compress=zstd:5
    run ch_run image.sqfs -- cat /data/small/7
    expect_output "file 7"
}

@test "other programs read the archives" {
    convert -q "$TREE" image.tar.gz
    convert -q "$TREE" image.tar.xz
    convert -q "$TREE" image.tar.zst
    convert -q "$TREE" image.tar.lz4
    for archive in image.tar.*; do
        mkdir tree
        tar -C tree -xf "$archive" 2>/dev/null ||
            lz4 -dc "$archive" | tar -C tree -xf - 2>/dev/null
        diff -r --no-dereference "$TREE/data" tree/data -x fifo
        rm -r tree
    done
    python3 -c 'import tarfile; print(len(tarfile.open("image.tar.gz").getnames()))'
}

@test "archives come from and go to pipes" {
    convert -q "$TREE" - >image.tar
    tar -tf image.tar >/dev/null
    gzip <image.tar | convert -q - ./image
    cmp image/data/big "$TREE/data/big"
    convert -q --compress=zstd:1 ./image - | zstd -dc | tar -t >/dev/null
}

@test "the same input gives the same bytes, whatever the number of threads" {
    for suffix in tar tar.gz tar.xz sqfs; do
        convert -q --threads=1 "$TREE" "one.$suffix"
        for threads in 2 7; do
            sleep 1.1 # the time of making must not be in it
            convert -q --threads=$threads "$TREE" "many.$suffix"
            cmp "one.$suffix" "many.$suffix"
        done
    done
}

@test "no file is newer than SOURCE_DATE_EPOCH, and --mtime is for all" {
    convert -q "$TREE" image.tar
    SOURCE_DATE_EPOCH=1100000000 convert -q image.tar ./image
    [ "$(stat -c %Y image/data/file)" -eq 1000000000 ]
    [ "$(stat -c %Y image/data/big)" -eq 1100000000 ]
    [ "$(stat -c %Y image)" -eq 1100000000 ]
    convert -q "$TREE" one.tar --mtime=1
    [ "$(tar --full-time -tvf one.tar 2>/dev/null | grep -vc 1970-01-01)" -eq 0 ]
}

@test "directories that an archive does not list are the same each time" {
    mkdir -p tree/usr/{one/two,other}
    echo text | tee tree/usr/one/two/file >tree/usr/other/file
    ln -s /opt/none tree/link
    find tree -exec touch -h -d @1000000000 {} +
    tar -cf image.tar -C tree link usr/one/two/file usr/other/file
    mkdir -p tree/opt/none/below
    echo text >tree/opt/none/below/file
    touch -d @1200000000 tree/opt/none/below/file
    tar -rf image.tar -C tree --transform=s,opt/none,link, \
        opt/none/below/file
    convert -q image.tar ./image
    (umask 077 && SOURCE_DATE_EPOCH=1100000000 convert -q image.tar ./dated)
    for dir in usr usr/one usr/one/two usr/other opt opt/none opt/none/below; do
        [ "$(stat -c %Y "image/$dir")" -eq 1200000000 ] || fail_with "$dir"
        [ "$(stat -c '%Y %a' "dated/$dir")" = "1100000000 755" ] ||
            fail_with "$dir: $(stat -c '%Y %a' "dated/$dir")"
    done
}

@test "directories that an archive does not list are as old in each format" {
    mkdir -p tree/usr/one
    echo text >tree/usr/one/file
    touch -d @1000000000 tree/usr/one/file
    touch -d @1100000000 tree
    tar --no-recursion -cf image.tar -C tree . usr/one/file
    for epoch in "" 1050000000 1200000000; do
        rm -rf image
        SOURCE_DATE_EPOCH=$epoch convert -q image.tar ./image
        SOURCE_DATE_EPOCH=$epoch convert -q image.tar image.sqfs
        SOURCE_DATE_EPOCH=$epoch convert -q image.tar oci:layout
        run convert --diff --times ./image image.sqfs
        expect_status 0
        run convert --diff --times image.sqfs oci:layout
        expect_status 0
        [ "$(stat -c %Y image/usr image/mnt/0 | uniq)" = \
            "$([ "$epoch" = 1050000000 ] && echo 1050000000 ||
                echo 1100000000)" ] || fail_with "$epoch"
    done
}

@test "the image gets what ch-run mounts over" {
    mkdir -p small/data
    echo text >small/data/file
    convert -q ./small small.tar
    tar -tf small.tar >list
    for name in bin/ dev/ etc/ proc/ sys/ tmp/ usr/ mnt/0/ mnt/9/ etc/hosts \
        etc/resolv.conf etc/passwd etc/group ch/environment; do
        [ "$(grep -cx "$name" list)" -eq 1 ] || fail_with "$name"
    done
    convert -q small.tar ./image
    [ "$(stat -c %a image/tmp)" -eq 1777 ]
}

@test "a link in the place of a mount point stays" {
    mkdir -p small/real
    ln -s real small/mnt
    ln -s real small/etc
    convert -q ./small small.tar
    convert -q small.tar ./image
    [ "$(readlink image/mnt)" = real ]
    [ "$(readlink image/etc)" = real ]
    [ -z "$(ls image/real)" ]
}

@test "the single directory of an archive is no part of the image" {
    mkdir -p pack/image-1.0/data/image-1.0
    echo text >pack/image-1.0/data/file
    ln pack/image-1.0/data/file pack/image-1.0/data/second
    tar -C pack -czf packed.tar.gz image-1.0
    convert -q packed.tar.gz ./image
    [ -d image/data/image-1.0 ]
    [ image/data/file -ef image/data/second ]
    convert -q - ./piped <packed.tar.gz
    [ -e piped/data/file ]
    mkdir pack/another
    tar -C pack -czf packed.tar.gz image-1.0 another
    convert -q packed.tar.gz ./both
    [ -d both/another ]
    [ -d both/image-1.0/data ]
    # a pipe, which can't be read twice
    run convert -q - ./neither < <(cat packed.tar.gz)
    expect_status 1
    [[ $output == *"convert from a file instead of a pipe"* ]]
    [ ! -e neither ]
}

@test "formats are told by option, prefix, name and content" {
    for words in "-i dir tree a.tar" "dir:tree a.tar" "./tree a.tar" \
        "tree a.tar" "tree tar:a.tar" "-o tar tree a" "tree tar:a"; do
        mkdir tree
        echo >tree/file
        # shellcheck disable=SC2086
        run convert $words
        expect_status 0
        [[ ${lines[0]} =~ "input:   dir       "(./)?tree ]]
        [[ ${lines[1]} =~ "output:  tar       "a ]]
        rm -r tree a*
    done
    mkdir tree
    echo >tree/file
    convert -q tree tar:archive
    gzip -t archive
    convert -q archive ./again
    [ -e again/file ]
}

@test "what can't be done is said in one line" {
    mkdir tree
    echo text >tree/file
    echo text >file
    refuses "input and output formats must be different" ./tree ./other
    refuses "not found: none.tar" none.tar ./other
    refuses "not a directory: ./file" dir:./file other.tar
    refuses "can't open none" none other.tar
    refuses "can't tell the format of other: give --out-fmt" ./tree other
    refuses "invalid format: zip" -i zip ./tree other.tar
    refuses "expected IN and OUT" ./tree
    refuses "not a directory: none" ./tree none/other.tar
    refuses "Unrecognized archive format" tar:file ./other
    refuses "can't come through a pipe" - dir:-
    refuses "gzip has levels from 1 to 12, not 13" --compress=gzip:13 ./tree a.tar
    refuses "not lzop" --compress=lzop ./tree a.tar
    refuses "only root can give files" --owner=root tar:file ./other
    refuses '"--xattrs" incompatible' --xattrs --no-xattrs ./tree a.tar
    refuses "not a time" --mtime=now ./tree a.tar
    mkdir empty
    refuses "nothing in it" ./empty a.tar
}

@test "a damaged archive leaves nothing" {
    for suffix in gz xz zst lz4; do
        convert -q "$TREE" "image.tar.$suffix"
        head -c 1500000 "image.tar.$suffix" >"cut.tar.$suffix"
        refuses "can't convert cut.tar.$suffix" "cut.tar.$suffix" ./image
        {
            head -c 1000000 "image.tar.$suffix"
            head -c 100 /dev/zero
            tail -c +1000101 "image.tar.$suffix"
        } >"bad.tar.$suffix"
        refuses "can't convert bad.tar.$suffix" "bad.tar.$suffix" ./image
    done
}

@test "only images, empty directories and files are replaced" {
    convert -q "$TREE" image.tar
    convert -q image.tar ./image
    echo more >image/more
    convert -q image.tar ./image
    [ ! -e image/more ]
    mkdir empty other
    convert -q image.tar ./empty
    [ -e empty/data/big ]
    echo >other/file
    refuses "does not appear to be an image and is not empty: ./other" \
        image.tar ./other
    [ -e other/file ]
    refuses "exists but not a directory" image.tar dir:image.tar
    refuses "is a directory, not replaced" ./image tar:other
    mkfifo fifo
    refuses "exists but not a regular file: fifo" ./image tar:fifo
    refuses "not deleting per --no-clobber: ./image" --no-clobber image.tar ./image
    refuses "not deleting per --no-clobber: image.tar" --no-clobber ./image image.tar
}

@test "an old image goes, although its owner may not write to it" {
    convert -q "$TREE" image.tar
    convert -q image.tar ./image
    mkdir -p image/locked/in
    echo >image/locked/in/file
    chmod 555 image/locked/in
    chmod 0 image/locked
    convert -q image.tar ./image
    [ ! -e image/locked ]
    [ "$(find . -name '.*part*' | wc -l)" -eq 0 ]
}

@test "--exclude leaves out names, paths and what can't be read" {
    mkdir -p tree/{a,b}/cache tree/locked
    echo text | tee tree/a/cache/file tree/b/cache/file tree/a/file.o >/dev/null
    chmod 0 tree/locked
    refuses "can't read /locked: Permission denied" ./tree a.tar
    convert -q --exclude=locked --exclude='*.o' --exclude=/b/cache ./tree a.tar
    tar -tf a.tar >list
    grep -qx a/cache/file list
    [ "$(grep -cE 'locked|file.o|b/cache' list)" -eq 0 ]
    chmod 755 tree/locked
}

@test "hostile archives are refused or contained, and leave nothing" {
    for kind in dotdot dotdot_inside link_dotdot link_to_nothing long_name \
        long_path huge oci docker; do
        python3 "$CH_TESTS/data/archives.py" "$kind" /bin/busybox >"$kind.tar"
        refuses "can't convert $kind.tar: " "$kind.tar" ./image
    done
    for kind in absolute file_through_symlink merged_usr replaced names deep \
        single_usr linked sparse; do
        python3 "$CH_TESTS/data/archives.py" "$kind" /bin/busybox >"$kind.tar"
        convert -q "$kind.tar" ./image
        convert -q ./image again.tar
    done
}

@test "too large for --max-size is said, and nothing is left" {
    refuses "larger than 1 MiB (--max-size)" --max-size=1M "$TREE" image.tar
}

@test "-n prints the plan and makes nothing" {
    run convert -n "$TREE" image.tar.gz
    expect_status 0
    [[ $output == *"output:  tar       image.tar.gz"* ]]
    [[ $output == *"which would be made"* ]]
    [[ $output == *"owner: root"* ]]
    [ ! -e image.tar.gz ]
}
