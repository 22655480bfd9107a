# What callers of runc and crun count on, and what these say.
# SPDX-License-Identifier: MIT

load ../oci

# receive SOCKET: in the background; the message that comes there is printed, and
# the process whose descriptor comes along killed when it has been given its name.
receive()
{
    python3 - "$1" >"$BATS_TEST_TMPDIR/received" 3>&- <<'PYTHON' &
import array, signal, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
c = s.accept()[0]
text, control, _, _ = c.recvmsg(64, 64)
fds = array.array("i", control[0][2])
pid = [l for l in open("/proc/self/fdinfo/%d" % fds[0]) if "Pid:" in l]
print(text.decode(), len(fds), flush=True)
while open("/proc/%s/comm" % pid[0].split()[1]).read() != "sleep\n":
    time.sleep(0.02)
signal.pidfd_send_signal(fds[0], signal.SIGKILL)
PYTHON
    eventually 20 test -S "$1"
}

@test "--pidfd-socket gets a descriptor of the container's process" {
    local socket=$BATS_TEST_TMPDIR/socket
    program sleep 1000
    receive "$socket"
    create_one --pidfd-socket "$socket"
    oci start c1
    eventually 20 is_status stopped
    grep -qx 'pidfd 1' "$BATS_TEST_TMPDIR/received"
    oci delete c1
    rm "$socket"
    receive "$socket"
    run oci_run --pidfd-socket="$socket"
    expect_status 137
    run oci_run --pidfd-socket "$BATS_TEST_TMPDIR/none"
    expect_oci_error "--pidfd-socket: can't send to $BATS_TEST_TMPDIR/none"
    nothing_left
}

@test "exec --pidfd-socket gets one of the further process" {
    local socket=$BATS_TEST_TMPDIR/socket
    program sleep 1000
    create_one
    oci start c1
    receive "$socket"
    run oci exec --pidfd-socket "$socket" c1 sleep 1000
    expect_status 137
    expect_member status running
}

@test "kill --all of a container that has ended is no error, kill is" {
    program true
    create_one
    oci start c1
    eventually 20 is_status stopped
    oci kill --all c1 KILL
    oci kill -a c1 0
    run oci kill c1 0
    expect_oci_error "container not running: c1"
}

@test "a command that there is none of has no help" {
    run oci nonsense -h
    expect_oci_error "No help topic for 'nonsense'"
    run oci nonsense
    expect_oci_error "no such command: nonsense"
}

@test "a signal that ends programs ends a container that waits for its start" {
    program sleep 1000
    for signal in TERM INT; do
        create_one
        oci kill c1 $signal
        eventually 20 is_status stopped
        oci delete c1
    done
}

@test "list makes no folder, and a --root that is not there is an error" {
    local none=$BATS_TEST_TMPDIR/none
    run "$CH_BUILD/ch-oci" --root "$none" list
    expect_oci_error "can't open the folder $none for the state"
    [ ! -e "$none" ]
    run env XDG_RUNTIME_DIR="$BATS_TEST_TMPDIR" "$CH_BUILD/ch-oci" list -q
    expect_status 0
    expect_output ""
}

@test "masked directories are one, and masked once each" {
    mkdir "$BATS_TEST_TMPDIR/full"
    touch "$BATS_TEST_TMPDIR/full/file"
    mount_of /mnt/1 none "$BATS_TEST_TMPDIR/full" bind
    mount_of /mnt/2 none "$BATS_TEST_TMPDIR/full" bind
    change 'l["maskedPaths"] = ["/mnt/1", "/proc/keys", "/mnt/2", "/mnt/1",
        "/proc/keys"]'
    program sh -c 'ls /mnt/1 /mnt/2; stat -c %d /mnt/1 /mnt/2 | uniq | wc -l
        grep -c " /mnt/1 tmpfs ro" /proc/mounts
        grep -c " /proc/keys " /proc/mounts; : >/mnt/2/x'
    run oci_run
    [[ $output == $'/mnt/1:\n\n/mnt/2:\n1\n1\n1\n'*"Read-only file system" ]] ||
        fail_with "$output"
}

