# The words that "mounts" of config.json may have for options.
# SPDX-License-Identifier: MIT

load ../oci

# own_root: a root filesystem that may be changed.
own_root()
{
    mkdir -p "$BUNDLE/rootfs"/{bin,proc,dev,sys}
    cp "$ROOT/bin/busybox" "$BUNDLE/rootfs/bin/"
    for name in sh ls cat stat mount grep cut readlink; do
        ln -sf busybox "$BUNDLE/rootfs/bin/$name"
    done
    change 'c["root"] = {"path": "rootfs"}'
}

@test "tmpcopyup: a tmpfs begins with what it hides" {
    own_root
    mkdir -p "$BUNDLE/rootfs/var/sub"
    chmod 1777 "$BUNDLE/rootfs/var"
    echo one >"$BUNDLE/rootfs/var/sub/file"
    ln -s sub/file "$BUNDLE/rootfs/var/link"
    chmod 640 "$BUNDLE/rootfs/var/sub/file"
    mount_of /var tmpfs tmpfs tmpcopyup size=1m
    program sh -c 'cat /var/link; stat -c %a /var /var/sub/file
        echo two >/var/sub/file; cat /var/sub/file'
    expect_run $'one\n1777\n640\ntwo'
    [ "$(cat "$BUNDLE/rootfs/var/sub/file")" = one ]
    change 'c["mounts"][-1]["options"] = ["tmpcopyup", "ro", "mode=700"]'
    program sh -c 'cat /var/link; stat -c %a /var; >/var/new'
    run oci_run
    [ "${lines[0]}" = one ]
    [ "${lines[1]}" = 700 ]
    [[ ${lines[2]} == *"Read-only file system"* ]]
}

@test "src-nofollow: a link itself is bound" {
    own_root
    ln -s /some/where "$BATS_TEST_TMPDIR/link"
    mount_of /mnt/link bind "$BATS_TEST_TMPDIR/link" bind src-nofollow
    program readlink /mnt/link
    expect_run /some/where
    echo text >"$BATS_TEST_TMPDIR/file"
    change "c['mounts'][-1]['source'] = '$BATS_TEST_TMPDIR/file'"
    program cat /mnt/link
    expect_run text
}

@test "dest-nofollow: no link is mounted upon" {
    own_root
    mkdir "$BUNDLE/rootfs/there" "$BATS_TEST_TMPDIR/source"
    ln -s there "$BUNDLE/rootfs/link"
    mount_of /link bind "$BATS_TEST_TMPDIR/source" bind dest-nofollow
    run oci_run
    expect_oci_error "which is a link"
}

@test "remount: what is mounted gets other options" {
    mount_of /mnt/1 tmpfs tmpfs size=1m
    mount_of /mnt/1 tmpfs tmpfs remount ro size=2m
    program grep ' /mnt/1 ' /proc/mounts
    run oci_run
    [[ $output == "tmpfs /mnt/1 tmpfs ro,"*size=2048k* ]]
    mkdir "$BATS_TEST_TMPDIR/source"
    change 'c["mounts"] = c["mounts"][:-2]'
    mount_of /mnt/1 bind "$BATS_TEST_TMPDIR/source" bind
    mount_of /mnt/1 none "" bind remount ro noexec
    run oci_run
    [[ $output == *" /mnt/1 "*" ro,"*noexec* ]]
    change 'c["mounts"] = c["mounts"][:-2]'
    mount_of /no/such tmpfs tmpfs remount ro
    run oci_run
    expect_oci_error "can't open the mount point /no/such: No such file"
}

@test "recursive words are about all mounts below" {
    mkdir -p "$BATS_TEST_TMPDIR/source/below"
    own_root
    mount_of /mnt/1 bind "$BATS_TEST_TMPDIR/source" bind
    mount_of /mnt/1/below tmpfs tmpfs
    # shellcheck disable=SC2016 # for the container's shell
    program sh -c 'while read -r line; do case $line in *" /mnt/1"*)
        echo "$line"; esac; done </proc/mounts | cut -d " " -f 2,4'
    for word in ro nosuid nodev noexec nosymfollow; do
        change "c['mounts'] = [m for m in c['mounts'] if m['type'] != 'none']"
        mount_of /mnt/1 none "" remount bind "r$word"
        run oci_run
        [[ ${lines[0]} == "/mnt/1 "*"$word"* ]] || fail_with "$word: $output"
        [[ ${lines[1]} == "/mnt/1/below "*"$word"* ]] ||
            fail_with "$word: $output"
    done
}

