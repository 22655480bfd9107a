# Ranks of a job step share their image: its server, a user namespace, no more.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031 # each test sets its own

load ../helper

setup_file()
{
    make_fixtures
}

setup()
{
    unset_launchers
    export SLURM_JOB_ID=$BATS_TEST_NUMBER.$$ SLURM_STEP_ID=0
    dir=$(scratch)
    through=()
    holder=
}

teardown()
{
    touch "$dir/end"
    [ -z "$holder" ] || kill "$holder"
    wait
}

# peers MODE ROUNDS PEERS: see kill/peers.py.
peers()
{
    CH_ROUNDS=$2 CH_PEERS=$3 run python3 "$CH_TESTS/kill/peers.py" "$1" image \
        "$CH_BUILD/ch-run" "$SQUASH"
    expect_status 0
}

# stay NAME OPTION...: a rank that tells its server and user namespace in the
# file NAME and stays until there is a file "end NAME", or "end".
stay()
{
    local name=$1
    shift
    # shellcheck disable=SC2016 # for the inner shell
    ch_run -b "$dir:/mnt/0" "$@" "${image:-$SQUASH}" -- sh -c '
        echo $(stat -c %d /) $(readlink /proc/self/ns/user) >/mnt/0/new.'"$name"'
        mv /mnt/0/new.'"$name /mnt/0/$name"'
        until [ -e "/mnt/0/end '"$name"'" ] || [ -e /mnt/0/end ]; do
            sleep 0.02
        done' 3>&- &
    eventually 30 test -e "$dir/$name"
}

# meets NAME OPTION...: does a rank with these options meet that of stay?
meets()
{
    local name=$1
    shift
    # shellcheck disable=SC2016
    run ch_run "$@" "${image:-$SQUASH}" -- sh -c \
        'echo $(stat -c %d /) $(readlink /proc/self/ns/user)'
    expect_status 0
    [ "$output" = "$(cat "$dir/$name")" ]
}

misses()
{
    ! meets "$@"
}

# begin NAME...: without a container, what a rank's -v -v says of sharing.
begin()
{
    run ch_run -v -v "$@" "$SQUASH" -- true
    expect_status 0
}

@test "ranks share one server and one user namespace, but no mounts" {
    peers start 2 16
}

@test "so does one rank, and so do two" {
    peers start 2 1
    peers start 2 2
}

@test "so do 256 ranks at once" {
    peers start 1 256
}

@test "no rank is lost when the first, another or the keeper is killed" {
    peers kill "${CH_ROUNDS:-12}" 0
}

@test "a rank that comes after the server was killed has a new one" {
    peers server 1 0
}

@test "a late rank has the server of those that live, though the first is gone" {
    stay first
    stay second
    touch "$dir/end first"
    wait -n
    diff "$dir/first" "$dir/second"
    meets second
}

@test "ranks meet that are started one after another" {
    export OMPI_COMM_WORLD_LOCAL_SIZE=2 PMIX_NAMESPACE=$SLURM_JOB_ID
    unset SLURM_JOB_ID
    for _ in $(seq 10); do # it is a matter of two seconds
        begin
        begin
        [[ $output != *"sharing: a member"* ]] || return 0
        sleep 3
    done
    fail_with "$output"
}

@test "a daemon of a rank keeps the image when all ranks are gone" {
    run python3 "$CH_TESTS/kill/daemon.py" "$CH_BUILD/ch-run" "$SQUASH" \
        "$(md5sum <"$ROOT/data/big")"
    expect_output "read after the command, then all ended"
}

@test "ranks of other steps and jobs do not meet, nor other images and ids" {
    stay first
    meets first
    SLURM_STEP_ID=1 misses first
    SLURM_JOB_ID=other misses first
    misses first -u 0
    misses first -g 0
    image=$FIXTURES/images/lz4.sqfs misses first
    cp "$SQUASH" "$dir/copy.sqfs"
    image=$dir/copy.sqfs misses first
    meets first
}

