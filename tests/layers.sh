#!/usr/bin/env bash
# Holds the layers: which room may include which, whose each library is, and
# the size of a file. A room sees itself and the rooms that stand below it.
# SPDX-License-Identifier: MIT
set -euo pipefail
shopt -s globstar nullglob
cd "$(dirname "$(readlink -f "$0")")/.."

longest=600
declare -A may=(
    [main]='applets base'
    [applets]='applets base run oci image fuse slurm'
    [slurm]='slurm oci image run kernel base'
    [oci]='oci run kernel base'
    [run]='run fuse image kernel base'
    [fuse]='fuse squash kernel base'
    [image]='image squash base'
    [kernel]='kernel base'
    [squash]='squash base'
    [base]='base'
)
# Headers that are one room's own, or two rooms'. An applet makes no system call.
# Nettle's SHA-2 names blobs in the room that knows such names; its Poly1305 finds
# equal data where an image is written.
declare -A owner=(
    [cjson/]=base [seccomp.h]=kernel [fuse3/]=fuse [squashfuse/]=squash
    [sqfs/]=squash [lzma.h]="squash image" [zstd.h]="squash image"
    [lz4]="squash image" [libdeflate.h]="squash image" [lzo/]=squash
    [isa-l/]=image
    [archive]=image [nettle/sha]=image [nettle/poly1305]=squash
)
calls='^#include <(unistd|sched|dirent|poll|signal|pthread|sys/.*)\.h>'
include='^#include "(core/)?([a-z_]+)/'
bad=0

complain() {
    echo "$*" >&2
    bad=1
}

# main.c and core/base/x.c are of the rooms "main" and "base".
room_of() {
    local path=${1#core/}
    path=${path%.c}
    echo "${path%%/*}"
}

check_library() {
    local header=${2#*<} start
    for start in "${!owner[@]}"; do
        [[ $header != "$start"* || " ${owner[$start]} " = *" $room "* ]] ||
            complain "$1: $start belongs to core/${owner[$start]}"
    done
    [[ $room != applets || ! $2 =~ $calls ]] ||
        complain "$1: an applet makes no system call: $2"
}

check() {
    local file=$1 room line number=0
    room=$(room_of "$file")
    [[ -n ${may[$room]:-} ]] || complain "$file: there is no room $room"
    while IFS= read -r line; do
        ((number += 1))
        [[ $line != '#include <'* ]] || check_library "$file:$number" "$line"
        [[ $line =~ ^#include\ \" ]] || continue
        if [[ ! $line =~ $include ]]; then
            complain "$file:$number: an include starts at the root: $line"
        elif [[ ${BASH_REMATCH[2]} = build ]]; then
            continue # generated, of no room
        elif [[ " ${may[$room]:-} " != *" ${BASH_REMATCH[2]} "* ]]; then
            complain "$file:$number: $room must not include" \
                "${BASH_REMATCH[2]}"
        fi
    done <"$file"
    ((number <= longest)) ||
        complain "$file: $number lines, more than $longest"
}

for file in main.c {applets,core}/**/*.[ch]; do
    check "$file"
done
while IFS= read -r file; do
    complain "$file: no SPDX line"
done < <(git ls-files -- '*.[ch]' '*.sh' '*.py' '*.bats' '*.bash' |
    xargs grep -L SPDX-License-Identifier)
for file in tests/**/*.[ch]; do
    (($(wc -l <"$file") <= longest)) ||
        complain "$file: more than $longest lines"
done
exit $bad
