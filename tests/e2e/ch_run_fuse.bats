# SquashFS images where /dev/fuse is missing, closed or not wanted.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
    mkdir "$BATS_FILE_TMPDIR/tree"
    cd "$BATS_FILE_TMPDIR/tree" || return
    cp -a "$ROOT"/. .
    seq 1000 >data/one
    ln data/one data/two
    ln data/one bin/three
    python3 -c 'f = open("data/sparse", "wb"); f.seek(1 << 30); f.write(b"end\n")'
    setfattr -n user.colour -v blue data/one 2>/dev/null || true
    mkfifo data/fifo
    mkdir -m 555 data/closed
    touch data/closed/file 2>/dev/null || true
    chmod 0 data/closed
    mksquashfs . "$BATS_FILE_TMPDIR/image.sqfs" -quiet -no-progress \
        -p "null c 666 0 0 1 3" -p "d d 000 0 0" >/dev/null
    chmod 755 data/closed
}

# hidden_fuse HOW COMMAND...: in a mount namespace whose /dev/fuse is
# "missing", "closed" (0600 of another user) or "null" (/dev/null instead).
hidden_fuse()
{
    local how=$1
    shift
    # shellcheck disable=SC2016 # for the inner shell
    run timeout 100 unshare --user --map-current-user --keep-caps --mount \
        sh -c 'how=$0
        case $how in
        missing) mount -t tmpfs tmpfs /dev && : >/dev/null ;;
        null) mount --bind /dev/null /dev/fuse ;;
        closed) : >"$BATS_TEST_TMPDIR/none" && chmod 0 "$BATS_TEST_TMPDIR/none"
            mount --bind "$BATS_TEST_TMPDIR/none" /dev/fuse ;;
        esac || exit 99
        exec setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all \
            "$@"' "$how" "$@"
}

@test "without /dev/fuse an image is unpacked, with a line saying so" {
    for how in missing null closed; do
        hidden_fuse $how "$CH_BUILD/ch-run" "$SQUASH" -- cat /data/small/7
        expect_status 0
        [ "${#lines[@]}" -eq 2 ]
        [[ $output == *"warning: "*"unpacking $SQUASH into memory"*"file 7" ]]
    done
    hidden_fuse missing "$CH_BUILD/ch-run" "$SQUASH" -- cat /data/small/7
    [[ $output == *"warning: no /dev/fuse: unpacking"* ]]
    hidden_fuse missing "$CH_BUILD/ch-run" -q -q "$SQUASH" -- \
        sh -c 'cat /data/small/7 >&2'
    expect_output "file 7"
}

@test "--fuse=require is an error without /dev/fuse" {
    hidden_fuse missing "$CH_BUILD/ch-run" --fuse=require "$SQUASH" -- true
    expect_error 31 "can't open /dev/fuse"
    hidden_fuse null "$CH_BUILD/ch-run" --fuse=require "$SQUASH" -- true
    expect_error 31 "can't open /dev/fuse; it is something else"
    run ch_run --fuse=require "$SQUASH" -- cat /data/small/7
    expect_output "file 7"
}

@test "--fuse=never unpacks in silence, --fuse=prefer is the default" {
    run ch_run --fuse=never "$SQUASH" -- sh -c 'stat -f -c %T /; cat /data/small/7'
    expect_output $'tmpfs\nfile 7'
    run ch_run --fuse=prefer "$SQUASH" -- sh -c 'stat -f -c %T /'
    expect_output "$(ch_run "$SQUASH" -- stat -f -c %T /)"
    run ch_run --fuse=maybe "$SQUASH" -- true
    expect_error 31 "--fuse: not one of require, prefer, never: maybe"
}

