# Bad input and bad surroundings: one line that names the thing, the right
# status, nothing left behind; or it works. What concerns one option or the
# image alone stands in the files of these.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # scripts for sh within
# shellcheck disable=SC2153 # ROOT is of helper.bash

load ../helper

setup_file()
{
    make_fixtures
}

# limited "ULIMIT ARGUMENTS" COMMAND...: run it with this limit.
limited()
{
    local limit=$1
    shift
    # shellcheck disable=SC2086 # option and value
    (ulimit $limit && exec "$@")
}

# works_or_says COMMAND...: it prints "ok", or one line of error with 31.
works_or_says()
{
    run timeout 20 "$@"
    if [ "$status" -eq 0 ]; then
        expect_output ok
    else
        expect_error 31 ""
    fi
}

@test "few descriptors: it works with 16, and with fewer it says so" {
    for image in "${IMAGES[@]}"; do
        for n in 3 4 5 6 7 8 9 10 12 14; do
            works_or_says bash -c 'exec 3>&- 4>&- 5>&-; ulimit -n "$1"
                shift; exec "$@"' - "$n" "$CH_BUILD/ch-run" "$image" -- echo ok
            [ "$status" -eq 0 ] || [[ $output == *"Too many open files"* ]]
        done
        run limited "-n 16" "$CH_BUILD/ch-run" "$image" -- echo ok
        expect_output ok
    done
}

@test "too many processes: folders run, images say which limit" {
    run limited "-u 0" "$CH_BUILD/ch-run" "$ROOT" -- echo ok
    expect_output ok
    run limited "-u 0" "$CH_BUILD/ch-run" "$SQUASH" -- echo ok
    expect_error 31 "ulimit -u"
}

@test "little memory, stack and file size do" {
    for image in "${IMAGES[@]}"; do
        for limit in "-v 20000" "-s 64" "-d 8000" "-l 0" "-c 0" "-t 5"; do
            run limited "$limit" "$CH_BUILD/ch-run" "$image" -- echo ok
            expect_output ok
        done
        run bash -c 'ulimit -f 0; "$1" "$2" -- echo ok 2>/dev/null' - \
            "$CH_BUILD/ch-run" "$image"
        expect_output ok
    done
}

@test "memory that is not enough is an error or the command's own end" {
    for image in "${IMAGES[@]}"; do
        for kilobytes in 1200 1500 2000 2500 3000 4000; do
            run timeout 20 bash -c 'ulimit -v "$1"; shift; exec "$@"' - \
                "$kilobytes" "$CH_BUILD/ch-run" "$image" -- echo ok
            # the program, killed by the kernel when it starts (SEGV, KILL) or
            # can't get a page from a server without memory (BUS), as exec(2)
            # can't then (49)
            [[ $status =~ ^(0|31|49|84|124|126|135|137|139)$ ]] ||
                fail_with "$kilobytes: $status, $output"
            [ "${#lines[@]}" -le 1 ] || fail_with "$output"
        done
    done
}

@test "a full or closed standard output is told by the status" {
    run bash -c '"$1" --help >/dev/full' - "$CH_BUILD/ch-run"
    expect_status 31
    [[ $output == *"No space left on device"* ]]
    for image in "${IMAGES[@]}"; do
        run bash -c '"$1" -v "$2" -- true 2>/dev/full' - \
            "$CH_BUILD/ch-run" "$image"
        expect_status 0
        run bash -c '"$1" /no/such -- true 2>/dev/full' - "$CH_BUILD/ch-run"
        expect_status 31
        run bash -c '"$1" "$2" -- sh -c "exit 7" 2>&- >&- <&-' - \
            "$CH_BUILD/ch-run" "$image"
        expect_status 7
    done
}

@test "all signals may be blocked, and stay so" {
    for image in "${IMAGES[@]}"; do
        block='import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.execv(sys.argv[1], sys.argv[1:])'
        outside=$(python3 -c "$block" "$ROOT/bin/grep" SigBlk /proc/self/status)
        run timeout 20 python3 -c "$block" "$CH_BUILD/ch-run" "$image" -- \
            grep SigBlk /proc/self/status
        expect_output "$outside"
    done
}

