#!/usr/bin/env bash
# Builds one library of one flavour and puts it where its key says.
#   one.sh FLAVOUR NAME SOURCE FINAL [NEEDED...]
# SOURCE is the checked archive, FINAL the folder to make (the last act is a
# rename to it, so it is there whole or not at all), NEEDED the folders of the
# libraries that this one includes. Called by make.sh, as a child of make.
# SPDX-License-Identifier: MIT
set -euo pipefail
shopt -s nullglob

flavour=$1 name=$2 source=$3 final=$4
needed=("${@:5}")
recipes=$(dirname "$(readlink -f "$0")")
cache=${final%/*/*}

# A recipe's helper: compile FILES and put them into lib/ARCHIVE.
archive() {
    local archive=$1 file objects=()
    shift
    for file; do
        objects+=("${file%.c}.o")
        # shellcheck disable=SC2086  # CC and CFLAGS are lists of words
        $CC $CPPFLAGS $CFLAGS -Iinclude -c "$file" -o "${file%.c}.o"
    done
    mkdir -p "$out/lib"
    ar rcD "$out/lib/$archive" "${objects[@]}"
}

# A recipe's helper: keep these paths of what was installed to stage/usr.
keep() (
    cd stage/usr
    cp -r --parents "$@" "$out/"
)

unpack() {
    case $source in
    *.deb) dpkg-deb -x "$source" "$work/src" ;;
    *) tar -xf "$source" -C "$work/src" --strip-components=1 ;;
    esac
}

# What the build system of a library finds: our compiler, and the libraries
# that the recipe names, never those of the machine.
set_environment() {
    local folder
    export CC=gcc CFLAGS CPPFLAGS='' LDFLAGS='' LC_ALL=C SOURCE_DATE_EPOCH=0
    export PKG_CONFIG_LIBDIR="$work/none" ARFLAGS=rcD
    CFLAGS="-O2 -ffunction-sections -fdata-sections"
    CFLAGS+=" -ffile-prefix-map=$work/src=$name"
    if [[ $flavour = static && $name != musl ]]; then
        CC="${needed[0]}/bin/musl-gcc -static"
        CFLAGS+=" -fno-pie"
        LDFLAGS="-no-pie"
        needed=("${needed[@]:1}")
    fi
    for folder in "${needed[@]}"; do
        CPPFLAGS+=" -I$folder/include"
        LDFLAGS+=" -L$folder/lib"
    done
}

build() {
    mkdir -p "$work/src" "$out"
    unpack
    cd "$work/src"
    set_environment
    # shellcheck source=/dev/null
    . "$recipes/$name/recipe"
    steps
}

[[ ! -d $final ]] || exit 0
mkdir -p "$cache/tmp" "$cache/$flavour"
work=$(mktemp -d "$cache/tmp/$name.XXXXXX")
out=$work/out
log=$cache/$flavour/$name.log
trap 'rm -rf "$work"' EXIT
start=${EPOCHREALTIME/./}
# Not in a condition: that would switch `set -e` off inside.
set +e
(set -e; build) >"$log" 2>&1 </dev/null
status=$?
set -e
if ((status)); then
    tail -n 15 "$log" >&2
    echo "third_party: can't build $name ($flavour); all of it is in $log" >&2
    exit 1
fi
mv -T "$out" "$final"
ms=$(((${EPOCHREALTIME/./} - start) / 1000))
printf '  %-14s %3d.%d s\n' "$name" $((ms / 1000)) $((ms % 1000 / 100))
