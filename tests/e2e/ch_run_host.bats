# The host as an image: ch-run / -- COMMAND.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # sh scripts; subshells; bats

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
    run ch_run / -- sed -n "$options" /proc/self/mountinfo
    diff <(sed -n "$options" /proc/self/mountinfo | grep -v ' / / ' | sort) \
        <(grep -v ' / / ' <<<"$output" | sort)
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
    run ch_run / -- sh -c 'ls -di / /..'
    set -- $output
    [ "$1" = "$3" ] || fail_with "$output"
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

@test "nothing is left behind" {
    run leaves_nothing "$CH_BUILD/ch-run" / -- true
    expect_output "exited 0, nothing left"
}
