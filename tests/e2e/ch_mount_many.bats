# ch-mount IMAGE:DIR...: several mounts for a command, on a host as it is.
# SPDX-License-Identifier: MIT

load ../mount

setup_file()
{
    make_fixtures
    for name in a b; do
        mkdir "$BATS_FILE_TMPDIR/$name"
        echo "$name" >"$BATS_FILE_TMPDIR/$name/which"
        mkdir "$BATS_FILE_TMPDIR/$name/sub"
        mksquashfs "$BATS_FILE_TMPDIR/$name" "$BATS_FILE_TMPDIR/$name.sqfs" \
            -all-root -no-progress -quiet >/dev/null
    done
}

setup()
{
    POINT=$BATS_TEST_TMPDIR/point
    mkdir "$POINT"
    A=$BATS_FILE_TMPDIR/a.sqfs
    B=$BATS_FILE_TMPDIR/b.sqfs
    # in the root directory, and on no host
    NEW=/ch-test-$$
}

@test "three images are mounted, each at its place" {
    mkdir "$POINT.2"
    run ch_mount "$A:$POINT" "$B:$POINT.2" "$SQUASH:/mnt" -- \
        cat "$POINT/which" "$POINT.2/which" /mnt/data/small/1
    expect_output $'a\nb\nfile 1'
    expect_status 0
    [ -z "$(ls -A "$POINT")" ]
}

@test "mount points are made for the command, directly in / too" {
    run ch_mount "$A:$NEW" "$B:$NEW.2/deep/er" "$A:/usr/ch-test/x" -- \
        cat "$NEW/which" "$NEW.2/deep/er/which" /usr/ch-test/x/which
    expect_output $'a\nb\na'
    expect_status 0
    [ ! -e "$NEW" ] && [ ! -e "$NEW.2" ] && [ ! -e /usr/ch-test ]
}

