# shellcheck shell=bash
# mount.bash - what the tests of ch-mount and ch-umount share.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

# A folder to mount at.
setup()
{
    POINT=$BATS_TEST_TMPDIR/point
    mkdir "$POINT"
    ((EUID)) || open_scratch
}

# What a failed test may have left.
teardown()
{
    local dir
    jobs -p | xargs -r kill 2>/dev/null || true
    while read -r _ _ _ _ dir _; do
        [[ $dir != "$BATS_TEST_TMPDIR"/* ]] ||
            take_back "$(printf %b "$dir")" || true
    done </proc/self/mountinfo
}

take_back()
{
    if ((EUID)); then
        fusermount3 -uzq "$1"
    else
        umount -lq "$1"
    fi
}

ch_mount()
{
    "$CH_BUILD/ch-mount" "$@"
}

ch_umount()
{
    "$CH_BUILD/ch-umount" "$@"
}

# refused N TEXT: the last "run" ended with status N and one line with TEXT.
refused()
{
    expect_status "$1"
    # shellcheck disable=SC2154
    if [ "${#lines[@]}" -ne 1 ] ||
        [[ $output != "ch-"*"mount["*"]: error: "*"$2"* ]]; then
        fail_with "expected one line of error with: $2"$'\n'"got: $output"
    fi
}

# gone PID: the process is no more.
gone()
{
    ! kill -0 "$1" 2>/dev/null
}
