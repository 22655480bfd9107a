# Many ranks, of which some are killed at random: whoever was not killed has the
# image until the end, and nothing is left on any node. CH_SLURM_LONG=1 has 20 rounds.
# shellcheck disable=SC2016 # the containers' shell expands
# SPDX-License-Identifier: MIT

load helper

ROUNDS=3
[ -z "${CH_SLURM_LONG:-}" ] || ROUNDS=20

setup_file()
{
    setup_cluster
    put rank.sh <<'SH'
# $1: round. A fifth of the ranks kill themselves, at some time or other.
pause=$((($SLURM_PROCID * 7919 + $1 * 104729) % 10))
sleep 0.$pause
[ $((($SLURM_PROCID * 31 + $1 * 17) % 5)) -ne 0 ] || kill -9 $$
sleep 0.$((9 - pause))
grep -q ID=slurm-test /etc/os-release && echo "whole $SLURM_PROCID"
SH
    put forever.sh <<'SH'
touch /shared/forever.ready
while cat /etc/os-release >/dev/null; do sleep 0.1; done
SH
}

setup()
{
    rm -f "$SHARED"/*.ready
}

# survivors ROUND: how many of 64 ranks do not kill themselves.
survivors()
{
    local rank count=0
    for ((rank = 0; rank < 64; rank++)); do
        (((rank * 31 + $1 * 17) % 5 == 0)) || count=$((count + 1))
    done
    echo $count
}

# rounds BUNDLE: each is a step whose ranks are killed, and every fifth a step that
# is cancelled at a random moment of its start.
rounds()
{
    local round pid
    for ((round = 1; round <= ROUNDS; round++)); do
        SL_TIMEOUT=120 run sl srun -K0 -N"$NODES" -n64 \
            --container="/shared/$1" sh /shared/rank.sh "$round"
        [ "$(grep -c '^whole' <<<"$output")" -eq "$(survivors "$round")" ] ||
            fail_with "round $round: $output"
        sl srun -J cancelled -N"$NODES" -n64 --container="/shared/$1" \
            sh /shared/forever.sh >/dev/null 2>&1 3>&- &
        pid=$!
        eventually 60 step_is_there cancelled
        sleep 0.$((RANDOM % 10))
        if ((round % 2)); then
            sl scancel -n cancelled
        else
            sl scancel -s KILL -n cancelled
        fi
        wait $pid || true
    done
}

step_is_there()
{
    [ -n "$(job_id "$1")" ]
}

@test "64 ranks lose none that was not killed, from a SquashFS image" {
    rounds sqfs
    nothing_left
}

@test "64 ranks lose none that was not killed, from a directory" {
    rounds dir
    nothing_left
}

# ranks_are N: on all nodes together.
ranks_are()
{
    local i count=0 here
    for ((i = 1; i <= NODES; i++)); do
        here=$(on "n$i" sh -c \
            'pgrep -c -u alice -x sh -P "$(pgrep -d, slurmstepd)"') || return 1
        count=$((count + here))
    done
    [ "$count" -eq "$1" ]
}

@test "ranks that are killed from outside take no other along" {
    SL_TIMEOUT=120 sl srun -K0 -J outside -N"$NODES" -n64 \
        --container=/shared/sqfs sh /shared/forever.sh >/dev/null 2>&1 3>&- &
    pid=$!
    eventually 60 running forever
    eventually 60 ranks_are 64
    # the ranks, of which ch-server is none, on the first node
    # on the first node; what ranks have forked is no child of Slurm's
    on n1 sh -c 'pgrep -u alice -x sh -P "$(pgrep -d, slurmstepd)" |
        shuf -n 8 | xargs kill -9'
    sleep 1
    ranks_are 56
    sl scancel -n outside
    wait $pid || true
    nothing_left
}