@test "a variable of 1 MB can't be passed on, and is named" {
    printf 'SMALL=1\nBIG=%1000000d\n' 0 >"$BATS_TEST_TMPDIR/1mb"
    printf 'BIG=%10000000d\n' 0 >"$BATS_TEST_TMPDIR/10mb"
    printf 'BIG=%20000000d\n' 0 >"$BATS_TEST_TMPDIR/20mb"
    for image in "${IMAGES[@]}"; do
        for size in 1mb 10mb; do
            run ch_run --set-env="$BATS_TEST_TMPDIR/$size" "$image" -- true
            expect_error 49 "\$BIG has more than 131071 bytes"
        done
        run ch_run --set-env="$BATS_TEST_TMPDIR/20mb" "$image" -- true
        expect_error 31 "20mb: longer than"
    done
}

@test "1 MB of variables is passed on, 10 MB are too many" {
    for n in $(seq 10000); do
        printf 'V%d=%01000d\n' "$n" "$n"
    done >"$BATS_TEST_TMPDIR/10mb"
    head -n 1000 "$BATS_TEST_TMPDIR/10mb" >"$BATS_TEST_TMPDIR/1mb"
    for image in "${IMAGES[@]}"; do
        run ch_run --set-env="$BATS_TEST_TMPDIR/1mb" "$image" -- \
            sh -c 'echo ${#V1} ${#V1000}'
        expect_output "1000 1000"
        run ch_run --set-env="$BATS_TEST_TMPDIR/10mb" "$image" -- true
        expect_error 49 "ulimit -s"
    done
}

# with_small_stack COMMAND...: of 24 KiB, where the kernel takes up to 8 of 16
# as a chance, and an environment that needs none of it.
with_small_stack()
{
    run timeout 20 env -i HOME="$HOME" USER="$USER" PATH="$PATH" \
        bash -c 'ulimit -s 24; exec "$@"' - "$@"
}

@test "a small stack is enough" {
    for image in "${IMAGES[@]}"; do
        for options in "" "-W -b /tmp:/new/place" "-b $SQUASH:/mnt/0" --self \
            "--join --join-tag=small$BATS_ROOT_PID"; do
            # shellcheck disable=SC2086 # words
            with_small_stack "$CH_BUILD/ch-run" $options "$image" -- true
            expect_status 0
        done
        with_small_stack env SLURM_JOB_ID="$BATS_ROOT_PID" SLURM_STEP_ID=1 \
            "$CH_BUILD/ch-run" "$image" -- true
        expect_status 0
        run python3 "$CH_TESTS/e2e/deny.py" openat2 ENOSYS env -i \
            bash -c 'ulimit -s 24; exec "$@"' - \
            "$CH_BUILD/ch-run" -W -b /tmp:/new/place "$image" -- true
        expect_status 0
    done
}

@test "10,000 binds work, in seconds, and more than the kernel allows say so" {
    # written by a program: a shell would take longer than ch-run
    many='import os, sys
number, form = int(sys.argv[1]), sys.argv[2]
binds = [w for i in range(number) for w in ("-b", form.replace("#", str(i)))]
os.execv(sys.argv[3], sys.argv[3:4] + binds + sys.argv[4:])'
    for image in "${IMAGES[@]}"; do
        run timeout 60 python3 -c "$many" 10000 "/etc/hostname:/new/#" \
            "$CH_BUILD/ch-run" "$image" -- sh -c 'ls /new | wc -l'
        expect_output 10000
        run timeout 60 python3 -c "$many" 10000 "/etc:/mnt/1" \
            "$CH_BUILD/ch-run" "$image" -- sh -c 'ls -d /mnt/1/hostname'
        expect_output /mnt/1/hostname
    done
    # each of these binds is some dozens of mounts
    mounts=$(wc -l </proc/self/mountinfo)
    number=$((2 * $(cat /proc/sys/fs/mount-max) / mounts))
    [ "$number" -lt 20000 ] || skip "this host has a high limit of mounts"
    run timeout 100 python3 -c "$many" "$number" "/:/mnt/1" \
        "$CH_BUILD/ch-run" "$ROOT" -- true
    expect_error 31 "/proc/sys/fs/mount-max"
}

