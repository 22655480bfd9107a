# Members of config.json that say how the kernel is to treat a container.
# SPDX-License-Identifier: MIT

load ../oci

refused_member() # STATEMENT TEXT: after this change it is refused
{
    local before
    before=$(cat "$BUNDLE/config.json")
    change "$1"
    expect_refused "config.json: $2"
    echo "$before" >"$BUNDLE/config.json"
}

@test "the scheduler's policy and niceness are as planned" {
    change 'p["scheduler"] = {"policy": "SCHED_BATCH", "nice": 7}'
    # policy and niceness, by proc(5)
    program sh -c "sed 's/.*) //' /proc/self/stat | cut -d ' ' -f 17,39"
    expect_run "7 3"
    change 'p["scheduler"] = {"policy": "SCHED_IDLE",
        "flags": ["SCHED_FLAG_RESET_ON_FORK"]}'
    program sh -c 'grep ^policy /proc/self/sched | tr -dc "[0-9]"
        sed "s/.*) //" /proc/$$/stat | cut -d " " -f 39'
    run oci_run
    [ "${lines[0]: -1}" = 5 ]
}

@test "a policy that the kernel refuses is an error" {
    change 'p["scheduler"] = {"policy": "SCHED_ISO"}'
    expect_refused "can't set process.scheduler: Invalid argument"
}

@test "the priority of input and output is as planned" {
    change 'p["ioPriority"] = {"class": "IOPRIO_CLASS_BE", "priority": 6}'
    # shellcheck disable=SC2016 # for the container's shell
    program sh -c 'ionice -p $$'
    expect_run "best-effort: prio 6"
}

@test "the personality changes the machine's name" {
    change 'l["personality"] = {"domain": "LINUX32"}'
    program uname -m
    run oci_run
    expect_status 0
    [ "$output" != "$(uname -m)" ]
    change 'l["personality"] = {"domain": "LINUX"}'
    expect_run "$(uname -m)"
}

@test "memory is where the policy has it" {
    [ -e /proc/self/numa_maps ] || skip "a kernel without NUMA"
    change 'l["memoryPolicy"] = {"mode": "MPOL_BIND", "nodes": "0",
        "flags": ["MPOL_F_STATIC_NODES"]}'
    program sh -c 'cut -d " " -f 2 /proc/self/numa_maps | sort -u'
    run oci_run
    [[ $output == *bind=static:0* ]]
    change 'l["memoryPolicy"] = {"mode": "MPOL_BIND"}'
    expect_refused "can't set linux.memoryPolicy (nodes: none)"
}

@test "clocks of a new time namespace are set" {
    [ -e /proc/self/ns/time ] || skip "a kernel without time namespaces"
    change 'l["namespaces"].append({"type": "time"})' \
        'l["timeOffsets"] = {"boottime": {"secs": 90000000},
            "monotonic": {"secs": 5, "nanosecs": 7}}'
    program sh -c 'cut -d . -f 1 /proc/uptime
        sed "s/  */ /g" /proc/self/timens_offsets'
    run oci_run
    [ "${lines[0]}" -gt 90000000 ]
    [ "${lines[1]}" = "monotonic 5 7" ]
    [ "${lines[2]}" = "boottime 90000000 0" ]
    change 'drop("time")'
    expect_refused "config.json: linux.timeOffsets: there is no new time"
}

@test "the session keyring is a new one, unless the caller's is to stay" {
    [ -e /proc/keys ] || skip "a kernel without keys"
    change 'l["maskedPaths"] = []'
    program sh -c "grep -c ch-secret /proc/keys"
    secret=(python3 "$CH_TESTS/e2e/with_key.py" "$CH_BUILD/ch-oci" --root
        "$STATE" run -b "$BUNDLE")
    run "${secret[@]}" c1
    expect_output 0
    run "${secret[@]}" --no-new-keyring c1
    expect_output 1
}

@test "exec runs on the CPUs that its process names" {
    program sleep 1000
    create_one
    oci start c1
    cat >"$BATS_TEST_TMPDIR/process.json" <<'JSON'
{"cwd": "/", "env": ["PATH=/bin"],
 "args": ["grep", "^Cpus_allowed_list", "/proc/self/status"],
 "execCPUAffinity": {"initial": "0", "final": "0"}}
JSON
    run oci exec -p "$BATS_TEST_TMPDIR/process.json" c1
    expect_output $'Cpus_allowed_list:\t0'
    sed -i 's/"final": "0"/"final": "0-"/' "$BATS_TEST_TMPDIR/process.json"
    run oci exec -p "$BATS_TEST_TMPDIR/process.json" c1
    expect_exec_error "process.execCPUAffinity.final: not a list of numbers: 0-"
}

