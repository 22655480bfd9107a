# ch-mount and ch-umount by root: what mount.bats does not look at.
# SPDX-License-Identifier: MIT

load ../mount

# leads LINK TARGET: the one, a link in /proc, is there and leads to the other.
leads()
{
    [ "$(readlink "$1")" = "$2" ]
}

# The process that serves $POINT.
server()
{
    ch_mount --list | sed -n "s|.* on $POINT (server \([0-9]*\))\$|\1|p"
}

# no_loop IMAGE: no loop device has it.
no_loop()
{
    [ -z "$(losetup -j "$1")" ]
}

@test "a command of root's has the mount for itself and stays root" {
    # shellcheck disable=SC2016 # for the inner shell
    run ch_mount "$SQUASH" "$POINT" -- sh -c \
        'id -u; cat /proc/self/uid_map | tr -s " "; cat "$1/data/small/1"
        grep -c "$1 " /proc/1/mountinfo' - "$POINT"
    expect_output "$(
        echo 0
        tr -s " " </proc/self/uid_map
        printf 'file 1\n0'
    )"
    run ch_mount --kernel "$SQUASH" "$POINT" -- cat "$POINT/data/small/1"
    expect_output "file 1"
    eventually 10 no_loop "$SQUASH"
    run leaves_nothing "$CH_BUILD/ch-mount" "$SQUASH" "$POINT" -- true
    expect_output "exited 0, nothing left"
}

@test "several mounts of root's are for the command only, and leave him root" {
    new=/ch-test-$$
    mkdir "$POINT/in"
    for options in "" --kernel; do
        # shellcheck disable=SC2086,SC2016 # none or one; for the inner shell
        run ch_mount $options "$SQUASH:$new" --tmpfs "$POINT/in" \
            --bind "$BATS_TEST_TMPDIR:$new.2/x:ro" "$SQUASH:$POINT/in/made" -- \
            sh -c 'cat "$1/data/small/1" "$2/in/made/data/small/2"
            test -d "$1.2/x/point" && id -u; readlink /proc/self/ns/user
            touch "$1.2/x/new" 2>/dev/null || echo refused' - "$new" "$POINT"
        expect_output $'file 1\nfile 2\n0\n'"$(readlink /proc/self/ns/user
        )"$'\nrefused'
        [ ! -e "$new" ] && [ ! -e "$new.2" ]
        [ -z "$(ls -A "$POINT/in")" ]
    done
    run leaves_nothing "$CH_BUILD/ch-mount" "$SQUASH:$new" -- true
    expect_output "exited 0, nothing left"
    eventually 10 no_loop "$SQUASH"
}

@test "an image is not mounted at / for all" {
    run ch_mount "$SQUASH" /
    refused 1 "would hide all that is there"
    run ch_mount --kernel "$SQUASH" /usr/..
    refused 1 "would hide all that is there"
}

@test "a mount in the namespace of a command can be unmounted by root in it" {
    # shellcheck disable=SC2016 # for the inner shell
    run ch_mount "$SQUASH" "$POINT" -- sh -c \
        '"$1/ch-umount" "$2" && ls -A "$2"' - "$CH_BUILD" "$POINT"
    expect_output ""
    expect_status 0
}

@test "root of a container cannot unmount what the container is made of" {
    run ch_run -u 0 -b "$CH_BUILD:/mnt/0" "$SQUASH" -- /mnt/0/ch-umount --all
    expect_output ""
    expect_status 0
    run ch_run -u 0 -b "$CH_BUILD:/mnt/0" "$SQUASH" -- /mnt/0/ch-umount /
    expect_status 1
    [ "${#lines[@]}" -eq 1 ]
}

@test "the root of a user namespace cannot unmount what came from outside" {
    ch_mount "$SQUASH" "$POINT"
    run unshare --user --map-root-user --mount "$CH_BUILD/ch-umount" "$POINT"
    refused 1 "which is of the namespace around this one"
    run unshare --user --map-root-user --mount "$CH_BUILD/ch-umount" --all
    expect_output ""
    expect_status 0
    [ -e "$POINT/data/big" ]
    ch_umount "$POINT"
}

