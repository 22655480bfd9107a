# The command is what the caller started: its exit status, signals, pid,
# streams and all that exec(2) keeps are as without a container.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

@test "the exit status is the command's: 0, 7, 255" {
    for image in "${IMAGES[@]}"; do
        for n in 0 7 255; do
            run ch_run "$image" -- sh -c "exit $n"
            expect_status "$n"
            expect_output ""
        done
    done
}

@test "a command that does not exist ends with 49 and one line" {
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- no-such-command
        expect_error 49 "no-such-command: No such file or directory"
        run ch_run "$image" -- /no/such/command
        expect_error 49 "/no/such/command: No such file or directory"
    done
}

@test "a command that may not be executed ends with 49" {
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- /etc/passwd
        expect_error 49 "/etc/passwd: Permission denied"
        run ch_run "$image" -- /data
        expect_error 49 "/data: Permission denied"
    done
}

@test "a command killed by a signal is seen killed by the caller" {
    for image in "${IMAGES[@]}"; do
        for signal in 15 9 11 2 1 6; do
            run leaves_nothing "$CH_BUILD/ch-run" "$image" -- \
                probe raise "$signal"
            expect_output "killed by $signal, nothing left"
        done
    done
}

@test "a shell sees 128 plus the signal's number" {
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- probe raise 9
        expect_status 137
    done
}

@test "a signal sent to the caller's child gets to the command" {
    for image in "${IMAGES[@]}"; do
        for signal in 15 2 10; do
            out=$(scratch)/caught
            : >"$out"
            # Not bash's &: it would ignore SIGINT in the child.
            python3 -c 'import subprocess, sys, time
p = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE, text=True)
assert p.stdout.readline() == "ready\n"
p.send_signal(int(sys.argv[1]))
print(p.stdout.read().strip(), p.wait())' \
                "$signal" "$CH_BUILD/ch-run" "$image" -- probe catch "$signal" \
                >"$out"
            [ "$(cat "$out")" = "caught $signal 0" ]
        done
    done
}

@test "the command has the pid, group and session of the process started" {
    for image in "${IMAGES[@]}"; do
        run python3 -c 'import os, subprocess, sys
p = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
words = p.communicate()[0].split()
print(int(words[1]) == p.pid, int(words[3]) == os.getpgrp(),
      int(words[5]) == os.getsid(0))' "$CH_BUILD/ch-run" "$image" -- probe ids
        expect_output "True True True"
    done
}

@test "standard input, output and error are the caller's" {
    for image in "${IMAGES[@]}"; do
        run --separate-stderr ch_run "$image" -- \
            sh -c 'cat; echo to-stderr >&2' <<<"from stdin"
        expect_output "from stdin"
        # shellcheck disable=SC2154
        [ "$stderr" = to-stderr ]
    done
}

@test "a pipeline passes a megabyte through unchanged" {
    for image in "${IMAGES[@]}"; do
        sum=$(head -c 1000000 "$ROOT/data/big" | md5sum)
        run bash -c 'head -c 1000000 "$1" | "$2" "$3" -- cat | md5sum' - \
            "$ROOT/data/big" "$CH_BUILD/ch-run" "$image"
        expect_output "$sum"
    done
}

@test "a reader that goes away ends the command by SIGPIPE" {
    for image in "${IMAGES[@]}"; do
        run bash -c '"$1" "$2" -- yes | head -n 1; echo "${PIPESTATUS[0]}"' - \
            "$CH_BUILD/ch-run" "$image"
        expect_output $'y\n141'
    done
}

@test "no file descriptor leaks into the command" {
    for image in "${IMAGES[@]}"; do
        for streams in "" "<&-" ">&-" "2>&-" "<&- >&-" "<&- >&- 2>&-" \
            "7</dev/null" "12</dev/null <&-"; do
            out=$(scratch)
            bash -c "exec 3>&-; '$ROOT/bin/probe' fds '$out/outside' $streams"
            bash -c "exec 3>&-; '$CH_BUILD/ch-run' -b '$out:/mnt/1' '$image' \
                -- probe fds /mnt/1/inside $streams"
            diff "$out/outside" "$out/inside"
        done
    done
}

@test "with a limit of the size of files the image's own users files stay" {
    for image in "${IMAGES[@]}"; do
        run bash -c 'ulimit -f 0; "$@" 2>&1 | cat' - "$CH_BUILD/ch-run" \
            "$image" -- sh -c 'ulimit -f; cat /etc/group'
        [[ $output == *"warning: /etc/group stays the image's own"*$'\n0\n'* ]] ||
            fail_with "$output"
        [[ $output == *"$(cat "$ROOT/etc/group")" ]]
    done
}

@test "an image server killed during the start is told, with status 84" {
    run timeout 60 python3 "$CH_TESTS/e2e/server_death.py" \
        "$CH_BUILD/ch-run" "$SQUASH"
    expect_output "status 84"
}

@test "umask, priority, signal mask, ignored signals and limits are kept" {
    for image in "${IMAGES[@]}"; do
        start='import os, resource, signal, sys
os.umask(0o137)
os.nice(3)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGCHLD})
for name in signal.SIGPIPE, signal.SIGXFSZ:
    signal.signal(name, signal.SIG_DFL)
for name in signal.SIGHUP, signal.SIGUSR2:
    signal.signal(name, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_NOFILE, (333, 444))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
os.execv(sys.argv[1], sys.argv[1:])'
        outside=$(python3 -c "$start" "$ROOT/bin/probe" inherited)
        run python3 -c "$start" "$CH_BUILD/ch-run" "$image" -- probe inherited
        expect_output "$outside"
        [[ $output == *"limit 7 333 444"* ]]
        [[ $output == *"blocked 10"* ]]
    done
}

@test "a program that waits for all its children terminates" {
    for image in "${IMAGES[@]}"; do
        run timeout 20 "$CH_BUILD/ch-run" "$image" -- probe wait-all
        expect_output "0 children"
        expect_status 0
    done
}

@test "the command starts in / whatever the caller's folder is" {
    cd "$(scratch)"
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- pwd
        expect_output /
    done
}

@test "options after the image are the command's" {
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- echo -w --help -v -- x
        expect_output "-w --help -v -- x"
        run ch_run "$image" echo -n -v
        expect_output "-v"
    done
}

@test "-q and -v exclude each other" {
    for image in "${IMAGES[@]}"; do
        run ch_run -q -v "$image" -- true
        expect_error 31 "--verbose incompatible with --quiet"
        run ch_run -v -q "$image" -- true
        expect_error 31 "--quiet incompatible with --verbose"
    done
}

@test "-v tells the steps on stderr and leaves stdout to the command" {
    for image in "${IMAGES[@]}"; do
        run --separate-stderr ch_run -v "$image" -- echo hello
        expect_output hello
        [[ $stderr =~ ch-run\[[0-9]+\]:\  ]]
    done
}

@test "an unknown option, no image and no command end with 31" {
    run ch_run --no-such-option "$ROOT" -- true
    expect_status 31
    [[ $output == *no-such-option* ]]
    run ch_run
    expect_status 31
    [[ $output == *IMAGE* ]]
    run ch_run "$ROOT"
    expect_status 31
    [[ $output == *"command specified"* ]]
    run ch_run "$ROOT" --
    expect_status 31
}

@test "--help, --usage and --version answer on stdout with 0" {
    for option in --help --usage --version; do
        run --separate-stderr ch_run "$option"
        expect_status 0
        [ -n "$output" ]
        [ -z "$stderr" ]
    done
}
