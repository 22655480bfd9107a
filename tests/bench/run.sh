#!/usr/bin/env bash
# run.sh [start] [ranks] [tree] [prefetch] [oci] [convert] [codecs]
# [slurm] [fuse OPTION...]: ratios of ch to the kernel and to its like.
#
# start  a static "true" in a container, against a program that makes just the
#        system calls of one (floor.c), a plain start, bubblewrap and crun; and
#        from an archive of CH_ARCHIVE (/usr/include/linux), against tar and a start
# ranks  the same as ranks of a job step that share an image, one by one and
#        1,000 of them, 8 at a time
# tree   stat and read all files of an image, cold and warm, against the
#        kernel's squashfs on a loop device and squashfuse_ll; needs root
# prefetch  a Python start with 300 modules from slow storage, with and without
#        --prefetch and --sort; needs root
# oci    ch-oci's run, create + start + delete, and exec against crun's and runc's,
#        time and memory, and whether the goals are met
# convert  directories, archives and images of others to SquashFS and back,
#        against mksquashfs, tar2sqfs, umoci, unsquashfs and tar; of small and
#        of large files, CH_CONVERT_SIZE (200) MB each, and of a tree as it is;
#        half an hour. CH_CONVERT_ROUNDS=1 takes a third of that, and of a few
#        lines CH_CONVERT_ONLY="zstd:3|to dir" minutes (convert.py)
# codecs  what compresses an image best, and is read fastest; minutes
# slurm  srun --container against srun and crun, on a cluster that it brings up;
#        minutes
# fuse   all that reads an image, cold and warm, against the kernel's squashfs on
#        a loop device, squashfuse_ll and squashfuse; needs root; "--help" tells
#        what shortens the hours that all of it takes
#
# --plot FIGURES SVG  draw what "fuse --json FIGURES" has written, by gnuplot
#
# Commands are started by turns, so that what else the machine does hits all
# alike; figures are medians. CH_ROUNDS (61), CH_TREE (the folder to pack for
# "tree", /usr/lib), CH_TREE_ROUNDS (5), CH_COMP (gzip) and CH_BLOCK (128K)
# change what is measured. A peer that is missing is left out.
# SPDX-License-Identifier: MIT
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1

here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
build=${CH_BUILD:-$(dirname "$(dirname "$here")")/build}
rounds=${CH_ROUNDS:-61}
user=chtest

has()
{
    command -v "$1" >/dev/null
}

# crun refuses a node where cgroups of both versions are mounted: show it the
# second alone. All in one mount namespace, as the ranks of a step are.
if ((EUID == 0)) && [[ ! -v CH_BENCH_APART ]]; then
    # shellcheck disable=SC2016 # for the inner shell
    CH_BENCH_APART=1 exec unshare --mount sh -c '
        [ ! -d /sys/fs/cgroup/unified ] ||
            mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup
        exec "$@"' - "$0" "$@"
fi

# Root measures as an ordinary user; anyone else as himself.
as_user()
{
    if ((EUID)); then
        "$@"
    else
        setpriv --reuid="$user" --regid="$user" --init-groups "$@"
    fi
}

make_user()
{
    ((EUID == 0)) || return 0
    id "$user" >/dev/null 2>&1 || useradd --create-home -s /bin/bash "$user"
    [[ ! -e /dev/fuse ]] || chmod 0666 /dev/fuse
}

compile()
{
    local cc=gcc
    [[ ! -x $build/third_party/static/bin/musl-gcc ]] ||
        cc=$build/third_party/static/bin/musl-gcc
    "$cc" -static -O2 -std=gnu17 -D_GNU_SOURCE -o "$2" "$1"
}

# The smallest root tree in which a static "true" can be started.
make_root()
{
    mkdir -p "$work/root"/{bin,dev,proc,sys,tmp,etc,root}
    touch "$work/root/etc"/{passwd,group,hosts,resolv.conf}
    echo 'int main(void) { return 0; }' >"$work/true.c"
    compile "$work/true.c" "$work/root/bin/true"
    mksquashfs "$work/root" "$work/root.sqfs" -no-progress -quiet >/dev/null
}

# What crun needs to know to do as ch-run does.
make_bundle()
{
    local uid gid
    uid=$(as_user id -u) gid=$(as_user id -g)
    mkdir "$work/bundle"
    cat >"$work/bundle/config.json" <<JSON
{ "ociVersion": "1.0.2",
  "process": { "user": { "uid": $uid, "gid": $gid }, "cwd": "/",
               "args": ["/bin/true"] },
  "root": { "path": "$work/root", "readonly": true },
  "mounts": [
    { "destination": "/proc", "type": "bind", "source": "/proc",
      "options": ["rbind"] },
    { "destination": "/sys", "type": "bind", "source": "/sys",
      "options": ["rbind"] },
    { "destination": "/dev", "type": "bind", "source": "/dev",
      "options": ["rbind"] } ],
  "linux": {
    "uidMappings": [{ "containerID": $uid, "hostID": $uid, "size": 1 }],
    "gidMappings": [{ "containerID": $gid, "hostID": $gid, "size": 1 }],
    "namespaces": [{ "type": "user" }, { "type": "mount" }] } }
JSON
}

