# shellcheck shell=bash
# needs.sh - what the machine must have, as PACKAGE:WITNESS, a program or a
# file; what is missing is installed. To be sourced by build.sh, whose die()
# it uses.
# shellcheck disable=SC2034  # the lists are build.sh's
# SPDX-License-Identifier: MIT

release_needs=(gcc:gcc libc6-dev:/usr/include/stdio.h make:make
    linux-libc-dev:/usr/include/linux/fuse.h meson:meson ninja-build:ninja
    gperf:gperf m4:m4 nasm:nasm xz-utils:xz bzip2:bzip2
    debian-archive-keyring:/usr/share/keyrings/debian-archive-keyring.gpg)
host_needs=(libcmocka-dev:/usr/include/cmocka.h squashfs-tools:mksquashfs)
fuzz_needs=(clang:clang
    'libclang-rt-14-dev:/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a')
e2e_needs=(bats:bats squashfs-tools:mksquashfs busybox-static:/bin/busybox
    uidmap:newuidmap python3:python3 fuse3:fusermount3 zstd:zstd lz4:lz4
    bzip2:bzip2 xz-utils:xz procps:pgrep)
# What tests of the peers need, which skip without them.
peer_needs=(podman:podman catatonit:catatonit buildah:buildah crun:crun
    skopeo:skopeo umoci:umoci squashfuse:squashfuse)
slurm_needs=(debootstrap:debootstrap)
lint_needs=(clang-format:clang-format clang-tidy:clang-tidy cppcheck:cppcheck
    shellcheck:shellcheck mandoc:mandoc)
demo_needs=(busybox-static:/bin/busybox squashfs-tools:mksquashfs)
bench_needs=("${demo_needs[@]}" bubblewrap:bwrap crun:crun runc:runc
    squashfuse:squashfuse_ll squashfs-tools-ng:tar2sqfs pigz:pigz umoci:umoci)

need() {
    local pair witness missing=()
    for pair; do
        witness=${pair#*:}
        [[ -n $(type -P "$witness" || compgen -G "$witness") ]] ||
            missing+=("${pair%%:*}")
    done
    ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

install_packages() {
    local apt=(apt-get -qq -o DPkg::Lock::Timeout=300) log=build/apt.log
    ((EUID == 0)) ||
        die "missing packages; as root: apt-get install $*"
    echo "installing $*"
    export DEBIAN_FRONTEND=noninteractive
    mkdir -p build
    # One list that can't be read need not be the one that matters here.
    "${apt[@]}" update >"$log" 2>&1 || true
    "${apt[@]}" install -y --no-install-recommends "$@" >>"$log" 2>&1 || {
        grep '^E: ' "$log" >&2 || true
        die "apt-get can't install $* ($log has it all)"
    }
}
