# ch-convert: what tells of images: --list, --diff, --verify, progress.
# shellcheck disable=SC2030,SC2031  # a test is a subshell
# SPDX-License-Identifier: MIT

load ../convert

setup_file()
{
    make_fixtures
    TREE=$BATS_FILE_TMPDIR/tree
    export TREE
    make_tree "$TREE"
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
}

# make_tree DIR: a small image with one file of each kind.
make_tree()
{
    mkdir -p "$1"/{bin,data,usr/lib}
    echo text >"$1/data/file"
    ln "$1/data/file" "$1/usr/lib/second"
    ln -s usr/lib "$1/lib"
    echo 'x' >"$1/data/"$'line\nbreak \e[2J\xff\\'
    mkfifo "$1/data/fifo"
    truncate -s 3M "$1/data/holes"
    printf middle | dd of="$1/data/holes" bs=1 seek=1500000 conv=notrunc \
        status=none
    head -c 3000000 /dev/urandom >"$1/data/big"
    chmod 4755 "$1/data/big"
    chmod 1770 "$1/bin"
    xattr "$1/data/file" user.name value
    touch -hd @1000000000 "$1/data/file" "$1/data/big" "$1/lib" "$1/bin"
}

# xattr FILE NAME VALUE
xattr()
{
    python3 -c 'import os, sys
os.setxattr(sys.argv[1], sys.argv[2], sys.argv[3].encode())' "$@"
}

# has_line TEXT: among those of the last "run".
has_line()
{
    # shellcheck disable=SC2154
    printf '%s\n' "${lines[@]}" | grep -qxF -- "$1" ||
        fail_with "no line: $1; got: $output"
}

# trouble TEXT ARG...: ch-convert ends with status 1, or 2 with --diff, and one
# line of error that has TEXT.
trouble()
{
    local text=$1 wanted=1
    shift
    [[ " $* " != *" --diff "* ]] || wanted=2
    run convert -q "$@"
    expect_status "$wanted"
    if [ "${#lines[@]}" -ne 1 ] || [[ $output != *"error: "*"$text"* ]]; then
        fail_with "expected one line of error with: $text; got: $output"
    fi
}

@test "--list shows files of every format as they are" {
    convert -q "$TREE" image.sqfs
    convert -q "$TREE" image.tar.zst
    for image in image.sqfs image.tar.zst; do
        run convert --list "$image"
        expect_status 0
        has_line "drwxrwx--T 0/0       0 2001-09-09 01:46:40 /bin"
        has_line "-rwsr-xr-x 0/0 3000000 2001-09-09 01:46:40 /data/big"
        has_line "lrwxrwxrwx 0/0       0 2001-09-09 01:46:40 /lib -> usr/lib"
        has_line "-rw-r--r-- 0/0       5 2001-09-09 01:46:40 /usr/lib/second link to /data/file"
        [[ $output == *"prw-r--r-- 0/0 "*" /data/fifo"* ]]
    done
    run convert --list "$TREE"
    expect_status 0
    [[ $output == *" /lib -> usr/lib"* ]]
    # nothing is added to it
    [[ $output != *" /mnt/0"* ]]
}

@test "--list is sorted, by directories" {
    mkdir -p tree/a
    touch tree/{a/x,a-b,b}
    convert --list ./tree | sed 's/.* //' >list
    printf '/%s\n' "" a a/x a-b b | diff - list
}

@test "--list shows names that can't break lines or drive a terminal" {
    for image in "$TREE" image.sqfs; do
        [ -e "$image" ] || convert -q "$TREE" "$image"
        run convert --list "$image"
        [[ $output == *" /data/line\\x0abreak \\x1b[2J\\xff\\\\"* ]]
        convert --list --json "$image" | python3 -c '
import json, sys
paths = [json.loads(line)["path"] for line in sys.stdin]
assert "/data/line\nbreak \033[2J\ufffd\\" in paths, paths'
    done
}

@test "--list --json is a line of JSON for each file" {
    convert -q "$TREE" image.tar
    convert --list --json image.tar | python3 -c '
import json, sys
files = {f["path"]: f for f in map(json.loads, sys.stdin)}
assert files["/data/big"] == {"path": "/data/big", "type": "file",
    "mode": "4755", "uid": 0, "gid": 0, "mtime": 1000000000, "size": 3000000}
assert files["/lib"]["type"] == "link"
assert files["/lib"]["target"] == "usr/lib"
assert files["/usr/lib/second"]["linkTo"] == "/data/file"
assert files["/data/fifo"]["type"] == "pipe"'
}

@test "--list reads an archive from a pipe, and leaves out what is excluded" {
    convert -q "$TREE" - | convert --list --exclude='/data/b*' - >list
    [ "$(grep -c '[0-9] /data/file$' list)" -eq 1 ]
    [ "$(grep -c ' /data/big' list)" -eq 0 ]
}

@test "what comes below a link, or twice, is listed where it is unpacked" {
    mkdir -p one/usr/lib two/lib
    ln -s usr/lib one/lib
    echo longer >two/lib/file
    echo x >one/usr/lib/file
    tar -cf image.tar -C one usr lib -C ../two lib/file
    convert --list image.tar | grep '/file$' >list
    [ "$(wc -l <list)" -eq 1 ]
    [[ $(cat list) == *" 7 "*" /usr/lib/file" ]]
}

@test "--diff says that a conversion is equal, whichever way" {
    convert -q --xattrs "$TREE" image.sqfs
    convert -q --xattrs "$TREE" image.tar.gz
    convert -q --xattrs image.tar.gz ./image
    for a in "$TREE" image.sqfs image.tar.gz ./image; do
        for b in "$TREE" image.sqfs image.tar.gz ./image; do
            run convert --diff --xattrs --times "$a" "$b"
            expect_status 0
            [[ $output == *"]: equal" ]]
        done
    done
}

