# The command: given, or the image's own; what is said when it can't be run.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # sh scripts; subshells; bats

load ../helper

# argfile WORD...: as Charliecloud's ch-image keeps a command.
argfile()
{
    python3 -c 'import struct, sys
words = [w.encode() for w in sys.argv[1:]]
sys.stdout.buffer.write(b"angi" + b"".join(
    struct.pack(">I", len(w)) + w for w in words))' "$@"
}

# packed DIR: its SquashFS image, beside it.
packed()
{
    mksquashfs "$1" "$1.sqfs" -no-progress -quiet >/dev/null 2>&1
    echo "$1.sqfs"
}

setup_file()
{
    make_fixtures
    cp -a "$ROOT" "$BATS_FILE_TMPDIR/both"
    argfile echo hello >"$BATS_FILE_TMPDIR/both/ch/entrypoint"
    argfile "big world" >"$BATS_FILE_TMPDIR/both/ch/cmd"
    packed "$BATS_FILE_TMPDIR/both"
    mkdir -p "$BATS_FILE_TMPDIR/odd/bin" "$BATS_FILE_TMPDIR/odd/dev" \
        "$BATS_FILE_TMPDIR/odd/etc"
    ln -s busybox "$BATS_FILE_TMPDIR/odd/bin/sh"
    cp "$ROOT/bin/busybox" "$BATS_FILE_TMPDIR/odd/bin"
    cd "$BATS_FILE_TMPDIR/odd/bin" || return
    printf '#!/no/such/shell -e\n' >lost
    printf 'echo "plain $0 $1"\n' >plain
    printf '\x7fELF\x02\x01\x01nonsense' >alien
    cp "$(type -P env)" dynamic
    chmod 755 lost plain alien dynamic
    packed "$BATS_FILE_TMPDIR/odd"
}

# A copy of the image "both", to be changed.
changed()
{
    cp -a "$BATS_FILE_TMPDIR/both" "$BATS_TEST_TMPDIR/changed"
    echo "$BATS_TEST_TMPDIR/changed"
}

@test "no COMMAND, or -, is the image's ENTRYPOINT and CMD" {
    for image in "$BATS_FILE_TMPDIR/both" "$BATS_FILE_TMPDIR/both.sqfs"; do
        for words in "" "--" "-- -" "-"; do
            # shellcheck disable=SC2086 # none or more words
            run ch_run "$image" $words
            expect_output "hello big world"
        done
    done
}

@test "arguments behind - replace CMD" {
    for image in "$BATS_FILE_TMPDIR/both" "$BATS_FILE_TMPDIR/both.sqfs"; do
        run ch_run "$image" -- - small -- world
        expect_output "hello small -- world"
        run ch_run "$image" -- - ""
        expect_output "hello "
    done
}

@test "a COMMAND has nothing to do with ENTRYPOINT and CMD" {
    for image in "$BATS_FILE_TMPDIR/both" "$BATS_FILE_TMPDIR/both.sqfs"; do
        run ch_run "$image" -- echo other
        expect_output other
    done
}

@test "an ENTRYPOINT or a CMD alone will do" {
    image=$(changed)
    rm "$image/ch/cmd"
    run ch_run "$image" -- -
    expect_output hello
    rm "$image/ch/entrypoint"
    argfile sh -c 'echo "$0" cmd' zero >"$image/ch/cmd"
    run ch_run "$image" -- -
    expect_output "zero cmd"
    run ch_run "$image" -- - echo own
    expect_output own
}

@test "an image without a command of its own says so" {
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" --
        expect_error 31 "No CMD, ENTRYPOINT, or command specified"
        run ch_run "$image" -- -
        expect_error 31 "ENTRYPOINT"
    done
}

