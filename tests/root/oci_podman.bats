# podman run with ch-oci for its runtime, and the same with crun.
#
# Also run as an ordinary user: tests/e2e/oci_podman_user.bats is this file.
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
    same 0 '*' caps --privileged
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
    gives "$(ls /sys/class/net)" --network host tree ls -1 /sys/class/net
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
        eventually 20 none_left
    }
    none_left() { [ -z "$(podman ps -aq)" ]; }
    alike 0 '' detached
}
