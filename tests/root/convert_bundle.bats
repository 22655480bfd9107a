# Bundles of ch-convert's, run by another runtime for an ordinary user.
# SPDX-License-Identifier: MIT

load ../helper

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    needs crun
    open_scratch
    mkdir own
    chown "${CH_USER:-chtest}:" own
}

# crun_run BUNDLE: without the host's cgroups, of which crun refuses some kinds.
crun_run()
{
    timeout 60 unshare -m sh -c 'mount -t cgroup2 none /sys/fs/cgroup
        exec "$@"' sh setpriv --reuid="${CH_USER:-chtest}" \
        --regid="${CH_USER:-chtest}" --init-groups \
        env XDG_RUNTIME_DIR="$PWD/own" HOME=/ \
        crun --cgroup-manager=disabled run -b "$1" "b$$" </dev/null
}

@test "crun runs a bundle for an ordinary user" {
    python3 "$CH_TESTS/data/layouts.py" config docker-archive image.tar \
        /bin/busybox
    chmod 644 image.tar
    as_user "$CH_BUILD/ch-convert" -q image.tar bundle:own/bundle
    run crun_run own/bundle
    expect_status 0
    expect_output $'one:two\nlines'
}

@test "crun runs a bundle as the user of the image" {
    mkdir -p tree/{bin,usr,dev,etc,ch}
    cp /bin/busybox tree/bin/busybox
    echo name:x:1000:100::/:/bin/sh >tree/etc/passwd
    echo '{"config": {"User": "name"}}' >tree/ch/config.json
    python3 -c 'import struct, sys
words = [b"/bin/busybox", b"id", b"-u"]
sys.stdout.buffer.write(b"angi" + b"".join(
    struct.pack(">I", len(w)) + w for w in words))' >tree/ch/cmd
    chmod -R go+rX tree
    as_user "$CH_BUILD/ch-convert" -q "$PWD/tree" bundle:own/bundle
    run crun_run own/bundle
    expect_status 0
    expect_output 1000
}
