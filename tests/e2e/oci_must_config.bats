# What config.md of the runtime specification says that a runtime MUST do, as an
# ordinary user and as root; doc/oci.md has the table.
# SPDX-License-Identifier: MIT

load ../oci

# refused STATEMENT TEXT: after this change alone, the error.
refused()
{
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/before"
    change "$1"
    expect_refused "config.json: $2"
    mv "$BATS_TEST_TMPDIR/before" "$BUNDLE/config.json"
}

# own_root: a root filesystem that may be changed.
own_root()
{
    mkdir -p "$BUNDLE/rootfs"/{bin,proc,dev,sys}
    cp "$ROOT/bin/busybox" "$BUNDLE/rootfs/bin/"
    for name in sh ls cat; do
        ln -sf busybox "$BUNDLE/rootfs/bin/$name"
    done
    change 'c["root"] = {"path": "rootfs"}'
}

@test "ociVersion is a version of the first edition" {
    for version in 1.0.0 1.0.2-dev 1.3.0 1.2.0-rc.1+build.5; do
        change "c['ociVersion'] = '$version'"
        expect_run ""
    done
    for version in '' 1 1.0 v1.0.0 1.x.0 x; do
        refused "c['ociVersion'] = '$version'" "ociVersion: not a version"
    done
    refused 'c["ociVersion"] = "2.0.0"' "ociVersion: 2.0.0 is not supported"
    refused 'del c["ociVersion"]' "ociVersion: missing"
}

@test "root.path is a directory that exists" {
    change 'c["root"]["path"] = "/nowhere"'
    expect_refused "config.json: root.path"
    refused 'del c["root"]' "root: missing"
    refused 'del c["root"]["path"]' "root.path: missing"
}

@test "a read-only root filesystem is, and another one is not" {
    own_root
    program sh -c 'echo text >/new && cat /new'
    change 'c["root"]["readonly"] = True'
    run oci_run
    [[ $output == *"Read-only file system"* ]]
    change 'del c["root"]["readonly"]'
    expect_run text
}

@test "mounts are made in the listed order" {
    for i in 1 2 3; do
        mkdir -p "$BATS_TEST_TMPDIR/$i/sub"
        echo $i >"$BATS_TEST_TMPDIR/$i/file"
    done
    change "c['mounts'] += [{'destination': d, 'type': 'bind',
        'source': '$BATS_TEST_TMPDIR/' + s, 'options': ['bind']}
        for d, s in [('/mnt/1', '1'), ('/mnt/1', '2'), ('/mnt/1/sub', '3')]]"
    program cat /mnt/1/file /mnt/1/sub/file
    expect_run $'2\n3'
}

@test "a relative destination begins at the root" {
    mkdir "$BATS_TEST_TMPDIR/source"
    echo there >"$BATS_TEST_TMPDIR/source/file"
    change "c['mounts'].append({'destination': 'mnt/1', 'type': 'bind',
        'source': '$BATS_TEST_TMPDIR/source', 'options': ['bind']})" \
        'p["cwd"] = "/data"'
    program cat /mnt/1/file
    expect_run there
}

@test "uidMappings of a mount come with gidMappings" {
    mkdir "$BATS_TEST_TMPDIR/source"
    change "c['mounts'] = [{'destination': '/mnt/1', 'type': 'bind',
        'source': '$BATS_TEST_TMPDIR/source', 'options': ['bind']}]"
    for kind in uidMappings gidMappings; do
        refused "c['mounts'][0]['$kind'] = [{'containerID': 0, 'hostID': 0,
            'size': 1}]" "mounts[0]: uidMappings and gidMappings come together"
    done
}

@test "consoleSize counts for nothing without a terminal" {
    change 'p["terminal"] = False' \
        'p["consoleSize"] = {"height": 7, "width": 9}'
    expect_run ""
    change 'del p["terminal"]'
    expect_run ""
}

@test "process.cwd is absolute" {
    refused 'p["cwd"] = "data"' "process.cwd: not an absolute path: data"
    refused 'del p["cwd"]' "process.cwd: missing"
}

