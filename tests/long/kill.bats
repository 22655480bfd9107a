#!/usr/bin/env bats
# kill.bats - sudden death, 200 times each, and as many ranks as a large node
# has; minutes. The short form of each claim is in e2e/.
# CH_ROUNDS is the number of rounds, CH_SEED repeats a run.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
    export CH_ROUNDS=${CH_ROUNDS:-200}
}

# rounds MODE: see kill/rounds.py. peers MODE image|container: kill/peers.py.
rounds()
{
    run python3 "$CH_TESTS/kill/rounds.py" "$1" "$CH_BUILD/ch-run" "$SQUASH"
    expect_status 0
}

peers()
{
    run python3 "$CH_TESTS/kill/peers.py" "$1" "$2" "$CH_BUILD/ch-run" \
        "$SQUASH"
    expect_status 0
}

@test "nothing is left after kill -9 of the command, the server or both" {
    rounds kill
}

@test "nothing is left after kill -9 of a job with its server at once" {
    rounds all
}

@test "readers get an error when the server is killed" {
    rounds readers
}

@test "the same holds for a rank that shares its image" {
    export SLURM_JOB_ID=$$ SLURM_STEP_ID=0
    for mode in kill all readers; do
        rounds "$mode"
    done
}

@test "no rank that shares an image is lost when one or the keeper is killed" {
    peers kill image
}

@test "no peer is lost when the first, another or the keeper is killed" {
    peers kill container
}

# conversions MODE: see kill/convert.py.
conversions()
{
    run python3 "$CH_TESTS/kill/convert.py" "$1" "$CH_BUILD/ch-convert" \
        "$BATS_TEST_TMPDIR"
    expect_status 0
}

@test "kill -9 of ch-convert leaves a whole image, and an orphan" {
    conversions kill
}

@test "Ctrl-C leaves a whole image, and nothing else" {
    conversions int
}

@test "errors of a disk, at any system call, leave a whole image" {
    needs strace
    conversions errors
}

@test "256 ranks share an image" {
    CH_ROUNDS=3 CH_PEERS=256 peers start image
}

@test "256 peers are in one container" {
    CH_ROUNDS=3 CH_PEERS=256 peers start container
}
