# ch-oci as root: binds whose files have other ids in the container.
# SPDX-License-Identifier: MIT

load ../oci

setup_source() # OPTION...: bound at /mnt/1
{
    mkdir -p "$BATS_TEST_TMPDIR/source/below"
    echo text >"$BATS_TEST_TMPDIR/source/file"
    chown 1000:1001 "$BATS_TEST_TMPDIR/source/file"
    python3 - "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/source" "$@" <<'PYTHON'
import json, sys
path, source = sys.argv[1:3]
with open(path) as f:
    c = json.load(f)
c["mounts"].append({"destination": "/mnt/1", "type": "bind",
                    "source": source, "options": sys.argv[3:]})
with open(path, "w") as f:
    json.dump(c, f)
PYTHON
    program stat -c %u:%g /mnt/1/file
}

@test "a bind has the ids that its own maps say" {
    setup_source bind
    change 'c["mounts"][-1].update({
        "uidMappings": [{"containerID": 1000, "hostID": 5, "size": 1}],
        "gidMappings": [{"containerID": 1001, "hostID": 6, "size": 1}]})'
    run oci_run
    expect_status 0
    expect_output 5:6
}

@test "idmap without maps of its own takes the container's" {
    open_scratch
    chmod 755 "$CH_DATA" "$FIXTURES" "$BUNDLE"
    setup_source bind idmap
    change 'l["namespaces"].append({"type": "user"})' \
        'l["uidMappings"] = [{"containerID": 0, "hostID": 100000,
            "size": 65536}]' 'l["gidMappings"] = l["uidMappings"]'
    run oci_run
    expect_output 1000:1001
    change 'c["mounts"][-1]["options"] = ["bind"]'
    run oci_run
    expect_output 65534:65534
    change 'del l["uidMappings"], l["gidMappings"]' 'drop("user")' \
        'c["mounts"][-1]["options"] = ["bind", "idmap"]'
    run oci_run
    expect_oci_error "/mnt/1: no uidMappings and no user namespace"
    nothing_left
}

@test "ridmap maps what is mounted below, too" {
    mount_at=$BATS_TEST_TMPDIR/source/below
    setup_source rbind ridmap
    mount -t tmpfs tmpfs "$mount_at"
    touch "$mount_at/file"
    chown 1000:1001 "$mount_at/file"
    change 'c["mounts"][-1].update({
        "uidMappings": [{"containerID": 1000, "hostID": 5, "size": 1}],
        "gidMappings": [{"containerID": 1001, "hostID": 6, "size": 1}]})'
    program stat -c %u:%g /mnt/1/file /mnt/1/below/file
    run oci_run
    umount "$mount_at"
    expect_output $'5:6\n5:6'
}

@test "recursive words are about access times, too" {
    setup_source rbind rnoatime rnodiratime
    mount -t tmpfs tmpfs "$BATS_TEST_TMPDIR/source/below"
    program sh -c 'grep " /mnt/1" /proc/mounts | cut -d " " -f 2,4'
    run oci_run
    umount "$BATS_TEST_TMPDIR/source/below"
    [[ ${lines[0]} == "/mnt/1 "*noatime,nodiratime* ]]
    [[ ${lines[1]} == "/mnt/1/below "*noatime,nodiratime* ]]
}

@test "what the host forbids of a source with other ids stays forbidden" {
    local source=$BATS_TEST_TMPDIR/source
    open_scratch
    chmod 755 "$CH_DATA" "$FIXTURES" "$BUNDLE"
    setup_source rbind ridmap noatime
    mount --bind "$source" "$source"
    mount -o remount,bind,ro,nosuid "$source"
    mount -t tmpfs tmpfs "$source/below"
    change 'l["namespaces"].append({"type": "user"})' \
        'l["uidMappings"] = [{"containerID": 0, "hostID": 100000,
            "size": 65536}]' 'l["gidMappings"] = l["uidMappings"]' \
        'p["capabilities"] = {k: ["CAP_SYS_ADMIN"] for k in ("bounding",
            "effective", "permitted")}'
    program sh -c 'mount -o remount,bind,rw /mnt/1 && echo WRITABLE
        mount -o remount,bind,ro,suid /mnt/1 && echo SETUID
        umount /mnt/1/below && echo UNCOVERED
        grep " /mnt/1 " /proc/mounts
        stat -c %u:%g /mnt/1/file'
    run oci_run
    umount "$source/below" "$source"
    [[ $output == *"1000:1001" ]] || fail_with "$output"
    [[ $output == *noatime* ]] || fail_with "$output"
    [[ $output != *WRITABLE* ]] || fail_with "$output"
    [[ $output != *SETUID* ]] || fail_with "$output"
    [[ $output != *UNCOVERED* ]] || fail_with "$output"
}
