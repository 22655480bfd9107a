# ch-convert: runtime bundles, made and read.
# SPDX-License-Identifier: MIT

load ../convert

setup_file()
{
    make_fixtures
    build_walk
    ARCHIVE=$BATS_FILE_TMPDIR/image.tar
    export ARCHIVE
    layout config "$ARCHIVE"
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
    export XDG_RUNTIME_DIR=$PWD
}

layout()
{
    python3 "$CH_TESTS/data/layouts.py" "$1" docker-archive "$2" /bin/busybox
}

# config DIR EXPRESSION: what Python makes of a bundle's config.json, "c".
config()
{
    python3 -c 'import json, sys
c = json.load(open(sys.argv[1] + "/config.json"))
print(eval(sys.argv[2]))' "$1" "$2"
}

# listed DIR: all but times, as those of files that are added differ.
listed()
{
    "$FIXTURES/walk" "$1" | grep -v '^\./ch\|^\. ' |
        sed -E 's/^([^ ]+ [0-7]+) [0-9]+/\1/'
}

# user_of SETTING: an image with that user becomes a bundle.
user_of()
{
    mkdir -p tree/{bin,usr,dev,etc,ch}
    printf '%s\n' root:x:0:0::/:/bin/sh name:x:1000:100:Name:/:/bin/sh \
        >tree/etc/passwd
    printf '%s\n' root:x:0: users:x:100:name team:x:2000: >tree/etc/group
    printf '{"config": {"User": "%s"}}' "$1" >tree/ch/config.json
    rm -rf bundle
    for input in tree image.tar; do
        rm -rf bundle
        [ $input = tree ] || convert -q tree image.tar
        convert -q ./$input bundle:bundle
        config bundle '"%(uid)d:%(gid)d" % c["process"]["user"]'
    done | uniq
}

@test "a bundle's config.json is what the image says" {
    convert -q "$ARCHIVE" bundle:bundle
    [ "$(ls -A bundle)" = $'config.json\nrootfs' ]
    run config bundle 'c["process"]["args"]'
    expect_output "['/bin/sh', '-c', 'echo \"\$0:\$1\"', 'one', 'two\\nlines']"
    run config bundle 'c["process"]["env"]'
    expect_output "['PATH=/bin', 'COLOUR=dark blue', 'EMPTY=']"
    run config bundle 'c["process"]["cwd"], c["annotations"], c["root"]'
    expect_output "('/bin', {'a': 'b'}, {'path': 'rootfs', 'readonly': False})"
    run config bundle 'c["linux"]["uidMappings"]'
    expect_output "[{'containerID': 0, 'hostID': $(id -u), 'size': 1}]"
    [ "$(stat -c %a bundle)" = "$(printf %o $((0777 & ~$(umask))))" ]
}

@test "the user of an image is its number in the bundle" {
    [ "$(user_of name)" = 1000:100 ]
    [ "$(user_of name:team)" = 1000:2000 ]
    [ "$(user_of 1000)" = 1000:100 ]
    [ "$(user_of 77:team)" = 77:2000 ]
    [ "$(user_of 77)" = 77:0 ]
    [ "$(user_of 0:0)" = 0:0 ]
}

@test "a user that the image does not know is told" {
    user_of none >/dev/null 2>&1
    run convert --out-fmt bundle --no-clobber ./tree other
    expect_status 0
    [[ $output == *"the image's user is not in its /etc/passwd"*": none"* ]]
    run config other 'c["process"]["user"]["uid"]'
    expect_output 0
}

@test "ch-oci runs a bundle of each kind" {
    convert -q "$ARCHIVE" bundle:dir
    convert -q --compress=zstd "$ARCHIVE" bundle:file
    [ "$(ls -A file)" = $'config.json\nrootfs.sqfs' ]
    for bundle in dir file; do
        run timeout 60 "$CH_BUILD/ch" oci run -b $bundle "b$$" </dev/null
        expect_status 0
        expect_output $'one:two\nlines'
    done
}

