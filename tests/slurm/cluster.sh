#!/usr/bin/env bash
# cluster.sh - a real Slurm cluster on one machine, of Debian's packages.
#
#   cluster.sh up [N]              ctl and N nodes (2), the runtime and oci.conf
#   cluster.sh conf                the runtime and oci.conf anew
#   cluster.sh run COMMAND...      on ctl as the user, e.g. srun hostname
#   cluster.sh root NODE COMMAND...    on a node as root
#   cluster.sh user NODE COMMAND...    on a node as the user
#   cluster.sh other NODE COMMAND...   on a node as another user
#   cluster.sh shared              the host's path of what is /shared on all nodes
#   cluster.sh tree NAME [PACKAGE...]  a Debian tree of no node: prints its path
#   cluster.sh down | purge        end it; remove the Debian tree as well
#
# A node is a set of namespaces with an overlay of its own on one Debian tree: its
# own name, address, processes, /tmp and /run, while /home and /shared are common.
# It is pivoted to, as user namespaces can't be made in a chroot(2). Nothing of the
# host is changed but in CH_SLURM_DIR. It needs root, and debootstrap for the tree.
#
#   CH_SLURM_DIR      its folder (~/.cache/ch/slurm)
#   CH_SLURM_SUITE    of Debian (trixie)
#   CH_SLURM_PACKAGES more of Debian's packages for the nodes
#   CH_SLURM_MIRROR   of Debian (the one that apt uses)
#   OCI_RUNTIME       a program, copied to /usr/local/bin of each node
#   OCI_CONF          the oci.conf; without: none
# SPDX-License-Identifier: MIT
set -euo pipefail

suite=${CH_SLURM_SUITE:-trixie}
dir=${CH_SLURM_DIR:-${CH_CACHE:-$HOME/.cache/ch}/slurm}
tree=$dir/$suite
state=$dir/run
net=10.77.0
user=alice uid=1000 other=bob
packages=(slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge
    busybox-static iproute2 procps)

die() {
    echo "cluster.sh: $*" >&2
    exit 1
}

# --- the Debian tree

mirror() {
    # shellcheck disable=SC2016 # apt's own
    apt-get indextargets --format '$(REPO_URI)' "Created-By: Packages" \
        "Origin: Debian" | grep -v security | sort -u | head -n 1
}

# In a mount namespace: nothing of it stays on the host. 
install_packages() {
    local into=$1
    shift
    # shellcheck disable=SC2016 # of the inner shell
    unshare --mount --propagation private bash -euc '
        mount --bind /dev "$1/dev"
        mount -t proc proc "$1/proc"
        export DEBIAN_FRONTEND=noninteractive LC_ALL=C
        tree=$1
        shift
        chroot "$tree" apt-get -qq update
        chroot "$tree" apt-get -qq install -y --no-install-recommends "$@"
        chroot "$tree" apt-get clean' \
        install "$into" "$@" >"$dir/apt.log" 2>&1 ||
        die "apt failed: see $dir/apt.log"
}

# make_tree TREE PACKAGE...: unless it has them; the file ".has" lists them.
make_tree() {
    local into=$1 package missing=()
    shift
    if [[ ! -e $into/.has ]]; then
        type debootstrap >/dev/null 2>&1 || die "debootstrap is not installed"
        rm -rf --one-file-system "$into"
        mkdir -p "$into"
        debootstrap --variant=minbase --include=ca-certificates "$suite" \
            "$into" "${CH_SLURM_MIRROR:-$(mirror)}" \
            >"$dir/debootstrap.log" 2>&1 ||
            die "debootstrap failed: see $dir/debootstrap.log"
        # no daemon is started by its package
        printf '#!/bin/sh\nexit 101\n' >"$into/usr/sbin/policy-rc.d"
        chmod +x "$into/usr/sbin/policy-rc.d"
        touch "$into/.has"
    fi
    for package; do
        grep -qx "$package" "$into/.has" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    install_packages "$into" "${missing[@]}"
    printf '%s\n' "${missing[@]}" >>"$into/.has"
}

add_user() {
    grep -q "^$1:" "$tree/etc/passwd" ||
        chroot "$tree" useradd -M -u "$2" -s /bin/bash -d "/home/$1" "$1"
}

make_nodes_tree() {
    # shellcheck disable=SC2086 # a list of words
    make_tree "$tree" "${packages[@]}" ${CH_SLURM_PACKAGES:-}
    add_user $user $uid
    add_user $other $((uid + 1))
    mkdir -p "$tree/shared" "$tree/etc/slurm"
    touch "$tree/etc/hosts"
}

# --- nodes

