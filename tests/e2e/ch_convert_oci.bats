# ch-convert and images of layers: OCI layouts, archives of them, docker's.
# shellcheck disable=SC2030,SC2031  # a test is a subshell
# SPDX-License-Identifier: MIT

load ../convert

BUSYBOX=${CH_BUSYBOX:-/bin/busybox}

setup_file()
{
    make_fixtures
    build_walk
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
}

# layers KIND FORM TARGET: make an image of layers.
layers()
{
    python3 "$CH_TESTS/data/layouts.py" "$1" "$2" "$3" "$BUSYBOX"
}

@test "an image of layers is told by its content, whatever it is called" {
    for form in oci docker; do
        layers plain $form image
        convert -q image ./tree
        [ "$(cat tree/data)" = "1 data" ]
        rm -r image tree
    done
    for form in oci-archive docker-archive; do
        layers plain $form image.tar
        run convert image.tar ./tree
        expect_status 0
        [[ ${lines[0]} == *"input:   $form  "* ]] || fail_with "$output"
        gzip <image.tar >image.sqfs
        convert -q image.sqfs ./tree
        [ "$(cat tree/data)" = "1 data" ]
        rm -r image.* tree
    done
}

@test "archives of layers come from pipes" {
    layers plain oci-archive image
    convert -q oci-archive:- ./tree < <(cat image)
    gzip <image | convert -q docker-archive:- ./tree
    convert -q - ./tree <image
    for form in oci-archive docker-archive; do
        layers plain $form archive
        convert - ./tree < <(cat archive) >log 2>&1
        grep -q "input: *$form" log || fail_with "$(cat log)"
        [ "$(cat tree/data)" = "1 data" ]
        gzip <archive | convert - ./again >log 2>&1
        grep -q "input: *$form" log || fail_with "$(cat log)"
        refuses "give its format by --in-fmt" -i tar archive ./other
    done
    convert -q ./tree docker-archive:- | convert -q - ./again
    [ "$(cat again/data)" = "1 data" ]
    tar -C tree -cf - . | convert - ./again 2>&1 | grep -q "input: *tar"
    head -c 2000 archive | refuses "cut short" - ./other
    head -c 2000 archive >cut.tar
    refuses "can't convert cut.tar" cut.tar ./other
}

@test "a tag chooses among several images, and a wrong one lists what there is" {
    layers tags oci image
    for words in oci:image:other image:other "-i oci image:other" \
        "-i oci oci:image:other"; do
        # shellcheck disable=SC2086
        convert -q $words ./tree
        [ -e tree/other ] || fail_with "$words"
    done
    refuses "no image has the tag none in it: " oci:image:none ./other
    refuses "choose one by its tag" image ./other
    refuses 'an empty tag: "image:"' oci:image: ./other
}

# make_tree DIR: what is hard to keep, and a configuration.
make_tree()
{
    mkdir -p "$1"/{bin,usr/lib,etc,data,ch,"odd name"}
    echo text >"$1/data/file"
    ln "$1/data/file" "$1/usr/lib/second"
    ln -s ../data/file "$1/usr/link"
    echo text >"$1/data/"$'\xff\xfe'
    truncate -s 4M "$1/data/holes"
    printf middle | dd of="$1/data/holes" bs=1 seek=1500000 conv=notrunc \
        status=none
    python3 -c 'import os, sys
os.setxattr(sys.argv[1], "user.name", b"value")' "$1/data/file"
    head -c 3000000 /dev/urandom >"$1/data/big"
    chmod 4755 "$1/bin"
    touch -d @1000000000 "$1/data/file" "$1/data"
}

# document LAYOUT WHICH: a document of the only image in it: manifest, config.
document()
{
    python3 -c 'import json, sys
def blob(descriptor):
    with open(sys.argv[1] + "/blobs/" + descriptor["digest"].replace(":", "/")) as f:
        return json.load(f)
index = json.load(open(sys.argv[1] + "/index.json"))
manifest = blob(index["manifests"][-1])
print(json.dumps(blob(manifest["config"]) if sys.argv[2] == "config" else manifest,
    indent=1))' "$1" "$2"
}

@test "a tree is the same after every format of layers" {
    make_tree tree
    convert -q --xattrs ./tree first.tar
    convert -q --xattrs first.tar ./first
    for out in oci:a oci-archive:a docker-archive:a; do
        convert -q --xattrs ./first "$out"
        convert -q --xattrs a ./again
        diff <("$FIXTURES/walk" first) <("$FIXTURES/walk" again)
        convert -q --xattrs "$out" again.sqfs
        convert -q --xattrs again.sqfs "$out:tag"
        rm -r again
        convert -q --xattrs a:tag ./again
        diff <("$FIXTURES/walk" first) <("$FIXTURES/walk" again)
        rm -r a again
    done
}

