# --inject: libraries of the host that a list names.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # scripts for sh within

load ../helper

setup_file()
{
    make_fixtures
    export DYNAMIC=$BATS_FILE_TMPDIR/dynamic
    "$CH_TESTS/data/dynamic.sh" "$DYNAMIC"
    export HOST=$DYNAMIC/host
}

setup()
{
    LIST=$BATS_TEST_TMPDIR/list
    IMAGES=("$DYNAMIC/root" "$DYNAMIC/image.sqfs")
}

# list LINE...: the list with these lines.
list()
{
    printf '%s\n' "$@" >"$LIST"
}

# of_tree: what a tree has, and its own cache.
of_tree()
{
    (cd "$DYNAMIC/root" && find . -ls && md5sum etc/ld.so.cache) | md5sum
}

@test "--inject: a program is linked with the library of the host" {
    before=$(of_tree)
    list "# for a test" "" "lib $HOST/libstand.so.1.2.3"
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- show
        expect_output image
        for option in -v -W --private-tmp; do
            run --separate-stderr ch_run $option --inject="$LIST" "$image" -- show
            expect_output host
        done
    done
    [ "$(of_tree)" = "$before" ]
}

@test "--inject: the libraries lie in /ch/lib, by file name and by soname" {
    list "lib $HOST/lib*.so*"
    for image in "${IMAGES[@]}"; do
        run ch_run --inject="$LIST" "$image" -- ls /ch/lib
        expect_output $'libstand.so.1\nlibstand.so.1.2.3'
    done
}

@test "--inject: what the image's cache had, and others ask for, stays" {
    cp "$HOST/libstand.so.1.2.3" "$BATS_TEST_TMPDIR/libother.so"
    list "lib $HOST/libstand.so.1.2.3"
    for image in "${IMAGES[@]}"; do
        for option in -v -W; do
            # glibc's own tool judges what is in it
            ch_run --inject="$LIST" $option "$image" -- \
                cat /etc/ld.so.cache >"$BATS_TEST_TMPDIR/cache" 2>/dev/null
            run env PATH="$PATH:/sbin" ldconfig -p -C "$BATS_TEST_TMPDIR/cache"
            [[ $output == *"libstand.so.1 "*"=> /ch/lib/libstand.so.1"* ]] ||
                fail_with "$output"
            [[ $output == *"libc.so.6 "*"=> /lib"* ]] || fail_with "$output"
            [[ $output != *"/usr/lib/stand"* ]] || fail_with "$output"
        done
    done
}

@test "--inject: an image with glibc but without a cache gets one" {
    cp -a "$DYNAMIC/root" "$BATS_TEST_TMPDIR/own"
    rm "$BATS_TEST_TMPDIR/own/etc/ld.so.cache"
    list "lib $HOST/libstand.so.1.2.3"
    run ch_run --inject="$LIST" "$BATS_TEST_TMPDIR/own" -- show
    expect_output host
    [ ! -e "$BATS_TEST_TMPDIR/own/etc/ld.so.cache" ]
}

@test "--inject: a damaged cache of the image's is told, and made anew" {
    cp -a "$DYNAMIC/root" "$BATS_TEST_TMPDIR/own"
    list "lib $HOST/libstand.so.1.2.3"
    for damage in "head -c 100" "head -c 0" "tr e x"; do
        $damage <"$DYNAMIC/root/etc/ld.so.cache" \
            >"$BATS_TEST_TMPDIR/own/etc/ld.so.cache"
        run ch_run --inject="$LIST" "$BATS_TEST_TMPDIR/own" -- show
        [[ $output == *"the image's can't be used: "*$'\nhost' ]] ||
            fail_with "$output"
    done
}

@test "--inject: where no linker reads a cache, LD_LIBRARY_PATH is set" {
    list "lib $HOST/libstand.so.1.2.3"
    for image in "$ROOT" "$SQUASH"; do
        run ch_run --inject="$LIST" "$image" -- \
            sh -c 'echo "$LD_LIBRARY_PATH"; ls /ch/lib /etc'
        [[ ${lines[0]} == *"found by \$LD_LIBRARY_PATH"* ]] ||
            fail_with "$output"
        [ "${lines[1]}" = /ch/lib ]
        [[ $output != *ld.so.cache$'\n'* ]] || fail_with "$output"
        run --separate-stderr ch_run --inject="$LIST" \
            --set-env=LD_LIBRARY_PATH=/mine "$image" -- sh -c 'echo "$LD_LIBRARY_PATH"'
        expect_output /ch/lib:/mine
    done
}

