# shellcheck shell=bash
# podman.bash - podman and buildah with ch-oci for their runtime, next to crun.
#
# Each case has its expectation written down; crun must meet it as well where it
# works, so that nothing is expected that only we do. The image is made here,
# all is kept in a folder of the run, and what root lacks on some machines (a
# network of its own, higher limits) is left out by a configuration.
# SPDX-License-Identifier: MIT

load "${BATS_TEST_DIRNAME}/../helper"

# podman allows 50 characters for its folders, and each container is a copy of
# the image: in memory, where it can be.
make_store()
{
    local place=/tmp
    [ ! -w /dev/shm ] || place=/dev/shm
    type -P podman >/dev/null && type -P buildah >/dev/null || return 0
    make_fixtures
    STORE=$(mktemp -d "$place/ch.XXXXXX")
    mkdir -m 700 "$STORE/user"
    export STORE XDG_RUNTIME_DIR=$STORE/user CONTAINERS_CONF=$STORE/conf
    configure
    make_image
    RUNTIMES=ch-oci
    ! crun_works || RUNTIMES+=" crun"
    export RUNTIMES
}

# Not in make_store(): a file of tests can't be skipped and torn down.
setup()
{
    needs podman buildah
}

configure()
{
    local cgroups=enabled
    ((EUID == 0)) || cgroups=disabled
    cat >"$CONTAINERS_CONF" <<TOML
[containers]
netns = "none"
cgroups = "$cgroups"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
infra_image = "localhost/tree"
runtime_supports_json = ["ch-oci", "crun"]
runtime_supports_nocgroup = ["ch-oci", "crun"]
[engine.runtimes]
ch-oci = ["$CH_BUILD/ch-oci"]
crun = ["$STORE/crun"]
TOML
    # crun refuses machines with control groups of both versions.
    cat >"$STORE/crun" <<'SH'
#!/bin/sh
exec unshare --mount sh -c '
    [ ! -d /sys/fs/cgroup/unified ] ||
        mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup
    exec crun --cgroup-manager=disabled "$@"' crun "$@"
SH
    chmod 755 "$STORE/crun"
}

# Of the fixtures' tree what is small, with two users and a group of one.
make_image()
{
    local container
    mkdir "$STORE/tree"
    cp -a "$ROOT"/[a-ce-z]* "$ROOT/dev" "$STORE/tree/"
    rm "$STORE/tree/bin/probe"
    echo joe:x:1000:1000::/home/joe:/bin/sh >>"$STORE/tree/etc/passwd"
    printf 'joe:x:1000:\nextra:x:1500:joe\n' >>"$STORE/tree/etc/group"
    mkdir "$STORE/tree/home/joe" "$STORE/tree/full"
    echo image >"$STORE/tree/full/file"
    container=$(tool buildah from scratch)
    tool buildah copy -q "$container" "$STORE/tree" / >/dev/null
    tool buildah config --cmd '["sh"]' --env PATH=/bin "$container"
    tool buildah commit -q "$container" tree >/dev/null
    tool buildah rm "$container" >/dev/null
}

crun_works()
{
    RUNTIME=crun
    type -P crun >/dev/null && podman_run tree true
}

remove_store()
{
    [ -n "${STORE:-}" ] || return 0
    RUNTIME=ch-oci podman rm --force --all --time 0 >/dev/null 2>&1 || true
    umount "$STORE"/*/* "$STORE"/* 2>/dev/null || true
    # files of an ordinary user's containers have other owners
    tool buildah unshare rm -rf "$STORE/root" 2>/dev/null || true
    rm -rf "$STORE"
}

# --- commands, with the runtime $RUNTIME

# Somewhere else: conmon leaves a file "oom" where it is.
tool()
{
    local name=$1
    shift
    env -C "$STORE" timeout 120 "$name" --root "$STORE/root" --runroot "$STORE/run" \
        --storage-driver vfs "$@" 3>&-
}

podman()
{
    tool podman --runtime "$RUNTIME" "$@"
}

podman_run()
{
    podman run --rm "$@"
}

# start_one COMMAND...: a container c1 in the background.
start_one()
{
    podman run -d --name c1 tree "$@" >/dev/null
}

remove_one()
{
    podman rm --force --time 0 --ignore c1 >/dev/null 2>&1 || true
}

# bats warns of some statuses.
quietly()
{
    local status=0
    "$@" || status=$?
    echo "$status" >"$BATS_TEST_TMPDIR/status"
}

# A folder $DATA of the test with a file.
in_data()
{
    mkdir -p "$BATS_TEST_TMPDIR/data"
    chmod 777 "$BATS_TEST_TMPDIR/data"
    echo there >"$BATS_TEST_TMPDIR/data/file"
    # shellcheck disable=SC2034 # the tests use it
    DATA=$BATS_TEST_TMPDIR/data
}

# --- the same of each runtime

# is_like TEXT PATTERN: also where the text has brackets, as namespaces have.
is_like()
{
    # shellcheck disable=SC2053 # a pattern
    [ "$1" = "$2" ] || [[ $1 == $2 ]]
}

# told PATTERN COMMAND...: run it, with its status in $status, again if it prints
# nothing of what it should: podman may attach too late to what ends at once.
told()
{
    local pattern=$1 tries=3
    shift
    while ((tries--)); do
        run --separate-stderr quietly "$@"
        status=$(<"$BATS_TEST_TMPDIR/status")
        # shellcheck disable=SC2154 # set by "run"
        if [ -n "$output" ] || [ "$status" -ne 0 ] || [ -z "$pattern" ]; then
            break
        fi
    done
}

# alike STATUS PATTERN COMMAND...: it ends so and its output is like that, and
# the same of each runtime.
alike()
{
    local expected_status=$1 pattern=$2 RUNTIME
    shift 2
    for RUNTIME in $RUNTIMES; do
        told "$pattern" "$@"
        # shellcheck disable=SC2154 # set by "run"
        if [ "$status" -ne "$expected_status" ] || ! is_like "$output" "$pattern"
        then
            fail_with "$RUNTIME: $*: $status instead of $expected_status
expected: $pattern
got:      $output
errors:   $stderr"
            return 1
        fi
    done
}

# same STATUS PATTERN COMMAND...: likewise, and the output is the same.
same()
{
    local first
    alike "$@"
    first=$output
    ! [[ $RUNTIMES == *' crun' ]] || RUNTIMES=ch-oci alike "$1" "$first" "${@:3}"
}

# gives PATTERN ARGUMENT...: what is run prints so.
gives()
{
    local pattern=$1
    shift
    alike 0 "$pattern" podman_run "$@"
}

# ends STATUS ARGUMENT...: what is run ends so and prints nothing.
ends()
{
    local expected=$1
    shift
    alike "$expected" "" podman_run "$@"
}
