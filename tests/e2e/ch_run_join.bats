# --join: peers share a container, mounts and all, as with Charliecloud's.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

setup()
{
    unset_launchers
    dir=$(scratch)
    tag=$BATS_TEST_NUMBER.$$
}

teardown()
{
    touch "$dir/end"
    wait
}

# stay IMAGE OPTION...: a command in a container that stays until the end of
# the test; its pid is in $stays, what it and ch-run said in $dir/said.
stay()
{
    local image=$1
    shift
    rm -f "$dir/ready" "$dir/end"
    # shellcheck disable=SC2016
    "$CH_BUILD/ch-run" -v -b "$dir:/mnt/0" "$@" "$image" -- sh -c '
        readlink /proc/self/ns/user; readlink /proc/self/ns/mnt
        touch /mnt/0/ready
        until [ -e /mnt/0/end ]; do sleep 0.02; done' \
        >"$dir/said" 2>&1 3>&- &
    stays=$!
    eventually 30 test -e "$dir/ready"
}

# within OPTION... -- IMAGE: the namespaces there are those of "stay".
within()
{
    # shellcheck disable=SC2016
    run ch_run -v "$@" -- sh -c \
        'readlink /proc/self/ns/user; readlink /proc/self/ns/mnt'
    expect_status 0
    diff <(grep '^[a-z]*:\[' <<<"$output") <(grep '^[a-z]*:\[' "$dir/said")
}

# says TEXT...: each of them was said by the last "run".
says()
{
    for text; do
        grep -qE -- "$text" <<<"$output" || fail_with "no $text in: $output"
    done
}

silent_on()
{
    ! grep -qE -- "$1" <<<"$output" || fail_with "$1 in: $output"
}

@test "peers are in the same user and mount namespace" {
    for image in "${IMAGES[@]}"; do
        for count in 1 2 16; do
            CH_ROUNDS=1 CH_PEERS=$count run python3 \
                "$CH_TESTS/kill/peers.py" start container \
                "$CH_BUILD/ch-run" "$image"
            expect_status 0
        done
    done
}

@test "a stopped keeper is one line that names it, the tag and the remedy" {
    stay "$SQUASH" --join-tag="$tag"
    keeper=$(pgrep -x -u "$(id -u)" -P "$stays" ch-keeper)
    kill -STOP "$keeper"
    run timeout 8 "$CH_BUILD/ch-run" --join-tag="$tag" "$SQUASH" -- true
    kill -CONT "$keeper"
    expect_error 31 "join: can't meet the peers of tag $tag: no answer from \
pid $keeper: it may be stopped (kill -CONT $keeper lets it go on)"
    within --join-tag="$tag" "$SQUASH"
}

@test "no peer is lost when the first, another or the keeper is killed" {
    for image in "${IMAGES[@]}"; do
        CH_ROUNDS=${CH_ROUNDS:-9} run python3 "$CH_TESTS/kill/peers.py" kill \
            container "$CH_BUILD/ch-run" "$image"
        expect_status 0
    done
}

@test "who joins after the server was killed has a new container" {
    CH_ROUNDS=2 run timeout 300 python3 "$CH_TESTS/kill/peers.py" server \
        container "$CH_BUILD/ch-run" "$SQUASH"
    expect_status 0
}

@test "who joins looks up no names for files that the first has made" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\ntouch %s/asked\n' "$BATS_TEST_TMPDIR" \
        >"$BATS_TEST_TMPDIR/bin/getent"
    chmod +x "$BATS_TEST_TMPDIR/bin/getent"
    for image in "${IMAGES[@]}"; do
        PATH=$BATS_TEST_TMPDIR/bin:$PATH stay "$image" --join-tag "$tag" -u 1234
        rm "$BATS_TEST_TMPDIR/asked"
        PATH=$BATS_TEST_TMPDIR/bin:$PATH within -u 1234 --join-tag "$tag" "$image"
        [ ! -e "$BATS_TEST_TMPDIR/asked" ]
        run ch_run -u 1234 --join-tag "$tag" "$image" -- id -u
        expect_output 1234
        touch "$dir/end"
        wait
    done
}

@test "one peer, and where its count and tag come from" {
    for image in "${IMAGES[@]}"; do
        run ch_run -v --join-ct=1 "$image" -- true
        expect_status 0
        says 'join: 1 1 [0-9]+ 0$' 'join: peer group size from command line' \
            'join: peer group tag from getppid\(2\)' 'join: I won' \
            'join: 0 peers left excluding myself' 'join: cleaning up IPC' \
            'join: done'
    done
    SLURM_CPUS_ON_NODE=1 run ch_run -v --join "$SQUASH" -- true
    says 'join: 1 1 [0-9]+ 0$' 'join: peer group size from SLURM_CPUS_ON_NODE'
    SLURM_STEP_TASKS_PER_NODE='3(x2)' run ch_run -v --join "$SQUASH" -- true
    says 'join: 1 3 [0-9]+ 0$' 'size from SLURM_STEP_TASKS_PER_NODE'
    run ch_run -v --join-ct=1 --join-tag=foo "$SQUASH" -- true
    says 'join: 1 1 foo 0$' 'join: peer group tag from command line'
    SLURM_STEP_ID=bar run ch_run -v --join-ct=1 "$SQUASH" -- true
    says 'join: 1 1 bar 0$' 'join: peer group tag from SLURM_STEP_ID'
}

@test "a second peer and a third say what Charliecloud's say" {
    for image in "${IMAGES[@]}"; do
        stay "$image" --join-ct=3 --join-tag="$tag"
        within --join-ct=3 --join-tag="$tag" "$image"
        says 'join: 1 3' 'join: I lost' "joining namespaces of pid $stays" \
            'join: 1 peers left excluding myself'
        silent_on 'cleaning up'
        within --join-ct=3 --join-tag="$tag" "$image"
        says 'join: 0 peers left excluding myself' 'join: cleaning up IPC'
        output=$(cat "$dir/said")
        says 'join: I won' 'join: 2 peers left' 'join: winner initializing'
        silent_on 'cleaning up'
        touch "$dir/end"
        wait
    done
}

