#!/usr/bin/env bash
# demo.sh BUILD: proof in a minute: make an image, run commands in it as an
# ordinary user, say what happened and what to try next.
# SPDX-License-Identifier: MIT
set -euo pipefail

build=$(readlink -f "${1:?usage: demo.sh BUILD}")
user=chtest
keep=/var/tmp/ch-demo.$UID

# as_user LINE: run a line of shell as an ordinary user.
as_user()
{
    local line=(env "PATH=$keep:$PATH" bash -c "$1")
    ((EUID)) || line=(setpriv --reuid="$user" --regid="$user" --init-groups
        env HOME="/home/$user" USER="$user" "${line[@]}")
    "${line[@]}"
}

# show LINE: print it as a user would type it, and run it.
show()
{
    echo
    echo "\$ $1"
    as_user "$1"
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
show 'ch-run demo.sqfs -- cat /etc/os-release'
show 'ch-run demo.sqfs -- id'
show 'ch-run demo.sqfs -- ls /'
show 'ch-run -W demo.sqfs -- sh -c "echo written >/new && cat /new"'
# shellcheck disable=SC2016 # for the shell that runs it
show 'ch-run demo.sqfs -- sh -c "exit 7"; echo "exit status $?"'

start=${EPOCHREALTIME/./}
as_user 'for n in {1..20}; do ch-run demo.sqfs -- true; done'
us=$(((${EPOCHREALTIME/./} - start) / 20))
echo
echo "One start from the image takes $((us / 1000)).$((us % 1000 / 100)) ms" \
    "(of 20). Nothing is left behind:"
show 'grep -c ch-demo /proc/mounts || true'

cat <<TEXT

To try next, as an ordinary user:
    cd $keep
    ./ch-run demo.sqfs -- sh                  a shell in the image
    ./ch-run -b \$HOME:/mnt/0 demo.sqfs -- ls /mnt/0
    ./ch doctor                               what this node allows
    ./ch-run --help
To remove it: rm -r $keep
TEXT