@test "a hostile ENTRYPOINT is an error that names the file" {
    image=$(changed)
    for bytes in 'sh' 'angi\0\0' 'angi\0\0\0\377a' 'angi\0\0\0\2a\0'; do
        # shellcheck disable=SC2059 # it is a format
        printf "$bytes" >"$image/ch/entrypoint"
        run ch_run "$image" -- -
        expect_error 31 /ch/entrypoint
    done
    rm "$image/ch/entrypoint"
    mkfifo "$image/ch/entrypoint"
    run timeout 20 "$CH_BUILD/ch-run" "$image" -- -
    expect_error 31 "/ch/entrypoint: not a regular file"
    rm "$image/ch/entrypoint"
    ln -s /dev/zero "$image/ch/entrypoint"
    run timeout 20 "$CH_BUILD/ch-run" "$image" -- -
    expect_error 31 "/ch/entrypoint: not a regular file"
}

@test "a FIFO as the image's environment does not stop the start" {
    image=$(changed)
    rm "$image/ch/environment"
    mkfifo "$image/ch/environment"
    run timeout 20 "$CH_BUILD/ch-run" --set-env "$image" -- true
    expect_error 31 "/ch/environment: not a regular file"
}

@test "empty names are named" {
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- ""
        expect_error 49 "the name of the command is empty"
        run ch_run -c "" "$image" -- true
        expect_error 31 "--cd: the name of the directory is empty"
    done
    run ch_run "" -- true
    expect_error 31 "the name of the image is empty"
}

@test "a missing interpreter or loader is named" {
    for image in "$BATS_FILE_TMPDIR/odd" "$BATS_FILE_TMPDIR/odd.sqfs"; do
        run ch_run "$image" -- /bin/lost
        expect_error 49 "/bin/lost: its interpreter is not in the image: /no/such/shell: No such file"
        run ch_run "$image" -- lost
        expect_error 49 "lost: its interpreter is not in the image: /no/such"
        run ch_run "$image" -- /bin/dynamic
        expect_error 49 "/bin/dynamic: its interpreter is not in the image: /lib"
    done
}

@test "a program for another processor is told from a script" {
    for image in "$BATS_FILE_TMPDIR/odd" "$BATS_FILE_TMPDIR/odd.sqfs"; do
        run ch_run "$image" -- alien
        expect_error 49 "another processor"
    done
}

@test "a script without #! is the shell's, also when found by PATH" {
    for image in "$BATS_FILE_TMPDIR/odd" "$BATS_FILE_TMPDIR/odd.sqfs"; do
        run ch_run "$image" -- /bin/plain 1
        expect_output "plain /bin/plain 1"
        run env PATH=/usr/bin:/bin "$CH_BUILD/ch-run" "$image" -- plain 2
        expect_output "plain /bin/plain 2"
    done
}

@test "-v shows the command as a shell would take it" {
    for image in "${IMAGES[@]}"; do
        run ch_run -v "$image" -- sh -c 'exit $((1 + 2))' "" x
        expect_status 3
        [[ $output == *'executing: sh -c "exit \$((1 + 2))" "" x' ]] ||
            fail_with "$output"
    done
}

@test "PWD is the working directory, whatever the caller's is" {
    for image in "${IMAGES[@]}"; do
        run env PWD=/stale "$CH_BUILD/ch-run" "$image" -- env
        grep -qx PWD=/ <<<"$output"
        run env PWD=/stale "$CH_BUILD/ch-run" -c /data/.. -c /data/small \
            "$image" -- env
        grep -qx PWD=/data/small <<<"$output"
    done
}

@test "in Slurm's --container a path of the node is that of the same name" {
    for image in "${IMAGES[@]}"; do
        SLURM_CONTAINER=/i SLURM_PROCID=0 run ch_run "$image" -- \
            /usr/no/such/sh -c 'echo "$0" here'
        expect_status 0
        [[ ${lines[0]} == *"warning: /usr/no/such/sh is not in the image: running /bin/sh "* ]]
        [ "${lines[1]}" = "/bin/sh here" ]
        # other ranks have nothing to add
        SLURM_CONTAINER=/i SLURM_PROCID=1 run ch_run "$image" -- \
            /usr/no/such/sh -c 'echo here'
        expect_output here
        SLURM_CONTAINER=/i run ch_run "$image" -- /usr/no/such/none
        expect_error 49 "can't exec: /usr/no/such/none"
        run ch_run "$image" -- /usr/no/such/sh
        expect_error 49 "can't exec: /usr/no/such/sh"
    done
}
