#!/usr/bin/env bash
# Fetches the archives of the recipes into a folder and checks each.
#   fetch.sh FOLDER NAME...
# By apt's own tools, from the mirror that the machine is set up for, so that
# proxies, mirrors and signatures are apt's business. The suite is fixed and
# not the machine's, so apt works on a state of its own in a scratch folder
# and the machine's configuration stays as it is.
set -euo pipefail

suite=trixie
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
recipes=$(dirname "$(readlink -f "$0")")
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

# The address of Debian's archive as the machine has it. Where apt has no
# lists yet (a fresh container image), they are first read into the scratch.
archive_uri() {
    # shellcheck disable=SC2016  # apt expands $(REPO_URI)
    local query=(indextargets --format '$(REPO_URI)' 'Created-By: Packages'
        'Label: Debian' 'Component: main') uri
    uri=$(apt-get "${query[@]}" | sort -u)
    if [[ -z $uri ]]; then
        local lists=(-o "Dir::State::Lists=$work/machine"
            -o APT::Sandbox::User=root)
        mkdir -p "$work/machine/partial"
        apt-get -q "${lists[@]}" update >>"$work/log" 2>&1 || true
        uri=$(apt-get "${lists[@]}" "${query[@]}" | sort -u)
    fi
    [[ -n $uri ]] || die "apt knows no archive of Debian:" \
        "set one up in /etc/apt/sources.list.d"
    echo "${uri%%$'\n'*}"
}

private_apt() {
    apt-get -q -o Dir::Etc::SourceList="$work/debian.sources" \
        -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$work/lists" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o APT::Sandbox::User=root -o Acquire::Languages=none \
        -o Acquire::Retries=3 "$@" >>"$work/log" 2>&1
}

download() {
    local uri
    uri=$(archive_uri) || return
    printf '%s\n' 'Types: deb deb-src' "URIs: $uri" "Suites: $suite" \
        'Components: main' "Signed-By: $keyring" >"$work/debian.sources"
    mkdir -p "$work/lists/partial"
    private_apt update
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
