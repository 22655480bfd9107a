# What of the host is seen within, and where.
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
}

@test "/dev, /proc and /sys are the host's" {
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- sh -c 'echo x >/dev/null && cat /proc/1/comm &&
            test -e /sys/kernel && head -c 4 /dev/zero | wc -c'
        expect_output "$(cat /proc/1/comm)"$'\n4'
    done
}

@test "/etc/hosts and /etc/resolv.conf are the host's" {
    for image in "${IMAGES[@]}"; do
        for file in /etc/hosts /etc/resolv.conf; do
            [ -e "$file" ] || continue
            run ch_run "$image" -- cat "$file"
            expect_output "$(cat "$file")"
        done
    done
}

@test "a default bind that the image has no place for is left out" {
    cp -a "$ROOT" "$BATS_TEST_TMPDIR/own"
    rm "$BATS_TEST_TMPDIR/own/etc/resolv.conf"
    run ch_run "$BATS_TEST_TMPDIR/own" -- ls /etc/resolv.conf
    expect_status 1
    [[ $output != *ch-run* ]]
}

@test "/tmp is the host's, or TMPDIR" {
    mark=$(mktemp /tmp/ch-test-mark.XXXXXX)
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- ls "$mark"
        expect_output "$mark"
        TMPDIR=$SHARE run ch_run "$image" -- cat /tmp/file
        expect_output shared
        run ch_run "$image" -- sh -c "echo written >$mark"
        [ "$(cat "$mark")" = written ]
    done
    rm "$mark"
}

@test "-t gives a /tmp of the container's own" {
    mark=$(mktemp /tmp/ch-test-mark.XXXXXX)
    for image in "${IMAGES[@]}"; do
        run ch_run -t "$image" -- sh -c "ls -A /tmp; echo a >/tmp/a; cat /tmp/a"
        expect_output a
    done
    rm "$mark"
    [ ! -e /tmp/a ]
}

@test "-b SRC:DST binds a folder, writable as it is for the user" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$SHARE:/mnt/0" "$image" -- \
            sh -c 'cat /mnt/0/file; echo new >/mnt/0/new'
        expect_output shared
        [ "$(cat "$SHARE/new")" = new ]
        rm "$SHARE/new"
    done
}

@test "-b SRC binds at the same path" {
    cp -a "$ROOT" "$BATS_TEST_TMPDIR/own"
    mkdir "$BATS_TEST_TMPDIR/own/usr"
    run ch_run -b /usr "$BATS_TEST_TMPDIR/own" -- ls /usr/bin/env
    expect_output /usr/bin/env
    run ch_run -b /mnt "$SQUASH" -- ls -d /mnt
    expect_output /mnt
}

@test "-b binds a file onto a file" {
    for image in "${IMAGES[@]}"; do
        run ch_run --bind="$SHARE/file:/mnt/file" "$image" -- cat /mnt/file
        expect_output shared
    done
}

@test "-b is repeatable, in its order" {
    mkdir "$SHARE/two"
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$SHARE:/mnt/0" -b"$SHARE/two:/mnt/1" \
            --bind "$SHARE:/mnt/9" "$image" -- ls /mnt/0 /mnt/1 /mnt/9
        expect_output $'/mnt/0:\nfile\ntwo\n\n/mnt/1:\n\n/mnt/9:\nfile\ntwo'
    done
}

@test "-b brings the mounts below its source" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b /dev:/mnt/0 "$image" -- ls -d /mnt/0/shm /mnt/0/null
        expect_output $'/mnt/0/null\n/mnt/0/shm'
    done
}

@test "-b follows a symlink in the image, within the image" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$SHARE:/opt/absolute" "$image" -- cat /mnt/2/file
        expect_output shared
        run ch_run -b "$SHARE:/opt/relative" "$image" -- cat /mnt/3/file
        expect_output shared
        run ch_run -b "$SHARE:/opt/climbing" "$image" -- cat /mnt/4/file
        expect_output shared
    done
}

@test "-b cannot climb out of the image" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$SHARE:/mnt/../../../mnt/5" "$image" -- cat /mnt/5/file
        expect_output shared
    done
}

@test "-b to a place that the image lacks makes it, outside of the image" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$SHARE:/no/such" -b "$SHARE/file:/mnt/a/file" "$image" \
            -- sh -c 'cat /no/such/file /mnt/a/file && ls -d /bin /mnt/0 &&
                ! touch /no/x && ! touch /mnt/a/x'
        expect_status 0
        [[ $output == $'shared\nshared\n/bin\n/mnt/0\n'* ]]
    done
    [ ! -e "$ROOT/no" ]
    [ ! -e "$ROOT/mnt/a" ]
}

@test "-b of a source that does not exist is an error" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "/no/source:/mnt/0" "$image" -- true
        expect_error 31 "can't bind: source not found: /no/source"
    done
}

@test "-b of the host's root shows the host, not the container" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b /:/mnt/0 "$image" -- ls "/mnt/0$CH_BUILD/ch"
        expect_output "/mnt/0$CH_BUILD/ch"
    done
}

