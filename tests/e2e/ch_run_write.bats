# Who may write to an image, and where a command starts: -w, -W, --home, -c, -m.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # scripts for sh within

load ../helper

setup_file()
{
    make_fixtures
}

setup()
{
    SHARE=$(scratch)
    echo shared >"$SHARE/file"
    # A tree of this test's own for -w: the shared one must stay as it is.
    if [[ $BATS_TEST_DESCRIPTION == *"-w"* ]]; then
        OWN=$BATS_TEST_TMPDIR/own
        cp -a "$ROOT" "$OWN"
    fi
}

@test "-c starts in that folder; a missing one is an error" {
    for image in "${IMAGES[@]}"; do
        run ch_run -c /data/small "$image" -- pwd
        expect_output /data/small
        run ch_run --cd=/mnt/../opt "$image" -- pwd
        expect_output /opt
        run ch_run -c /goops "$image" -- true
        expect_error 31 "can't cd to /goops: No such file or directory"
        run ch_run -c /etc/passwd "$image" -- true
        expect_error 31 "can't cd to /etc/passwd: Not a directory"
    done
}

@test "an image is read-only" {
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- touch /new /data/new
        expect_status 1
        [[ $output == *"/new: Read-only file system"* ]]
        [ ! -e "$ROOT/new" ]
    done
}

@test "-w writes to a folder" {
    run ch_run -w "$OWN" -- sh -c 'echo a >/new; rm /data/small/7; mkdir /d'
    expect_status 0
    [ "$(cat "$OWN/new")" = a ]
    [ ! -e "$OWN/data/small/7" ]
    [ -d "$OWN/d" ]
}

@test "-w of a SquashFS image is an error" {
    run ch_run -w "$SQUASH" -- true
    expect_error 31 "$SQUASH"
}

@test "-w and -W exclude each other" {
    for image in "$OWN" "$SQUASH"; do
        run ch_run -w -W "$image" -- true
        expect_error 31 "write"
        run ch_run -w --home "$image" -- true
        expect_error 31 "(implied by --home)"
    done
}

@test "-w makes the place for a bind" {
    run ch_run -w -b "$SHARE:/new/place" "$OWN" -- cat /new/place/file
    expect_output shared
    [ -d "$OWN/new/place" ]
}

@test "-W lets the command write and forgets it" {
    for image in "${IMAGES[@]}"; do
        run ch_run -W "$image" -- sh -c 'echo a >/new && cat /new &&
            echo b >>/data/small/1 && tail -n 1 /data/small/1 &&
            rm /data/small/2 && ! ls /data/small/2 2>/dev/null &&
            mv /data/small /data/moved && ls /data && chmod 700 /opt &&
            ln /data/moved/3 /data/linked && mkdir -p /x/y/z && rm -r /data'
        expect_output $'a\nb\nbig\nmoved'
        run ch_run "$image" -- ls /new /data/small/2
        expect_status 1
        [[ $output == *"/data/small/2"* ]]
    done
    [ ! -e "$ROOT/new" ] && [ -e "$ROOT/data/small/2" ]
}

@test "-W makes the place for a bind" {
    for image in "${IMAGES[@]}"; do
        run ch_run -W -b "$SHARE:/new/place" "$image" -- cat /new/place/file
        expect_output shared
    done
    [ ! -e "$ROOT/new" ]
}

@test "-W SIZE is a limit" {
    for image in "${IMAGES[@]}"; do
        run ch_run --write-fake=1m "$image" -- \
            dd if=/dev/zero of=/new bs=64k count=64
        expect_status 1
        [[ $output == *"No space left on device"* ]]
        run ch_run -W8m "$image" -- dd if=/dev/zero of=/new bs=64k count=64
        expect_status 0
    done
}

@test "-W0 sets no limit" {
    for image in "${IMAGES[@]}"; do
        for option in -W0 --write-fake=0 -W0%; do
            run ch_run "$option" "$image" -- sh -c \
                'echo new >/new && cat /new && stat -f -c %b /tmp/../'
            expect_status 0
            [ "${lines[0]}" = new ]
            [ "${lines[1]}" = 0 ] || fail_with "a limit: ${lines[1]} blocks"
        done
    done
}

@test "-W with a senseless size is an error" {
    for size in goops 1.5g 5x 12%% % -1 1 1001% 1m,uid=0; do
        run ch_run -W"$size" "$SQUASH" -- true
        expect_error 31 "--write-fake: "
    done
    run ch_run --write-fake=4k "$SQUASH" -- true
    expect_error 31 "--write-fake: too small: 4k (at least 512K"
    for image in "${IMAGES[@]}"; do
        run ch_run -W512K "$image" -- touch /new
        expect_output ""
        run ch_run -W1% "$image" -- touch /new
        expect_output ""
    done
}

@test "-W over a folder on which something is mounted says so" {
    cp -a "$ROOT" "$BATS_TEST_TMPDIR/own"
    run unshare -Urm sh -c 'mount -t tmpfs none "$2/data" && exec "$1" -W "$2" \
        -- true' - "$CH_BUILD/ch-run" "$BATS_TEST_TMPDIR/own"
    expect_error 31 "on which something is mounted, at /data"
}

@test "--home brings the home folder" {
    for image in "${IMAGES[@]}"; do
        run env HOME="$SHARE" USER=alice "$CH_BUILD/ch-run" --home "$image" -- \
            sh -c 'echo $HOME; cat ~/file; touch /new && echo writable'
        expect_output $'/home/alice\nshared\nwritable'
    done
    [ ! -e "$ROOT/home/alice" ] && [ ! -e "$ROOT/new" ]
}

@test "--home without HOME is an error that says so" {
    for image in "${IMAGES[@]}"; do
        run env -u HOME USER=alice "$CH_BUILD/ch-run" --home "$image" -- true
        expect_error 31 "--home: \$HOME not set"
        run env HOME= USER=alice "$CH_BUILD/ch-run" --home "$image" -- true
        expect_error 31 "--home: \$HOME is empty"
    done
}

@test "-m names the mount point, which must exist and stays empty" {
    mkdir "$SHARE/point"
    run ch_run -m "$SHARE/point" "$SQUASH" -- cat /data/small/1
    expect_output "file 1"
    [ -z "$(ls -A "$SHARE/point")" ]
    run ch_run --mount="$SHARE/none" "$SQUASH" -- true
    expect_error 31 "$SHARE/none: No such file or directory"
}
