# What may be an image, and what happens with all that is none.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

# no_image FILE TEXT: an error of one line with TEXT, soon, nothing left.
no_image()
{
    run timeout 20 "$CH_BUILD/ch-run" "$1" -- true
    expect_error 31 "$2"
    run leaves_nothing timeout 20 "$CH_BUILD/ch-run" "$1" -- true
    expect_status 0
}

@test "all five compressions are read" {
    sum=$(md5sum <"$ROOT/data/big")
    for compressor in gzip xz lz4 zstd lzo; do
        run ch_run "$FIXTURES/images/$compressor.sqfs" -- \
            sh -c 'md5sum </data/big; cat /data/small/200; ls /data/small | wc -l'
        expect_output "$sum"$'\nfile 200\n200'
    done
}

@test "an image is known by its magic, not by its name" {
    cp "$SQUASH" "$BATS_TEST_TMPDIR/no-suffix"
    run ch_run "$BATS_TEST_TMPDIR/no-suffix" -- echo hello
    expect_output hello
    cp -a "$ROOT" "$BATS_TEST_TMPDIR/folder.sqfs"
    run ch_run "$BATS_TEST_TMPDIR/folder.sqfs" -- echo hello
    expect_output hello
}

@test "a relative path, a trailing slash and a symlink name an image" {
    cd "$FIXTURES"
    for image in root ./root root/ images/gzip.sqfs ./images/../root; do
        run ch_run "$image" -- echo hello
        expect_output hello
    done
    for image in "${IMAGES[@]}"; do
        ln -sfn "$image" "$BATS_TEST_TMPDIR/link"
        run ch_run "$BATS_TEST_TMPDIR/link" -- echo hello
        expect_output hello
    done
}

@test "a name with spaces, newline and quotes is a name" {
    name=$BATS_TEST_TMPDIR/$'a b\n"c" \\040 $d'
    cp "$SQUASH" "$name"
    run ch_run "$name" -- echo hello
    expect_output hello
    rm "$name"
    cp -a "$ROOT" "$name"
    run ch_run "$name" -- echo hello
    expect_output hello
}

@test "a missing image is an error that names it" {
    no_image "$BATS_TEST_TMPDIR/none.sqfs" "none.sqfs: No such file or directory"
}

@test "an empty file is no image" {
    : >"$BATS_TEST_TMPDIR/empty.sqfs"
    no_image "$BATS_TEST_TMPDIR/empty.sqfs" empty.sqfs
}

@test "a text file is no image" {
    seq 10000 >"$BATS_TEST_TMPDIR/text.sqfs"
    no_image "$BATS_TEST_TMPDIR/text.sqfs" text.sqfs
}

@test "an image cut short is an error" {
    for size in 1 4 50 95 96 97 4096 100000; do
        head -c "$size" "$SQUASH" >"$BATS_TEST_TMPDIR/short.sqfs"
        no_image "$BATS_TEST_TMPDIR/short.sqfs" short.sqfs
    done
}

@test "a header full of ones is an error" {
    { head -c 4 "$SQUASH" && head -c 5000 /dev/zero | tr '\0' '\377'; } \
        >"$BATS_TEST_TMPDIR/ones.sqfs"
    no_image "$BATS_TEST_TMPDIR/ones.sqfs" ones.sqfs
}

@test "an image file that may not be read is an error" {
    cp "$SQUASH" "$BATS_TEST_TMPDIR/closed"
    chmod 0 "$BATS_TEST_TMPDIR/closed"
    no_image "$BATS_TEST_TMPDIR/closed" "closed: Permission denied"
}

@test "a FIFO, a device and a socket are no images and nobody waits" {
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    no_image "$BATS_TEST_TMPDIR/fifo" fifo
    no_image /dev/null /dev/null
    no_image /dev/zero /dev/zero
    python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$BATS_TEST_TMPDIR/socket"
    no_image "$BATS_TEST_TMPDIR/socket" socket
}

@test "an empty folder has no command to execute" {
    mkdir "$BATS_TEST_TMPDIR/hollow"
    run ch_run "$BATS_TEST_TMPDIR/hollow" -- true
    expect_error 49 "true: No such file or directory"
    [ -z "$(ls -A "$BATS_TEST_TMPDIR/hollow")" ]
}

@test "an image below folders that may be passed but not listed is run" {
    mkdir -p "$BATS_TEST_TMPDIR/x/y"
    for image in "${IMAGES[@]}"; do
        cp -a "$image" "$BATS_TEST_TMPDIR/x/y/image"
        chmod 311 "$BATS_TEST_TMPDIR/x/y" "$BATS_TEST_TMPDIR/x"
        run ch_run "$BATS_TEST_TMPDIR/x/y/image" -- echo hello
        chmod 755 "$BATS_TEST_TMPDIR/x" "$BATS_TEST_TMPDIR/x/y"
        rm -rf "$BATS_TEST_TMPDIR/x/y/image"
        expect_output hello
    done
}

@test "an image that may only be read is run" {
    cp "$SQUASH" "$BATS_TEST_TMPDIR/image"
    chmod 400 "$BATS_TEST_TMPDIR/image"
    run ch_run "$BATS_TEST_TMPDIR/image" -- echo hello
    expect_output hello
}

@test "an image removed while it runs stays readable" {
    cp "$SQUASH" "$BATS_TEST_TMPDIR/image"
    run ch_run -b "$BATS_TEST_TMPDIR:/mnt/0" "$BATS_TEST_TMPDIR/image" -- \
        sh -c 'rm /mnt/0/image && md5sum </data/big'
    expect_output "$(md5sum <"$ROOT/data/big")"
}

@test "an image cut short while it runs gives errors, no hang" {
    cp "$SQUASH" "$BATS_TEST_TMPDIR/image"
    # shellcheck disable=SC2016
    run timeout 60 "$CH_BUILD/ch-run" -b "$BATS_TEST_TMPDIR:/mnt/0" \
        "$BATS_TEST_TMPDIR/image" -- /bin/sh -c ': >/mnt/0/image
            read -r line </data/big || echo "error"
            exit 5'
    # Its own end, or SIGBUS where the shell's code was not read yet.
    [ "$status" -eq 5 ] || expect_status 135
    [[ $output != *ch-run* ]]
}

@test "what the image holds is there as it was packed" {
    run ch_run "$SQUASH" -- sh -c 'readlink /opt/absolute
        stat -c "%a %F %s" /data/big /mnt/0 /opt/relative'
    expect_output "$(
        echo /mnt/2
        cd "$ROOT" && stat -c "%a %F %s" data/big
        echo "755 directory $(ch_run "$SQUASH" -- stat -c %s /mnt/0)"
        stat -c "%a %F %s" opt/relative
    )"
}

@test "an image directory that can't be searched is what the error names" {
    cp -a "$ROOT" "$BATS_TEST_TMPDIR/closed"
    chmod 600 "$BATS_TEST_TMPDIR/closed"
    run ch_run "$BATS_TEST_TMPDIR/closed" -- true
    chmod 755 "$BATS_TEST_TMPDIR/closed"
    expect_error 31 \
        "can't search the image directory $BATS_TEST_TMPDIR/closed: Permission"
}
