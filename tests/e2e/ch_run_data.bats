# ch-run -b with SquashFS files as sources: data sets in the container.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
    # not named as images are: the content counts
    mkdir "$BATS_FILE_TMPDIR/a" "$BATS_FILE_TMPDIR/b"
    echo first >"$BATS_FILE_TMPDIR/a/which"
    mkdir "$BATS_FILE_TMPDIR/a/sub"
    echo second >"$BATS_FILE_TMPDIR/b/which"
    for name in a b; do
        mksquashfs "$BATS_FILE_TMPDIR/$name" "$BATS_FILE_TMPDIR/$name.data" \
            -all-root -no-progress -quiet >/dev/null
    done
}

setup()
{
    A=$BATS_FILE_TMPDIR/a.data
    B=$BATS_FILE_TMPDIR/b.data
}

@test "a SquashFS file is mounted at a directory that the image has" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$A:/mnt/0" "$image" -- cat /mnt/0/which
        expect_output first
        expect_status 0
        run ch_run -b "$A:/mnt/0" -b "$B:/mnt/1" -b "$SQUASH:/mnt/2" \
            "$image" -- cat /mnt/0/which /mnt/1/which /mnt/2/data/small/1
        expect_output $'first\nsecond\nfile 1'
    done
}

@test "a directory is made for it where the image has none" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$A:/made" -b "$B:/made/deep/here" -b "$B:/opt/2/3" \
            "$image" -- cat /made/which /made/deep/here/which /opt/2/3/which
        expect_output $'first\nsecond\nsecond'
        expect_status 0
    done
    [ ! -e "$ROOT/made" ]
    run ch_run -W -b "$A:/made" "$SQUASH" -- cat /made/which
    expect_output first
}

@test "at a file it is the file that is bound, as ever" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$A:/etc/hosts" "$image" -- sh -c \
            'wc -c </etc/hosts'
        expect_output "$(wc -c <"$A")"
    done
}

@test "without a target, or at a name of images, it is the file too" {
    cp "$A" "$BATS_TEST_TMPDIR/a.sqfs"
    for target in "$A" /new/a.sqfs /new/a.squash /new/a.squashfs; do
        run ch_run -t -b "$A:$target" "$SQUASH" -- sh -c \
            "test -f '$target' && wc -c <'$target'"
        expect_output "$(wc -c <"$A")"
    done
    run ch_run -t -b "$A" "$SQUASH" -- test -f "$A"
    expect_status 0
}

@test "its files are read-only and the user's own" {
    for options in "" -W; do
        # shellcheck disable=SC2086 # none or one
        run ch_run $options -b "$A:/mnt/0" "$SQUASH" -- sh -c \
            'touch /mnt/0/new 2>/dev/null || echo refused; stat -c %u /mnt/0/*'
        expect_output "refused"$'\n'"$(id -u)"$'\n'"$(id -u)"
    done
}

@test "binds and images are mounted in it, where it has no place too" {
    mkdir "$(scratch)/x"
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$A:/mnt/0" -b "$B:/mnt/0/sub" -b "$(scratch):/mnt/0/new" \
            "$image" -- sh -c 'cd /mnt/0; ls; cat which sub/which; ls new'
        expect_output $'new\nsub\nwhich\nfirst\nsecond\nx'
    done
}

@test "in a directory of the host it needs a place" {
    mkdir "$(scratch)/here"
    run ch_run -b "$(scratch):/mnt/0" -b "$A:/mnt/0/here" "$ROOT" -- \
        cat /mnt/0/here/which
    expect_output first
    run ch_run -b "$(scratch):/mnt/0" -b "$A:/mnt/0/none" "$ROOT" -- true
    expect_error 31 "make it there"
    [ ! -e "$(scratch)/none" ]
}

@test "what begins as an image but is none is an error that names it" {
    head -c 200 "$A" >"$(scratch)/cut"
    { head -c 40 "$A" && head -c 4096 /dev/zero; } >"$(scratch)/bad"
    for name in cut bad; do
        run ch_run -b "$(scratch)/$name:/mnt/0" "$ROOT" -- true
        expect_error 31 "$(scratch)/$name"
        # where it is meant as a file, its contents do not matter
        run ch_run -b "$(scratch)/$name:/etc/hosts" "$ROOT" -- \
            test -s /etc/hosts
        expect_status 0
    done
}

