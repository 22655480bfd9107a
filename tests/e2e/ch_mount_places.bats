# ch-mount for a command: where it is mounted, and what is seen around it.
# SPDX-License-Identifier: MIT

load ../mount

@test "a command that cannot be executed is 49, all else that fails 31" {
    run ch_mount "$SQUASH" "$POINT" -- no-such-command
    refused 49 "no-such-command: No such file or directory"
    run ch_mount "$SQUASH" "$POINT" -- "$POINT/data/big"
    refused 49 "Permission denied"
    run ch_mount --no-such-option "$SQUASH" "$POINT" -- true
    refused 31 no-such-option
    run ch_mount -- true
    refused 31 "IMAGE not specified"
    run ch_mount --kernel "$SQUASH" "$POINT" -- true
    refused 31 "only root"
}

@test "options that contradict each other are refused" {
    run ch_mount --background --foreground "$SQUASH" "$POINT"
    refused 1 "--foreground"
    run ch_mount --background "$SQUASH" "$POINT" -- true
    refused 31 "leave out"
    run ch_mount --kernel --foreground "$SQUASH" "$POINT"
    refused 1 "nothing to serve"
    run ch_mount "$SQUASH" "$POINT" true
    refused 1 "a command comes after --"
    run ch_mount --background "$SQUASH"
    refused 1 "DIR not specified"
    run ch_mount --list "$SQUASH"
    refused 1 "takes no IMAGE"
    for bad in 0 65 x -1; do
        run ch_mount --threads "$bad" "$SQUASH" "$POINT" -- true
        refused 31 "--threads"
    done
    for bad in lots -1 1E 99999999999999999999 0x10 ""; do
        run ch_mount --cache "$bad" "$SQUASH" "$POINT" -- true
        refused 31 "--cache"
    done
    for extreme in 1 1000T 16777215T; do
        run ch_mount --cache "$extreme" "$SQUASH" "$POINT" -- \
            cat "$POINT/data/small/1"
        expect_output "file 1"
    done
}

@test "an unknown option behind a place names the known ones" {
    mkdir "$BATS_TEST_TMPDIR/to"
    to=$BATS_TEST_TMPDIR/to
    run ch_mount --bind "/etc:$to:bad" -- true
    refused 31 "$to: unknown option: bad (known: ro rw"
    run ch_mount "$SQUASH:$to:bad" -- true
    refused 31 "$to: unknown option: bad (known: ro rw"
    run ch_mount "$SQUASH:$to:ro" -- cat "$to/data/small/3"
    expect_output "file 3"
    run ch_mount "$SQUASH:$to:rw" -- cat "$to/data/small/3"
    expect_status 0
    [[ $output == *"warning: $to can't be written to, as it is a SquashFS"* ]]
    run ch_mount --bind "/etc:$to:rw" -- ls "$to/passwd"
    expect_output "$to/passwd"
    run ch_mount --bind "/etc:$to:b:rw" -- ls "$to:b/passwd"
    [ "${lines[-1]}" = "$to:b/passwd" ]
    [ -z "$(ls -A "$to")" ]
}

@test "what can't be made in /proc is an error that says so" {
    for place in /proc/foo /proc/foo/bar /proc/self/foo /proc/1/foo; do
        run ch_mount "$SQUASH:$place" -- true
        refused 31 "destination not found: $place: nothing can be made in /proc"
        run ch_mount --bind "/etc:$place" -- true
        refused 31 "destination not found: $place: nothing can be made in /proc"
    done
}

@test "without a folder it is /mnt" {
    run ch_mount "$SQUASH" -- cat /mnt/data/small/3
    expect_output "file 3"
    expect_status 0
}

@test "words of the command that look like options are the command's" {
    run ch_mount "$SQUASH" "$POINT" -- echo --list -v -- --help
    expect_output "--list -v -- --help"
}

