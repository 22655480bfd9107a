# ch-convert and podman itself, with a storage of the test's own.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    needs podman
    cat >storage.conf <<CONF
[storage]
driver = "vfs"
graphroot = "$PWD/graph"
runroot = "$PWD/run"
CONF
    export CONTAINERS_STORAGE_CONF=$PWD/storage.conf
    timeout 60 podman images >/dev/null || skip "podman does not work here"
}

@test "podman takes an image, and gives it back" {
    timeout 100 "$CH_BUILD/ch-convert" -q "$SQUASH" podman:mine:1
    run timeout 60 podman images --format "{{.Repository}}:{{.Tag}}"
    expect_output localhost/mine:1
    timeout 100 "$CH_BUILD/ch-convert" -q podman:mine:1 ./image
    [ "$(cat image/data/small/7)" = "file 7" ]
    run timeout 60 "$CH_BUILD/ch-convert" -q podman:none ./other
    expect_status 1
    [[ $output == *"podman save: none: image not known" ]]
}
