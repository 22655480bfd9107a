# Images by name, in Charliecloud's storage directory.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2154 # subshells; variables of bats

load ../helper

setup_file()
{
    make_fixtures
    export STORAGE=$BATS_FILE_TMPDIR/store.ch
    mkdir -p "$STORAGE/img"
    cp -a "$ROOT" "$STORAGE/img/host+5050%foo"
    cp "$SQUASH" "$STORAGE/img/host+5050%bar+tag"
}

@test "a name is found in the storage directory" {
    for name in host:5050/foo host:5050/bar:tag; do
        run ch_run -s "$STORAGE" "$name" -- echo hello
        expect_output hello
        run ch_run --storage="$STORAGE" "$name" -- echo hello
        expect_output hello
        CH_IMAGE_STORAGE=$STORAGE run ch_run "$name" -- echo hello
        expect_output hello
    done
}

@test "-s goes before CH_IMAGE_STORAGE, and an empty one is none" {
    CH_IMAGE_STORAGE=/no/such run ch_run -s "$STORAGE" host:5050/foo -- true
    expect_status 0
    CH_IMAGE_STORAGE='' run ch_run host:5050/foo -- true
    expect_error 31 "can't stat: host:5050/foo: No such file or directory"
}

@test "the default storage is /var/tmp/USER.ch" {
    user=ch-test-$$-$RANDOM
    mkdir -p "/var/tmp/$user.ch/img"
    ln -s "$ROOT" "/var/tmp/$user.ch/img/foo"
    USER=$user run ch_run foo -- echo hello
    rm -r "/var/tmp/$user.ch"
    expect_output hello
}

@test "what is in storage is a name, even if there is such a file" {
    cd "$(scratch)"
    mkdir -p host:5050
    : >host:5050/foo
    run ch_run -s "$STORAGE" host:5050/foo -- echo hello
    expect_output hello
    run ch_run -s "$STORAGE" ./host:5050/foo -- echo hello
    expect_error 31 "unknown image type"
}

@test "a path is a path, whatever is in storage" {
    mkdir -p "$(scratch)/img"
    cd "$(scratch)"
    mkdir -p "img/."
    run ch_run -s "$(scratch)" . -- true
    expect_status 49
    cp -a "$ROOT" tree
    run ch_run -s "$(scratch)" tree -- echo hello
    expect_output hello
}

@test "-w is refused with a name" {
    for name in host:5050/foo host:5050/bar:tag; do
        run ch_run -s "$STORAGE" -w "$name" -- true
        expect_error 31 "--write invalid when running by name: $name"
    done
}

@test "a directory in storage is not run by its path" {
    for path in "$STORAGE/img/host+5050%foo" \
        "$STORAGE/img/../img/./host+5050%foo"; do
        run ch_run -s "$STORAGE" "$path" -- true
        expect_error 31 "can't run directory images from storage (hint: run by name)"
    done
    run ch_run "$STORAGE/img/host+5050%foo" -- echo hello
    expect_output hello
}

@test "--unsafe allows both" {
    run ch_run -s "$STORAGE" --unsafe "$STORAGE/img/host+5050%foo" -- true
    expect_status 0
    run ch_run -s "$STORAGE" --unsafe -w host:5050/foo -- touch /data/new
    expect_status 0
    [ -e "$STORAGE/img/host+5050%foo/data/new" ]
}

@test "a storage directory that is not there is a warning, an empty name none" {
    for image in "${IMAGES[@]}"; do
        run ch_run -s /no/such "$image" -- echo hello
        expect_status 0
        [[ $output == *"warning: storage directory not found: /no/such"* ]]
    done
    run ch_run -s "" foo -- true
    expect_error 31 "--storage"
}

@test "a name as long as can be is not found" {
    run ch_run -s "$STORAGE" "$(printf '%05000d' 0)" -- true
    expect_status 31
}
