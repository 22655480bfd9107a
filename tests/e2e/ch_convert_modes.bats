# ch-convert: --verify and --info, holes, and what is told of progress.
# shellcheck disable=SC2030,SC2031  # a test is a subshell
# SPDX-License-Identifier: MIT

load ../modes

@test "--verify reads all, and names what is damaged" {
    for suffix in tar.gz tar.zst sqfs; do
        convert -q "$TREE" "image.$suffix"
        run convert --verify "image.$suffix"
        expect_status 0
        [[ $output == *"]: undamaged: "*" files, "* ]]
    done
    run convert --verify "$TREE"
    expect_status 0
    # random bytes are stored as they are: a block that can be compressed, by
    # gzip, which has a checksum
    mkdir tree
    seq 100000 >tree/numbers
    echo text >tree/text
    convert -q --compress=gzip ./tree numbers.sqfs
    dd if=/dev/zero of=numbers.sqfs bs=1 seek=1000 count=1000 conv=notrunc \
        status=none
    run convert -q --verify numbers.sqfs
    expect_status 1
    [[ ${lines[0]} == *"damaged: /numbers: "* ]]
    [[ ${lines[1]} == *"error: numbers.sqfs: damaged: 1 of "*" files" ]]
    head -c 2500000 image.tar.zst >cut.tar.zst
    trouble "cut.tar.zst: can't read /data/big" --verify cut.tar.zst
}

@test "--verify holds the layers of an image against their digests" {
    convert -q "$TREE" oci:layout
    convert -q "$TREE" docker-archive:image.tar
    run convert --verify layout
    expect_status 0
    run convert --verify image.tar
    expect_status 0
    # some of the random ones, in which a format sees nothing odd
    printf XXXXXXXX | dd of=image.tar bs=1 seek=1000000 conv=notrunc status=none
    trouble "does not have the digest sha256:" --verify image.tar
    printf XXXXXXXX | dd of="$(find layout/blobs -size +1000k)" bs=1 seek=1000000 \
        conv=notrunc status=none
    trouble "layout: " --verify layout
}

@test "what is asked for together must fit" {
    trouble "expected an IMAGE" --list
    trouble "expected an IMAGE" --verify a b
    trouble '"--json" goes with' --json "$TREE" a.tar
    [ ! -e a.tar ]
}

@test "holes of files are kept by all formats" {
    convert -q "$TREE" one.sqfs
    convert -q one.sqfs one.tar
    convert -q one.tar two.sqfs
    convert -q two.sqfs ./image
    convert -q ./image three.tar
    [ "$(stat -c %s one.tar)" -lt 4000000 ]
    [ "$(stat -c %s three.tar)" -lt 4000000 ]
    [ "$(stat -c %s image/data/holes)" -eq $((3 << 20)) ]
    [ "$(stat -c %b image/data/holes)" -lt 1000 ]
    convert -q --compress=none three.tar docker-archive:four.tar
    convert -q --compress=none ./image oci:layout
    [ "$(stat -c %s "$(find layout/blobs -size +1000k)")" -lt 4000000 ]
    convert -q oci:layout ./unpacked
    [ "$(stat -c %b unpacked/data/holes)" -lt 1000 ]
    for image in three.tar four.tar layout ./unpacked; do
        run convert --diff --times "$TREE" "$image"
        expect_status 0
    done
}

@test "blocks of zeros become holes in a SquashFS file" {
    mkdir tree
    head -c 3000000 /dev/zero >tree/zeros
    convert -q --compress=none ./tree image.tar
    convert -q image.tar image.sqfs
    convert -q image.sqfs ./image
    [ "$(stat -c %s image/zeros)" -eq 3000000 ]
    [ "$(stat -c %b image/zeros)" -lt 1000 ]
}

# On a terminal of python's, an archive comes through a pipe that stays open
# until something is told.
@test "on a terminal a line tells how far it is, and is wiped" {
    convert -q "$TREE" image.tar
    mkfifo pipe
    cat >terminal.py <<'END'
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
data = open("image.tar", "rb").read()
with open("pipe", "wb", buffering=0) as pipe:
    pipe.write(data[:2000000])
    told = b""
    while b" files, " not in told:
        told += os.read(terminal, 4096)
    pipe.write(data[2000000:])
while True:
    try:
        more = os.read(terminal, 4096)
    except OSError:
        break
    if not more:
        break
    told += more
os.waitpid(pid, 0)
sys.stdout.write(repr(told.decode()))
END
    run timeout 60 python3 terminal.py "$CH_BUILD/ch-convert" tar:pipe ./image
    expect_status 0
    [[ $output == *'\r\x1b[K'*' files, '*'\r\x1b[K'* ]]
    [[ $output == *"done: "*" files, "* ]]
    [[ $output =~ done:\ [0-9]+\ files,\ [0-9]+\ MiB,\ in\ [0-9.]+\ s ]]
    [ -e image/data/big ]
}

@test "--info tells format, compression, configuration and sizes" {
    cp -a "$TREE" tree
    mkdir tree/ch
    printf '%s\n' NAME=value '# a comment' "TWO=' words '" >tree/ch/environment
    convert -q --compress=zstd:3 ./tree image.sqfs
    convert -q ./tree image.tar.xz
    convert -q ./tree oci:layout:tag
    for image in image.sqfs image.tar.xz layout:tag; do
        run convert --info "$image"
        expect_status 0
        has_line 'environment      "NAME=value" "TWO= words "'
        has_line "files.bytes      6145735"
    done
    run convert --info image.sqfs
    has_line "format           squash"
    has_line "compression      zstd"
    has_line "blockSize        131072"
    has_line "size             $(stat -c %s image.sqfs)"
    run convert --info image.tar.xz
    has_line "compression      xz"
    convert --info --json layout:tag | python3 -c '
import json, os, sys
info = json.load(sys.stdin)
assert info["format"] == "oci" and info["tag"] == "tag"
layer, = info["layers"]
name = "layout/blobs/" + layer["digest"].replace(":", "/")
assert os.stat(name).st_size == layer["size"]
assert info["environment"] == ["NAME=value", "TWO= words "]'
    convert --info - <image.tar.xz | grep -q '^files.bytes'
}

@test "a summary tells what was made, and -q tells nothing" {
    run convert "$TREE" image.tar.gz
    expect_status 0
    [[ ${lines[-1]} =~ done:\ [0-9]+\ files,\ [0-9]+\ MiB,\ written\ as\ [0-9]+\ MiB\ \([0-9]+\ %\),\ in\ [0-9.]+\ s$ ]]
    run convert -q "$TREE" image.tar.gz
    expect_status 0
    expect_output ""
}