@test "every option that MUST be known is" {
    mkdir "$BATS_TEST_TMPDIR/source"
    for word in async atime defaults dev diratime dirsync exec iversion \
        lazytime loud noatime nodev nodiratime noexec noiversion nolazytime \
        norelatime nostrictatime nosuid relatime ro rw silent strictatime \
        suid sync; do
        change 'c["mounts"] = [m for m in c["mounts"]
            if m["destination"] != "/mnt/1"]'
        mount_of /mnt/1 tmpfs tmpfs "$word"
        run oci_run
        # what the file system itself has not is told by the kernel, not by us
        [ "$status" -eq 0 ] || [[ $output == *"can't mount tmpfs at /mnt/1"* ]] ||
            fail_with "$word: $output"
        case $word in
        iversion) ;; # tmpfs has none
        *) expect_status 0 ;;
        esac
    done
    for word in bind rbind private rprivate shared rshared slave rslave \
        unbindable runbindable; do
        change 'c["mounts"] = [m for m in c["mounts"]
            if m["destination"] != "/mnt/1"]'
        mount_of /mnt/1 bind "$BATS_TEST_TMPDIR/source" bind "$word"
        run oci_run
        expect_status 0
    done
}

# seen WORD...: the options of a new tmpfs, as the container sees them.
seen()
{
    change 'c["mounts"] = [m for m in c["mounts"]
        if m["destination"] != "/mnt/1"]'
    mount_of /mnt/1 tmpfs tmpfs "$@"
    seen=,$(oci_run),
}

@test "options that can be seen have their effect, and their opposites take it back" {
    program sh -c "grep ' /mnt/1 ' /proc/mounts | cut -d ' ' -f 4"
    for word in ro nosuid nodev noexec noatime nodiratime relatime sync \
        dirsync lazytime; do
        seen "$word"
        [[ $seen == *,"$word",* ]] || fail_with "$word: $seen"
    done
    for pair in ro:rw nosuid:suid nodev:dev noexec:exec noatime:atime \
        nodiratime:diratime sync:async lazytime:nolazytime \
        relatime:strictatime; do
        seen "${pair%:*}" "${pair#*:}"
        [[ $seen != *,"${pair%:*}",* ]] || fail_with "$pair: $seen"
    done
}

@test "the propagation of a mount is as its word says" {
    mkdir "$BATS_TEST_TMPDIR/source"
    mount_of /mnt/1 bind "$BATS_TEST_TMPDIR/source" rbind
    program sh -c 'grep " /mnt/1 " /proc/self/mountinfo'
    # the fields between the options and "-" tell it
    for row in shared=1 rshared=1 slave= rslave= private= rprivate= \
        unbindable=unbindable runbindable=unbindable; do
        change "c['mounts'][-1]['options'] = ['rbind', '${row%=*}']"
        run oci_run
        expect_status 0
        fields=${output%% - *}
        fields=$(cut -s -d ' ' -f 7- <<<"$fields")
        case $row in
        *=1) [[ $fields == shared:* ]] || fail_with "$row: $output" ;;
        *slave=) [[ $fields != *shared:* ]] || fail_with "$row: $output" ;;
        *) [ "$fields" = "${row#*=}" ] || fail_with "$row: $output" ;;
        esac
    done
}

@test "ids of a bind are not mapped without privileges, and it is said" {
    [ "$(id -u)" -ne 0 ] || skip "root has them"
    mkdir "$BATS_TEST_TMPDIR/source"
    mount_of /mnt/1 bind "$BATS_TEST_TMPDIR/source" bind idmap
    run oci_run
    expect_oci_error "can't map the ids of $BATS_TEST_TMPDIR/source (it takes"
    change 'c["mounts"][-1].update({"type": "tmpfs", "options": ["idmap"]})'
    run oci_run
    expect_oci_error "/mnt/1: only a bind can have ids mapped"
    nothing_left
}