@test "the servers end with the container, and a daemon keeps its data" {
    for image in "${IMAGES[@]}"; do
        run leaves_nothing "$CH_BUILD/ch-run" -b "$A:/mnt/0" -b "$B:/new" \
            -b "$A:/etc/hosts" "$image" -- true
        expect_output "exited 0, nothing left"
        run leaves_nothing "$CH_BUILD/ch-run" -b "$A:/mnt/0" -b "$B:/no/a.sqfs" \
            "$image" -- no-such-command
        [ "${lines[-1]}" = "exited 49, nothing left" ]
    done
    mkfifo "$(scratch)/go"
    ch_run -b "$A:/new" -b "$(scratch):/mnt/0" "$SQUASH" -- sh -c \
        '(read x </mnt/0/go; cat /new/which >/mnt/0/out) >/dev/null 2>&1 &' 3>&-
    echo >"$(scratch)/go"
    eventually 10 grep -qs first "$(scratch)/out"
}

# servers FILE...: how many of these logs of -v name a server.
servers()
{
    cat "$@" | grep -c "image server: pid" || true
}

@test "the ranks of a step share the servers of their data" {
    export SLURM_JOB_ID=$$ SLURM_STEP_ID=1 SLURM_STEP_TASKS_PER_NODE=4
    for image in "${IMAGES[@]}"; do
        for n in 1 2 3 4; do
            ch_run -v -b "$A:/mnt/0" -b "$B:/new" -b "$(scratch):/mnt/1" \
                "$image" -- sh -c 'cat /mnt/0/which /new/which >/mnt/1/'$n'
                while [ ! -e /mnt/1/4 ]; do sleep 0.1; done' \
                2>"$BATS_TEST_TMPDIR/steps.$n" 3>&- &
            eventually 20 test -s "$(scratch)/$n"
        done
        wait
        [ "$(cat "$(scratch)"/?)" = "$(printf 'first\nsecond\n%.0s' 1 2 3 4)" ]
        [ "$(servers "$BATS_TEST_TMPDIR"/steps.1)" -ge 2 ]
        [ "$(servers "$BATS_TEST_TMPDIR"/steps.[234])" -eq 0 ]
        rm "$(scratch)"/?
        SLURM_STEP_ID=2
    done
}

@test "100,000 tiny files are read right, in little memory" {
    # in memory, as disks are slow at it
    # shellcheck disable=SC2016 # for the inner shell
    sum=$("$CH_BUILD/ch-mount" --tmpfs "$(scratch)" -- sh -ec '
        cd "$1"
        python3 "$2/data/samples.py" samples 100000
        mksquashfs samples "$3" -no-duplicates -no-progress -quiet >&2
        cd samples
        for folder in *; do cat "$folder"/*; done | md5sum' - \
        "$(scratch)" "$CH_TESTS" "$BATS_TEST_TMPDIR/samples.data" 3>&-)
    mkfifo "$(scratch)/go"
    # shellcheck disable=SC2016 # for the inner shell
    ch_run -v -b "$BATS_TEST_TMPDIR/samples.data:/data" -b "$(scratch):/mnt/0" \
        "$ROOT" -- sh -c 'cd /data; for folder in *; do cat $folder/*; done |
        md5sum; cat /mnt/0/go' \
        >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/steps" 3>&- &
    eventually 300 grep -q -- - "$BATS_TEST_TMPDIR/out"
    server=$(sed -n 's/.*image server: pid //p' "$BATS_TEST_TMPDIR/steps")
    peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$server/status")
    echo >"$(scratch)/go"
    wait $!
    [ "$(cat "$BATS_TEST_TMPDIR/out")" = "$sum" ]
    echo "peak: $peak KiB"
    [ "$peak" -lt 131072 ] # the cache, and as much again
}

@test "a bind of an image with :rw is warned of, with :ro it is not" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$A:/mnt/0:rw" "$image" -- true
        expect_status 0
        [[ $output == *"warning: /mnt/0 can't be written to, as it is a "* ]] ||
            fail_with "$output"
        run ch_run -b "$A:/mnt/0:ro" "$image" -- cat /mnt/0/which
        expect_output first
    done
}