@test "names with newlines, escapes and bytes that are no text are names" {
    name=$BATS_TEST_TMPDIR/$'a\nb\e[31m\xff \'"$(x)'
    mkdir "$name"
    touch "$name/mark"
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$name:/mnt/0" -b "$name:/mnt/"$'c\nd\e\xff' "$image" -- \
            sh -c 'cd /mnt/c* && ls /mnt/0 .'
        expect_output $'.:\nmark\n\n/mnt/0:\nmark'
        run ch_run -b "$name.no:/mnt/0" "$image" -- true
        expect_error 31 "source not found"
        run ch_run "$image" -- "$name.no"
        expect_error 49 "No such file"
        run ch_run -c "$name.no" "$image" -- true
        expect_error 31 "can't cd to"
        run env A=$'x\ny' "$CH_BUILD/ch-run" --set-env=$'B=x\ny' "$image" -- \
            sh -c 'echo "$A$B"'
        expect_output $'x\nyx\ny'
    done
    run ch_run "$name.no" -- true
    expect_error 31 "No such file"
}

@test "names longer than the kernel takes are errors" {
    long=$(printf 'x%.0s' {1..300})
    path=$(printf '/x%.0s' {1..3000})
    for image in "${IMAGES[@]}"; do
        for args in "-b /etc:/$long" "-b /etc:$path" "-b $path:/mnt/0" \
            "-c /$long" "-c $path" "--set-env=$path" "-m $path"; do
            [ "$image" = "$SQUASH" ] || [[ $args != -m* ]] || continue
            # shellcheck disable=SC2086 # option and value
            run ch_run $args "$image" -- true
            expect_status 31
            [ "${#lines[@]}" -eq 1 ] || fail_with "$output"
        done
        run ch_run "$image" -- "/$long"
        expect_error 49 "can't exec: /x"
    done
    run ch_run "$path" -- true
    expect_error 31 "File name too long"
}

@test "links that lead round and round are named" {
    ln -s two "$BATS_TEST_TMPDIR/one"
    ln -s one "$BATS_TEST_TMPDIR/two"
    cp -a "$ROOT" "$BATS_TEST_TMPDIR/own"
    ln -s two "$BATS_TEST_TMPDIR/own/one"
    ln -s one "$BATS_TEST_TMPDIR/own/two"
    mksquashfs "$BATS_TEST_TMPDIR/own" "$BATS_TEST_TMPDIR/own.sqfs" \
        -no-progress -quiet >/dev/null
    run ch_run "$BATS_TEST_TMPDIR/one" -- true
    expect_error 31 "one: Too many levels of symbolic links"
    for image in "$BATS_TEST_TMPDIR/own" "$BATS_TEST_TMPDIR/own.sqfs"; do
        run ch_run -b "$BATS_TEST_TMPDIR/one:/mnt/0" "$image" -- true
        expect_error 31 "one: Too many levels of symbolic links"
        run ch_run -b /etc:/one "$image" -- true
        expect_error 31 "/one: Too many levels of symbolic links"
        run ch_run -b /etc:/one/more "$image" -- true
        expect_error 31 "/one/more: Too many levels of symbolic links"
        run ch_run -c /one "$image" -- true
        expect_error 31 "/one: Too many levels of symbolic links"
        run ch_run --set-env=/one "$image" -- true
        expect_error 31 "/one: Too many levels of symbolic links"
        run ch_run "$image" -- /one
        expect_error 49 "/one: Too many levels of symbolic links"
    done
}

@test "mount targets out of the image lead back into it" {
    for image in "${IMAGES[@]}"; do
        run ch_run -b /etc:/../../../mnt/0 "$image" -- ls -d /mnt/0/hostname
        expect_output /mnt/0/hostname
        run ch_run -b "/etc:/mnt/../../../var/ch-test/no" "$image" -- \
            ls -d /var/ch-test/no/hostname
        expect_output /var/ch-test/no/hostname
        [ ! -e /var/ch-test ]
        for root in /. // /mnt/.. /../..; do
            run ch_run -b "/etc:$root" "$image" -- true
            expect_error 31 "destination is the root directory"
        done
    done
}

@test "special files as mount targets and as files of variables do no harm" {
    own=$BATS_TEST_TMPDIR/own
    cp -a "$ROOT" "$own"
    rm "$own/etc/passwd" "$own/etc/group" "$own/ch/environment"
    mkfifo "$own/etc/passwd" "$own/ch/environment" "$own/fifo"
    python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$own/etc/group"
    mksquashfs "$own" "$own.sqfs" -no-progress -quiet >/dev/null
    for image in "$own" "$own.sqfs"; do
        run timeout 20 "$CH_BUILD/ch-run" "$image" -- \
            sh -c 'whoami; stat -c %F /etc/group'
        expect_output "$(id -un)"$'\nregular file'
        run timeout 20 "$CH_BUILD/ch-run" --set-env "$image" -- true
        expect_error 31 "/ch/environment: not a regular file"
        run timeout 20 "$CH_BUILD/ch-run" "$image" -- /fifo
        expect_error 49 "/fifo: Permission denied"
    done
}