@test "--diff tells each difference in a line, and ends with 1" {
    cp -a "$TREE" other
    rm other/data/fifo
    echo more >other/data/more
    echo TEXT >other/data/changed
    echo text >tmp
    cp -a "$TREE" ./tree
    cp tmp tree/data/changed
    touch -d @5 tree/data/changed other/data/changed
    chmod 700 other/usr/lib
    echo longer >other/data/big
    ln -sfn data other/lib
    rm other/bin -r
    echo file >other/bin
    cp --remove-destination -a other/data/file other/usr/lib/second
    convert -q ./tree a.sqfs
    convert -q ./other b.tar
    run convert --diff a.sqfs b.tar
    expect_status 1
    has_line "type     /bin: directory, file"
    has_line "size     /data/big: 3000000, 7"
    has_line "mode     /data/big: 4755, 0755"
    has_line "content  /data/changed"
    has_line "removed  /data/fifo"
    has_line "added    /data/more"
    has_line "target   /lib: usr/lib, data"
    has_line "mode     /usr/lib: 0755, 0700"
    has_line "links    /usr/lib/second: /data/file, itself"
    [[ $output == *"]: differences: 9" ]] || fail_with "$output"
    run convert -q --diff --json a.sqfs b.tar
    expect_status 1
    has_line '{"difference":"content","path":"/data/changed"}'
    has_line '{"difference":"mode","path":"/usr/lib","a":"0755","b":"0700"}'
    run convert -q --diff a.sqfs b.tar \
        --ignore=removed,added,type,size,content,target,links,mode
    expect_status 0
    expect_output ""
}

@test "--diff sees owners, times and attributes, when they are kept" {
    convert -q --owner=root "$TREE" a.tar
    convert -q --owner=mine --xattrs "$TREE" b.sqfs
    run convert -q --diff a.tar b.sqfs
    expect_status 1
    has_line "owner    /data/file: 0:0, $(id -u):$(id -g)"
    run convert -q --diff --ignore=owner a.tar b.sqfs
    expect_status 0
    convert -q --mtime=7 --owner=root "$TREE" c.tar
    run convert -q --diff a.tar c.tar
    expect_status 0
    run convert -q --diff --times a.tar c.tar
    expect_status 1
    has_line "time     /data/file: 2001-09-09 01:46:40, 1970-01-01 00:00:07"
    run convert -q --diff --xattrs --ignore=owner a.tar b.sqfs
    expect_status 1
    expect_output "xattrs   /data/file: none, user.name=\"value\""
}

@test "--diff says which extended attributes differ" {
    mkdir one two
    echo text | tee one/file >two/file
    xattr one/file user.same x
    xattr two/file user.same x
    xattr one/file user.changed before
    xattr two/file user.changed $'line\n'
    xattr one/file user.long "$(printf %050d 1)"
    run convert -q --diff --xattrs ./one ./two
    expect_status 1
    long=$(printf %050d 1 | sha256sum | cut -d ' ' -f 1)
    expect_output "xattrs   /file: user.changed=\"before\" \
user.long=sha256:$long, user.changed=0x6c696e650a"
    run convert -q --diff --xattrs --json ./two ./one
    expect_status 1
    [[ $output == *'"a":"user.changed=0x6c696e650a"'* ]]
}

@test "--diff takes images as conversions do: mount points, devices, /dev" {
    mkdir -p one/data two/{data,mnt/0,dev/shm}
    echo >two/dev/file
    run convert -q --diff ./one ./two
    expect_status 0
    mkdir two/mnt/10
    run convert -q --diff ./one ./two
    expect_status 1
    expect_output "added    /mnt/10"
}

@test "--diff of what can't be read ends with 2" {
    mkdir tree
    echo text >tree/file
    convert -q ./tree image.tar.gz
    head -c 100 image.tar.gz >cut.tar.gz
    trouble "none" --diff ./tree none
    trouble "can't read cut.tar.gz" --diff ./tree cut.tar.gz
    trouble "expected A and B" --diff ./tree
    trouble "--none: no such option" --none --diff ./tree ./tree
    trouble '"--diff" incompatible with "--list"' --diff --list ./tree ./tree
    trouble "no kind of differences: colour" --diff --ignore=colour ./tree ./tree
}

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
    run convert --diff --times "$TREE" three.tar
    expect_status 0
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

@test "--diff compares what a configuration means" {
    cp -a "$TREE" tree
    mkdir tree/ch
    printf '%s\n' NAME=value '# a comment' "TWO=' words '" >tree/ch/environment
    convert -q ./tree oci:layout
    convert -q oci:layout image.tar
    for a in ./tree layout image.tar; do
        for b in ./tree layout image.tar; do
            run convert --diff "$a" "$b"
            expect_status 0
        done
    done
    echo NAME=other >tree/ch/environment
    run convert -q --diff ./tree layout
    expect_status 1
    expect_output "content  /ch/environment"
}

@test "a summary tells what was made, and -q tells nothing" {
    run convert "$TREE" image.tar.gz
    expect_status 0
    [[ ${lines[-1]} =~ done:\ [0-9]+\ files,\ [0-9]+\ MiB,\ written\ as\ [0-9]+\ MiB\ \([0-9]+\ %\),\ in\ [0-9.]+\ s$ ]]
    run convert -q "$TREE" image.tar.gz
    expect_status 0
    expect_output ""
}