@test "limits of the process are those that are planned" {
    # all that getrlimit(2) has; no user may have more than there is
    change 'limits = {"AS": 2 << 40, "CORE": 0, "CPU": 5000, "DATA": 2 << 40,
            "FSIZE": 2 << 40, "LOCKS": 200, "MEMLOCK": 65536,
            "MSGQUEUE": 8192, "NICE": 0, "NOFILE": 88, "NPROC": 9000,
            "RSS": 2 << 40, "RTPRIO": 0, "RTTIME": 1000000,
            "SIGPENDING": 600, "STACK": 4 << 20}' \
        'p["rlimits"] = [{"type": "RLIMIT_" + name, "soft": hard // 2,
            "hard": hard} for name, hard in limits.items()]'
    program cat /proc/self/limits
    run oci_run
    expect_status 0
    for row in "address space:$((1 << 40)) $((2 << 40)) bytes" \
        "core file size:0 0 bytes" "cpu time:2500 5000 seconds" \
        "data size:$((1 << 40)) $((2 << 40)) bytes" \
        "file size:$((1 << 40)) $((2 << 40)) bytes" \
        "file locks:100 200 locks" "locked memory:32768 65536 bytes" \
        "msgqueue size:4096 8192 bytes" "nice priority:0 0" \
        "open files:44 88 files" "processes:4500 9000 processes" \
        "resident set:$((1 << 40)) $((2 << 40)) bytes" \
        "realtime priority:0 0" "realtime timeout:500000 1000000 us" \
        "pending signals:300 600 signals" \
        "stack size:$((2 << 20)) $((4 << 20)) bytes"; do
        tr -s ' ' <<<"$output" | grep -qx "Max ${row/:/ } \?" ||
            fail_with "$row: $output"
    done
}

@test "a limit that the kernel has not, or that is there twice, is an error" {
    refused 'p["rlimits"] = [{"type": "RLIMIT_X", "soft": 1, "hard": 1}]' \
        "process.rlimits[0].type: unknown: RLIMIT_X"
    refused 'p["rlimits"] = 2 * [{"type": "RLIMIT_CPU", "soft": 1, "hard": 1}]' \
        "process.rlimits[1].type: the same as in rlimits[0]"
}

@test "a capability that can't be granted is a warning" {
    change 'p["capabilities"] = {k: ["CAP_KILL", "CAP_NO_SUCH"] for k in
        ["bounding", "permitted", "effective"]}'
    program sh -c 'grep ^CapEff /proc/self/status | cut -f 2'
    run oci run --log-level warning -b "$BUNDLE" c1
    expect_status 0
    [[ $output == *"warning: unknown capability: CAP_NO_SUCH"* ]]
    [[ $output == *0000000000000020* ]]
}

@test "oom_score_adj is as planned, or stays" {
    before=$(cat /proc/self/oom_score_adj)
    [ "$before" -lt 900 ] || skip "no room above the score of the tests"
    program cat /proc/self/oom_score_adj
    change 'p.pop("oomScoreAdj", None)'
    expect_run "$before"
    change "p['oomScoreAdj'] = $((before + 50))"
    expect_run $((before + 50))
}

@test "the path of a hook is absolute, and its time above zero" {
    for kind in prestart createRuntime createContainer startContainer \
        poststart poststop; do
        refused "c['hooks'] = {'$kind': [{'path': 'bin/true'}]}" \
            "hooks.${kind}[0].path: not absolute: bin/true"
        refused "c['hooks'] = {'$kind': [{'path': '/bin/true', 'timeout': 0}]}" \
            "hooks.${kind}[0].timeout: not above 0"
        refused "c['hooks'] = {'$kind': [{}]}" "hooks.${kind}[0].path: missing"
    done
}

@test "hooks are called in the listed order, with the state for input" {
    own_log
    for kind in prestart createRuntime createContainer startContainer \
        poststart poststop; do
        for i in 1 2; do
            hook $kind "echo $kind$i \$(sed 's/.*\"id\":\"\\([^\"]*\\).*/\\1/') \
                >>$LOG"
        done
    done
    create_one
    oci start c1
    eventually 30 is_status stopped
    oci delete c1
    run cat "$LOG"
    expect_output "prestart1 c1
prestart2 c1
createRuntime1 c1
createRuntime2 c1
createContainer1 c1
createContainer2 c1
startContainer1 c1
startContainer2 c1
poststart1 c1
poststart2 c1
poststop1 c1
poststop2 c1"
}

@test "hooks before the pivot see the old root, poststart the program, poststop none" {
    own_log
    # shellcheck disable=SC2016 # for the hooks' shell
    pid='read -r state; p=${state#*\"pid\":}; p=${p%%,*}'
    for kind in prestart createRuntime; do
        hook $kind "$pid; [ ! -e /proc/\$p/root$BUNDLE ] || echo $kind >>$LOG"
    done
    hook createContainer "[ ! -e $BUNDLE ] || echo createContainer >>$LOG"
    hook startContainer "[ -e $BUNDLE ] || echo startContainer >>$LOG"
    hook poststart "$pid; tr '\0' '_' </proc/\$p/cmdline >>$LOG; echo >>$LOG"
    hook poststop "readlink /proc/\$(cat $LOG.pid)/exe || echo gone >>$LOG"
    program sleep 1000
    create_one --pid-file "$LOG.pid"
    run cat "$LOG"
    expect_output $'prestart\ncreateRuntime\ncreateContainer'
    oci start c1
    run tail -n +4 "$LOG"
    expect_output $'startContainer\nsleep_1000_'
    oci delete --force c1
    [ "$(tail -n 1 "$LOG")" = gone ]
}

