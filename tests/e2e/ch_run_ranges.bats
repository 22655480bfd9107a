# --userns-range: more ids than one's own.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # scripts for sh within

load ../helper

setup_file()
{
    make_fixtures
}

setup()
{
    if ! command -v newuidmap >/dev/null ||
        ! grep -qE "^($(id -un)|$(id -u)):" /etc/subuid; then
        skip "no subordinate ids here"
    fi
    own=$BATS_TEST_TMPDIR/own
}

# The image's directory, with a user to become; teardown removes what others
# own in it.
own_image()
{
    cp -a "$ROOT" "$own"
    echo joe:x:500:501:Joe:/:/bin/sh >>"$own/etc/passwd"
    echo joe:x:501: >>"$own/etc/group"
}

teardown()
{
    # shellcheck disable=SC2031
    [ ! -e "$own/opt/of-others" ] ||
        ch_run --userns-range -u0 -g0 -w "$own" -- rm -rf /opt/of-others
}

@test "root within gives files to others, who have ids of the range outside" {
    own_image
    run ch_run --userns-range -u0 -g0 -w "$own" -- sh -ec '
        mkdir /opt/of-others /opt/of-others/dir
        echo text >/opt/of-others/file
        chown 0:0 /opt/of-others
        chown 500:501 /opt/of-others/file
        chown 65535 /opt/of-others/dir
        stat -c "%u %g %U" /opt/of-others /opt/of-others/file'
    expect_output $'0 0 root\n500 501 joe'
    first=$(grep -m1 -E "^($(id -un)|$(id -u)):" /etc/subuid | cut -d: -f2)
    run stat -c %u "$own/opt/of-others" "$own/opt/of-others/file" \
        "$own/opt/of-others/dir"
    expect_output "$(id -u)"$'\n'$((first + 499))$'\n'$((first + 65534))
}

@test "root within becomes another user, with his groups and rights" {
    own_image
    for options in "-w $own" "-W $own" "-W $SQUASH"; do
        # shellcheck disable=SC2086 # several words
        run ch_run --userns-range -u0 -g0 $options -- sh -ec '
            mkdir -m 700 /opt/of-root
            chmod 755 /opt /
            probe become 500 501 sh -c "id -u; id -g; id -G; ls /opt/of-root ||
                echo refused; touch /opt/no || echo refused; kill -9 $PPID ||
                echo refused" 2>/dev/null
            rmdir /opt/of-root'
        expect_output $'500\n501\n501 7\nrefused\nrefused\nrefused'
    done
}

@test "files have the owners that the image says" {
    own_image
    mksquashfs "$own" "$own.sqfs" -no-progress -quiet \
        -p "data/big m 644 0 0" -p "opt/of-joe d 750 500 501" -p "opt/of-none d 755 4000000 4000000" \
        >/dev/null
    run ch_run --userns-range -u0 -g0 "$own.sqfs" -- \
        stat -c "%u %g %a" /data/big /opt/of-joe /opt/of-none
    expect_output $'0 0 644\n500 501 750\n65534 65534 755'
    run ch_run --userns-range "$own.sqfs" -- \
        sh -c 'stat -c "%u %g" /data/big; id -u; id -g; ls /opt/of-joe'
    expect_status 1
    [ "${lines[0]} ${lines[1]} ${lines[2]}" = "0 0 $(id -u) $(id -g)" ]
    [[ ${lines[3]} == *"Permission denied" ]]
}

@test "in an overlay owners of an image's files change" {
    for image in "${IMAGES[@]}"; do
        run ch_run --userns-range -u0 -g0 -W "$image" -- sh -ec '
            chown 500:501 /data/big /data/small
            mv /data/small/2 /data/small/new
            rm /data/small/3
            echo more >>/data/big
            mv /data /data2
            stat -c "%u %g" /data2/big /data2/small
            ls /data2/small | wc -l'
        expect_output $'500 501\n500 501\n199'
    done
}

@test "the image's own users are named" {
    own_image
    run ch_run --userns-range -u 500 -g 501 "$own" -- sh -c 'id -un; id -gn'
    expect_output $'joe\njoe'
}

@test "-u and -g say who the caller is" {
    for image in "${IMAGES[@]}"; do
        run ch_run --userns-range -u 4711 -g 4712 \
            -b "$(scratch):/mnt/0" "$image" -- \
            sh -c 'id -u; id -g; stat -c "%u %g" /mnt/0; touch /mnt/0/new'
        expect_output $'4711\n4712\n4711 4712'
        [ "$(stat -c %u "$(scratch)/new")" = "$(id -u)" ]
    done
}

@test "without the option nobody asks for ranges" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\ntouch %s\n' "$BATS_TEST_TMPDIR/asked" \
        >"$BATS_TEST_TMPDIR/bin/newuidmap"
    chmod +x "$BATS_TEST_TMPDIR/bin/newuidmap"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH ch_run -u0 -g0 "$ROOT" -- true
    [ ! -e "$BATS_TEST_TMPDIR/asked" ]
}

@test "a host without newuidmap is told the package's name" {
    mkdir "$BATS_TEST_TMPDIR/empty"
    for image in "${IMAGES[@]}"; do
        PATH=$BATS_TEST_TMPDIR/empty run "$CH_BUILD/ch-run" --userns-range \
            "$image" -- /bin/true
        expect_error 31 "no newuidmap in \$PATH"
        [[ $output == *uidmap* ]]
    done
}

@test "what newuidmap complains of is passed on, and nothing is left" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\necho "not for you" >&2\necho "twice" >&2\nexit 1\n' \
        >"$BATS_TEST_TMPDIR/bin/newgidmap"
    chmod +x "$BATS_TEST_TMPDIR/bin/newgidmap"
    for image in "${IMAGES[@]}"; do
        PATH=$BATS_TEST_TMPDIR/bin:$PATH run ch_run --userns-range "$image" -- true
        expect_error 31 "newgidmap ended with 1: not for you;twice"
        PATH=$BATS_TEST_TMPDIR/bin:$PATH run leaves_nothing \
            "$CH_BUILD/ch-run" --userns-range "$image" -- true
        [ "${lines[-1]}" = "exited 31, nothing left" ]
    done
}

@test "a container with ranges leaves nothing behind, whatever ends it" {
    for image in "${IMAGES[@]}"; do
        for pair in "0=exited 0" "9=killed by 9" "15=killed by 15"; do
            run leaves_nothing "$CH_BUILD/ch-run" --userns-range -u0 -g0 -W \
                "$image" -- probe raise "${pair%%=*}"
            expect_output "${pair#*=}, nothing left"
        done
    done
}

@test "the command is the process started, with no children and no signals" {
    for image in "${IMAGES[@]}"; do
        run timeout 20 "$CH_BUILD/ch-run" --userns-range "$image" -- \
            probe wait-all
        expect_output "0 children"
        # Python ignores SIGPIPE and SIGXFSZ.
        run python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGPIPE})
os.execv(sys.argv[1], sys.argv[1:])' "$CH_BUILD/ch-run" --userns-range \
            "$image" -- grep -E "^(SigPnd|ShdPnd|SigBlk|SigIgn)" \
            /proc/self/status
        expect_output "$(printf '%s:\t%s\n' SigPnd 0000000000000000 \
            ShdPnd 0000000000000000 SigBlk 0000000000011000 \
            SigIgn 0000000001011000)"
    done
}
