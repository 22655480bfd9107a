# Containers whose root is the host's, and what they try against it; each is an
# attack that some runtime has fallen to.
# SPDX-License-Identifier: MIT

load ../oci

# own_root: an image of the test's own, $OWN, to be changed.
own_root()
{
    OWN=$BATS_TEST_TMPDIR/root
    cp -a "$ROOT" "$OWN"
    change "c['root']['path'] = '$OWN'" "c['root']['readonly'] = False"
}

no_dev()
{
    change 'c["mounts"] = [m for m in c["mounts"]
        if not m["destination"].startswith("/dev")]'
}

victim()
{
    VICTIM=$BATS_TEST_TMPDIR/victim
    echo unharmed >"$VICTIM"
    chmod 600 "$VICTIM"
}

is_unharmed()
{
    [ "$(cat "$VICTIM")" = unharmed ]
    [ "$(stat -c '%F %a %u %g' "$VICTIM")" = "regular file 600 0 0" ]
}

# CVE-2019-5736: the runtime's file, by way of a process that executes it.
@test "a container can't overwrite the runtime, not even with CAP_SYS_ADMIN" {
    cp "$CH_BUILD/ch" "$BATS_TEST_TMPDIR/ch-oci"
    own_root
    mkfifo "$OWN/fifo"
    change 'p["capabilities"] = {k: ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE",
        "CAP_SYS_PTRACE"] for k in ("bounding", "effective", "permitted")}'
    # shellcheck disable=SC2016 # for the container's shell
    write_to_runtime 'mount -o remount,bind,rw none $p/exe && echo remounted'
    [[ $output == *"opened ELF"* ]]
    [[ $output != *remounted* ]]
    [[ $output == *"Read-only file system"* ]]
    [[ $output == *"status 1" ]]
    cmp "$CH_BUILD/ch" "$BATS_TEST_TMPDIR/ch-oci"
}

# CVE-2016-9962: a process of the host's on its way in.
@test "a process that waits in a shared PID namespace can't be looked into" {
    change 'p["capabilities"] = {k: ["CAP_SYS_PTRACE"] for k in ("bounding",
        "effective", "permitted")}' \
        'l["namespaces"].append({"type": "user"})' \
        'l["uidMappings"] = [{"containerID": 0, "hostID": 0, "size": 100}]' \
        'l["gidMappings"] = l["uidMappings"]'
    open_scratch
    program sleep 1000
    create_one
    oci start c1
    pid=$(member pid)
    change 'l["cgroupsPath"] = l.get("cgroupsPath", "/ch-test") + "-2"' \
        'l["uidMappings"] = l["gidMappings"] = []' 'drop("user")' \
        'drop("pid")' \
        "l['namespaces'].append({'type': 'pid', 'path': '/proc/$pid/ns/pid'})" \
        "l['namespaces'].append({'type': 'user', 'path': '/proc/$pid/ns/user'})"
    oci create -b "$BUNDLE" c2 >"$BATS_TEST_TMPDIR/out2" 2>&1 3>&- ||
        fail_with "$(cat "$BATS_TEST_TMPDIR/out2")"
    # shellcheck disable=SC2016 # for the container's shell
    run oci exec c1 sh -c 'for p in /proc/[0-9]*; do
        case $(cat $p/cmdline) in *cre[a]te*) ls -l $p/fd $p/exe;
            readlink $p/cwd && echo seen ;; esac; done'
    [[ $output == *"ermission denied"* ]]
    [[ $output != *seen* ]]
    oci delete --force c2
}

