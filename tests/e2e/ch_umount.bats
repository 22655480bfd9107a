# ch-mount for all and ch-umount, as an ordinary user with fusermount3.
# SPDX-License-Identifier: MIT

load ../mount

need_fusermount()
{
    [ -u "$(command -v fusermount3)" ] || skip "no setuid fusermount3 here"
}

disconnected()
{
    [[ $(ls "$POINT" 2>&1) == *"not connected"* ]]
}

helper_gone()
{
    ! pgrep -u "$(id -u)" -x fusermount3 >/dev/null
}

# leads LINK TARGET: the one, a link in /proc, is there and leads to the other.
leads()
{
    [ "$(readlink "$1")" = "$2" ]
}

# However many mounts there are at $POINT.
unmount_all_of_it()
{
    for _ in $(seq 20); do
        ch_umount "$POINT" 2>/dev/null || break
    done
}

# The process that serves $POINT.
server()
{
    ch_mount --list | sed -n "s|.* on $POINT (server \([0-9]*\))\$|\1|p"
}

@test "what is no mount, or none of ch-mount, is left alone" {
    run ch_umount "$POINT"
    refused 1 "$POINT: it is not a mount point"
    run ch_umount /proc
    refused 1 "/proc: its proc is not a mount of ch-mount"
    run ch_umount /proc/self/task
    refused 1 "it is not a mount point"
    run ch_umount "$POINT/none"
    refused 1 "No such file or directory"
    run ch_umount ""
    refused 1 "No such file or directory"
    run ch_umount --all "$POINT"
    refused 1 "--all takes no DIR"
}

@test "a mount of one's own namespace goes by leaving it" {
    run ch_mount "$SQUASH" "$POINT" -- "$CH_BUILD/ch-umount" "$POINT"
    refused 1 "last process of its namespace"
    run ch_mount "$SQUASH" "$POINT" -- "$CH_BUILD/ch-umount" --all
    expect_output ""
    expect_status 0
    run ch_mount "$SQUASH" "$POINT" -- "$CH_BUILD/ch-mount" --list
    [[ $output == *"$SQUASH on $POINT "* ]] || fail_with "$output"
}

@test "the list is empty where nothing is mounted" {
    run ch_mount "$SQUASH" "$POINT" -- true
    run ch_mount --list
    [[ $output != *"$BATS_TEST_TMPDIR"* ]]
    expect_status 0
}

@test "without fusermount3 a mount for all is refused, with the remedy" {
    PATH=/nowhere run ch_mount "$SQUASH" "$POINT"
    refused 1 "no fusermount3 in PATH; for a mount that one command sees, add: --"
}

@test "a mount for all is usable at once and unmounted at once" {
    need_fusermount
    for _ in $(seq 10); do
        run ch_mount "$SQUASH" "$POINT"
        expect_output ""
        expect_status 0
        [ "$(cat "$POINT/data/small/1")" = "file 1" ]
        run ch_umount "$POINT"
        expect_output ""
        expect_status 0
        [ -z "$(ls -A "$POINT")" ]
    done
}

@test "all files of a mount for all are the user's own" {
    need_fusermount
    mksquashfs "$ROOT/data" "$BATS_TEST_TMPDIR/root.sqfs" -all-root \
        -no-progress -quiet >/dev/null
    ch_mount --background "$BATS_TEST_TMPDIR/root.sqfs" "$POINT"
    run find "$POINT" ! -user "$(id -un)" -o ! -group "$(id -gn)"
    expect_output ""
    ch_umount "$POINT"
}

@test "a mount for all outlives the terminal and ends with its umount" {
    need_fusermount
    # shellcheck disable=SC2016 # for the inner shell
    run leaves_nothing sh -c 'setsid "$1/ch-mount" "$2" "$3" </dev/null &&
        sleep 0.2 && cat "$3/data/small/1" && "$1/ch-umount" "$3"' - \
        "$CH_BUILD" "$SQUASH" "$POINT"
    expect_output $'file 1\nexited 0, nothing left'
}

@test "the list tells image, folder and server, as text and as JSON" {
    need_fusermount
    name=$BATS_TEST_TMPDIR/$'a b\nc"\\'
    cp "$SQUASH" "$name"
    ch_mount "$name" "$POINT"
    run ch_mount --list
    [[ $output =~ 'a b\012c"\134 on '"$POINT"' (server '([0-9]+)')' ]] ||
        fail_with "$output"
    pid=${BASH_REMATCH[1]}
    [ "$(cat "/proc/$pid/comm")" = ch-server ]
    run python3 -c 'import json, sys
for m in json.load(sys.stdin):
    if m["dir"] == sys.argv[1]:
        print(m["image"] == sys.argv[2], m["kind"], m["server"])' \
        "$POINT" "$name" < <(ch_mount --list --json)
    expect_output "True fuse $pid"
    ch_umount "$POINT"
}

@test "a bad image or folder leaves nothing mounted" {
    need_fusermount
    head -c 100000 "$SQUASH" >"$BATS_TEST_TMPDIR/short"
    run leaves_nothing "$CH_BUILD/ch-mount" "$BATS_TEST_TMPDIR/short" "$POINT"
    [ "${lines[-1]}" = "exited 1, nothing left" ]
    [ "${#lines[@]}" -eq 2 ]
    run ch_mount "$SQUASH" "$POINT/none"
    refused 1 "$POINT/none"
    run ch_mount "$SQUASH" "$SQUASH"
    refused 1 "$SQUASH"
    run ch_mount "$SQUASH" /proc
    refused 1 "/proc"
}

