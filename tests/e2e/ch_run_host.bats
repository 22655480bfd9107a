# The host as an image: ch-run / -- COMMAND.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031,SC2153,SC2154 # sh scripts; subshells; bats

load ../helper

setup_file()
{
    make_fixtures
}

@test "the host is as it was, but its root is read-only" {
    run ch_run / -- sh -c 'cat /etc/passwd; echo x >/dev/null'
    expect_output "$(cat /etc/passwd)"
    run ch_run / -- touch /ch-test-new
    expect_status 1
    [[ $output == *"Read-only file system"* ]]
}

@test "what is mounted on the root is as it was" {
    options='s/^[^ ]* [^ ]* \([^ ]* [^ ]* [^ ]*\) \([^ ,]*\).*/\1 \2/p'
    root='^[^ ]* [^ ]* / '
    run ch_run / -- sed -n "$options" /proc/self/mountinfo
    diff <(sed -n "$options" /proc/self/mountinfo | grep -v "$root" | sort) \
        <(grep -v "$root" <<<"$output" | sort)
}

@test "the working directory and the environment are the caller's" {
    cd "$(scratch)"
    run env -i HOME=/nowhere TMPDIR=/var/tmp PATH=/usr/bin \
        "$CH_BUILD/ch-run" / -- env
    [ "$(sort <<<"$output")" = "$(printf '%s\n' \
        "CH_RUNNING=Weird Al Yankovic" HOME=/nowhere PATH=/usr/bin \
        "PWD=$(scratch)" TMPDIR=/var/tmp)" ] || fail_with "$output"
    run ch_run -c /usr / -- pwd
    expect_output /usr
}

@test "ids, binds, a private /tmp and changes of the environment work" {
    echo inside >"$(scratch)/file"
    run ch_run -u 0 -g 0 -t -b "$(scratch):/mnt" --set-env=A=b / -- \
        sh -c 'id -u; cat /mnt/file; ls -A /tmp; echo $A; touch /tmp/x /mnt/x'
    expect_output $'0\ninside\nb'
    [ -e "$(scratch)/x" ]
}

@test "there is no way out through /.." {
    run ch_run / -- stat -c %d:%i / /..
    [ "${lines[0]}" = "${lines[1]}" ] || fail_with "$output"
    run ch_run -u 0 -g 0 / -- "$ROOT/bin/probe" attack escape \
        "$(scratch)/mark"
    [[ $output != *ALLOWED* ]]
}

@test "/ is the host however it is written, but no link to it is" {
    for root in / // /. /./; do
        run ch_run --dry-run "$root" -- true
        [[ $output == *"image.kind       host"* ]] || fail_with "$output"
    done
    ln -s / "$(scratch)/link"
    run ch_run "$(scratch)/link" -- true
    expect_error 31 "is the host's root directory; to run it, give /"
}

@test "a container is a host to a container in it" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$CH_BUILD:/mnt/9" -c /data "$image" -- \
            /mnt/9/ch-run / -- pwd
        expect_output /data
    done
}

@test "-W: what is written anywhere is seen and forgotten" {
    cd "$(scratch)"
    echo old >file
    name=ch-test-$$-$RANDOM
    run ch_run -W / -- sh -c 'pwd; echo new >file; echo x >here; cat file here
for dir in / /usr /tmp /var/tmp "$HOME"; do echo y >"$dir/$1" || exit 1; done
cat "/$1" "/usr/$1" "/var/tmp/$1"' - "$name"
    expect_output "$PWD"$'\nnew\nx\ny\ny\ny'
    [ "$(cat file)" = old ]
    [ ! -e here ]
    for dir in / /usr /tmp /var/tmp "$HOME"; do
        [ ! -e "$dir/$name" ]
    done
}

@test "-W: devices, /proc and what is mounted are as they were" {
    run ch_run -W / -- sh -c 'echo x >/dev/null; cat /proc/self/comm; ls /sys |
        grep -x kernel; head -c 3 /dev/zero | wc -c'
    expect_output $'cat\nkernel\n3'
    run ch_run -W / -- ls -A /
    [ "$(grep -vx lost+found <<<"$output")" = \
        "$(ch_run / -- ls -A / | grep -vx lost+found)" ] || fail_with "$output"
}

@test "-W: -b makes a place that is written to for good" {
    echo old >"$(scratch)/file"
    run ch_run -W -b "$(scratch)" -b "$(scratch):/new/place" / -- \
        sh -c 'echo 1 >"$1/file"; cat /new/place/file; echo 2 >/new/other' - \
        "$(scratch)"
    expect_output 1
    [ "$(cat "$(scratch)/file")" = 1 ]
    [ ! -e /new ]
}

@test "--overlay is refused" {
    mkdir "$(scratch)/layer"
    run ch_run --overlay="$(scratch)/layer" / -- true
    expect_error 31 "--overlay can't keep changes of the host"
}

@test "-W: SIZE is a limit of all that is written" {
    run ch_run -W8m / -- sh -c 'head -c 16m /dev/zero >/tmp/ch-test-big'
    [ "$status" -ne 0 ]
    [[ $output == *"No space left on device"* ]]
}

@test "-W: a directory with mounts in it keeps its entries" {
    echo outer >"$(scratch)/file"
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$CH_BUILD:/mnt/9" -b "$(scratch):/data/sub" \
            -b "$(scratch)/file:/etc/hosts" "$image" -- /mnt/9/ch-run -W / -- \
            sh -c 'cat /data/sub/file /etc/hosts /data/small/8
            cmp /data/big /data/big && echo same
            echo new >/etc/hosts; echo new >/etc/passwd; echo new >/data/small/8
            echo new >/etc/more; cat /etc/passwd /data/small/8 /etc/more'
        [ "$status" -eq 0 ] || fail_with "$output"
    done
}

@test "-W: --home shows the home directory, -u 0 makes root of it" {
    mkdir "$(scratch)/home"
    HOME=$(scratch)/home run ch_run -u 0 -g 0 --home / -- \
        sh -c 'id -u; echo x >"/home/$USER/kept"; echo "$HOME"'
    expect_output $'0\n'"$(scratch)/home"
    [ -e "$(scratch)/home/kept" ]
}

@test "nothing is left behind" {
    run leaves_nothing "$CH_BUILD/ch-run" -W / -- true
    expect_output "exited 0, nothing left"
    run leaves_nothing "$CH_BUILD/ch-run" / -- true
    expect_output "exited 0, nothing left"
}
