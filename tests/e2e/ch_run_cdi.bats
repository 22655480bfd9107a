# --cdi: devices as the Container Device Interface describes them.
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
    IMAGES=("$DYNAMIC/root" "$DYNAMIC/image.sqfs")
    CDI=$BATS_TEST_TMPDIR/cdi
    mkdir "$CDI"
    export CH_RUN_CDI_DIRS=$CDI
    write_gpu >"$CDI/nvidia.json"
}

# write_gpu: as nvidia-ctk makes it.
write_gpu()
{
    cat <<EOF
{
  "cdiVersion": "0.5.0",
  "kind": "nvidia.com/gpu",
  "devices": [
    { "name": "0", "containerEdits": {
        "deviceNodes": [ { "path": "/dev/nvidia0" } ], "env": [ "DEVICE=0" ] } },
    { "name": "all", "containerEdits": {
        "deviceNodes": [ { "path": "/dev/nvidia0" } ], "env": [ "ALL=1" ] } }
  ],
  "containerEdits": {
    "env": [ "NVIDIA_VISIBLE_DEVICES=void" ],
    "deviceNodes": [ { "path": "/dev/nvidiactl" } ],
    "hooks": [
      { "hookName": "createContainer", "path": "/usr/bin/nvidia-ctk",
        "args": [ "nvidia-ctk", "hook", "create-symlinks", "--link", "a::b" ] },
      { "hookName": "createContainer", "path": "/usr/bin/nvidia-cdi-hook",
        "args": [ "nvidia-cdi-hook", "chmod", "--mode", "755" ] },
      { "hookName": "createContainer", "path": "/usr/bin/nvidia-cdi-hook",
        "args": [ "nvidia-cdi-hook", "enable-cuda-compat" ] },
      { "hookName": "createContainer", "path": "/usr/bin/nvidia-ctk",
        "args": [ "nvidia-ctk", "hook", "update-ldcache",
                  "--folder", "/usr/lib64", "--folder=/opt/two/" ] }
    ],
    "mounts": [
      { "hostPath": "$HOST/libstand.so.1.2.3",
        "containerPath": "/usr/lib64/libstand.so.1.2.3",
        "options": [ "ro", "nosuid", "nodev", "bind" ] },
      { "hostPath": "$HOST", "containerPath": "/opt/host",
        "options": [ "rbind" ] }
    ]
  }
}
EOF
}

# edits TEXT: the file with these edits of all devices, and nothing else.
edits()
{
    echo '{"cdiVersion": "0.6.0", "kind": "a.b/c", "devices": [],
        "containerEdits": {'"$1"'}}' >"$CDI/nvidia.json"
}

@test "--cdi: links are made, in the container alone, and nothing is replaced" {
    outside=$(scratch)
    edits '"hooks": [ { "hookName": "createContainer",
        "path": "/usr/bin/nvidia-cdi-hook", "args": [ "nvidia-cdi-hook",
        "create-symlinks", "--link", "libstand.so.1.2.3::/opt/new/libstand.so",
        "--link=../x::/opt/new/deeper/x", "--link", "/etc::/opt/new/../../../up",
        "--link", "x::/etc/passwd", "--link", "x::/mnt/0/no",
        "--link", "x::/mnt/0/dir/no", "--link", "x::of-root", "--link", "nothing" ] } ]'
    for image in "${IMAGES[@]}"; do
        run --separate-stderr ch_run --cdi -b "$outside:/mnt/0" "$image" -- \
            sh -c 'for link in /opt/new/libstand.so /opt/new/deeper/x \
                /up /of-root; do readlink "$link"; done
                readlink /etc/passwd || echo kept'
        expect_output $'libstand.so.1.2.3\n../x\n/etc\nx\nkept'
        # shellcheck disable=SC2154
        [[ $stderr == *"can't make the link x::/mnt/0/no: "* ]]
        run ls -A "$outside"
        expect_output ""
    done
}

@test "--cdi: a program finds the library of the host" {
    before=$(cd "$DYNAMIC/root" && find . -ls | md5sum)
    for image in "${IMAGES[@]}"; do
        for kind in --cdi -d -dnvidia.com/gpu --cdi=nvidia.com/gpu=all \
            --cdi=nvidia.com/gpu=0 "--cdi=$CDI/nvidia.json"; do
            run ch_run "$kind" "$image" -- sh -c \
                'show; ls /opt/host; echo $NVIDIA_VISIBLE_DEVICES'
            expect_output $'host\nlibstand.so.1.2.3\nvoid'
        done
    done
    [ "$(cd "$DYNAMIC/root" && find . -ls | md5sum)" = "$before" ]
}

@test "--cdi: a device by name, or all of them" {
    for image in "${IMAGES[@]}"; do
        run ch_run --cdi=nvidia.com/gpu=0 "$image" -- sh -c 'echo $DEVICE,$ALL'
        expect_output 0,
        run ch_run --cdi=nvidia.com/gpu "$image" -- sh -c 'echo $DEVICE,$ALL'
        expect_output 0,1
        run ch_run --cdi=nvidia.com/gpu=7 "$image" -- true
        expect_error 31 "nvidia.json: no device has the name 7; there are: 0, all"
    done
}