start_time() {
    sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

# is_up NODE: is its first process the one that was started?
is_up() {
    local pid start
    [[ -s $state/$1/init ]] || return 1
    read -r pid start <"$state/$1/init"
    [[ -n $start && $(start_time "$pid") = "$start" ]]
}

in_node() {
    local node=$1 pid
    shift
    is_up "$node" || die "$node is not up"
    read -r pid _ <"$state/$node/init"
    nsenter -t "$pid" -m -u -i -n -p -C -r -w -- env -i HOME=/root \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        TERM="${TERM:-dumb}" "$@"
}

# as_user NAME NODE COMMAND...
as_user() {
    local name=$1 node=$2
    shift 2
    # shellcheck disable=SC2016 # of the inner shell
    in_node "$node" setpriv --reuid "$name" --regid "$name" --init-groups env -i \
        PATH=/usr/local/bin:/usr/bin:/bin HOME="/home/$name" USER="$name" \
        LOGNAME="$name" SHELL=/bin/bash LANG=C.UTF-8 TERM="${TERM:-dumb}" \
        sh -c 'cd "$HOME" && exec "$@"' sh "$@"
}

# What a node's first process does, as root in new namespaces.
# shellcheck disable=SC2016 # of the inner shell
node_init='
node=$1 tree=$2 dir=$3 state=$4 uid=$5
hostname "$node"
mount --make-rprivate /
# memory, as the folder may be on an overlay, which can not be an upper layer
mount -t tmpfs up "$dir/upper"
mkdir "$dir/upper/u" "$dir/upper/w"
mount -t overlay -o "lowerdir=$tree,upperdir=$dir/upper/u,workdir=$dir/upper/w" \
    node "$dir/merged"
cd "$dir/merged"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup || mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount -t tmpfs -o mode=755,nosuid dev dev
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 fuse:10:229
do
    IFS=: read -r name major minor <<X
$device
X
    mknod -m 666 dev/$name c $major $minor
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t tmpfs -o mode=1777,nosuid,nodev tmp tmp
mount -t tmpfs -o mode=755,nosuid,nodev run run
mkdir -p run/lock run/munge run/slurm
chown munge:munge run/munge 2>/dev/null || chown --reference=var/lib/munge run/munge
for shared in home shared etc-slurm:etc/slurm hosts:etc/hosts
do
    mount --bind "$state/${shared%%:*}" "${shared#*:}"
done
mkdir .oldroot
pivot_root . .oldroot
cd /
umount -l /.oldroot
rmdir /.oldroot
mount --make-rshared /
ip link set lo up
: >/run/node-ready
# its first process reaps orphans
while :; do sleep 0.2 & wait; done </dev/null >/dev/null 2>&1
'

# The bridge is in the network namespace of ctl.
connect() {
    local node=$1 index=$2 pid=$3 ctl
    if [[ $node = ctl ]]; then
        in_node ctl ip link add br0 type bridge
        in_node ctl ip addr add $net.1/24 dev br0
        in_node ctl ip link set br0 up
        return
    fi
    # "netns PID" counts in the caller's PID namespace
    read -r ctl _ <"$state/ctl/init"
    # shellcheck disable=SC2016 # of the inner shell
    nsenter -t "$ctl" -n -- unshare --mount sh -c \
        'mount --bind /proc "$1/proc" && exec chroot "$@"' sh "$tree" \
        ip link add "v-$node" type veth peer name eth0 netns "$pid"
    in_node ctl ip link set "v-$node" master br0 up
    in_node "$node" ip addr add $net.$((10 + index))/24 dev eth0
    in_node "$node" ip link set eth0 up
}

start_munge() {
    local node=$1 pid=$2
    install -m 400 "$state/munge.key" "/proc/$pid/root/etc/munge/munge.key"
    in_node "$node" sh -c '
        chown munge:munge /etc/munge/munge.key
        mkdir -p /var/log/munge /var/lib/munge
        chown munge:munge /var/log/munge /var/lib/munge
        setpriv --reuid munge --regid munge --clear-groups /usr/sbin/munged'
}

boot() {
    local node=$1 index=$2 folder=$state/$1 first pid=
    ! is_up "$node" || return 0
    rm -rf --one-file-system "$folder"
    mkdir -p "$folder/upper" "$folder/merged"
    setsid unshare --mount --pid --uts --ipc --net --cgroup --fork \
        bash -euc "$node_init" "node-$node" "$node" "$tree" "$folder" "$state" \
        $uid </dev/null >"$folder/boot.log" 2>&1 &
    first=$!
    for _ in {1..1200}; do
        read -r pid _ 2>/dev/null <"/proc/$first/task/$first/children" || true
        [[ -z $pid || ! -e /proc/$pid/root/run/node-ready ]] || break
        kill -0 $first 2>/dev/null || break
        sleep 0.05
    done
    [[ -n $pid && -e /proc/$pid/root/run/node-ready ]] ||
        die "$node did not start: $(<"$folder/boot.log")"
    echo "$pid $(start_time "$pid")" >"$folder/init"
    connect "$node" "$index" "$pid"
    start_munge "$node" "$pid"
}

# --- configuration

node_names() {
    local file
    for file in "$state"/*/init; do
        [[ ! -e $file ]] || basename "${file%/init}"
    done
}

write_slurm_conf() {
    local i
    cat <<EOF
ClusterName=chtest
SlurmctldHost=ctl($net.1)
SlurmUser=slurm
AuthType=auth/munge
CredType=cred/munge
StateSaveLocation=/var/lib/slurm/slurmctld
SlurmdSpoolDir=/var/spool/slurmd
SlurmctldPidFile=/run/slurm/slurmctld.pid
SlurmdPidFile=/run/slurm/slurmd.pid
SlurmctldLogFile=/var/log/slurmctld.log
SlurmdLogFile=/var/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
KillWait=5
SlurmdParameters=config_overrides
LaunchParameters=use_interactive_step
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,sched_min_interval=10000
EOF
    for ((i = 1; i <= $1; i++)); do
        echo "NodeName=n$i NodeAddr=$net.$((10 + i)) CPUs=64 RealMemory=1024"
    done
    echo "PartitionName=main Nodes=ALL Default=YES OverSubscribe=YES State=UP"
}

write_conf() {
    local count=$1 etc=$state/etc-slurm plugin i
    mkdir -p "$etc" "$state/shared" "$state/home/$user" "$state/home/$other"
    chmod 1777 "$state/shared"
    chown $uid:$uid "$state/home/$user"
    chown $((uid + 1)):$((uid + 1)) "$state/home/$other"
    write_slurm_conf "$count" >"$etc/slurm.conf"
    # nothing here depends on the machine's control groups
    plugin=disabled
    [[ $(chroot "$tree" slurmd -V) != *" 22."* ]] || plugin=cgroup/v1
    echo "CgroupPlugin=$plugin" >"$etc/cgroup.conf"
    {
        echo "127.0.0.1 localhost"
        echo "$net.1 ctl"
        for ((i = 1; i <= count; i++)); do echo "$net.$((10 + i)) n$i"; done
    } >"$state/hosts"
    [[ -s $state/munge.key ]] || head -c 1024 /dev/urandom >"$state/munge.key"
    rm -f "$etc/oci.conf"
    [[ -z ${OCI_CONF:-} ]] || install -m 644 "$OCI_CONF" "$etc/oci.conf"
}

push_runtime() {
    local node pid
    [[ -n ${OCI_RUNTIME:-} ]] || return 0
    for node in $(node_names); do
        read -r pid _ <"$state/$node/init"
        install -m 755 "$OCI_RUNTIME" "/proc/$pid/root/usr/local/bin/.new"
        mv "/proc/$pid/root/usr/local/bin/.new" \
            "/proc/$pid/root/usr/local/bin/${OCI_RUNTIME##*/}"
    done
}

