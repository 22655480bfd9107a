# ch-oci of images without a bundle, and of roots that are more than directories;
# as an ordinary user and as root.
# shellcheck disable=SC2016,SC2030,SC2031 # for the container's shell
# SPDX-License-Identifier: MIT

load ../oci

setup_file()
{
    make_fixtures
    make_images
}

setup()
{
    unset_launchers
    make_bundle
    LAYER=$BUNDLE/layer
}

# make_images: one that says how to run it, in the forms that ch-run takes.
make_images()
{
    TREE=$BATS_FILE_TMPDIR/tree
    cp -r "$ROOT" "$TREE"
    mkdir -p "$TREE/ch"
    cat >"$TREE/ch/config.json" <<'EOT'
{"config": {"Env": ["TASTE=sweet"], "Entrypoint": ["echo", "entry"],
  "Cmd": ["cmd"], "User": "baker:oven", "WorkingDir": "/data",
  "Labels": {"maker": "me", "run.oci.hooks.stdout": "/tmp/x", "ch.overlay": "1g"}}}
EOT
    echo TASTE=sweet >"$TREE/ch/environment"
    printf 'angi\0\0\0\4echo\0\0\0\5entry' >"$TREE/ch/entrypoint"
    printf 'angi\0\0\0\3cmd' >"$TREE/ch/cmd"
    echo baker:x:7:8::/: >"$TREE/etc/passwd"
    echo oven:x:9: >"$TREE/etc/group"
    (
        cd "$BATS_FILE_TMPDIR" || exit
        "$CH_BUILD/ch-convert" -q tree tree.sqfs
        tar -C tree -czf tree.tar.gz .
        "$CH_BUILD/ch-convert" -q tree oci:layout:one
        "$CH_BUILD/ch-convert" -q tree docker-archive:tree.docker
    )
    export TREE
}

# the_images: that one in each of its forms, a line each.
the_images()
{
    local name
    for name in tree tree.sqfs tree.tar.gz layout:one layout tree.docker; do
        echo "$BATS_FILE_TMPDIR/$name"
    done
}

# with_shell: the same without an entrypoint.
with_shell()
{
    TREE=$BATS_TEST_TMPDIR/shell
    cp -r "$ROOT" "$TREE"
}

@test "an image runs without a bundle, by what it says itself" {
    for image in $(the_images); do
        run oci run --image "$image" c1
        expect_status 0
        # what it warns of is another matter
        [ "${lines[-1]}" = "entry cmd" ] || fail_with "$image: $output"
        run oci run --image "$image" c1 other words
        [ "${lines[-1]}" = "entry other words" ] || fail_with "$image: $output"
    done
    nothing_left
}

@test "user, directory and environment are those that the image says" {
    cp -r "$TREE" "$BATS_TEST_TMPDIR/shell"
    printf 'angi\0\0\0\2sh\0\0\0\2-c' \
        >"$BATS_TEST_TMPDIR/shell/ch/entrypoint"
    run oci run --image "$BATS_TEST_TMPDIR/shell" c1 \
        'echo $TASTE; pwd; id -u; id -g'
    expect_status 0
    [ "${lines[-4]}" = sweet ]
    [ "${lines[-3]}" = /data ]
    [ "${lines[-2]}" = 7 ]
    [ "${lines[-1]}" = 9 ]
}

@test "labels of an image ask the runtime for nothing" {
    run oci run --image "$TREE" c1
    [[ $output == *"left out, as it is for runtimes: the image's label run.oci.hooks.stdout=/tmp/x"* ]]
    [[ $output == *"the image's label ch.overlay=1g"* ]]
    rm -f "$BUNDLE/config.json"
    oci spec --image "$TREE" -b "$BUNDLE" 2>/dev/null
    run python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["annotations"])' "$BUNDLE/config.json"
    expect_output "{'maker': 'me'}"
}

@test "an image's root is read-only, unless a layer takes the changes" {
    with_shell
    for image in "$TREE" "$SQUASH"; do
        run oci run --image "$image" c1 sh -c 'echo x >/new'
        expect_status 1
        [[ $output == *"Read-only file system"* ]]
        run oci run --overlay 10m --image "$image" c1 \
            sh -c 'echo x >/new && cat /new'
        expect_status 0
        expect_output x
        run oci run --image "$image" c1 cat /new
        expect_status 1
    done
    [ ! -e "$TREE/new" ]
}

