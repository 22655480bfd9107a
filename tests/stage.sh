# shellcheck shell=bash
# stage.sh - where tests of the real binary run, and as whom; to be sourced.
# SPDX-License-Identifier: MIT

user=chtest

# The scratch folder of this run; it goes with it.
make_scratch() {
    scratch=$(mktemp -d /tmp/ch-test.XXXXXX)
    trap clean_up EXIT
}

clean_up() {
    # Fixtures hold folders that even their owner may not write to.
    chmod -R u+rwX "$scratch" 2>/dev/null || true
    rm -rf --one-file-system "$scratch"
}

# What runs on the real binary gets a copy of it and of the tests in a folder
# that everyone can reach: the tree may be below a home that others can't enter.
set_stage() {
    chmod 755 "$scratch"
    mkdir "$scratch/build" "$scratch/data"
    mkdir -m 1777 "$scratch/tmp"
    cp -a build/ch "$scratch/build/"
    find build -maxdepth 1 -type l -exec cp -a {} "$scratch/build/" \;
    cp -r tests doc share "$scratch/"
    chmod -R a+rX "$scratch"/{tests,doc,share,build}
    export CH_BUILD=$scratch/build CH_TESTS=$scratch/tests
    export CH_DATA=$scratch/data
}

# Root becomes an ordinary user, made at the first time, for whom the node is
# as it would be on a cluster: subordinate ids, /dev/fuse open to all, and the
# /etc/mtab that an init makes and fusermount3 reads.
make_user() {
    id "$user" >/dev/null 2>&1 || useradd --create-home -s /bin/bash "$user"
    grep -qs "^$user:" /etc/subuid ||
        usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$user"
    [[ ! -e /dev/fuse ]] || chmod 0666 /dev/fuse
    [[ -e /etc/mtab ]] || ln -s ../proc/self/mounts /etc/mtab
    chown "$user:" "$scratch/data"
}

as_user() {
    local home
    if ((EUID)); then
        "$@"
        return
    fi
    home=$(getent passwd "$user" | cut -d: -f6)
    setpriv --reuid="$user" --regid="$user" --init-groups env -i -C "$home" \
        PATH=/usr/local/bin:/usr/bin:/bin HOME="$home" USER="$user" \
        LOGNAME="$user" SHELL=/bin/bash CH_BUILD="$CH_BUILD" \
        CH_TESTS="$CH_TESTS" CH_DATA="$CH_DATA" \
        ${CH_ROUNDS:+CH_ROUNDS="$CH_ROUNDS"} ${CH_SEED:+CH_SEED="$CH_SEED"} \
        ${CH_SECONDS:+CH_SECONDS="$CH_SECONDS"} \
        ${CH_CONTAINERS:+CH_CONTAINERS="$CH_CONTAINERS"} "$@"
}
