# What only root can set up or see of ranks that share.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    # shellcheck disable=SC2016
    as_user env "CH_DATA=$CH_DATA" "CH_TESTS=$CH_TESTS" bash -c '
        . "$CH_TESTS/helper.bash"; make_fixtures'
}

setup()
{
    unset_launchers
    open_scratch
    dir=$(scratch)
    chmod 777 "$dir"
    export SLURM_JOB_ID=$BATS_TEST_NUMBER.$$ SLURM_STEP_ID=0
    image=$CH_DATA/fixtures.$(id -u "${CH_USER:-chtest}")/images/gzip.sqfs
}

teardown()
{
    touch "$dir/end"
    wait
}

begin()
{
    run as_user "$CH_BUILD/ch-run" -v -v "$image" -- echo "it goes on"
    expect_status 0
    [ "${lines[-1]}" = "it goes on" ]
}

stay()
{
    # shellcheck disable=SC2016
    as_user "$CH_BUILD/ch-run" -v -v -b "$dir:/mnt/0" "$@" "$image" -- sh -c '
        touch /mnt/0/ready
        until [ -e /mnt/0/end ]; do sleep 0.02; done' \
        >"$dir/said" 2>&1 3>&- 5<"$BATS_TEST_FILENAME" &
    eventually 30 test -e "$dir/ready"
    name=$(sed -n 's/.*the first at \(ch-.*\)/\1/p' "$dir/said")
    first=$(sed -n 's/^ch-run\[\([0-9]*\)\]: executing.*/\1/p' "$dir/said")
}

is_free()
{
    ! grep -q "@$1" /proc/net/unix
}

# The keeper that the first rank started.
keeper()
{
    pgrep -x ch-keeper -P "$first"
}

@test "who finds another user at the meeting point goes alone" {
    begin
    where=$(sed -n 's/.*the first at \(ch-.*\)/\1/p' <<<"$output")
    [ -n "$where" ]
    eventually 30 is_free "$where"
    python3 "$CH_TESTS/kill/silent.py" "$where" >"$dir/silent" 3>&- &
    silent=$!
    eventually 30 grep -q listening "$dir/silent"
    begin
    kill "$silent"
    [[ $output == *"user 0 sits at our meeting point"* ]]
    [[ $output == *"sharing: going alone"* ]]
}

@test "the keeper gives nothing to another user" {
    stay
    run python3 - "$name" <<'PYTHON'
import socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
    s.settimeout(20)
    s.connect("\0" + sys.argv[1])
    try:
        print(len(s.recvmsg(4096, 4096)[1]))
    except ConnectionResetError:
        print(0)
PYTHON
    expect_output 0
}

@test "ranks share as root too, and root meets nobody else" {
    # shellcheck disable=SC2016
    "$CH_BUILD/ch-run" -b "$dir:/mnt/0" "$image" -- sh -c '
        touch /mnt/0/ready
        until [ -e /mnt/0/end ]; do sleep 0.02; done' 3>&- &
    eventually 30 test -e "$dir/ready"
    run "$CH_BUILD/ch-run" -v -v "$image" -- true
    expect_status 0
    [[ $output == *"sharing: a member"* ]]
    begin
    [[ $output == *"sharing: the first"* ]]
}

@test "the keeper holds no file of the job's, no terminal and no directory" {
    for option in --no-home --join-tag=t; do
        [ "$option" = --no-home ] && option=-t
        stay "$option"
        pid=$(keeper)
        [ "$(readlink "/proc/$pid/cwd")" = / ]
        [ "$(ps -o sid= -p "$pid" | tr -d ' ')" = "$pid" ]
        [ "$(ps -o tty= -p "$pid" | tr -d ' ')" = "?" ]
        ! readlink "/proc/$pid"/fd/* | grep -vE \
            '^(/dev/null|socket:.*|anon_inode:.*|user:.*|mnt:.*|/)$'
        touch "$dir/end"
        wait
        rm "$dir/ready" "$dir/end"
    done
}

@test "the keeper can't be looked into by root of the container" {
    stay -u 0
    pid=$(keeper)
    run as_user "$CH_BUILD/ch-run" -v -v -u 0 "$image" -- ls "/proc/$pid/root/"
    [ "$status" -ne 0 ]
    [[ $output == *"sharing: a member"* ]]
    [[ $output == *"ermission denied"* ]]
}

@test "a rank sees what was mounted on the host after the first has started" {
    mkdir "$dir/later"
    # shellcheck disable=SC2016
    run unshare --mount --propagation private sh -c '
        ch="setpriv --reuid=$2 --regid=$2 --clear-groups $1 -v -v -b $3:/mnt/0"
        $ch "$4" -- sh -c "touch /mnt/0/ready
            until [ -e /mnt/0/end ]; do sleep 0.02; done" 2>/dev/null &
        until [ -e "$3/ready" ]; do sleep 0.02; done
        $ch "$4" -- ls /mnt/0/later
        mount -t tmpfs none "$3/later"
        touch "$3/later/file"
        $ch "$4" -- ls /mnt/0/later
        touch "$3/end"
        wait' - "$CH_BUILD/ch-run" "$(id -u "${CH_USER:-chtest}")" "$dir" \
        "$image" 3>&-
    expect_status 0
    [ "$(grep -c "entering a copy of the root" <<<"$output")" -eq 1 ]
    [ "$(grep -c '^file$' <<<"$output")" -eq 1 ]
}
