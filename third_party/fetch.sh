#!/usr/bin/env bash
# Fetches the archives of the recipes into a folder and checks each.
#   fetch.sh FOLDER NAME...
# By apt's own tools, from the mirror that the machine is set up for, so that
# proxies, mirrors and signatures are apt's business. The suite is fixed and
# not the machine's.
# SPDX-License-Identifier: MIT
set -euo pipefail

suite=trixie
recipes=$(dirname "$(readlink -f "$0")")
# shellcheck source=third_party/apt.sh
. "$recipes/apt.sh"
folder=$1
shift

die() {
    echo "third_party: $*" >&2
    exit 1
}

# The fields of one recipe: file, sha256, and source or package.
read_recipe() {
    local arch
    arch=$(dpkg --print-architecture)
    local checksum=sha256_$arch
    unset source package file sha256
    # shellcheck source=/dev/null
    . "$recipes/$1/recipe"
    sha256=${sha256:-${!checksum:-}} file=${file:?}
    [[ -n $sha256 ]] ||
        die "$1/recipe knows no checksum for $arch: add $checksum"
}

missing_sources=() missing_packages=()
list_missing() {
    local name
    for name; do
        read_recipe "$name"
        if [[ -f $folder/$file ]]; then
            continue
        elif [[ -n ${source:-} ]]; then
            missing_sources+=("$source")
        else
            missing_packages+=("$package")
        fi
    done
}

download() {
    private_suite "$suite" deb deb-src || return
    cd "$work/files"
    if ((${#missing_sources[@]})); then
        private_apt source --tar-only "${missing_sources[@]}"
    fi
    if ((${#missing_packages[@]})); then
        private_apt download "${missing_packages[@]}"
    fi
}

# A file moves to its place only when its checksum is the recipe's.
accept() {
    local name path got
    for name; do
        read_recipe "$name"
        path=$folder/$file
        [[ -f $path ]] || path=$work/files/$file
        [[ -f $path ]] || die "can't get $file from $suite:" \
            "$(sed -n 's/^[EW]: //p' "$work/log" | head -n 1)" \
            "(put it into $folder by hand, or update third_party/$name/recipe)"
        got=$(sha256sum <"$path")
        got=${got%% *}
        [[ $got = "$sha256" ]] ||
            die "wrong checksum: $path: expected $sha256, got $got"
        [[ $path = "$folder/$file" ]] || mv "$path" "$folder/$file"
    done
}

mkdir -p "$folder"
work=$(mktemp -d "$folder/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/files"
list_missing "$@"
if ((${#missing_sources[@]} + ${#missing_packages[@]})); then
    # What failed is seen by the file that is not there.
    download || true
fi
accept "$@"
