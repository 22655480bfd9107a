# ch-stage, in a job on two nodes that are folders here (fake_slurm.py);
# tests/slurm/stage.bats has the same on a cluster.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

setup()
{
    export FAKE_SLURM=$BATS_TEST_TMPDIR/slurm
    local command
    NODES=$FAKE_SLURM/nodes
    mkdir -p "$NODES"/{n1,n2} "$FAKE_SLURM/bin"
    for command in srun sbcast; do
        printf '#!/bin/sh\nexec python3 "%s" %s "$@"\n' \
            "$CH_TESTS/e2e/fake_slurm.py" $command >"$FAKE_SLURM/bin/$command"
        chmod 755 "$FAKE_SLURM/bin/$command"
    done
    export PATH=$FAKE_SLURM/bin:$PATH
    export SLURM_JOB_ID=31 SLURM_JOB_NUM_NODES=2
    unset SLURM_STEP_ID
    SUM=$(sha256sum "$SQUASH" | cut -d' ' -f1)
    FOLDER=ch-stage-$(id -u)
}

teardown()
{
    end_job
    rm -f /tmp/ch-stage.31.* # of a step that never began
}

# The job's number is in the environment of whatever a test starts: a holder that
# is to end waits for all of these.
stage()
{
    timeout 60 "$CH_BUILD/ch-stage" --dir="$NODES" "$@"
}

end_job()
{
    local pid
    [ -e "$FAKE_SLURM/tasks" ] || return 0
    while read -r pid; do
        kill "$pid" 2>/dev/null || true
    done <"$FAKE_SLURM/tasks"
    rm "$FAKE_SLURM/tasks"
}

# is_staged PATH: on both nodes.
is_staged()
{
    [ -e "$NODES/n1/$FOLDER/$1" ] && [ -e "$NODES/n2/$FOLDER/$1" ]
}