@test "a rank in a container does not meet those outside" {
    stay first
    run ch_run -b "$CH_BUILD:/mnt/1" -b "$(dirname "$SQUASH"):/mnt/2" \
        "$SQUASH" -- /mnt/1/ch-run -v -v "/mnt/2/$(basename "$SQUASH")" -- true
    expect_status 0
    [[ $output == *"sharing: the first"* ]]
}

@test "--no-share: each rank has its own" {
    stay first --no-share
    misses first --no-share
    misses first
    begin --no-share
    [[ $output != *sharing* ]]
}

@test "a directory is shared by itself: each rank has a user namespace" {
    image=$ROOT
    stay first
    misses first
    run ch_run -v -v "$ROOT" -- true
    [[ $output != *sharing* ]]
}

@test "an archive is unpacked once for all ranks" {
    tar -cf "$dir/root.tar" -C "$ROOT" .
    image=$dir/root.tar
    stay first
    meets first
    run ch_run -v -v "$image" -- touch /bin/new
    expect_status 1
    [[ $output == *"sharing: a member"* ]]
    [[ $output == *"Read-only file system"* ]]
}

@test "images that are bound are shared like that of the root" {
    for one in "${IMAGES[@]}"; do
        rm -f "$dir"/*
        # shellcheck disable=SC2016
        ch_run -b "$dir:/mnt/0" -b "$SQUASH:/mnt/1" -b "$SQUASH:/mnt/2" \
            "$one" -- sh -c '
            stat -c %d / /mnt/1 /mnt/2 >/mnt/0/new && mv /mnt/0/new /mnt/0/first
            until [ -e /mnt/0/end ]; do sleep 0.02; done' 3>&- &
        eventually 30 test -e "$dir/first"
        run ch_run -b "$SQUASH:/mnt/1" -b "$SQUASH:/mnt/2" "$one" -- \
            stat -c %d / /mnt/1 /mnt/2
        expect_output "$(cat "$dir/first")"
        run ch_run "$one" -- ls /data/small/1
        expect_status 0
        touch "$dir/end"
        wait
    done
}

@test "outside of a job step nothing is shared" {
    unset SLURM_STEP_ID
    begin
    [[ $output != *sharing* ]]
    unset SLURM_JOB_ID
    begin
    [[ $output != *sharing* ]]
}

@test "launchers other than Slurm make steps too" {
    unset SLURM_JOB_ID SLURM_STEP_ID
    for variables in FLUX_JOB_ID PALS_APID PMIX_NAMESPACE PBS_JOBID \
        "LSB_JOBID LSB_JOBINDEX"; do
        for variable in $variables; do
            export "$variable=$BATS_TEST_NUMBER.$$"
        done
        begin
        [[ $output == *"sharing: the first"* ]] || fail_with "$variables"
        # shellcheck disable=SC2086
        unset $variables
    done
}

@test "what a rank writes by -W, and its /tmp by -t, no other rank sees" {
    # shellcheck disable=SC2016
    ch_run -W -t -b "$dir:/mnt/0" "$SQUASH" -- sh -c '
        touch /written /tmp/written /mnt/0/ready
        until [ -e /mnt/0/end ]; do sleep 0.02; done' 3>&- &
    eventually 30 test -e "$dir/ready"
    run ch_run -v -v -W -t "$SQUASH" -- ls -d /written /tmp/written
    [[ $output == *"sharing: a member"* ]]
    [ "$(grep -c 'No such file' <<<"$output")" -eq 2 ]
}

@test "a rank that joins has its own binds and may be started anywhere" {
    stay first
    mkdir "$dir/here"
    echo mine >"$dir/here/file"
    cd "$dir"
    run ch_run -v -v -b here:/mnt/1 -b "$dir/first:/mnt/file" "$SQUASH" -- \
        cat /mnt/1/file /mnt/file
    expect_status 0
    [[ $output == *"sharing: a member"* ]]
    [[ $output == *mine$'\n'"$(cat first)" ]]
}

@test "errors of a rank that joins are as those of any other" {
    stay first
    run ch_run "$SQUASH" -- no-such-command
    expect_error 49 "can't exec: no-such-command"
    run ch_run -b /no/such "$SQUASH" -- true
    expect_error 31 "can't bind: source not found: /no/such"
    run ch_run -c /no/such "$SQUASH" -- true
    expect_error 31 "can't cd to /no/such"
}

@test "a rank's pipes end with it, whatever its peers do" {
    (
        # shellcheck disable=SC2016
        ch_run -b "$dir:/mnt/0" "$SQUASH" -- sh -c '
            touch /mnt/0/ready
            until [ -e /mnt/0/second ]; do sleep 0.02; done' 2>&1 7>&1 | cat
        touch "$dir/ended"
    ) 3>&- &
    eventually 30 test -e "$dir/ready"
    stay second
    eventually 20 test -e "$dir/ended"
    [ ! -e "$dir/end" ]
}

@test "keeper and server ignore the signals that a job gets" {
    run python3 "$CH_TESTS/kill/rounds.py" signals "$CH_BUILD/ch-run" "$SQUASH"
    expect_status 0
}

@test "nothing is left after kill -9 of a job with server and keeper at once" {
    for mode in all readers; do
        CH_ROUNDS=${CH_ROUNDS:-20} run python3 "$CH_TESTS/kill/rounds.py" \
            "$mode" "$CH_BUILD/ch-run" "$SQUASH"
        expect_status 0
    done
}

@test "a first that is stopped holds up nobody for long" {
    begin
    name=$(sed -n 's/.*the first at \(ch-.*\)/\1/p' <<<"$output")
    [ -n "$name" ]
    # the keeper goes first
    python3 - "$name" <<'PYTHON'
import socket, sys, time
while True:
    try:
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind(
            "\0" + sys.argv[1])
        break
    except OSError:
        time.sleep(0.02)
PYTHON
    python3 "$CH_TESTS/kill/silent.py" "$name" >"$dir/silent" 3>&- &
    silent=$!
    eventually 30 grep -q listening "$dir/silent"
    run ch_run "$SQUASH" -- echo "it goes on"
    kill "$silent"
    expect_status 0
    [ "${lines[1]}" = "it goes on" ]
    [[ ${lines[0]} == *"warning: can't share: no answer from pid $silent: it may be"* ]]
}

# hold_mounts: what others mount or unmount on this host is out of sight of the
# ranks from now on; it would make them build roots of their own.
hold_mounts()
{
    unshare --map-current-user --mount sleep 600 3>&- &
    holder=$!
    eventually 30 grep -q sleep "/proc/$holder/comm"
    through+=(nsenter --preserve-credentials --user --mount -t "$holder")
}

# stay_alike OPTION...: a rank that does what the function's caller put into
# "does", and stays. Its peers, with the same options, by "alike".
stay_alike()
{
    options=(-b "$dir:/mnt/0" "$@")
    [ -n "$holder" ] || hold_mounts
    # shellcheck disable=SC2016 # for the inner shell
    "${through[@]}" "$CH_BUILD/ch-run" "${options[@]}" "$SQUASH" -- \
        sh -c "$does"'
        touch /mnt/0/ready
        until [ -e /mnt/0/end ]; do sleep 0.02; done' 3>&- &
    rank=$!
    eventually 30 test -e "$dir/ready"
}

# alike SCRIPT: what the script says in such a rank, and whether the rank's root
# was a copy.
alike()
{
    run "${through[@]}" "$CH_BUILD/ch-run" -v -v "${options[@]}" "$SQUASH" -- \
        sh -c "$1"
    expect_status 0
    copied=$(grep -c "entering a copy of the root" <<<"$output" || true)
    output=$(grep -v '^ch-run\[' <<<"$output" || true)
}

@test "ranks with the same options have the same mounts, each in a namespace" {
    does='cut -d" " -f5,6 /proc/self/mountinfo >/mnt/0/mounts
        readlink /proc/self/ns/mnt >/mnt/0/namespace;'
    for one in "$SQUASH" "$dir/root.tar"; do
        [ "$one" = "$SQUASH" ] || tar -cf "$one" -C "$ROOT" .
        SQUASH=$one stay_alike --set-env -u 0 -g 0
        # users files lie upon those of the first
        SQUASH=$one alike 'cut -d" " -f5,6 /proc/self/mountinfo | sort -u'
        [ "$copied" -eq 1 ]
        [ "$output" = "$(sort -u "$dir/mounts")" ]
        SQUASH=$one alike 'readlink /proc/self/ns/mnt'
        [ "$output" != "$(cat "$dir/namespace")" ]
        touch "$dir/end"
        wait "$rank"
        rm "$dir/ready" "$dir/end"
    done
}

@test "what one rank mounts, no other rank sees" {
    does='mount -t tmpfs none /mnt/1 && touch /mnt/1/first;'
    stay_alike -u 0 -g 0
    alike 'ls /mnt/1; mount -t tmpfs none /mnt/1 && touch /mnt/1/second'
    [ "$copied" -eq 1 ]
    [ "$output" = "" ]
    alike 'ls /mnt/1; umount -l /dev && ls /dev'
    [ "$copied" -eq 1 ]
    [ "$output" = "" ]
    alike 'ls /dev/null'
    [ "$output" = "/dev/null" ]
}

@test "what one rank writes to its users files, no other rank sees" {
    does='echo first >>/etc/passwd; echo first >/etc/group;'
    stay_alike
    for _ in $(seq 70); do # more than share a file system
        alike 'cat /etc/passwd /etc/group; echo second >>/etc/passwd
            echo second >/etc/group'
        [ "$copied" -eq 1 ]
        [[ $output == *:$(id -u):* ]]
        [[ $output != *first* ]]
        [[ $output != *second* ]]
    done
}

@test "each rank has an environment and a working directory of its own" {
    # shellcheck disable=SC2016
    does='test "$SLURM_PROCID" = 0;'
    SLURM_PROCID=0 stay_alike
    options+=(--set-env=A=1 -c /mnt/0)
    # shellcheck disable=SC2016
    SLURM_PROCID=1 alike 'echo $SLURM_PROCID $A $PWD'
    [ "$copied" -eq 1 ]
    [ "$output" = "1 1 /mnt/0" ]
}

@test "a rank that is to have another root builds its own" {
    does=
    mkdir "$dir/one"
    stay_alike -b "$dir/one:/mnt/1"
    same=("${options[@]}")
    alike true
    [ "$copied" -eq 1 ]
    for other in --home -W -t "-b $dir:/mnt/2" "-b $dir/one:/mnt/2:ro" --self; do
        # shellcheck disable=SC2206
        options=("${same[@]}" $other)
        alike true
        [ "$copied" -eq 0 ] || fail_with "$other"
    done
    options=("${same[@]}")
    TMPDIR=$dir alike true
    [ "$copied" -eq 0 ]
    USER=somebody alike true # the host knows the name of the user
    [ "$copied" -eq 1 ]
    # the path leads somewhere else now
    mv "$dir/one" "$dir/old"
    mkdir "$dir/one"
    touch "$dir/one/new"
    alike 'ls /mnt/1'
    [ "$copied" -eq 0 ]
    [ "$output" = new ]
}

@test "on older kernels ranks have copies of a root, or build their own" {
    does=
    hold_mounts
    outside=("${through[@]}")
    for call in listmount:1 fsopen:0 open_tree:0; do
        through=("${outside[@]}" python3 "$CH_TESTS/e2e/deny.py" "${call%:*}" ENOSYS)
        stay_alike
        alike 'cat /data/small/200'
        [ "$output" = "file 200" ]
        [ "$copied" -eq "${call#*:}" ] || fail_with "$call"
        touch "$dir/end"
        wait "$rank"
        rm "$dir/ready" "$dir/end"
    done
}