# CVE-2024-21626
@test "no directory of the host's is a container's by its descriptor" {
    own_root
    ln -s /proc/self/fd/9 "$OWN/link"
    for cwd in /proc/self/fd/9 /proc/self/fd/9/tmp /proc/1/fd/9 /link /link/tmp
    do
        change "p['cwd'] = '$cwd'"
        program pwd
        run oci_run 9</
        [[ $output == *"process.cwd $cwd"* ]]
        expect_status 1
    done
    for fd in 3 4 5 6 7 8 10 11 12 13 14; do
        change "p['cwd'] = '/proc/self/fd/$fd'"
        run oci_run
        expect_status 1
    done
    change 'p["cwd"] = "/"'
    program /proc/self/fd/9/bin/sh -c 'echo out'
    run oci_run 9</
    [[ $output != out ]]
    expect_status 1
    program sleep 1000
    create_one
    oci start c1
    for cwd in /proc/self/fd/9 /link; do
        run oci exec --cwd "$cwd" c1 pwd 9</
        expect_exec_error "process.cwd $cwd"
    done
    run oci exec c1 /proc/self/fd/9/bin/sh -c 'echo out' 9</
    [[ $output != out ]]
}

@test "descriptors of the caller's are open neither for programs nor hooks" {
    own_root
    change "c['hooks'] = {'startContainer': [{'path': '/bin/sh', 'args': ['sh',
        '-c', 'ls -l /proc/self/fd >/hook']}]}"
    program ls -l /proc/self/fd
    run oci_run 9</ 11<"$BUNDLE/config.json"
    expect_status 0
    [[ $output != *"-> /etc"* ]]
    [[ $output != *"9 -> "* ]]
    [[ $output != *"11 -> "* ]]
    run cat "$OWN/hook"
    [[ $output != *"9 -> "* ]]
    [[ $output != *"11 -> "* ]]
    [ "${#lines[@]}" -ge 4 ]
}

# CVE-2021-30465
@test "a mount point that turns into a link while it is mounted stays inside" {
    own_root
    mkdir -p "$BATS_TEST_TMPDIR"/{outside,volume} "$OWN"/{a,b}/sub
    change "c['mounts'].append({'destination': '/a/sub', 'type': 'none',
        'source': '$BATS_TEST_TMPDIR/volume', 'options': ['rbind', 'ro']})"
    program sh -c 'touch /a/sub/file /b/sub/file 2>&1 | grep -c Read-only'
    python3 - "$OWN" 3>&- <<'PYTHON' &
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
a, b = (os.fsencode(f"{sys.argv[1]}/{n}") for n in "ab")
parent = os.getppid()
while os.getppid() == parent:
    libc.renameat2(-100, a, -100, b, 2)
PYTHON
    racer=$!
    for _ in $(seq "${CH_ROUNDS:-20}"); do
        run oci_run
        # all well, or an error; never a mount that lacks its options (the two
        # may change places between the two files, too)
        [ "$status" -le 1 ]
        [ ! -e "$BATS_TEST_TMPDIR/volume/file" ]
    done
    kill $racer
    wait $racer || true
    nothing_left
}

# CVE-2025-31133
@test "a /dev/null of the image's is not what masks paths" {
    own_root
    victim
    rm -rf "${OWN:?}/dev"
    mkdir "$OWN/dev"
    ln -s "$VICTIM" "$OWN/dev/null"
    no_dev
    change 'l["maskedPaths"] = ["/proc/kcore", "/proc/keys"]'
    program sh -c 'cat /proc/keys; stat -c %t:%T /proc/keys; echo x >/dev/null'
    run oci_run
    expect_output 1:3
    is_unharmed
    rm "$OWN/dev/null"
    cp "$VICTIM" "$OWN/dev/null"
    run oci_run
    expect_output 1:3
    [ "$(cat "$OWN/dev/null")" = unharmed ]
    nothing_left
}

@test "masked and read-only paths follow links within the root only" {
    own_root
    victim
    ln -s "$VICTIM" "$OWN/masked"
    ln -s ../../../../../../../../../../etc "$OWN/guarded"
    mkdir -p "$OWN/etc"
    change 'l["maskedPaths"] = ["/masked"]' 'l["readonlyPaths"] = ["/guarded"]'
    program sh -c 'touch /etc/new'
    run oci_run
    [[ $output == *"Read-only file system"* ]]
    is_unharmed
    [ ! -e /etc/new ]
}

