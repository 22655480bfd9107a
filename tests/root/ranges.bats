# --userns-range: what the administrator does for it, or does not.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

setup()
{
    open_scratch
    cp -p /etc/subgid "$BATS_TEST_TMPDIR/subgid"
}

teardown()
{
    cat "$BATS_TEST_TMPDIR/subgid" >/etc/subgid
}

@test "a user without ranges is told which line to add where" {
    for image in "${IMAGES[@]}"; do
        run setpriv --reuid=31337 --regid=31338 --clear-groups \
            "$CH_BUILD/ch-run" --userns-range "$image" -- true
        expect_error 31 "no range of ids for 31337 in /etc/subuid"
        [[ $output == *"31337:100000:65536"* ]]
    done
}

@test "a user with ranges for users only is told the other file" {
    sed -i "/^${CH_USER:-chtest}:/d" /etc/subgid
    run as_user "$CH_BUILD/ch-run" --userns-range "$ROOT" -- true
    expect_error 31 "in /etc/subgid"
}

@test "a group that is lent to the user is the same within" {
    echo "${CH_USER:-chtest}:4242:1" >>/etc/subgid
    mkdir "$BATS_TEST_TMPDIR/shared"
    chown 0:4242 "$BATS_TEST_TMPDIR/shared"
    chmod 2770 "$BATS_TEST_TMPDIR/shared"
    id=$(id -u "${CH_USER:-chtest}")
    for image in "${IMAGES[@]}"; do
        run setpriv --reuid="$id" --regid="$id" --groups=4242 \
            "$CH_BUILD/ch-run" --userns-range -u0 -g0 \
            -b "$BATS_TEST_TMPDIR/shared:/mnt/0" "$image" -- \
            sh -c 'id -G; touch /mnt/0/new; stat -c %g /mnt/0 /mnt/0/new; rm /mnt/0/new'
        expect_output $'0 4242\n4242\n4242'
    done
}

@test "a group that nobody lends cannot be taken" {
    id=$(id -u "${CH_USER:-chtest}")
    touch "$BATS_TEST_TMPDIR/secret"
    chown 0:4242 "$BATS_TEST_TMPDIR/secret"
    chmod 640 "$BATS_TEST_TMPDIR/secret"
    for image in "${IMAGES[@]}"; do
        run setpriv --reuid="$id" --regid="$id" --clear-groups \
            "$CH_BUILD/ch-run" --userns-range -u0 -g0 \
            -b "$BATS_TEST_TMPDIR:/mnt/0" "$image" -- \
            probe become 0 4242 cat /mnt/0/secret
        expect_status 1
        [[ $output == *"Permission denied"* ]]
    done
}

@test "root runs images with ranges when he has some" {
    for image in "${IMAGES[@]}"; do
        run ch_run --userns-range "$image" -- true
        [ "$status" -eq 0 ] || expect_error 31 "no range of ids for root"
    done
}

@test "the cache of libraries is made in an image of an owner not within" {
    tree=$BATS_TEST_TMPDIR/dynamic
    "$CH_TESTS/data/dynamic.sh" "$tree"
    echo "lib $tree/host/libstand.so.1.2.3" >"$BATS_TEST_TMPDIR/list"
    for options in "" -W --userns-range "--userns-range -W"; do
        # shellcheck disable=SC2086 # several words
        run as_user "$CH_BUILD/ch-run" $options \
            --inject="$BATS_TEST_TMPDIR/list" "$tree/root" -- show
        expect_output host
    done
}
