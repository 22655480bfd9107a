# ch-convert: names of formats in front of a path, as those spell them who come
# from skopeo, apptainer and podman.
# SPDX-License-Identifier: MIT

load ../convert

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
    mkdir -p tree/bin tree/usr
    echo text >tree/usr/file
}

@test "each name stands in front of a path, to be read and written" {
    local before=dir:tree
    for name in squash oci squashfs tar sqfs oci-archive docker-archive dir; do
        run convert "$before" "$name:out-$name"
        expect_status 0
        before=$name:out-$name
    done
    run convert --diff tree dir:out-dir
    expect_status 0
    # behind -i and -o, too
    convert -q -i squashfs -o dir out-squash ./again
    [ "$(cat again/usr/file)" = text ]
}

@test "containers-storage: and docker-daemon: ask podman and docker" {
    mkdir bin
    cat >bin/podman <<'END'
#!/bin/sh
echo "$0 $*" >&2
exit 1
END
    chmod 755 bin/podman
    cp bin/podman bin/docker
    PATH=$PWD/bin:$PATH refuses "podman save: $PWD/bin/podman save " \
        containers-storage:example.org/debian:12 ./out
    PATH=$PWD/bin:$PATH refuses "docker save: $PWD/bin/docker save " \
        docker-daemon:debian:12 ./out
}

@test "nothing is fetched from a registry, nor sent there" {
    for scheme in docker oras library shub https; do
        refuses "nothing is fetched from elsewhere: $scheme://debian:12 " \
            $scheme://debian:12 ./out
    done
    refuses "nothing is sent elsewhere: docker://example.org/a " ./tree \
        docker://example.org/a
}

@test "what skopeo writes as dir: is told from a tree and a docker archive" {
    mkdir skopeo
    echo 'Directory Transport Version: 1.1' >skopeo/version
    echo '{ "schemaVersion": 2, "layers": [] }' >skopeo/manifest.json
    echo layer >"skopeo/$(sha256sum </dev/null | cut -c-64)"
    refuses "it is what skopeo writes as dir:, and can't be read" skopeo ./out
    refuses "it is what skopeo writes as dir: " dir:skopeo out.sqfs
}
