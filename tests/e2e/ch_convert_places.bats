# ch-convert: images that other programs keep, or keep in files of their own.
# SPDX-License-Identifier: MIT

load ../convert

setup_file()
{
    make_fixtures
    build_walk
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
    export CH_IMAGE_STORAGE=$PWD/storage
}

# make_engines: podman and docker of this test alone, which have the image "good".
make_engines()
{
    mkdir engine bin
    ln -s "$CH_TESTS/data/engine.sh" bin/podman
    ln -s "$CH_TESTS/data/engine.sh" bin/docker
    python3 "$CH_TESTS/data/layouts.py" plain docker-archive engine/good
    export ENGINE=$PWD/engine PATH=$PWD/bin:$PATH
}

# gone PID: it has ended, and is perhaps not reaped yet.
gone()
{
    ! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null
}

sif()
{
    python3 "$CH_TESTS/data/sif.py" "$1" "$SQUASH"
}

@test "a SIF file becomes what its SquashFS becomes" {
    convert -q "$SQUASH" ./expected
    sif plain >image.sif
    convert -q image.sif ./image
    diff <(listed expected) <(listed image)
    sif others_first >found
    convert -q found ./again # by its magic
    diff <(listed expected) <(listed again)
    convert -q -i sif found image.tar.gz
    convert -q --owner=mine image.tar.gz ./third
    diff <(listed expected) <(listed third)
}

@test "a SIF file can't be written" {
    refuses "format sif can't be written" "$SQUASH" image.sif
}

@test "a SIF file that can't be read is an error, and there is no output" {
    for kind in ext3 encrypted layers no_system cut_data huge; do
        sif $kind >$kind.sif
        refuses "can't read SIF file $kind.sif: " $kind.sif ./image
    done
    sif no_squashfs >image.sif
    refuses "not a SquashFS image" image.sif ./image
    refuses "it is no SIF file" sif:"$SQUASH" ./image
}

@test "SquashFS files of all compressions are read" {
    convert -q "$SQUASH" ./expected
    for compressor in xz lz4 zstd lzo; do
        convert -q "$FIXTURES/images/$compressor.sqfs" ./image
        diff <(listed expected) <(listed image)
    done
}

@test "an image goes to the storage by its name, is run by it, and comes back" {
    convert -q "$SQUASH" ./expected
    convert -q "$SQUASH" ch-image:example.com:5050/foo/bar:1.0
    [ "$(ls -A storage/img)" = "example.com+5050%foo%bar+1.0" ]
    run ch_run example.com:5050/foo/bar:1.0 -- cat /data/small/7
    expect_output "file 7"
    convert -q -i ch-image example.com:5050/foo/bar:1.0 image.sqfs
    convert -q image.sqfs ./image
    diff <(listed expected) <(listed image)
}

@test "the storage is made as ch-image makes its own" {
    convert -q "$SQUASH" ch-image:foo
    [ "$(ls -A storage)" = $'bucache\nbularge\ndlcache\nimg\nulcache\nversion' ]
    [ "$(cat storage/version)" = 7 ]
    [ "$(ls -A storage/img)" = foo ]
}

@test "an image of the storage is replaced, whatever is in it" {
    mkdir -p storage/img/foo
    echo old >storage/img/foo/file
    convert -q "$SQUASH" ch-image:foo
    [ ! -e storage/img/foo/file ]
    [ -e storage/img/foo/data/small/7 ]
    run convert -q --no-clobber "$SQUASH" ch-image:foo
    expect_status 1
    [[ $output == *"exists, not deleting per --no-clobber: "* ]]
    [ "$(ls -A storage/img)" = foo ]
}

@test "what is no path may be a name in the storage" {
    mkdir -p storage/img
    convert -q "$SQUASH" foo:1
    [ -d storage/img/foo+1 ]
    convert -q foo:1 image.sqfs
    # a path is a path
    mkdir -p bar/{bin,dev,usr} storage/img/bar
    echo path >bar/file
    convert -q bar image.tar
    tar tf image.tar | grep -q '^file$'
}

@test "without a storage no name is made up" {
    refuses "can't tell the format of foo" "$SQUASH" foo
    refuses "can't open foo" foo ./image
    refuses "not found: $PWD/storage/img/foo" ch-image:foo ./image
    refuses "the name of the image is empty" ch-image: ./image
}

@test "-s tells another storage, and a SquashFS file in it is an image" {
    mkdir -p other/img
    cp "$SQUASH" other/img/a%b
    convert -q -s other a/b ./image
    [ "$(cat image/data/small/7)" = "file 7" ]
    convert -q -s other "$SQUASH" ch-image:c
    [ -d other/img/c ]
    [ ! -e storage ]
}

@test "what is no storage is not made one" {
    mkdir storage
    touch storage/file
    refuses "not a storage directory: $PWD/storage" "$SQUASH" ch-image:foo
    [ "$(ls -A storage)" = file ]
}

@test "a dry run makes no storage" {
    run convert -q -n "$SQUASH" ch-image:foo
    expect_status 0
    [ ! -e storage ]
}

