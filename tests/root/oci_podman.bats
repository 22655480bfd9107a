# podman and buildah with ch-oci for their runtime, and the same with crun.
#
# Also run as an ordinary user: tests/e2e/oci_podman_user.bats is this file.
# SPDX-License-Identifier: MIT

load ../podman

setup_file()
{
    make_store
}

teardown_file()
{
    remove_store
}

teardown()
{
    RUNTIME=ch-oci remove_one
}

in_data()
{
    mkdir -p "$BATS_TEST_TMPDIR/data"
    chmod 777 "$BATS_TEST_TMPDIR/data"
    echo there >"$BATS_TEST_TMPDIR/data/file"
    DATA=$BATS_TEST_TMPDIR/data
}

# shellcheck disable=SC2016 # for the containers' shells

# --- run

@test "podman run gives output and exit status" {
    gives hello tree echo hello
    ends 5 tree sh -c 'exit 5'
    ends 255 tree sh -c 'exit 255'
    ends 137 --init tree sh -c 'kill -9 $$'
}

@test "podman run gives input" {
    reads() { echo through | podman_run -i "$@"; }
    alike 0 through reads tree cat
}

@test "podman run tells a program that is not there from one it may not run" {
    ends 127 tree nosuch
    ends 127 tree /nosuch
    ends 126 tree /etc/passwd
    ends 126 tree /etc
    ends 125 --nosuch tree true
}

@test "podman run --env, --env-file and --unsetenv" {
    echo C=d >"$BATS_TEST_TMPDIR/env"
    gives $'b\nd\n/root' -e A=b --env-file "$BATS_TEST_TMPDIR/env" tree \
        sh -c 'echo $A; echo $C; echo $HOME'
    gives '' -e A= tree sh -c 'echo $A'
}

@test "podman run --workdir, also of a folder that is not there" {
    gives /mnt/1 --workdir /mnt/1 tree pwd
    ends 126 --workdir /etc/passwd tree pwd
    ends 126 --workdir /not/there tree pwd
}

@test "podman run --user by number, by name, with groups" {
    gives $'uid=5(5) gid=6(6) groups=6(6)' --user 5:6 tree id
    gives $'uid=1000(joe) gid=1000(joe) groups=1000(joe),1500(extra)' \
        --user joe tree id
    gives $'uid=1000(joe) gid=1500(extra) groups=1500(extra)' \
        --user joe:extra tree id
    gives 'uid=0(root) gid=0(root) groups=1500(extra)' \
        --group-add extra tree id
    gives /home/joe --user joe tree sh -c 'cd; pwd'
}

@test "podman run --hostname, --uts" {
    gives h --hostname h tree hostname
    gives "$(hostname)" --uts host tree hostname
}

@test "podman run --read-only, with and without tmpfs" {
    ends 1 --read-only tree touch /x
    ends 0 --read-only tree touch /tmp/x
    ends 1 --read-only --read-only-tmpfs=false tree touch /tmp/x
}

@test "podman run --tmpfs with options" {
    gives '*,noexec,*size=1024k,mode=700*' \
        --tmpfs /mnt/1:size=1m,mode=700,noexec tree grep /mnt/1 /proc/mounts
    gives file --tmpfs /full tree ls /full
}

@test "podman run -v: read-only, relabelled, chowned, made anew" {
    in_data
    gives there -v "$DATA:/new/place:ro" tree cat /new/place/file
    ends 1 -v "$DATA:/new/place:ro" tree touch /new/place/x
    ends 0 -v "$DATA:/data:Z" tree touch /data/x
    gives 5:6 --user 5:6 -v "$DATA:/data:U" tree stat -c %u:%g /data/x
    ends 126 -v "$DATA:/data:noexec" -v /bin:/full tree /data/file
    gives '*nosuid,nodev,noexec*' -v "$DATA:/data:nosuid,nodev,noexec" tree \
        grep ' /data ' /proc/mounts
    gives there -v "$DATA/file:/etc/one:ro" tree cat /etc/one
}

@test "podman run -v of each propagation" {
    in_data
    for word in private rslave rshared; do
        ends 0 -v "$DATA:/data:$word" tree grep -q ' /data ' /proc/mounts
    done
}