@test "--inject: binds and variables, in the order of the command line" {
    echo one >"$BATS_TEST_TMPDIR/one"
    list "bind $BATS_TEST_TMPDIR/one:/mnt/x/one" "bind $BATS_TEST_TMPDIR/one" \
        "env A=list" "env B+=first" "env C+=only"
    for image in "${IMAGES[@]}"; do
        run ch_run --set-env=A=1 --set-env=B=second --inject="$LIST" "$image" \
            -- sh -c 'echo $A $B $C; cat /mnt/x/one '"$BATS_TEST_TMPDIR/one"
        expect_output $'list first:second only\none\none'
        run ch_run --inject="$LIST" --set-env=A=2 "$image" -- sh -c 'echo $A'
        expect_output 2
    done
}

@test "--inject: a bind may be read-only" {
    list "bind $(scratch):/mnt/x:ro" "bind $(scratch):ro"
    for image in "${IMAGES[@]}"; do
        run ch_run --inject="$LIST" "$image" -- sh -c '
            ! echo >/mnt/x/a && ! echo >"$0/a"' "$(scratch)"
        expect_status 0
    done
}

@test "--inject: what is optional may be missing" {
    list "optional lib /no/such.so" "optional bind /no/such:/mnt" "env A=1" \
        "optional lib $HOST/*.so.9"
    for image in "${IMAGES[@]}"; do
        run ch_run --inject="$LIST" "$image" -- sh -c 'echo $A'
        expect_output 1
    done
}

@test "--inject: a wrong line is told with its file and number" {
    : >"$BATS_TEST_TMPDIR/text"
    while IFS='|' read -r line text; do
        list "# first" "$line"
        run ch_run --inject="$LIST" "$DYNAMIC/root" -- true
        expect_error 31 "$LIST:2: $text"
    done <<EOF
lib /no/such.so|/no/such.so: No such file or directory
lib /no/*.so|/no/*.so: No such file or directory
lib libx.so|not an absolute path: libx.so
lib $BATS_TEST_TMPDIR/text|not a shared library: $BATS_TEST_TMPDIR/text
lib|nothing follows "lib"
bind /no/such|/no/such: No such file or directory
bind x:/y|not an absolute path: x
bind /tmp:y|not an absolute path: y
bind /tmp:/|can't bind at the root: /
bind /tmp:/..|can't bind at the root: /..
env X|not NAME=VALUE: X
env =x|not NAME=VALUE: =x
env +=x|not NAME+=ITEM
optional env X=1|a variable can't be optional
optional|expected bind, lib or env, and got:
frob /x|expected bind, lib or env, or optional before it, and got: frob
EOF
    printf 'lib /x\0y\n' >"$LIST"
    run ch_run --inject="$LIST" "$DYNAMIC/root" -- true
    expect_error 31 "$LIST: not a text"
    run ch_run --inject=/no/list "$DYNAMIC/root" -- true
    expect_error 31 "can't open: /no/list: No such file or directory"
}

# example NAME FILE...: the list of doc/inject, with a host that has these.
example()
{
    local file
    sed "s| /opt/| $BATS_TEST_TMPDIR/opt/|; s| /usr/| $BATS_TEST_TMPDIR/usr/|" \
        "$CH_TESTS/../doc/inject/$1" >"$LIST"
    shift
    for file; do
        mkdir -p "$BATS_TEST_TMPDIR${file%/*}"
        cp "$HOST/libstand.so.1.2.3" "$BATS_TEST_TMPDIR$file"
    done
}

@test "the example for Cray's libfabric works" {
    example cray-libfabric.list /opt/cray/libfabric/1.22.0/lib64/libfabric.so.1 \
        /usr/lib64/libcxi.so.1
    for image in "${IMAGES[@]}"; do
        run ch_run --inject="$LIST" "$image" -- \
            sh -c 'show; ls /ch/lib; echo $FI_PROVIDER'
        expect_output $'host\nlibcxi.so.1\nlibfabric.so.1\nlibstand.so.1\ncxi'
    done
}

@test "the example for OpenMPI works" {
    prefix=/opt/openmpi-5.0
    example openmpi.list $prefix/lib/libmpi.so.40 \
        $prefix/lib/libopen-pal.so.80 $prefix/lib/libpmix.so.2
    for image in "${IMAGES[@]}"; do
        run ch_run --set-env=PATH=/bin --inject="$LIST" "$image" -- \
            sh -c 'show; ls /ch/lib; echo $OPAL_PREFIX; echo $PATH'
        expect_output "host
libmpi.so.40
libopen-pal.so.80
libpmix.so.2
libstand.so.1
/opt/openmpi-5.0
/opt/openmpi-5.0/bin:/bin"
    done
}
