# ch-convert: the blocks of a SquashFS file, their size and their order.
# SPDX-License-Identifier: MIT

load ../helper

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    unset CH_XATTRS SOURCE_DATE_EPOCH
    mkdir -p tree/bin tree/sub
    for name in a b c d sub/e; do
        # it does not become smaller, so the mark is found in the image
        { echo "mark $name"; head -c 300000 /dev/urandom; } >"tree/$name"
        echo "small $name" >"tree/$name.small"
    done
    ln -s ../sub tree/bin/link
    ln tree/d tree/bin/hard
}

convert()
{
    timeout 60 "$CH_BUILD/ch-convert" -q "$@"
}

# refuses TEXT OPTION...: it fails, and its one line of error contains TEXT.
refuses()
{
    local text=$1
    shift
    run convert "$@"
    expect_status 1
    if [ "${#lines[@]}" -ne 1 ] || [[ $output != *"$text"* ]]; then
        echo "expected: $text"
        echo "got: $output"
        return 1
    fi
}

# The marks of an image, in their order.
marks_of()
{
    grep -aoE 'mark (sub/)?[a-e]$' "$1" | cut -d ' ' -f 2 | paste -sd ' '
}

@test "data are laid out in the order of a list, and the rest after it" {
    printf '%s\n' /c sub/../nothing bin/link/e ./bin/hard c.small >list
    convert ./tree plain.sqfs
    convert --sort=list ./tree sorted.sqfs
    [ "$(marks_of plain.sqfs)" = "a b d c sub/e" ] # bin/hard comes first
    [ "$(marks_of sorted.sqfs)" = "c sub/e d a b" ]
    unsquashfs -q -n -d out sorted.sqfs >/dev/null
    diff -r tree/sub out/sub
    cmp tree/c out/c
    cmp tree/c.small out/c.small
}

@test "a sorted image has the same bytes, whatever the number of threads" {
    printf '%s\n' c.small d a.small >list
    convert --sort=list --threads=1 ./tree one.sqfs
    for threads in 2 7; do
        convert --sort=list --threads=$threads ./tree many.sqfs
        cmp one.sqfs many.sqfs
    done
}

@test "what can't be sorted says so" {
    tar -cf tree.tar tree
    echo a >list
    refuses "unpack them into a directory first" --sort=list tree.tar image.sqfs
    refuses "--sort: format tar has no blocks" --sort=list ./tree image.tar
    refuses "none" --sort=none ./tree image.sqfs
    [ ! -e image.sqfs ]
    [ ! -e image.tar ]
}

@test "blocks have the size that was asked for" {
    convert --block-size=1M ./tree image.sqfs
    unsquashfs -s image.sqfs | grep -qx 'Block size 1048576'
    for size in 3K 5000 2M 4G; do
        refuses "from 4K to 1M" --block-size=$size ./tree image.sqfs
    done
    refuses "--block-size: format tar has no blocks" --block-size=1M ./tree out.tar
}