@test "podman run -v of a named volume takes what the image has" {
    named()
    {
        podman_run -v "v-$RUNTIME:/full" tree sh -c 'ls /full; touch /full/x'
        podman_run -v "v-$RUNTIME:/full" tree ls /full
        podman volume rm "v-$RUNTIME" >/dev/null
    }
    alike 0 $'file\nfile\nx' named
    gives file -v /full tree ls /full
}

@test "podman run --mount of each type" {
    in_data
    gives there --mount "type=bind,src=$DATA,dst=/data,ro" tree cat /data/file
    gives '*tmpfs*size=512k*' --mount type=tmpfs,dst=/data,tmpfs-size=512K tree \
        grep ' /data ' /proc/mounts
    gives image --mount type=image,src=tree,dst=/mnt/1 tree \
        cat /mnt/1/full/file
    gives '*devpts*' --mount type=devpts,dst=/mnt/2 tree \
        grep ' /mnt/2 ' /proc/mounts
}

@test "podman run --init" {
    [ -e /usr/libexec/podman/catatonit ] || skip "no catatonit here"
    gives '*podman-init*' --init tree ps -o args
    ends 7 --init tree sh -c 'exit 7'
}

@test "podman run --cap-add, --cap-drop, --privileged" {
    caps() { podman_run "$@" tree grep ^Cap /proc/self/status; }
    same 0 '*' caps
    same 0 '*' caps --cap-add sys_ptrace --cap-drop chown
    alike 0 '*CapBnd:?0000000000000000*' caps --cap-drop all
    alike 0 '*CapEff:?0000000000000001*' caps --cap-drop all --cap-add chown
    alike 0 '*CapEff:?0000000000000000*' caps --user 5
    alike 0 '*CapAmb:?0000000000000400*' caps --user 5 \
        --cap-add net_bind_service
}

@test "podman run --security-opt seccomp, no-new-privileges, mask, unmask" {
    gives '*2' tree grep ^Seccomp: /proc/self/status
    gives '*0' --security-opt seccomp=unconfined tree \
        grep ^Seccomp: /proc/self/status
    ends 1 tree unshare -m true
    gives '*1' --security-opt no-new-privileges tree \
        grep ^NoNewPrivs: /proc/self/status
    ends 1 tree sh -c 'ls -A /proc/scsi /proc/acpi /sys/firmware 2>/dev/null |
        grep "^[a-z0-9]"'
    gives '' --security-opt mask=/etc/passwd:/full tree \
        sh -c 'cat /etc/passwd; ls /full'
    gives '*/proc/sys*ro,*' tree grep ' /proc/sys ' /proc/mounts
    ends 1 --security-opt unmask=ALL tree grep ' /proc/[a-z]* ' /proc/mounts
}

@test "podman run --ulimit, --sysctl, --shm-size, --umask, --oom-score-adj" {
    gives $'77\n88' --ulimit nofile=77:88 --ulimit nproc=99:99 tree \
        sh -c 'ulimit -Sn; ulimit -Hn'
    gives 12345 --sysctl kernel.msgmax=12345 tree cat /proc/sys/kernel/msgmax
    gives '*size=2048k*' --shm-size 2m tree grep ' /dev/shm ' /proc/mounts
    gives 0027 --umask 0027 tree sh -c umask
    gives 500 --oom-score-adj 500 tree cat /proc/self/oom_score_adj
}

@test "podman run --device, and the devices that all have" {
    gives 'character special file' --device /dev/fuse:/dev/other tree \
        stat -c %F /dev/other
    gives $'/dev/fd\n/dev/full\n/dev/null\n/dev/ptmx\n/dev/pts\n/dev/random
/dev/tty\n/dev/urandom\n/dev/zero' tree sh -c 'ls -d /dev/[fnptruz]*'
    ends 0 tree sh -c 'echo x >/dev/null && head -c1 /dev/zero >/dev/full ||
        test $? = 1'
}

@test "podman run --network none and host" {
    gives lo --network none tree ls /sys/class/net
    gives "$(ls /sys/class/net | xargs)" --network host tree \
        sh -c 'ls /sys/class/net | xargs'
}