# only_staged FILE...: an image and its lock.
only_staged()
{
    [ $# -eq 2 ] && [[ $2 == *.lock ]]
}

nothing_staged()
{
    [ -z "$(ls -A "$NODES/n1")$(ls -A "$NODES/n2")" ]
}

# ends_clean: the job has ended, and nothing is left on its nodes. The tests' own
# processes are no part of it.
ends_clean()
{
    unset SLURM_JOB_ID
    end_job
    eventually 20 nothing_staged || {
        find "$NODES"
        return 1
    }
}

# Not in the job, for which the tasks would wait.
outside()
{
    env -u SLURM_JOB_ID "$@"
}

@test "images are brought to all nodes, and where they are is printed" {
    run stage "$SQUASH"
    expect_output "$NODES/$FOLDER/$SUM"
    for node in n1 n2; do
        cmp "$SQUASH" "$NODES/$node/$FOLDER/$SUM"
        [ "$(stat -c %a "$NODES/$node/$FOLDER")" = 700 ]
        only_staged "$NODES/$node/$FOLDER"/*
    done
    run ! ls /tmp/ch-stage.31.*
}

@test "a task that srun did not bring leaves its program where it is" {
    cp "$CH_BUILD/ch" "$BATS_TEST_TMPDIR/ch-stage"
    run timeout 60 "$BATS_TEST_TMPDIR/ch-stage" --task --dir="$NODES/n1" \
        "$SUM" </dev/null
    expect_status 0
    [ -e "$BATS_TEST_TMPDIR/ch-stage" ]
    nothing_staged
}

@test "they go with the job, but not before its programs" {
    stage "$SQUASH"
    sleep 30 3>&- &
    program=$!
    eventually 20 grep -qx sleep "/proc/$program/comm"
    (
        # nobody else of the job
        unset SLURM_JOB_ID
        end_job
        sleep 1
    )
    is_staged "$SUM"
    kill $program
    wait $program || true
    ends_clean
}

@test "what is there already is not brought again, and stays for the last job" {
    stage "$SQUASH"
    mv "$FAKE_SLURM/tasks" "$FAKE_SLURM/first"
    SLURM_JOB_ID=32 run stage -v "$SQUASH"
    expect_status 0
    [[ $output == *"is there already"* ]]
    [ "$(wc -l <"$FAKE_SLURM/sbcasts")" -eq 1 ]
    mv "$FAKE_SLURM/tasks" "$FAKE_SLURM/second"
    cp "$FAKE_SLURM/first" "$FAKE_SLURM/tasks"
    end_job
    sleep 1
    is_staged "$SUM"
    mv "$FAKE_SLURM/second" "$FAKE_SLURM/tasks"
    ends_clean
}

@test "--unpack makes directories that run" {
    run stage -u "$SQUASH"
    expect_output "$NODES/$FOLDER/$SUM.dir"
    run ch_run "$NODES/n2/$FOLDER/$SUM.dir" -- true
    expect_status 0
    only_staged "$NODES/n1/$FOLDER"/*
    ends_clean
}

@test "several images, one of which comes twice" {
    head -c 100000 /dev/urandom >"$BATS_TEST_TMPDIR/other"
    run stage "$SQUASH" "$BATS_TEST_TMPDIR/other" "$SQUASH"
    expect_status 0
    [ "${lines[0]}" = "${lines[2]}" ]
    [ "${#lines[@]}" -eq 3 ]
    is_staged "$(sha256sum "$BATS_TEST_TMPDIR/other" | cut -d' ' -f1)"
    ends_clean
}

@test "a copy that was damaged is told, and no node keeps any" {
    FAKE_DAMAGE=n2 run stage "$SQUASH"
    expect_status 1
    [[ $output == *"was damaged on its way"*"1 of 2 nodes could not take it"* ]] ||
        fail_with "$output"
    eventually 20 nothing_staged
}

@test "what srun or sbcast complain of is shown, and nothing is left" {
    FAKE_REFUSAL="Requested nodes are busy" run stage "$SQUASH"
    expect_status 1
    [[ $output == *"Requested nodes are busy"* ]] || fail_with "$output"
    FAKE_REFUSAL_OF_FILES="No space left on device" run stage "$SQUASH"
    expect_status 1
    [[ $output == *"No space left"*"sbcast of $SQUASH failed"* ]] ||
        fail_with "$output"
    eventually 20 nothing_staged
}

@test "the program comes to nodes by a name that nobody can know, and as a new file" {
    stage "$SQUASH"
    stage "$SQUASH"
    stage --no-bcast "$SQUASH"
    run cat "$FAKE_SLURM/programs"
    [ "${#lines[@]}" -eq 2 ]
    [ "${lines[0]}" != "${lines[1]}" ]
    for name in "${lines[@]}"; do
        [ "$(grep -cE '^/tmp/ch-stage\.31\.[0-9a-f]{16}$' <<<"$name")" -eq 1 ] ||
            fail_with "$name"
    done
    ends_clean
}

@test "an interrupt ends a step that still waits, and ch-stage at once" {
    FAKE_PENDING=1 "$CH_BUILD/ch-stage" --dir="$NODES" "$SQUASH" \
        2>"$BATS_TEST_TMPDIR/said" 3>&- &
    stager=$!
    eventually 20 [ -e "$FAKE_SLURM/pending" ]
    before=$SECONDS
    kill -TERM $stager
    status=0
    wait $stager || status=$?
    [ "$status" -ne 0 ]
    [ $((SECONDS - before)) -lt 15 ]
    run cat "$FAKE_SLURM/pending"
    expect_output $'waits\n15'
    grep -q "stopped by a signal" "$BATS_TEST_TMPDIR/said"
}

@test "what a killed job has left is removed by the next" {
    stage "$SQUASH"
    xargs kill -9 <"$FAKE_SLURM/tasks"
    rm "$FAKE_SLURM/tasks"
    is_staged "$SUM"
    # it was unpacking, too
    mkdir -p "$NODES/n1/$FOLDER/.$SUM.dir.part-77/bin"
    head -c 1000 /dev/urandom >"$BATS_TEST_TMPDIR/other"
    stage "$BATS_TEST_TMPDIR/other"
    run ! is_staged "$SUM"
    [ ! -e "$NODES/n1/$FOLDER/.$SUM.dir.part-77" ]
    ends_clean
}

@test "locks that are no image's remove nothing, and are nobody's to take" {
    mkdir -m 700 "$NODES/n1/$FOLDER"
    touch "$NODES/n1/beside" "$NODES/n1/$FOLDER"/{.lock,..lock,a.lock,a.file}
    stage "$SQUASH"
    [ -e "$NODES/n1/beside" ]
    [ -e "$NODES/n1/$FOLDER/a.file" ]
    for name in "" . .. "${SUM}0" "${SUM:1}x"; do
        run timeout 60 "$CH_BUILD/ch-stage" --task --no-bcast \
            --dir="$NODES/n1" "$name" </dev/null
        [[ $output == *"not the checksum of an image"* ]] ||
            fail_with "$output"
    done
    [ -e "$NODES/n1/beside" ]
    is_staged "$SUM"
}

@test "a folder of somebody else's, or open to others, is refused" {
    mkdir -m 755 "$NODES/n1/$FOLDER"
    run stage "$SQUASH"
    expect_status 1
    [[ $output == *"is not yours alone"* ]] || fail_with "$output"
    rm -r "$NODES/n1/$FOLDER"
    ln -s /tmp "$NODES/n1/$FOLDER"
    run stage "$SQUASH"
    expect_status 1
    [ -L "$NODES/n1/$FOLDER" ]
}

@test "ch-stage says what it can't stage, and where it has no sense" {
    run stage "$ROOT"
    expect_status 1
    [[ $output == *"is a directory"*"ch-convert"* ]] || fail_with "$output"
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    run stage "$BATS_TEST_TMPDIR/fifo"
    expect_status 1
    [[ $output == *"is not a file"* ]]
    run stage "$BATS_TEST_TMPDIR/none"
    expect_status 1
    [[ $output == *"can't open"* ]]
    run outside "$CH_BUILD/ch-stage" "$SQUASH"
    expect_status 1
    [[ $output == *"not in a job"* ]]
    SLURM_STEP_ID=3 run stage "$SQUASH"
    expect_status 1
    [[ $output == *"it is a step itself"* ]]
    SLURM_JOB_NUM_NODES=many run stage "$SQUASH"
    expect_status 1
    run stage
    expect_status 1
    run stage -m "$SQUASH"
    expect_status 1
    [ ! -e "$FAKE_SLURM/tasks" ]
}

@test "srun is told to take no part of what the job's steps have" {
    printf '#!/bin/sh\necho "$@" >%s/said; env >%s/env; exit 1\n' \
        "$FAKE_SLURM" "$FAKE_SLURM" >"$FAKE_SLURM/bin/srun"
    SLURM_CONTAINER=/x SLURM_GPUS=2 run stage "$SQUASH"
    expect_status 1
    grep -q -- '--nodes=2 --ntasks=2 .*--overlap --mem=0' "$FAKE_SLURM/said"
    run ! grep -E '^SLURM_(CONTAINER|GPUS)=' "$FAKE_SLURM/env"
}
