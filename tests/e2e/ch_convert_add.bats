# ch-convert: files that are put into an image on its way.
# shellcheck disable=SC2030,SC2031  # a test is a subshell
# SPDX-License-Identifier: MIT

load ../convert

setup_file()
{
    make_fixtures
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
    mkdir -p tree/usr/lib tree/opt/old tree/data
    ln -s usr/lib tree/lib
    echo original >tree/usr/lib/conf
    echo x >tree/opt/old/x
    chmod 750 tree/opt
    convert -q ./tree image.sqfs
    convert -q ./tree image.tar
}

# differs A B LINE...: so says --diff.
differs()
{
    local a=$1 b=$2
    shift 2
    run convert -q --diff "$a" "$b"
    expect_status 1
    printf '%s\n' "$@" | diff <(echo "$output") - || fail_with "$output"
}

@test "a file is added, replaces what is there, and gets its parents" {
    echo new >file
    for pair in "image.sqfs out.tar" "image.tar out.sqfs" "image.tar ./out"; do
        # shellcheck disable=SC2086
        convert -q --add=file:/a/b/c --add file:/opt/old --add file:/data/ $pair
        differs image.sqfs "${pair#* }" "added    /a" "added    /a/b" \
            "added    /a/b/c" "added    /data/file" \
            "type     /opt/old: directory, file" "removed  /opt/old/x"
    done
    # once in the archive, and no directory that was there
    [ "$(tar -tf out.tar | grep -c opt/old)" -eq 1 ]
    [ "$(tar -tf out.tar | grep -cx 'opt/')" -eq 1 ]
    [ "$(cat out/a/b/c)" = new ]
}

@test "a tree is added to what is there, through links of the image, too" {
    mkdir -p site/lib/python
    echo new >site/lib/conf
    echo py >site/lib/python/a
    ln site/lib/python/a site/lib/python/b
    ln -s a site/lib/python/c
    truncate -s 1M site/lib/hole
    chmod 700 site
    for pair in "image.sqfs out.tar" "image.tar out.sqfs" "image.tar ./out"; do
        # shellcheck disable=SC2086
        convert -q --add=site/.:/ $pair
        differs image.sqfs "${pair#* }" "size     /usr/lib/conf: 9, 4" \
            "added    /usr/lib/hole" "added    /usr/lib/python" \
            "added    /usr/lib/python/a" "added    /usr/lib/python/b" \
            "added    /usr/lib/python/c"
    done
    [ out/usr/lib/python/a -ef out/usr/lib/python/b ]
    [ "$(cat out/lib/conf)" = new ]
    [ "$(stat -c %b out/usr/lib/hole)" -lt 100 ]
    convert -q --add=site:/opt/ image.tar other.sqfs
    convert --list other.sqfs | grep -q ' /opt/site/lib/python/a$'
}

@test "what is added is root's, unless --owner says otherwise" {
    echo new >file
    convert -q --add=file:/file image.tar out.sqfs
    convert --list out.sqfs | grep -q '^-rw-r--r-- 0/0 .* /file$'
    convert -q --owner=mine --add=file:/file image.tar out.sqfs
    convert --list out.sqfs | grep -q "^-rw-r--r-- $(id -u)/$(id -g) .* /file$"
}

@test "--self puts this program and its links into the image" {
    convert -q --self "$ROOT" out.sqfs
    convert -q --self out.sqfs out.tar
    convert -q out.tar ./out
    cmp "$CH_BUILD/ch" out/usr/bin/ch
    [ "$(readlink out/usr/bin/ch-convert)" = ch ]
    [ -x out/usr/bin/ch ]
    run ch_run out.sqfs -- /usr/bin/ch --list
    expect_status 0
    [ "$output" = "$("$CH_BUILD/ch" --list)" ]
}

@test "--self adds what everybody may execute, whoever may run it here" {
    cp "$CH_BUILD/ch" ch-convert
    chmod 700 ch-convert
    timeout 60 ./ch-convert -q --self image.sqfs out.tar
    convert --list out.tar | grep -q '^-rwxr-xr-x 0/0 .* /usr/bin/ch$'
}

