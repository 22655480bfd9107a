# ch-convert: disks that take no more, by a quota or because they are broken.
# Those that are full are in ch_convert_root.bats.
# SPDX-License-Identifier: MIT

load ../helper

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    mkdir -p disk tree/{bin,dev,usr/lib}
    head -c 5000000 /dev/urandom >tree/usr/big
    for number in $(seq 40); do
        head -c 30000 /dev/urandom >"tree/usr/lib/$number"
    done
    "$CH_BUILD/ch-convert" -q ./tree image.tar
}

teardown()
{
    umount -q disk || true
    [ ! -e loop ] || losetup -d "$(cat loop)"
    rm -f device
}

# attach: the file "device" becomes one.
attach()
{
    losetup -f --show device >loop || skip "no loop devices"
}

# mount_quota SIZE: disk/ takes no more than that of anybody.
mount_quota()
{
    mount -t tmpfs -o "size=64m,usrquota_block_hardlimit=$1" none disk \
        2>/dev/null && return
    command -v mkfs.btrfs >/dev/null ||
        skip "neither quotas of tmpfs nor mkfs.btrfs"
    truncate -s 200M device
    mkfs.btrfs -q device >/dev/null
    attach
    mount -t btrfs "$(cat loop)" disk || skip "no btrfs"
    btrfs quota enable disk
    btrfs subvolume create disk/sub >/dev/null
    btrfs quota rescan -w disk >/dev/null
    btrfs qgroup limit "$1" disk/sub
    umount disk
    mount -o subvol=sub "$(cat loop)" disk
}

# stops_at REGEXP: of whatever format, with one line of error that ends so, and
# there is what was there before.
stops_at()
{
    local out input
    for out in "dir:disk/image" disk/image.sqfs disk/image.tar.gz \
        disk/image.tar.xz "bundle:disk/image" "oci:disk/image" \
        "oci-archive:disk/image" "docker-archive:disk/image"; do
        input=image.tar
        [[ $out != disk/*.tar* ]] || input=./tree
        run timeout 120 "$CH_BUILD/ch-convert" -q "$input" "$out"
        expect_status 1
        # shellcheck disable=SC2154
        [ "${#lines[@]}" -eq 1 ] || fail_with "$out: $output"
        grep -Eq "error: can't convert $input: .*: ($1)\$" <<<"$output" ||
            fail_with "$out: $output"
        [ "$(ls -A disk)" = old ] || fail_with "$out: $(ls -A disk)"
    done
    [ "$(cat disk/old)" = old ]
}

@test "beyond a quota there is one line, and nothing is left" {
    mount_quota 2M
    echo old >disk/old
    stops_at "Disk quota exceeded"
}

@test "a disk that can't be written to is one line, and nothing is left" {
    # What is known of files is at the beginning; then it becomes too short.
    # The kernel says that it has no memory where a directory is to grow.
    truncate -s 64M device
    mkfs.ext4 -q -F -b 4096 -N 512 -O ^has_journal -E lazy_itable_init=0 device
    attach
    mount -o errors=continue "$(cat loop)" disk
    rmdir disk/lost+found
    echo old >disk/old
    sync -f disk/old
    truncate -s 1M device
    losetup -c "$(cat loop)"
    stops_at "Input/output error|Cannot allocate memory"
}