@test "podman run --pid, --ipc and --cgroupns of the host" {
    kinds() { podman_run "$@" tree readlink /proc/self/ns/"$kind"; }
    for kind in pid ipc cgroup; do
        # podman refuses it without a control group, or binds what is missing
        [ $kind != pid ] || ((EUID == 0)) || continue
        [ $kind != ipc ] || [ -d /dev/mqueue ] || ((EUID == 0)) || continue
        option=--$kind
        [ $kind != cgroup ] || option=--cgroupns
        alike 0 "$(readlink "/proc/self/ns/$kind")" kinds "$option" host
        alike 0 "$kind:*" kinds "$option" private
        [ "$output" != "$(readlink "/proc/self/ns/$kind")" ]
    done
}

@test "podman run --userns and --uidmap" {
    if ((EUID)); then
        gives "uid=$EUID(*" --userns keep-id tree id
        gives '0 1 1 1 0 1' --uidmap 0:1:1 --uidmap 1:0:1 tree \
            sh -c 'cat /proc/self/uid_map | xargs'
    else
        gives '0 100000 5000' --uidmap 0:100000:5000 tree \
            sh -c 'cat /proc/self/uid_map | xargs'
        gives 'uid=5(5) gid=6(6) groups=6(6)' --uidmap 0:100000:5000 --user 5:6 tree id
    fi
}

@test "podman run -t has a terminal" {
    gives '/dev/pts/0*' -t tree tty
    gives 'crw--w---- *' -t tree sh -c 'ls -l /dev/console'
}

@test "podman run --rm -d leaves nothing; --cidfile and --pidfile" {
    detached()
    {
        podman run -d --rm --name c1 --pidfile "$BATS_TEST_TMPDIR/pid" tree \
            sleep 1000 >/dev/null
        kill -0 "$(cat "$BATS_TEST_TMPDIR/pid")"
        podman kill c1 >/dev/null
        podman wait --ignore c1 >/dev/null 2>&1
        eventually 20 [ -z "$(podman ps -aq)" ]
    }
    alike 0 '' detached
}

# --- create, start and what is done to a container that runs

@test "podman create, init, start --attach, wait, rm" {
    lives()
    {
        podman create --name c1 tree sh -c 'echo once; exit 3' >/dev/null
        podman inspect -f '{{.State.Status}}' c1
        podman init c1 >/dev/null
        podman inspect -f '{{.State.Status}}' c1
        podman start --attach c1 || echo $?
        podman wait c1
        podman inspect -f '{{.State.Status}}' c1
        podman start c1 >/dev/null
        podman wait c1
        podman rm c1 >/dev/null
    }
    alike 0 $'created\ninitialized\nonce\n3\n3\nexited\n3' lives
}

@test "podman logs, stop, kill, restart" {
    stops()
    {
        start_one sh -c 'trap "echo got; exit 9" TERM USR1; echo up
            while :; do sleep 0.1; done'
        eventually 20 logs_have up
        podman stop c1 >/dev/null
        podman inspect -f '{{.State.Status}} {{.State.ExitCode}}' c1
        podman restart c1 >/dev/null
        eventually 20 logs_have $'up\ngot\nup'
        podman kill --signal USR1 c1 >/dev/null
        podman wait c1
        podman logs c1
        podman restart --time 0 c1 >/dev/null
        podman rm --force --time 0 c1 >/dev/null
    }
    logs_have() { [ "$(podman logs c1)" = "$1" ]; }
    alike 0 $'exited 9\n9\nup\ngot\nup\ngot' stops
}

@test "podman exec with user, workdir, environment, groups, input, status" {
    execs()
    {
        start_one sleep 1000
        podman exec c1 sh -c 'echo inside; exit 6' || echo $?
        podman exec -u joe c1 id
        podman exec -u 7:8 c1 id
        podman exec -w /mnt/1 -e A=b c1 sh -c 'pwd; echo $A $PATH'
        echo through | podman exec -i c1 cat
        podman exec c1 nosuch 2>/dev/null || echo $?
        podman exec c1 /etc/passwd 2>/dev/null || echo $?
        podman exec -w /not/there c1 true 2>/dev/null || echo $?
        podman exec c1 sh -c 'kill -9 $$' || echo $?
        podman exec c1 sh -c '[ -e /proc/$$/exe ] && grep -c . /proc/1/cmdline'
        podman exec c1 grep -E "^Cap|^Seccomp:|^NoNew" /proc/self/status
        podman exec --privileged c1 grep ^CapEff /proc/self/status |
            grep -c 0000000000000000
        remove_one
    }
    same 0 $'inside\n6
uid=1000(joe) gid=1000(joe) groups=1500(extra)
uid=7 gid=8
/mnt/1\nb /bin\nthrough\n127\n126\n127\n137\n1\n*' execs
}

