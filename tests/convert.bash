# shellcheck shell=bash
# convert.bash - what tests of ch-convert share, on top of helper.bash.
# SPDX-License-Identifier: MIT

load "${BATS_TEST_DIRNAME}/../helper"

convert()
{
    timeout 60 "$CH_BUILD/ch-convert" "$@"
}

# being_written NAME: a conversion to NAME has begun.
being_written()
{
    [ -n "$(find . -maxdepth 1 -name ".$1.part-*")" ]
}

# listed DIR: all that can be known of the tree.
listed()
{
    "$FIXTURES/walk" "$1"
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
