#!/usr/bin/env bash
# upstream.sh - Charliecloud's own ch-run, as Debian's suite sid has it, with
# the libraries that it needs; prints the folder of both.
#
# They are fetched once, into the cache outside of the tree, and are part of
# nothing that is built. Remove the folder to have them anew.
# SPDX-License-Identifier: MIT
set -euo pipefail

suite=sid package=charliecloud-runtime series=0.45
cd "$(dirname "$(readlink -f "$0")")/../../.."
cache=${CH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ch}/compare
# shellcheck source=third_party/apt.sh
. third_party/apt.sh

die() {
    echo "compare: $*" >&2
    exit 1
}

# With all that it depends on, down to libc: of the machine nothing is used.
download() {
    private_suite "$suite" deb || return
    mkdir -p "$work/cache/archives/partial"
    : >"$work/status"
    private_apt -o Dir::State::status="$work/status" \
        -o Dir::Cache="$work/cache" install --yes --download-only \
        --no-install-recommends "$package"
}

unpack() {
    local file
    for file in "$work"/cache/archives/*.deb; do
        dpkg --extract "$file" "$work/tree"
    done
}

# pick: the program, its loader and what the loader says that it links.
pick() {
    local loader libraries
    loader=$(readlink -f "$work/tree"/usr/lib*/ld-linux-*.so.*)
    libraries=${loader%/*}
    mkdir "$work/picked"
    cp "$work/tree/usr/bin/ch-run" "$work/picked/"
    cp "$loader" "$work/picked/ld.so"
    "$loader" --library-path "$libraries" --list "$work/tree/usr/bin/ch-run" |
        sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' |
        xargs cp --dereference -t "$work/picked"
    chmod -R a+rX "$work/picked"
}

if [[ ! -e $cache/ch-run ]]; then
    mkdir -p "${cache%/*}"
    work=$(mktemp -d "${cache%/*}/compare.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    download || die "can't get $package from $suite:" \
        "$(sed -n 's/^[EW]: //p' "$work/log" | head -n 1)"
    unpack
    pick
    rm -rf "$cache"
    mv "$work/picked" "$cache"
fi
version=$("$cache/ld.so" --library-path "$cache" "$cache/ch-run" --version 2>&1)
[[ $version = "$series".* ]] ||
    die "$suite has Charliecloud $version; the list is about $series"
echo "$cache"
