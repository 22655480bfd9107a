# Slurm's use of ch-oci, by configurations that it has written
# (tests/data/slurm): rules R1 to R12 of doc/slurm.md. tests/slurm/ has the same on
# a cluster.
# shellcheck disable=SC2016,SC2030,SC2031,SC2120,SC2153
# SPDX-License-Identifier: MIT

load ../oci

# like_slurm KIND: $BUNDLE becomes the folder of a task, as Slurm leaves it: its
# config.json with our paths in it.
like_slurm()
{
    local spool=$BATS_TEST_TMPDIR/oci-job3-0
    BUNDLE=$spool/task-0
    IMAGE=${IMAGE:-$ROOT}
    mkdir -p "$BUNDLE"
    echo out >"$BATS_TEST_TMPDIR/x.out"
    printf '#!/bin/sh\necho batch "$@"; exit 3\n' >"$BATS_TEST_TMPDIR/script"
    chmod 755 "$BATS_TEST_TMPDIR/script"
    cp "$CH_TESTS/data/slurm/$1.json" "$BUNDLE/config.json"
    chmod 644 "$BUNDLE/config.json"
    change "c['root']['path'] = '$IMAGE'" \
        'p["env"] = [e for e in p["env"] if not e.startswith("PATH=")] + ["PATH=/bin"]' \
        "places = (('/var/spool/slurmd/oci-job', '$BUNDLE/'),
            ('/var/spool/slurmd/job', '$BATS_TEST_TMPDIR/script'),
            ('/home/', '$BATS_TEST_TMPDIR/x.out'))" \
        'for m in c["mounts"]:
            for start, ours in places:
                if m["source"].startswith(start): m["source"] = ours' \
        'for kind in "uid", "gid":
            for m in l.get(kind + "Mappings", ()): m["hostID"] = '"$(id -u)"
    # as Slurm writes it
    sed -i 's|/|\\/|g' "$BUNDLE/config.json"
}

# As slurmstepd calls it, whose environment is that of root's daemon.
slurm_run()
{
    env -i HOME=/root TERM=xterm SLURMD_NODENAME=n1 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        timeout 60 "$CH_BUILD/ch-oci" "$@"
}

run_task()
{
    slurm_run run "$@" --bundle "$BUNDLE/" n1.alice.3.0.0
}

expect_same()
{
    [ "$1" = "$2" ] || diff <(echo "$1") <(echo "$2")
}

# An image that can be written to and is not shared with other tests.
own_image()
{
    IMAGE=$BATS_TEST_TMPDIR/image
    mkdir -p "$IMAGE"/{bin,dev,proc,sys,tmp}
    cp -a "$ROOT/bin/." "$IMAGE/bin"
}

@test "R12 escaped slashes, a trailing one and dots in the id are read" {
    like_slurm srun
    run run_task
    expect_status 5
    expect_output "it's"
}

@test "R1 options stand before or behind the command, unknown ones are tolerated" {
    like_slurm srun
    run slurm_run "--root=$STATE" run --bundle "$BUNDLE/" n1.alice.3.0.0
    expect_status 5
    expect_output "it's"
    run --separate-stderr slurm_run run --no-such-thing --bundle "$BUNDLE/" \
        n1.alice.3.0.0 --root "$STATE"
    expect_status 5
    expect_output "it's"
    [ ! -e "$STATE" ]
}

@test "R2 nothing is written to the bundle, or to a folder of state" {
    like_slurm srun
    run run_task
    expect_status 5
    [ "$(ls -A "$BUNDLE")" = config.json ]
    [ "$(ls -A "$BUNDLE/..")" = task-0 ]
    [ ! -e "/tmp/ch-oci-$(id -u)/n1.alice.3.0.0" ]
}

@test "R2 the state of a rank with a PID namespace goes when it has started" {
    like_slurm srun
    change 'l["namespaces"].append({"type": "pid"})' \
        'p["args"] = ["sh", "-c", "sleep 1000; true"]'
    "$CH_BUILD/ch-oci" --root "$STATE" run --bundle "$BUNDLE" \
        n1.alice.3.0.0 3>&- &
    pid=$!
    eventually 20 pgrep -P $pid -f 'sleep 1000'
    eventually 20 nothing_left
    kill -9 "$(pgrep -P $pid)"
    wait $pid || true
    nothing_left
}

@test "R3 a rank is its caller's own process, in its group and session" {
    for IMAGE in "${IMAGES[@]}"; do
        like_slurm srun
        # shellcheck disable=SC2016 # for the container's shell
        program sh -c 'cut -d" " -f1,5,6 /proc/self/stat; echo $$'
        run env -i PATH=/bin setsid -w sh -c 'echo $$
            exec "$0" run --bundle "$1" n1.alice.3.0.0' \
            "$CH_BUILD/ch-oci" "$BUNDLE"
        expect_status 0
        read -r _ group session <<<"${lines[1]}"
        [ "$group $session" = "${lines[0]} ${lines[0]}" ]
        [ "${lines[2]}" = "${lines[0]}" ]
    done
}