@test "--cdi: sonames are linked beside the libraries" {
    for image in "${IMAGES[@]}"; do
        run ch_run --cdi "$image" -- readlink /usr/lib64/libstand.so.1
        expect_output libstand.so.1.2.3
    done
    [ "$(ls "$HOST")" = libstand.so.1.2.3 ]
}

@test "--cdi: a mount with the option ro is read-only" {
    edits '"mounts": [{"hostPath": "'"$(scratch)"'", "containerPath": "/mnt/ro",
            "options": ["ro", "bind"]},
        {"hostPath": "'"$(scratch)"'", "containerPath": "/mnt/rw"}]'
    for image in "${IMAGES[@]}"; do
        run ch_run --cdi "$image" -- sh -c 'echo >/mnt/rw/a && ! echo >/mnt/ro/a'
        expect_status 0
    done
}

@test "--cdi implies -W, with a cache that can be replaced" {
    for image in "${IMAGES[@]}"; do
        run ch_run --cdi "$image" -- sh -c '
            echo new >/etc/new && mv /etc/new /etc/ld.so.cache && cat /etc/ld.so.cache'
        expect_output new
        run ch_run -w --cdi "$image" -- true
        expect_error 31 "(implied by --cdi) exclude each other"
    done
}

@test "--cdi: variables are set in the order of the command line" {
    set=--set-env=NVIDIA_VISIBLE_DEVICES=mine
    for image in "${IMAGES[@]}"; do
        run ch_run $set --cdi "$image" -- sh -c 'echo $NVIDIA_VISIBLE_DEVICES'
        expect_output void
        run ch_run --cdi $set "$image" -- sh -c 'echo $NVIDIA_VISIBLE_DEVICES'
        expect_output mine
        run ch_run --cdi --unset-env='NV*' --set-env=X=1 -dnvidia.com/gpu \
            --set-env='Y=$NVIDIA_VISIBLE_DEVICES' "$image" -- sh -c 'echo $X $Y'
        expect_output "1 void"
    done
}

@test "--cdi-dirs: where to look, the last with precedence" {
    mkdir "$BATS_TEST_TMPDIR/late"
    sed 's/=void/=late/' "$CDI/nvidia.json" >"$BATS_TEST_TMPDIR/late/x.json"
    dirs=/no/such:$CDI:$BATS_TEST_TMPDIR/late
    for order in "--cdi --cdi-dirs=$dirs" "--cdi-dirs=$dirs --cdi"; do
        # shellcheck disable=SC2086 # two options
        CH_RUN_CDI_DIRS=/nowhere run ch_run $order "$DYNAMIC/root" -- \
            sh -c 'echo $NVIDIA_VISIBLE_DEVICES'
        expect_output late
    done
    run ch_run --cdi --cdi-dirs= "$DYNAMIC/root" -- true
    expect_error 31 "--cdi-dirs: PATHS must be non-empty"
}

@test "--cdi: several kinds, of several files" {
    echo '{"cdiVersion": "0.6.0", "kind": "a.b/c", "devices": [],
        "containerEdits": {"env": ["C=c"]}}' >"$CDI/other.json"
    for image in "${IMAGES[@]}"; do
        for kinds in --cdi "--cdi=a.b/c --cdi=nvidia.com/gpu"; do
            # shellcheck disable=SC2086 # one option or two
            run ch_run $kinds "$image" -- sh -c 'show; echo $C'
            expect_output $'host\nc'
        done
        run ch_run --cdi=a.b/c "$image" -- sh -c 'show; echo $C'
        expect_output $'image\nc'
    done
}

@test "--cdi: an unknown hook is told and left out" {
    edits '"hooks": [{"hookName": "createContainer", "path": "/bin/touch",
        "args": ["touch", "'"$BATS_TEST_TMPDIR"'/ran"]}]'
    for image in "${IMAGES[@]}"; do
        run ch_run --cdi "$image" -- show
        [[ $output == *"nvidia.json: ignoring an unknown hook: /bin/touch"*image ]] ||
            fail_with "$output"
    done
    [ ! -e "$BATS_TEST_TMPDIR/ran" ]
}

@test "--cdi: a mount that is no bind is told and left out" {
    edits '"mounts": [{"hostPath": "/tmp", "containerPath": "/mnt",
        "type": "tmpfs"}]'
    run ch_run --cdi "$DYNAMIC/root" -- show
    [[ $output == *"ignoring a mount that is not a bind: /mnt"*image ]] ||
        fail_with "$output"
}

