# srun --container by ch-oci on a real cluster: rules R1 to R12 of doc/slurm.md.
# shellcheck disable=SC2016 # the containers' shell expands
# SPDX-License-Identifier: MIT

load helper

setup_file()
{
    setup_cluster
}

setup()
{
    rm -f "$SHARED"/*.ready "$SHARED"/*.out
}

@test "R1 the step's status and output are the program's" {
    for bundle in "${BUNDLES[@]}"; do
        run --separate-stderr sl srun --container="/shared/$bundle" \
            sh -c 'cat /etc/os-release; echo "$IN_BUNDLE $0"; exit 7' "it's"
        expect_status 7
        [ "${lines[0]}" = ID=slurm-test ]
        [ "${lines[1]}" = "yes it's" ]
    done
}

@test "R1 a rank reads the step's input" {
    run bash -c 'echo hello | "$CLUSTER" run srun --container=/shared/sqfs cat'
    expect_output hello
}

@test "R2 nothing is left of steps that ended, failed or were killed" {
    for bundle in "${BUNDLES[@]}"; do
        sl srun -n2 --container="/shared/$bundle" true
        ! sl srun --container="/shared/$bundle" false
        ! sl srun --container="/shared/$bundle" /no/such
        ! sl srun --container="/shared/$bundle" sh -c 'kill -9 $$'
    done
    nothing_left
}

@test "R2 a container with PID namespace leaves no state when it is killed" {
    make_bundle pid /shared/img.sqfs 'l["namespaces"].append({"type": "pid"})' \
        'c["mounts"][0] = {"destination": "/proc", "type": "proc", "source": "proc"}'
    run sl srun --container=/shared/pid sh -c 'echo $$; exit 6'
    expect_status 6
    [ "${lines[0]}" = 1 ]
    sl srun -n2 -J pids --container=/shared/pid \
        sh -c 'touch /shared/pids.ready; sleep 1000' 3>&- &
    eventually 20 running pids
    sl scancel -f -s KILL "$(job_id pids)"
    wait $! || true
    nothing_left
}

@test "R3 the program is the process that Slurm knows" {
    for bundle in "${BUNDLES[@]}"; do
        run sl srun --container="/shared/$bundle" \
            sh -c 'echo $(($$ - SLURM_TASK_PID))'
        expect_output 0
    done
}

@test "R3 the program's own death by a signal is told as such" {
    run sl srun --container=/shared/sqfs sh -c 'kill -SEGV $$'
    [[ $output == *"Segmentation fault"* ]] || fail_with "$output"
}

@test "R4 the image outlives TERM until the program's handler is done" {
    put handler.sh <<'SH'
trap 'echo term; cat /etc/os-release; exit 9' TERM
trap 'echo usr1' USR1
touch /shared/handler.ready
while :; do sleep 0.1; done
SH
    for bundle in "${BUNDLES[@]}"; do
        rm -f "$SHARED/handler.ready"
        sl srun -J handler --container="/shared/$bundle" sh /shared/handler.sh \
            >"$SHARED/handler.out" 2>/dev/null 3>&- &
        eventually 20 running handler
        sl scancel -s USR1 "$(job_id handler)"
        eventually 20 grep -q usr1 "$SHARED/handler.out"
        sl scancel -s TERM "$(job_id handler).0"
        status=0
        wait $! || status=$?
        expect_status 9
        run cat "$SHARED/handler.out"
        # once each
        expect_output $'usr1\nterm\nID=slurm-test'
    done
    nothing_left
}

@test "R4 ranks that ignore TERM are killed, and the node stays in use" {
    sl srun -n4 -J stubborn --container=/shared/sqfs sh -c \
        'trap "" TERM; touch /shared/stubborn.ready; while :; do sleep 0.1; done' \
        3>&- 2>/dev/null &
    eventually 20 running stubborn
    sl scancel "$(job_id stubborn)"
    wait $! || true
    nothing_left
}

@test "R5 the mount points of Slurm are made without a change of the image" {
    put job.sh <<'SH'
#!/bin/sh
echo "$1 $(cat /etc/os-release)"
touch /tmp/x && echo writable
ls /var/run/slurm || ls -R /var/spool/slurmd # since 25.05
exit 3
SH
    make_bundle bare /shared/bare
    rm -rf "$SHARED/bare/bin"
    mkdir -p "$SHARED/bare"/{bin,proc,dev,shared,etc}
    cp -a "$SHARED/rootfs/bin" "$SHARED/rootfs/etc" "$SHARED/bare/"
    chown -R 1000:1000 "$SHARED/bare"
    before=$(cd "$SHARED" && find rootfs bare -path '*/bin' -prune -o -print | sort)
    for bundle in dir bare sqfs; do
        run sl sbatch -W -o /shared/job.out --container="/shared/$bundle" \
            /shared/job.sh one
        expect_status 3
        run cat "$SHARED/job.out"
        [ "${lines[0]}" = "one ID=slurm-test" ] || fail_with "$bundle: $output"
        [ "$bundle" = bare ] || [ "${lines[1]}" = writable ] || fail_with "$output"
        [[ $output == *config.json* ]] || fail_with "$bundle: $output"
    done
    after=$(cd "$SHARED" && find rootfs bare -path '*/bin' -prune -o -print | sort)
    [ "$before" = "$after" ] || diff <(echo "$before") <(echo "$after")
    nothing_left
}