@test "an image becomes one of its own format if something is changed" {
    echo new >file
    refuses "formats must be different" image.sqfs other.sqfs
    convert -q --add=file:/file image.sqfs other.sqfs
    differs image.sqfs other.sqfs "added    /file"
    convert -q --add=file:/file image.sqfs image.sqfs
    run convert --diff image.sqfs other.sqfs
    expect_status 0
    convert -q --compress=gzip image.sqfs gzip.sqfs
    convert --info gzip.sqfs | grep -q gzip
    convert -q --mtime=1 gzip.sqfs gzip.sqfs
    convert --list gzip.sqfs | grep -q '1970-01-01 .*/file$'
    convert -q --compress=zstd image.tar image.tar.zst
    run convert --diff image.tar image.tar.zst
    expect_status 0
}

@test "-n says what would be added" {
    echo new >file
    run convert -n --self --add=file:/opt/ image.sqfs out.tar
    expect_status 0
    [[ $output == *"added: /usr/bin/ch, from this program"* ]]
    [[ $output == *"added: /usr/bin/ch-run, a link to ch"* ]]
    [[ $output == *"added: /opt/file, from file"* ]]
    refuses "can't add none" -n --add=none:/x image.sqfs out.tar
    [ ! -e out.tar ]
}

@test "what can't be added is said in one line" {
    echo new >file
    mkfifo fifo
    mkdir -p locked/in
    chmod 0 locked/in
    refuses "can't add none: No such file" --add=none:/x image.sqfs out.tar
    refuses "neither a file nor a directory" --add=fifo:/x image.sqfs out.tar
    refuses "not SRC:DST" --add=file image.sqfs out.tar
    refuses "not SRC:DST" --add=file:x image.sqfs out.tar
    refuses 'a name with ".."' --add=file:/../x image.sqfs out.tar
    refuses "/dev is the host's" --add=file:/dev/x image.sqfs out.tar
    refuses "can't add locked: can't read /in: Permission denied" \
        --add=locked:/x image.sqfs out.tar
    refuses "nothing is added" --verify --add=file:/x image.sqfs
    chmod 755 locked/in
}

@test "of a file with several names only the one is replaced" {
    echo new >file
    mkdir tree/aa
    head -c 300000 /dev/urandom >tree/aa/one
    truncate -s 9M tree/aa/one
    ln tree/aa/one tree/aa/two
    ln tree/aa/one tree/usr/three
    ln tree/aa/one tree/usr/four
    ln -s somewhere tree/aa/five
    ln tree/aa/five tree/usr/six
    chmod 640 tree/aa/one
    # the file itself is the first of its names, and the added one is the first
    tar -S --owner=0 --group=0 -cf linked.tar -C tree aa usr
    convert -q linked.tar linked.sqfs
    convert -q linked.tar oci:linked.oci
    for from in linked.tar linked.sqfs linked.oci; do
        for to in ./out out.sqfs out.tar out.tar.zst; do
            rm -rf out out.*
            convert -q --add=file:/aa/one --add=file:/aa/five $from $to
            differs linked.tar $to "type     /aa/five: link, file" \
                "size     /aa/one: 9437184, 4" \
                "mode     /aa/one: 0640, 0644" \
                "links    /aa/two: /aa/one, itself" \
                "links    /usr/four: /aa/one, /aa/two" \
                "links    /usr/three: /aa/one, /aa/two"
        done
        # all of a directory, by a file
        convert -q --add=file:/aa $from ./other
        [ "$(cat other/aa)" = new ]
        cmp tree/aa/one other/usr/three
        [ other/usr/three -ef other/usr/four ]
        [ "$(stat -c %a other/usr/four)" = 640 ]
        # layers have no holes
        [ $from = linked.oci ] || [ "$(stat -c %b other/usr/four)" -lt 2000 ]
        [ "$(readlink other/usr/six)" = somewhere ]
        rm -rf other
    done
}
