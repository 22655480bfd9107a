# ch-convert --devices: device files are kept, where they can be.
# SPDX-License-Identifier: MIT

load ../convert

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
    python3 "$CH_TESTS/data/archives.py" kept_devices >image.tar
}

# has_devices IMAGE: with their numbers, modes, owners and names.
has_devices()
{
    run convert --list "$1"
    expect_status 0
    [[ $output =~ crw-rw-rw-\ 0/0\ +1,3\ [0-9:\ -]+\ /usr/(null|second) ]] ||
        fail_with "$1: $output"
    [[ $output =~ brw-r-----\ 7/8\ 4095,1048575\ [0-9:\ -]+\ /usr/disk ]] ||
        fail_with "$1: $output"
    [[ $output =~ /usr/(null|second)\ link\ to\ /usr/(null|second) ]] ||
        fail_with "$1: $output"
    [[ $output == *" /dev/null"* && $output == *" /dev/file"* ]] ||
        fail_with "$1: $output"
}

@test "--devices: all formats that are files keep them, from one to the next" {
    before=image.tar
    has_devices "$before"
    for image in image.sqfs oci:layout two.sqfs docker-archive:docker.tar \
        three.tar.zst oci-archive:oci.tar four.sqfs; do
        convert -q --devices "$before" "$image"
        has_devices "$image"
        run convert --diff --devices image.tar "$image"
        expect_status 0
        before=$image
    done
}

@test "--devices: unsquashfs and tar see what ch-convert wrote" {
    command -v unsquashfs >/dev/null || skip "no unsquashfs"
    convert -q --devices image.tar image.sqfs
    unsquashfs -lln image.sqfs >list
    grep -q '^crw-rw-rw- 0/0  *1,  *3 .*/usr/null$' list
    # unsquashfs shows the widest numbers wrongly, also of mksquashfs's files
    grep -q '^brw-r----- 7/8 .*/usr/disk$' list
    convert -q --devices image.sqfs again.tar
    tar --numeric-owner -tvf again.tar >list
    grep -q '^crw-rw-rw- 0/0 .* 1,3 .*usr/null$' list
    grep -q '^brw-r----- 7/8 .*4095,1048575 .*usr/disk$' list
}

@test "without --devices they are left out, with other names of theirs" {
    for image in image.sqfs oci:layout ./image; do
        run convert image.tar "$image"
        expect_status 0
        [[ $output == *"warning: device files left out: 4; --devices keeps"* ]] ||
            fail_with "$output"
        run convert --list "$image"
        [[ $output == *" /usr/pipe link to /usr/fifo"* ]] ||
            fail_with "$output"
        for path in usr/null usr/disk usr/second dev/null dev/file; do
            [[ $output != *" /$path"* ]] || fail_with "$image: $output"
        done
        run convert --diff image.tar "$image"
        expect_status 0
        run convert -q --diff --devices --ignore=links image.tar "$image"
        expect_status 1
        [[ $output == *"removed  /dev/file"*"removed  /usr/disk"* ]] ||
            fail_with "$output"
    done
}

@test "--devices: in a directory only root makes them, says the error" {
    refuses "can't make the device file /usr/null, which takes root" \
        --devices image.tar ./image
    refuses "without --devices it is left out" --devices image.tar bundle:image
    # there need not be any
    convert -q --devices --exclude=null --exclude=second --exclude=disk \
        image.tar ./image
    [ "$(cat image/dev/file)" = text ]
}

@test "--devices: numbers that no kernel has are an error" {
    python3 "$CH_TESTS/data/hostile.py" device_numbers >hostile.tar
    for image in image.sqfs docker-archive:out.tar oci:layout; do
        refuses "/usr/null: no kernel has numbers as 1,1048579" \
            --devices hostile.tar "$image"
    done
    run convert --list hostile.tar
    expect_status 0
    [[ $output == *" 1,1048579 "*"/usr/null"* ]] || fail_with "$output"
}

@test "--diff --devices tells of other numbers and kinds" {
    python3 - <<'END'
import sys, tarfile
def make(name, *devices):
    with tarfile.open(name, "w") as tar:
        for path, kind, major, minor in devices:
            info = tarfile.TarInfo(path)
            info.type, info.devmajor, info.devminor = kind, major, minor
            tar.addfile(info)
make("a.tar", ("usr/null", tarfile.CHRTYPE, 1, 3),
     ("usr/disk", tarfile.BLKTYPE, 8, 0), ("usr/same", tarfile.CHRTYPE, 1, 5))
make("b.tar", ("usr/null", tarfile.CHRTYPE, 1, 5),
     ("usr/disk", tarfile.CHRTYPE, 8, 0), ("usr/same", tarfile.CHRTYPE, 1, 5))
END
    run convert -q --diff --devices tar:a.tar tar:b.tar
    expect_status 1
    expect_output "type     /usr/disk: block device, character device
device   /usr/null: 1,3, 1,5"
    run convert -q --diff --devices --ignore=type,device tar:a.tar tar:b.tar
    expect_status 0
}

@test "-n tells whether device files are kept" {
    run convert -n image.tar image.sqfs
    [[ $output == *"device files: left out"* ]] || fail_with "$output"
    run convert -n --devices image.tar image.sqfs
    [[ $output == *"device files: kept"* ]] || fail_with "$output"
}