@test "after -- alone it is the user's shell" {
    printf '#!/bin/sh\necho "shell with $# arguments"\n' \
        >"$BATS_TEST_TMPDIR/shell"
    chmod +x "$BATS_TEST_TMPDIR/shell"
    SHELL=$BATS_TEST_TMPDIR/shell run ch_mount "$SQUASH" "$POINT" --
    expect_output "shell with 0 arguments"
    # shellcheck disable=SC2016 # for the inner shell
    echo 'echo "it is $0"' >"$BATS_TEST_TMPDIR/input"
    run env -u SHELL "$CH_BUILD/ch-mount" "$SQUASH" "$POINT" -- \
        <"$BATS_TEST_TMPDIR/input"
    expect_output "it is /bin/sh"
    SHELL='' run ch_mount "$SQUASH" "$POINT" -- <"$BATS_TEST_TMPDIR/input"
    expect_output "it is /bin/sh"
}

@test "at a terminal it is the user's shell, without any --" {
    export SHELL=/bin/bash
    run script -qec "'$CH_BUILD/ch-mount' '$SQUASH' '$POINT'" /dev/null \
        <<<"cat '$POINT/data/small/5'; exit 4"
    expect_status 4
    [[ $output == *"file 5"* ]] || fail_with "$output"
    [ -z "$(ls -A "$POINT")" ]
}

@test "all else of the host stays in sight" {
    # shellcheck disable=SC2016 # awk's
    list='{ print $5 }'
    ch_mount "$SQUASH" "$POINT" -- awk "$list" /proc/self/mountinfo |
        sort >"$BATS_TEST_TMPDIR/seen"
    { awk "$list" /proc/self/mountinfo && echo "$POINT"; } |
        sort | diff - "$BATS_TEST_TMPDIR/seen"
    look='id -un; umask; ulimit -n; env | grep -v ^_= | sort'
    run ch_mount "$SQUASH" "$POINT" -- sh -c "$look"
    expect_output "$(sh -c "$look")"
}

@test "all files are the user's own" {
    mksquashfs "$ROOT/data" "$BATS_TEST_TMPDIR/root.sqfs" -all-root \
        -no-progress -quiet >/dev/null
    run ch_mount "$BATS_TEST_TMPDIR/root.sqfs" "$POINT" -- \
        find "$POINT" ! -user "$(id -un)" -o ! -group "$(id -gn)"
    expect_output ""
    expect_status 0
}

@test "a working directory that the image covers is entered anew" {
    cd "$POINT"
    run ch_mount "$SQUASH" . -- cat data/small/1
    expect_output "file 1"
    mkdir -p data/none
    cd data
    run ch_mount "$SQUASH" .. -- cat small/1
    expect_output "file 1"
    cd none
    run ch_mount "$SQUASH" ../.. -- pwd
    expect_output "$POINT/data/none"
    expect_status 0
}

@test "a working directory that was removed is no reason to fail" {
    mkdir "$BATS_TEST_TMPDIR/gone"
    cd "$BATS_TEST_TMPDIR/gone"
    rmdir "$BATS_TEST_TMPDIR/gone"
    run ch_mount "$SQUASH" "$POINT" -- cat "$POINT/data/small/1"
    expect_output "file 1"
}

@test "mounts are made within mounts, and over each other" {
    mkdir "$POINT.2"
    run ch_mount "$SQUASH" "$POINT" -- \
        "$CH_BUILD/ch-mount" "$FIXTURES/images/xz.sqfs" "$POINT.2" -- \
        "$CH_BUILD/ch-mount" "$FIXTURES/images/lz4.sqfs" "$POINT" -- \
        cat "$POINT/data/small/1" "$POINT.2/data/small/2"
    expect_output $'file 1\nfile 2'
    # an image within the image
    mkdir "$BATS_TEST_TMPDIR/outer"
    cp "$SQUASH" "$BATS_TEST_TMPDIR/outer/inner.sqfs"
    mksquashfs "$BATS_TEST_TMPDIR/outer" "$BATS_TEST_TMPDIR/outer.sqfs" \
        -no-progress -quiet >/dev/null
    run ch_mount "$BATS_TEST_TMPDIR/outer.sqfs" "$POINT" -- \
        "$CH_BUILD/ch-mount" "$POINT/inner.sqfs" "$POINT" -- \
        cat "$POINT/data/small/1"
    expect_output "file 1"
}

