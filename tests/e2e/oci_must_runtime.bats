# What runtime.md of the runtime specification says that a runtime MUST do, as an
# ordinary user and as root; doc/oci.md has the table.
# SPDX-License-Identifier: MIT

load ../oci

@test "who created a container can operate on it, and others can't" {
    program sleep 1000
    create_one
    oci start c1
    oci state c1 >/dev/null
    [ "$(stat -c %a "$STATE")" = 700 ]
    if [ "$(id -u)" -eq 0 ] && id "${CH_USER:-chtest}" >/dev/null; then
        for operation in state kill delete; do
            run as_user "$CH_BUILD/ch-oci" --root "$STATE" $operation c1
            expect_oci_error "can't "
        done
        expect_member status running
    fi
    oci kill c1 KILL
    eventually 30 is_status stopped
    oci delete c1
    nothing_left
}

@test "an id is given once, and the second create makes nothing" {
    create_one
    before=$(oci state c1)
    run oci create -b "$BUNDLE" c1
    expect_status 1
    [[ $output == *c1*exist* ]]
    [ "$(oci state c1)" = "$before" ]
    [ "$(oci list -q)" = c1 ]
}

@test "the state has the members of its schema in every status" {
    change 'c["annotations"] = {"org.example.a": "b"}'
    program sleep 1000
    check()
    {
        oci state c1 | python3 -c 'import json, re, sys
s = json.load(sys.stdin)
assert re.match(r"^1\.\d+\.\d+$", s["ociVersion"]), s
assert s["id"] == "c1" and s["status"] == sys.argv[1], s
assert s["bundle"] == sys.argv[2] and s["bundle"].startswith("/"), s
assert s["annotations"] == {"org.example.a": "b"}, s
assert s["status"] == "stopped" or (type(s["pid"]) is int and s["pid"] > 0), s
' "$1" "$(realpath "$BUNDLE")"
    }
    create_one
    check created
    oci start c1
    check running
    oci kill c1 KILL
    eventually 30 is_status stopped
    check stopped
}

@test "operations without an id, or of an unknown one, are errors" {
    for operation in create start state kill delete; do
        run oci $operation
        expect_oci_error "too few arguments"
    done
    for operation in start state kill delete; do
        run oci $operation unknown
        expect_oci_error unknown
    done
}

@test "create needs a bundle, and an id that is valid" {
    run oci create -b "$BUNDLE"
    expect_oci_error "too few arguments"
    run oci create -b /nowhere c1
    expect_oci_error "the bundle"
    mkdir "$BATS_TEST_TMPDIR/empty"
    cd "$BATS_TEST_TMPDIR/empty" # which is the bundle where none is named
    run oci create c1
    expect_oci_error "empty/config.json: No such file or directory"
    for id in '' . .. a/b 'a b'; do
        run oci create -b "$BUNDLE" "$id"
        expect_oci_error "container"
    done
    [ ! -e "$STATE" ] || nothing_left
}

root_device()
{
    awk '$5 == "/" { device = $3 } END { print device }' "/proc/$1/mountinfo"
}

@test "create makes the environment, and start alone runs the program" {
    own_log
    change 'c["hostname"] = "made"'
    program sh -c "echo ran >>$LOG"
    create_one
    pid=$(member pid)
    # all but the program: namespaces, mounts, the root
    [ "$(readlink "/proc/$pid/ns/uts")" != "$(readlink /proc/self/ns/uts)" ]
    grep -q " $LOG " "/proc/$pid/mountinfo"
    [ "$(root_device "$pid")" != "$(root_device self)" ]
    [ ! -s "$LOG" ]
    oci start c1
    eventually 30 is_status stopped
    [ "$(cat "$LOG")" = ran ]
}

@test "what is changed in config.json after create does not count" {
    own_log
    program sh -c "echo old >>$LOG"
    create_one
    program sh -c "echo new >>$LOG"
    oci start c1
    eventually 30 is_status stopped
    [ "$(cat "$LOG")" = old ]
}

@test "a property that can't be applied is an error, and nothing is made" {
    change 'l["sysctl"] = {"net.no.such": "1"}'
    run oci create -b "$BUNDLE" c1
    expect_oci_error "linux.sysctl: can't set net.no.such"
    nothing_left
    run oci state c1
    expect_status 1
}

@test "hooks run at their moments: prestart to startContainer, then the program" {
    own_log
    for kind in prestart createRuntime createContainer startContainer \
        poststart poststop; do
        hook $kind "echo $kind >>$LOG"
    done
    program sh -c "echo program >>$LOG; exec sleep 1000"
    create_one
    run cat "$LOG"
    expect_output $'prestart\ncreateRuntime\ncreateContainer'
    oci start c1
    grep -q poststart "$LOG" # before start returns
    eventually 30 grep -q program "$LOG"
    run cat "$LOG"
    [ "${lines[3]}" = startContainer ]
    run sort <<<"${lines[4]}"$'\n'"${lines[5]}"
    expect_output $'poststart\nprogram'
    oci delete --force c1
    [ "$(tail -1 "$LOG")" = poststop ]
}

