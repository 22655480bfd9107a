# What the server of an image has done, as ch-mount --stats tells it.
# SPDX-License-Identifier: MIT

load ../mount

# number NAME: of the last "run".
number()
{
    sed -n "s/^$1  *\([0-9]*\)\$/\1/p" <<<"$output"
}

# has_image PID: it sees the mount of an image.
has_image()
{
    grep -q ' - fuse\.ch ' "/proc/$1/mountinfo" 2>/dev/null
}

@test "--stats counts what was asked for, read and unpacked" {
    # shellcheck disable=SC2016 # for the inner shell
    run ch_mount "$SQUASH" "$POINT" -- sh -c '
        cat "$1/data/small/1" >/dev/null; "$2" --stats "$1"; echo
        cat "$1"/data/small/* "$1/data/big" >/dev/null; "$2" --stats "$1"' \
        - "$POINT" "$CH_BUILD/ch-mount"
    expect_status 0
    [ "$(number requests_lookup | wc -l)" -eq 2 ]
    for name in requests_lookup requests_read requests bytes_answered \
        image_reads image_bytes_read blocks_unpacked; do
        # shellcheck disable=SC2046 # two words
        set -- $(number "$name")
        [ "$1" -gt 0 ] || fail_with "$name: $1"
        [ "$2" -gt "$1" ] || fail_with "$name: $1, then $2"
    done
    # shellcheck disable=SC2046
    set -- $(number bytes_answered)
    [ "$2" -ge "$(stat -c %s "$ROOT/data/big")" ]
    [ "$(number bytes_unpacked | head -n 1)" -gt 0 ]
    [ "$(number cache_bytes | head -n 1)" -gt 0 ]
    [ "$(number threads | head -n 1)" -ge 1 ]
    [ "$(number peak_memory_bytes | head -n 1)" -gt 100000 ]
}

@test "--stats without DIR tells of all images, with --json as an array" {
    cat >"$BATS_TEST_TMPDIR/look.py" <<'EOF'
import json, sys
for m in json.load(sys.stdin):
    kinds = sum(v for k, v in m.items() if k.startswith("requests_"))
    print(m["image"].split("/")[-1], m["dir"], kinds == m["requests"] > 0)
EOF
    # shellcheck disable=SC2016 # for the inner shell
    run ch_mount "$SQUASH:/a" "$FIXTURES/images/xz.sqfs:/b" -- sh -c \
        'ls /a /b >/dev/null; "$1" --stats --json | python3 "$2"' - \
        "$CH_BUILD/ch-mount" "$BATS_TEST_TMPDIR/look.py"
    expect_output $'gzip.sqfs /a True\nxz.sqfs /b True'
    run ch_mount --stats --json
    expect_status 0
}

@test "--stats PID tells of the image of a container, from outside" {
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    "$CH_BUILD/ch-run" -b "$BATS_TEST_TMPDIR:/mnt" "$SQUASH" -- \
        sh -c 'cat /mnt/fifo' 3>&- &
    pid=$!
    eventually 20 has_image "$pid"
    eventually 20 "$CH_BUILD/ch-mount" --stats "$pid"
    run ch_mount --stats "$pid"
    expect_status 0
    [ "$(number requests_lookup)" -gt 0 ]
    echo >"$BATS_TEST_TMPDIR/fifo"
    wait "$pid"
}

@test "--stats of what no server shows is a line that says so" {
    for place in / /proc "$POINT" /dev/null; do
        run ch_mount --stats "$place"
        refused 1 "no statistics of $place"
    done
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    run timeout 20 "$CH_BUILD/ch-mount" --stats "$BATS_TEST_TMPDIR/fifo"
    refused 1 "no statistics of"
    run ch_mount --stats "$POINT/none"
    refused 1 "No such file or directory"
    for pid in 0 4000000000 99999999999999999999; do
        run ch_mount --stats "$pid"
        refused 1 ""
    done
    run ch_mount --stats "$$"
    refused 1 "$$"
    run ch_mount --stats a b
    refused 1 "--stats takes one DIR"
    run ch_mount --stats a -- true
    refused 31 "--stats takes one DIR"
    run ch_mount --stats --list
    refused 1 "--stats incompatible with --list"
}