@test "a hostile \$USER and \$HOME stay out of the users files" {
    for image in "${IMAGES[@]}"; do
        run env USER=$'a\nroot::0:0::/:' HOME=$'/x\ny' "$CH_BUILD/ch-run" \
            -u 1234 "$image" -- sh -c 'wc -l </etc/passwd; whoami'
        expect_output $'3\ncharlie'
        run env HOME=/no/such "$CH_BUILD/ch-run" --home "$image" -- true
        expect_error 31 "source not found: /no/such"
    done
}

@test "a folder of the caller's that can't be read or is gone is no matter" {
    for image in "${IMAGES[@]}"; do
        mkdir -p "$BATS_TEST_TMPDIR/closed"
        run bash -c 'cd "$1" && chmod 0 . && exec "$2" "$3" -- pwd' - \
            "$BATS_TEST_TMPDIR/closed" "$CH_BUILD/ch-run" "$image"
        chmod 755 "$BATS_TEST_TMPDIR/closed"
        expect_output /
        run bash -c 'cd "$1" && rmdir "$1" && exec "$2" "$3" -- pwd' - \
            "$BATS_TEST_TMPDIR/closed" "$CH_BUILD/ch-run" "$image"
        expect_output /
    done
}

@test "a root directory that can't be listed is enough" {
    bare=$BATS_TEST_TMPDIR/bare
    mkdir -p "$bare/dev" "$bare/proc"
    cp "$CH_BUILD/ch" "$bare/ch"
    for image in "${IMAGES[@]}"; do
        cp -a "$image" "$bare/image"
        chmod 311 "$bare"
        run "$ROOT/bin/probe" bare "$bare" /ch run /image -- echo ok
        chmod 755 "$bare"
        rm -rf "$bare/image"
        expect_output ok
    done
}

@test "a /tmp that can't be written to is no matter" {
    # a fresh one over the host's, with what is needed in it
    for image in "${IMAGES[@]}"; do
        run unshare -Urm sh -c 'mount --bind "$1" /mnt &&
            mount -t tmpfs -o ro none /tmp && exec /mnt/build/ch-run \
            "/mnt/${2#"$1"/}" -- sh -c "touch /tmp/x || echo ok" 2>/dev/null' \
            - "$(dirname "$CH_BUILD")" "$image"
        expect_output ok
    done
}

@test "no argument at all is an error" {
    run python3 -c 'import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
none = (ctypes.c_char_p * 1)(None)
libc.execve(sys.argv[1].encode(), none, none)' "$CH_BUILD/ch-run"
    [ "$status" -ne 139 ] && [ "$status" -ne 134 ] || expect_status 31
}

@test "words at random make it work or say one thing, whatever the options" {
    for image in "${IMAGES[@]}"; do
        run python3 "$CH_TESTS/e2e/hostile_lines.py" 300 "$(scratch)" \
            "$CH_BUILD/ch-run" "$image"
        expect_output "0 of 300 with seed ${CH_SEED:-1} were odd"
    done
}

@test "what fails leaves nothing behind" {
    cp -a "$ROOT" "$BATS_TEST_TMPDIR/own"
    for image in "${IMAGES[@]}"; do
        for args in "-b /etc:/one/two -b /no/such:/mnt/0" "-c /no/such" \
            "--set-env=/no/such" "-W1" "-b /etc:/mnt/file" "-b /etc:/."; do
            # shellcheck disable=SC2086 # several words
            run leaves_nothing "$CH_BUILD/ch-run" $args "$image" -- true
            [ "${lines[-1]}" = "exited 31, nothing left" ] ||
                fail_with "$args: $output"
        done
        run leaves_nothing "$CH_BUILD/ch-run" "$image" -- /no/such
        [ "${lines[-1]}" = "exited 49, nothing left" ]
    done
    diff -r --no-dereference "$ROOT" "$BATS_TEST_TMPDIR/own"
}
