# Tar archives run as they are, whatever is in them.
# shellcheck disable=SC2016,SC2030,SC2031  # inner shells; a test is a subshell
# SPDX-License-Identifier: MIT

load ../helper

BUSYBOX=${CH_BUSYBOX:-/bin/busybox}

setup_file()
{
    make_fixtures
}

# archive KIND: make it, as $TAR; it can be run.
archive()
{
    TAR=$BATS_TEST_TMPDIR/$1.tar
    python3 "$CH_TESTS/data/archives.py" "$1" "$BUSYBOX" >"$TAR"
}

# in_tar COMMAND...: run it in $TAR.
in_tar()
{
    run timeout 100 "$CH_BUILD/ch-run" "$TAR" -- "$@"
}

# no_archive TEXT: $TAR can't be run: one line with TEXT, nothing left.
no_archive()
{
    in_tar true
    expect_error 31 "can't unpack $TAR: "
    expect_error 31 "$1"
    run leaves_nothing timeout 100 "$CH_BUILD/ch-run" "$TAR" -- true
    expect_status 0
}

@test "an archive is run, in each compression, whatever its name" {
    tar -C "$ROOT" -cf "$BATS_TEST_TMPDIR/image" .
    sum=$(md5sum <"$ROOT/data/big")
    for compressor in cat gzip bzip2 xz zstd lz4 'xz -T2 --block-size=1MiB'; do
        $compressor <"$BATS_TEST_TMPDIR/image" >"$BATS_TEST_TMPDIR/packed"
        run ch_run "$BATS_TEST_TMPDIR/packed" -- \
            sh -c 'md5sum </data/big; cat /data/small/200; ls /data/small | wc -l'
        expect_output "$sum"$'\nfile 200\n200'
    done
}

@test "frames and members behind each other are one archive" {
    tar -C "$ROOT" -cf "$BATS_TEST_TMPDIR/image" .
    sum=$(md5sum <"$ROOT/data/big")
    for compressor in gzip zstd xz bzip2 lz4; do
        split -b 2M --filter="$compressor" "$BATS_TEST_TMPDIR/image" \
            >"$BATS_TEST_TMPDIR/packed"
        run ch_run "$BATS_TEST_TMPDIR/packed" -- md5sum /data/big
        expect_output "${sum%-}/data/big"
    done
}

@test "the tree is as it was packed" {
    tar -C "$ROOT" -cf "$BATS_TEST_TMPDIR/image" .
    list='find bin data opt ch -exec stat -c "%n %a %F %N" {} + | sort
        stat -c %Y data/big bin mnt'
    ch_run "$BATS_TEST_TMPDIR/image" -- sh -c "cd / && $list" \
        >"$BATS_TEST_TMPDIR/got"
    ch_run "$ROOT" -- sh -c "cd / && $list" >"$BATS_TEST_TMPDIR/expected"
    cmp "$BATS_TEST_TMPDIR/got" "$BATS_TEST_TMPDIR/expected"
}

@test "the archive is read-only, -W takes changes, -w is an error" {
    archive plain
    in_tar sh -c 'cat /data && echo new >/data'
    expect_status 1
    [[ $output == *"Read-only file system"* ]]
    run ch_run -W "$TAR" -- sh -c 'echo new >/data && cat /data'
    expect_output new
    run ch_run -w "$TAR" -- true
    expect_error 31 "can't write to a tar archive: $TAR (--write-fake"
}

@test "the command's exit status, signals and ids are its own" {
    archive plain
    in_tar sh -c 'exit 37'
    expect_status 37
    in_tar sh -c 'kill -TERM $$'
    expect_status 143
    in_tar no-such-command
    expect_error 49 no-such-command
    run ch_run -u 0 -g 0 "$TAR" -- stat -c '%u %g' /data
    expect_output "0 0"
}

@test "nothing is left, however the command ends" {
    archive plain
    for command in true 'exit 3' 'kill -KILL $$' 'sleep 0.1 & exit 0'; do
        run leaves_nothing "$CH_BUILD/ch-run" "$TAR" -- sh -c "$command"
        expect_status 0
    done
}