@test "layers are compressed by gzip, zstd or not at all" {
    make_tree tree
    for codec in none gzip zstd gzip:9; do
        convert -q --compress=$codec ./tree oci:layout
        type=$(document layout manifest | grep -o 'layer.v1[^"]*')
        case $codec in
        none) [ "$type" = layer.v1.tar ] ;;
        *) [ "$type" = "layer.v1.tar+${codec%:9}" ] ;;
        esac
        convert -q --compress=$codec ./tree docker-archive:archive
        for in in layout archive; do
            convert -q $in ./again
            cmp tree/data/big again/data/big
        done
    done
    refuses "can have none, gzip or zstd, not xz" --compress=xz ./tree oci:other
    refuses "gzip has levels from 1 to 12" --compress=gzip:13 ./tree oci:other
}

@test "what the image says about itself survives" {
    mkdir -p tree/{ch,data}
    cat >tree/ch/config.json <<'EOT'
{"architecture": "amd64", "os": "linux", "created": "2020-01-02T03:04:05+01:00",
 "config": {"Env": ["A=b", "TWO=one\ntwo"], "Cmd": ["sh"],
  "User": "1000:1000", "WorkingDir": "/data", "Labels": {"a": "b"},
  "ExposedPorts": {"80/tcp": {}}, "StopSignal": "SIGINT", "Volumes": {"/v": {}}}}
EOT
    printf 'A=b\n' >tree/ch/environment
    printf 'angi\0\0\0\2sh' >tree/ch/cmd
    for out in oci:a oci-archive:a docker-archive:a; do
        convert -q ./tree "$out"
        convert -q a ./again
        convert -q ./again oci:layout
        document layout config >says
        for text in '"1000:1000"' '"WorkingDir": "/data"' '"a": "b"' 80/tcp \
            SIGINT '"/v"' '"TWO=one\ntwo"' '"created": "2020-01-02T02:04:05Z"'; do
            grep -qF -- "$text" says || fail_with "$out: no $text"
        done
        cmp again/ch/environment tree/ch/environment
        cmp again/ch/cmd tree/ch/cmd
        rm -r a again layout
    done
}

