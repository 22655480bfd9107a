# A root filesystem that shares its mounts, on a host that does so, too, as those
# with systemd: what is mounted for a container stays in it.
# SPDX-License-Identifier: MIT

load ../oci

# expect_nothing_mounted HOOK: where all mounts are shared, before and after.
expect_nothing_mounted()
{
    local mounts=$BATS_TEST_TMPDIR/mounts
    program sh -c 'mount -t tmpfs none /mnt; grep -c " /mnt " /proc/mounts'
    change "l['rootfsPropagation'] = '$1'" \
        'p["capabilities"] = {k: ["CAP_SYS_ADMIN"] for k in ("bounding",
            "effective", "permitted")}'
    # shellcheck disable=SC2016 # for that shell
    run timeout 60 unshare --mount --propagation shared sh -c '
        cut -d " " -f 4- /proc/self/mountinfo >"$0.before"
        "$@"
        cut -d " " -f 4- /proc/self/mountinfo >"$0.after"' \
        "$mounts" "$CH_BUILD/ch-oci" --root "$STATE" run -b "$BUNDLE" c1
    expect_output 1
    diff "$mounts.before" "$mounts.after"
}

@test "a shared root shows the host nothing that is mounted in it" {
    expect_nothing_mounted shared
    expect_nothing_mounted rshared
    expect_nothing_mounted rslave
}

@test "nor does a root that is shown to hooks" {
    hook createContainer 'grep -q " '"$ROOT"'/proc " /proc/mounts'
    expect_nothing_mounted shared
}

@test "a place of the host's that is bound still shares what is mounted" {
    local place=$BATS_TEST_TMPDIR/place
    mkdir "$place"
    mount -t tmpfs place "$place"
    mkdir "$place/below"
    mount --make-shared "$place"
    mount_of /mnt none "$place" rbind rshared
    program mount -t tmpfs none /mnt/below
    change "l['rootfsPropagation'] = 'shared'" \
        'p["capabilities"] = {k: ["CAP_SYS_ADMIN"] for k in ("bounding",
            "effective", "permitted")}'
    run oci_run
    run grep -c "$place/below" /proc/mounts
    umount -R "$place"
    expect_output 1
}