@test "it runs in a container, and a container in it" {
    run ch_run -b "$CH_BUILD:/mnt/0" -b "$FIXTURES:/mnt/1" "$ROOT" -- \
        /mnt/0/ch-mount /mnt/1/images/gzip.sqfs /mnt/2 -- \
        cat /mnt/2/data/small/1
    expect_output "file 1"
    mkdir "$BATS_TEST_TMPDIR/outer"
    cp "$SQUASH" "$BATS_TEST_TMPDIR/outer/inner.sqfs"
    mksquashfs "$BATS_TEST_TMPDIR/outer" "$BATS_TEST_TMPDIR/outer.sqfs" \
        -no-progress -quiet >/dev/null
    run ch_mount "$BATS_TEST_TMPDIR/outer.sqfs" "$POINT" -- \
        "$CH_BUILD/ch-run" "$POINT/inner.sqfs" -- cat /data/small/1
    expect_output "file 1"
}

@test "names with blanks, newlines and backslashes are names" {
    name=$BATS_TEST_TMPDIR/$'a b\n"c" \\040,d'
    mkdir "$name"
    cp "$SQUASH" "$name.sqfs"
    run ch_mount "$name.sqfs" "$name" -- cat "$name/data/small/1"
    expect_output "file 1"
    run ch_mount "$name.sqfs" "$name/none" -- true
    refused 31 "No such file or directory"
}

@test "a symlink to a folder will do, a dangling one is an error" {
    ln -s point "$BATS_TEST_TMPDIR/link"
    run ch_mount "$SQUASH" "$BATS_TEST_TMPDIR/link" -- \
        cat "$POINT/data/small/1"
    expect_output "file 1"
    ln -s nowhere "$BATS_TEST_TMPDIR/dangling"
    run ch_mount "$SQUASH" "$BATS_TEST_TMPDIR/dangling" -- true
    refused 31 "No such file or directory"
}

@test "a path of full length will do, a longer one is an error" {
    cd "$BATS_TEST_TMPDIR"
    part=$(printf 'p%.0s' $(seq 200))
    while [ $((${#PWD} + 202)) -lt 4095 ]; do
        mkdir "$part"
        cd "$part"
    done
    part=${part:0:$((4095 - ${#PWD} - 1))}
    mkdir "$part"
    run ch_mount "$SQUASH" "$PWD/$part" -- cat "$part/data/small/1"
    expect_output "file 1"
    run ch_mount "$SQUASH" "$PWD/${part}p" -- true
    refused 31 "name too long"
}

@test "many at a time use the same folder" {
    for n in $(seq 20); do
        ch_mount "$SQUASH" "$POINT" -- cat "$POINT/data/small/$n" \
            >"$BATS_TEST_TMPDIR/out.$n" 3>&- &
    done
    wait
    for n in $(seq 20); do
        [ "$(cat "$BATS_TEST_TMPDIR/out.$n")" = "file $n" ]
    done
    [ -z "$(ls -A "$POINT")" ]
}

@test "it leaves nothing behind, whatever happens" {
    run leaves_nothing "$CH_BUILD/ch-mount" "$SQUASH" "$POINT" -- true
    expect_output "exited 0, nothing left"
    run leaves_nothing "$CH_BUILD/ch-mount" "$SQUASH" "$POINT" -- no-such
    [ "${lines[-1]}" = "exited 49, nothing left" ]
    run leaves_nothing "$CH_BUILD/ch-mount" "$SQUASH" "$POINT/none" -- true
    [ "${lines[-1]}" = "exited 31, nothing left" ]
    # shellcheck disable=SC2016 # for the inner shell
    run leaves_nothing "$CH_BUILD/ch-mount" "$SQUASH" "$POINT" -- \
        sh -c 'kill -9 $$'
    expect_output "killed by 9, nothing left"
}

@test "Ctrl-C, Ctrl-Z and fg work as without it" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    ln -s "$ROOT/bin/probe" "$BATS_TEST_TMPDIR/bin/"
    export PATH=$BATS_TEST_TMPDIR/bin:$PATH
    for what in interrupt stop; do
        run python3 "$CH_TESTS/e2e/terminal.py" "$what" \
            "$CH_BUILD/ch-mount" "$SQUASH"
        expect_status 0
    done
}
