# Containers of an ordinary user, whose root is himself outside, and what they
# try against it.
# SPDX-License-Identifier: MIT

load ../oci

# own_root: an image of the test's own, $OWN, to be changed.
own_root()
{
    OWN=$BATS_TEST_TMPDIR/root
    cp -a "$ROOT" "$OWN"
    change "c['root']['path'] = '$OWN'" "c['root']['readonly'] = False"
}

# CVE-2019-5736: in a container of his own, root may write to the user's files.
@test "a user's own copy of the runtime can't be overwritten by his container" {
    cp "$CH_BUILD/ch" "$BATS_TEST_TMPDIR/ch-oci"
    own_root
    mkfifo "$OWN/fifo"
    write_to_runtime
    [[ $output == *"opened ELF"* ]]
    [[ $output == *"status 1" ]]
    cmp "$CH_BUILD/ch" "$BATS_TEST_TMPDIR/ch-oci"
}

# Else each start of an ordinary user would pay for a copy that he needs not.
@test "a program that root owns is run from its file by an ordinary user" {
    [ "$(stat -c %u "$CH_BUILD/ch")" = 0 ] || skip "the user owns the program"
    program true
    create_one
    [[ $(readlink "/proc/$(member pid)/exe") != *memfd* ]]
}

# CVE-2024-21626
@test "no directory of the host's is a user's container's by its descriptor" {
    own_root
    ln -s /proc/self/fd/9 "$OWN/link"
    program pwd
    for cwd in /proc/self/fd/9 /proc/self/fd/9/tmp /link /proc/self/fd/3 \
        /proc/self/fd/4 /proc/self/fd/5 /proc/self/fd/6; do
        change "p['cwd'] = '$cwd'"
        run oci_run 9</
        expect_oci_error "process.cwd $cwd"
    done
    change 'p["cwd"] = "/"'
    program sleep 1000
    create_one
    oci start c1
    run oci exec --cwd /link c1 pwd 9</
    expect_exec_error "process.cwd /link"
    run oci exec c1 /proc/self/fd/9/bin/sh -c 'echo out' 9</
    [[ $output != out ]]
    expect_status 255
    run oci exec c1 ls -l /proc/self/fd 9</
    [[ $output != *"9 -> "* ]]
}

# CVE-2022-29162, CVE-2022-27650
@test "exec --cap makes no capability of a user's container inheritable" {
    program sleep 1000
    create_one
    oci start c1
    run oci exec --cap CAP_SYS_TIME c1 grep Cap /proc/self/status
    [[ ${lines[0]} =~ CapInh:[[:space:]]*0+$ ]]
    [[ ${lines[4]} =~ CapAmb:[[:space:]]*0+$ ]]
}

@test "links in the image lead nowhere else, be it for mounts or devices" {
    own_root
    victim=$BATS_TEST_TMPDIR/victim
    echo unharmed >"$victim"
    rm -rf "${OWN:?}/dev"
    mkdir -p "$OWN/dev" "$OWN/etc"
    ln -s "$victim" "$OWN/dev/null"
    ln -s "$victim" "$OWN/masked"
    ln -s ../../../../../../../../../.. "$OWN/up"
    change 'c["mounts"] = [m for m in c["mounts"]
        if not m["destination"].startswith("/dev")]' \
        'l["maskedPaths"] = ["/masked", "/proc/keys"]' \
        'c["mounts"].append({"destination": "/up/mnt", "type": "tmpfs",
            "source": "tmpfs"})'
    program sh -c 'echo x >/dev/null; stat -c %t:%T /dev/null; cat /proc/keys
        grep -c " /mnt " /proc/self/mountinfo'
    run oci_run
    expect_output $'1:3\n1'
    [ "$(cat "$victim")" = unharmed ]
    nothing_left
}

# CVE-2024-21626: the directory that a container was made to start in.
@test "a working directory that has left the root by the start is refused" {
    local volume=$BATS_TEST_TMPDIR/volume
    mkdir -p "$volume/work"
    mount_of /mnt none "$volume" bind
    change 'p["cwd"] = "/mnt/work"'
    program sh -c 'ls ..; /bin/pwd'
    create_one
    mv "$volume/work" "$BATS_TEST_TMPDIR/outside"
    run oci start c1
    expect_oci_error "process.cwd /mnt/work: No such file"
    mkdir "$volume/work"
    oci delete --force c1
    create_one
    oci start c1
    eventually 20 grep -qx /mnt/work "$BATS_TEST_TMPDIR/out"
}