@test "what is unpacked is what FUSE shows" {
    list='find / -xdev ! -type d -exec stat -c "%n %a %F %s %h %N" {} +
        find / -xdev -type d -exec stat -c "%n %F" {} +
        md5sum /data/big /data/one /data/small/*
        stat -c "%Y %n" /data /data/one /opt/absolute /bin'
    for use in prefer never; do
        ch_run -b /sys --fuse=$use "$BATS_FILE_TMPDIR/image.sqfs" -- \
            sh -c "($list) 2>/dev/null | sort" |
            grep -vE '^/(null|etc/(passwd|group)|data/closed|d) ' \
                >"$BATS_TEST_TMPDIR/$use"
    done
    diff "$BATS_TEST_TMPDIR/prefer" "$BATS_TEST_TMPDIR/never"
    grep -q '^/data/two .* 3 ' "$BATS_TEST_TMPDIR/never"
    grep -q "^/data/sparse .* 1073741828 " "$BATS_TEST_TMPDIR/never"
}

@test "all five compressions are unpacked" {
    sum=$(md5sum <"$ROOT/data/big")
    for compressor in gzip xz lz4 zstd lzo; do
        run ch_run --fuse=never "$FIXTURES/images/$compressor.sqfs" -- \
            sh -c 'md5sum </data/big; cat /data/small/200'
        expect_output "$sum"$'\nfile 200'
    done
}

@test "holes take no memory, and the limit holds" {
    image=$BATS_FILE_TMPDIR/image.sqfs
    run ch_run --fuse=never --unpack-size=60M "$image" -- \
        sh -c 'stat -c %s /data/sparse; tail -c 4 /data/sparse'
    expect_output $'1073741828\nend'
    run ch_run --fuse=never --unpack-size=3M "$image" -- true
    expect_error 31 "can't unpack $image: larger than 3 MiB (--unpack-size)"
    run ch_run --fuse=never --unpack-size=300K "$image" -- true
    expect_error 31 "can't unpack $image: larger than 300 KiB (--unpack-size)"
}

@test "-W takes changes, -w is an error" {
    run ch_run --fuse=never -W "$SQUASH" -- \
        sh -c 'echo new >/data/small/1 && cat /data/small/1'
    expect_output new
    run ch_run --fuse=never -w "$SQUASH" -- true
    expect_error 31 "can't write to a SquashFS image"
}

@test "a damaged image is an error, and nothing is left" {
    size=$(stat -c %s "$SQUASH")
    for at in 97 $((size / 3)) $((size / 2)) $((size - 200)); do
        cp "$SQUASH" "$BATS_TEST_TMPDIR/bad"
        head -c 4000 /dev/urandom | dd of="$BATS_TEST_TMPDIR/bad" bs=1 \
            seek="$at" conv=notrunc status=none
        run leaves_nothing timeout 50 "$CH_BUILD/ch-run" --fuse=never \
            "$BATS_TEST_TMPDIR/bad" -- true
        [[ $output == *"exited 31, nothing left" ]] ||
            [[ $output == *"exited 0, nothing left" ]]
    done
    head -c 100000 "$SQUASH" >"$BATS_TEST_TMPDIR/short"
    run ch_run --fuse=never "$BATS_TEST_TMPDIR/short" -- true
    expect_error 31 "truncated"
}

@test "nothing is left" {
    for command in true 'exit 3' 'sleep 0.1 & exit 0'; do
        run leaves_nothing "$CH_BUILD/ch-run" --fuse=never "$SQUASH" -- \
            sh -c "$command"
        expect_status 0
    done
}

@test "ch-mount shows an image without /dev/fuse too" {
    hidden_fuse missing "$CH_BUILD/ch-mount" "$SQUASH" /mnt -- \
        cat /mnt/data/small/7
    expect_status 0
    [[ $output == *"warning: no /dev/fuse: unpacking $SQUASH"*"file 7" ]]
    hidden_fuse null "$CH_BUILD/ch-mount" "$SQUASH" /mnt -- \
        cat /mnt/data/small/7
    expect_status 0
    [[ $output == *"warning: can't use /dev/fuse (Invalid argument): "*"file 7" ]]
}

@test "an image bound into the container is unpacked as well" {
    for how in missing null closed; do
        hidden_fuse $how "$CH_BUILD/ch-run" -b "$SQUASH:/mnt/0" "$ROOT" -- \
            cat /mnt/0/data/small/7
        expect_status 0
        [[ $output == *"warning: "*"unpacking $SQUASH into memory"*"file 7" ]]
    done
}
