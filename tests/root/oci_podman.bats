# podman and buildah with ch-oci for their runtime, on an image made here.
#
# Skipped where they are not installed. Their storage is a folder of the run.
# SPDX-License-Identifier: MIT

load ../helper

# The limits that podman sets by default may be more than root has here.
LIMITS=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network none)

setup_file()
{
    command -v podman >/dev/null || skip "no podman here"
    command -v buildah >/dev/null || skip "no buildah here"
    make_fixtures
    STORE=$(mktemp -d /tmp/ch.XXXXXX) # podman allows 50 characters
    export STORE
    local container
    container=$(tool buildah from scratch)
    tool buildah copy -q "$container" "$ROOT" / >/dev/null
    tool buildah config --cmd '["sh"]' --env PATH=/bin "$container"
    tool buildah commit -q "$container" tree >/dev/null
}

teardown_file()
{
    tool podman rm --force --all --time 0 >/dev/null 2>&1 || true
    umount "$STORE"/*/* "$STORE"/* 2>/dev/null || true
    rm -rf "$STORE"
}

tool()
{
    local name=$1
    shift
    timeout 120 "$name" --root "$STORE/root" --runroot "$STORE/run" \
        --storage-driver vfs "$@"
}

podman()
{
    tool podman --cgroup-manager=cgroupfs \
        --runtime "${OCI_RUNTIME:-$CH_BUILD/ch-oci}" "$@"
}

podman_run()
{
    podman run "${LIMITS[@]}" --rm "$@"
}

# start_one COMMAND...: a container c1 in the background.
start_one()
{
    podman run "${LIMITS[@]}" -d --name c1 tree "$@" 3>&- >/dev/null
}

teardown()
{
    podman rm --force --time 0 --ignore c1 >/dev/null 2>&1 || true
}

@test "podman run gives output, input and exit status" {
    run --separate-stderr podman_run tree echo hello
    expect_output hello
    run podman_run tree sh -c 'exit 5'
    expect_status 5
    run --separate-stderr podman_run -i tree cat < <(echo through)
    expect_output through
}

@test "podman tells a program that is not there from one it may not run" {
    run podman_run tree nosuch
    expect_status 127
    run podman_run tree /etc/passwd
    expect_status 126
}

@test "podman run --user, --workdir, --env, --hostname and --init" {
    # shellcheck disable=SC2016 # for the container's shell
    run --separate-stderr podman_run --user 5:6 --workdir /mnt -e A=b \
        --hostname h tree sh -c 'echo $(id -u) $(id -g) $(pwd) $A $(hostname)'
    expect_output "5 6 /mnt b h"
    if [ -e /usr/libexec/podman/catatonit ]; then
        run --separate-stderr podman_run --init tree ps -o args
        [[ $output == *podman-init* ]]
    fi
}

@test "podman run --read-only, volumes and tmpfs" {
    mkdir "$BATS_TEST_TMPDIR/data"
    echo there >"$BATS_TEST_TMPDIR/data/file"
    run --separate-stderr podman_run --read-only \
        -v "$BATS_TEST_TMPDIR/data:/new/place:ro" --tmpfs /mnt/1 tree \
        sh -c 'cat /new/place/file; touch /new/place/x; touch /mnt/1/x &&
        echo tmpfs; touch /x'
    expect_output $'there\ntmpfs'
}

@test "podman logs, exec, top, stop and start" {
    start_one sh -c 'trap "echo got; exit 9" TERM; echo up
        while :; do sleep 0.1; done'
    eventually 20 grep -q up <(podman logs c1)
    run podman exec c1 sh -c 'echo inside; exit 6'
    expect_status 6
    expect_output inside
    run podman exec c1 nosuch
    expect_status 127
    podman exec -d c1 sleep 1000 3>&-
    [[ $(podman top c1) == *"sleep 1000"* ]]
    podman stop c1
    [ "$(podman inspect -f '{{.State.Status}} {{.State.ExitCode}}' c1)" = \
        "exited 9" ]
    podman start c1 3>&-
    podman kill c1
    eventually 20 [ "$(podman inspect -f '{{.State.Status}}' c1)" = exited ]
    podman rm c1
}

@test "podman run -t and exec -t have terminals" {
    run podman_run -t tree tty
    [[ $output == /dev/pts/0* ]]
    start_one sleep 1000
    run podman exec -t c1 tty
    [[ $output == /dev/pts/0* ]]
}

@test "podman's own filter of system calls is in force" {
    run --separate-stderr podman_run tree grep ^Seccomp: /proc/self/status
    [[ $output == *2 ]]
    run podman_run tree unshare -m true
    expect_status 1
}

@test "podman create, start --attach, wait and rm" {
    podman create "${LIMITS[@]}" --name c1 tree sh -c 'echo once; exit 3' \
        >/dev/null
    run podman start --attach c1
    expect_status 3
    [[ $output == *once* ]]
    [ "$(podman wait c1)" = 3 ]
    podman rm c1
}

@test "buildah bud runs commands" {
    printf 'FROM localhost/tree\nRUN echo made >/made\nRUN cat /made\n' \
        >"$BATS_TEST_TMPDIR/Containerfile"
    tool buildah bud --runtime "$CH_BUILD/ch-oci" --isolation oci \
        --network none --no-cache -t built -f "$BATS_TEST_TMPDIR/Containerfile" \
        "$BATS_TEST_TMPDIR" 3>&-
    run --separate-stderr podman_run built cat /made
    expect_output made
}