@test "devices are not made in a /dev that is a link" {
    own_root_with_link()
    {
        mkdir -p "$BATS_TEST_TMPDIR/root"/{bin,proc,sys,elsewhere}
        cp -a "$ROOT/bin/." "$BATS_TEST_TMPDIR/root/bin"
        ln -s /elsewhere "$BATS_TEST_TMPDIR/root/dev"
        change "c['root'] = {'path': '$BATS_TEST_TMPDIR/root'}"
    }
    own_root_with_link
    change 'c["mounts"] = [m for m in c["mounts"]
        if not m["destination"].startswith("/dev")]'
    expect_refused "refusing to make devices in /dev, which is a link"
    [ -z "$(ls "$BATS_TEST_TMPDIR/root/elsewhere")" ]
}

@test "ps shows what the host's ps does, of the container's processes" {
    command -v ps >/dev/null || skip "no ps here"
    program sleep 1041
    create_one
    oci start c1
    eventually 20 is_status running
    run oci ps c1
    [[ ${lines[0]} =~ ^UID\ +PID\ +PPID\ +C\ +STIME\ +TTY\ +TIME\ +CMD$ ]] ||
        fail_with "$output"
    [[ ${lines[1]} =~ \ +$(member pid)\ +.*\ sleep\ 1041$ ]] || fail_with "$output"
    [ "${#lines[@]}" -eq 2 ]
    run oci ps c1 -o pid,args
    [[ ${lines[1]} =~ ^\ *$(member pid)\ sleep\ 1041$ ]] || fail_with "$output"
    run oci ps c1 --format json
    expect_output "[$(member pid)]"
    run oci ps c1 --no-such-option
    expect_oci_error "ps ended with exit status 1"
    run env PATH=/nowhere "$CH_BUILD/ch-oci" --root "$STATE" ps c1
    expect_output "PID"$'\n'"$(member pid)"
    oci kill c1 KILL
    eventually 20 is_status stopped
    run oci ps c1
    expect_status 0
    [ "${#lines[@]}" -eq 1 ]
}

@test "a link named crun or runc is ch-oci by that name" {
    local bin=$BATS_TEST_TMPDIR/bin
    mkdir "$bin"
    for name in crun runc; do
        ln -s "$CH_BUILD/ch" "$bin/$name"
        [[ $("$bin/$name" --version) == "$name version "* ]]
        [[ $("$bin/$name" delete --help) == *"Usage: $name [OPTION...] delete CONTAINER"* ]]
        # shellcheck disable=SC2016 # for that shell
        run env OCI_RUNTIME="$bin/$name" bash -c \
            '"$OCI_RUNTIME" --root "$0" state c1' "$STATE"
        [[ $output == "${name}["*"]: error: container c1 does not exist"* ]]
    done
    program echo out
    OCI_RUNTIME=$bin/runc expect_run out
}

@test "help begins with the name of the command, as other runtimes have it" {
    for command in create start state kill delete run exec list ps pause resume \
        update events spec features checkpoint restore; do
        for word in -h --help; do
            run "$CH_BUILD/ch-oci" "$command" "$word"
            expect_status 0
            [ "${lines[0]}" = "NAME:" ]
            [[ ${lines[1]} == "  ch-oci $command - "* ]] || fail_with "$output"
        done
    done
    run "$CH_BUILD/ch-oci" -v
    [[ ${lines[0]} == "ch-oci version "* ]]
}

@test "update of cache and bandwidth takes resctrl, and lines" {
    [ ! -e /sys/fs/resctrl/schemata ] || skip "it is there"
    program sleep 1000
    create_one
    run oci update --mem-bw-schema nonsense c1
    expect_oci_error "linux.intelRdt.memBwSchema: not one line that begins"
    run oci update --l3-cache-schema L3:0=f --mem-bw-schema MB:0=20 c1
    expect_oci_error "linux.intelRdt: no resctrl file system is mounted"
}

@test "state of a container that is being made waits a little for it" {
    program sleep 1000
    hook createRuntime 'sleep 0.1'
    create_one 2>/dev/null &
    eventually 20 test -e "$STATE/c1/state.json"
    expect_member status created
    wait $!
}
