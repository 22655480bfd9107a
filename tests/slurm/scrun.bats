# ch-scrun on a real cluster, called by podman on ctl as a login node.
# shellcheck disable=SC2016 # the containers' shell expands
# SPDX-License-Identifier: MIT

load helper

setup_file()
{
    setup_cluster
    on ctl sh -c 'type podman >/dev/null 2>&1' ||
        skip "no podman on the nodes: CH_PEERS=1 installs it"
    put ch-scrun <"$CH_SLURM_BIN/ch-scrun"
    put containers.conf <<'CONF'
[containers]
netns = "host"
pidns = "host"
utsns = "host"
cgroupns = "host"
cgroups = "enabled"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
[engine.runtimes]
ch-scrun = ["/shared/ch-scrun"]
CONF
    on ctl sh -c 'grep -q ^alice: /etc/subuid || {
            echo alice:100000:65536 >>/etc/subuid
            echo alice:100000:65536 >>/etc/subgid
        }
        mkdir -p /run/user/1000 && chown 1000:1000 /run/user/1000
        chmod 700 /run/user/1000'
    tar -C "$SHARED/rootfs" -cf "$SHARED/rootfs.tar" .
    as_user podman import /shared/rootfs.tar tree
}

setup()
{
    rm -f "$SHARED"/*.ready "$SHARED"/*.out
}

teardown()
{
    as_user podman rm --force --all --time 0 >/dev/null 2>&1 || true
}

# as_user WORD...: with what a session of a login node has.
as_user()
{
    sl env XDG_RUNTIME_DIR=/run/user/1000 \
        CONTAINERS_CONF=/shared/containers.conf "$@"
}

podman()
{
    as_user podman --runtime ch-scrun "$@" 3>&-
}

# bats warns of some statuses.
quietly()
{
    local code=0
    "$@" || code=$?
    echo $code >"$BATS_TEST_TMPDIR/status"
}

# ends STATUS WORD...: podman run ends so.
ends()
{
    local expected=$1
    shift
    run quietly podman run --rm "$@"
    status=$(<"$BATS_TEST_TMPDIR/status")
    expect_status "$expected"
}

# all_gone: no job, no part of a container on any host.
all_gone()
{
    [ -z "$(sl squeue -h)" ] &&
        [ -z "$(on ctl sh -c 'ls -A /home/alice/.cache/ch-scrun-1000/jobs')" ] &&
        [ -z "$(on ctl sh -c 'ls -A /run/user/1000/ch-scrun')" ] &&
        [ -z "$(on n1 sh -c 'ls /tmp/ch-scrun.* 2>/dev/null')" ]
}

is_running()
{
    [ "$(sl squeue -h -o %T)" = RUNNING ]
}

log_has()
{
    podman logs "$1" 2>&1 | grep -q "$2"
}

@test "status, output and input are those of the program, on a node" {
    ends 5 -i tree sh -c 'hostname; cat /etc/os-release; id -u; exit 5'
    [[ ${lines[0]} == n[1-9] ]] || fail_with "$output"
    [ "${lines[1]}" = ID=slurm-test ]
    [ "${lines[2]}" = 0 ]
    run bash -c 'echo hello | "$CLUSTER" run env XDG_RUNTIME_DIR=/run/user/1000 \
        CONTAINERS_CONF=/shared/containers.conf \
        podman --runtime ch-scrun run --rm -i tree cat'
    expect_output hello
    ends 137 tree sh -c 'kill -9 $$'
    ends 127 tree nosuch
    eventually 20 all_gone
}

@test "what the container writes does not reach the image, which is made once" {
    ends 0 tree sh -c 'echo x >/new && rm /etc/os-release && cat /new'
    expect_output x
    ends 0 tree sh -c 'cat /etc/os-release; [ ! -e /new ]'
    expect_output ID=slurm-test
    run on ctl sh -c 'ls /home/alice/.cache/ch-scrun-1000/images | wc -l'
    expect_output 1
}

@test "root's containers are root's jobs" {
    # on the node's own file system, an overlay, podman's would not work
    podman_of_root()
    {
        on ctl env CONTAINERS_CONF=/shared/containers.conf SCRUN_STAGE_DIR=/shared \
            podman --root /tmp/storage --runroot /tmp/storage.run "$@"
    }
    podman_of_root import /shared/rootfs.tar tree
    run podman_of_root --runtime ch-scrun run --rm tree \
        sh -c 'cat /proc/self/uid_map; touch /x; exec hostname'
    expect_status 0
    [[ $output == *4294967295*n[1-9]* ]] || fail_with "$output"
}

@test "annotations ask for nodes, tasks and time" {
    ends 0 --annotation slurm.nodes=2 --annotation slurm.ntasks=4 \
        --annotation slurm.time=5 tree sh -c 'echo $SLURM_PROCID $(hostname)'
    [ "$(sort <<<"$output" | cut -d' ' -f1 | tr '\n' ' ')" = "0 1 2 3 " ] ||
        fail_with "$output"
    [[ $output == *n1*n2* || $output == *n2*n1* ]] || fail_with "$output"
    ends 1 --annotation slurm.partition=nosuch tree true
    [[ $output == *"Invalid partition name"* ]] || fail_with "$output"
}

@test "podman stop: the program's handler runs, with its image" {
    podman run -d --name c1 tree sh -c \
        'trap "cat /etc/os-release; exit 9" TERM; trap "echo usr1" USR1
        touch /tmp/x; echo ready; while :; do sleep 0.1; done'
    eventually 30 log_has c1 ready
    podman kill --signal USR1 c1
    eventually 30 log_has c1 usr1
    podman stop --time 20 c1
    eventually 30 log_has c1 ID=slurm-test
    run podman inspect -f '{{.State.ExitCode}}' c1
    expect_output 9
    podman rm c1
    eventually 20 all_gone
    nothing_left
}

@test "a container that ignores TERM is killed, a pending one is cancelled" {
    podman run -d --name c1 tree sh -c \
        'trap "" TERM; while :; do sleep 0.1; done'
    eventually 30 is_running
    podman rm --force --time 1 c1
    eventually 20 all_gone
    podman run -d --name c2 --annotation slurm.begin=now+1hour tree true
    eventually 30 [ "$(sl squeue -h -o %T)" = PENDING ]
    podman rm --force --time 1 c2
    eventually 20 all_gone
    nothing_left
}

@test "exec: output, status, input and terminal" {
    podman run -d --name c1 tree sh -c 'echo mine >/tmp/file; sleep 1000'
    inside()
    {
        run podman exec c1 cat /tmp/file
        [ "$output" = mine ]
    }
    eventually 30 inside
    run podman exec c1 sh -c 'hostname; exit 4'
    expect_status 4
    run bash -c 'echo hello | "$CLUSTER" run env XDG_RUNTIME_DIR=/run/user/1000 \
        CONTAINERS_CONF=/shared/containers.conf \
        podman --runtime ch-scrun exec -i c1 cat'
    expect_output hello
    run podman exec -t c1 sh -c 'test -t 0 && echo terminal'
    [[ $output == terminal* ]] || fail_with "$output"
    podman rm --force --time 0 c1
    eventually 20 all_gone
}

@test "a terminal: the program's is one, of the node" {
    run podman run --rm -t tree sh -c 'test -t 1 && echo terminal; hostname'
    expect_status 0
    [[ $output == *terminal*n[1-9]* ]] || fail_with "$output"
}

@test "several containers at once end each with its own status" {
    put many.sh <<'SH'
pids=''
for i in 1 2 3 4 5 6 7 8; do
    podman --runtime ch-scrun run --rm tree sh -c "sleep 1; exit $i" &
    pids="$pids $!"
done
for pid in $pids; do wait $pid; echo $?; done
SH
    run env SL_TIMEOUT=120 bash -c '"$CLUSTER" run env \
        XDG_RUNTIME_DIR=/run/user/1000 CONTAINERS_CONF=/shared/containers.conf \
        sh /shared/many.sh'
    expect_output $'1\n2\n3\n4\n5\n6\n7\n8'
    eventually 20 all_gone
}

@test "without a stage, what the nodes need is sent, and removed again" {
    run podman --runtime-flag stage=bcast run --rm --annotation slurm.nodes=2 \
        tree sh -c 'cat /etc/os-release; exit 3'
    expect_status 3
    expect_output $'ID=slurm-test\nID=slurm-test'
    podman --runtime-flag stage=bcast run -d --name c1 --annotation slurm.nodes=2 \
        tree sh -c 'echo mine >/tmp/file; sleep 1000'
    both_inside()
    {
        run podman exec c1 cat /tmp/file
        [ "$output" = mine ]
    }
    eventually 30 both_inside
    podman rm --force --time 0 c1
    sent_is_gone()
    {
        for node in n1 n2; do
            [ -z "$(on $node sh -c 'ls /tmp/ch-scrun.* 2>/dev/null')" ] || return 1
        done
    }
    eventually 20 sent_is_gone
}

@test "scancel and a killed anchor end the container and its job" {
    podman run -d --name c1 tree sleep 1000
    eventually 30 is_running
    sl scancel -u alice
    ended()
    {
        [ "$(podman inspect -f '{{.State.Status}}' c1)" = exited ]
    }
    eventually 30 ended
    run podman inspect -f '{{.State.ExitCode}}' c1
    [ "$output" -ne 0 ]
    podman rm c1
    podman run -d --name c2 tree sleep 1000
    eventually 30 is_running
    on ctl sh -c 'kill -9 "$(cat /run/user/1000/containers/overlay-containers/*/userdata/pidfile)"'
    eventually 30 [ -z "$(sl squeue -h)" ]
    podman rm --force --time 0 c2
    eventually 20 all_gone
    nothing_left
}

@test "a restart of the controller goes by unnoticed" {
    podman run -d --name c1 -v /shared:/shared tree sh -c \
        'while [ ! -e /shared/end.ready ]; do sleep 0.1; done; exit 6'
    eventually 30 is_running
    on ctl sh -c 'pkill -x slurmctld; while pgrep -x slurmctld; do sleep 0.1; done
        setpriv --reuid slurm --regid slurm --init-groups slurmctld' >/dev/null
    answers()
    {
        sl scontrol ping | grep -q "is UP"
    }
    eventually 30 answers
    eventually 30 is_running
    touch "$SHARED/end.ready"
    run podman wait c1
    expect_output 6
    podman rm c1
    eventually 20 all_gone
}
