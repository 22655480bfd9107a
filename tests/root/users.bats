# What needs root to set up: users that are nobody's, files of others.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

setup()
{
    open_scratch
}

@test "an image of another user below folders of mode 0751 is run" {
    mkdir -p "$BATS_TEST_TMPDIR/a/b"
    chmod 751 "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/a/b"
    for image in "${IMAGES[@]}"; do
        cp -a "$image" "$BATS_TEST_TMPDIR/a/b/image"
        run as_user "$CH_BUILD/ch-run" "$BATS_TEST_TMPDIR/a/b/image" -- \
            sh -c 'cat /data/small/1; whoami'
        expect_output $'file 1\n'"${CH_USER:-chtest}"
        rm -rf "$BATS_TEST_TMPDIR/a/b/image"
    done
}

@test "an image that only others may read is refused" {
    cp "$SQUASH" "$BATS_TEST_TMPDIR/image"
    chmod 600 "$BATS_TEST_TMPDIR/image"
    run as_user "$CH_BUILD/ch-run" "$BATS_TEST_TMPDIR/image" -- true
    expect_error 31 "image: Permission denied"
}

@test "a user without an entry in any users file gets along" {
    for image in "${IMAGES[@]}"; do
        run setpriv --reuid=31337 --regid=31338 --clear-groups \
            env -u USER -u HOME "$CH_BUILD/ch-run" "$image" -- \
            sh -c 'id -u; id -g'
        expect_output $'31337\n31338'
        run setpriv --reuid=31337 --regid=31338 --clear-groups \
            env USER=ldap HOME=/home/ldap "$CH_BUILD/ch-run" "$image" -- whoami
        expect_output ldap
    done
}

@test "supplementary groups are kept and shown as nobody" {
    touch "$BATS_TEST_TMPDIR/of-group"
    chown 0:4242 "$BATS_TEST_TMPDIR/of-group"
    chmod 640 "$BATS_TEST_TMPDIR/of-group"
    for image in "${IMAGES[@]}"; do
        run setpriv --reuid=31337 --regid=31338 --groups=4242 \
            "$CH_BUILD/ch-run" -b "$BATS_TEST_TMPDIR:/mnt/0" "$image" -- \
            sh -c 'id -G; cat /mnt/0/of-group && echo readable'
        [ "${lines[0]}" = "31338 65534" ]
        [ "${lines[1]}" = readable ]
    done
}

@test "further groups have their names where an id is asked by name" {
    groupadd -g 4243 ch-test-more
    for image in "${IMAGES[@]}"; do
        run setpriv --reuid=31337 --regid=31338 --groups=4243,4244,31338 \
            env USER=ldap "$CH_BUILD/ch-run" "$image" -- \
            sh -c 'grep ":42.*:" /etc/group; id -Gn ldap'
        [ "${lines[0]}" = "ch-test-more:x:4243:ldap" ] || fail_with "$output"
        [ "${lines[1]}" = "charliegroup ch-test-more" ] || fail_with "$output"
        [ "${#lines[@]}" -eq 2 ]
    done
}

teardown()
{
    ! getent group ch-test-more >/dev/null || groupdel ch-test-more
}

@test "root runs images too" {
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- sh -c 'id -u; cat /data/small/1; exit 7'
        expect_output $'0\nfile 1'
        expect_status 7
        run leaves_nothing "$CH_BUILD/ch-run" "$image" -- true
        expect_output "exited 0, nothing left"
    done
}

@test "root does not get out of the image either" {
    mark=$(mktemp /var/tmp/ch-test-mark.XXXXXX)
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- probe attack escape "$mark"
        expect_status 0
        run ch_run "$image" -- probe attack mknod /tmp/ch-test-device
        expect_status 0
    done
    rm -rf "$mark" /tmp/ch-jail
}

@test "setuid and setgid copies refuse to run, as whichever applet" {
    chmod 755 "$BATS_TEST_TMPDIR"
    while read -r applet; do
        for mode in 4755 2755; do
            cp "$CH_BUILD/ch" "$BATS_TEST_TMPDIR/$applet"
            chmod "$mode" "$BATS_TEST_TMPDIR/$applet"
            run as_user "$BATS_TEST_TMPDIR/$applet" "$ROOT" /mnt -- true
            [ "$status" -ne 0 ]
            [[ $output == *"refusing to run setuid or setgid"* ]]
        done
    done < <("$CH_BUILD/ch" --list)
}

@test "root with another group is refused" {
    run setpriv --regid=4242 --clear-groups "$CH_BUILD/ch-run" "$ROOT" -- true
    expect_error 31 "group id"
}

@test "what root mounted read-only cannot be made writable" {
    mkdir "$BATS_TEST_TMPDIR/locked"
    mount -t tmpfs tmpfs "$BATS_TEST_TMPDIR/locked"
    chmod 777 "$BATS_TEST_TMPDIR/locked"
    mount -o remount,ro "$BATS_TEST_TMPDIR/locked"
    for image in "${IMAGES[@]}"; do
        for ids in "" "-u0 -g0"; do
            # shellcheck disable=SC2086 # two options or none
            run as_user "$CH_BUILD/ch-run" $ids \
                -b "$BATS_TEST_TMPDIR/locked:/mnt/0" "$image" -- \
                sh -c 'probe attack remount /mnt/0; touch /mnt/0/new'
            [[ $output == *"remount: refused"* ]] || fail_with "$output"
            [[ $output == *"Read-only file system"* ]] || fail_with "$output"
        done
    done
    umount "$BATS_TEST_TMPDIR/locked"
}
