# More of what a container must not allow, in each way of running one; the
# basic promises are in ch_run_safety.bats.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # scripts for sh within
# shellcheck disable=SC2030,SC2031 # each test has its own WAYS

load ../helper

setup_file()
{
    make_fixtures
    cp -a "$ROOT" "$BATS_FILE_TMPDIR/own"
    ways=("$ROOT" "$SQUASH" "-W $ROOT" "-W $SQUASH" "-w $BATS_FILE_TMPDIR/own")
    if command -v newuidmap >/dev/null &&
        grep -qE "^($(id -un)|$(id -u)):" /etc/subuid; then
        ways+=("--userns-range $ROOT" "--userns-range -W $SQUASH")
    fi
    printf '%s\n' "${ways[@]}" >"$BATS_FILE_TMPDIR/ways"
}

setup()
{
    mapfile -t WAYS <"$BATS_FILE_TMPDIR/ways"
}

# in_each_way COMMAND...: run it as oneself and as root within, in all kinds of
# container, each a line.
in_each_way()
{
    local way ids
    for way in "${WAYS[@]}"; do
        for ids in "" "-u0 -g0"; do
            # shellcheck disable=SC2086 # several words each
            ch_run $ids $way -- "$@" 2>&1 || echo "status $? with $ids $way"
        done
    done
}