# CVE-2019-19921, CVE-2023-27561, CVE-2023-28642
@test "a /proc or /sys that is a link is refused" {
    own_root
    for name in proc sys; do
        mv "$OWN/$name" "$OWN/real"
        ln -s /real "$OWN/$name"
        run oci_run
        expect_status 1
        [[ $output == *"/$name"* ]]
        rm "$OWN/$name"
        mv "$OWN/real" "$OWN/$name"
    done
    nothing_left
}

# CVE-2019-16884, CVE-2025-52881
@test "settings are written to procfs, whatever the container has at /proc" {
    own_root
    mkdir -p "$OWN/fake/sys/kernel" "$OWN/fake/self/attr" "$OWN/real"
    echo old >"$OWN/fake/sys/kernel/domainname"
    change "c['mounts'] = [{'destination': '/proc', 'type': 'none', 'options':
        ['bind'], 'source': '$OWN/fake'}, {'destination': '/real',
        'type': 'proc', 'source': 'proc'}]" \
        'l["sysctl"] = {"kernel.domainname": "inside"}'
    program cat /proc/sys/kernel/domainname /real/sys/kernel/domainname
    run oci_run
    expect_output $'old\ninside'
    for name in kernel/../../self/attr/exec ../sysrq-trigger /etc/passwd; do
        change "l['sysctl'] = {'$name': 'x'}"
        run oci_run
        expect_oci_error "linux.sysctl: not a name: $name"
    done
}

# CVE-2025-52565
@test "a terminal is of a devpts only, and its console no link's target" {
    own_root
    victim
    change 'p["terminal"] = True'
    program true
    cat >"$BATS_TEST_TMPDIR/listen" <<'PYTHON'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
s.settimeout(60)
kept = []
while True:
    kept.append(s.accept()[0])
PYTHON
    python3 "$BATS_TEST_TMPDIR/listen" "$BATS_TEST_TMPDIR/console" 3>&- &
    listener=$!
    eventually 20 test -S "$BATS_TEST_TMPDIR/console"
    change 'for m in c["mounts"]:
    if m["destination"] == "/dev/pts":
        m.update(type="tmpfs", source="tmpfs", options=[])'
    run oci create -b "$BUNDLE" --console-socket "$BATS_TEST_TMPDIR/console" c1
    expect_oci_error "/dev/pts of the container is not a devpts"
    change 'c["mounts"] = [m for m in c["mounts"] if m["destination"] != "/dev"
        and m["destination"] != "/dev/shm" and m["destination"] != "/dev/mqueue"]' \
        'for m in c["mounts"]:
    if m["destination"] == "/dev/pts":
        m.update(type="devpts", source="devpts", options=["newinstance",
            "ptmxmode=0666"])'
    mkdir -p "$OWN/dev"
    ln -sf "$VICTIM" "$OWN/dev/console"
    run oci create -b "$BUNDLE" --console-socket "$BATS_TEST_TMPDIR/console" c1
    is_unharmed
    [ "$(grep -c "$VICTIM" /proc/self/mountinfo)" = 0 ]
    oci delete --force c1
    kill $listener
}

@test "files of the image in the place of devices are no way out" {
    own_root
    victim
    no_dev
    rm -rf "${OWN:?}/dev"
    mkdir "$OWN/dev"
    ln -s "$VICTIM" "$OWN/dev/zero"
    program stat -c %F /dev/zero
    run oci_run
    expect_output "character special file"
    is_unharmed
    rm -r "${OWN:?}/dev"
    ln -s "$BATS_TEST_TMPDIR" "$OWN/dev"
    run oci_run
    [ ! -e "$BATS_TEST_TMPDIR/null" ]
}