@test "a prestart hook that fails is an error, and the container is destroyed" {
    own_log
    hook prestart 'exit 3'
    hook poststop "echo poststop >>$LOG"
    run oci create -b "$BUNDLE" c1
    expect_oci_error "error running prestart hook #0: /bin/sh: prestart hook failed"
    nothing_left
    [ "$(cat "$LOG")" = poststop ]
}

@test "a createRuntime hook that fails is an error, and the container is destroyed" {
    own_log
    hook createRuntime 'exit 3'
    hook poststop "echo poststop >>$LOG"
    run oci create -b "$BUNDLE" c1
    expect_oci_error "error running createRuntime hook #0: /bin/sh: createRuntime hook failed"
    nothing_left
    [ "$(cat "$LOG")" = poststop ]
}

@test "a createContainer hook that fails is an error, and the container is destroyed" {
    own_log
    hook createContainer 'exit 3'
    hook poststop "echo poststop >>$LOG"
    run oci create -b "$BUNDLE" c1
    expect_oci_error "error running createContainer hook #0: /bin/sh: createContainer hook failed"
    nothing_left
    [ "$(cat "$LOG")" = poststop ]
}

@test "a startContainer hook that fails is an error, and the container is destroyed" {
    own_log
    hook startContainer 'exit 3'
    hook poststop "echo poststop >>$LOG"
    program sh -c "echo program >>$LOG"
    create_one
    run oci start c1
    expect_oci_error "error running startContainer hook #0: /bin/sh: startContainer hook failed"
    nothing_left
    [ "$(cat "$LOG")" = poststop ]
}

@test "a poststart hook that fails is an error, and the container is destroyed" {
    own_log
    hook poststart 'exit 3'
    hook poststop "echo poststop >>$LOG"
    program sleep 1000
    create_one
    run oci start c1
    expect_oci_error "error running poststart hook #0: /bin/sh: poststart hook failed"
    nothing_left
    [ "$(cat "$LOG")" = poststop ]
}

@test "a poststop hook that fails is a warning, and those behind it run" {
    own_log
    hook poststop 'exit 3'
    hook poststop "echo second >>$LOG"
    create_one
    run oci delete c1
    expect_status 0
    [[ $output == *"warning: error running poststop hook #"*"exit code 3"* ]]
    [ "$(cat "$LOG")" = second ]
    nothing_left
}

@test "start of what is not created is an error, and changes nothing" {
    program sleep 1000
    create_one
    oci start c1
    pid=$(member pid)
    run oci start c1
    expect_oci_error "cannot start container c1: it is running"
    expect_member pid "$pid"
    expect_member status running
    oci kill c1 KILL
    eventually 30 is_status stopped
    run oci start c1
    expect_oci_error "cannot start container c1: it is stopped"
    expect_member status stopped
}

@test "without a process a container is made, but not started or run" {
    change 'del c["process"]'
    run oci_run
    expect_oci_error "config.json: process: missing"
    nothing_left
    create_one
    run oci start c1
    expect_oci_error "cannot start container c1: config.json: process: missing"
    is_status created
    oci kill c1 KILL
    eventually 30 is_status stopped
    oci delete c1
    nothing_left
}

@test "kill sends the signal to the process, created or running" {
    own_log
    program sh -c "trap 'echo caught >>$LOG; exit' USR1; echo ready >>$LOG
        while :; do sleep 0.1; done"
    create_one
    oci start c1
    eventually 30 grep -q ready "$LOG"
    oci kill c1 USR1
    eventually 30 grep -q caught "$LOG"
    eventually 30 is_status stopped
    oci delete c1
    create_one
    oci kill c1 KILL
    eventually 30 is_status stopped
}

@test "kill of what is stopped is an error, and changes nothing" {
    create_one
    oci start c1
    eventually 30 is_status stopped
    run oci kill c1 KILL
    expect_oci_error "container not running: c1"
    expect_member status stopped
}

@test "delete of what runs is an error, and changes nothing" {
    program sleep 1000
    create_one
    oci start c1
    pid=$(member pid)
    run oci delete c1
    expect_oci_error "cannot delete container c1 that is not stopped"
    kill -0 "$pid" 2>/dev/null || [ -e "/proc/$pid" ]
    expect_member status running
}

@test "delete removes what create made, and nothing else" {
    mkdir "$BATS_TEST_TMPDIR/source"
    echo kept >"$BATS_TEST_TMPDIR/source/file"
    change "c['mounts'].append({'destination': '/mnt/1', 'type': 'bind',
        'source': '$BATS_TEST_TMPDIR/source', 'options': ['bind']})"
    mounts=$(wc -l </proc/self/mountinfo)
    create_one
    pid=$(member pid)
    oci delete --force c1
    nothing_left
    is_gone "$pid"
    [ "$(wc -l </proc/self/mountinfo)" -eq "$mounts" ]
    [ "$(cat "$BATS_TEST_TMPDIR/source/file")" = kept ]
    [ -e "$BUNDLE/config.json" ]
}
