#!/usr/bin/env bats
# oci_many.bats - as many containers of ch-oci at once as a node may have, and
# makers in parallel for minutes; nothing may be left. By a link also as root,
# with control groups and a count of memory.
# CH_CONTAINERS (500) and CH_SECONDS (300) make it short.
# SPDX-License-Identifier: MIT

load ../oci

many()
{
    run python3 "$CH_TESTS/kill/many.py" "$1" "$CH_BUILD/ch-oci" "$STATE" \
        "$BUNDLE"
    expect_status 0
    echo "# ${output//$'\n'/; }" >&3
}

@test "500 containers at once all run, answer, and leave nothing" {
    many at_once
}

@test "20 makers in parallel for five minutes leave nothing" {
    many in_turn
}