@test "groups of the caller's are not the container's" {
    program sh -c 'id; grep ^Groups /proc/self/status'
    for namespaces in pass 'l["namespaces"].append({"type": "user"})'; do
        change "$namespaces" \
            'l["uidMappings"] = [] if all(n["type"] != "user" for n in
            l["namespaces"]) else [{"containerID": 0, "hostID": 0, "size": 1}]' \
            'l["gidMappings"] = l["uidMappings"]'
        run setpriv --groups 4,6,1001 "$CH_BUILD/ch-oci" --root "$STATE" run \
            -b "$BUNDLE" c1
        expect_status 0
        [[ ${lines[1]} =~ ^Groups:[[:space:]]*$ ]] || fail_with "$output"
        [[ ${lines[0]} != *1001* ]]
    done
}

# CVE-2022-29162, CVE-2022-27650
@test "exec --cap makes no capability inheritable" {
    program sleep 1000
    create_one
    oci start c1
    run oci exec --cap CAP_NET_RAW c1 grep Cap /proc/self/status
    [[ ${lines[0]} =~ CapInh:[[:space:]]*0+$ ]]
    [[ ${lines[1]} =~ CapPrm:[[:space:]]*0*[1-9a-f] ]]
    [[ ${lines[4]} =~ CapAmb:[[:space:]]*0+$ ]]
    [ "$((0x$(awk '/CapEff/ {print $2}' <<<"$output") >> 13 & 1))" = 1 ]
}

@test "root makes no container in another user's folder" {
    open_scratch
    mkdir -p "$STATE"
    chown "${CH_USER:-chtest}" "$STATE"
    run oci_run
    expect_oci_error "belongs to user $(id -u "${CH_USER:-chtest}")"
    [ -z "$(ls -A "$STATE")" ]
}

@test "root runs no hooks of another user's container" {
    open_scratch
    mkdir -p "$STATE"
    chown "${CH_USER:-chtest}" "$STATE"
    program true
    hook poststop "touch $STATE/hook"
    chmod -R a+rX "$BUNDLE"
    as_user "$CH_BUILD/ch-oci" --root "$STATE" create -b "$BUNDLE" c1 \
        >/dev/null 2>&1 3>&-
    run oci delete --force c1
    expect_status 0
    [[ $output == *"its hooks are not run, as it is another user's"* ]] ||
        fail_with "$output"
    [ -z "$(ls -A "$STATE")" ]
}

@test "a pid file replaces a link, and its temporary file follows none" {
    victim
    file=$BATS_TEST_TMPDIR/pid
    program true
    ln -s "$VICTIM" "$file"
    export file VICTIM BUNDLE STATE
    # the name is known before, as the process stays the same
    # shellcheck disable=SC2016 # for that shell
    bash -c 'ln -s "$VICTIM" "$file.$$"
        exec "$CH_BUILD/ch-oci" --root "$STATE" create -b "$BUNDLE" \
            --pid-file "$file" c1' >/dev/null 2>&1 3>&-
    [ "$(cat "$file")" = "$(member pid)" ]
    [ ! -L "$file" ]
    is_unharmed
}

@test "exec is in the container's root also with --no-pivot" {
    own_root
    echo here >"$OWN/mark"
    program sleep 1000
    oci create -b "$BUNDLE" --no-pivot c1 >/dev/null 2>&1 3>&-
    oci start c1
    run oci exec c1 cat /mark
    expect_output here
    run oci exec c1 sh -c 'cd ../../..; cat mark;'
    [[ ${lines[0]} = here ]]
    [ "$(oci exec c1 readlink /proc/self/root)" = / ]
    [ "$(oci exec c1 stat -c %i /)" = "$(stat -c %i "$OWN")" ]
}

@test "confinement that the kernel has not is no silent loss" {
    [ -e /sys/module/apparmor ] || {
        change 'p["apparmorProfile"] = "some"'
        run oci_run
        expect_oci_error "process.apparmorProfile: some: this kernel has no"
        change 'p["apparmorProfile"] = "unconfined"'
        oci_run
    }
    [ -e /sys/fs/selinux ] || {
        change 'p["selinuxLabel"] = "some_t"'
        run oci_run
        expect_oci_error "process.selinuxLabel: some_t: this kernel has no"
    }
    nothing_left
}
