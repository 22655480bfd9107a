# ch-convert: what is told of images, by how many threads and to whom ever.
# SPDX-License-Identifier: MIT

load ../convert

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
}

@test "what --verify and --diff tell is the same by one thread and by several" {
    mkdir -p many/usr other
    for number in $(seq 300); do
        seq "$number" $((number + 9000)) >"many/usr/$number"
    done
    convert -q --compress=gzip ./many image.sqfs
    cp -r many/usr other/usr
    sed -i s/9001/9002/ other/usr/*
    # a bit in every so many bytes, but for the tables at the end
    python3 - image.sqfs <<'END'
import sys
with open(sys.argv[1], "r+b") as file:
    size = file.seek(0, 2) * 8 // 10
    for at in range(5000, size, 40000):
        file.seek(at)
        file.write(b"\x55\xaa")
END
    taskset -c "$(taskset -pc $$ | grep -o '[0-9]*$')" "$CH_BUILD/ch-convert" \
        --verify image.sqfs 2>&1 | sed 's/\[[0-9]*\]//' >one || true
    convert --verify image.sqfs 2>&1 | sed 's/\[[0-9]*\]//' >several || true
    [ "$(grep -c damaged: one)" -gt 10 ]
    cmp one several
    run convert -q --diff ./many ./other
    expect_status 1
    # shellcheck disable=SC2154
    [ "${#lines[@]}" -eq 300 ]
    LC_ALL=C sort -c <<<"$output"
}

@test "differences that can't be told are trouble, and no difference" {
    mkdir -p one two
    echo text | tee one/file >two/other
    run bash -c '"$1" --diff ./one ./two >/dev/full' - "$CH_BUILD/ch-convert"
    expect_status 2
    grep -qx "ch-convert.*: can't write to standard output: No space left on device" <<<"$output"
}
