# ch-doctor tells what a node allows, by trying it; what it must find is made
# here by namespaces of namespaces.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

# inside COMMAND [ARG...]: run it by a shell that is root in new namespaces.
inside()
{
    CH=$CH_BUILD/ch unshare -Urm sh -c "$1" - "${@:2}"
}

# expect_line WORD NAME TEXT: a line says that of NAME.
expect_line()
{
    for line in "${lines[@]}"; do
        [[ $line != "$1"*" $2: "*"$3"* ]] || return 0
    done
    echo "no line with: $1 $2: $3; output:"
    echo "$output"
    return 1
}

@test "a node on which ch-run works gets ok for all that is needed, and 0" {
    run ch_run "$SQUASH" -- true
    expect_status 0
    run "$CH_BUILD/ch-doctor"
    expect_status 0
    expect_line ok "user namespace" "uid $(id -u)"
    expect_line ok mounts pivot_root
    expect_line ok /dev/fuse opened
    expect_line ok "FUSE mount" "without a helper"
    expect_line ok kernel "$(uname -r)"
    [[ $output != *MISSING* ]]
    [[ ${lines[-1]} == "ch-run works here, with directories and SquashFS"* ]]
}

@test "ch doctor, ch ch-doctor and ch-doctor are the same" {
    expected=$("$CH_BUILD/ch-doctor")
    [ "$("$CH_BUILD/ch" doctor)" = "$expected" ]
    [ "$("$CH_BUILD/ch" ch-doctor)" = "$expected" ]
}

@test "ch-doctor leaves nothing behind" {
    run leaves_nothing "$CH_BUILD/ch-doctor"
    [ "${lines[-1]}" = "exited 0, nothing left" ] || fail_with "$output"
}

@test "--json is an array of findings, and says the same" {
    run --separate-stderr "$CH_BUILD/ch-doctor" --json
    expect_status 0
    # shellcheck disable=SC2154
    [ -z "$stderr" ]
    python3 -c 'import json, sys
findings = json.load(sys.stdin)
assert len(findings) >= 10
assert len({f["name"] for f in findings}) == len(findings)
for f in findings:
    assert set(f) == {"name", "ok", "needed", "detail", "remedy"}
    assert isinstance(f["ok"], bool) and isinstance(f["needed"], bool)
    assert f["detail"]
    assert f["ok"] or not f["needed"]
    assert not (f["ok"] and f["remedy"])
needed = {f["name"] for f in findings if f["needed"]}
assert needed == {"user namespace", "mounts", "/dev/fuse", "FUSE mount"}
' <<<"$output"
}

@test "a failure is in the array too, and the status is 1" {
    # shellcheck disable=SC2016
    run inside 'mount -t tmpfs none /dev && exec "$CH" doctor --json'
    expect_status 1
    python3 -c 'import json, sys
fuse = [f for f in json.load(sys.stdin) if f["name"] == "/dev/fuse"][0]
assert not fuse["ok"] and fuse["needed"]
assert "No such file" in fuse["detail"] and fuse["remedy"]
' <<<"$output"
}

@test "a limit of no user namespaces is told from others" {
    # shellcheck disable=SC2016
    run inside 'echo 0 >/proc/sys/user/max_user_namespaces
        exec "$CH" doctor'
    expect_status 1
    expect_line MISSING "user namespace" "user.max_user_namespaces=65536"
    expect_line ok /dev/fuse opened
    [ "${lines[-1]}" = "ch-run does not work here" ]
}

@test "a chroot is told from others" {
    jail=$BATS_TEST_TMPDIR/jail
    mkdir -p "$jail/proc" "$jail/dev"
    cp "$CH_BUILD/ch" "$jail"
    # shellcheck disable=SC2016
    run inside 'mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" &&
        exec /bin/busybox chroot "$1" /ch doctor' "$jail"
    expect_status 1
    expect_line MISSING "user namespace" "chroot"
}

@test "a seccomp filter of an outer container is told from others" {
    run python3 "$CH_TESTS/e2e/deny.py" unshare EPERM "$CH_BUILD/ch" doctor
    expect_status 1
    expect_line MISSING "user namespace" "seccomp filter of an outer container"
    expect_line ok /dev/fuse opened
}

@test "a seccomp filter that only forbids mounting is found too" {
    run python3 "$CH_TESTS/e2e/deny.py" mount EPERM "$CH_BUILD/ch" doctor
    expect_status 1
    expect_line ok "user namespace" made
    expect_line MISSING mounts "seccomp filter of an outer container"
    expect_line MISSING "FUSE mount" "seccomp filter of an outer container"
}

@test "without /dev/fuse directories still work" {
    # shellcheck disable=SC2016
    run inside 'mount -t tmpfs none /dev && exec "$CH" doctor'
    expect_status 1
    expect_line MISSING /dev/fuse "No such file or directory -- in a container"
    expect_line MISSING "FUSE mount" "No such file or directory"
    expect_line ok mounts pivot_root
    [[ ${lines[-1]} == *"with directories, but not with SquashFS images" ]]
    # shellcheck disable=SC2016
    run inside 'mount -t tmpfs none /dev && exec "$CH" run "$ROOT" -- true'
    expect_status 0
}

@test "a /dev/fuse that is something else is found out" {
    # shellcheck disable=SC2016
    run inside 'mount --bind /dev/null /dev/fuse && exec "$CH" doctor'
    expect_status 1
    expect_line MISSING /dev/fuse "it is something else"
    expect_line MISSING "FUSE mount" "Invalid argument"
}

@test "a /dev/fuse that the user may not open comes with its remedy" {
    # shellcheck disable=SC2016
    run inside 'mount -t tmpfs none /mnt && : >/mnt/fuse && chmod 0 /mnt/fuse &&
        mount --bind /mnt/fuse /dev/fuse &&
        exec setpriv --bounding-set -all --inh-caps -all "$CH" doctor'
    expect_status 1
    expect_line MISSING /dev/fuse "Permission denied -- the administrator can"
}

@test "what is not needed may be missing" {
    # shellcheck disable=SC2016
    PATH=$BATS_TEST_TMPDIR run "$CH_BUILD/ch" doctor
    expect_status 0
    expect_line no "subordinate ids" "newuidmap"
}

@test "-v shows what is tried, on stderr" {
    run --separate-stderr "$CH_BUILD/ch-doctor" -v -v -v
    expect_status 0
    # shellcheck disable=SC2154
    [[ $stderr == *"ch-doctor["*"]: unshare("* ]]
    [[ $output != *"unshare("* ]]
}

@test "an argument is refused" {
    run "$CH_BUILD/ch-doctor" image.sqfs
    expect_status 1
    [[ $output == "ch-doctor["*"]: error: unexpected argument: image.sqfs"* ]]
}
