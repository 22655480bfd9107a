# shellcheck shell=bash
# modes.bash - what tests of ch-convert share that ask what is in an image: a
# small image with one file of each kind, and what is told of it.
# SPDX-License-Identifier: MIT

load "${BATS_TEST_DIRNAME}/../convert"

setup_file()
{
    make_fixtures
    TREE=$BATS_FILE_TMPDIR/tree
    export TREE
    make_tree "$TREE"
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
}

# make_tree DIR: a small image with one file of each kind.
make_tree()
{
    mkdir -p "$1"/{bin,data,usr/lib}
    echo text >"$1/data/file"
    ln "$1/data/file" "$1/usr/lib/second"
    ln -s usr/lib "$1/lib"
    echo 'x' >"$1/data/"$'line\nbreak \e[2J\xff\\'
    mkfifo "$1/data/fifo"
    truncate -s 3M "$1/data/holes"
    printf middle | dd of="$1/data/holes" bs=1 seek=1500000 conv=notrunc \
        status=none
    head -c 3000000 /dev/urandom >"$1/data/big"
    chmod 4755 "$1/data/big"
    chmod 1770 "$1/bin"
    xattr "$1/data/file" user.name value
    touch -hd @1000000000 "$1/data/file" "$1/data/big" "$1/lib" "$1/bin"
}

# xattr FILE NAME VALUE
xattr()
{
    python3 -c 'import os, sys
os.setxattr(sys.argv[1], sys.argv[2], sys.argv[3].encode())' "$@"
}

# has_line TEXT: among those of the last "run".
has_line()
{
    # shellcheck disable=SC2154
    printf '%s\n' "${lines[@]}" | grep -qxF -- "$1" ||
        fail_with "no line: $1; got: $output"
}

# trouble TEXT ARG...: ch-convert ends with status 1, or 2 with --diff, and one
# line of error that has TEXT.
trouble()
{
    local text=$1 wanted=1
    shift
    [[ " $* " != *" --diff "* ]] || wanted=2
    run convert -q "$@"
    expect_status "$wanted"
    if [ "${#lines[@]}" -ne 1 ] || [[ $output != *"error: "*"$text"* ]]; then
        fail_with "expected one line of error with: $text; got: $output"
    fi
}