@test "--cdi with no file at all says where it looked" {
    rm "$CDI/nvidia.json"
    run ch_run --cdi "$DYNAMIC/root" -- true
    expect_error 31 "CDI: no resource files found: $CDI"
    run ch_run --cdi=nvidia.com/gpu "$DYNAMIC/root" -- true
    expect_error 31 "CDI: no matching resources found: nvidia.com/gpu in $CDI"
}

@test "--cdi with no file, but a GPU, says what to run" {
    rm "$CDI/nvidia.json"
    run unshare -rm sh -c 'mount -t tmpfs none /dev && touch /dev/nvidia0 &&
        exec "$@"' - "$CH_BUILD/ch-run" --cdi "$DYNAMIC/root" -- true
    expect_error 31 "make a file by: nvidia-ctk cdi generate --format=json"
}

@test "--cdi with YAML only names the file and how to make JSON" {
    mv "$CDI/nvidia.json" "$CDI/nvidia.yaml"
    for kind in --cdi --cdi=nvidia.com/gpu; do
        run ch_run $kind "$DYNAMIC/root" -- true
        expect_error 31 "$CDI/nvidia.yaml is YAML, but only JSON is read: nvidia-ctk cdi generate --format=json"
    done
    write_gpu >"$CDI/other.json"
    run ch_run --cdi "$DYNAMIC/root" -- show
    [[ $output == *"warning: CDI: ignoring $CDI/nvidia.yaml"*host ]] ||
        fail_with "$output"
}

@test "--cdi: a KIND that is none is an error" {
    for kind in nonsense a/b=; do
        run ch_run "--cdi=$kind" "$DYNAMIC/root" -- true
        expect_error 31 "neither VENDOR/CLASS[=DEVICE] nor a file"
    done
    run ch_run --cdi= "$DYNAMIC/root" -- true
    expect_error 31 "--cdi: KIND must have non-zero length"
    run ch_run --cdi=/no/such.json "$DYNAMIC/root" -- true
    expect_error 31 "/no/such.json: No such file or directory"
}

@test "--cdi: a file that is wrong is named, with what is wrong" {
    while IFS='|' read -r edits text; do
        edits "$edits"
        run ch_run --cdi "$DYNAMIC/root" -- true
        expect_error 31 "nvidia.json: $text"
    done <<'EOF'
"env": {}|"env" is not an array
"env": [1]|"env" has something that is not a string
"env": ["X"]|"env": not NAME=VALUE: X
"env": ["=x"]|"env": not NAME=VALUE: =x
"mounts": "x"|"mounts" is not an array
"mounts": [1]|a mount has no "hostPath"
"mounts": [{"hostPath": "/tmp"}]|a mount has no "hostPath" or no "containerPath"
"mounts": [{"hostPath": "tmp", "containerPath": "/x"}]|a mount's path is not absolute: tmp
"mounts": [{"hostPath": "/tmp", "containerPath": "x"}]|a mount's path is not absolute: x
"mounts": [{"hostPath": "/tmp", "containerPath": "/.."}]|a mount's "containerPath" is the root: /..
"mounts": [{"hostPath": "/no/such", "containerPath": "/x"}]|this host has no /no/such (if the file is out of date
"hooks": [{}]|a hook has no "path"
"hooks": [{"path": "/x/nvidia-cdi-hook", "args": ["a", "update-ldcache", "--folder"]}]|update-ldcache has a --folder that is no absolute path
"hooks": [{"path": "/x/nvidia-cdi-hook", "args": ["a", "update-ldcache", "--folder", 7]}]|update-ldcache has a --folder that is no absolute path
EOF
}

@test "--cdi: a file that is not JSON, or not CDI, is named" {
    while IFS='|' read -r text message; do
        printf '%s' "$text" >"$CDI/nvidia.json"
        for kind in --cdi "--cdi=$CDI/nvidia.json"; do
            run ch_run "$kind" "$DYNAMIC/root" -- true
            expect_error 31 "$CDI/nvidia.json: $message"
        done
    done <<'EOF'
{|line 1, column
|
[]|not a CDI specification
7|not a CDI specification
{"cdiVersion": "1"}|not a CDI specification
{"kind": "a/b"}|not a CDI specification
{"cdiVersion": "1", "kind": "a/b", "devices": 7}|"devices" is not an array
{"cdiVersion": "1", "kind": "a/b", "devices": [7]}|a device has no "name"
{"cdiVersion": "1", "kind": "a/b", "containerEdits": []}|"containerEdits" is not an object
{"cdiVersion": "1", "kind": "a/\u0000b"}|line 1, column
EOF
    head -c 100000 /dev/zero | tr '\0' '[' >"$CDI/nvidia.json"
    run ch_run --cdi "$DYNAMIC/root" -- true
    expect_error 31 "nested too deeply"
}

@test "--cdi: a broken file of another kind is told, but no obstacle" {
    echo '{' >"$CDI/broken.json"
    run ch_run --cdi=nvidia.com/gpu "$DYNAMIC/root" -- show
    [[ $output == *"warning: $CDI/broken.json: line "*host ]] ||
        fail_with "$output"
}