@test "the only directory of an archive is not a part of the image" {
    archive single
    python3 "$CH_TESTS/data/archives.py" single >"$TAR"
    run ch_run -v "$TAR" -- true
    expect_status 49
    mkdir "$BATS_TEST_TMPDIR/tree"
    cp -a "$ROOT" "$BATS_TEST_TMPDIR/tree/image-1.0"
    tar -C "$BATS_TEST_TMPDIR/tree" -czf "$TAR" image-1.0
    in_tar cat /data/small/1
    expect_output "file 1"
    archive single
    in_tar cat /image-1.0/data /image-1.0/image-1.0/data
    expect_output $'text\ntext'
}

@test "names climb nowhere" {
    for kind in dotdot dotdot_inside; do
        archive $kind
        no_archive 'a name with ".." in it: '
    done
    archive absolute
    in_tar cat /data /deep/data
    expect_output $'text\ntext'
    [ ! -e "$BATS_TEST_TMPDIR/escaped" ]
}

@test "hard links lead to the archive's own files or are an error" {
    archive link_dotdot
    no_archive 'a name with ".." in it: '
    archive link_to_nothing
    no_archive "can't link stolen to etc/no-such"
    archive link_through_symlink
    no_archive "can't link stolen to out/hostname"
    archive link_absolute
    in_tar cat /data
    expect_output mine
    archive linked
    in_tar stat -c '%h %s' /one /two /three
    expect_output $'3 5\n3 5\n3 5'
}

@test "an entry behind a symbolic link stays inside" {
    archive file_through_symlink
    run ch_run --private-tmp -W "$TAR" -- true
    expect_status 0
    [ ! -e /tmp/ch-escaped ]
    [ ! -e /tmp/ch-escaped-too ]
    archive merged_usr
    in_tar cat /usr/lib/data
    expect_output text
}

@test "a later entry takes the place of an earlier one" {
    archive replaced
    in_tar cat /file-by-file /dir-by-file /link-by-file /file-by-dir/new \
        /file-by-dir/through /dir-by-dir/kept /link
    expect_output $'new\nnew\nnew\nnew\nnew\nkept\nnew'
    in_tar stat -c '%a %h' /dir-by-dir /dir-by-file /link
    expect_output $'700 2\n755 2\n755 2'
}

@test "the caller may read all files and enter all directories" {
    archive modes
    in_tar cat /closed/file /read-only/file
    expect_output $'text\ntext'
    in_tar stat -c %a /closed /closed/file /read-only /setuid /sticky
    expect_output $'700\n400\n755\n6755\n1777'
}

@test "device files are left out, and counted" {
    archive devices
    run ch_run -v "$TAR" -- stat -c %F /fifo
    expect_status 0
    [[ $output == *"left out: 5 device files"* ]] ||
        [[ $output == *"left out: 4 device files"* ]]
    [[ ${lines[-1]} == fifo ]]
    in_tar sh -c 'ls /null /disk /zero'
    expect_status 1
}

@test "odd names are kept byte by byte" {
    archive names
    in_tar sh -c 'cd / && for f in n* d*/e*/* a* c* l* .h* -*; do
        cat -- "$f"; done | sort | uniq -c; printf "%s\n" c* l*'
    expect_output $'      7 text\ncaf\xc3\xa9-\xe6\x97\xa5\xe6\x9c\xac\nlatin-\xe9'
}

@test "names that are too long are an error" {
    archive long_name
    no_archive "name too long"
    archive long_path
    no_archive "name too long"
}

@test "directories of any depth give way to a file" {
    archive deep
    in_tar cat /d
    expect_output "in the place of 2000 directories"
}

@test "a size that the archive does not have is an error" {
    archive huge
    no_archive "huge"
}

@test "an archive cut short is an error, in each compression" {
    archive many
    for compressor in cat gzip bzip2 xz zstd lz4; do
        $compressor <"$TAR" >"$BATS_TEST_TMPDIR/whole"
        size=$(stat -c %s "$BATS_TEST_TMPDIR/whole")
        head -c $((size / 2 + 100)) "$BATS_TEST_TMPDIR/whole" \
            >"$BATS_TEST_TMPDIR/short"
        run timeout 20 "$CH_BUILD/ch-run" "$BATS_TEST_TMPDIR/short" -- true
        expect_error 31 "can't unpack $BATS_TEST_TMPDIR/short: "
    done
}