@test "an image comes from podman and from docker" {
    make_engines
    convert -q docker-archive:engine/good ./expected
    for name in podman:good containers-storage:good docker:good \
        docker-daemon:good; do
        convert -q "$name" ./image
        diff <(listed expected) <(listed image)
    done
    convert -q -i podman good image.sqfs
    convert -q image.sqfs ./image
    diff <(listed expected) <(listed image)
}

@test "what podman or docker says is the error, and there is no output" {
    make_engines
    refuses "podman save: none: image not known" podman:none ./image
    refuses "docker save: none: image not known" docker:none ./image
    refuses "podman save: disk on fire" podman:half ./image
    : >engine/empty
    refuses "podman save gave no archive of layers" podman:empty ./image
}

@test "where podman or docker is missing, that is the error" {
    mkdir none
    for name in podman docker; do
        PATH=$PWD/none run "$CH_BUILD/ch-convert" -q $name:good ./image
        expect_status 1
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == *"there is no $name here"* ]]
    done
}

@test "a signal ends podman, too" {
    make_engines
    "$CH_BUILD/ch-convert" -q podman:slow ./image 3>&- &
    eventually 20 test -s engine/pid
    kill -TERM $!
    run wait $!
    eventually 20 gone "$(cat engine/pid)"
    [ -z "$(find . -name '*image*' -o -name '.*part*')" ]
}

@test "an image goes to podman and to docker, and comes back" {
    make_engines
    convert -q "$SQUASH" ./expected
    convert -q "$SQUASH" podman:mine
    [ -e engine/localhost%mine:latest ]
    convert -q --owner=mine "$SQUASH" -o docker mine/too:1
    [ -e engine/mine%too:1 ]
    convert -q "$SQUASH" containers-storage:example.com/mine
    [ -e engine/example.com%mine:latest ]
    for name in podman:localhost/mine:latest docker:mine/too:1; do
        convert -q "$name" ./image
        diff <(listed expected | grep -v '^./ch') \
            <(listed image | grep -v '^./ch')
    done
}

@test "podman and docker load nothing when the conversion fails" {
    make_engines
    rm engine/good
    head -c 1000000 "$SQUASH" >cut.sqfs
    refuses cut.sqfs cut.sqfs podman:mine
    refuses "not a name of an image" "$SQUASH" docker:Mine
    refuses "larger than" --max-size=1M "$SQUASH" docker:mine
    [ -z "$(ls -A engine)" ]
    touch engine/full
    refuses "podman load: no space left" "$SQUASH" podman:mine
    [ "$(ls -A engine)" = full ]
}

@test "--no-clobber keeps what podman and docker have" {
    make_engines
    cp engine/good engine/localhost%mine
    refuses "exists, not deleting per --no-clobber: podman:localhost/mine" \
        --no-clobber "$SQUASH" podman:mine
    cp engine/good engine/mine
    refuses "exists, not deleting per --no-clobber: docker:mine" \
        --no-clobber "$SQUASH" docker:mine
    convert -q --no-clobber "$SQUASH" podman:other
    [ -e engine/localhost%other:latest ]
}

@test "a dry run asks nobody" {
    mkdir none
    PATH=$PWD/none run "$CH_BUILD/ch-convert" -q -n "$SQUASH" podman:mine
    expect_status 0
}

# ch_image_notes FILE: as ch-image does it.
ch_image_notes()
{
    cat >"$1" <<'EOT'
{"arch": "amd64", "arg": {"A": "b"}, "cwd": "/opt", "env": {"E": "old"},
 "history": [{"created_by": "/bin/sh"}], "labels": {"who": "me"},
 "shell": ["/bin/bash", "-c"], "volumes": ["/data"]}
EOT
}

@test "what ch-image notes of an image becomes its configuration" {
    mkdir -p tree/ch
    echo E=new >tree/ch/environment
    ch_image_notes tree/ch/metadata.json
    convert -q ./tree image.sqfs
    for from in ./tree image.sqfs; do
        convert -q $from docker-archive:image.tar
        run python3 -c 'import json, tarfile
t = tarfile.open("image.tar")
m = json.load(t.extractfile("manifest.json"))[0]
c = json.load(t.extractfile(m["Config"]))
print(c["architecture"], json.dumps(c["config"], sort_keys=True))'
        expect_output "amd64 {$(
            echo -n '"Env": ["E=new"], "Labels": {"who": "me"}, '
            echo -n '"Shell": ["/bin/bash", "-c"], "Volumes": {"/data": {}}, '
            echo -n '"WorkingDir": "/opt"'
        )}"
        run convert -q --diff ./tree image.tar
        expect_status 0
    done
    # of both, config.json is ours
    echo '{"config": {"WorkingDir": "/usr"}}' >tree/ch/config.json
    convert -q ./tree bundle:bundle
    grep -q '"cwd":.*"/usr"' bundle/config.json
}

@test "notes of ch-image that nobody understands stop nothing" {
    mkdir -p tree/ch
    for text in '{' '[]' '{"cwd": 1, "labels": {"a": {}}, "volumes": [[]],
        "shell": {}, "arch": null}'; do
        echo "$text" >tree/ch/metadata.json
        convert ./tree oci:layout 2>log
        convert --verify layout
    done
    echo '{' >tree/ch/metadata.json
    run convert ./tree oci:layout
    [[ $output == *"passed over: /ch/metadata.json"* ]]
}
