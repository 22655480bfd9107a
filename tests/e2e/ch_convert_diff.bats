# ch-convert: --diff, which tells what differs between two images.
# shellcheck disable=SC2030,SC2031  # a test is a subshell
# SPDX-License-Identifier: MIT

load ../modes

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
