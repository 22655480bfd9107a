# podman loads and runs what ch-convert writes, and saves what it reads.
# SPDX-License-Identifier: MIT

load ../helper

BUSYBOX=${CH_BUSYBOX:-/bin/busybox}

setup()
{
    RUN=$(mktemp -d) # podman wants it to be short
    needs podman
    cd "$BATS_TEST_TMPDIR" || exit 1
    mkdir -p tree/{bin,ch,etc}
    cp "$BUSYBOX" tree/bin/busybox
    ln -s busybox tree/bin/sh
    printf 'A=b c\n' >tree/ch/environment
    # shellcheck disable=SC2016 # the image's shell
    printf 'angi\0\0\0\7/bin/sh\0\0\0\2-c\0\0\0\14echo "$A" $0' \
        >tree/ch/entrypoint
    printf 'angi\0\0\0\3cmd' >tree/ch/cmd
}

teardown()
{
    rm -rf "${RUN:?}"
}

convert()
{
    timeout 60 "$CH_BUILD/ch-convert" -q "$@"
}

# In places of its own. Runtimes refuse cgroups of both versions at once, so
# the second version is not shown to them.
podman()
{
    # shellcheck disable=SC2016 # the inner shell's
    timeout 100 unshare -m sh -c '
        umount /sys/fs/cgroup/unified 2>/dev/null
        exec podman --root "$0/root" --runroot "$0/run" --storage-driver vfs \
            --cgroup-manager=cgroupfs "$@"' "$RUN" "$@"
}

@test "podman loads and runs archives of both kinds" {
    convert ./tree docker-archive:docker:example.org/docker:1
    convert ./tree oci-archive:oci:example.org/oci:1
    for kind in docker oci; do
        podman load -q -i $kind
        run podman run --rm --cgroups=disabled --network=none \
            --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
            example.org/$kind:1
        expect_output "b c cmd"
    done
}

@test "what podman saves is the same tree" {
    convert --owner=root ./tree first.tar
    convert first.tar ./first
    convert ./first docker-archive:docker:example.org/docker:1
    podman load -q -i docker
    for format in docker-archive oci-archive; do
        podman save -q --format $format -o saved example.org/docker:1
        convert saved ./again
        rm again/ch/config.json
        diff -r --no-dereference first again
        rm -r saved again
    done
}
