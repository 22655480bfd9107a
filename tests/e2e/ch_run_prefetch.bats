# Which files of an image are read is recorded, sorts an image, and is fetched
# in advance.
# SPDX-License-Identifier: MIT

load ../mount

setup()
{
    POINT=$BATS_TEST_TMPDIR/point
    mkdir "$POINT"
    cd "$BATS_TEST_TMPDIR" || return
    unset_launchers
}

# number NAME: in the output of the last "run".
number()
{
    sed -n "s/^$1  *\([0-9]*\)\$/\1/p" <<<"$output"
}

# fetched N: until the server of the mount at $POINT has N files. For a command
# in the mount's namespace.
cat_fetched()
{
    cat <<'EOF'
until [ "$("$CH_BUILD/ch-mount" --stats "$POINT" |
    sed -n 's/^prefetched_files *//p')" = "$files" ]; do
    sleep 0.05
done
"$CH_BUILD/ch-mount" --stats "$POINT"
EOF
}

# fetches FILES OPTION...: the server fetches that many, nobody having asked.
fetches()
{
    cat_fetched >wait.sh
    export POINT files=$1
    shift
    run timeout 60 "$CH_BUILD/ch-mount" "$@" "$POINT" -- sh wait.sh
    expect_status 0
    [ "$(number requests_read)" -eq 0 ] || fail_with "$output"
}

@test "--record writes the files of the image in the order of first reading" {
    ch_run --record list "$SQUASH" -- /bin/probe status 0 || true
    [ "$(cat list)" = /bin/probe ] || fail_with "$(cat list)"
    # shellcheck disable=SC2016 # for the inner shell
    ch_mount --record list "$SQUASH" "$POINT" -- sh -c '
        cd "$0/data"; cat small/7 small/3 small/7 big >/dev/null
        : <small/9; stat small/8 >/dev/null; head -c 1 small/1 >/dev/null' \
        "$POINT"
    expect=$'/data/small/7\n/data/small/3\n/data/big\n/data/small/1'
    [ "$(cat list)" = "$expect" ] || fail_with "$(cat list)"
}

@test "a file that is run, mapped or read below an overlay is recorded" {
    for options in "" -W; do
        # shellcheck disable=SC2086 # none or one
        ch_run --record list $options "$SQUASH" -- sh -c 'cat /data/small/5' \
            >/dev/null
        [ "$(cat list)" = $'/bin/busybox\n/data/small/5' ] ||
            fail_with "$options: $(cat list)"
    done
}

@test "--record is what --sort takes: the image begins with what was read" {
    mkdir tree
    for name in a b c d e; do
        { echo "mark $name"; head -c 300000 /dev/urandom; } >"tree/$name"
    done
    marks() { grep -aoE 'mark [a-e]$' "$1" | cut -d ' ' -f 2 | paste -sd ' '; }
    "$CH_BUILD/ch-convert" -q tree plain.sqfs
    # shellcheck disable=SC2016 # for the inner shell
    ch_mount --record list plain.sqfs "$POINT" -- \
        sh -c 'cat "$0/d" "$0/b" >/dev/null' "$POINT"
    for source in tree plain.sqfs; do
        rm -f sorted.sqfs
        "$CH_BUILD/ch-convert" -q --sort=list "$source" sorted.sqfs
        [ "$(marks sorted.sqfs)" = "d b a c e" ] ||
            fail_with "$source: $(marks sorted.sqfs)"
    done
}

@test "--prefetch fetches what a list names before anybody asks" {
    printf '%s\n' /data/small/1 data/small/2 ./data/small/../small/x >list
    fetches 2 --prefetch list "$SQUASH"
    [ "$(number prefetched_bytes)" -eq 14 ] || fail_with "$output"
    [ "$(number blocks_unpacked)" -ge 1 ]
    echo /data/big >list
    # the usual cache depends on the memory that there is
    fetches 1 --prefetch list --threads 1 --cache 64M "$SQUASH"
    [ "$(number prefetched_bytes)" -eq 4000000 ]
    run ch_run --prefetch list "$SQUASH" -- cat /data/small/1
    expect_output "file 1"
}

@test "no more is fetched than the cache holds" {
    mkdir tree
    for n in $(seq 40); do
        head -c 1000000 /dev/urandom >"tree/$n"
        echo "/$n" >>list
    done
    mksquashfs tree image.sqfs -quiet -no-progress >/dev/null
    cat >look.sh <<'EOF'
bytes()
{
    "$CH_BUILD/ch-mount" --stats "$POINT" |
        sed -n 's/^prefetched_bytes *//p'
}
until [ "$(bytes)" -ge 2000000 ]; do sleep 0.05; done
sleep 0.5 # for what must not come
"$CH_BUILD/ch-mount" --stats "$POINT"
EOF
    export POINT
    run ch_mount --cache 8M --prefetch list image.sqfs "$POINT" -- sh look.sh
    expect_status 0
    [ "$(number prefetched_bytes)" -le $((9 << 20)) ] || fail_with "$output"
}

