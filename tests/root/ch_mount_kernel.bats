# What the server of an image tells is what the kernel's own squashfs tells.
# SPDX-License-Identifier: MIT

load ../mount

# make_tree: files of all kinds, with attributes, holes, owners.
make_tree()
{
    mkdir -p tree/many tree/deep/er
    (
        cd tree || return
        seq 100000 >numbers
        : >empty
        truncate -s 3M holes
        truncate -s 5M mixed
        printf x | dd of=mixed bs=1 seek=2000000 conv=notrunc status=none
        printf x >>mixed
        ln -s numbers link
        ln -s "$(printf 'a%.0s' $(seq 1000))" long
        ln empty deep/er/hard
        mkfifo fifo
        mknod character c 1 3
        mknod block b 7 300
        for n in $(seq 300); do
            echo "$n" >"many/$n"
        done
        chown 1234:4321 many/3
        chmod 4755 many/4
        chmod 0 many/5
        touch -d @1 many/6
        touch -d @4294967295 many/7
    )
    python3 - <<'PY'
import os
for path, name in (("numbers", "user.a"), ("many", "user.b"),
                   ("many/1", "trusted.c"), ("many/2", "security.d"),
                   ("many/2", "user.e")):
    os.setxattr("tree/" + path, name, b"value of " + name.encode())
os.setxattr("tree/many/8", "user.long", b"x" * 3000)
PY
}

@test "the kernel and the server tell the same of an image" {
    cd "$BATS_TEST_TMPDIR" || return
    make_tree
    mkdir kernel
    for options in "-b 128K" "-b 4K -comp zstd" "-b 1M -no-xattrs" \
        "-b 64K -no-fragments"; do
        # shellcheck disable=SC2086 # several
        mksquashfs tree image -noappend -quiet -no-progress $options >/dev/null
        mount -o loop,ro image kernel
        ch_mount image "$POINT"
        run python3 "$CH_TESTS/data/same.py" kernel "$POINT"
        ch_umount "$POINT"
        umount kernel
        expect_output ""
    done
}