@test "-b without source or destination is an error" {
    for image in "${IMAGES[@]}"; do
        for bind in "" ":/mnt/0" "$SHARE:" ":"; do
            run ch_run -b "$bind" "$image" -- true
            expect_error 31 "bind"
        done
    done
}

@test "-b of a folder onto a file is an error" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$SHARE:/mnt/file" "$image" -- true
        expect_error 31 "/mnt/file"
    done
}

@test "-b into an earlier bind lands in it" {
    mkdir "$SHARE/in"
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$SHARE:/mnt/0" -b "$SHARE:/mnt/0/in" "$image" -- \
            cat /mnt/0/in/file
        expect_output shared
    done
}

@test "-b to a place that an earlier bind lacks makes nothing on the host" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$SHARE:/mnt/0" -b "$SHARE:/mnt/0/new" "$image" -- true
        expect_error 31 "it lies in the bind of $SHARE: make it there"
        run ch_run -b "$SHARE:/tmp/ch-test-new" "$image" -- true
        expect_error 31 "it lies in the bind of /tmp"
        run ch_run -t -b "$SHARE:/tmp/new" "$image" -- \
            sh -c 'cat /tmp/new/file && touch /tmp/mine'
        expect_output shared
    done
    [ ! -e "$SHARE/new" ]
    [ ! -e /tmp/ch-test-new ]
}

@test "a missing place in /proc or /sys is an error that says so" {
    for image in "${IMAGES[@]}"; do
        for place in proc sys; do
            run ch_run -b "/etc:/$place/none" "$image" -- true
            expect_error 31 "/$place/none: nothing can be made in /$place"
            run ch_run -W -b "/etc:/$place/none/there" "$image" -- true
            expect_error 31 "nothing can be made in /$place"
        done
    done
}

@test "-b to a new name in the root, a folder or a file" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$SHARE:/new" -b "$SHARE/file:/file" "$image" -- \
            cat /new/file /file
        expect_output $'shared\nshared'
    done
}

# links_image: a tree and an image with links that lead to nothing, in $TREES.
links_image()
{
    local tree=$BATS_TEST_TMPDIR/links
    cp -a "$ROOT" "$tree"
    mkdir -p "$tree/var/keep" "$tree/real"
    ln -s /run "$tree/var/run"
    ln -s /mnt/x/../../real/data "$tree/data-link"
    ln -s first/../second "$tree/real/chain"
    ln -s ../end "$tree/real/second"
    ln -s b "$tree/opt/a"
    ln -s a "$tree/opt/b"
    ln -s "$SHARE/within" "$tree/opt/hostlike"
    ln -s ../../../../../../climbed "$tree/opt/climber"
    mksquashfs "$tree" "$tree.sqfs" -comp lz4 -no-progress -quiet >/dev/null
    TREES=("$tree" "$tree.sqfs")
}

@test "-b through a link that leads to nothing makes what the link names" {
    links_image
    for image in "${TREES[@]}"; do
        run ch_run -b "$SHARE:/var/run/munge" "$image" -- \
            sh -c 'cat /run/munge/file /var/run/munge/file && ls -d /var/keep &&
                readlink /var/run'
        expect_output $'shared\nshared\n/var/keep\n/run'
        run ch_run -b "$SHARE:/data-link" "$image" -- \
            sh -c 'cat /data-link/file /real/data/file && ls -d /mnt/0 /mnt/x'
        expect_output $'shared\nshared\n/mnt/0\n/mnt/x'
        run ch_run -b "$SHARE/file:/real/chain" "$image" -- \
            cat /real/chain /end
        expect_output $'shared\nshared'
        run ch_run -b "$SHARE:/opt/climber/deep" "$image" -- \
            cat /climbed/deep/file
        expect_output shared
    done
    [ ! -e "${TREES[0]}/run" ] && [ ! -e "${TREES[0]}/real/data" ]
}

@test "-b through a link to a path of the host stays in the image" {
    links_image
    mkdir "$SHARE/within"
    for image in "${TREES[@]}"; do
        run ch_run -t -b "$SHARE/file:/opt/hostlike/file" "$image" -- \
            cat "$SHARE/within/file"
        expect_output shared
    done
    [ ! -e "$SHARE/within/file" ]
}

@test "-b through links in a circle is an error that names one" {
    links_image
    for image in "${TREES[@]}"; do
        run ch_run -b "$SHARE:/opt/a/new" "$image" -- true
        expect_error 31 "/opt/a"
        [[ $output == *"Too many levels of symbolic links"* ]] ||
            [[ $output == *"Too many levels of symbolic links"* ]] || fail_with "$output"
    done
}

@test "-b below a default bind that was left out makes the mount point" {
    local image=$BATS_TEST_TMPDIR/bare
    mkdir -p "$image"/{bin,dev,proc,sys,tmp,etc}
    cp -a "$ROOT/bin/." "$image/bin"
    # a file that every host has
    run ch_run -b "$SHARE:/etc/resolv.conf/new" "$image" -- \
        cat /etc/resolv.conf/new/file
    expect_output shared
}

