# The life of a container of ch-oci: operations and what they refuse.
# SPDX-License-Identifier: MIT

load ../oci

@test "run gives the program's exit status and leaves nothing" {
    program sh -c 'exit 7'
    run oci_run
    expect_status 7
    nothing_left
}

@test "run without a PID namespace is the program itself" {
    # shellcheck disable=SC2016 # for the container's shell
    program sh -c 'echo $$ $PPID'
    change 'drop("pid")'
    "$CH_BUILD/ch-oci" --root "$STATE" run -b "$BUNDLE" c1 \
        >"$BATS_TEST_TMPDIR/out" &
    pid=$!
    wait $pid
    run cat "$BATS_TEST_TMPDIR/out"
    expect_output "$pid $$"
    [ ! -e "$STATE" ]
}

@test "run ends by the signal that ended the program" {
    program sh -c 'kill -9 $$'
    change 'drop("pid")'
    run oci_run
    expect_status 137
    change 'l["namespaces"].append({"type": "pid"})' \
        'p["args"] = ["sh", "-c", "sleep 1000; true"]'
    oci_run 3>&- &
    pid=$!
    eventually 20 is_status running
    oci kill c1 KILL
    status=0
    wait $pid || status=$?
    expect_status 137
    nothing_left
}

@test "create, start, kill and delete go through the statuses" {
    program sleep 1000
    create_one --pid-file "$BATS_TEST_TMPDIR/pid"
    expect_member status created
    expect_member pid "$(cat "$BATS_TEST_TMPDIR/pid")"
    expect_member bundle "$BUNDLE"
    run cat "/proc/$(member pid)/cmdline"
    [[ $output != *sleep* ]]
    oci start c1
    expect_member status running
    run tr '\0' ' ' <"/proc/$(member pid)/cmdline"
    expect_output "sleep 1000 "
    oci kill c1 SIGKILL
    eventually 20 is_status stopped
    expect_member pid 0
    oci delete c1
    nothing_left
}

@test "the program has not run before start, and has its output" {
    program sh -c 'echo started'
    create_one
    run cat "$BATS_TEST_TMPDIR/out"
    expect_output ""
    oci start c1
    eventually 20 is_status stopped
    run cat "$BATS_TEST_TMPDIR/out"
    expect_output started
}

@test "operations refuse a container in another status" {
    program sleep 1000
    create_one
    run oci create -b "$BUNDLE" c1
    expect_oci_error "container c1 already exists"
    oci start c1
    run oci start c1
    expect_oci_error "cannot start container c1: it is running, not created"
    run oci delete c1
    expect_oci_error "cannot delete container c1 that is not stopped: it is"
    oci kill c1 KILL
    eventually 20 is_status stopped
    run oci kill c1 TERM
    expect_oci_error "container not running: c1"
    run oci start c1
    expect_oci_error "it is stopped, not created"
}

@test "an unknown container is an error, but not for delete --force" {
    for command in state start kill delete; do
        run oci $command nobody
        expect_oci_error "container nobody does not exist"
    done
    run oci delete --force nobody
    expect_status 0
    expect_output ""
}

@test "delete --force kills a running container" {
    program sleep 1000
    create_one
    oci start c1
    pid=$(member pid)
    oci delete --force c1
    is_gone "$pid"
    nothing_left
}

@test "delete removes one that was never started" {
    create_one
    pid=$(member pid)
    oci delete c1
    eventually 20 is_gone "$pid"
    nothing_left
}

@test "a program that is not there is told by create and run" {
    program nosuch
    for command in create run; do
        run oci $command -b "$BUNDLE" c1
        # shellcheck disable=SC2016 # for the container's shell
        expect_oci_error 'executable file `nosuch` not found in $PATH: No such'
        nothing_left
    done
    program /etc/passwd
    run oci_run
    # shellcheck disable=SC2016 # for the container's shell
    expect_oci_error 'cannot execute `/etc/passwd`: Permission denied'
}

@test "start tells why the program can't be executed" {
    printf 'no program' >"$BATS_TEST_TMPDIR/bad"
    printf '\177ELF bad' >"$BATS_TEST_TMPDIR/bad"
    chmod 755 "$BATS_TEST_TMPDIR/bad"
    change "c['mounts'].append({'destination': '/mnt/1', 'type': 'bind',
        'source': '$BATS_TEST_TMPDIR', 'options': ['bind']})"
    program /mnt/1/bad
    create_one
    run oci start c1
    expect_oci_error "can't exec: /mnt/1/bad"
    eventually 20 is_status stopped
}