# Nodes that wait, or were drained, come into use.
wake() {
    local idle
    for _ in {1..600}; do
        idle=$(in_node ctl sinfo -h -N -o '%T' 2>/dev/null | grep -c '^idle$') ||
            true
        [[ $idle != "$1" ]] || return 0
        in_node ctl scontrol update nodename="n[1-$1]" state=resume \
            >/dev/null 2>&1 || true
        sleep 0.1
    done
    die "the nodes do not come into use: $(in_node ctl sinfo -N)"
}

# --- commands

up() {
    local count=${1:-2} i
    ((EUID == 0)) || die "only root can"
    mkdir -p "$dir"
    make_nodes_tree
    write_conf "$count"
    boot ctl 0
    for ((i = 1; i <= count; i++)); do boot "n$i" "$i"; done
    push_runtime
    in_node ctl sh -c '
        mkdir -p /var/lib/slurm/slurmctld
        chown -R slurm:slurm /var/lib/slurm /var/log /run/slurm
        pgrep -x slurmctld >/dev/null ||
            setpriv --reuid slurm --regid slurm --init-groups slurmctld'
    for ((i = 1; i <= count; i++)); do
        in_node "n$i" sh -c '
            mkdir -p /var/spool/slurmd
            pgrep -x slurmd >/dev/null || slurmd'
    done
    wake "$count"
}

# Without packages: only if it is there.
other_tree() {
    local into=$dir/$suite-$1
    mkdir -p "$dir"
    if (($# > 1)); then make_tree "$into" "${@:2}"; fi
    [[ -e $into/.has ]] && echo "$into"
}

conf() {
    local count
    count=$(node_names | grep -c '^n')
    write_conf "$count"
    push_runtime
    in_node ctl scontrol reconfigure
    sleep 0.5
    wake "$count"
}

down() {
    local node pid
    for node in $(node_names); do
        read -r pid _ <"$state/$node/init"
        ! is_up "$node" || kill -KILL "$pid"
    done
    for node in $(node_names); do
        for _ in {1..100}; do
            is_up "$node" || break
            sleep 0.05
        done
    done
    rm -rf --one-file-system "$state"
}

command=${1:-}
shift || true
case $command in
up) up "$@" ;;
conf) conf ;;
run) as_user $user ctl "$@" ;;
root) in_node "$@" ;;
user) as_user $user "$@" ;;
other) as_user $other "$@" ;;
tree) other_tree "$@" ;;
shared) echo "$state/shared" ;;
down) down ;;
purge) down && rm -rf --one-file-system "$tree" "$tree"-* ;;
*) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