@test "the kernel's mount is read-only, gives no privileges and frees its loop" {
    ch_mount --kernel "$SQUASH" "$POINT"
    options=$(findmnt -no OPTIONS "$POINT")
    [[ $options == *ro* && $options == *nosuid* && $options == *nodev* ]]
    run ch_mount --list --json
    [[ $output == *'"kind":'*'"kernel"'* && $output == *"$SQUASH"* ]]
    run as_user "$CH_BUILD/ch-umount" "$POINT"
    refused 1 "or one that root must unmount"
    ch_umount "$POINT"
    eventually 10 no_loop "$SQUASH"
}

@test "--kernel finds an image at an offset" {
    { head -c 8192 /dev/zero && cat "$SQUASH"; } >"$BATS_TEST_TMPDIR/moved"
    ch_mount --kernel --offset 8K "$BATS_TEST_TMPDIR/moved" "$POINT"
    [ "$(cat "$POINT/data/small/1")" = "file 1" ]
    ch_umount "$POINT"
}

@test "what --kernel cannot mount leaves no loop device" {
    { head -c 96 "$SQUASH" && head -c 5000 /dev/zero; } \
        >"$BATS_TEST_TMPDIR/bad"
    run ch_mount --kernel "$BATS_TEST_TMPDIR/bad" "$POINT"
    refused 1 "by the kernel"
    eventually 10 no_loop "$BATS_TEST_TMPDIR/bad"
    run ch_mount --kernel "$SQUASH" "$POINT/none"
    refused 1 "No such file or directory"
    run ch_mount --kernel "$SQUASH" "$SQUASH"
    refused 1 "Not a directory"
    eventually 10 no_loop "$SQUASH"
}

@test "many kernel mounts at a time get a loop device each" {
    for n in $(seq 12); do
        mkdir "$POINT.$n"
        ch_mount --kernel "$SQUASH" "$POINT.$n" 3>&- &
    done
    wait
    for n in $(seq 12); do
        [ "$(cat "$POINT.$n/data/small/$n")" = "file $n" ]
    done
    ch_umount "$POINT".*
    eventually 10 no_loop "$SQUASH"
}

@test "--all leaves loop mounts of others alone" {
    # In a mount namespace of its own: the machine may have other mounts.
    # shellcheck disable=SC2016 # for the inner shell
    run unshare --mount bash -c '
        mkdir "$3.2" && mount -o loop "$2" "$3.2" &&
            "$1/ch-mount" --kernel "$2" "$3" && "$1/ch-umount" --all &&
            ls -A "$3" "$3.2/data"
        "$1/ch-umount" "$3.2"' - "$CH_BUILD" "$SQUASH" "$POINT"
    [[ $output == "$POINT:"$'\n\n'"$POINT.2/data:"$'\nbig\nsmall\n'* ]] ||
        fail_with "$output"
    [[ ${lines[-1]} == *"its squashfs is not a mount of ch-mount" ]]
}

@test "each way of keeping a mount busy is told" {
    cp /bin/sleep "$BATS_TEST_TMPDIR/"
    mksquashfs "$BATS_TEST_TMPDIR/sleep" "$BATS_TEST_TMPDIR/sleep.sqfs" \
        -no-progress -quiet >/dev/null
    for options in --background --kernel; do
        ch_mount "$options" "$BATS_TEST_TMPDIR/sleep.sqfs" "$POINT"
        "$POINT/sleep" 1000 3>&- &
        eventually 10 leads /proc/$!/exe "$POINT/sleep"
        run ch_umount "$POINT"
        refused 1 "busy: PID $! (sleep) is a program from there"
        kill $!
        wait $! || true
        python3 -c 'import mmap, sys, time
with open(sys.argv[1], "rb") as f:
    m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
open(sys.argv[2], "w").close()
time.sleep(1000)' "$POINT/sleep" "$BATS_TEST_TMPDIR/mapped" 3>&- &
        eventually 20 test -e "$BATS_TEST_TMPDIR/mapped"
        rm "$BATS_TEST_TMPDIR/mapped"
        run ch_umount "$POINT"
        # a descriptor for the map is kept by some versions of Python
        refused 1 "busy: PID $! (python3) has a file "
        kill $!
        wait $! || true
        ch_umount "$POINT"
    done
    ch_mount "$SQUASH" "$POINT"
    chroot "$POINT" /bin/sleep 1000 3>&- &
    eventually 10 leads /proc/$!/root "$POINT"
    run ch_umount "$POINT"
    refused 1 "busy: PID $! (sleep) has its "
    kill $!
    wait $! || true
    mount -t tmpfs none "$POINT/tmp"
    run ch_umount "$POINT"
    refused 1 "busy: something is mounted at $POINT/tmp"
    umount "$POINT/tmp"
    ch_umount "$POINT"
}