@test "Charliecloud's own files become the configuration, and are no files" {
    mkdir -p tree/{ch,data}
    printf "A=b\n\nQUOTED='c d'\n" >tree/ch/environment
    printf 'angi\0\0\0\2sh\0\0\0\2-c' >tree/ch/entrypoint
    convert -q --compress=none ./tree oci:layout
    document layout config | tr -d ' \n' >says
    grep -qF '"Env":["A=b","QUOTED=cd"]' says
    grep -qF '"Entrypoint":["sh","-c"]' says
    for blob in layout/blobs/sha256/*; do
        tar -tf "$blob" 2>/dev/null || true
    done >list
    grep -qx data/ list
    if grep 'ch/.' list; then
        fail_with "the files are in the layer"
    fi
    # what a user changed holds, whatever config.json says
    convert -q layout ./again
    echo A=new >again/ch/environment
    rm again/ch/entrypoint
    convert -q ./again oci:layout
    document layout config | tr -d ' \n' >says
    grep -qF '"Env":["A=new"]' says
    if grep Entrypoint says; then
        fail_with "the entrypoint is back"
    fi
}

@test "a damaged configuration is an error" {
    mkdir -p tree/{ch,data}
    echo '{' >tree/ch/config.json
    refuses "/ch/config.json: line 1" ./tree oci:layout
    rm tree/ch/config.json
    echo text >tree/ch/cmd
    refuses "ch/cmd" ./tree oci:layout
    ln tree/ch/cmd tree/data/cmd
    refuses "/data/cmd is another name" ./tree oci:layout
}

@test "a tag is added to a layout, and takes the place of its like" {
    mkdir -p one two
    echo one >one/file
    echo two >two/file
    convert -q ./one oci:layout:first
    convert -q ./two oci:layout:second
    convert -q ./two oci:layout:first
    for tag in first second; do
        convert -q oci:layout:$tag ./again
        [ "$(cat again/file)" = two ]
    done
    convert -q ./one oci:layout:example.org/a/b:1
    convert -q oci:layout:example.org/a/b:1 ./again
    [ "$(cat again/file)" = one ]
    refuses "--no-clobber: layout:first" --no-clobber ./one oci:layout:first
    convert -q --no-clobber ./one oci:layout:third
    refuses "--no-clobber: layout" --no-clobber ./one oci:layout
    refuses "not a tag" ./one "oci:layout:a b"
    refuses "not a name of an image" ./one "docker-archive:a:A b"
    # without a tag it replaces all
    convert -q ./one oci:layout
    [ "$(grep -o mediaType layout/index.json | wc -l)" -eq 2 ]
    [ "$(find layout/blobs -type f | wc -l)" -eq 3 ]
    mkdir other
    echo >other/file
    refuses "does not appear to be an image" ./one oci:other
    [ "$(stat -c %a layout)" = "$(stat -c %a layout/blobs)" ]
}

@test "the platform is written, and chosen by" {
    mkdir -p one
    echo one >one/file
    convert -q --platform=linux/arm/v7 ./one oci:layout:arm
    document layout config | tr -d ' \n' >says
    grep -qF '"architecture":"arm"' says
    grep -qF '"variant":"v7"' says
    refuses "no image for linux/s390x is in it" --platform=linux/s390x \
        oci:layout:arm ./again
    convert -q --platform=arm oci:layout:arm ./again
    grep -q '"arm"' again/ch/config.json
    convert -q ./again oci:layout:again
    document layout config | grep -q '"arm"'
    refuses "not a platform" --platform=a/b/c/d ./one oci:layout
    layers nested oci several
    convert -q --platform=linux/arm64 several ./nested
    [ "$(cat nested/data)" = "1 data" ]
    refuses "no image for linux/s390x is in it: linux/amd64, linux/arm64" \
        --platform=linux/s390x several ./other
}

@test "damaged images of layers are refused, and leave nothing" {
    for kind in damaged_layer damaged_manifest missing_blob digest_with_path \
        not_json foreign whiteout_dots link_to_nothing dotdot; do
        for form in oci oci-archive; do
            layers $kind $form image
            refuses "can't convert image" image ./tree ||
                fail_with "$kind $form"
            refuses "can't convert image" image tree.sqfs
            rm -r image
        done
    done
    layers layer_path docker-archive image
    refuses "can't convert image" image ./tree
}

@test "the same input gives the same layers, whatever the number of threads" {
    make_tree tree
    for out in oci oci-archive docker-archive; do
        convert -q --threads=1 ./tree $out:one
        sleep 1
        convert -q --threads=4 ./tree $out:four
        diff -r one four
        rm -r one four
    done
    SOURCE_DATE_EPOCH=1100000000 convert -q ./tree oci:dated
    document dated config | grep -qF '"created": "2004-11-09T11:33:20Z"'
}

@test "archives of layers go to pipes" {
    make_tree tree
    for format in oci-archive docker-archive; do
        convert -q ./tree $format:file
        convert -q ./tree $format:- | cat >piped
        cmp file piped
        convert -q ./tree -o $format - >redirected
        cmp file redirected
        : >appended
        convert -q ./tree $format:- >>appended
        cmp file appended
        rm file
    done
    [ "$(ls)" = "$(printf '%s\n' appended piped redirected tree)" ]
}

@test "a name that means a deletion is no file of a layer" {
    mkdir -p tree/data
    echo >tree/data/.wh.file
    refuses "can't put /data/.wh.file into a layer" ./tree oci:layout
    convert -q --exclude='.wh.*' ./tree oci:layout
}

@test "skopeo reads what is written, and writes what is read" {
    needs skopeo
    make_tree tree
    rm "tree/data/"$'\xff\xfe'
    echo A=b >tree/ch/environment
    convert -q ./tree oci:layout:tag
    convert -q ./tree oci-archive:archive:tag
    convert -q ./tree docker-archive:docker:example.org/image:1
    skopeo inspect oci:layout:tag | grep -q '"A=b"'
    for in in oci:layout:tag oci-archive:archive:tag docker-archive:docker; do
        for out in oci:o:new oci-archive:o:new docker-archive:o:new:1; do
            skopeo copy -q "$in" "$out"
            convert -q "$out" ./again
            cmp tree/data/big again/data/big
            [ again/data/file -ef again/usr/lib/second ]
            [ "$(cat again/ch/environment)" = A=b ]
            rm -r o again
        done
    done
}

@test "umoci unpacks what is written" {
    needs umoci
    make_tree tree
    chmod 755 tree/bin
    rm "tree/data/"$'\xff\xfe'
    convert -q ./tree oci:layout:tag
    umoci unpack --rootless --image layout:tag bundle >/dev/null 2>&1
    convert -q layout:tag ./again
    rm again/ch/environment
    touch -r bundle/rootfs/ch again/ch
    diff <("$FIXTURES/walk" bundle/rootfs) <("$FIXTURES/walk" again)
}

@test "killed or stopped, a layout is what it was" {
    mkdir -p one
    head -c 3000000 /dev/urandom >one/file
    convert -q ./one two.tar
    convert -q ./one oci:layout:one
    mkfifo pipe
    for signal in TERM KILL; do
        "$CH_BUILD/ch-convert" -q tar:pipe oci:layout:two 2>err 3>&- &
        exec 4>pipe
        head -c 2000000 two.tar >&4
        eventually 10 being_written layout
        kill -$signal $!
        wait $! || true
        exec 4>&-
        convert -q oci:layout:one ./again
        cmp one/file again/file
        refuses "no image has the tag two" oci:layout:two ./other
        left=$(find . -maxdepth 1 -name '.layout.part-*' | wc -l)
        if [ $signal = TERM ]; then [ "$left" -eq 0 ]; else [ "$left" -eq 1 ]; fi
    done
    convert -q two.tar oci:layout:two
    convert -q oci:layout:two ./again
    [ -z "$(find . -maxdepth 1 -name '.layout.part-*')" ]
}