@test "R6 a command that was found on the node is looked for in the image" {
    run sl srun -n2 --container=/shared/sqfs /usr/bin/sh -c 'echo "$0"'
    expect_status 0
    [ "$(grep -c 'is not in the image: running /bin/sh' <<<"$output")" -eq 1 ]
    run sl srun --container=/shared/sqfs /usr/bin/no-such-program
    expect_status 1
    [[ $output == *"cannot find \`/usr/bin/no-such-program\`"* ]]
    [[ $output != *"is not in the image"* ]]
}

@test "R7 the descriptor of PMI2 is open in the container" {
    for bundle in "${BUNDLES[@]}"; do
        run sl srun --mpi=pmi2 -n2 --container="/shared/$bundle" \
            sh -c 'readlink /proc/self/fd/$PMI_FD'
        expect_status 0
        [ "$(grep -c '^socket:' <<<"$output")" -eq 2 ] || fail_with "$output"
    done
}

@test "R8 the program has the user's own ids" {
    run sl srun --container=/shared/sqfs id -u
    expect_output 1000
}

@test "R9 --pty gives the program a terminal that has a name" {
    for bundle in "${BUNDLES[@]}"; do
        run sl script -qec "srun --pty --container=/shared/$bundle sh -c \
            'test -t 0 && test -t 1 && echo terminal; exit 4'" /dev/null
        expect_status 4
        [[ $output == *terminal* ]] || fail_with "$output"
    done
}

@test "B2 the ranks of a step share a server and a user namespace" {
    run sl srun -N"$NODES" --ntasks-per-node=4 --container=/shared/sqfs \
        sh -c 'sleep 1; echo "$SLURMD_NODENAME $(readlink /proc/self/ns/user)"'
    expect_status 0
    # each node has its own
    [ "$(sort -u <<<"$output" | wc -l)" -eq "$NODES" ] || fail_with "$output"
    sl srun -n4 -J server --container=/shared/sqfs \
        sh -c 'touch /shared/server.ready; sleep 3' 3>&- &
    eventually 20 running server
    run on n1 pgrep -u alice -c -f 'ch-server|ch-oci'
    wait $!
    # the server and the keeper
    [ "$output" -le 2 ] || fail_with "$output processes"
    nothing_left
}

@test "B2 any rank may be killed, and the others have their image" {
    put victim.sh <<'SH'
if [ "$SLURM_PROCID" = "$1" ]; then
    touch /shared/victim.ready
    kill -9 $$
fi
while [ ! -e /shared/victim.ready ]; do sleep 0.05; done
sleep 0.5
cat /etc/os-release
SH
    for victim in 0 1 3; do
        rm -f "$SHARED/victim.ready"
        run sl srun -K0 -n4 --container=/shared/sqfs \
            sh /shared/victim.sh $victim
        [ "$(grep -c ID=slurm-test <<<"$output")" -eq 3 ] || fail_with "$output"
    done
    nothing_left
}

@test "B2 steps with other ids or another image do not share" {
    make_bundle other /shared/rootfs
    sl srun -n2 --container=/shared/sqfs true
    run sl srun -n1 --container=/shared/sqfs true : \
        -n1 --container=/shared/other cat /etc/os-release
    expect_status 0
    nothing_left
}

@test "32 ranks of which some die lose no other one" {
    put random.sh <<'SH'
[ $(((SLURM_PROCID * 7 + $1) % 5)) -ne 0 ] || kill -9 $$
cat /etc/os-release
SH
    for round in 1 2 3; do
        dead=0
        for rank in {0..31}; do
            (((rank * 7 + round) % 5)) || dead=$((dead + 1))
        done
        run sl srun -K0 -N"$NODES" -n32 --container=/shared/sqfs \
            sh /shared/random.sh "$round"
        [ "$(grep -c ID=slurm-test <<<"$output")" -eq $((32 - dead)) ] ||
            fail_with "$output"
    done
    nothing_left
}

@test "a time limit gives the handler its time" {
    [ -n "${CH_SLURM_LONG:-}" ] || skip "takes minutes: CH_SLURM_LONG=1"
    put limit.sh <<'SH'
#!/bin/sh
trap 'echo usr1 $(cat /etc/os-release)' USR1
trap 'echo term $(cat /etc/os-release); exit 0' TERM
while :; do sleep 0.1; done
SH
    SL_TIMEOUT=300 run sl srun -t 1 --signal=USR1@30 \
        --container=/shared/sqfs sh /shared/limit.sh
    [[ $output == *"usr1 ID=slurm-test"*"term ID=slurm-test"* ]] ||
        fail_with "$output"
    nothing_left
}
