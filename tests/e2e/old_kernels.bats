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
