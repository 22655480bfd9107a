# What jobs are made of: users, components, steps, allocations, signals, limits.
# shellcheck disable=SC2016 # the containers' shell expands
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

other()
{
    timeout 60 "$CLUSTER" other ctl "$@"
}

@test "two users have one image at once, and nothing in common" {
    # the other has another id, which a bundle has to name
    make_bundle other /shared/img.sqfs \
        'l["uidMappings"] = [{"containerID": 1001, "hostID": 1001, "size": 1}]' \
        'l["gidMappings"] = l["uidMappings"]' \
        'p["user"] = {"uid": 1001, "gid": 1001}'
    sl srun -w n1 -n4 -J mine --container=/shared/sqfs sh -c \
        'touch /shared/mine.ready; sleep 3; echo "$(id -u) $(cat /etc/os-release)"
            readlink /proc/self/ns/user' >"$SHARED/mine.out" 3>&- &
    eventually 20 running mine
    run other srun -w n1 -n4 --container=/shared/other sh -c \
        'echo "$(id -u) $(cat /etc/os-release)"; readlink /proc/self/ns/user'
    expect_status 0
    wait $!
    [ "$(grep -c '^1001 ID=slurm-test' <<<"$output")" -eq 4 ] ||
        fail_with "$output"
    [ "$(grep -c '^1000 ID=slurm-test' "$SHARED/mine.out")" -eq 4 ]
    # one namespace for the ranks of each, and not the same
    [ "$({ echo "$output"; cat "$SHARED/mine.out"; } | grep ^user |
        sort | uniq -c | awk '{ print $1 }' | xargs)" = "4 4" ] ||
        fail_with "$output"
    nothing_left
    on n1 sh -c '! pgrep -u bob'
}

@test "the components of a heterogeneous job have what each asked for" {
    run sl srun -n2 --container=/shared/sqfs sh -c \
        'echo "one $SLURM_HET_GROUP_ID $(cat /etc/os-release)"' : \
        -n2 --container=/shared/dir sh -c 'echo "two $(cat /etc/os-release)"'
    expect_status 0
    [ "$(grep -c '^one.*ID=slurm-test' <<<"$output")" -eq 2 ] ||
        fail_with "$output"
    [ "$(grep -c '^two ID=slurm-test' <<<"$output")" -eq 2 ]
    nothing_left
}

@test "steps of a job, one after the other and at once" {
    put steps.sh <<'SH'
#!/bin/sh
for i in 1 2 3; do
    srun -n2 --container=/shared/sqfs sh -c "echo first $i" || exit
done
for i in 1 2 3 4; do
    srun -n1 --exact --container=/shared/sqfs \
        sh -c "sleep 0.5; cat /etc/os-release; echo second $i" &
done
wait
SH
    run sl sbatch -W -N"$NODES" -n4 -o /shared/steps.out /shared/steps.sh
    expect_status 0
    [ "$(grep -c '^first' "$SHARED/steps.out")" -eq 6 ]
    [ "$(grep -c '^second' "$SHARED/steps.out")" -eq 4 ]
    [ "$(grep -c '^ID=' "$SHARED/steps.out")" -eq 4 ]
    nothing_left
}

@test "salloc runs steps in containers, and its shell is in one by srun --pty" {
    run sl salloc -n4 srun --container=/shared/sqfs cat /etc/os-release
    expect_status 0
    [ "$(grep -c ID=slurm-test <<<"$output")" -eq 4 ]
    run sl salloc -n1 script -qec \
        "srun --container=/shared/sqfs --pty sh -c 'tty; cat /etc/os-release'" \
        /dev/null
    [[ $output == *ID=slurm-test* ]] || fail_with "$output"
    # as Slurm has it: the command itself is on the submitting host
    run sl salloc -n1 --container=/shared/sqfs sh -c 'hostname; cat /etc/os-release'
    [[ $output == *ctl* && $output != *slurm-test* ]] || fail_with "$output"
    nothing_left
}

@test "--signal warns the program before its time is over" {
    put warned.sh <<'SH'
#!/bin/sh
trap 'echo "usr1 $(cat /etc/os-release)"; exit 0' USR1
touch /shared/warned.ready
while :; do sleep 0.1; done
SH
    # a minute is the least; the warning comes at once
    SL_TIMEOUT=120 run sl srun -t 1 --signal=USR1@60 --container=/shared/sqfs \
        sh /shared/warned.sh
    [[ $output == *"usr1 ID=slurm-test"* ]] || fail_with "$output"
    nothing_left
}

@test "R10 what root asks of a user's container is done as that user" {
    sl srun -w n1 -J held --container=/shared/dir sh -c \
        'touch /shared/held.ready; exec sleep 30' 3>&- 2>/dev/null &
    eventually 20 running held
    id=n1.alice.$(job_id held).0.0
    # a container of "run" has no state, of which a user could make another one
    run on n1 /usr/local/bin/ch-oci state "$id"
    [ "$status" -ne 0 ]
    run on n1 /usr/local/bin/ch-oci delete --force "$id"
    expect_output ""
    sl scancel -n held
    wait $! || true
    nothing_left
}

@test "R12 the spool folder is empty after steps of all kinds" {
    sl srun -N"$NODES" -n8 --container=/shared/sqfs true
    run ! sl srun -n4 --container=/shared/sqfs sh -c 'exit $SLURM_PROCID'
    run ! sl srun -n2 --container=/shared/none true
    for ((i = 1; i <= NODES; i++)); do
        eventually 20 on "n$i" sh -c \
            '[ -z "$(find /var/spool/slurmd -name "*oci*" -o -name "task-*")" ]'
    done
    nothing_left
}
