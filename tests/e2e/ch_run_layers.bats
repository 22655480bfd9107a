# Images of layers run as they are: OCI layouts and docker archives.
# shellcheck disable=SC2016,SC2030,SC2031  # inner shells; a test is a subshell
# SPDX-License-Identifier: MIT

load ../helper

BUSYBOX=${CH_BUSYBOX:-/bin/busybox}
FORMS=(oci oci-archive docker docker-archive)

setup_file()
{
    make_fixtures
}

# layers KIND [FORM]: make the image, as $IMAGE; it can be run.
layers()
{
    IMAGE=$BATS_TEST_TMPDIR/$1.${2:-oci}
    [ -e "$IMAGE" ] ||
        python3 "$CH_TESTS/data/layouts.py" "$1" "${2:-oci}" "$IMAGE" "$BUSYBOX"
}

in_layers()
{
    run timeout 100 "$CH_BUILD/ch-run" "$IMAGE" -- "$@"
}

# the_tree: what is in $IMAGE, but for what is in each.
the_tree()
{
    in_layers sh -c 'cd / && for f in $(find . \( -path ./bin -o -path ./dev \
        -o -path ./proc -o -path ./sys -o -path ./tmp -o -path ./etc -o \
        -path ./var -o -path ./mnt -o -path ./home -o -path ./root -o \
        -path ./opt -o -path ./ch \) -prune -o -print | sort); do
        if [ -L $f ]; then echo "$f > $(stat -c %N $f)"
        elif [ -d $f ]; then echo "$f/"
        else echo "$f: $(cat $f)"; fi; done' 
}

