#!/bin/sh
# engine.sh - what podman and docker are for tests of ch-convert.
#
# Images are docker archives in $ENGINE, by their names with "/" as "%".
# SPDX-License-Identifier: MIT

action=$1
shift
while [ $# -gt 1 ]; do
    shift # options, and "--"
done
file=$ENGINE/$(echo "$1" | tr / %)

case $action in
save)
    echo "Getting image source signatures" >&2
    case $1 in
    slow)
        echo $$ >"$ENGINE/pid"
        exec sleep 600
        ;;
    half)
        head -c 3000 "$ENGINE/good"
        echo "Error: disk on fire" >&2
        exit 1
        ;;
    esac
    [ -e "$file" ] || {
        echo "Error: $1: image not known" >&2
        exit 125
    }
    cat "$file"
    ;;
load)
    # elsewhere: what a killed one leaves is no image
    loading=$(mktemp "$BATS_RUN_TMPDIR/loading.XXXXXX")
    cat >"$loading"
    [ ! -e "$ENGINE/full" ] || {
        rm "$loading"
        echo "Error: no space left" >&2
        exit 125
    }
    name=$(tar xOf "$loading" manifest.json |
        sed -n 's/.*"RepoTags":\["\([^"]*\)".*/\1/p' | tr / %)
    [ -n "$name" ] || {
        rm "$loading"
        echo "Error: payload does not match any of the supported formats" >&2
        exit 125
    }
    mv "$loading" "$ENGINE/$name"
    ;;
image) # inspect
    [ -e "$file" ]
    ;;
*)
    echo "Error: unrecognized command" >&2
    exit 125
    ;;
esac
