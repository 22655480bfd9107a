# ch-oci as root: without a user namespace, with maps of its own, for others.
# SPDX-License-Identifier: MIT

load ../oci

@test "root's containers have no user namespace unless it is asked for" {
    program readlink /proc/self/ns/user
    run oci_run
    expect_output "$(readlink /proc/self/ns/user)"
}

@test "a user namespace with ranges of ids is mapped" {
    change 'l["namespaces"].append({"type": "user"})' \
        'l["uidMappings"] = [{"containerID": 0, "hostID": 100000,
            "size": 65536}, {"containerID": 70000, "hostID": 300000,
            "size": 5}]' 'l["gidMappings"] = l["uidMappings"]' \
        'p["user"] = {"uid": 5, "gid": 6, "additionalGids": [7, 8]}'
    program sh -c 'id; cat /proc/self/uid_map | xargs'
    open_scratch
    chmod 755 "$CH_DATA" "$FIXTURES" "$BUNDLE"
    run oci_run
    expect_output $'uid=5 gid=6 groups=7,8\n0 100000 65536 70000 300000 5'
}

@test "devices are made with their modes and owners" {
    change 'l["devices"] = [{"path": "/dev/own/fuse", "type": "c", "major": 10,
        "minor": 229, "fileMode": 0o640, "uid": 5, "gid": 6},
        {"path": "/dev/pipe", "type": "p"}]'
    program sh -c 'stat -c "%F %t %T %a %u %g" /dev/own/fuse; ls -l /dev/pipe'
    run oci_run
    [ "${lines[0]}" = "character special file a e5 640 5 6" ]
    [[ ${lines[1]} == prw-rw-rw-* ]]
    change 'l["devices"] = [{"path": "/dev/x", "type": "x"}]'
    run oci_run
    expect_oci_error "linux.devices[0]: device /dev/x: unknown type: x"
}

@test "a state folder that a user has planted signals nobody of root's" {
    sleep 1000 3>&- &
    pid=$!
    open_scratch
    mkdir -p "$STATE/c1"
    python3 - "$STATE/c1/state.json" $pid <<'PYTHON'
import json, sys
pid = int(sys.argv[2])
with open(f"/proc/{pid}/stat") as f:
    start = int(f.read().rsplit(")", 1)[1].split()[19])
with open(sys.argv[1], "w") as f:
    json.dump({"pid": pid, "startTime": start, "made": True}, f)
PYTHON
    chown -R "${CH_USER:-chtest}" "$STATE"
    run oci kill c1 KILL
    expect_oci_error "can't send signal 9 to container c1: Operation not"
    run oci delete --force c1
    expect_status 1
    kill -0 $pid
    kill $pid
}

@test "a folder of state that others may write to is refused" {
    mkdir -m 777 "$STATE"
    run oci list
    expect_oci_error "can be written to by others"
}

@test "a container of an ordinary user is managed by root" {
    open_scratch
    program sleep 1000
    chmod -R a+rX "$BUNDLE"
    mkdir -p "$STATE"
    chown "${CH_USER:-chtest}" "$STATE"
    as_user "$CH_BUILD/ch-oci" --root "$STATE" run -d -b "$BUNDLE" c1 \
        >/dev/null 2>&1 3>&-
    expect_member status running
    oci delete --force c1
    nothing_left
}

@test "no_pivot moves the root" {
    program sh -c 'ls /data/small | wc -l; ls -d /.. | xargs'
    run oci_run --no-pivot
    expect_output $'200\n/..'
}

@test "the root filesystem's propagation is as planned" {
    for word in shared slave private; do
        change "l['rootfsPropagation'] = '$word'"
        program sh -c 'grep " / / " /proc/self/mountinfo ||
            grep " / " /proc/self/mountinfo | head -1'
        run oci_run
        expect_status 0
    done
    change "l['rootfsPropagation'] = 'odd'"
    run oci_run
    expect_oci_error "linux.rootfsPropagation: unknown: odd"
}

@test "nothing of a container is mounted outside" {
    before=$(wc -l </proc/self/mountinfo)
    program sleep 1000
    for word in shared slave private; do
        change "l['rootfsPropagation'] = '$word'"
        create_one
        [ "$(wc -l </proc/self/mountinfo)" -eq "$before" ]
        oci delete c1
    done
}
