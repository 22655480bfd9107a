# ch-convert and images of layers: OCI layouts, archives of them, docker's.
# shellcheck disable=SC2030,SC2031  # a test is a subshell
# SPDX-License-Identifier: MIT

load ../helper

BUSYBOX=${CH_BUSYBOX:-/bin/busybox}

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

# layers KIND FORM TARGET: make an image of layers.
layers()
{
    python3 "$CH_TESTS/data/layouts.py" "$1" "$2" "$3" "$BUSYBOX"
}

# refuses TEXT ARG...: ch-convert ends with one line of error that has TEXT, and
# there is nothing new in the directory.
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

@test "an image of layers is told by its content, whatever it is called" {
    for form in oci docker; do
        layers plain $form image
        convert -q image ./tree
        [ "$(cat tree/data)" = "1 data" ]
        rm -r image tree
    done
    for form in oci-archive docker-archive; do
        layers plain $form image.tar
        run convert image.tar ./tree
        expect_status 0
        [[ ${lines[0]} == *"input:   $form  "* ]] || fail_with "$output"
        gzip <image.tar >image.sqfs
        convert -q image.sqfs ./tree
        [ "$(cat tree/data)" = "1 data" ]
        rm -r image.* tree
    done
}

@test "archives of layers come from pipes" {
    layers plain oci-archive image
    convert -q oci-archive:- ./tree < <(cat image)
    gzip <image | convert -q docker-archive:- ./tree
    convert -q - ./tree <image
    [ "$(cat tree/data)" = "1 data" ]
}

@test "a tag chooses among several images, and a wrong one lists what there is" {
    layers tags oci image
    for words in oci:image:other image:other "-i oci image:other" \
        "-i oci oci:image:other"; do
        # shellcheck disable=SC2086
        convert -q $words ./tree
        [ -e tree/other ] || fail_with "$words"
    done
    refuses "no image has the tag none in it: " oci:image:none ./other
    refuses "choose one by its tag" image ./other
    refuses 'an empty tag: "image:"' oci:image: ./other
}