@test "what was changed on the way is an error, or harmless" {
    archive many
    gzip -c "$TAR" >"$BATS_TEST_TMPDIR/whole"
    for at in 100 5000 50000; do
        cp "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/bad"
        printf 'XXXXXXXX' | dd of="$BATS_TEST_TMPDIR/bad" bs=1 seek=$at \
            conv=notrunc status=none
        run timeout 20 "$CH_BUILD/ch-run" "$BATS_TEST_TMPDIR/bad" -- true
        expect_error 31 "can't unpack $BATS_TEST_TMPDIR/bad: "
    done
}

@test "what is compressed but no archive is an error, as is an empty one" {
    TAR=$BATS_TEST_TMPDIR/text.gz
    seq 1000 | gzip >"$TAR"
    no_archive ""
    TAR=$BATS_TEST_TMPDIR/nothing.tar.gz
    python3 "$CH_TESTS/data/archives.py" empty | gzip >"$TAR"
    no_archive ""
}

@test "a bomb is stopped at the limit, with the way out" {
    archive bomb
    gzip "$TAR"
    TAR=$TAR.gz
    run ch_run --unpack-size=50M "$TAR" -- true
    expect_error 31 "can't unpack $TAR: larger than 50 MiB (--unpack-size)"
    run leaves_nothing "$CH_BUILD/ch-run" --unpack-size=50M "$TAR" -- true
    expect_status 0
    run ch_run --unpack-size=110M "$TAR" -- stat -c %s /bomb
    expect_output 104857600
}

@test "names alone count against the limit" {
    archive many
    run ch_run --unpack-size=9M "$TAR" -- true
    expect_error 31 "larger than 9 MiB"
    run ch_run --unpack-size=300M "$TAR" -- sh -c 'find /many -type f | sort |
        sed -n "\$="; cat /many/7/7999'
    expect_output $'8000\n7999'
}

@test "holes take no memory" {
    archive sparse
    run ch_run --unpack-size=50M "$TAR" -- \
        sh -c 'stat -c "%s" /sparse; busybox tail -c 4 /sparse'
    expect_output $'1073741824\nend'
}

@test "attributes of users are kept, others are left out" {
    archive xattrs
    run ch_run -b /usr/bin -b /usr/lib -b /lib64 "$TAR" -- \
        /usr/bin/python3 -c 'import os; print(os.listxattr("/data"))'
    [ "$status" -eq 0 ] || skip "no python of the host in the container"
    [[ $output == "['user.colour']" ]] || [[ $output == "[]" ]]
}

@test "an archive that may not be read is an error" {
    archive plain
    chmod 0 "$TAR"
    in_tar true
    expect_error 31 "Permission denied"
}

@test "ranks of a job step share what was unpacked once" {
    archive many
    export SLURM_JOB_ID=1 SLURM_STEP_ID=$BATS_TEST_NUMBER$$
    for rank in 1 2 3 4; do
        ch_run "$TAR" -- sh -c 'stat -c %d /many; busybox sleep 1' \
            >"$BATS_TEST_TMPDIR/rank.$rank" 3>&- &
    done
    wait
    run sort -u "$BATS_TEST_TMPDIR"/rank.*
    [ "${#lines[@]}" -eq 1 ] || fail_with "$output"
}

@test "archives do without fsopen and openat2, or where these are forbidden" {
    archive replaced
    for call in fsopen openat2; do
        for errno in ENOSYS EPERM; do
            run python3 "$CH_TESTS/e2e/deny.py" "$call" "$errno" \
                "$CH_BUILD/ch-run" "$TAR" -- sh -c \
                'cat /dir-by-link/new /dir-by-file; echo >/file'
            [[ $output == $'new\nnew\n'*"ead-only file system" ]] ||
                fail_with "$call: $output"
        done
    done
}