@test "an image comes back from a bundle of each kind" {
    convert -q "$ARCHIVE" ./expected
    for codec in "" --compress=gzip; do
        # shellcheck disable=SC2086
        convert -q $codec "$ARCHIVE" bundle:bundle
        convert -q bundle ./image # told by what is there
        diff <(listed expected) <(listed image)
        run ch_run ./image
        expect_output $'one:two\nlines'
        convert -q bundle docker-archive:back.tar
        run python3 -c 'import json, tarfile
t = tarfile.open("back.tar")
m = json.load(t.extractfile("manifest.json"))[0]
c = json.load(t.extractfile(m["Config"]))["config"]
print(c["Labels"], c["WorkingDir"], c["Env"])'
        expect_output \
            "{'a': 'b'} /bin ['PATH=/bin', 'COLOUR=dark blue', 'EMPTY=']"
    done
}

@test "what was changed in config.json holds" {
    convert -q "$ARCHIVE" bundle:bundle
    mkdir -p bundle/rootfs/ch
    echo OLD=1 >bundle/rootfs/ch/environment
    sed -i 's/dark blue/red/' bundle/config.json
    convert -q bundle image.sqfs
    # shellcheck disable=SC2016  # of the container
    run ch_run image.sqfs --set-env -- sh -c 'echo $COLOUR $OLD'
    expect_output red
}

@test "a bundle is replaced by another, and nothing else is" {
    convert -q "$ARCHIVE" bundle:bundle
    touch bundle/rootfs/old
    convert -q "$ARCHIVE" bundle:bundle
    [ ! -e bundle/rootfs/old ]
    refuses "exists, not deleting" --no-clobber "$ARCHIVE" bundle:bundle
    mkdir other
    touch other/file
    refuses "does not appear to be an image" "$ARCHIVE" bundle:other
    [ -e other/file ]
}

@test "a bundle that can't be read is an error" {
    mkdir -p bundle/rootfs/{bin,dev,usr}
    refuses "config.json" bundle:bundle ./image
    echo '{"ociVersion": "1.0.0"}' >bundle/config.json
    refuses "root.path is missing" bundle:bundle ./image
    echo 'no JSON' >bundle/config.json
    refuses "config.json" bundle:bundle ./image
    echo '{"root": {"path": "none"}}' >bundle/config.json
    refuses "can't open the bundle's root none" bundle:bundle ./image
    mkfifo bundle/pipe
    echo '{"root": {"path": "pipe"}}' >bundle/config.json
    refuses "neither a directory nor a file" bundle:bundle ./image
    echo '{"root": {"path": "rootfs"}, "process": {"args": [1]}}' \
        >bundle/config.json
    refuses '"Cmd" is not a list of strings' bundle:bundle ./image
    echo text >bundle/text
    echo '{"root": {"path": "text"}}' >bundle/config.json
    refuses "not a SquashFS image" bundle:bundle ./image
}

@test "a bundle is made whole or not at all" {
    head -c 1000000 "$SQUASH" >cut.sqfs
    refuses cut.sqfs cut.sqfs bundle:bundle
    refuses "larger than" --max-size=1M "$SQUASH" bundle:bundle
}

@test "files are added to a bundle's, whose own files of the command stay" {
    echo new >file
    convert -q "$ARCHIVE" bundle:bundle
    for out in out.sqfs out.tar ./out; do
        convert -q --add=file:/opt/file bundle $out
        run convert --diff bundle $out
        expect_status 1
        [ "$(grep -c . <<<"$output")" -eq 3 ]
        [[ $output == *"added    /opt/file"* ]]
    done
    run ch_run ./out
    expect_output $'one:two\nlines'
}

@test "ch-run of a bundle says what runs it" {
    convert -q "$ARCHIVE" bundle:bundle
    run ch_run ./bundle -- /bin/true
    expect_error 31 "a runtime bundle"
    ch_run bundle/rootfs -- /bin/busybox true
}
