# Kernels of 2018 lack system calls that we like, and outer containers of that
# age forbid them: what stands in for them does the same.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

# without CALL ERRNO COMMAND...
without()
{
    python3 "$CH_TESTS/e2e/deny.py" "$@"
}

@test "ch-run does without openat2, close_range and mount_setattr" {
    for image in "${IMAGES[@]}"; do
        for call in openat2 close_range mount_setattr; do
            run without "$call" ENOSYS "$CH_BUILD/ch-run" "$image" -- \
                sh -c 'cat /data/small/200; : >/data/new'
            [[ ${lines[0]} = "file 200" && $output == *"ead-only file system" ]] ||
                fail_with "$call: $output"
        done
    done
}

@test "a filter that forbids openat2 is no obstacle either" {
    for image in "${IMAGES[@]}"; do
        run without openat2 EPERM "$CH_BUILD/ch-run" "$image" -- echo hello
        expect_output hello
    done
}

@test "without openat2 a bind still can't climb out of the image" {
    mkdir "$(scratch)/source"
    touch "$(scratch)/source/seen"
    for image in "${IMAGES[@]}"; do
        run without openat2 ENOSYS "$CH_BUILD/ch-run" \
            -b "$(scratch)/source:/../../../mnt/0" "$image" -- ls /mnt/0
        expect_output seen
        run without openat2 ENOSYS "$CH_BUILD/ch-run" \
            -b "$(scratch)/source:/new/place" "$image" -- ls /new/place
        expect_output seen
    done
}

@test "an image is served without what newer kernels do for a server" {
    for feature in readdirplus symlinks no-open no-opendir parallel keep-pages \
        clone; do
        run "$CH_BUILD/ch-mount" --without="$feature" "$SQUASH" /mnt -- \
            sh -c 'cat /mnt/data/small/200 && ls /mnt/data/small | wc -l'
        [ "$status" = 0 ] || fail_with "$feature: $output"
        [ "${lines[0]}" = "file 200" ] || fail_with "$feature: $output"
    done
}

@test "what is to be done without has to be known" {
    run "$CH_BUILD/ch-mount" --without=no-open,steam "$SQUASH" /mnt -- true
    expect_status 31
    [[ $output = *"error: no such feature: steam" ]] || fail_with "$output"
}
