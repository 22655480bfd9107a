#!/usr/bin/env bats
# oci_kill.bats - sudden death of ch-oci at 300 random moments; minutes. The short
# form is in e2e/oci_crash.bats.
# CH_ROUNDS is the number of rounds, CH_SEED repeats a run.
# SPDX-License-Identifier: MIT

load ../oci

@test "what kill -9 leaves of create, start, run, exec, delete is removed" {
    run python3 "$CH_TESTS/kill/oci.py" "$CH_BUILD/ch-oci" "$STATE" "$BUNDLE"
    expect_status 0
    echo "# $output" >&3
}
