#!/usr/bin/env bash
# Builds, tests and installs ch: './build.sh help' lists the commands.
#
# Sources are found by glob, so a new file edits nothing here. Compiling and
# linking is left to ninja, for which a file per flavour is written below; the
# libraries are third_party's own business. All paths are relative to the
# folder of this script, so two checkouts give the same bytes.
#
# SPDX-License-Identifier: MIT
set -euo pipefail
shopt -s globstar nullglob
export LC_ALL=C

caller=$PWD
cd "$(dirname "$(readlink -f "$0")")"
# shellcheck source=third_party/field.sh
. third_party/field.sh
# shellcheck source=third_party/needs.sh
. third_party/needs.sh

version=0.1.0
size_limit=$((3 << 20))

usage() {
    cat <<'EOF'
usage: ./build.sh [COMMAND]

  release         build/ch and a link beside it for each applet (the default)
  test [WHAT...]  run all tests, or those of: unit e2e root fuzz, or a file's
                  name (err, test_err, ch_run); "long": sudden death, and very
                  many containers, half an hour;
                  "slurm [NODES]": a cluster is brought up, as root; "slurm
                  short": a part of it, in two minutes
  compare [TEXT]  run command lines (those with TEXT in them) with Debian sid's
                  ch-run and ours, and show what differs
  bench [ARG...]  build, then measure: a table of ratios
  lint            format, static analysis, layers, scripts, man pages
  fuzz [SECONDS]  run each fuzz harness for that long (60)
  demo            build, make a small image and run a command in it
  tsan [NAME...]  unit tests, all or these, and build/tsan/ch, which serves an
                  image as root, with gcc's thread sanitizer
  install DIR     build, then put ch and its links into DIR
  clean           remove build/ (not the cache of libraries)
  help            this text

With $CH_PEERS set, test installs podman and other programs that ch works with.
Libraries are built once, into $CH_CACHE (default ~/.cache/ch).
EOF
}

die() {
    echo "build.sh: $*" >&2
    exit 1
}

# step WHAT COMMAND...: do it and say how long it took.
step() {
    local what=$1 start=${EPOCHREALTIME/./} ms status
    shift
    "$@"
    status=$?
    ms=$(((${EPOCHREALTIME/./} - start) / 1000))
    printf '%-32s %3d.%02d s\n' "$what" $((ms / 1000)) $((ms % 1000 / 10))
    return $status
}

# --- the libraries

libraries() {
    third_party/make.sh "$1" "build/third_party/$1"
}

# Fills archives with what is linked in, in link order, and writes versions.h.
archives=()
read_link_list() {
    local name versions text
    versions="musl $(field musl version)"
    archives=()
    while read -r name; do
        versions+=", $(field "$name" title) $(field "$name" version)"
        archives+=("$(field "$name" archives)")
    done <third_party/link
    text="#pragma once
#define CH_VERSION \"$version\"
#define THIRD_PARTY_VERSIONS \\
    \"$versions\""
    mkdir -p build/gen
    [[ $text = "$(cat build/gen/versions.h 2>/dev/null)" ]] ||
        echo "$text" >build/gen/versions.h
}

# --- our own sources: one generator of ninja files for all flavours

sources=(main.c applets/**/*.c core/**/*.c)
common='-std=gnu17 -D_GNU_SOURCE -I. -fstack-protector-strong'
warnings='-Werror -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wwrite-strings -Wcast-qual -Wvla -Wundef -Wformat=2
    -Wimplicit-fallthrough -Wpointer-arith'
gcc_warnings='-Wlogical-op -Wduplicated-cond -Wduplicated-branches'
# gcc's own warning, which sees uninitialized values where a sanitizer has
# rewritten the code.
sanitized='-O1 -g -fno-omit-frame-pointer -Wno-maybe-uninitialized'

# Sets cc, flags, link and libs (whose libraries) for a flavour.
set_flavour() {
    libs=host cc="gcc" flags="$common $warnings $gcc_warnings" link=
    case $1 in
    static)
        libs=static cc=build/third_party/static/bin/musl-gcc
        flags+=" -O2 -g -fno-pie -ffunction-sections -fdata-sections"
        flags+=" -ffile-prefix-map=$PWD=. -fno-asynchronous-unwind-tables"
        link="-static -no-pie -Wl,--gc-sections -Wl,--build-id=none"
        # Fewer segments are fewer mappings and page faults at each start;
        # without dynamic relocations relro would protect nothing.
        link+=" -Wl,-z,noexecstack,-z,norelro,-z,noseparate-code"
        ;;
    host)
        link="-fsanitize=address,undefined"
        flags+=" $sanitized $link -fno-sanitize-recover=all"
        ;;
    tsan)
        link="-fsanitize=thread"
        flags+=" $sanitized $link"
        ;;
    fuzz)
        cc=clang link="-fsanitize=address,undefined"
        flags="$common $warnings -O1 -g -fno-omit-frame-pointer $link"
        flags+=" -Wno-format-nonliteral" # va_list too, unlike gcc's
        flags+=" -fsanitize=fuzzer-no-link -fno-sanitize-recover=all"
        ;;
    esac
    flags+=" -isystem build/third_party/$libs/include"
}