@test "hooks get the state as in its schema, with the status of the moment" {
    own_log
    for kind in prestart createRuntime createContainer startContainer \
        poststart poststop; do
        hook $kind "cat >>$LOG; echo >>$LOG"
    done
    change 'c["annotations"] = {"org.example.a": "b"}'
    program sleep 1000
    create_one
    pid=$(member pid)
    oci start c1
    oci delete --force c1
    run python3 - "$LOG" "$pid" "$(realpath "$BUNDLE")" <<'PYTHON'
import json, sys
states = [json.loads(line) for line in open(sys.argv[1]) if line.strip()]
for s in states:
    assert s["id"] == "c1" and s["bundle"] == sys.argv[3], s
    assert s["ociVersion"].startswith("1."), s
    assert s["annotations"] == {"org.example.a": "b"}, s
    assert s["status"] == "stopped" or s["pid"] == int(sys.argv[2]), s
print(*[s["status"] for s in states])
PYTHON
    expect_output "creating creating creating created running stopped"
}

@test "prestart, createRuntime, poststart, poststop run in the runtime's namespaces" {
    own_log
    for kind in prestart createRuntime poststart poststop; do
        hook $kind "echo $kind \$(readlink /proc/self/ns/uts) >>$LOG.host"
    done
    create_one
    oci start c1
    eventually 30 is_status stopped
    oci delete c1
    run cut -d ' ' -f 1 "$LOG.host"
    expect_output $'prestart\ncreateRuntime\npoststart\npoststop'
    [ "$(cut -d ' ' -f 2 "$LOG.host" | uniq)" = \
        "$(readlink /proc/self/ns/uts)" ]
}

@test "createContainer's path is the runtime's, but it runs in the container" {
    own_log
    # a program that only the host has
    printf '#!/bin/sh\nreadlink /proc/self/ns/uts >>%s\n' "$LOG" \
        >"$BATS_TEST_TMPDIR/program"
    chmod 755 "$BATS_TEST_TMPDIR/program"
    change "c['hooks'] = {'createContainer':
        [{'path': '$BATS_TEST_TMPDIR/program', 'env': ['PATH=/bin']}]}"
    create_one
    [ "$(cat "$LOG")" = "$(readlink "/proc/$(member pid)/ns/uts")" ]
}

@test "startContainer's path is the container's, and it runs there" {
    own_log
    # a program that only the container has
    change "c['hooks'] = {'startContainer': [{'path': '/bin/busybox',
        'args': ['sh', '-c', 'ls /data/small | wc -l >>$LOG'],
        'env': ['PATH=/bin']}]}"
    create_one
    [ ! -s "$LOG" ]
    oci start c1
    [ "$(cat "$LOG")" = 200 ]
}

@test "annotations are strings by names that are not empty" {
    refused 'c["annotations"] = {"a": 1}' "annotations.a: expected a string"
    refused 'c["annotations"] = ["a"]' "annotations: expected an object"
    refused 'c["annotations"] = {"": "a"}' "annotations: an empty name"
    change 'c["annotations"] = {"com.example.unknown": "x", "a": ""}'
    expect_run ""
}

@test "members that nobody knows are ignored, wherever they are" {
    change 'c["unknown"] = {"a": [1]}' 'p["unknown"] = 1' 'l["unknown"] = []' \
        'c["root"]["unknown"] = "x"' 'p["user"]["unknown"] = True' \
        'c["mounts"][0]["unknown"] = {}' \
        'l["namespaces"][0]["unknown"] = None'
    expect_run ""
}

@test "values that are invalid are errors that tell where" {
    refused 'c["process"] = []' "process: expected an object"
    refused 'p["args"] = "true"' "process.args: expected an array of strings"
    refused 'p["args"] = []' "process.args: needs one word at least"
    refused 'p["args"] = ["true", 1]' "process.args[1]: expected a string"
    refused 'p["user"]["uid"] = -1' "process.user.uid: out of range"
    refused 'p["user"]["uid"] = 1.5' "process.user.uid: expected a whole number"
    refused 'p["user"]["additionalGids"] = ["x"]' \
        "process.user.additionalGids[0]: expected a number"
    refused 'p["env"] = [None]' "process.env[0]: expected a string"
    refused 'p["terminal"] = "no"' "process.terminal: expected true or false"
    refused 'c["mounts"] = [{}]' "mounts[0].destination: missing"
    refused 'c["mounts"] = {}' "mounts: expected an array"
    refused 'l["namespaces"] = [{"type": "x"}]' \
        "linux.namespaces[0].type: unknown: x"
    refused 'l["namespaces"] = [{}]' "linux.namespaces[0].type: missing"
    refused 'l["uidMappings"] = [{"containerID": 0}]' \
        "linux.uidMappings[0].hostID: missing"
    refused 'l["seccomp"] = {"defaultAction": "X"}' \
        "linux.seccomp.defaultAction: unknown: X"
    refused 'l["resources"] = []' "linux.resources: expected an object"
}