@test "R5 a batch script runs, and the image is as it was" {
    own_image
    like_slurm sbatch
    before=$(find "$IMAGE" | sort)
    run run_task
    expect_status 3
    expect_output "batch"
    expect_same "$before" "$(find "$IMAGE" | sort)"
    IMAGE=$SQUASH
    like_slurm sbatch
    run run_task
    expect_status 3
    expect_output "batch"
}

@test "R5 what can be written to stays so beside Slurm's mount points" {
    own_image
    like_slurm srun
    program sh -c 'touch /tmp/x /var/x && ls /var/run/slurm && echo done'
    mkdir "$IMAGE/var"
    run run_task
    expect_status 0
    expect_output $'config.json\ndone'
}

@test "R5 a mount of Slurm's own that can't be had is a warning" {
    like_slurm sbatch
    rm "$BATS_TEST_TMPDIR/x.out"
    run --separate-stderr run_task
    expect_status 3
    expect_output "batch"
    # shellcheck disable=SC2154 # bats' own
    [[ $stderr == *"warning: left out: mounts[6]: "* ]]
    change 'c["mounts"].append({"destination": "/x", "source": "/no/such",
        "type": "none", "options": ["bind"]})'
    run --separate-stderr run_task
    expect_status 1
}

@test "R6 the last of two values counts, and the container's PATH" {
    like_slurm srun
    change 'p["env"] = ["PATH=/no/such", "A=1"] + p["env"] + ["A=2"]'
    # shellcheck disable=SC2016 # for the container's shell
    program sh -c 'echo $A $PATH'
    run run_task
    expect_output "2 /bin"
}

@test "R6 a path that is not in the image is that of the same name" {
    like_slurm srun
    change 'p["args"] = ["/usr/local/no/such/sh", "-c", "echo $0"]'
    run run_task
    expect_status 0
    [ "${#lines[@]}" -eq 2 ]
    [[ ${lines[0]} == *"warning: /usr/local/no/such/sh is not in the image: running /bin/sh (the batch system looked it up on the node)" ]]
    # the other ranks have nothing to add
    change 'p["env"].append("SLURM_PROCID=1")'
    run run_task
    [ "${#lines[@]}" -eq 1 ]
    # elsewhere a path is what it says
    change 'p["env"] = ["PATH=/bin"]' 'del c["mounts"][-1]'
    run run_task
    expect_oci_error "cannot find \`/usr/local/no/such/sh\`"
}

@test "R6 salloc's shell is one that the image has" {
    like_slurm srun
    change 'p["args"] = ["/usr/bin/zsh", "-c", "echo here"]'
    run run_task
    expect_oci_error "cannot find \`/usr/bin/zsh\`"
    change 'p["env"].append("SLURM_STEP_ID=4294967290")'
    run --separate-stderr run_task
    expect_output here
}

@test "R7 PMI2's descriptor is open in the container, and no other" {
    like_slurm pmi2
    program ls /proc/self/fd
    run run_task 17</dev/null 18</dev/null
    expect_output $'0\n1\n17\n2\n3'
    # not there: not its fault
    run run_task 18</dev/null
    expect_output $'0\n1\n2\n3'
}

@test "R5 the step's folder, which Slurm mounts since 25.05, may be missing, too" {
    own_image
    like_slurm srun
    step=$BATS_TEST_TMPDIR/oci-job3-0
    change "c['mounts'] = [m for m in c['mounts'] if 'slurm' not in m['destination']]" \
        "c['mounts'].append({'destination': '$step', 'source': '$step',
            'type': 'none', 'options': ['bind']})"
    program ls "$step"
    run run_task
    expect_output task-0
    rmdir "$IMAGE/tmp"
    echo file >"$IMAGE/tmp" # nothing can be mounted below
    program echo runs
    run --separate-stderr run_task
    expect_output runs
    [[ $stderr == *"warning: left out: mounts["* ]] || fail_with "$stderr"
}

@test "R8 a rank has its own ids unless the bundle maps others" {
    like_slurm srun
    program id -u
    run run_task
    expect_output "$(id -u)"
    change 'l["uidMappings"] = [{"containerID": 0, "hostID": '"$(id -u)"', "size": 1}]' \
        'l["gidMappings"] = [{"containerID": 0, "hostID": '"$(id -g)"', "size": 1}]'
    run run_task
    expect_output 0
    run run_task --keep-uid
    expect_output "$(id -u)"
}

