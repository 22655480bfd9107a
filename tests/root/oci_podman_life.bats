# What podman does with containers that run, and what buildah builds, with ch-oci
# for their runtime, and the same with crun.
#
# Also run as an ordinary user: tests/e2e/oci_podman_life_user.bats is this file.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2153,SC2317 # for the containers' shells; RUNTIME
# is set and functions are called by alike()

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

@test "crun works here, and what follows is the same with it" {
    [[ $RUNTIMES == *crun* ]] || skip "no crun that works: nothing is compared"
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
    export RUNTIMES=ch-oci
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
