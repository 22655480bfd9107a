# What ch-run tells about itself: features, colours, levels, what it would do.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # sh scripts; subshells; bats

load ../helper

setup_file()
{
    make_fixtures
}

@test "--feature answers 0 for what is built in, 87 for what is not" {
    for feature in extglob json seccomp squash overlayfs tmpfs-xattrs; do
        run ch_run --feature="$feature"
        expect_status 0
        expect_output ""
    done
    run ch_run --feature gc
    expect_status 87
    expect_output ""
    run ch_run --feature=nonsense
    expect_error 31 "unknown feature: nonsense"
}

@test "--warnings logs as many and exits" {
    run ch_run --warnings=2
    expect_status 0
    [ "${#lines[@]}" -eq 2 ]
    [[ ${lines[1]} == *"warning: this is warning 2!" ]]
    run ch_run --warnings=0
    expect_output ""
    run ch_run --warnings=x
    expect_error 31 "--warnings: not a number: x"
}

@test "--test=log logs a line of each level that is shown" {
    run ch_run --test=log
    expect_status 0
    [[ $output == *info*"warning: warning" ]]
    run ch_run -q --test=log
    [[ $output == *"warning: warning" ]]
    [[ $output != *info* ]]
    run ch_run -qq --test=log
    expect_output ""
    run ch_run -v -v -v --test=log
    [[ $output == *trace*debug*verbose*info*warning* ]]
    run ch_run -qqq --test=log-fail
    expect_error 31 "the program failed inexplicably"
    run ch_run --test=nonsense
    expect_error 31 "invalid --test argument: nonsense"
}

@test "-q: no output, -qq: no warnings, -qqq: no messages of the command" {
    for image in "${IMAGES[@]}"; do
        run ch_run -q "$image" -- sh -c 'echo out; echo err >&2; exit 3'
        expect_status 3
        expect_output err
        run ch_run -q -m /no/such "$ROOT" -- true
        [[ $output == *"warning: --mount invalid"* ]]
        run ch_run -qq -m /no/such "$ROOT" -- true
        expect_output ""
        run ch_run -qq "$image" -- sh -c 'echo out; echo err >&2; exit 3'
        expect_status 3
        expect_output err
        run ch_run -qqq "$image" -- sh -c 'echo out; echo err >&2; exit 3'
        expect_status 3
        expect_output ""
        run ch_run -qq "$image" -- no-such-command
        expect_error 49 "no-such-command: No such file or directory"
    done
    run ch_run -qqqq "$ROOT" -- true
    expect_error 31 "--quiet can be specified at most thrice"
}

@test "--color colours always, never, or on a terminal" {
    for when in --color --color=yes --color=always --color=force; do
        run ch_run "$when" --warnings=1
        [[ $output == $'\e['*"warning: this is warning 1!"$'\e[0m' ]] ||
            fail_with "$when: $output"
    done
    for when in -q --color=no --color=never --color=none --color=auto \
        --color=tty --color=if-tty; do
        run ch_run "$when" --warnings=1
        [[ $output == "ch-run["* ]] || fail_with "$when: $output"
    done
    run ch_run --color=maybe "$ROOT" -- true
    expect_error 31 "--color: invalid arg: maybe"
}

@test "on a terminal messages are coloured unless it is forbidden" {
    run script -qec "$CH_BUILD/ch-run --warnings=1" /dev/null
    [[ $output == $'\e['* ]]
    run script -qec "$CH_BUILD/ch-run --color=no --warnings=1" /dev/null
    [[ $output == "ch-run["* ]]
}

@test "--abort-fatal aborts on an error, but not on the command's" {
    ulimit -c 0
    for image in "${IMAGES[@]}"; do
        run ch_run --abort-fatal -c /no/such "$image" -- true
        expect_status 134
        [[ $output == *"can't cd to /no/such"* ]]
        run ch_run --abort-fatal "$image" -- no-such-command
        expect_error 49 no-such-command
        run ch_run --abort-fatal "$image" -- sh -c 'exit 7'
        expect_status 7
    done
}

