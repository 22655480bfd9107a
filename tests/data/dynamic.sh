#!/bin/sh
# dynamic.sh DIR - a tree with a dynamic program, as distributions with glibc
# have them, and libraries of a host's that are to be put into it.
#
#   DIR/root    the tree: /bin/show prints what the library "stand" says, and
#               is linked with it; the tree has one that says "image"
#   DIR/host    libraries that say "host"
#
# Needs a C compiler, and ldconfig for the tree's cache.
# SPDX-License-Identifier: MIT
set -eu

out=$1
root=$out/root
busybox=${CH_BUSYBOX:-/bin/busybox}
cc=${CH_TEST_CC:-gcc}

# library DIR WORD: the library whose function says WORD.
library()
{
    mkdir -p "$1"
    echo "const char *stand(void); const char *stand(void) { return \"$2\"; }" |
        $cc -x c -shared -fPIC -Wl,-soname,libstand.so.1 \
            -o "$1/libstand.so.1.2.3" -
}

# What the program needs of the machine, at the same places.
copy_needed()
{
    ldd "$1" | tr -s '[:blank:]' '\n' | grep '^/' | grep -v "^$out/" |
        while read -r file; do
            mkdir -p "$root${file%/*}"
            cp -L "$file" "$root$file"
        done
}

rm -rf "$out"
mkdir -p "$root/bin" "$root/etc" "$root/usr/lib/stand"
library "$out/host" host
library "$root/usr/lib/stand" image
ln -s libstand.so.1.2.3 "$root/usr/lib/stand/libstand.so.1"
echo 'const char *stand(void); int puts(const char *);
int main(void) { return puts(stand()) < 0; }' |
    $cc -x c -o "$root/bin/show" - -x none "$root/usr/lib/stand/libstand.so.1"
LD_LIBRARY_PATH=$root/usr/lib/stand copy_needed "$root/bin/show"
cp "$busybox" "$root/bin/busybox"
for applet in sh ls cat md5sum readlink; do
    ln -s busybox "$root/bin/$applet"
done
echo /usr/lib/stand >"$root/etc/ld.so.conf"
PATH=$PATH:/sbin ldconfig -r "$root" 2>/dev/null
mksquashfs "$root" "$out/image.sqfs" -quiet -no-progress >"$out/log"
