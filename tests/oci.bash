# shellcheck shell=bash
# oci.bash - what tests of ch-oci share, on top of helper.bash.
#
# Every test has a folder of state of its own, $STATE, and a bundle, $BUNDLE,
# whose root filesystem is a copy of links to the shared one. OCI_RUNTIME may
# name another runtime, to see how it does.
# SPDX-License-Identifier: MIT

load "${BATS_TEST_DIRNAME}/../helper"

setup_file()
{
    make_fixtures
}

setup()
{
    make_bundle
}

make_bundle()
{
    STATE=$BATS_TEST_TMPDIR/state
    BUNDLE=$BATS_TEST_TMPDIR/bundle
    mkdir -p "$BUNDLE"
    "$CH_BUILD/ch-oci" spec -b "$BUNDLE"
    change 'p["terminal"] = False' "c['root']['path'] = '$ROOT'" \
        'p["env"] = ["PATH=/bin", "TERM=xterm"]' 'p["args"] = ["true"]' \
        "l['cgroupsPath'] = '/ch-test-$$'" # not that of another folder's c1
    export STATE BUNDLE
}

# Containers that a failing test has left.
teardown()
{
    local id
    for id in $(oci list -q 2>/dev/null); do
        oci delete --force "$id" || true
    done
}

oci()
{
    timeout "${OCI_TIMEOUT:-60}" "${OCI_RUNTIME:-$CH_BUILD/ch-oci}" \
        --root "$STATE" "$@"
}

# change PYTHON...: edit config.json: "c" is the document, "p" its process, "l"
# its section "linux".
change()
{
    python3 - "$BUNDLE/config.json" "$@" <<'PYTHON'
import json, sys
with open(sys.argv[1]) as f:
    c = json.load(f)
p, l = c["process"], c["linux"]
def drop(kind):
    l["namespaces"] = [n for n in l["namespaces"] if n["type"] != kind]
for statement in sys.argv[2:]:
    exec(statement)
with open(sys.argv[1], "w") as f:
    json.dump(c, f)
PYTHON
}

# program WORD...: the process's command.
program()
{
    local words
    words=$(python3 -c 'import json, sys; print(json.dumps(sys.argv[1:]))' \
        "$@")
    change "p['args'] = $words"
}

# mount_of DESTINATION TYPE SOURCE OPTION...: one more mount.
mount_of()
{
    python3 - "$BUNDLE/config.json" "$@" <<'PYTHON'
import json, sys
path, destination, kind, source = sys.argv[1:5]
with open(path) as f:
    c = json.load(f)
c["mounts"].append({"destination": destination, "type": kind,
                    "source": source, "options": sys.argv[5:]})
with open(path, "w") as f:
    json.dump(c, f)
PYTHON
}

# hook KIND SCRIPT [TIMEOUT]: one more, run by sh.
hook()
{
    python3 - "$BUNDLE/config.json" "$@" <<'PYTHON'
import json, sys
path, kind, script = sys.argv[1:4]
with open(path) as f:
    c = json.load(f)
hook = {"path": "/bin/sh", "args": ["sh", "-c", script],
        "env": ["PATH=/bin:/usr/bin"]}
if len(sys.argv) > 4:
    hook["timeout"] = int(sys.argv[4])
c.setdefault("hooks", {}).setdefault(kind, []).append(hook)
with open(path, "w") as f:
    json.dump(c, f)
PYTHON
}

# own_log: $LOG can be written to in the container, too.
own_log()
{
    LOG=$BATS_TEST_TMPDIR/log
    : >"$LOG"
    change "c['root']['path'] = '$SQUASH'" \
        "c['mounts'].append({'destination': '$LOG', 'type': 'bind',
            'source': '$LOG', 'options': ['bind']})"
}

oci_run()
{
    oci run -b "$BUNDLE" "$@" c1
}

# write_to_runtime [COMMAND]: a container tries to write to the program
# $BATS_TEST_TMPDIR/ch-oci that enters it, and waits at the pipe /fifo, when it
# has done COMMAND to $p, the process.
write_to_runtime()
{
    program sleep 1000
    # shellcheck disable=SC2119 # no option
    create_one
    oci start c1
    OCI_RUNTIME=$BATS_TEST_TMPDIR/ch-oci oci exec -d --pid-file \
        "$BATS_TEST_TMPDIR/pid" c1 /proc/self/exe oci --log /fifo state x 3>&-
    # shellcheck disable=SC2016 # for the container's shell
    run oci exec c1 sh -c '
        for p in $(grep -l /fifo /proc/[0-9]*/cmdline); do
            p=$(dirname "$p")
            case $(tr "\0" " " <"$p/cmdline") in
                /proc/self/exe*) break ;;
            esac
        done
        exec 3<$p/exe || exit 1
        echo opened $(dd bs=1 skip=1 count=3 <&3)
        '"${1-}"'
        cat /fifo >/dev/null
        while [ -e $p/exe ]; do sleep 0.1; done
        echo overwritten >/proc/self/fd/3
        echo "status $?"'
}

# create_one [OPTION...]: a container c1 that waits, its output in
# $BATS_TEST_TMPDIR/out.
# shellcheck disable=SC2120 # some tests have options
create_one()
{
    oci create -b "$BUNDLE" "$@" c1 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- ||
        fail_with "$(cat "$BATS_TEST_TMPDIR/out")"
}

# member NAME: of the state of c1.
member()
{
    oci state c1 | python3 -c \
        'import json, sys; print(json.load(sys.stdin).get(sys.argv[1]))' "$1"
}

is_status()
{
    [ "$(member status)" = "$1" ]
}

expect_member()
{
    [ "$(member "$1")" = "$2" ] || fail_with "$1 is $(member "$1"), not $2"
}

# expect_oci_error TEXT: the last "run" ended with 1 and one line with TEXT.
expect_oci_error()
{
    expect_oci_error_of 1 "$1"
}

# expect_exec_error TEXT: the same of exec, whose program may end with 1.
expect_exec_error()
{
    expect_oci_error_of 255 "$1"
}

expect_oci_error_of()
{
    expect_status "$1"
    shift
    local name=${OCI_RUNTIME:-ch-oci}
    # shellcheck disable=SC2154
    if [ "${#lines[@]}" -ne 1 ] || [[ $output != *"$1"* ]] ||
        ! [[ $output =~ ^${name##*/}\[[0-9]+\]:\ error:\ .+ ]]; then
        fail_with "expected one line of error with: $1"$'\n'"got: $output"
    fi
}

# expect_run TEXT: what the program prints.
expect_run()
{
    run oci_run
    expect_status 0
    expect_output "$1"
}

# expect_refused TEXT: the error of run.
expect_refused()
{
    run oci_run
    expect_oci_error "$1"
    nothing_left
}

# nothing_left: no container, and nothing that it was made of.
nothing_left()
{
    [ -z "$(ls -A "$STATE")" ] || fail_with "left: $(ls -A "$STATE")"
}

# is_gone PID: no such process, or one that nobody has waited for.
is_gone()
{
    [ -z "$(readlink "/proc/$1/exe" 2>/dev/null)" ]
}
