# ch-convert: --list, which tells what files are in an image.
# shellcheck disable=SC2030,SC2031  # a test is a subshell
# SPDX-License-Identifier: MIT

load ../modes

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