@test "hooks write to the files that annotations name" {
    change 'c["hooks"] = {k: [{"path": "/bin/sh", "args": ["sh", "-c",
        "echo out; echo err >&2"]}] for k in ["prestart", "createRuntime",
        "createContainer", "poststart", "poststop"]}' \
        "c['annotations'] = {'run.oci.hooks.stdout': '$BATS_TEST_TMPDIR/1',
            'run.oci.hooks.stderr': '$BATS_TEST_TMPDIR/2'}" \
        "c['root']['path'] = '$SQUASH'"
    expect_run ""
    [ "$(grep -c out "$BATS_TEST_TMPDIR/1")" -eq 5 ]
    [ "$(grep -c err "$BATS_TEST_TMPDIR/2")" -eq 5 ]
    change 'c["annotations"]["run.oci.hooks.stdout"] = "/nowhere/1"'
    expect_refused "can't open /nowhere/1 of the annotation run.oci.hooks.std"
}

@test "a member of a wrong value is refused with its path" {
    refused_member 'p["scheduler"] = {}' "process.scheduler.policy: missing"
    refused_member 'p["scheduler"] = {"policy": "SCHED_FAST"}' \
        "process.scheduler.policy: unknown: SCHED_FAST"
    refused_member 'p["scheduler"] = {"policy": "SCHED_IDLE", "flags": ["X"]}' \
        "process.scheduler.flags[0]: unknown: X"
    refused_member 'p["ioPriority"] = {"class": "IOPRIO_CLASS_BE",
        "priority": 8}' "process.ioPriority.priority: not from 0 to 7"
    refused_member 'l["personality"] = {"domain": "LINUX", "flags": ["X"]}' \
        "linux.personality.flags[0]: unknown: X"
    refused_member 'l["memoryPolicy"] = {"mode": "MPOL_X"}' \
        "linux.memoryPolicy.mode: invalid memory policy mode: unknown: MPOL_X"
    refused_member 'l["memoryPolicy"] = {"mode": "MPOL_BIND", "nodes": "0,"}' \
        "linux.memoryPolicy.nodes: invalid memory policy nodes: 0,"
    refused_member 'l["memoryPolicy"] = {"mode": "MPOL_BIND", "nodes": "0",
        "flags": ["MPOL_F_X"]}' \
        "linux.memoryPolicy.flags[0]: invalid memory policy flag: unknown: MPOL_F_X"
    refused_member 'l["memoryPolicy"] = {"mode": "MPOL_DEFAULT",
        "nodes": "0-7"}' "linux.memoryPolicy: invalid memory policy: this mode requires 0 nodes but got 8"
    refused_member 'p["execCPUAffinity"] = {"initial": "x"}' \
        "process.execCPUAffinity.initial: not a list of numbers: x"
}

@test "the caller's groups stay if an annotation asks for it" {
    change 'c["annotations"] = {"run.oci.keep_original_groups": "1"}'
    program sh -c 'grep ^Groups: /proc/self/status | wc -w'
    expect_run "$(grep ^Groups: /proc/self/status | wc -w)"
}

@test "features names what is there, and nothing else" {
    run python3 -c '
import json, sys
f = json.load(sys.stdin)
l = f["linux"]
assert set(f) <= {"ociVersionMin", "ociVersionMax", "hooks", "mountOptions",
    "linux", "annotations", "potentiallyUnsafeConfigAnnotations"}, f.keys()
assert set(l) <= {"namespaces", "capabilities", "cgroup", "seccomp", "apparmor",
    "selinux", "intelRdt", "mountExtensions", "netDevices",
    "memoryPolicy"}, l.keys()
assert f["hooks"] == ["prestart", "createRuntime", "createContainer",
    "startContainer", "poststart", "poststop"], f["hooks"]
assert len(l["namespaces"]) == 8 and "time" in l["namespaces"]
assert l["mountExtensions"]["idmap"]["enabled"] is True
assert l["intelRdt"]["enabled"] is True
assert l["netDevices"]["enabled"] is True
assert "MPOL_BIND" in l["memoryPolicy"]["modes"]
assert "MPOL_F_STATIC_NODES" in l["memoryPolicy"]["flags"]
for word in ["tmpcopyup", "ridmap", "rro", "rnosymfollow", "src-nofollow"]:
    assert word in f["mountOptions"], word
' < <(oci features)
    expect_status 0
}
