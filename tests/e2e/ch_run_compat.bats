# What scripts written for Charliecloud rely on, and no other file is about:
# the form of the command line, and which paths of the host are brought along.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # sh scripts; subshells; bats

load ../helper

setup_file()
{
    make_fixtures
}

@test "options may be bundled, shortened, repeated, and follow the image" {
    for image in "${IMAGES[@]}"; do
        mkdir -p "$(scratch)"
        run ch_run --bind="$(scratch):/mnt/1" -tc/mnt/1 "$image" -- pwd
        expect_output /mnt/1
        run ch_run --priv --set-env=A=1 --set-env=A=2 "$image" -- \
            sh -c 'ls /tmp; echo "$A"'
        expect_output 2
        run ch_run "$image" --cd /mnt -u 0 -- sh -c 'pwd; id -u'
        expect_output /mnt$'\n'0
    done
}

# The long options of Charliecloud 0.45.
UPSTREAM="abort-fatal bind cd color env-no-expand feature
    fuse-single gid help home join join-ct join-pid join-tag mount no-passwd
    private-tmp quiet seccomp set-env set-env0 storage test uid unsafe unset-env
    usage verbose version warnings write write-fake"

@test "what shortens one option of Charliecloud's is no other one's name" {
    for option in $UPSTREAM; do
        for length in $(seq $((${#option} - 1))); do
            short=${option:0:length}
            others=0
            for other in $UPSTREAM; do
                [ "${other#"$short"}" = "$other" ] || others=$((others + 1))
            done
            [ "$others" -eq 1 ] || continue
            run ch_run "--$short"
            [[ $output != *": can be "* && $output != *"no such option"* ]] ||
                fail_with "--$short: $output"
        done
    done
}

@test "an option's optional argument is never the next word" {
    for image in "${IMAGES[@]}"; do
        run ch_run --set-env "$image" -- sh -c 'echo "$IMAGE_PLAIN"'
        expect_output plain
        run ch_run -W "$image" -- sh -c 'touch /new && echo done'
        expect_output "done"
        run ch_run -W8m "$image" -- sh -c 'touch /new && echo done'
        expect_output "done"
    done
}

@test "wrong use is one line that names the option, and status 31" {
    for image in "${IMAGES[@]}"; do
        for wrong in "--no-such-option=--no-such-option: no such option" \
            "-X=-X: no such option" "--ver=can be --verbose or --version" \
            "--no-passwd=1=--no-passwd: takes no argument"; do
            run ch_run "${wrong%=*}" "$image" -- true
            expect_error 31 "${wrong##*=}"
        done
        run ch_run "$image" --bind
        expect_error 31 "--bind: needs an argument: SRC"
    done
}

@test "-W without SIZE gives 12 % of memory" {
    expected=$(awk '/^MemTotal:/ { print int($2 * 0.12) }' /proc/meminfo)
    for image in "${IMAGES[@]}"; do
        run ch_run -W "$image" -- stat -f -c '%b %S' /
        read -r blocks size <<<"$output"
        kib=$((blocks * size / 1024))
        # the memory may have grown or shrunk meanwhile, on a virtual machine
        [ $((kib * 100)) -ge $((expected * 98)) ] || fail_with "$kib"
        [ $((kib * 100)) -le $((expected * 102)) ] || fail_with "$kib"
    done
}

@test "-m does nothing with a directory but to warn" {
    run --separate-stderr ch_run -m /nowhere "$ROOT" -- echo hello
    expect_output hello
    expect_status 0
    [[ $stderr == *"warning: --mount invalid with directory image, ignoring" ]]
}

@test "-v tells what is going to be done in Charliecloud's words" {
    for pair in "$ROOT=$ROOT" "$SQUASH=(null)"; do
        run --separate-stderr ch_run -v -t -u 8675309 -g 8675310 "${pair%=*}" \
            -- true
        expect_status 0
        for line in "image: ${pair%=*}" "newroot: ${pair#*=}" \
            "container uid: 8675309" "container gid: 8675310" \
            "private /tmp: 1" "seccomp: no" "executing: true" \
            "UID 8675309 not found; using dummy info" \
            "GID 8675310 not found; using dummy info"; do
            grep -qF "]: $line" <<<"$stderr" || fail_with "$line: $stderr"
        done
    done
    run ch_run -v -v "$ROOT" -- true
    for line in "bind-mounting /dev at /dev" \
        "bind-mounting the generated passwd file at /etc/passwd" \
        "environment: unset: not set, ignoring: TMPDIR" \
        "environment: CH_RUNNING=Weird Al Yankovic"; do
        grep -qF "]: $line" <<<"$output" || fail_with "$line: $output"
    done
}

@test "-v tells the steps in Charliecloud's order" {
    for image in "${IMAGES[@]}"; do
        run ch_run -v -W "$image" -- true
        expect_status 0
        at=0
        for step in verbosity: image: storage: newroot: "container uid:" \
            "container gid:" "join: 0 0 (null) 0" "host \$TMPDIR:" \
            "private /tmp:" seccomp: "unsafe: no" \
            "setting up namespaces: $(id -u):$(id -g) -> $(id -u):$(id -g)" \
            "creating container filesystem tree" \
            "overlaying tmpfs for --write-fake (12%)" \
            "pivoting into container" "executing: true"; do
            line=$(grep -nF -m 1 "]: $step" <<<"$output" | cut -d: -f1)
            [ "${line:-0}" -gt "$at" ] || fail_with "$step: $output"
            at=$line
        done
    done
}

@test "-v tells an image's magic, and Charliecloud's mount point for it" {
    user=${USER:-$(id -un)}
    run ch_run -v "$SQUASH" -- true
    for line in "image file magic expected: 6873 7173; actual: 6873 7173" \
        "using default mount point: /var/tmp/$user.ch/mnt"; do
        grep -qF "]: $line" <<<"$output" || fail_with "$line: $output"
    done
    run ch_run -v -m /mnt "$SQUASH" -- true
    grep -qF "]: newroot: /mnt" <<<"$output" || fail_with "$output"
    run -1 grep -F "default mount point" <<<"$output"
}

@test "with -v an error says where in the source it is from" {
    for image in "${IMAGES[@]}"; do
        run ch_run -v -c /nowhere "$image" -- true
        expect_status 31
        grep -qE "can't cd to /nowhere: [^(]+ \([a-z_]+\.c:[0-9]+ 2\)$" \
            <<<"$output" || fail_with "$output"
        run ch_run -c /nowhere "$image" -- true
        run -1 grep -F "(" <<<"$output"
    done
}

@test "texts of errors that scripts look for are Charliecloud's" {
    touch "$(scratch)/file"
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- no-such-command
        expect_error 49 "can't exec: no-such-command: No such file or directory"
        run ch_run -c /nowhere "$image" -- true
        expect_error 31 "can't cd to /nowhere: No such file or directory"
        run ch_run -b /nowhere "$image" -- true
        expect_error 31 "can't bind: source not found: /nowhere"
        run ch_run -b "$(scratch):/mnt/file" "$image" -- true
        expect_error 31 \
            "can't bind $(scratch) at $image/mnt/file: Not a directory"
        run ch_run --set-env=/nowhere "$image" -- true
        expect_error 31 "can't open: /nowhere: No such file or directory"
        run env -u HOME "$CH_BUILD/ch-run" --home "$image" -- true
        expect_error 31 "--home: \$HOME not set"
    done
    run ch_run /nowhere -- true
    expect_error 31 "can't stat: /nowhere: No such file or directory"
    run ch_run "$(scratch)/file" -- true
    expect_error 31 "unknown image type: $(scratch)/file"
    run ch_run -m "$(scratch)/file" "$SQUASH" -- true
    expect_error 31 "not a directory: $(scratch)/file"
    run ch_run -m /nowhere "$SQUASH" -- true
    expect_error 31 "can't stat mount point: /nowhere: No such file"
}

# host_with COMMAND...: run it where the node has the folders of a Cray and of
# Slurm that lie in the test's folder "host", by mounts over the node's own.
host_with()
{
    unshare -Urm sh -ec 'for dir in /opt /var/lib /var/opt /var/spool /var/run
        do
            mount --bind "$1$dir" "$dir"
        done
        shift
        exec "$@"' - "$BATS_TEST_TMPDIR/host" "$@"
}

@test "folders of Cray and Slurm are there when both host and image have them" {
    places="/opt/cray/udreg /opt/cray/ugni /opt/cray/xpmem \
        /var/opt/cray/alps/spool /var/spool/slurmd /var/run/munge"
    host=$BATS_TEST_TMPDIR/host
    own=$BATS_TEST_TMPDIR/own
    cp -a "$ROOT" "$own"
    rm "$own/data/big"
    for place in $places /var/lib/hugetlbfs; do
        mkdir -p "$host$place"
        touch "$host$place/from-host"
    done
    for place in $places /var/opt/cray/hugetlbfs; do
        mkdir -p "$own$place"
    done
    mksquashfs "$own" "$own.sqfs" -no-progress -quiet >/dev/null
    for image in "$own" "$own.sqfs"; do
        # shellcheck disable=SC2086 # several
        run host_with "$CH_BUILD/ch-run" "$image" -- \
            ls $places /var/opt/cray/hugetlbfs
        [ "$(grep -c from-host <<<"$output")" -eq 7 ] || fail_with "$output"
    done
    # neither is made where the image has no place for it
    for image in "${IMAGES[@]}"; do
        run host_with "$CH_BUILD/ch-run" "$image" -- ls /opt /var
        [[ $output != *cray* ]] || fail_with "$output"
    done
}

@test "/etc/machine-id is the host's when the image has one" {
    [ -e /etc/machine-id ] || skip "this host has none"
    own=$BATS_TEST_TMPDIR/own
    cp -a "$ROOT" "$own"
    rm "$own/data/big"
    echo image >"$own/etc/machine-id"
    mksquashfs "$own" "$own.sqfs" -no-progress -quiet >/dev/null
    for image in "$own" "$own.sqfs"; do
        run ch_run "$image" -- cat /etc/machine-id
        expect_output "$(cat /etc/machine-id)"
    done
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- ls /etc/machine-id
        expect_status 1
    done
}

# both NAMESPACE IMAGE OPTION...: the namespace of that kind of two that run at
# the same time, a line each; {} in an option is the first one's process id.
both()
{
    local kind=$1 image=$2 first
    shift 2
    mkfifo "$BATS_TEST_TMPDIR/end"
    "$CH_BUILD/ch-run" "${@//--join-pid=\{\}/-v}" "$image" -- sh -c \
        "readlink /proc/self/ns/$kind >/dev/stderr; cat" \
        2>"$BATS_TEST_TMPDIR/first" <"$BATS_TEST_TMPDIR/end" 3>&- &
    first=$!
    exec 8>"$BATS_TEST_TMPDIR/end"
    eventually 20 grep -q "^$kind:" "$BATS_TEST_TMPDIR/first"
    ch_run "${@//\{\}/$first}" "$image" -- readlink "/proc/self/ns/$kind" 8>&-
    exec 8>&-
    wait "$first"
    grep "^$kind:" "$BATS_TEST_TMPDIR/first"
    rm "$BATS_TEST_TMPDIR/end"
}

# expect_distinct N [WHAT]: the last "run both" printed N different names.
expect_distinct()
{
    expect_status 0
    [ "${#lines[@]}" -eq 2 ] || fail_with "$output"
    [ "$(sort -u <<<"$output" | wc -l)" -eq "$1" ] || fail_with "$2 $output"
}

@test "--join: peers are in one container, with and without a count" {
    for image in "${IMAGES[@]}"; do
        for options in "--join-ct=2 --join-tag=compat-$$" "--join" \
            "--join-tag=compat-$$" "-j --join-ct=7" "--join-pid={}"; do
            # shellcheck disable=SC2086 # several options
            run both mnt "$image" $options
            expect_distinct 1 "$options"
        done
        run both mnt "$image" --no-passwd
        expect_distinct 2
    done
}

@test "ranks of a step share the image's server, unless told not to" {
    export SLURM_JOB_ID=7 SLURM_STEP_ID=$$
    run both user "$SQUASH" --no-passwd
    expect_distinct 1
    run both mnt "$SQUASH" --no-passwd
    expect_distinct 2
    run both user "$SQUASH" --no-share
    expect_distinct 2
    # a directory needs none
    run both user "$ROOT" --no-passwd
    expect_distinct 2
}

@test "--join: count and tag come from where Charliecloud takes them" {
    for image in "${IMAGES[@]}"; do
        for case in "--join-ct=1=1:command line" \
            "OMPI_COMM_WORLD_LOCAL_SIZE=1=1:OMPI_COMM_WORLD_LOCAL_SIZE" \
            "SLURM_STEP_TASKS_PER_NODE=1(x2)=1:SLURM_STEP_TASKS_PER_NODE" \
            "SLURM_CPUS_ON_NODE=1foo=1:SLURM_CPUS_ON_NODE"; do
            given=${case%=*} expected=${case##*=}
            if [ "${given#--}" = "$given" ]; then
                run env "$given" "$CH_BUILD/ch-run" -v -j "$image" -- true
            else
                run ch_run -v "$given" "$image" -- true
            fi
            expect_status 0
            grep -qF "join: peer group size from ${expected#*:}" <<<"$output"
            grep -qF "join: peer group tag from getppid(2)" <<<"$output"
            grep -qE "join: 1 ${expected%:*} [0-9]+ 0$" <<<"$output" ||
                fail_with "$given: $output"
        done
        run ch_run -v --join-ct=1 --join-tag=compat "$image" -- true
        grep -qF "join: peer group tag from command line" <<<"$output"
        grep -qF "join: 1 1 compat 0" <<<"$output"
        grep -qF "join: I won" <<<"$output"
        SLURM_STEP_ID=7 run ch_run -v --join-ct=1 "$image" -- true
        grep -qF "join: peer group tag from SLURM_STEP_ID" <<<"$output"
    done
}

@test "--join: what is no count, tag or process is an error" {
    for image in "${IMAGES[@]}"; do
        run ch_run --join-ct=x "$image" -- true
        expect_error 31 "--join-ct: "
        run ch_run --join-ct=1 --join-tag= "$image" -- true
        expect_error 31 "join: peer group tag cannot be empty string"
        run ch_run --join-pid=2147483647 "$image" -- true
        expect_error 31 \
            "join: no PID 2147483647: /proc/2147483647/ns/user not found"
        run ch_run --join-pid=1 "$image" -- true
        expect_error 31 "join: can't open /proc/1/ns/user: Permission denied"
    done
}

# logged COMMAND...: what comes to syslog's socket while it runs, and then the
# word "control", which is sent there last.
logged()
{
    python3 -c 'import os, socket, subprocess, sys
place = sys.argv[1]
os.makedirs(place + "/dev")
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(place + "/log")
subprocess.run(sys.argv[2:] + ["control"], check=True)
log.setblocking(False)
while True:
    try:
        print(log.recv(4096).decode())
    except BlockingIOError:
        break' "$BATS_TEST_TMPDIR/logged" unshare -Urm sh -ec '
        place=$1
        mount --rbind /dev "$place/dev"
        mount -t tmpfs none /dev
        for name in null fuse; do
            touch "/dev/$name"
            mount --bind "$place/dev/$name" "/dev/$name"
        done
        touch /dev/log
        mount --bind "$place/log" /dev/log
        shift
        "$@"
        python3 -c "import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b\"control\", \"/dev/log\")"
        ' - "$BATS_TEST_TMPDIR/logged" "$@"
    rm -r "$BATS_TEST_TMPDIR/logged"
}

@test "no command line gets into the node's log" {
    for image in "${IMAGES[@]}"; do
        run logged "$CH_BUILD/ch-run" "$image" -- echo secret
        expect_output $'secret control\ncontrol'
    done
}