# The key of the libraries stands as a comment in each command, so that other
# libraries, even older ones, make ninja run it anew.
rules() {
    local key
    key=$(readlink "build/third_party/$libs")
    cat <<EOF
builddir = $dir
cc = $cc
flags = ${flags//$'\n'   /}
link = $link
rule cc
  command = \$cc \$flags \$more -MMD -MF \$out.d -c \$in -o \$out # ${key##*/}
  depfile = \$out.d
  deps = gcc
rule link
  command = \$cc \$link \$more -o \$out \$in \$libs # ${key##*/}
rule ar
  command = rm -f \$out && ar rcD \$out \$in
rule strip
  command = rm -f \$out && strip -o \$out \$in
libs = ${archives[*]/#/build/third_party/$libs/lib/} -lm
EOF
}

# harnesses DIR PREFIX LIBRARY [OBJECT]: one program for each PREFIX*.c, with all
# objects but main's; "// wrap: a b" in the source wraps these functions.
harnesses() {
    local file name wraps
    for file in "$1"/"$2"*.c; do
        name=${file##*/}
        name=${name%.c}
        wraps=$(sed -n 's|^// wrap:||p' "$file" | sed 's/ / -Wl,--wrap=/g')
        cat <<EOF
build $dir/$name.o: cc $file
  more = -Wno-missing-prototypes -Wno-unused-parameter -Wno-write-strings
build $dir/$name: link $dir/$name.o ${4:-} | $dir/libch.a
  libs = $dir/libch.a \$libs $3
  more = $wraps
EOF
    done
}

generate() {
    local dir=build/$1 file objects=() cc flags link libs
    set_flavour "$1"
    rules
    for file in "${sources[@]}"; do
        echo "build $dir/${file%.c}.o: cc $file"
        [[ $file = main.c ]] || objects+=("$dir/${file%.c}.o")
    done
    echo "build $dir/libch.a: ar ${objects[*]}"
    case $1 in
    fuzz) harnesses tests/fuzz fuzz_ -fsanitize=fuzzer ;;
    host | tsan)
        echo "build $dir/tap.o: cc tests/unit/tap.c"
        harnesses tests/unit test_ -lcmocka "$dir/tap.o"
        ;;
    static) echo "build build/ch: strip $dir/ch" ;;
    esac
    [[ $1 = fuzz ]] || echo "build $dir/ch: link $dir/main.o ${objects[*]}"
}

run_ninja() {
    mkdir -p "build/$1"
    "${@:2}" "$1" >"build/$1/build.ninja.$$"
    mv "build/$1/build.ninja.$$" "build/$1/build.ninja"
    # Ninja has no lock of its own.
    flock build/lock ninja --quiet -k 0 -f "build/$1/build.ninja"
}

compile() {
    [[ -f main.c ]] || die "main.c is missing: is this the whole tree?"
    if [[ $1 = static ]]; then libraries static; else libraries host; fi
    read_link_list
    run_ninja "$1" generate
}

# --- the commands

# What a node without anything needs is held here: one file, and small.
check_binary() {
    local size text
    text=$(readelf --wide --program-headers --dynamic build/ch)
    [[ $text != *INTERP* && $text != *NEEDED* ]] ||
        die "build/ch is not statically linked"
    size=$(stat -c %s build/ch)
    ((size <= size_limit)) ||
        die "build/ch has $size bytes, more than $size_limit"
    # not just "$PWD/": a clone in /ch is not the /ch of images
    for text in "$PWD/core/" "$PWD/build/" \
        "$(readlink build/third_party/static)"; do
        ! grep -qF -e "$text" build/ch ||
            die "build/ch has the name of the build folder inside: $text"
    done
    echo "build/ch: static, $((size / 1024)) KiB"
}

link_applets() {
    local name
    for name in $(build/ch --list); do
        [[ -L build/$name ]] || ln -sf ch "build/$name"
    done
}

release() {
    need "${release_needs[@]}"
    step "compile and link (static)" compile static
    link_applets
    check_binary
}