@test "all else of the host stays in sight when / is covered" {
    look='ls -A /; ls -A /etc; readlink /bin; id; umask; env | grep -v ^_=;
        ls -l /proc/self/fd | grep -c dev/fuse'
    run ch_mount "$A:$NEW" -- sh -c "$look"
    [ "$(echo "$output" | grep -vx "${NEW#/}" | sort)" = \
        "$(sh -c "$look" | sort)" ] || fail_with "$output"
    run ch_mount "$A:$NEW" -- sh -c 'echo x >/dev/null; ls /..; exit 7'
    expect_status 7
    run ch_mount "$A:$NEW" -- sh -c "mkdir /ch-test-none"
    [ "$status" -ne 0 ]
}

@test "where all mount points exist nothing but the images is mounted" {
    mkdir "$POINT.2"
    # shellcheck disable=SC2016 # awk's
    list='{ print $5 }'
    ch_mount "$A:$POINT" "$B:$POINT.2" -- awk "$list" /proc/self/mountinfo |
        sort >"$BATS_TEST_TMPDIR/seen"
    { awk "$list" /proc/self/mountinfo && echo "$POINT" && echo "$POINT.2"; } |
        sort | diff - "$BATS_TEST_TMPDIR/seen"
}

@test "the working directory is kept, whatever is covered" {
    cd "$POINT"
    echo probe >"$BATS_TEST_TMPDIR/probe"
    run ch_mount "$A:$NEW" -- sh -c '/bin/pwd; cat ../probe; echo x >new'
    expect_output "$POINT"$'\nprobe'
    [ -e "$POINT/new" ]
    # a covered one is entered anew, or kept if it is not there any more
    mkdir sub gone
    run ch_mount "$A:$POINT" "$B:$NEW" -- cat which
    expect_output a
    cd gone
    touch "$POINT/gone/mine"
    run ch_mount "$A:$POINT" "$B:$NEW" -- ls
    expect_output mine
    cd "$POINT"
    mkdir removed
    cd removed
    rmdir "$POINT/removed"
    run ch_mount "$A:$NEW" -- cat "$NEW/which"
    expect_output a
}

@test "a tmpfs is new, writable and of its size" {
    # shellcheck disable=SC2016 # for the inner shell
    run ch_mount --tmpfs "$NEW:1M" --tmpfs "$POINT" "$A:$NEW/in" -- sh -c '
        ls -A "$1"; echo x >"$1/x" && cat "$1/x" "$2/in/which"
        head -c 2M /dev/zero >"$2/big" || echo full' - "$POINT" "$NEW"
    [[ $output == $'x\na\n'*$'\nfull' ]] || fail_with "$output"
    [ -z "$(ls -A "$POINT")" ]
}

@test "what is bound can be written to, unless it is read-only" {
    echo file >"$(scratch)/file"
    # shellcheck disable=SC2016 # for the inner shell
    run ch_mount --bind "$(scratch):$NEW" --bind "$(scratch):$NEW.ro:ro" \
        --bind "$(scratch)/file:$NEW.rw/file:rw" -- sh -c '
        echo one >"$1/one"; cat "$1.ro/one" "$1.rw/file"
        touch "$1.ro/two" 2>/dev/null || echo refused' - "$NEW"
    expect_output $'one\nfile\nrefused'
    [ "$(cat "$(scratch)/one")" = one ]
}

@test "mounts are made in the order in which they are given" {
    run ch_mount --tmpfs "$NEW" "$A:$NEW/a" --bind "$(scratch):$NEW/a/sub" \
        "$B:$NEW/a/made" -- sh -c "cd $NEW; ls; ls a; cat a/made/which"
    expect_output $'a\nmade\nsub\nwhich\nb'
}

@test "names with colons: a file that exists is the image" {
    mkdir "$BATS_TEST_TMPDIR/c:"
    cp "$A" "$BATS_TEST_TMPDIR/c:/d"
    cp "$B" "$BATS_TEST_TMPDIR/b:c"
    run ch_mount "$BATS_TEST_TMPDIR/c:/d" "$POINT" -- cat "$POINT/which"
    expect_output a
    run ch_mount "$BATS_TEST_TMPDIR/c:/d:$NEW" \
        "$BATS_TEST_TMPDIR/b:c:$NEW.2:x:ro" -- cat "$NEW/which" "$NEW.2:x/which"
    expect_output $'a\nb'
}

@test "what can't be is refused, and nothing is left" {
    seq 1000 >"$BATS_TEST_TMPDIR/text"
    while read -r text words; do
        # shellcheck disable=SC2086 # several words
        run leaves_nothing "$CH_BUILD/ch-mount" $words -- true
        [ "${lines[-1]}" = "exited 31, nothing left" ] ||
            fail_with "$words: $output"
        [[ ${#lines[@]} -eq 2 && ${lines[0]} == *"error: "*"${text//_/ }"* ]] ||
            fail_with "$words: $output"
    done <<END
not_a_SquashFS $BATS_TEST_TMPDIR/text:$NEW
No_such_file /no/such.sqfs:$NEW
more_than_one_mount $A:$NEW $B:$NEW/
would_hide $A:$NEW/x $B:$NEW
must_be_absolute $A:some/where
must_be_absolute --tmpfs where $A:$NEW
would_hide_all $A:/
would_hide_all $A://
would_hide_all $A:/etc/..
root_directory $A:$NEW/../..
Not_a_directory $A:/etc/passwd
not_IMAGE:DIR $A:$NEW $B
more_than_IMAGE $A $POINT $B
No_such_file --bind /no/such:$NEW
not_SRC:DST --bind /etc
must_be_absolute --bind /etc:etc
not_a_size --tmpfs $NEW:lots
not_a_size --tmpfs $NEW:0
IMAGE_not_specified --no-share
single_IMAGE --offset=4096 $A:$NEW $B:$NEW.2
END
    run ch_mount "$A:$NEW" </dev/null
    refused 1 "is for a command: add -- COMMAND"
    run ch_mount "$A" /
    refused 1 "would hide all that is there"
    run ch_mount "$A" / -- true
    refused 31 "would hide all that is there"
}

@test "who could write beside a mount point that is missing is warned" {
    run ch_mount "$A:$POINT/none" -- sh -c "cat '$POINT/none/which'
        touch '$POINT/new' 2>/dev/null || echo refused"
    [[ ${lines[0]} == *"warning: no files can be made directly in $POINT "* ]]
    [ "${lines[1]}" = a ]
    [ "${lines[2]}" = refused ]
    [ -z "$(ls -A "$POINT")" ]
}

@test "nothing is left behind, and a daemon keeps its mounts" {
    run leaves_nothing "$CH_BUILD/ch-mount" "$A:$NEW" "$B:$NEW.2" -- true
    expect_output "exited 0, nothing left"
    # shellcheck disable=SC2016 # for the inner shell
    run leaves_nothing "$CH_BUILD/ch-mount" "$A:$NEW" "$B:$NEW.2" -- \
        sh -c 'kill -9 $$'
    expect_output "killed by 9, nothing left"
    mkfifo "$(scratch)/go"
    ch_mount "$A:$NEW" "$B:$NEW.2" -- sh -c "cd '$(scratch)'
        (read x <go; cat $NEW/which $NEW.2/which >out) >/dev/null 2>&1 &" 3>&-
    echo >"$(scratch)/go"
    eventually 10 grep -qs b "$(scratch)/out"
}

@test "the ranks of a step share servers and keep their own directories" {
    export SLURM_JOB_ID=$$ SLURM_STEP_ID=1 SLURM_STEP_TASKS_PER_NODE=3
    for n in 1 2 3; do
        mkdir "$(scratch)/$n"
        (cd "$(scratch)/$n" && ch_mount -v "$A:$NEW" "$B:$POINT" -- sh -c "
            cat $NEW/which '$POINT/which' >out
            while [ ! -s ../3/out ]; do sleep 0.1; done" 2>log 3>&-) &
        eventually 20 test -s "$(scratch)/$n/out"
    done
    wait
    [ "$(cat "$(scratch)"/?/out)" = $'a\nb\na\nb\na\nb' ]
    [ "$(cat "$(scratch)"/?/log | grep -c "image server: pid")" -eq 2 ]
    run ch_mount -v --no-share "$A:$NEW" -- true
    [[ $output != *sharing* && $output == *"image server"* ]]
}

@test "Ctrl-C ends the command and no server before it" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    ln -s "$ROOT/bin/probe" "$BATS_TEST_TMPDIR/bin/"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run python3 \
        "$CH_TESTS/e2e/terminal.py" interrupt "$CH_BUILD/ch-mount" "$A:$NEW"
    expect_status 0
}