@test "-b by a link into an earlier bind makes nothing on the host" {
    links_image
    mkdir -p "$SHARE/run"
    for image in "${TREES[@]}"; do
        run ch_run -b "$SHARE/run:/run" -b "$SHARE:/var/run/new" "$image" -- true
        expect_error 31 "it lies in the bind of $SHARE/run: make it there"
    done
    [ ! -e "$SHARE/run/new" ]
}

@test "directories that mount points were added to are read-only" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$SHARE:/mnt/0/new" -b "$SHARE:/mnt/new" "$image" -- sh -c \
            'cat /mnt/0/new/file /mnt/new/file
             touch /mnt/0/x /mnt/x /mnt/1/x 2>&1 | grep -c Read-only'
        expect_output $'shared\nshared\n3'
    done
}

@test "-b SRC:DST:ro can't be written to, nor what is mounted below" {
    mkdir "$SHARE/below"
    for image in "${IMAGES[@]}"; do
        run unshare -Urm sh -c 'mount -t tmpfs none "$2/below" && "$1" \
            -b "$2:/mnt/0:ro" "$3" -- sh -c "cat /mnt/0/file
                touch /mnt/0/x /mnt/0/below/x 2>&1 | grep -c Read-only"' \
            - "$CH_BUILD/ch-run" "$SHARE" "$image"
        expect_output $'shared\n2'
        run ch_run -b "$SHARE/file:/mnt/file:ro" "$image" -- \
            sh -c 'cat /mnt/file; echo x >/mnt/file'
        expect_status 1
        [[ $output == shared*"Read-only file system" ]] || fail_with "$output"
        run ch_run -b "$SHARE:/opt/absolute/new:ro,nodev" "$image" -- \
            touch /mnt/2/new/x
        expect_status 1
    done
    [ "$(cat "$SHARE/file")" = shared ]
}

@test "-b SRC:DST:rw and others are accepted as other programs have them" {
    for image in "${IMAGES[@]}"; do
        for options in rw rw,z ro,Z rbind rslave rprivate,nosuid,nodev,ro slave; do
            run ch_run -b "$SHARE:/mnt/0:$options" "$image" -- cat /mnt/0/file
            expect_output shared
        done
    done
}

@test "-b with nosuid, nodev and noexec does what they say" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$SHARE:/mnt/0:nosuid,noexec,nodev" "$image" -- \
            grep " /mnt/0 " /proc/self/mountinfo
        [[ $output == *nosuid,nodev,noexec* ]] || fail_with "$output"
        run ch_run -b "$SHARE:/mnt/0:rprivate" -b "$SHARE:/mnt/1" "$image" -- \
            grep -c " /mnt/[01] .* master:" /proc/self/mountinfo
        [ "$output" -le 1 ]
    done
}

@test "-b with an unknown option names the known ones" {
    for image in "${IMAGES[@]}"; do
        for option in r ro,now "" "rw," U copy; do
            run ch_run -b "$SHARE:/mnt/0:$option" "$image" -- true
            expect_error 31 "known: ro rw nosuid nodev noexec"
        done
        run ch_run -b "$SHARE:/mnt/0:rshared" "$image" -- true
        expect_error 31 "rshared is not possible"
        run ch_run -b "$SHARE:/mnt/0:ro,rw" "$image" -- true
        expect_error 31 "ro and rw exclude each other"
        run ch_run -b "$SHARE:/mnt/0:private,rslave" "$image" -- true
        expect_error 31 "private and rslave exclude each other"
    done
}

@test "-b to a name with colons" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$SHARE:/mnt/a:b/c" "$image" -- cat /mnt/a:b/c/file
        expect_output shared
        run ch_run -b "$SHARE:/mnt/0/a:b:rw" "$image" -- cat /mnt/0/a:b/file
        expect_output shared
    done
}

@test "-b onto the root is an error, however it is written" {
    for image in "${IMAGES[@]}"; do
        for target in // /. /mnt/.. /mnt/0/../..; do
            run ch_run -b "$SHARE:$target" "$image" -- true
            expect_error 31 "destination is the root directory: $target"
        done
    done
}

@test "a source may be written with .. and be a relative link past the root" {
    mkdir -p "$SHARE/deep"
    up=$(sed 's|[^/]*|..|g; s|^/||; s|$|/..|' <<<"${SHARE#/}")
    ln -s "$up/../..$SHARE/file" "$SHARE/deep/link"
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$SHARE/deep/link:/mnt/0/file" \
            -b "/etc/../$SHARE:/mnt/1" "$image" -- cat /mnt/0/file /mnt/1/file
        expect_output $'shared\nshared'
    done
    cd "$SHARE"
    run ch_run -b "$up/../..$SHARE:/mnt/0" "$up/../..$ROOT" -- cat /mnt/0/file
    expect_output shared
}

@test "nothing that is mounted within is seen outside" {
    for image in "${IMAGES[@]}"; do
        run leaves_nothing "$CH_BUILD/ch-run" -b "$SHARE:/mnt/0" -W "$image" -- \
            ls /mnt/0
        expect_output $'file\nexited 0, nothing left'
    done
}
