# --seccomp: what needs privilege seems to succeed, and does nothing.
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
    : >"$SHARE/target"
}

# faked OPTION...: the calls, one per line, with their results.
faked()
{
    ch_run -b "$SHARE:/mnt/0" -c /mnt/0 "$@" -- probe faked <"$SHARE/target"
}

@test "--seccomp: each call reports success, on each architecture" {
    for image in "${IMAGES[@]}"; do
        for ids in "" "-u0 -g0"; do
            # shellcheck disable=SC2086 # two options or none
            run faked --seccomp $ids "$image"
            expect_status 0
            [ "${#lines[@]}" -ge 15 ]
            ! grep -v ': 0$' <<<"$output" || fail_with "$ids: $output"
        done
    done
}

@test "--seccomp: nothing happens to owners, ids and devices" {
    for image in "${IMAGES[@]}"; do
        run ch_run --seccomp -u0 -g0 -b "$SHARE:/mnt/0" "$image" -- sh -c '
            cd /mnt/0 && chown 7:8 target && mknod node c 1 3 &&
            mknod block b 7 0 && stat -c "%n %u:%g" * && id -u'
        expect_output $'target 0:0\n0'
    done
    [ "$(ls "$SHARE")" = target ]
}

@test "--seccomp: files, FIFOs and sockets are made as ever" {
    for image in "${IMAGES[@]}"; do
        run ch_run --seccomp -b "$SHARE:/mnt/0" "$image" -- sh -c '
            mkfifo /mnt/0/fifo && mknod /mnt/0/node p && touch /mnt/0/file'
        expect_status 0
        [ -p "$SHARE/fifo" ] && [ -p "$SHARE/node" ] && [ -f "$SHARE/file" ]
        rm "$SHARE/fifo" "$SHARE/node" "$SHARE/file"
    done
}

@test "without --seccomp the same calls are refused" {
    for image in "${IMAGES[@]}"; do
        run faked "$image"
        expect_status 0
        for name in capset chown kexec_load mknod-char setgroups setuid; do
            grep -q "^$name: -1, " <<<"$output" || fail_with "$output"
        done
    done
}

@test "--seccomp: unpacking a tar of many owners works, as apt and rpm do" {
    mkdir "$SHARE/in" "$SHARE/out"
    echo x >"$SHARE/in/file"
    tar -C "$SHARE/in" --owner=daemon:1 --group=mail:8 -cf "$SHARE/owners.tar" .
    for image in "${IMAGES[@]}"; do
        run ch_run --seccomp -u0 -g0 -b "$SHARE:/mnt/0" "$image" -- \
            tar -xpf /mnt/0/owners.tar -C /mnt/0/out
        expect_output ""
        expect_status 0
    done
}

@test "--seccomp holds for all processes of the container" {
    run ch_run --seccomp "$ROOT" -- sh -c '(sh -c "cd /tmp; sh -c \"
        chown 7 /proc/self/comm && grep Seccomp: /proc/self/status\"")'
    expect_output $'Seccomp:\t2'
    run ch_run "$ROOT" -- sh -c 'grep Seccomp: /proc/self/status'
    expect_output "$(grep Seccomp: /proc/self/status)"
}

@test "a container in a container with --seccomp still starts" {
    run ch_run --seccomp -b "$CH_BUILD:/mnt/0" -b "$ROOT:/mnt/1" "$SQUASH" -- \
        /mnt/0/ch run /mnt/1 -- chown 7 /etc/hosts
    expect_status 0
}