@test "a process that only ch-umount's caller is in keeps it busy too" {
    ch_mount "$SQUASH" "$POINT"
    cd "$POINT"
    run ch_umount .
    refused 1 "has its working directory there"
    cd /
    ch_umount "$POINT"
}

@test "a mount whose server was killed is unmounted, busy or not" {
    ch_mount "$SQUASH" "$POINT"
    kill -9 "$(server)"
    run ch_umount "$POINT"
    expect_output ""
    expect_status 0
    ch_mount "$SQUASH" "$POINT"
    exec 8<"$POINT/data/big"
    kill -9 "$(server)"
    run ch_umount "$POINT"
    refused 1 "busy: PID"
    run ch_umount -z "$POINT"
    expect_status 0
    exec 8<&-
    [ -z "$(ls -A "$POINT")" ]
}

@test "a mount whose server hangs is unmounted like any other" {
    ch_mount "$SQUASH" "$POINT"
    pid=$(server)
    kill -STOP "$pid"
    run timeout 20 "$CH_BUILD/ch-umount" "$POINT"
    kill -CONT "$pid"
    expect_status 0
    eventually 10 gone "$pid"
}

@test "mounts on top of each other are unmounted one by one" {
    ch_mount "$SQUASH" "$POINT"
    ch_mount "$FIXTURES/images/xz.sqfs" "$POINT"
    ch_mount --kernel "$FIXTURES/images/xz.sqfs" "$POINT"
    ch_umount "$POINT"
    [ "$(findmnt -nrfo SOURCE "$POINT" | head -n 1)" = "$SQUASH" ]
    ch_umount "$POINT"
    [ "$(findmnt -nro SOURCE "$POINT")" = "$SQUASH" ]
    ch_umount "$POINT"
    [ -z "$(ls -A "$POINT")" ]
}

@test "a mount that another one hides is not taken for that" {
    mkdir "$POINT/inner"
    ch_mount "$SQUASH" "$POINT/inner"
    mount -t tmpfs none "$POINT"
    mkdir "$POINT/inner"
    run ch_umount "$POINT/inner"
    refused 1 "it is not a mount point"
    run ch_umount "$POINT"
    refused 1 "its tmpfs is not a mount of ch-mount"
    umount "$POINT"
    ch_umount "$POINT/inner"
}

@test "of many mounts at the same folder at a time each is there" {
    for _ in $(seq 10); do
        ch_mount "$SQUASH" "$POINT" 3>&- &
    done
    wait
    [ "$(findmnt -nro SOURCE "$POINT" | grep -c .)" -eq 10 ]
    for _ in $(seq 10); do
        [ "$(cat "$POINT/data/small/1")" = "file 1" ]
        ch_umount "$POINT"
    done
    [ -z "$(ls -A "$POINT")" ]
}

@test "names of all kinds are mounted, listed and unmounted" {
    cd "$BATS_TEST_TMPDIR"
    ln -s point link
    mkdir -- $'a b\n\\040c' -z
    for dir in point ./point/ link "$PWD/link/." $'a b\n\\040c' ./-z; do
        ch_mount "$SQUASH" "$dir"
        [ -e "$dir/data/big" ]
        ch_umount -- "$dir"
        [ ! -e "$dir/data/big" ]
    done
    ch_mount "$SQUASH" $'a b\n\\040c'
    run ch_mount --list
    [[ $output == *'a b\012\134040c (server '* ]] || fail_with "$output"
    ch_umount $'a b\n\\040c'
}