# refused ATTACK [ARGUMENT]: in all of them.
refused()
{
    run in_each_way probe attack "$@"
    [ "${#lines[@]}" -eq $((2 * ${#WAYS[@]})) ] || fail_with "$output"
    for line in "${lines[@]}"; do
        [[ $line == "$1: refused, "* ]] || fail_with "$output"
    done
}

@test "chroot is no way out, however the image is run" {
    mark=$(mktemp /var/tmp/ch-test-mark.XXXXXX)
    refused escape "$mark"
    rm -rf "$mark" /tmp/ch-jail
}

@test "no process's /proc folder leads to the host's files" {
    mark=$(mktemp /var/tmp/ch-test-mark.XXXXXX)
    refused reach "$mark"
    rm "$mark"
}

@test "the image's server and the peers' keeper can't be looked into" {
    find='for comm in /proc/[0-9]*/comm; do
        read -r name <$comm && [ "$name" = "$0" ] || continue
        pid=${comm#/proc/} && pid=${pid%/comm}
        # one that is dead already has nothing to look into
        grep -q "^State:.[ZX]" /proc/$pid/status && continue
        for attack in look trace enter; do probe attack $attack $pid; done
    done 2>/dev/null; [ -n "$pid" ] && echo tried'
    for options in "" "-u0 -g0" "-u0 -g0 -W"; do
        for name in ch-server ch-keeper; do
            # shellcheck disable=SC2086 # several words
            run ch_run --join --join-tag="$BATS_TEST_TMPDIR" --join-ct=1 \
                $options "$SQUASH" -- sh -c "$find" $name
            [ "${lines[-1]}" = tried ] || fail_with "$name: $output"
            [[ $output != *ALLOWED* ]] || fail_with "$output"
            [ "${#lines[@]}" -ge 4 ]
        done
    done
}

@test "a process of the caller's outside can't be traced or entered" {
    sleep 100 3>&- &
    other=$!
    for attack in look trace enter; do
        refused "$attack" "$other"
    done
    kill "$other"
}

@test "processes of others get no signal, from root within neither" {
    refused kill
}

@test "no running program can be overwritten" {
    refused overwrite
}

@test "the program that started the container can't be overwritten" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    cp "$CH_BUILD/ch" "$BATS_TEST_TMPDIR/bin/ch-run"
    sum=$(md5sum <"$BATS_TEST_TMPDIR/bin/ch-run")
    for image in "${IMAGES[@]}"; do
        run "$BATS_TEST_TMPDIR/bin/ch-run" -u0 -g0 "$image" -- \
            probe attack overwrite
        [[ $output == *"refused"* ]] || fail_with "$output"
    done
    [ "$(md5sum <"$BATS_TEST_TMPDIR/bin/ch-run")" = "$sum" ]
}

@test "devices, disks, host name, kernel and settings are out of reach" {
    refused mknod /tmp/ch-test-device
    refused disk /dev/sda1
    refused hostname
    refused kernel
    for file in /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname \
        /proc/sys/vm/drop_caches /proc/sysrq-trigger /sys/kernel/uevent_helper \
        /sys/kernel/mm/transparent_hugepage/enabled /proc/1/oom_score_adj \
        /proc/1/mem /dev/mem /dev/kmsg; do
        [ ! -e "$file" ] || refused write "$file"
    done
}

@test "another user can't be become, nor groups be changed" {
    # with ranges, root within may: those are his
    WAYS=("${WAYS[@]:0:5}")
    refused setgroups
    refused seteuid
    refused setresuid
}

@test "the ids of a range are the caller's to use, others' files are not" {
    ((${#WAYS[@]} > 5)) || skip "no subordinate ids here"
    # of root outside, and of nobody within
    for id in 0 1 65534 65535; do
        run ch_run --userns-range -u0 -g0 "$SQUASH" -- \
            probe become "$id" "$id" cat /proc/1/environ /dev/mem
        [ "$status" -ne 0 ]
        [[ $output == *"Permission denied"* ]] || fail_with "$output"
    done
}

@test "programs gain nothing by exec" {
    run in_each_way grep -h NoNewPrivs /proc/self/status
    [ "$(sort -u <<<"$output")" = $'NoNewPrivs:\t1' ] || fail_with "$output"
}

@test "no descriptor is open but those that the caller gave" {
    mkdir -p "$BATS_TEST_TMPDIR/home"
    for way in "${WAYS[@]}" "-t $ROOT" "-b /etc:/mnt/0 $SQUASH" \
        "-b /etc:/no/such $SQUASH" "--home $SQUASH" "-v -v $ROOT"; do
        out=$(scratch)
        "$ROOT/bin/probe" fds "$out/outside" 3>&- 4>&-
        # shellcheck disable=SC2086 # several words
        HOME=$BATS_TEST_TMPDIR/home ch_run -b "$out:/mnt/1" $way -- \
            probe fds /mnt/1/fds 3>&- 4>&- 2>/dev/null
        diff "$out/outside" "$out/fds" || fail_with "$way"
    done
}

@test "mount targets of the image that are links stay in the image" {
    mark=$(mktemp /var/tmp/ch-test-mark.XXXXXX)
    echo secret >"$mark"
    own=$BATS_TEST_TMPDIR/own
    for target in "$mark" "../../../../../../../$mark" \
        "/proc/self/root$mark" "/proc/1/root$mark"; do
        for file in passwd group hosts resolv.conf; do
            rm -rf "$own" "$own.sqfs"
            cp -a "$ROOT" "$own"
            ln -sf "$target" "$own/etc/$file"
            mksquashfs "$own" "$own.sqfs" -no-progress -quiet >/dev/null
            for way in "$own.sqfs" "-W $own.sqfs" "$own" "-w $own"; do
                # shellcheck disable=SC2086 # several words
                run ch_run $way -- sh -c "cat $mark; echo new >$mark"
                [[ $output != *secret* ]] || fail_with "$way, $file: $output"
                [ "$(cat "$mark")" = secret ] || fail_with "$way, $file: $output"
            done
        done
    done
    rm "$mark"
}

@test "an image whose own folders lead astray is refused by one line" {
    own=$BATS_TEST_TMPDIR/own
    cp -a "$ROOT" "$own"
    for folder in dev proc sys tmp; do
        for target in / ../../../../.. "$folder"; do
            rm -rf "${own:?}/$folder" "$own.sqfs"
            ln -s "$target" "$own/$folder"
            mksquashfs "$own" "$own.sqfs" -no-progress -quiet >/dev/null
            for way in "$own.sqfs" "-W $own.sqfs" "$own" "-w $own"; do
                # shellcheck disable=SC2086 # several words
                run ch_run $way -- /bin/true
                expect_error 31 ""
            done
        done
        rm "${own:?}/$folder"
        mkdir "$own/$folder"
    done
    rm -rf "${own:?}/etc"
    ln -s etc "$own/etc"
    mksquashfs "$own" "$own.sqfs" -noappend -no-progress -quiet >/dev/null
    for image in "$own" "$own.sqfs"; do
        run ch_run "$image" -- /bin/true
        expect_error 31 "etc/passwd: Too many levels of symbolic links"
    done
}

@test "root within does not change what the caller may not change" {
    for way in "${WAYS[@]}"; do
        # shellcheck disable=SC2086 # several words
        run ch_run -u0 -g0 $way -- sh -c '
            for file in /etc/hosts /sys/kernel/notes /proc/version; do
                echo x 2>/dev/null >>$file && echo "wrote $file"
                chmod 777 $file 2>/dev/null && echo "changed $file"
                chown 0 $file 2>/dev/null && echo "took $file"
            done
            umount /proc/version 2>/dev/null
            true'
        expect_output ""
    done
}

@test "what root within mounts, links or unmounts ends with the container" {
    before=$(md5sum </proc/self/mountinfo)
    for way in "${WAYS[@]}"; do
        # shellcheck disable=SC2086 # several words
        run ch_run -u0 -g0 $way -- sh -c '
            mount -t tmpfs none /mnt/0; mount --bind /bin /tmp
            mount --make-rshared /; mount -o remount,rw /; umount -l /dev
            umount -l /proc; umount -l /sys; true'
        [ "$(md5sum </proc/self/mountinfo)" = "$before" ]
        ls /proc/self /sys /dev/null >/dev/null
    done
}