@test "umount of a busy mount says who keeps it busy, and how" {
    need_fusermount
    ch_mount "$SQUASH" "$POINT"
    (cd "$POINT" && exec sleep 1000) 3>&- &
    pid=$!
    eventually 10 leads "/proc/$pid/cwd" "$POINT"
    run ch_umount "$POINT"
    refused 1 "busy: PID $pid (sleep) has its working directory there"
    kill "$pid"
    wait "$pid" || true
    tail -f "$POINT/data/small/1" >/dev/null 3>&- &
    pid=$!
    eventually 10 leads "/proc/$pid/fd/3" "$POINT/data/small/1"
    run ch_umount "$POINT"
    refused 1 "busy: PID $pid (tail) has a file open there"
    run ch_umount --lazy "$POINT"
    expect_status 0
    [ -z "$(ls -A "$POINT")" ]
    kill "$pid"
}

@test "a mount whose server was killed is unmounted like any other" {
    need_fusermount
    ch_mount "$SQUASH" "$POINT"
    kill -9 "$(server)"
    eventually 10 disconnected
    run ch_umount "$POINT"
    expect_output ""
    expect_status 0
    [ -z "$(ls -A "$POINT")" ]
}

@test "a mount whose server hangs is unmounted like any other" {
    need_fusermount
    ch_mount "$SQUASH" "$POINT"
    pid=$(server)
    kill -STOP "$pid"
    run timeout 20 "$CH_BUILD/ch-umount" "$POINT"
    kill -CONT "$pid"
    expect_status 0
    eventually 10 gone "$pid"
}

@test "names of all kinds are unmounted" {
    need_fusermount
    cd "$BATS_TEST_TMPDIR"
    ln -s point link
    mkdir -- $'a b\n\\040c' -z
    for dir in point ./point/ link $'a b\n\\040c'; do
        ch_mount "$SQUASH" "$dir"
        [ -e "$dir/data/big" ]
        ch_umount "$dir"
        [ ! -e "$dir/data/big" ]
    done
    ch_mount --background "$SQUASH" ./-z
    ch_umount -- -z
    [ -z "$(ls -A ./-z)" ]
}

@test "a folder within the mount is not the mount" {
    need_fusermount
    ch_mount "$SQUASH" "$POINT"
    run ch_umount "$POINT/data"
    refused 1 "not a mount point, but within the one at $POINT"
    ch_umount "$POINT"
}

@test "a second mount at the same folder is refused" {
    need_fusermount
    ch_mount "$SQUASH" "$POINT"
    run ch_mount "$FIXTURES/images/xz.sqfs" "$POINT"
    refused 1 "an image is mounted there already"
    ch_umount "$POINT"
    [ -z "$(ls -A "$POINT")" ]
}

@test "of many that mount at the same folder at a time one succeeds" {
    need_fusermount
    for _ in $(seq 10); do
        ch_mount "$SQUASH" "$POINT" 3>&- 2>/dev/null &
    done
    wait
    [ "$(cat "$POINT/data/small/1")" = "file 1" ]
    unmount_all_of_it
    [ -z "$(ls -A "$POINT")" ]
}

@test "--all ends all mounts of the user; a bad folder spoils no other" {
    need_fusermount
    mkdir "$POINT.2" "$POINT.3"
    ch_mount "$SQUASH" "$POINT"
    ch_mount "$SQUASH" "$POINT.2"
    run ch_umount "$POINT.3" "$POINT"
    refused 1 "$POINT.3"
    [ -z "$(ls -A "$POINT")" ]
    ch_mount "$SQUASH" "$POINT"
    run ch_umount --all
    expect_output ""
    expect_status 0
    run ch_mount --list
    [[ $output != *"$POINT"* ]]
    [ -z "$(ls -A "$POINT")" ] && [ -z "$(ls -A "$POINT.2")" ]
}

@test "--foreground serves until it is unmounted or told to end" {
    need_fusermount
    for how in umount INT TERM HUP; do
        "$CH_BUILD/ch-mount" --foreground "$SQUASH" "$POINT" 3>&- &
        pid=$!
        eventually 20 test -e "$POINT/data/small/1"
        [ "$(server)" = "$pid" ]
        if [ "$how" = umount ]; then
            ch_umount "$POINT"
        else
            kill "-$how" "$pid"
        fi
        wait "$pid"
        [ -z "$(ls -A "$POINT")" ]
    done
}

@test "--foreground ends when told to, though the mount is in use" {
    need_fusermount
    "$CH_BUILD/ch-mount" --foreground "$SQUASH" "$POINT" 3>&- &
    pid=$!
    eventually 20 test -e "$POINT/data/small/1"
    exec 8<"$POINT/data/small/1"
    kill -TERM "$pid"
    wait "$pid"
    [ -z "$(ls -A "$POINT")" ]
    exec 8<&-
}

@test "after kill -9 at any moment ch-umount cleans up" {
    need_fusermount
    for _ in $(seq 20); do
        "$CH_BUILD/ch-mount" "$SQUASH" "$POINT" 3>&- &
        sleep "0.00$((RANDOM % 9))"
        kill -9 $! 2>/dev/null || true
        wait $! 2>/dev/null || true
        # fusermount3 may still be at it
        eventually 10 helper_gone
        unmount_all_of_it
        [ -z "$(ls -A "$POINT")" ]
    done
}
