#!/usr/bin/env bash
# demo.sh BUILD: proof in a minute: make an image, run commands in it as an
# ordinary user, say what happened and what to try next.
# SPDX-License-Identifier: MIT
set -euo pipefail

build=$(readlink -f "${1:?usage: demo.sh BUILD}")
user=chtest
keep=/var/tmp/ch-demo

# show COMMAND...: print it as a user would type it, run it as an ordinary user.
show()
{
    echo
    echo "\$ $*"
    if ((EUID == 0)); then
        setpriv --reuid="$user" --regid="$user" --init-groups \
            env HOME="/home/$user" USER="$user" PATH="$keep:$PATH" "$@"
    else
        PATH="$keep:$PATH" "$@"
    fi
}

make_user()
{
    ((EUID == 0)) || return 0
    id "$user" >/dev/null 2>&1 || useradd --create-home -s /bin/bash "$user"
    # As distributions have it.
    [[ ! -e /dev/fuse ]] || chmod 0666 /dev/fuse
}

# A root tree out of one package of the distribution, packed into one file.
make_image()
{
    local root=$1
    mkdir -p "$root"/{bin,dev,etc,home,proc,root,sys,tmp,mnt/0}
    touch "$root/etc"/{passwd,group,hosts,resolv.conf}
    cp /bin/busybox "$root/bin/"
    for applet in $(/bin/busybox --list); do
        [[ $applet = busybox ]] || ln -s busybox "$root/bin/$applet"
    done
    echo "PRETTY_NAME=\"the demo image\"" >"$root/etc/os-release"
    mksquashfs "$root" "$keep/demo.sqfs" -noappend -all-root -no-progress \
        -quiet >/dev/null
}

if [[ -e $keep && ! -O $keep ]]; then
    echo "demo.sh: $keep belongs to another user; remove it first" >&2
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$keep"
mkdir -m 755 "$keep"
# A copy: the build folder may lie where the ordinary user can't look.
cp "$build/ch" "$keep/ch"
ln -s ch "$keep/ch-run"
make_user
make_image "$work/root"
cd "$keep"

echo "Made $keep/demo.sqfs from busybox-static:" \
    "$(($(stat -c %s demo.sqfs) >> 10)) KiB."
echo "The whole runtime is $keep/ch:" \
    "$(($(stat -c %s ch) >> 10)) KiB, static, no setuid, no daemon."
show ch-run demo.sqfs -- cat /etc/os-release
show ch-run demo.sqfs -- id
# shellcheck disable=SC2016 # for the shell within
show ch-run demo.sqfs -- sh -c 'echo "pid $$ in a root with" /*'
show ch-run -W demo.sqfs -- sh -c 'echo written >/new && cat /new'
show ch-run demo.sqfs -- sh -c 'exit 7' && status=0 || status=$?
echo "exit status $status: the command's own"

start=${EPOCHREALTIME/./}
for _ in {1..20}; do
    show ch-run demo.sqfs -- true >/dev/null
done
echo
echo "One start from the image takes $(((${EPOCHREALTIME/./} - start) / 20000))" \
    "ms, the time to become an ordinary user included; nothing is left behind:"
show sh -c 'grep -c ch-demo /proc/mounts || true'

cat <<TEXT

To try next, as an ordinary user:
    cd $keep
    ./ch-run demo.sqfs -- sh                  a shell in the image
    ./ch-run -b \$HOME:/mnt/0 demo.sqfs -- ls /mnt/0
    ./ch doctor                               what this node allows
    ./ch-run --help
To remove it: rm -r $keep
TEXT
