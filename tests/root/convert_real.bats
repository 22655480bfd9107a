# ch-convert with images that other programs have made, and theirs with ours:
# buildah, podman, skopeo, umoci. What umoci unpacks is what we unpack.
# SPDX-License-Identifier: MIT

load ../convert

BUSYBOX=${CH_BUSYBOX:-/bin/busybox}

# Storage of theirs goes with the test; nothing of the machine's is used.
engine()
{
    local program=$1
    shift
    timeout 120 "$program" --root "$STORE/root" --runroot "$STORE/run" \
        --storage-driver vfs "$@"
}

setup_file()
{
    [ "$(id -u)" -eq 0 ] || skip "not root"
    make_fixtures
    cd "$BATS_FILE_TMPDIR" || exit 1
    # podman wants a short name
    STORE=$(mktemp -d /tmp/ch-test-store.XXXXXX)
    export STORE
    command -v buildah >/dev/null || return 0
    make_context
    engine buildah bud -q --isolation chroot --layers -t localhost/real:1 . \
        >/dev/null
    engine buildah push -q localhost/real:1 oci:layout:1
    engine buildah push -q localhost/real:1 docker-archive:docker.tar:real:1
}

teardown_file()
{
    [ -z "${STORE:-}" ] || rm -rf --one-file-system "$STORE"
}

# Layers that replace, remove and link what others brought.
make_context()
{
    local applet
    mkdir -p root/{bin,dev,usr,opt,data/dir/sub}
    cp "$BUSYBOX" root/bin/busybox
    for applet in sh ls rm mkdir ln chmod cat; do
        ln -s busybox "root/bin/$applet"
    done
    echo old >root/data/dir/sub/file
    cat >Dockerfile <<'END'
FROM scratch
COPY root/ /
RUN echo one >/data/one && ln /data/one /data/linked && chmod 4755 /data/one
RUN rm /data/one && mkdir -p /opt/a/b && echo x >/opt/a/b/c
RUN rm -r /opt/a && mkdir /opt/a && echo new >/opt/a/new
RUN rm -r /data/dir && echo file >/data/dir && ln -s /opt /data/opt
RUN ln /data/linked /data/again && ln /data/dir /opt/dir
ENV COLOUR=blue
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["echo is $COLOUR"]
END
}

setup()
{
    [ "$(id -u)" -eq 0 ] || skip "not root"
    cd "$BATS_TEST_TMPDIR" || exit 1
    ln -s "$BATS_FILE_TMPDIR"/* . 2>/dev/null || true
}

# equal A B: but for /ch, which is where we keep the configuration, and what is
# aufs's own, which umoci keeps.
equal()
{
    run convert --diff --exclude=/ch --exclude='.wh.*' "$1" "$2"
    expect_status 0
}

@test "what buildah built is what umoci unpacks" {
    needs buildah umoci
    umoci unpack --image layout:1 unpacked >/dev/null
    equal ./unpacked/rootfs oci:layout:1
    equal ./unpacked/rootfs docker-archive:docker.tar
    for out in dir:image image.sqfs image.tar.zst; do
        convert -q oci:layout:1 "$out"
        equal ./unpacked/rootfs "$out"
        rm -rf image
        convert -q docker-archive:docker.tar "$out"
        equal ./unpacked/rootfs "$out"
    done
}

@test "layers may be compressed by zstd, or in an archive" {
    needs buildah skopeo umoci
    umoci unpack --image layout:1 unpacked >/dev/null
    skopeo --insecure-policy copy -q --dest-compress \
        --dest-compress-format zstd oci:layout:1 oci:zstd:1
    equal ./unpacked/rootfs oci:zstd:1
    skopeo --insecure-policy copy -q oci:layout:1 oci-archive:archive.oci:1
    equal ./unpacked/rootfs oci-archive:archive.oci
    skopeo --insecure-policy copy -q docker-archive:docker.tar dir:copied
    skopeo --insecure-policy copy -q dir:copied oci:back:1
    equal ./unpacked/rootfs oci:back:1
}

@test "podman's own archives are read" {
    needs buildah podman umoci
    umoci unpack --image layout:1 unpacked >/dev/null
    for format in docker-archive oci-archive; do
        engine podman save -q --format $format -o saved.tar localhost/real:1
        equal ./unpacked/rootfs "$format:saved.tar"
        rm saved.tar
    done
}

@test "umoci's layers are read: sixty, with whiteouts of both kinds" {
    needs umoci
    for kind in many whiteouts replaced links links_hidden links_swapped \
        opaque_root order modes; do
        python3 "$CH_TESTS/data/layouts.py" $kind oci "$kind" "$BUSYBOX"
        umoci unpack --image "$kind:latest" "$kind.unpacked" >/dev/null
        equal "./$kind.unpacked/rootfs" "oci:$kind"
    done
    rm -r many.unpacked/rootfs/last
    mkdir many.unpacked/rootfs/new
    umoci repack --refresh-bundle --image many:next many.unpacked >/dev/null
    equal ./many.unpacked/rootfs oci:many:next
}

@test "what ch-convert writes is read by skopeo, umoci and podman" {
    needs buildah podman skopeo umoci
    convert -q oci:layout:1 image.sqfs
    convert -q image.sqfs oci:ours:1
    convert -q image.sqfs docker-archive:ours.tar:ours:1
    run skopeo inspect --config oci:ours:1
    [[ $output == *COLOUR=blue* ]] || fail_with "$output"
    umoci unpack --image ours:1 unpacked >/dev/null
    equal ./unpacked/rootfs image.sqfs
    engine podman load -q -i ours.tar
    equal "dir:$(engine podman image mount localhost/ours:1)" image.sqfs
    run engine podman image inspect localhost/ours:1
    [[ $output == *COLOUR=blue* ]] || fail_with "$output"
    run engine podman --cgroup-manager cgroupfs run --rm --network host \
        --ulimit nofile=256:256 --ulimit nproc=1000:1000 --cgroups disabled \
        localhost/ours:1
    [[ $output != *"hybrid mode not supported"* ]] ||
        skip "podman's runtime does not take this machine's cgroups"
    expect_output "is blue"
}
