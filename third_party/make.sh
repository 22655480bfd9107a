#!/usr/bin/env bash
# Makes the libraries of one flavour ready, in the cache outside the tree.
#   make.sh static|host LINK
# static: for the shipped binary, by a musl of our own; host: for tests with
# sanitizers, by the machine's gcc and libc. LINK becomes a symbolic link to a
# folder with include/, lib/ and (static) bin/musl-gcc.
#
# Each library has a folder whose name holds a hash of all that its content
# depends on, so a changed recipe builds anew what it concerns and no more,
# and going back to an older recipe builds nothing.
# SPDX-License-Identifier: MIT
set -euo pipefail

flavour=$1 link=$2
recipes=$(dirname "$(readlink -f "$0")")
# shellcheck source=third_party/field.sh
. "$recipes/field.sh"
cache=${CH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ch}
# What the glibc-built archives may lack: a symbol of a member that nothing
# links (the linker would tell), and one that the linker makes.
bridged='__fprintf_chk _GLOBAL_OFFSET_TABLE_'

die() {
    echo "third_party: $*" >&2
    exit 1
}

hash() {
    local sum
    sum=$(sha256sum)
    echo "${sum:0:16}"
}

# All recipes' folders, the compiler first where it is one of them.
list_names() {
    local recipe name
    names=()
    [[ $flavour = host ]] || names=(musl)
    for recipe in "$recipes"/*/recipe; do
        name=${recipe%/recipe}
        name=${name##*/}
        [[ $name = musl ]] || names+=("$name")
    done
}

# Fills needs and folder for a library, and for those that it needs first.
declare -A needs folder
resolve() {
    local name=$1 need key
    [[ -z ${folder[$name]:-} ]] || return 0
    needs[$name]=$(field "$name" needs)
    if [[ $flavour = static && $name != musl ]]; then
        needs[$name]="musl ${needs[$name]}"
    fi
    key=$base
    for need in ${needs[$name]}; do
        resolve "$need"
        key+=" ${folder[$need]##*/}"
    done
    key=$({ echo "$key" && cat "$recipes/$name/recipe"; } | hash)
    folder[$name]=$cache/$flavour/$name-$(field "$name" version)-$key
}

# The rules for make, which knows how to use the cores: a library's own make
# shares the job slots of this one.
rules() {
    local name need
    printf 'all: %s\n.PHONY: all %s\n' "${names[*]}" "${names[*]}"
    for name in "${names[@]}"; do
        printf '%s: %s\n' "$name" "${needs[$name]}"
        printf '\t+@%s %s %s %s %s' "$recipes/one.sh" "$flavour" "$name" \
            "$cache/sources/$(field "$name" file)" "${folder[$name]}"
        for need in ${needs[$name]}; do
            printf ' %s' "${folder[$need]}"
        done
        printf '\n'
    done
}

# One folder that holds all of them. Of musl only the wrapper is put there,
# which knows its own headers and libraries.
merge() {
    local name part
    for name in "${names[@]}"; do
        for part in include lib bin; do
            [[ -d ${folder[$name]}/$part ]] || continue
            [[ $name != musl || $part = bin ]] || continue
            cp -rl "${folder[$name]}/$part" "$1/"
        done
    done
}

# symbols OPTION... FILE...: the names that nm prints, sorted, each once.
symbols() {
    nm --format=posix "$@" 2>/dev/null | sed -n 's/^\([^ ]*\) [A-Za-z].*/\1/p' |
        sort -u
}

# The archives that come compiled against glibc may ask for nothing that is
# not in musl, in our other libraries or bridged.
check_foreign() {
    local name archive missing
    symbols --defined-only --extern-only "$1"/lib/*.a \
        "${folder[musl]}"/lib/*.a "$(gcc -print-libgcc-file-name)" \
        >"$1/defined"
    for name in libsquashfuse libsquashfs; do
        archive=$1/lib/$(field "$name" archives)
        missing=$(symbols --undefined-only "$archive" |
            comm -23 - "$1/defined" |
            grep -vxF "${bridged// /$'\n'}" || true)
        [[ -z $missing ]] ||
            die "$name needs what musl has not: ${missing//$'\n'/ }"
    done
    rm "$1/defined"
}

build_all() {
    local name work
    exec 9>"$cache/lock"
    flock 9
    # Nobody else is at work now: what is here was left by an interruption.
    rm -rf "$cache/tmp" "$cache"/sources/fetch.*
    mkdir -p "$cache/tmp" "$cache/$flavour"
    "$recipes/fetch.sh" "$cache/sources" "${names[@]}"
    for name in "${names[@]}"; do
        resolve "$name"
    done
    # The lock is inherited: should this script be killed, it is held until the
    # builds that it started have ended.
    rules | make -s -j"$(nproc)" -f -
    work=$(mktemp -d "$cache/tmp/prefix.XXXXXX")
    chmod 755 "$work"
    merge "$work"
    if [[ $flavour = static ]]; then
        check_foreign "$work"
    fi
    rm -rf "$prefix"
    mv -T "$work" "$prefix"
}

[[ $flavour = static || $flavour = host ]] || die "no such flavour: $flavour"
[[ $cache != *[[:space:]]* ]] ||
    die "the cache may have no space in its name: $cache (set CH_CACHE)"
list_names
mkdir -p "$cache"
base="$flavour $(gcc -dumpfullversion -dumpmachine) $(hash <"$recipes/one.sh")"
prefix=$cache/$flavour/all-$({ echo "$base" &&
    cat "$0" "$recipes"/*/recipe; } | hash)
if [[ ! -d $prefix ]]; then
    echo "libraries ($flavour), once, into $cache:"
    build_all
fi
if [[ $(readlink "$link") != "$prefix" ]]; then
    mkdir -p "$(dirname "$link")"
    ln -sfn "$prefix" "$link"
fi