@test "no count is needed, and more peers than counted are welcome" {
    stay "$SQUASH" --join-tag="$tag"
    within --join-tag="$tag" "$SQUASH"
    says 'join: 1 0' 'join: I lost'
    silent_on 'peers left'
    within --join-ct=1 --join-tag="$tag" "$SQUASH"
    says 'join: 0 peers left'
}

@test "peers see what a peer writes by -W and -t" {
    for image in "${IMAGES[@]}"; do
        stay "$image" -W -t --join-tag="$tag"
        run ch_run --join-tag="$tag" "$image" -- sh -c \
            'echo text >/written; echo more >/tmp/written'
        expect_status 0
        run ch_run --join-tag="$tag" "$image" -- cat /written /tmp/written
        expect_output text$'\n'more
        [ ! -e /tmp/written ]
        touch "$dir/end"
        wait
    done
}

@test "a peer has its own directory, environment and command" {
    stay "$SQUASH" --join-tag="$tag"
    # shellcheck disable=SC2016
    run ch_run --join-tag="$tag" -c /data/small --set-env=MINE=yes "$SQUASH" \
        -- sh -c 'echo "$PWD $MINE"; cat 7'
    expect_output $'/data/small yes\nfile 7'
    run ch_run --join-tag="$tag" "$SQUASH" -- no-such-command
    expect_error 49 "can't exec: no-such-command"
}

@test "peers of other jobs, tags and images do not meet" {
    SLURM_JOB_ID=1 stay "$SQUASH" --join-tag="$tag"
    SLURM_JOB_ID=1 within --join-tag="$tag" "$SQUASH"
    SLURM_JOB_ID=2 run ch_run -v --join-tag="$tag" "$SQUASH" -- true
    says 'join: I won'
    SLURM_JOB_ID=1 run ch_run -v --join-tag="$tag.2" "$SQUASH" -- true
    says 'join: I won'
    SLURM_JOB_ID=1 run ch_run -v --join-tag="$tag" "$ROOT" -- true
    says 'join: I won'
}

@test "an unusable count is an error" {
    for option in --join-ct=a --join-ct=; do
        run ch_run "$option" "$SQUASH" -- true
        expect_error 31 "--join-ct: no digits found"
    done
    run ch_run --join-ct=1a "$SQUASH" -- true
    expect_error 31 "--join-ct: extra characters after digits"
    SLURM_CPUS_ON_NODE=a run ch_run --join "$SQUASH" -- true
    expect_error 31 "SLURM_CPUS_ON_NODE: no digits found"
    for count in 2147483648 -2147483649 9223372036854775808 \
        -9223372036854775809; do
        run ch_run --join-ct="$count" "$SQUASH" -- true
        expect_error 31 "--join-ct: out of range"
        SLURM_CPUS_ON_NODE=$count run ch_run --join "$SQUASH" -- true
        expect_error 31 "SLURM_CPUS_ON_NODE: out of range"
    done
    for count in 0 -1; do
        SLURM_CPUS_ON_NODE=$count run ch_run --join "$SQUASH" -- true
        expect_error 31 "join: no valid peer group size found"
    done
}

@test "an empty tag is an error" {
    run ch_run --join-tag= "$SQUASH" -- true
    expect_error 31 "join: peer group tag cannot be empty string"
    SLURM_STEP_ID='' run ch_run --join "$SQUASH" -- true
    expect_error 31 "join: peer group tag cannot be empty string"
}

@test "a tag may be long and strange" {
    strange=$(printf 'a b\n/%%s\001%.0s' $(seq 5000))
    stay "$SQUASH" --join-tag="$strange"
    within --join-tag="$strange" "$SQUASH"
    run ch_run --join-tag="$strange." "$SQUASH" -- true
    expect_status 0
}

@test "--join-pid enters a container, joined or not" {
    for image in "${IMAGES[@]}"; do
        for join in --no-share --join-tag="$tag"; do
            stay "$image" "$join"
            within --join-pid="$stays" "$image"
            says "join: 0 0 \(null\) $stays" "joining namespaces of pid $stays"
            silent_on 'join: I '
            silent_on 'peers left'
            touch "$dir/end"
            wait
        done
    done
}

@test "--join-pid says what hinders it" {
    run ch_run --join-pid=1 "$SQUASH" -- true
    expect_error 31 "join: can't open /proc/1/ns/user: Permission denied"
    run ch_run --join-pid=2147483647 "$SQUASH" -- true
    expect_error 31 \
        "join: no PID 2147483647: /proc/2147483647/ns/user not found"
    run ch_run --join-pid=$$ "$SQUASH" -- true
    expect_error 31 "can't join user namespace of pid $$"
    for pid in 0 -5; do
        run ch_run --join-pid="$pid" "$SQUASH" -- true
        expect_error 31 "--join-pid: not a process id: $pid"
    done
    run ch_run --join-pid=x "$SQUASH" -- true
    expect_error 31 "--join-pid: no digits found"
}

@test "nothing is left of joined containers" {
    for image in "${IMAGES[@]}"; do
        run leaves_nothing "$CH_BUILD/ch-run" --join-tag="$tag" "$image" -- true
        expect_output "exited 0, nothing left"
        run leaves_nothing "$CH_BUILD/ch-run" --join-ct=5 --join-tag="$tag" \
            "$image" -- sh -c 'kill -9 $$'
        expect_output "killed by 9, nothing left"
    done
}