@test "podman exec -d, top, ps" {
    tops()
    {
        start_one sleep 1000
        podman exec -d c1 sleep 2000 >/dev/null
        eventually 20 has_both
        podman ps --format '{{.Names}} {{.Command}}'
        remove_one
    }
    has_both()
    {
        if ((EUID)); then # podman refuses it without a control group
            podman exec c1 ps -o args
        else
            podman top c1 args
        fi | paste -sd ' ' | grep -q 'sleep 1000.*sleep 2000'
    }
    alike 0 'c1 sleep 1000' tops
}

@test "podman exec -t has a terminal" {
    terminals()
    {
        start_one sleep 1000
        podman exec -t c1 tty
        podman exec -t c1 tty
        podman exec -t c1 nosuch >/dev/null 2>&1 || echo $?
        remove_one
    }
    alike 0 $'/dev/pts/0?\n/dev/pts/?*\n127' terminals
}

@test "podman run -it and exec -it at a user's terminal" {
    interacts()
    {
        start_one sleep 1000
        python3 "$CH_TESTS/podman.py" "$RUNTIME" "$STORE"
        remove_one
    }
    alike 0 '' interacts
}

@test "podman attach" {
    attaches()
    {
        podman run -d -i --name c1 tree sh -c 'read a; echo "got $a"; exit 4' \
            >/dev/null
        echo word | podman attach c1
        podman wait c1
        remove_one
    }
    alike 0 $'got word\n*4' attaches
}

@test "podman cp, diff, commit, export" {
    copies()
    {
        echo new >"$BATS_TEST_TMPDIR/new"
        start_one sh -c 'echo made >/made; sleep 1000'
        podman cp "$BATS_TEST_TMPDIR/new" c1:/mnt/1/new
        podman exec c1 cat /mnt/1/new
        podman cp c1:/mnt/1/new - | tar -xO
        podman commit -q --pause=false c1 other >/dev/null
        podman diff c1 | grep made
        podman export c1 | tar -t | grep ^made
        remove_one
        podman_run other cat /made /mnt/1/new
        podman rmi other >/dev/null
    }
    alike 0 $'new\nnew\nA /made\nmade\nmade\nnew' copies
}

@test "podman healthcheck run" {
    checks()
    {
        podman run -d --name c1 --health-cmd 'test -e /well' \
            --health-interval disable tree sleep 1000 >/dev/null
        podman healthcheck run c1 || echo $?
        podman exec c1 touch /well
        podman healthcheck run c1 && echo well
        remove_one
    }
    alike 0 $'unhealthy\n1\nwell' checks
}

@test "podman run --network and --pid of another container" {
    joins()
    {
        start_one sleep 1000
        # podman refuses it without a control group
        ((EUID)) || podman_run --pid container:c1 tree ps -o args |
            grep -q 'sleep 1000'
        [ "$(podman_run --network container:c1 tree readlink /proc/1/ns/net)" \
            = "$(podman exec c1 readlink /proc/1/ns/net)" ]
        podman_run --ipc container:c1 --uts host tree true
        remove_one
    }
    alike 0 '' joins
}

@test "podman pods share namespaces" {
    shares()
    {
        podman pod create --name p1 --share net,ipc,uts --hostname inpod \
            --infra-command 'sleep 1000' >/dev/null
        podman run -d --pod p1 --name c1 tree sleep 2000 >/dev/null
        podman exec c1 hostname
        podman_run --pod p1 tree hostname
        podman pod stop --time 0 p1 >/dev/null
        podman pod rm --force --time 0 p1 >/dev/null
        podman ps -aq --filter name=c1
    }
    alike 0 $'inpod\ninpod' shares
}

