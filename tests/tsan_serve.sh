#!/usr/bin/env bash
# tsan_serve.sh PROGRAM: an image served by a program with the thread sanitizer,
# read by many at once; as root, who needs no user namespace to mount. Fails if
# the sanitizer saw a race or something was read wrongly.
# SPDX-License-Identifier: MIT
set -euo pipefail

program=$(readlink -f "$1")
work=$(mktemp -d)
finish()
{
    ! mountpoint -q "$work/mnt" || umount -l "$work/mnt"
    rm -rf "$work"
}
trap finish EXIT
export TSAN_OPTIONS="exitcode=66 log_path=$work/report"

mkdir -p "$work"/tree/{many,deep/er} "$work/mnt"
seq 1 600000 >"$work/tree/numbers"
truncate -s 3M "$work/tree/holes"
cp /usr/bin/[a-d]* "$work/tree/deep/er/" 2>/dev/null || true
for n in $(seq 1 2000); do
    echo "$n" >"$work/tree/many/$n"
done

# serve OPTION...: several readers of all of it, others of its statistics.
serve()
{
    local server reader readers=()
    "$program" ch-mount --foreground --threads 4 "$@" "$work/image" \
        "$work/mnt" &
    server=$!
    until mountpoint -q "$work/mnt"; do
        kill -0 "$server"
        sleep 0.1
    done
    for reader in 1 2 3 4 5 6; do
        diff -r --no-dereference "$work/tree" "$work/mnt" &
        readers+=($!)
    done
    for reader in 1 2 3 4 5; do
        "$program" ch-mount --stats "$work/mnt" >/dev/null
    done
    for reader in "${readers[@]}"; do
        wait "$reader"
    done
    umount "$work/mnt"
    wait "$server"
}

for method in gzip zstd; do
    mksquashfs "$work/tree" "$work/image" -noappend -quiet -no-progress \
        -comp "$method" >/dev/null
    serve --cache 4M
    (cd "$work/tree" && find . -type f) >"$work/list"
    serve --prefetch "$work/list" --record "$work/record"
done
if compgen -G "$work/report*" >/dev/null; then
    head -n 60 "$work"/report*
    exit 1
fi
