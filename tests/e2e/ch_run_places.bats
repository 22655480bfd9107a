# Places that offer less than a login on a workstation does.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # scripts for sh within

load ../helper

setup_file()
{
    make_fixtures
}

@test "an empty environment is enough" {
    for image in "${IMAGES[@]}"; do
        run --separate-stderr env -i "$CH_BUILD/ch-run" "$image" -- /bin/echo hello
        expect_output hello
        expect_status 0
    done
}

@test "no program of the host is needed, fusermount least of all" {
    mkdir "$BATS_TEST_TMPDIR/empty"
    for image in "${IMAGES[@]}"; do
        run env PATH="$BATS_TEST_TMPDIR/empty" "$CH_BUILD/ch-run" "$image" -- \
            echo hello
        expect_output hello
    done
    if command -v strace >/dev/null; then
        strace -f -e trace=execve -o "$BATS_TEST_TMPDIR/trace" \
            "$CH_BUILD/ch-run" "$SQUASH" -- true
        # The caller's exec of ch-run and ch-run's of the command (tried along
        # PATH): no other program.
        run grep -vE 'ch-run"|/true"|exited|SIG' "$BATS_TEST_TMPDIR/trace"
        expect_output ""
    fi
}

@test "a home folder that does not exist is no matter" {
    for image in "${IMAGES[@]}"; do
        run env HOME=/no/such XDG_RUNTIME_DIR=/no/such TMPDIR=/tmp \
            "$CH_BUILD/ch-run" "$image" -- echo hello
        expect_output hello
    done
}

@test "a node without user namespaces is an error that names the setting" {
    for image in "${IMAGES[@]}"; do
        # shellcheck disable=SC2016 # for the inner shell
        run unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
            exec "$@"' - "$CH_BUILD/ch-run" "$image" -- true
        expect_error 31 user.max_user_namespaces
    done
}

@test "a node without /dev/fuse runs folders and images, unless FUSE is required" {
    # shellcheck disable=SC2016 # for the inner shell
    hidden='mount -t tmpfs none /dev && exec "$@"'
    run unshare -Urm sh -c "$hidden" - "$CH_BUILD/ch-run" "$ROOT" -- echo hello
    expect_output hello
    run unshare -Urm sh -c "$hidden" - "$CH_BUILD/ch-run" "$SQUASH" -- echo hello
    expect_status 0
    [[ $output == *"no /dev/fuse"*hello ]] || fail_with "$output"
    run unshare -Urm sh -c "$hidden" - "$CH_BUILD/ch-run" --fuse=require \
        "$SQUASH" -- true
    expect_error 31 /dev/fuse
}

@test "a limit that leaves no room is an error of one line" {
    for image in "${IMAGES[@]}"; do
        # shellcheck disable=SC2016 # for the inner shell
        run bash -c 'ulimit -n 4; exec "$@"' - "$CH_BUILD/ch-run" "$image" -- true
        expect_error 31 "Too many open files"
    done
}

@test "the caller's folder may be gone" {
    mkdir "$BATS_TEST_TMPDIR/gone"
    cd "$BATS_TEST_TMPDIR/gone"
    rmdir "$BATS_TEST_TMPDIR/gone"
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- echo hello
        expect_output hello
    done
}

@test "closed standard streams are no matter" {
    for image in "${IMAGES[@]}"; do
        for streams in "<&-" ">&-" "2>&-" "<&- >&- 2>&-"; do
            run bash -c "'$CH_BUILD/ch-run' '$image' -- sh -c 'exit 7' $streams"
            expect_status 7
        done
    done
}

# The binary, three images and the mount points of the outer roots.
three_levels()
{
    local share=$BATS_TEST_TMPDIR/three
    mkdir -p "$share"
    cp "$CH_BUILD/ch" "$share/ch"
    for name in one two three; do
        cp "$SQUASH" "$share/$name.sqfs"
    done
    echo "$share"
}

@test "ch-run runs in itself, three levels deep, an image at each level" {
    share=$(three_levels)
    run "$share/ch" run -b "$share:/mnt/0" "$share/one.sqfs" -- \
        /mnt/0/ch run -b /mnt/0 /mnt/0/two.sqfs -- \
        /mnt/0/ch run -b /mnt/0 /mnt/0/three.sqfs -- \
        sh -c 'md5sum </data/big; id -u; exit 7'
    expect_output "$(md5sum <"$ROOT/data/big")"$'\n'"$(id -u)"
    expect_status 7
}

@test "ch-run runs in itself as root within" {
    share=$(three_levels)
    run "$share/ch" run -u 0 -g 0 -b "$share:/mnt/0" "$share/one.sqfs" -- \
        /mnt/0/ch run -W -b /mnt/0 /mnt/0/two.sqfs -- \
        /mnt/0/ch run -u 7 -b /mnt/0 /mnt/0/three.sqfs -- id -u
    expect_output 7
}

@test "three levels leave nothing behind, killed or not" {
    share=$(three_levels)
    for pair in "0=exited 0" "9=killed by 9"; do
        run leaves_nothing "$share/ch" run -b "$share:/mnt/0" \
            "$share/one.sqfs" -- \
            /mnt/0/ch run -b /mnt/0 /mnt/0/two.sqfs -- \
            /mnt/0/ch run -b /mnt/0 /mnt/0/three.sqfs -- probe raise "${pair%%=*}"
        expect_output "${pair#*=}, nothing left"
    done
}

@test "a root with the binary, /dev and /proc and nothing else is enough" {
    bare=$BATS_TEST_TMPDIR/bare
    mkdir -p "$bare/dev" "$bare/proc"
    cp "$CH_BUILD/ch" "$bare/ch"
    cp "$SQUASH" "$bare/image"
    run "$ROOT/bin/probe" bare "$bare" /ch run /image -- \
        sh -c 'cat /data/small/1; id -u; exit 7'
    expect_output $'file 1\n'"$(id -u)"
    expect_status 7
    rm "$bare/image"
    cp -a "$ROOT" "$bare/image"
    run "$ROOT/bin/probe" bare "$bare" /ch run /image -- \
        sh -c 'cat /data/small/1; id -u; exit 7'
    expect_output $'file 1\n'"$(id -u)"
    expect_status 7
}

# 200 at once, all of one image; each says its number and ends with 7.
start_200()
{
    local image=$1 n pids=() bad=0
    for n in $(seq 200); do
        "$CH_BUILD/ch-run" "$image" -- sh -c "echo $n; exit 7" 3>&- &
        pids+=($!)
    done
    for n in "${pids[@]}"; do
        wait "$n" || [ $? -eq 7 ] || bad=$((bad + 1))
    done
    [ "$bad" -eq 0 ] || echo "$bad failed"
}

@test "200 starts at the same time: none is lost" {
    for image in "${IMAGES[@]}"; do
        run start_200 "$image"
        [ "$(sort -n <<<"$output")" = "$(seq 200)" ] || fail_with "$output"
    done
}

@test "50 at the same time leave nothing behind" {
    run leaves_nothing bash -c 'for n in $(seq 50); do
        "$1" "$2" -- echo hello & done; wait' - "$CH_BUILD/ch-run" "$SQUASH"
    [ "${lines[-1]}" = "exited 0, nothing left" ]
    [ "$(grep -c hello <<<"$output")" -eq 50 ]
}