@test "words behind the id are the program's, of which ours are no options" {
    with_shell
    run oci run --image "$TREE" c1 echo --keep -d
    expect_status 0
    expect_output "--keep -d"
    # without an image, options may stand there
    program echo yes
    run oci run c1 -b "$BUNDLE"
    expect_output yes
    run oci run c1 more -b "$BUNDLE"
    expect_oci_error "too many arguments"
}

@test "create takes an image, too" {
    with_shell
    oci create --image "$SQUASH" c1 sh -c 'echo started' \
        >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
    is_status created
    oci start c1
    eventually 30 is_status stopped
    [ "$(cat "$BATS_TEST_TMPDIR/out")" = started ]
    oci delete c1
    nothing_left
}

@test "spec --image writes what run --image runs" {
    for image in $(the_images); do
        rm -f "$BUNDLE/config.json"
        oci spec -b "$BUNDLE" --image "$image" 2>/dev/null
        run oci run -b "$BUNDLE" c1
        expect_status 0
        [ "${lines[-1]}" = "entry cmd" ] || fail_with "$image: $output"
    done
    run oci spec -b "$BUNDLE" --image "$TREE"
    [[ $output == *"config.json: File exists"* ]]
    expect_status 1
    nothing_left
}

@test "ch.image of a bundle is an image that no other runtime takes" {
    program cat /etc/group
    for image in tree.tar.gz layout:one tree.docker; do
        change "c['annotations'] = {'ch.image': '$BATS_FILE_TMPDIR/$image'}" \
            "c['root'] = {'path': '$BATS_FILE_TMPDIR/${image%:*}',
                'readonly': True}"
        run oci_run
        expect_status 0
        expect_output "oven:x:9:"
    done
}

# podman hands on those of an image, and its maker does not own the host.
@test "annotations choose no other root, and write nowhere else" {
    for image in / /usr "$ROOT" "$TREE/../root" x; do
        change "c['annotations'] = {'ch.image': '$image'}" \
            "c['root'] = {'path': '$TREE'}"
        run oci_run
        expect_oci_error "annotation ch.image: $image is not the root.path"
    done
    for layer in "$BATS_TEST_TMPDIR/layer" ./../layer ../layer:ro; do
        change "c['annotations'] = {'ch.overlay': '$layer'}"
        run oci_run
        expect_oci_error "annotation ch.overlay: $layer is not below the bundle"
    done
    [ ! -e "$BATS_TEST_TMPDIR/layer" ]
    nothing_left
}

@test "what is no image is an error, and nothing is left" {
    echo text >"$BATS_TEST_TMPDIR/file"
    for image in /nowhere "$BATS_TEST_TMPDIR/file" "$BATS_FILE_TMPDIR/layout:two"; do
        run oci run --image "$image" c1
        expect_status 1
        [ "${#lines[@]}" -eq 1 ] || fail_with "$output"
        [[ $output == *"the image $image: "* ]] || fail_with "$output"
    done
    head -c 3000 "$SQUASH" >"$BATS_TEST_TMPDIR/short.sqfs"
    run oci run --image "$BATS_TEST_TMPDIR/short.sqfs" c1
    expect_status 1
    nothing_left
}

@test "ch.overlay: a size takes changes, and forgets them" {
    program sh -c 'echo new >/data/new; rm -r /etc; ls / /data'
    for image in "$ROOT" "$SQUASH"; do
        change "c['root'] = {'path': '$image'}" \
            "c['annotations'] = {'ch.overlay': '16m'}"
        run oci_run
        expect_status 0
        [[ $output == *new* ]]
        [[ $output != *etc* ]]
    done
    [ -e "$ROOT/etc" ]
    [ ! -e "$ROOT/data/new" ]
}

@test "ch.overlay: the size is a limit, and one that is none is an error" {
    change 'c["root"] = {"path": c["root"]["path"]}' \
        'c["annotations"] = {"ch.overlay": "1m"}'
    program dd if=/dev/zero of=/fill bs=1M count=3
    run oci_run
    expect_status 1
    [[ $output == *"No space left on device"* ]]
    for size in 1x 10k ""; do
        change "c['annotations'] = {'ch.overlay': '$size'}"
        run oci_run
        expect_oci_error "annotation ch.overlay: "
    done
    nothing_left
}