@test "--fuse-single, --threads, --cache and --offset are accepted" {
    cat "$(type -P true)" "$SQUASH" >"$(scratch)/shifted"
    offset=$(stat -c %s "$(type -P true)")
    run ch_run --offset="$offset" "$(scratch)/shifted" -- echo hello
    expect_output hello
    for image in "${IMAGES[@]}"; do
        for option in --fuse-single --threads=2 --cache=1M --offset=0; do
            run ch_run "$option" "$image" -- echo hello
            expect_output hello
        done
    done
    run ch_run --threads=0 "$SQUASH" -- true
    expect_error 31 "--threads"
}

@test "--fuse-single serves by one thread" {
    # the leader and the thread that it waits for
    run ch_run -v --fuse-single "$SQUASH" -- sh -c \
        'cat /data/small/* /data/big >/dev/null; ls /proc/$(pidof ch-server |
        tr " " "\n" | sort -n | tail -n 1)/task | wc -l'
    expect_status 0
    [ "${lines[-1]}" -le 2 ] || fail_with "$output"
}

@test "-m must be a directory that exists, and is ignored for directories" {
    for option in -m --mount; do
        run ch_run "$option" /no/such "$SQUASH" -- true
        expect_error 31 "can't stat mount point: /no/such: No such file"
        run ch_run "$option" /etc/passwd "$SQUASH" -- true
        expect_error 31 "not a directory: /etc/passwd"
        run ch_run "$option" "" "$SQUASH" -- true
        expect_error 31 "mount point can't be empty string"
        run ch_run "$option" "$(scratch)" "$SQUASH" -- echo hello
        expect_output hello
        run ch_run "$option" /no/such "$ROOT" -- echo hello
        expect_status 0
        [[ $output == *"warning: --mount invalid with directory image, ignoring"* ]]
    done
}

@test "-v -v -v shows every system call that changes what is mounted" {
    for image in "${IMAGES[@]}"; do
        run ch_run -v -v -v -W -c /data -b /etc:/mnt/0 "$image" -- true
        expect_status 0
        for text in "unshare(CLONE_NEWUSER" "CLONE_NEWNS" "mount(tmpfs, fd" \
            "mount_setattr(" "mount(overlay," "(/etc" \
            "MS_NOSUID|MS_NODEV" "pivot_root(., .)" "umount2(., MNT_DETACH)" \
            "chdir(/data)" "prctl(PR_SET_NO_NEW_PRIVS" "execvp(true)"; do
            [[ $output == *"$text"* ]] || fail_with "$text: $output"
        done
        run ch_run "$image" -- true
        expect_output ""
    done
    run ch_run -v -v -v "$SQUASH" -- true
    [[ $output == *"mount($SQUASH, "*fuse* ]] || fail_with "$output"
}

@test "--dry-run prints the plan and does nothing" {
    for image in "${IMAGES[@]}"; do
        run leaves_nothing "$CH_BUILD/ch-run" --dry-run -W5m -u 0 -g 0 \
            -b /etc:/mnt/0 --set-env=A=b --unset-env='X*' -c /data "$image" \
            -- sh -c 'touch /mnt/0/x'
        for text in "image.path *$image" "root.memory *5m" "ids.uid *0" \
            " /etc  /mnt/0  required" "environment *set  A=b" "unset  X\*" \
            "directory *//*data" 'command *sh -c "touch /mnt/0/x"'; do
            grep -qe "$text" <<<"$output" || fail_with "$text: $output"
        done
        [[ ${lines[-1]} == "exited 0, nothing left" ]]
    done
}

@test "--dry-run --json is JSON" {
    for image in "${IMAGES[@]}"; do
        ch_run --dry-run --json -b /etc:/mnt/0 "$image" -- a "b c" |
            python3 -c 'import json, sys
plan = json.load(sys.stdin)
assert plan["image"]["given"] == sys.argv[1]
assert plan["image"]["kind"] in ("directory", "SquashFS")
assert plan["command"] == ["a", "b c"]
assert {"source": "/etc", "target": "/mnt/0", "need": "required"} in plan["binds"]' \
            "$image"
    done
    run ch_run --json "$ROOT" -- true
    expect_error 31 "--dry-run"
}

@test "--dry-run fails as the start would" {
    run ch_run --dry-run /no/such -- true
    expect_error 31 "can't stat: /no/such"
    run ch_run --dry-run -b /no/such:/mnt/0 "$ROOT" -- true
    expect_error 31 "source not found: /no/such"
}