# peer LABEL COMMAND...: measure it too, when it is there and works.
commands=() labels=()
peer()
{
    if ! has "$2"; then
        echo "$1: not installed, left out"
    elif ! as_user "${@:2}" >"$work/log" 2>&1; then
        echo "$1: does not work here, left out: $(tail -n 1 "$work/log")"
    else
        ((${#commands[@]} == 0)) || commands+=(",")
        commands+=("$1" "$(command -v "$2")" "${@:3}")
        labels+=("$1")
        count_calls "$@"
    fi
}

# System calls from the start to the end, those of a server included.
count_calls()
{
    has strace || return 0
    as_user strace -f -c -U calls -o "$work/calls" "${@:2}" >/dev/null 2>&1 ||
        return 0
    calls+=("$(printf '%-22s %s' "$1" "$(tail -n 1 "$work/calls")")")
}

bench_start()
{
    calls=()
    compile "$here/floor.c" "$work/floor"
    compile "$here/spawn.c" "$work/spawn"
    make_root
    make_bundle
    mkdir "$work/state"
    chmod -R a+rX "$work"
    touch "$work/calls" && chmod 666 "$work/calls" && chmod 777 "$work/state"
    echo "start of a static true, $rounds rounds by turns, as $(as_user id -un)"
    peer "plain" "$work/root/bin/true"
    peer "floor" "$work/floor" "$work/root" /bin/true
    peer "ch-run, folder" "$build/ch-run" "$work/root" -- /bin/true
    peer "ch-run, image" "$build/ch-run" "$work/root.sqfs" -- /bin/true
    peer "ch-mount, image" "$build/ch-mount" "$work/root.sqfs" /mnt -- \
        "$work/root/bin/true"
    peer "bubblewrap" bwrap --ro-bind "$work/root" / --dev-bind /dev /dev \
        --bind /proc /proc --ro-bind /sys /sys /bin/true
    peer "crun" crun --root "$work/state" --cgroup-manager=disabled run \
        --bundle "$work/bundle" bench
    as_user "$work/spawn" "$rounds" "${commands[@]}"
    ((${#calls[@]} == 0)) || printf '%s\n' "" "system calls:" "${calls[@]}"
    bench_archive
}

# What somebody does who has no ch-run that takes an archive, and leaves on the
# disk. A container takes long enough for a few rounds to tell.
bench_archive()
{
    local root=$work/state/unpacked few=$(((rounds + 5) / 6))
    cp -a "${CH_ARCHIVE:-/usr/include/linux}" "$work/root/data"
    tar -C "$work/root" -czf "$work/root.tar.gz" .
    chmod a+r "$work/root.tar.gz"
    echo
    echo "start from an archive of $(tar -tzf "$work/root.tar.gz" | wc -l)" \
        "files, $(stat -c %s "$work/root.tar.gz") bytes, $few rounds by turns"
    # shellcheck disable=SC2016 # for the inner shell
    as_user "$work/spawn" "$few" \
        "tar, then ch-run" /bin/sh -c 'rm -rf "$1" && mkdir "$1" &&
            tar -xzf "$2" -C "$1" && exec "$3" "$1" -- /bin/true' - "$root" \
        "$work/root.tar.gz" "$build/ch-run" , \
        "ch-run, archive" "$build/ch-run" "$work/root.tar.gz" -- /bin/true
}

# A rank that lives until the file that it makes is removed, for others to join.
# These are given the same options, as ranks of a step are.
hold_image()
{
    as_user "$build/ch-run" -b "$work/state:/tmp" "$1" -- /bin/stay /tmp/begun &
    until [[ -e $work/state/begun ]]; do
        sleep 0.1
    done
}

bench_ranks()
{
    compile "$here/floor.c" "$work/floor"
    compile "$here/spawn.c" "$work/spawn"
    compile "$here/many.c" "$work/many"
    make_root
    cat >"$work/stay.c" <<'C'
#include <fcntl.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    if (argc < 2 || open(argv[1], O_CREAT | O_WRONLY, 0644) < 0)
        return 1;
    while (access(argv[1], F_OK) == 0)
        usleep(100000);
    return 0;
}
C
    compile "$work/stay.c" "$work/root/bin/stay"
    mksquashfs "$work/root" "$work/held.sqfs" -no-progress -quiet >/dev/null
    mkdir -p "$work/state"
    chmod -R a+rX "$work"
    chmod 777 "$work/state"
    export SLURM_JOB_ID=bench.$$ SLURM_STEP_ID=0
    hold_image "$work/held.sqfs"
    echo "start of a static true as a rank, $rounds rounds by turns"
    as_user "$work/spawn" "$rounds" floor "$work/floor" "$work/root" /bin/true \
        , "rank alone" "$build/ch-run" --no-share "$work/root.sqfs" -- /bin/true \
        , "first rank" "$build/ch-run" "$work/root.sqfs" -- /bin/true \
        , "rank that joins" "$build/ch-run" -b "$work/state:/tmp" \
        "$work/held.sqfs" -- /bin/true \
        , "joins, other binds" "$build/ch-run" "$work/held.sqfs" -- /bin/true
    echo
    echo "1,000 starts, 8 at a time"
    as_user "$work/many" 1000 8 floor "$work/floor" "$work/root" /bin/true \
        , "ranks" "$build/ch-run" -b "$work/state:/tmp" "$work/held.sqfs" \
        -- /bin/true
    rm "$work/state/begun"
    wait
    unset SLURM_JOB_ID SLURM_STEP_ID
}

bench_tree()
{
    local tree=${CH_TREE:-/usr/lib} image=$work/tree.sqfs peers=()
    if ((EUID)); then
        echo "tree: needs root (loop device, dropping caches); left out"
        return
    fi
    compile "$here/../data/walk.c" "$work/walk"
    mksquashfs "$tree" "$image" -comp "${CH_COMP:-gzip}" \
        -b "${CH_BLOCK:-128K}" -no-progress -quiet >/dev/null
    for peer in "$build/ch-mount" squashfuse_ll; do
        if has "$peer"; then
            peers+=("$(command -v "$peer")")
        else
            echo "$peer: not installed, left out"
        fi
    done
    echo "$tree as ${CH_COMP:-gzip} ${CH_BLOCK:-128K}:" \
        "$(($(stat -c %s "$image") >> 20)) MiB packed"
    python3 "$here/tree.py" "${CH_TREE_ROUNDS:-5}" "$work/walk" "$image" \
        "${peers[@]}"
}

bench_prefetch()
{
    local libraries=$build/third_party/static
    if ((EUID)); then
        echo "prefetch: needs root (mounts); left out"
        return
    fi
    "$libraries/bin/musl-gcc" -static -O2 -std=gnu17 -D_GNU_SOURCE \
        -isystem "$libraries/include" -o "$work/delay" "$here/delay.c" \
        "$libraries/lib/libfuse3.a"
    python3 "$here/prefetch.py" "$build" "$work/delay" "$work" \
        "${CH_PREFETCH_ROUNDS:-7}"
}

# Copies in memory, so that no disk is measured.
bench_convert()
{
    local memory
    memory=$(mktemp -d /dev/shm/ch-bench.XXXXXX)
    python3 "$here/convert.py" "$build/ch-convert" "$memory" || true
    rm -rf "$memory"
}

bench_codecs()
{
    local memory
    memory=$(mktemp -d /dev/shm/ch-bench.XXXXXX)
    python3 "$here/codecs.py" "$build/ch-convert" "$memory" || true
    rm -rf "$memory"
}

bench_fuse()
{
    if ((EUID)); then
        echo "fuse: needs root (loop device, dropping caches); left out"
        return
    fi
    compile "$here/load.c" "$work/load"
    python3 "$here/fuse.py" "$build" "$work/load" "$@"
}

work=$(mktemp -d /tmp/ch-bench.XXXXXX)
trap 'rm -rf "$work"' EXIT
# shellcheck source=tests/bench/oci.bash
. "$here/oci.bash"
chmod 755 "$work"
make_user
(($#)) || set -- start ranks tree
for section; do
    case $section in
    fuse)
        shift
        bench_fuse "$@"
        break
        ;;
    --plot)
        (($# == 3)) || {
            echo "usage: run.sh --plot FIGURES SVG" >&2
            exit 1
        }
        python3 "$here/fuse.py" "$@"
        break
        ;;
    start | ranks | tree | prefetch | oci | convert | codecs)
        "bench_$section"
        shift
        ;;
    slurm)
        "$here/../slurm/bench" "${CH_ROUNDS:-31}"
        shift
        ;;
    *)
        echo "usage: run.sh [start] [ranks] [tree] [prefetch] [oci] [convert]" \
            "[codecs] [slurm] [fuse OPTION...] [--plot FIGURES SVG]" >&2
        exit 1
        ;;
    esac
done
