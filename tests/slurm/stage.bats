# ch-stage on a cluster: images on the nodes' own storage for as long as the job is.
# shellcheck disable=SC2016 # the job's shell expands
# SPDX-License-Identifier: MIT

load helper

setup_file()
{
    setup_cluster
    cp "$CH_SLURM_BIN/ch" "$SHARED/ch"
}

setup()
{
    rm -f "$SHARED"/*.ready "$SHARED"/*.out
}

# job NAME [OPTION...]: the script on standard input is run as a batch job on all
# nodes; its output becomes $output.
job()
{
    local name=$1
    shift
    { echo '#!/bin/sh'; cat; } | put "$name.sh"
    run sl sbatch -W -J "$name" -N"$NODES" --ntasks-per-node=2 \
        -o "/shared/$name.out" "$@" "/shared/$name.sh"
    output=$(<"$SHARED/$name.out")
}

not_staged()
{
    local i
    for ((i = 1; i <= NODES; i++)); do
        on "n$i" sh -c '! ls -d /tmp/ch-stage* /dev/shm/ch-stage* 2>/dev/null' ||
            return 1
    done
}

@test "all nodes run from their own copy, which goes with the job" {
    job stage <<'SH'
image=$(/shared/ch stage /shared/img.sqfs) || exit
srun /shared/ch run "$image" -- grep -h ID /etc/os-release
srun -n "$SLURM_NNODES" ls "$image"
SH
    expect_status 0
    [ "$(grep -c ID=slurm-test <<<"$output")" -eq $((2 * NODES)) ] ||
        fail_with "$output"
    [ "$(grep -c ^/tmp/ch-stage-1000/ <<<"$output")" -eq "$NODES" ] ||
        fail_with "$output"
    eventually 20 not_staged
    nothing_left
}

@test "sbcast makes a new file, and does not fill one that is there" {
    job taken <<'SH'
srun -n "$SLURM_NNODES" touch /tmp/taken
sbcast /shared/img.sqfs /tmp/taken
echo "status $?"
srun -n "$SLURM_NNODES" sh -c 'wc -c </tmp/taken; rm /tmp/taken'
SH
    [[ $output == *"File exists"* && $output != *"status 0"* ]] ||
        fail_with "$output"
    [ "$(grep -cx 0 <<<"$output")" -eq "$NODES" ] || fail_with "$output"
}

@test "directories in memory serve ch-oci, too" {
    make_bundle staged /shared/staged.image
    job tree <<'SH'
image=$(/shared/ch stage -m --unpack /shared/img.sqfs) || exit
ln -sfn "$image" /shared/staged.image
srun --container=/shared/staged sh -c 'cat /etc/os-release; ls -d /dev/shm/*'
SH
    rm -f "$SHARED/staged.image"
    [ "$(grep -c ID=slurm-test <<<"$output")" -eq $((2 * NODES)) ] ||
        fail_with "$output"
    eventually 20 not_staged
}

@test "a second job of the user's has no copy to wait for" {
    sl sbatch -J holder -N"$NODES" -o /dev/null --wrap \
        '/shared/ch stage /shared/img.sqfs && touch /shared/holder.ready
        sleep 60'
    eventually 20 running holder
    job second <<'SH'
image=$(/shared/ch stage -v /shared/img.sqfs) || exit
srun -n "$SLURM_NNODES" ls "$image"
SH
    [[ $output == *"is there already"* ]] || fail_with "$output"
    # the first one's
    sleep 0.5
    on n1 sh -c 'ls /tmp/ch-stage-1000/*.lock'
    sl scancel -n holder
    eventually 20 not_staged
    nothing_left
}

@test "cancelled with its programs at work: nothing is left" {
    put work.sh <<'SH'
#!/bin/sh
image=$(/shared/ch stage /shared/img.sqfs) || exit
srun /shared/ch run -b /shared "$image" -- \
    sh -c 'trap "cat /etc/os-release; exit" TERM; touch /shared/work.ready
        while :; do sleep 0.1; done'
SH
    sl sbatch -J work -N"$NODES" --ntasks-per-node=2 -o /shared/work.out \
        /shared/work.sh
    eventually 30 running work
    sl scancel -n work
    eventually 20 grep -q ID=slurm-test "$SHARED/work.out"
    eventually 20 not_staged
    nothing_left
}

@test "it is called below salloc, by a copy under another name" {
    cp "$SHARED/ch" "$SHARED/anything"
    run sl salloc -N"$NODES" sh -c '
        image=$(/shared/anything stage /shared/img.sqfs) &&
            srun --bcast /shared/anything run "$image" -- cat /etc/os-release'
    expect_status 0
    [ "$(grep -c ID=slurm-test <<<"$output")" -eq "$NODES" ] ||
        fail_with "$output"
    eventually 20 not_staged
}

@test "a node that can't take it is told, and none keeps any" {
    on n2 sh -c 'mkdir -m 755 /tmp/ch-stage-1000'
    job refuse <<'SH'
/shared/ch stage /shared/img.sqfs && echo all
SH
    on n2 rmdir /tmp/ch-stage-1000
    [[ $output == *"is not yours alone"*"1 of $NODES nodes"* ]] ||
        fail_with "$output"
    eventually 20 not_staged
    nothing_left
}