@test "R8 PMIx finds its memory, by the path that the node has" {
    like_slurm srun
    echo memory >"$BATS_TEST_TMPDIR/oci-job3-0/segment"
    change 'p["args"] = ["/bin/cat", "'"$BATS_TEST_TMPDIR"'/oci-job3-0/segment"]'
    run run_task
    expect_status 1
    change 'p["env"].append("PMIX_NAMESPACE=slurm.pmix.3.0")'
    run run_task
    expect_output memory
}

@test "R9 the terminal of --pty is the program's, and has a name" {
    like_slurm pty
    change 'p["args"] = ["sh", "-c", "test -t 0 && test -t 2 && tty && sleep 0"]'
    run script -qec "$CH_BUILD/ch-oci run --bundle $BUNDLE/ n1.alice.5.0.0" \
        /dev/null
    expect_status 0
    [[ $output == *"/dev/"* ]] || fail_with "$output"
}

@test "R10 state of an unknown id is an error, delete --force is silent" {
    run oci state n1.alice.3.0.-1
    expect_oci_error "container n1.alice.3.0.-1 does not exist"
    [ ! -e "$STATE" ]
    run oci delete --force n1.alice.3.0.-1
    expect_status 0
    expect_output ""
    [ ! -e "$STATE" ]
}

@test "R11 what podman asks of Slurm's scrun is mounted or left out" {
    like_slurm scrun
    program sh -c 'ls -d /dev/pts /dev/mqueue /sys/fs/cgroup /proc/self'
    run run_task
    expect_status 0
    [ "${#lines[@]}" -eq 4 ] || fail_with "$output"
}

@test "B2 ranks of a step share a server and a user namespace" {
    IMAGE=$SQUASH like_slurm srun
    program sh -c 'readlink /proc/self/ns/user; cat'
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    exec 7<>"$BATS_TEST_TMPDIR/fifo"
    for rank in 0 1 2; do
        run_task <"$BATS_TEST_TMPDIR/fifo" >"$BATS_TEST_TMPDIR/out.$rank" \
            3>&- 7>&- &
        pids+=($!)
    done
    for rank in 0 1 2; do
        eventually 20 test -s "$BATS_TEST_TMPDIR/out.$rank"
    done
    [ "$(cat "$BATS_TEST_TMPDIR"/out.* | sort -u | wc -l)" -eq 1 ]
    # another step, and one whose ids differ, are strangers
    IMAGE=$SQUASH like_slurm srun
    program readlink /proc/self/ns/user
    change 'p["env"].append("SLURM_STEP_ID=1")'
    run run_task
    [ "$output" != "$(cat "$BATS_TEST_TMPDIR/out.0")" ]
    kill "${pids[@]}"
}

@test "B2 a rank that is alone on its node has no keeper" {
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    exec 7<>"$BATS_TEST_TMPDIR/fifo"
    for ranks in 2 1; do
        IMAGE=$SQUASH like_slurm srun
        program sh -c 'echo $$; cat'
        change "p['env'].append('SLURM_STEP_ID=7$ranks')" \
            "p['env'].append('SLURM_STEP_TASKS_PER_NODE=$ranks')"
        run_task <"$BATS_TEST_TMPDIR/fifo" >"$BATS_TEST_TMPDIR/out" 3>&- 7>&- &
        pid=$!
        eventually 20 test -s "$BATS_TEST_TMPDIR/out"
        eventually 20 pgrep -x -P "$(<"$BATS_TEST_TMPDIR/out")" ch-server
        keepers=$(pgrep -x -c -P "$(<"$BATS_TEST_TMPDIR/out")" ch-keeper || true)
        kill $pid
        wait $pid || true
        [ "$keepers" -eq $((ranks - 1)) ] || fail_with "$ranks ranks: $keepers"
        rm "$BATS_TEST_TMPDIR/out"
    done
}

@test "B2 ranks do not share an unpacked image that each may write to" {
    tar -C "$ROOT" -cf "$BATS_TEST_TMPDIR/image.tar" .
    IMAGE=$BATS_TEST_TMPDIR/image.tar like_slurm srun
    change 'c["annotations"] = {"ch.image": c["root"]["path"]}' \
        'c["root"]["readonly"] = False'
    program sh -c '[ ! -e /mnt/rank ] || echo seen; : >/mnt/rank; echo done; cat'
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    exec 7<>"$BATS_TEST_TMPDIR/fifo"
    for rank in 0 1; do
        run_task <"$BATS_TEST_TMPDIR/fifo" >"$BATS_TEST_TMPDIR/out.$rank" \
            2>&1 3>&- 7>&- &
        pids+=($!)
        eventually 20 grep -q "done" "$BATS_TEST_TMPDIR/out.$rank" || fail_with "$(cat "$BATS_TEST_TMPDIR/out.$rank")"
    done
    kill "${pids[@]}"
    [ "$(cat "$BATS_TEST_TMPDIR"/out.*)" = $'done\ndone' ] ||
        fail_with "$(cat "$BATS_TEST_TMPDIR"/out.*)"
}
