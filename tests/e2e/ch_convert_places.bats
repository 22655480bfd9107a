# ch-convert: images that other programs keep, or keep in files of their own.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
    build_walk
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
}

convert()
{
    timeout 60 "$CH_BUILD/ch-convert" "$@"
}

listed()
{
    "$FIXTURES/walk" "$1"
}

# refuses TEXT ARG...: one line of error with TEXT, nothing new is there.
refuses()
{
    local text=$1 before
    shift
    before=$(ls -A)
    run convert -q "$@"
    expect_status 1
    # shellcheck disable=SC2154
    if [ "${#lines[@]}" -ne 1 ] || [[ $output != *"error: "*"$text"* ]]; then
        fail_with "expected one line of error with: $text; got: $output"
    fi
    [ "$(ls -A)" = "$before" ] || fail_with "left: $(ls -A)"
}

sif()
{
    python3 "$CH_TESTS/data/sif.py" "$1" "$SQUASH"
}

@test "a SIF file becomes what its SquashFS becomes" {
    convert -q "$SQUASH" ./expected
    sif plain >image.sif
    convert -q image.sif ./image
    diff <(listed expected) <(listed image)
    sif others_first >found
    convert -q found ./again # by its magic
    diff <(listed expected) <(listed again)
    convert -q -i sif found image.tar.gz
    convert -q --owner=mine image.tar.gz ./third
    diff <(listed expected) <(listed third)
}

@test "a SIF file can't be written" {
    refuses "format sif can't be written" "$SQUASH" image.sif
}

@test "a SIF file that can't be read is an error, and there is no output" {
    for kind in ext3 encrypted layers no_system cut_data huge; do
        sif $kind >$kind.sif
        refuses "can't read SIF file $kind.sif: " $kind.sif ./image
    done
    sif no_squashfs >image.sif
    refuses "not a SquashFS image" image.sif ./image
    refuses "it is no SIF file" sif:"$SQUASH" ./image
}

@test "SquashFS files of all compressions are read" {
    convert -q "$SQUASH" ./expected
    for compressor in xz lz4 zstd lzo; do
        convert -q "$FIXTURES/images/$compressor.sqfs" ./image
        diff <(listed expected) <(listed image)
    done
}