@test "--prefetch=auto takes the list beside the image, or the one in it" {
    mkdir -p tree/ch
    echo one >tree/one
    echo two >tree/two
    ln -s image.sqfs link.sqfs
    printf '/one\n/two\n/three\n' >tree/ch/prefetch
    mksquashfs tree image.sqfs -quiet -no-progress >/dev/null
    fetches 2 --prefetch auto image.sqfs
    echo /one >image.sqfs.prefetch
    fetches 1 --prefetch=auto link.sqfs
    rm image.sqfs.prefetch
    mkfifo image.sqfs.prefetch
    fetches 2 --prefetch=auto image.sqfs
    fetches 0 --prefetch=auto "$SQUASH"
    for image in "$ROOT" "$SQUASH"; do
        run ch_run --prefetch=auto "$image" -- cat /data/small/1
        expect_output "file 1"
    done
}

@test "a list that means harm is no more than a waste of time" {
    head -c 3000000 /dev/urandom >noise
    { head -c 20000 /dev/zero | tr '\0' /; echo; head -c 9000 /dev/zero |
        tr '\0' a; echo; echo /; echo; echo ..; echo /data; echo /dev/null
        echo /opt/climbing; echo /data/small/1/x; echo /data/small/3; } >list
    seq 200000 | sed 's|.*|/data/small/2|' >many
    for list in noise /dev/null list many; do
        [ "$list" = /dev/null ] && continue
        run timeout 60 "$CH_BUILD/ch-run" --prefetch "$list" "$SQUASH" -- \
            cat /data/small/1
        expect_output "file 1"
    done
    fetches 1 --prefetch list "$SQUASH"
}

# complete FILE: statistics are written to their end.
complete()
{
    grep -q '^seconds ' "$1"
}

@test "--stats writes at the end what the server has done" {
    for options in "" -W; do
        # shellcheck disable=SC2086 # none or one
        ch_run --stats report $options "$SQUASH" -- cat /data/big >/dev/null
        eventually 20 complete report
        [ "$(sed -n 's/^requests_read //p' report)" -gt 10 ]
        [ "$(sed -n 's/^bytes_answered //p' report)" -gt 4000000 ]
    done
    ch_run --stats report "$SQUASH" -- sleep 2
    eventually 20 complete report
    [ "$(sed -n 's/^seconds //p' report)" -ge 1 ]
}

@test "what can't be recorded or fetched is one line of error" {
    mkfifo fifo
    tar -cf image.tar -C "$ROOT" data
    for option in --record --prefetch --stats; do
        run ch_run $option= "$SQUASH" -- true
        expect_error 31 "$option: the name of the file is empty"
        for image in "$ROOT" image.tar /; do
            run ch_run $option list "$image" -- true
            expect_error 31 "$option is about SquashFS images"
        done
        run ch_run $option list --join-pid 1 "$SQUASH" -- true
        expect_error 31 "$option incompatible with --join-pid"
        [ $option = --stats ] || {
            run ch_mount $option list "$SQUASH:/a" "$SQUASH:/b" -- true
            refused 31 "$option is for a single IMAGE"
        }
        run timeout 20 "$CH_BUILD/ch-run" $option fifo "$SQUASH" -- true
        expect_error 31 "fifo"
        run ch_run $option "$BATS_TEST_TMPDIR" "$SQUASH" -- true
        expect_error 31 "$BATS_TEST_TMPDIR"
    done
    for option in --record --stats; do
        run ch_run --fuse=never $option list "$SQUASH" -- true
        expect_error 31 "$option"
    done
    [ ! -e list ]
    run ch_run --prefetch none "$SQUASH" -- true
    expect_error 31 "none: No such file or directory"
    run ch_mount --kernel --record list "$SQUASH" "$POINT" -- true
    refused 31 "--kernel incompatible with --record"
    run ch_run --record /dev/full "$SQUASH" -- cat /data/small/1
    expect_output "file 1"
}

@test "a FIFO that is read slowly gets the whole record" {
    mkdir -p tree/dir
    names=$(seq -f "$(printf '%0200d' 0)%g" 1000)
    for name in $names; do
        echo "$name" >"tree/dir/$name"
    done
    mksquashfs tree image.sqfs -quiet -no-progress >/dev/null
    mkfifo fifo
    exec 7<>fifo
    # shellcheck disable=SC2016 # for the inner shell
    ch_mount --record fifo image.sqfs "$POINT" -- \
        sh -c 'cat "$0"/dir/* >/dev/null' "$POINT" 7<&- 3>&- &
    sleep 2 # for what does not fit to be lost
    count=$(timeout 60 head -n 1000 <&7 | wc -l)
    exec 7<&-
    wait
    [ "$count" -eq 1000 ] || fail_with "$count lines"
}

@test "ranks that share an image share the record" {
    export SLURM_JOB_ID=$$ SLURM_STEP_ID=7
    ch_run --record list -b "$PWD:/mnt/0" "$SQUASH" -- sh -c '
        cat /data/small/1 >/dev/null; : >/mnt/0/there
        until [ -e /mnt/0/end ]; do sleep 0.02; done' 3>&- &
    eventually 30 test -e there
    ch_run --record list "$SQUASH" -- cat /data/small/2
    : >end
    wait
    [ "$(cat list)" = $'/bin/busybox\n/data/small/1\n/data/small/2' ] ||
        fail_with "$(cat list)"
}

@test "--prefetch is of no account where the image is unpacked" {
    echo /data/small/1 >list
    run ch_run --fuse=never --prefetch list "$SQUASH" -- cat /data/small/2
    expect_output "file 2"
}
