# --self: the program in the container, for containers in containers.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # scripts for sh within

load ../helper

setup_file()
{
    make_fixtures
    # An image that holds one static program and nothing else, and an empty one.
    export PLACE=$BATS_FILE_TMPDIR/images EMPTY=$BATS_FILE_TMPDIR/empty
    export ALONE=$PLACE/alone
    mkdir -p "$ALONE" "$EMPTY"
    cp "$ROOT/bin/busybox" "$ALONE/busybox"
    mksquashfs "$ALONE" "$ALONE.sqfs" -quiet -no-progress >/dev/null
}

@test "--self: a container starts a container, by a name and by ch" {
    for image in "${IMAGES[@]}"; do
        run ch_run --self -b "$FIXTURES:/mnt/0" "$image" -- sh -c '
            ch-run /mnt/0/root -- echo one &&
            ch run /mnt/0/images/gzip.sqfs -- echo two'
        expect_output $'one\ntwo'
    done
}

@test "--self: every applet is there, the same program" {
    for image in "${IMAGES[@]}"; do
        for name in ch $("$CH_BUILD/ch" --list); do
            run ch_run --self "$image" -- md5sum "/usr/bin/$name"
            expect_output "$(md5sum <"$CH_BUILD/ch" | sed 's|-$||')/usr/bin/$name"
        done
    done
}

@test "--self: the container can't write to the program" {
    cp "$CH_BUILD/ch" "$BATS_TEST_TMPDIR/ch"
    for image in "${IMAGES[@]}"; do
        run "$BATS_TEST_TMPDIR/ch" run --self "$image" -- \
            chmod 700 /usr/bin/ch
        expect_status 1
        [[ $output == *"Read-only file system"* ]] || fail_with "$output"
    done
    cmp "$BATS_TEST_TMPDIR/ch" "$CH_BUILD/ch"
}

@test "--self: an empty directory is image enough" {
    run ch_run --self "$EMPTY" -- ch --list
    expect_output "$("$CH_BUILD/ch" --list)"
    run ch_run --self "$EMPTY" -- ch-run --self /var/empty -- ch
    expect_error 31 "can't stat: /var/empty: No such file or directory"
    [ -z "$(ls -A "$EMPTY")" ]
}

@test "--self: three levels, of an image that holds one static program" {
    for name in alone alone.sqfs; do
        run ch_run --self -b "$PLACE:/images" "$PLACE/$name" -- \
            ch-run --self -b /images "/images/$name" -- \
            ch-run "/images/$name" -- \
            /busybox sh -c 'echo "$(/busybox ls /)"; exit 7'
        expect_output $'busybox\ndev\netc\nproc\nsys\ntmp'
        expect_status 7
    done
    [ "$(ls "$ALONE")" = busybox ]
}

@test "--self: three levels, without /dev/fuse from the second on" {
    mkdir "$(scratch)/dev"
    touch "$(scratch)/dev/null"
    run --separate-stderr ch_run --self -b "$PLACE:/images" \
        -b "$(scratch)/dev:/dev" -b /dev/null "$ALONE.sqfs" -- \
        ch-run --self -b /images /images/alone.sqfs -- \
        ch-run /images/alone.sqfs -- \
        /busybox sh -c '/busybox ls /dev /busybox; exit 7'
    expect_output $'/busybox\n\n/dev:\nnull'
    expect_status 7
}

@test "--self: three levels leave nothing behind" {
    run leaves_nothing "$CH_BUILD/ch-run" --self -b "$PLACE:/images" \
        "$ALONE.sqfs" -- ch-run --self -b /images /images/alone.sqfs -- \
        ch-run /images/alone.sqfs -- /busybox true
    expect_output "exited 0, nothing left"
}

@test "--self: what the image has in /usr/bin stays" {
    own=$BATS_TEST_TMPDIR/own
    cp -a "$ROOT" "$own"
    mkdir -p "$own/usr/bin"
    echo other >"$own/usr/bin/ch-run"
    echo mine >"$own/usr/bin/mine"
    ln -s mine "$own/usr/bin/link"
    before=$(cd "$own" && find . -ls | md5sum)
    mksquashfs "$own" "$own.sqfs" -quiet -no-progress >/dev/null
    for image in "$own" "$own.sqfs"; do
        for option in -v -W; do
            run --separate-stderr ch_run --self $option "$image" -- sh -c '
                cat /usr/bin/link && ch-run --version >/dev/null && ls /usr/bin'
            expect_output $'mine\nch\n'"$("$CH_BUILD/ch" --list | sort)"$'\nlink\nmine'
        done
    done
    [ "$(cd "$own" && find . -ls | md5sum)" = "$before" ]
}

# without_a_file KIND ARG...: run ch-run of a file that is gone (deleted), or
# was never there (memory).
without_a_file()
{
    cp "$CH_BUILD/ch" "$BATS_TEST_TMPDIR/ch"
    python3 - "$BATS_TEST_TMPDIR/ch" "$@" <<'EOF'
import os, sys
path, kind = sys.argv[1:3]
program = open(path, "rb").read()
os.unlink(path)
if kind == "memory":
    fd = os.memfd_create("ch", os.MFD_CLOEXEC)
    os.write(fd, program)
else:
    with open(path, "wb") as copy:
        copy.write(program)
    os.chmod(path, 0o755)
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    os.unlink(path)
if kind == "replaced":
    # what the kernel calls the deleted one
    open(path + " (deleted)", "w").write("another\n")
os.execve(fd, ["ch-run"] + sys.argv[3:], os.environ)
EOF
}

@test "--self: a program that was deleted or is in memory only is copied" {
    for image in "${IMAGES[@]}" "$EMPTY"; do
        for kind in deleted replaced memory; do
            run without_a_file $kind --self "$image" -- ch --list
            expect_output "$("$CH_BUILD/ch" --list)"
        done
    done
    run without_a_file memory --self -b "$EMPTY:/image" "$EMPTY" -- \
        ch-run --self /image -- ch --list
    expect_output "$("$CH_BUILD/ch" --list)"
}

@test "--self in a bind of the host's that has no such place is an error" {
    mkdir -p "$(scratch)/bin"
    for image in "${IMAGES[@]}"; do
        run ch_run --self -b "$(scratch):/usr" "$image" -- true
        expect_error 31 "/usr/bin/ch: it lies in the bind of"
    done
    [ -z "$(ls "$(scratch)/bin")" ]
}
