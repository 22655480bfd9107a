# ch-convert: access control lists, which only some formats have.
# SPDX-License-Identifier: MIT

load ../helper

ACCESS="user::rw- user:1234:r-- user:77777:rwx group::r-- group:5555:rwx \
mask::rw- other::---"
DEFAULT="user::rwx user:99999:r-x group::r-x mask::r-x other::---"

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
    mkdir -p tree/{bin,usr,dev,data/sub}
    echo text >tree/data/file
    echo text >tree/data/sub/file
    # shellcheck disable=SC2086
    acl set tree/data/file access $ACCESS
    # shellcheck disable=SC2086
    acl set tree/data default $DEFAULT
}

convert()
{
    timeout 60 "$CH_BUILD/ch-convert" -q "$@"
}

acl()
{
    python3 "$CH_TESTS/data/acl.py" "$@"
}

# has_lists DIR: these lists, and no others, are in the tree.
has_lists()
{
    diff <(echo "access $ACCESS") <(acl get "$1/data/file") &&
        diff <(echo "default $DEFAULT") <(acl get "$1/data") &&
        [ -z "$(acl get "$1/data/sub")$(acl get "$1/data/sub/file")" ] &&
        [ "$(stat -c %a "$1/data/file")" = 660 ] # "6": the mask
}

@test "--xattrs keeps access control lists, from directory to tar and back" {
    convert --xattrs ./tree image.tar.gz
    convert --xattrs image.tar.gz ./image
    has_lists image
    convert --xattrs ./image again.tar.gz
    convert --xattrs again.tar.gz ./again
    has_lists again
}

@test "without --xattrs no list is kept" {
    convert ./tree image.tar
    convert --xattrs image.tar ./image
    convert --xattrs ./tree lists.tar
    convert lists.tar ./plain
    [ -z "$(for tree in image plain; do
        acl get $tree/data
        acl get $tree/data/file
    done)" ]
}

@test "GNU tar reads the lists, and its lists are read" {
    tar --acls --usage >/dev/null || skip "tar has no --acls"
    convert --xattrs ./tree image.tar
    mkdir image
    tar --acls -C image -xf image.tar
    # it puts them in order
    [ "$(acl get image/data/file | tr ' ' '\n' | sort)" = \
        "$(echo "access $ACCESS" | tr ' ' '\n' | sort)" ]
    tar --acls --format=pax -C tree -cf theirs.tar .
    convert --xattrs theirs.tar ./again
    has_lists again
}

@test "a SquashFS image has no lists, and is made" {
    convert --xattrs ./tree image.sqfs
    convert --xattrs image.sqfs ./image
    [ -z "$(acl get image/data/file)$(acl get image/data)" ]
    [ "$(cat image/data/file)" = text ]
}

@test "a list that names users without numbers is left out, and the file is not" {
    python3 "$CH_TESTS/data/archives.py" named_list >image.tar
    convert --xattrs image.tar ./image
    [ -z "$(acl get image/data/named)" ]
    acl get image/data/numbered | grep -q '^access .*user:4711:rwx'
}