# Prints the files that an argument of "test" means.
tests_of() {
    local found=()
    case $1 in
    unit) found=(tests/unit/test_*.c) ;;
    e2e | root | long) found=(tests/"$1"/*.bats) ;;
    fuzz) found=(tests/fuzz/fuzz_*.c) ;;
    *)
        found=(tests/{unit,fuzz}/{,test_,fuzz_}"${1%.c}".c*
            tests/{e2e,root,long}/"${1%.bats}".bats*)
        ((${#found[@]})) || die "no test has the name $1"
        ;;
    esac
    printf '%s\n' "${found[@]}"
}

run_tests() {
    local what text files=() needs=("${release_needs[@]}")
    for what; do
        text=$(tests_of "$what")
        [[ -z $text ]] || mapfile -t -O "${#files[@]}" files <<<"$text"
    done
    text=${files[*]}
    [[ $text != *tests/unit/* ]] || needs+=("${host_needs[@]}")
    [[ $text != *.bats* ]] || needs+=("${e2e_needs[@]}")
    [[ $text != *tests/fuzz/* ]] || needs+=("${fuzz_needs[@]}")
    need "${needs[@]}"
    [[ -z ${CH_PEERS-} ]] || (need "${peer_needs[@]}") ||
        echo "tests of what is missing will be skipped"
    [[ $text != *.bats* ]] || release
    [[ $text != *tests/unit/* ]] || step "compile and link (host)" compile host
    [[ $text != *tests/fuzz/* ]] || step "compile and link (fuzz)" compile fuzz
    tests/run.sh "${files[@]}"
}

test_slurm() {
    need "${release_needs[@]}" "${e2e_needs[@]}"
    [[ -z ${CH_PEERS-} ]] || (need "${slurm_needs[@]}") || true
    release
    tests/slurm/run "$@"
}

run_fuzz() {
    local seconds=${1:-60}
    need "${release_needs[@]}" "${fuzz_needs[@]}"
    step "compile and link (fuzz)" compile fuzz
    FUZZ_SECONDS=$seconds tests/run.sh tests/fuzz/fuzz_*.c
}

# Unit tests that make a user namespace skip: the sanitizer has a thread of its
# own. So whoever is root lets the program serve, too.
run_tsan() {
    local name files=() status=0
    (($#)) || set -- unit
    for name; do
        mapfile -t -O "${#files[@]}" files < <(tests_of "$name")
    done
    need "${release_needs[@]}" "${host_needs[@]}"
    step "compile and link (tsan)" compile tsan
    FLAVOUR=tsan tests/run.sh "${files[@]}" || status=1
    ((EUID)) || step "serve (tsan)" tests/tsan_serve.sh build/tsan/ch || status=1
    return $status
}

# One clang-tidy per file, by ninja: in parallel, and only what has changed.
tidy_rules() {
    local file
    cat <<EOF
builddir = build/lint
flags = $common -isystem build/third_party/host/include
rule tidy
  command = clang-tidy --quiet \$in -- \$flags && $
    gcc \$flags -MM -MF \$out.d -MT \$out \$in && touch \$out
  depfile = \$out.d
  deps = gcc
EOF
    for file in "${sources[@]}"; do
        echo "build build/lint/$file: tidy $file | .clang-tidy"
    done
}

# It takes every cleanup attribute for a leak, so leaks are left to the
# sanitizers; and what it proposes in place of readdir is deprecated.
run_cppcheck() {
    mkdir -p build/lint/cppcheck
    cppcheck --quiet -j2 --cppcheck-build-dir=build/lint/cppcheck --std=c11 \
        --enable=warning,performance,portability --inline-suppr \
        --suppress=memleak --suppress=resourceLeak --suppress=readdirCalled \
        --error-exitcode=1 --library=posix -D_GNU_SOURCE -I. "${sources[@]}"
}

# clang-format leaves comments as they are.
check_width() {
    ! grep -nE '^.{81,}' main.c {applets,core,tests}/**/*.[ch] | grep -v '// wrap:'
}

lint() {
    local bad=0 pages=(doc/*.[1-9]) scripts=(build.sh .ci/run
        tests/slurm/{run,bench} third_party/*.sh third_party/*/recipe
        tests/**/*.{sh,bash,bats})
    need "${release_needs[@]}" "${host_needs[@]}" "${lint_needs[@]}"
    libraries host
    read_link_list
    # Each has its say: one that complains does not hide the others.
    step "layers" tests/layers.sh || bad=1
    step "shellcheck" shellcheck "${scripts[@]}" || bad=1
    step "80 columns" check_width || bad=1
    step "clang-format" clang-format --dry-run -Werror \
        main.c {applets,core,tests}/**/*.[ch] || bad=1
    ((${#pages[@]} == 0)) ||
        step "mandoc" mandoc -T lint -W warning "${pages[@]}" || bad=1
    step "cppcheck" run_cppcheck || bad=1
    step "clang-tidy" run_ninja lint tidy_rules || bad=1
    return $bad
}

main() {
    local command=${1:-release}
    shift || true
    case $command in
    release) release ;;
    test)
        (($#)) || set -- unit e2e root fuzz
        if [[ $1 = slurm ]]; then test_slurm "${@:2}"; else run_tests "$@"; fi
        ;;
    compare)
        need "${e2e_needs[@]}"
        release
        tests/e2e/compare/run.sh "$@"
        ;;
    bench)
        need "${bench_needs[@]}"
        release
        tests/bench/run.sh "$@"
        ;;
    lint) lint ;;
    fuzz) run_fuzz "$@" ;;
    demo)
        need "${demo_needs[@]}"
        release
        tests/demo.sh "$PWD/build"
        ;;
    tsan) run_tsan "$@" ;;
    install)
        (($# == 1)) || die "install takes one folder: ./build.sh install DIR"
        release
        cd "$caller" && "$OLDPWD/build/ch" install "$1"
        ;;
    clean) rm -rf build ;;
    help | -h | --help) usage ;;
    *) die "no such command: $command (try ./build.sh help)" ;;
    esac
}

main "$@"
