# An image is read in a control group with hardly any memory.
# SPDX-License-Identifier: MIT

load ../mount

LIMIT=$((64 << 20))

# Of version 1 or 2, below the one that bats is in, so that its limits hold too.
make_group()
{
    local top=/sys/fs/cgroup
    if [ -d $top/memory ]; then
        GROUP=$top/memory/ch-test.$$
        mkdir "$GROUP"
        echo $LIMIT >"$GROUP/memory.limit_in_bytes"
    elif grep -qw memory $top/cgroup.controllers 2>/dev/null; then
        GROUP=$top/ch-test.$$
        echo +memory >$top/cgroup.subtree_control
        mkdir "$GROUP"
        echo $LIMIT >"$GROUP/memory.max"
        ! [ -e "$GROUP/memory.swap.max" ] || echo 0 >"$GROUP/memory.swap.max"
    else
        skip "no control groups with a limit of memory"
    fi
}

teardown()
{
    [ -z "${GROUP-}" ] || eventually 10 rmdir "$GROUP"
}

# in_group COMMAND...
in_group()
{
    # shellcheck disable=SC2016 # for the inner shell
    sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "$GROUP" "$@"
}

killed()
{
    cat "$GROUP/memory.oom_control" "$GROUP/memory.events" 2>/dev/null |
        sed -n 's/^oom_kill //p'
}

@test "many read a large image in 64 MiB, rightly, and nobody is killed" {
    cd "$BATS_TEST_TMPDIR" || return
    mkdir tree
    for n in 1 2 3 4; do
        seq "$n" 3 9000000 | head -c 30000000 >"tree/large$n"
    done
    mkdir tree/small
    seq 1 400000 | split -a 4 -l 100 - tree/small/
    (cd tree && find . -type f -exec md5sum {} +) >sums
    make_group
    for options in "-b 128K" "-b 1M -comp zstd"; do
        # shellcheck disable=SC2086 # several
        mksquashfs tree image -noappend -quiet -no-progress $options >/dev/null
        for cache in "" --cache=512M; do
            # shellcheck disable=SC2016,SC2086 # for the inner shell; none or one
            run in_group "$CH_BUILD/ch-mount" $cache image "$POINT" -- sh -c '
                cd "$2" && for n in 1 2 3 4 5 6; do
                    md5sum --quiet -c "$1/sums" || echo wrong & done; wait' \
                - "$PWD" "$POINT"
            expect_output ""
            expect_status 0
            [ "$(killed)" = 0 ] || fail_with "killed: $(killed)"
        done
    done
}