# expect_tree LINE...: of the last "run", without the root; a file as "a/b: 2",
# where 2 is the layer that it came from.
expect_tree()
{
    local expected got
    expected=$(printf '%s\n' "$@")
    got=$(sed -n 's/^\.\/\(.*: [0-9]*\) .*/\1/p; s/^\.\/\(.*\/\)$/\1/p
        s/^\.\/\(.*\) > .* -> .\(.*\).$/\1>\2/p' <<<"$output")
    [ "$got" = "$expected" ] || fail_with "expected:
$expected
got:
$got
of:
$output"
}

# no_layers TEXT: $IMAGE can't be run: one line with TEXT, nothing left.
no_layers()
{
    in_layers true
    expect_error 31 "can't unpack "
    expect_error 31 "$1"
    run leaves_nothing timeout 100 "$CH_BUILD/ch-run" "$IMAGE" -- true
    expect_status 0
}

@test "an image of layers is run, as directory and as archive" {
    for form in "${FORMS[@]}"; do
        layers plain "$form"
        in_layers cat /data
        expect_output "1 data"
    done
    for kind in plain_tar sha512; do
        layers $kind
        in_layers cat /data
        expect_output "1 data"
    done
}

@test "an archive of layers may be compressed" {
    for form in oci-archive docker-archive; do
        layers plain "$form"
        for compressor in gzip bzip2 xz zstd lz4; do
            $compressor <"$IMAGE" >"$BATS_TEST_TMPDIR/packed"
            run ch_run "$BATS_TEST_TMPDIR/packed" -- cat /data
            expect_output "1 data"
        done
    done
    export TMPDIR=$BATS_TEST_TMPDIR/tmp
    mkdir "$TMPDIR"
    run leaves_nothing "$CH_BUILD/ch-run" "$BATS_TEST_TMPDIR/packed" -- true
    expect_status 0
    [ -z "$(ls "$TMPDIR")" ]
}

@test "an archive of files is not taken for layers, nor decompressed twice" {
    for format in posix gnu; do
        tar -C "$ROOT" --format=$format -czf "$BATS_TEST_TMPDIR/image" .
        run ch_run -v "$BATS_TEST_TMPDIR/image" -- \
            cat /data/small/200
        expect_status 0
        [ "${lines[-1]}" = "file 200" ]
        if grep 'temporary file' <<<"$output"; then
            fail_with "$output"
        fi
    done
}

@test "what is newer takes the place of what is older" {
    for form in oci docker-archive; do
        layers replaced "$form"
        the_tree
        expect_tree back/ "back/new: 3" dir/ "dir-to-file: 2" "dir/file: 1" \
            "dir/new: 2" "file: 2" file-to-dir/ "file-to-dir/new: 2" kept/ \
            "kept/old: 1" "to-link>dir"
    done
}

@test "whiteouts hide what is older, and nothing else" {
    layers whiteouts
    the_tree
    expect_tree "again: 3" both/ "both/new: 2" dir/ "dir/third: 3" \
        "elsewhere: 1" late/ "late/new: 2" opaque/ "opaque/new: 2"
    layers whiteout_of_own
    the_tree
    expect_tree "a: 2" "b: 2"
    layers whiteout_first
    the_tree
    expect_tree "new: 3"
    layers opaque_root
    the_tree
    expect_tree
}

@test "hard links lead through layers" {
    layers links
    the_tree
    expect_tree "a: 1" "b: 1" "d: 1" dir/ "dir/c: 1" "e: 1" "f: 1"
    in_layers stat -c %h /a /b /dir/c /d /e /f
    expect_output $'6\n6\n6\n6\n6\n6'
}

@test "hard links to what is hidden have the file" {
    layers links_hidden
    the_tree
    expect_tree "b: 1" "c: 1" "x: 2" "y: 1"
    in_layers stat -c %h /b /c /x /y
    expect_output $'2\n2\n1\n1'
    layers links_old_hidden
    the_tree
    expect_tree "c: 1" "d: 1" "t>target"
    in_layers stat -c %h /c /d
    expect_output $'2\n2'
    layers link_after
    the_tree
    expect_tree "a: 1" "b: 2"
}

@test "hard links that lead nowhere are an error" {
    layers link_to_nothing
    no_layers "can't link b to no-such: the layers have no such file"
    layers link_to_removed
    no_layers "can't link b to a: the layers have no such file"
    layers link_to_directory
    no_layers "can't link b to dir: the layers have no such file"
}

@test "symbolic links are followed within their own layer" {
    layers symlinks
    in_layers cat /usr/lib/old /usr/lib/through /usr/lib/by-abs \
        /usr/lib/by-up /usr/lib/newer /other/own
    expect_output "1 usr/lib/old
2 usr/lib/through
1 abs/by-abs
1 up/lib/by-up
1 usr/lib/newer
2 other/own"
    in_layers ls /other
    expect_output own
    layers symlink_loop
    no_layers "Too many levels of symbolic links"
}

@test "directories are as the newest layer has them" {
    layers order
    the_tree
    expect_tree dir/ "dir/file: 2" "dir/last: 4" none/ none/at/ none/at/all/ \
        "none/at/all/file: 2"
    in_layers stat -c %a /dir /none/at
    expect_output $'711\n755'
    layers modes
    in_layers stat -c '%a %s' /dir/file
    expect_output "644 3"
}

@test "sixty layers are as good as one" {
    for form in oci docker-archive; do
        layers many "$form"
        the_tree
        expect_tree "all: 60" "l58: 59" "l59: 60" last/ "last/l59: 60"
    done
}

@test "the image's command and environment are its configuration's" {
    for form in "${FORMS[@]}"; do
        layers config "$form"
        run ch_run "$IMAGE"
        expect_output $'one:two\nlines'
        run ch_run "$IMAGE" -- - three four
        expect_output three:four
        run ch_run --set-env "$IMAGE" -- sh -c 'echo "$COLOUR:$EMPTY:"'
        expect_output "dark blue::"
        in_layers ls /ch
        expect_output $'cmd\nconfig.json\nentrypoint\nenvironment\nother'
    done
    layers config_lines
    run ch_run --set-env "$IMAGE" -- sh -c 'echo "$A:$B:$C:$D"'
    [ "${lines[0]}" != "${lines[-1]}" ]
    [ "${lines[-1]}" = ":b:'quoted':" ] || fail_with "$output"
    layers config_bad
    no_layers 'the image'\''s configuration: "Env" is not a list of strings'
}

@test "of several images a tag chooses one" {
    for form in "${FORMS[@]}"; do
        layers tags "$form"
        no_layers "several images are in it, choose one by its tag"
        no_layers latest
        no_layers other
        run ch_run "$IMAGE:other" -- cat /other
        expect_output "1 other"
        run ch_run "$IMAGE:latest" -- cat /data
        expect_output "1 data"
        run ch_run "$IMAGE:third" -- true
        expect_error 31 "no image has the tag third in it: "
        layers two_names "$form"
        in_layers cat /data
        expect_output "1 data"
    done
    run ch_run "$IMAGE:example.org/image:1.0" -- cat /data
    expect_output "1 data"
}

@test "a tag of what has none is no file" {
    run ch_run "$ROOT:latest" -- true
    expect_error 31 "can't stat: $ROOT:latest: No such file or directory"
    run ch_run "$SQUASH:latest" -- true
    expect_error 31 "can't stat: $SQUASH:latest: No such file or directory"
    tar -C "$ROOT" -cf "$BATS_TEST_TMPDIR/image.tar" bin
    run ch_run "$BATS_TEST_TMPDIR/image.tar:latest" -- true
    expect_error 31 "a tar archive of files has no tags: latest"
}

@test "of several platforms this machine's is chosen" {
    [ "$(uname -m)" = x86_64 ] || skip "the image is for other machines"
    for form in oci oci-archive; do
        layers nested "$form"
        in_layers cat /data
        expect_output "1 data"
    done
    layers nested_foreign
    no_layers "no image for linux/amd64 is in it: windows/amd64, linux/s390x"
}

@test "--platform chooses another one" {
    for form in oci oci-archive; do
        layers nested "$form"
        # its program is this machine's all the same
        run ch_run --platform=linux/arm64 "$IMAGE" -- cat /data
        expect_output "1 data"
        run ch_run --platform=linux/s390x "$IMAGE" -- true
        expect_error 31 "no image for linux/s390x is in it: linux/amd64, linux/arm64"
    done
    for form in "${FORMS[@]}"; do
        layers other_machine "$form"
        run ch_run --platform=linux/s390x "$IMAGE" -- cat /data
        expect_output "1 data"
        run ch_run --platform=linux/arm/v7 "$IMAGE" -- true
        expect_error 31 "no image for linux/arm/v7 is in it: linux/s390x"
    done
    for bad in "" linux/ /arm64 a/b/c/d; do
        run ch_run --platform="$bad" "$IMAGE" -- true
        expect_error 31 "--platform: not a platform, as linux/"
    done
}

@test "the only image is run with a warning, if it is another machine's" {
    [ "$(uname -m)" = x86_64 ] || skip "another machine's name is expected"
    for form in "${FORMS[@]}"; do
        layers other_machine "$form"
        in_layers cat /data
        expect_status 0
        [[ ${#lines[@]} -eq 2 && $output == *"warning: the image is for \
linux/s390x, and this machine is linux/amd64"*"1 data" ]] || fail_with "$output"
    done
}

@test "nothing that is damaged is run" {
    for form in "${FORMS[@]}"; do
        layers damaged_layer "$form"
        no_layers "damaged: "
        no_layers "does not have the digest sha256:"
    done
    layers damaged_manifest
    no_layers "damaged: blobs/sha256/"
    for form in oci oci-archive; do
        layers missing_blob "$form"
        no_layers "can't read blobs/sha256/"
    done
}

@test "what is not an image is told" {
    for form in oci docker-archive; do
        layers not_json "$form"
        no_layers "not valid JSON"
        layers deep_json "$form"
        no_layers "nested too deeply"
        layers no_images "$form"
        no_layers "no image in it"
    done
    layers odd_types
    no_layers ""
    layers odd_types docker
    no_layers 'an image without "Config"'
    layers schema1
    no_layers "an image of Docker's first format"
    layers foreign
    no_layers "a layer is not distributed with the image: application/"
    layers encrypted
    no_layers "not a layer of files: "
    layers nested_deep
    no_layers "more than 8 indexes in each other"
}

@test "no name leads out of the image" {
    for kind in digest_with_path digest_unknown; do
        layers $kind
        no_layers "not a digest"
    done
    for form in docker docker-archive; do
        layers layer_path "$form"
        no_layers 'a name with ".." in it'
    done
    layers whiteout_dots
    no_layers "damaged: a whiteout of nothing: .wh..."
    layers whiteout_empty
    no_layers "damaged: a whiteout of nothing: dir/.wh."
    layers dotdot
    no_layers 'a name with ".." in it: ../escaped'
    layers plain
    mv "$IMAGE/index.json" "$BATS_TEST_TMPDIR/index.json"
    mkfifo "$IMAGE/index.json"
    no_layers ""
}

@test "an archive of layers that is cut short is an error" {
    for form in oci-archive docker-archive; do
        layers plain "$form"
        size=$(stat -c %s "$IMAGE")
        for part in 4 3 2; do
            head -c $((size * (part - 1) / part)) "$BATS_TEST_TMPDIR/plain.$form" \
                >"$BATS_TEST_TMPDIR/short"
            run ch_run "$BATS_TEST_TMPDIR/short" -- true
            expect_status 31
            [ "${#lines[@]}" -eq 1 ]
        done
    done
}

@test "layers are read-only, -W takes changes, -w is an error" {
    for form in oci docker-archive; do
        layers plain "$form"
        in_layers sh -c 'echo new >/data'
        expect_status 1
        run ch_run -W "$IMAGE" -- sh -c 'echo new >/data && cat /data'
        expect_output new
        run ch_run -w "$IMAGE" -- true
        expect_error 31 "(--write-fake keeps changes in memory)"
    done
}

@test "layers count against the limit of memory" {
    layers plain
    run ch_run --unpack-size=1M "$IMAGE" -- true
    expect_error 31 "larger than 1 MiB (--unpack-size)"
}

@test "ranks of a job step share the layers unpacked once" {
    layers plain
    export SLURM_JOB_ID=1 SLURM_STEP_ID=$BATS_TEST_NUMBER$$
    for rank in 1 2 3 4; do
        ch_run "$IMAGE" -- sh -c 'stat -c %d /data; busybox sleep 1' \
            >"$BATS_TEST_TMPDIR/rank.$rank" 3>&- &
    done
    wait
    run sort -u "$BATS_TEST_TMPDIR"/rank.*
    [ "${#lines[@]}" -eq 1 ] || fail_with "$output"
}