# --- control groups: an ordinary user has none here, and crun does without

needs_cgroups()
{
    ((EUID == 0)) || skip "podman limits no ordinary user's containers here"
    [ -w /sys/fs/cgroup/pids ] || [ -w /sys/fs/cgroup/cgroup.procs ] ||
        skip "no control groups here"
    RUNTIMES=ch-oci
}

@test "podman pause, unpause, top" {
    needs_cgroups
    pauses()
    {
        start_one sleep 1000
        podman pause c1 >/dev/null
        podman inspect -f '{{.State.Status}}' c1
        podman exec c1 true 2>/dev/null || echo $?
        podman unpause c1 >/dev/null
        podman inspect -f '{{.State.Status}}' c1
        podman exec c1 echo here
        podman pause c1 >/dev/null
        remove_one
        podman ps -aq --filter name=c1
    }
    alike 0 $'paused\n255\nrunning\nhere' pauses
}

@test "podman run --pids-limit and --memory, update" {
    needs_cgroups
    # of either version
    limits()
    {
        podman run -d --name c1 --pids-limit 50 --memory 64m tree sleep 1000 \
            >/dev/null
        podman exec c1 sh -c 'cd /sys/fs/cgroup
            cat pids/pids.max pids.max 2>/dev/null
            cat memory/memory.limit_in_bytes memory.max 2>/dev/null'
        podman update --memory 32m c1 >/dev/null
        podman exec c1 sh -c 'cd /sys/fs/cgroup
            cat memory/memory.limit_in_bytes memory.max 2>/dev/null'
        remove_one
    }
    alike 0 $'50\n67108864\n33554432' limits
    ends 137 --memory 16m tree sh -c 'exec tail /dev/zero'
}

# --- build

@test "podman build runs commands" {
    cat >"$BATS_TEST_TMPDIR/Containerfile" <<'TEXT'
FROM localhost/tree
ENV WORD=made
WORKDIR /work
RUN echo $WORD >file && pwd
USER joe
RUN id -un
TEXT
    builds()
    {
        podman build -q --no-cache --network none -t "b-$RUNTIME" \
            "$BATS_TEST_TMPDIR" >/dev/null
        podman_run "b-$RUNTIME" sh -c 'cat file; id -un; pwd'
    }
    alike 0 $'made\njoe\n/work' builds
    printf 'FROM localhost/tree\nRUN exit 3\n' \
        >"$BATS_TEST_TMPDIR/Containerfile"
    alike 3 '*' podman build --no-cache --network none "$BATS_TEST_TMPDIR"
}

# buildah PATH...: it takes a path for its runtime.
buildah_with()
{
    local path=$CH_BUILD/ch-oci command=$1
    shift
    [ "$RUNTIME" = ch-oci ] || path=$STORE/crun
    tool buildah "$command" --runtime "$path" --isolation oci --network none \
        "$@"
}

@test "buildah bud runs commands" {
    printf 'FROM localhost/tree\nRUN echo made >/made\nRUN cat /made\n' \
        >"$BATS_TEST_TMPDIR/Containerfile"
    builds()
    {
        buildah_with bud -q --no-cache -t "u-$RUNTIME" "$BATS_TEST_TMPDIR" \
            >/dev/null
        podman_run "u-$RUNTIME" cat /made
    }
    alike 0 made builds
}

@test "buildah run with user, workdir, volume, terminal, status" {
    in_data
    runs()
    {
        local name
        name=$(tool buildah from --pull-never localhost/tree)
        buildah_with run "$name" sh -c 'echo hello; exit 5' || echo $?
        buildah_with run --user joe --workingdir /mnt/1 --env A=b "$name" \
            sh -c 'id -un; pwd; echo $A'
        buildah_with run -v "$DATA:/data:ro" --cap-drop all --hostname h \
            "$name" sh -c 'cat /data/file; hostname; touch /data/x 2>/dev/null ||
            echo refused'
        buildah_with run -t "$name" tty
        tool buildah rm "$name" >/dev/null
    }
    alike 0 $'hello\n5\njoe\n/mnt/1\nb\nthere\nh\nrefused\n/dev/pts/0?' runs
}