@test "ch.overlay: a directory keeps changes, and shows them without more" {
    for image in "$ROOT" "$SQUASH"; do
        rm -rf "$LAYER"
        change "c['root'] = {'path': '$image'}" \
            "c['annotations'] = {'ch.overlay': './layer'}"
        program sh -c 'echo kept >>/data/kept'
        run oci_run
        expect_status 0
        eventually 30 oci_run
        change "c['annotations'] = {'ch.overlay': './layer:ro'}"
        program sh -c 'cat /data/kept; echo x >/data/kept'
        eventually 30 lock_is_free "$LAYER"
        run oci_run
        [ "${lines[0]}" = kept ]
        [ "${lines[1]}" = kept ]
        [[ ${lines[2]} == *"Read-only file system"* ]]
        # ch-run has the same
        eventually 30 lock_is_free "$LAYER"
        run ch_run --overlay "$LAYER:ro" "$image" -- cat /data/kept
        expect_output $'kept\nkept'
        eventually 30 lock_is_free "$LAYER"
    done
    nothing_left
}

# lock_is_free LAYER: nobody has it any more.
lock_is_free()
{
    flock -n "$1/lock" true
}

@test "ch.overlay: one container writes, others are told who" {
    # nor to one control group
    change 'c["root"] = {"path": c["root"]["path"]}' 'del l["cgroupsPath"]' \
        "c['annotations'] = {'ch.overlay': './layer'}"
    program sleep 1000
    create_one
    run oci run -b "$BUNDLE" c2
    expect_oci_error "can't lock overlay $LAYER: another container writes to it (process $(member pid)"
    run ch_run --overlay "$LAYER" "$ROOT" -- true
    [[ $output == *"another container writes to it"* ]]
    kill -9 "$(member pid)"
    eventually 30 lock_is_free "$LAYER"
    oci delete --force c1
    program true
    run oci_run
    expect_status 0
    nothing_left
}

@test "ch.overlay: a directory begins at the bundle, and a file is no layer" {
    change 'c["root"] = {"path": c["root"]["path"]}' \
        "c['annotations'] = {'ch.overlay': './mine'}"
    program touch /data/x
    run oci_run
    expect_status 0
    [ -e "$BUNDLE/mine/upper/data/x" ]
    echo text >"$LAYER"
    change "c['annotations'] = {'ch.overlay': './layer'}"
    run oci_run
    expect_status 1
    [[ $output == *"$LAYER"* ]]
    nothing_left
}

@test "ranks of a step share the image, and have the node's namespaces" {
    export SLURM_JOB_ID=oci$$ SLURM_STEP_ID=0 SLURM_STEP_TASKS_PER_NODE=2 \
        SLURM_NODEID=0 OTHER=not
    does='mkdir /tmp/ch-both-$SLURM_JOB_ID/$SLURM_PROCID
        until [ -e /tmp/ch-both-$SLURM_JOB_ID/0 ] &&
            [ -e /tmp/ch-both-$SLURM_JOB_ID/1 ]; do sleep 0.1; done
        stat -c "device %d" /; readlink /proc/self/ns/pid; id -u
        echo $SLURM_PROCID$OTHER'
    mkdir "/tmp/ch-both-$SLURM_JOB_ID"
    for rank in 0 1; do
        SLURM_PROCID=$rank oci run --image "$SQUASH" "r$rank" sh -c "$does" \
            >"$BATS_TEST_TMPDIR/$rank" 2>&1 3>&- &
    done
    wait
    rm -r "/tmp/ch-both-$SLURM_JOB_ID"
    cat "$BATS_TEST_TMPDIR"/{0,1}
    readarray -t first <"$BATS_TEST_TMPDIR/0"
    readarray -t second <"$BATS_TEST_TMPDIR/1"
    [ "${first[1]}" = "$(readlink /proc/self/ns/pid)" ]
    [ "${first[2]}" = "$(id -u)" ]
    [ "${first[3]}" = 0 ]
    [ "${second[3]}" = 1 ]
    # root's have no user namespace to share, and so a server each
    [ "$(id -u)" -eq 0 ] || [ "${first[0]}" = "${second[0]}" ]
}

@test "a rank is the process that was started, and leaves no state" {
    export SLURM_JOB_ID=oci$$ SLURM_STEP_ID=1
    "$CH_BUILD/ch-oci" --root "$STATE" run --image "$SQUASH" c1 sh -c \
        'echo $$; ls '"$STATE"'; sleep 2' >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    eventually 30 test -s "$BATS_TEST_TMPDIR/out"
    [ "$(head -1 "$BATS_TEST_TMPDIR/out")" = "$pid" ]
    [ -z "$(ls -A "$STATE" 2>/dev/null)" ]
    wait "$pid"
}

@test "what images and layers may do is told by features" {
    run oci features
    [[ $output == *ch.image* ]]
    [[ $output == *ch.overlay* ]]
}