@test "list shows all, as a table, as JSON, and by their ids" {
    program sleep 1000
    oci create -b "$BUNDLE" c2.x >/dev/null 2>&1 3>&-
    oci create -b "$BUNDLE" c1 >/dev/null 2>&1 3>&-
    oci start c2.x
    [ "$(oci list -q | xargs)" = "c1 c2.x" ]
    [[ $(oci list | head -1) =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER$ ]]
    [[ $(oci list) =~ c2.x\ +[0-9]+\ +running\ +"$BUNDLE" ]]
    run python3 -c 'import json, sys
print(sorted((c["id"], c["status"]) for c in json.load(sys.stdin)))' \
        < <(oci list -f json)
    expect_output "[('c1', 'created'), ('c2.x', 'running')]"
    oci delete --force --regex 'c[12]'
    [ -z "$(oci list -q)" ]
}

@test "two creates of one id: one wins" {
    for n in 1 2 3 4 5 6; do
        oci create -b "$BUNDLE" c1 >"$BATS_TEST_TMPDIR/out.$n" 2>&1 3>&- &&
            touch "$BATS_TEST_TMPDIR/won.$n" &
    done
    wait
    won=("$BATS_TEST_TMPDIR"/won.*)
    [ "${#won[@]}" -eq 1 ]
    [ "$(grep -l 'already exists' "$BATS_TEST_TMPDIR"/out.* | wc -l)" -eq 5 ]
}

@test "an id that could lead elsewhere is refused" {
    for id in ../c1 a/b '' . .. .c1 '@x' 'a b'; do
        run oci state "$id"
        expect_status 1
        [[ $output == *"container ID"* || $output == *"is empty"* ]]
    done
}

@test "signals are numbers or names" {
    program sh -c 'trap "exit 5" USR1; echo ready; while :; do sleep 1; done'
    create_one
    oci start c1
    eventually 20 grep -q ready "$BATS_TEST_TMPDIR/out"
    for signal in 0 URG SIGCONT 28; do
        oci kill c1 $signal
    done
    run oci kill c1 NOSUCH
    expect_oci_error "unknown signal: NOSUCH"
    oci kill c1 sigusr1
    eventually 20 is_status stopped
}

@test "options stand before and behind the command, unknown ones warn" {
    program echo hello
    run --separate-stderr oci run --new-option -b "$BUNDLE" --another=x \
        --log-level warning c1
    expect_status 0
    expect_output hello
    # shellcheck disable=SC2154
    [[ $stderr == *"warning: --new-option: no such option"* ]]
}

@test "errors go to the file of --log as lines of JSON" {
    run oci --log "$BATS_TEST_TMPDIR/log" --log-format json state nobody
    expect_oci_error "does not exist"
    run python3 -c 'import json, sys
line = json.loads(sys.stdin.readlines()[-1])
print(line["level"], line["msg"], sorted(line))' <"$BATS_TEST_TMPDIR/log"
    expect_output "error container nobody does not exist: No such file or \
directory ['level', 'msg', 'time']"
}

@test "a log in JSON holds one error, and warnings only when asked for" {
    local log=$BATS_TEST_TMPDIR/log
    run oci --log "$log" --log-format json state --new-option nobody
    run cat "$log"
    [[ ${#lines[@]} -eq 1 && $output == *'"level":"error"'* ]]
    run oci --log "$log" --log-format json --log-level warning state \
        --new-option nobody
    grep -q '"level":"warning"' "$log"
}

@test "create tells of a limit that may not be raised" {
    change 'p["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 1024,
        "hard": 2000000000}]'
    run oci create -b "$BUNDLE" c1
    expect_oci_error "can't set process.rlimits[0]: Operation not permitted"
    nothing_left
}

@test "checkpoint and restore say that they are not built in" {
    run oci checkpoint c1
    expect_oci_error "checkpoint is not built in: it needs CRIU"
}

@test "the version is in the form that callers read" {
    run oci --version
    [[ ${lines[0]} =~ ^ch-oci\ version\ [0-9.]+$ ]]
    [[ ${lines[1]} == "commit: "* ]]
    [[ ${lines[2]} == "spec: 1."* ]]
    [[ ${lines[3]} == "+"* ]]
}