@test "a path of full length is mounted and unmounted" {
    part=$(printf 'p%.0s' $(seq 200))
    cd "$BATS_TEST_TMPDIR"
    while [ $((${#PWD} + 202)) -lt 4095 ]; do
        mkdir "$part"
        cd "$part"
    done
    part=${part:0:$((4095 - ${#PWD} - 1))}
    mkdir "$part"
    ch_mount "$SQUASH" "$PWD/$part"
    [ "$(cat "$part/data/small/1")" = "file 1" ]
    ch_umount "$PWD/$part"
    # longer than a path may be, but for a relative one
    mkdir -p deep/er
    cd deep/er
    mkdir "$part"
    ch_mount "$SQUASH" "$part"
    [ "$(cat "$part/data/small/1")" = "file 1" ]
    ch_umount "$part"
    [ -z "$(ls -A "$part")" ]
}

@test "--foreground ends by signals and leaves no mount, in use or not" {
    for signal in INT TERM HUP; do
        "$CH_BUILD/ch-mount" -f "$SQUASH" "$POINT" 3>&- &
        pid=$!
        eventually 20 test -e "$POINT/data/small/1"
        [ "$(server)" = "$pid" ]
        exec 8<"$POINT/data/small/1"
        kill "-$signal" "$pid"
        wait "$pid"
        exec 8<&-
        [ -z "$(ls -A "$POINT")" ]
    done
}

@test "a foreground that is killed leaves what ch-umount removes" {
    "$CH_BUILD/ch-mount" -f "$SQUASH" "$POINT" 3>&- &
    pid=$!
    eventually 20 test -e "$POINT/data/small/1"
    kill -9 "$pid"
    wait "$pid" || true
    run ls "$POINT"
    [[ $output == *"not connected"* ]] || fail_with "$output"
    ch_umount "$POINT"
    [ -z "$(ls -A "$POINT")" ]
}

@test "after kill -9 at any moment ch-umount cleans up" {
    for _ in $(seq 40); do
        "$CH_BUILD/ch-mount" "$SQUASH" "$POINT" 3>&- &
        sleep "0.00$((RANDOM % 9))"
        kill -9 $! 2>/dev/null || true
        wait $! 2>/dev/null || true
        ! findmnt "$POINT" >/dev/null || ch_umount "$POINT"
        [ -z "$(ls -A "$POINT")" ]
    done
}

@test "an ordinary user cannot unmount what root has mounted" {
    ch_mount "$SQUASH" "$POINT"
    run as_user "$CH_BUILD/ch-umount" "$POINT"
    expect_status 1
    [ "$(cat "$POINT/data/small/1")" = "file 1" ]
    run as_user "$CH_BUILD/ch-umount" --all
    expect_output ""
    [ "$(cat "$POINT/data/small/1")" = "file 1" ]
    ch_umount "$POINT"
}

@test "root unmounts what an ordinary user has mounted" {
    [ -u "$(command -v fusermount3)" ] || skip "no setuid fusermount3 here"
    chown "${CH_USER:-chtest}" "$POINT"
    chmod a+rx "$FIXTURES" "$FIXTURES/images"
    as_user "$CH_BUILD/ch-mount" "$SQUASH" "$POINT" </dev/null
    [ "$(as_user cat "$POINT/data/small/1")" = "file 1" ]
    run ls "$POINT"
    [[ $output == *"Permission denied"* ]]
    ch_umount "$POINT"
    [ -z "$(ls -A "$POINT")" ]
}

@test "statistics of root's mount are for root, not for all who see it" {
    ch_mount "$SQUASH" "$POINT"
    chmod a+rx "$BATS_TEST_TMPDIR" "$POINT" 2>/dev/null || true
    run ch_mount --stats "$POINT"
    expect_status 0
    [[ $output == *"requests_lookup "* ]] || fail_with "$output"
    as_user ls "$POINT" >/dev/null
    run as_user "$CH_BUILD/ch-mount" --stats "$POINT"
    refused 1 "the server's user and to root only"
    ch_umount "$POINT"
    run ch_mount --kernel --background "$SQUASH" "$POINT"
    expect_status 0
    run ch_mount --stats "$POINT"
    refused 1 "no statistics of $POINT"
    ch_umount "$POINT"
}
