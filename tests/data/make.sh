#!/bin/sh
# make.sh DIR - the root tree and the images that the tests share, made anew.
#
# Needs busybox-static, mksquashfs and a C compiler that links statically.
# SPDX-License-Identifier: MIT
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$1
root=$out/root
busybox=${CH_BUSYBOX:-/bin/busybox}

# The mount points that ch-run binds over, and those that -b may use.
make_mount_points()
{
    mkdir -p "$1/dev" "$1/proc" "$1/sys" "$1/tmp" "$1/etc" "$1/root" \
        "$1/home" "$1/ch" "$1/opt" "$1/data/small"
    for n in 0 1 2 3 4 5 6 7 8 9; do
        mkdir -p "$1/mnt/$n"
    done
    echo root:x:0:0:root:/root:/bin/sh >"$1/etc/passwd"
    echo root:x:0: >"$1/etc/group"
    : >"$1/etc/hosts"
    : >"$1/etc/resolv.conf"
}

make_programs()
{
    mkdir -p "$1/bin"
    cp "$busybox" "$1/bin/busybox"
    "$busybox" --list | while read -r applet; do
        [ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
    done
    ${CH_TEST_CC:-gcc} -static -O1 -std=gnu17 -D_GNU_SOURCE -I"$here/../.." \
        -no-pie -o "$1/bin/probe" \
        "$here/probe.c" "$here/attack.c" "$here/faked.c"
}

make_contents()
{
    head -c 4000000 /dev/urandom >"$1/data/big"
    for n in $(seq 200); do
        echo "file $n" >"$1/data/small/$n"
    done
    printf '%s\n' IMAGE_PLAIN=plain "IMAGE_QUOTED=' two words '" \
        "IMAGE_LIST=\$IMAGE_PLAIN:\$NO_SUCH:end" >"$1/ch/environment"
    ln -s /mnt/2 "$1/opt/absolute"
    ln -s ../mnt/3 "$1/opt/relative"
    ln -s ../../../../../mnt/4 "$1/opt/climbing"
    : >"$1/mnt/file"
}

pack()
{
    mksquashfs "$1" "$2" -comp "$3" -no-progress -quiet -processors 2 \
        >"$out/mksquashfs.log" 2>&1 || {
        cat "$out/mksquashfs.log"
        exit 1
    }
}

rm -rf "$out"
mkdir -p "$root" "$out/images"
make_mount_points "$root"
make_programs "$root"
make_contents "$root"
for compressor in gzip xz lz4 zstd lzo; do
    pack "$root" "$out/images/$compressor.sqfs" "$compressor"
done
