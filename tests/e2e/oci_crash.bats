# ch-oci killed at any moment: nothing is left that can't be removed.
# SPDX-License-Identifier: MIT

load ../oci

# processes_left: of this test's containers, by a word in their command line.
processes_left()
{
    pgrep -f "sleep 4815162" || true
}

none_left()
{
    [ -z "$(processes_left)" ]
}

@test "create killed at any moment leaves what delete --force removes" {
    program sleep 4815162
    for n in $(seq "${CH_ROUNDS:-40}"); do
        "$CH_BUILD/ch-oci" --root "$STATE" create -b "$BUNDLE" "c$n" \
            >/dev/null 2>&1 3>&- &
        pid=$!
        sleep "0.00$((n % 10))$((n * 7 % 10))"
        kill -9 $pid 2>/dev/null || true
        wait $pid 2>/dev/null || true
        oci list -q >/dev/null
        oci delete --force "c$n"
    done
    oci create -b "$BUNDLE" last >/dev/null 2>&1 3>&-
    oci delete last
    [ -z "$(oci list -q)" ]
    nothing_left
}

@test "only what killed processes of ours have left is swept up" {
    mkdir -p "$STATE"/{@,@home,@0-a,@12,@2147483646-c1}
    touch "$STATE"/{@,@home,@0-a,@12,@2147483646-c1}/file
    oci list
    [ "$(cd "$STATE" && echo *)" = "@ @0-a @12 @home" ]
    [ -e "$STATE/@home/file" ]
    rm -r "$STATE"/@*
}

@test "start, run, exec and delete killed at any moment leave as little" {
    export CH_ROUNDS=${CH_ROUNDS:-10}
    run python3 "$CH_TESTS/kill/oci.py" "$CH_BUILD/ch-oci" "$STATE" "$BUNDLE"
    expect_status 0
}

@test "a container whose maker was killed while a hook ran ends, and is removed" {
    change 'c["hooks"] = {"createRuntime": [{"path": "/bin/sleep",
        "args": ["sleep", "3"]}]}'
    "$CH_BUILD/ch-oci" --root "$STATE" create -b "$BUNDLE" c1 \
        >/dev/null 2>&1 3>&- &
    maker=$!
    eventually 20 is_status creating
    has_process() { [ "$(member pid)" != 0 ]; }
    eventually 20 has_process
    pid=$(member pid)
    kill -9 $maker
    eventually 20 is_status stopped
    eventually 20 is_gone "$pid"
    oci delete c1
    nothing_left
}

@test "run killed takes its container with it" {
    program sleep 4815162
    "$CH_BUILD/ch-oci" --root "$STATE" run -b "$BUNDLE" c1 3>&- &
    pid=$!
    eventually 20 is_status running
    kill -9 $pid
    eventually 20 none_left
    is_status stopped
    oci delete c1
}

@test "a process of another time with the same id is not signalled" {
    create_one
    oci start c1 || true
    eventually 20 is_status stopped
    sleep 1000 3>&- &
    pid=$!
    python3 - "$STATE/c1/state.json" $pid <<'PYTHON'
import json, sys
with open(sys.argv[1]) as f:
    s = json.load(f)
s["pid"] = int(sys.argv[2])
with open(sys.argv[1], "w") as f:
    json.dump(s, f)
PYTHON
    expect_member status stopped
    run oci kill c1 KILL
    expect_oci_error "container not running: c1"
    oci delete --force c1
    kill -0 $pid
    kill $pid
}
