# ch itself: which applet is meant, what it says of itself, how it installs.
# SPDX-License-Identifier: MIT

load ../helper

APPLETS=(ch-run ch-mount ch-umount ch-convert ch-oci ch-bench ch-doctor ch-slurm
    ch-stage ch-scrun)

ch()
{
    "$CH_BUILD/ch" "$@"
}

# A copy under a name that is no applet's, as batch systems make them.
renamed()
{
    [ -e "$BATS_TEST_TMPDIR/slurm_bcast_12.0_node1" ] ||
        cp "$CH_BUILD/ch" "$BATS_TEST_TMPDIR/slurm_bcast_12.0_node1"
    "$BATS_TEST_TMPDIR/slurm_bcast_12.0_node1" "$@"
}

@test "ch alone and --help list every applet with what it does" {
    for arguments in "" --help -h "-?"; do
        # shellcheck disable=SC2086 # one word or none
        run --separate-stderr ch $arguments
        expect_status 0
        for applet in "${APPLETS[@]}"; do
            [[ $output == *"  $applet "*[a-z]* ]] || fail_with "$output"
        done
        # shellcheck disable=SC2154
        [ -z "$stderr" ]
    done
}

@test "--list is one name per line" {
    run ch --list
    expect_status 0
    [ "$output" = "$(printf '%s\n' "${APPLETS[@]}")" ]
}

@test "--version names what is linked in" {
    run ch --version
    expect_status 0
    [[ ${lines[0]} =~ ^ch\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    for library in musl libfuse zstd cJSON; do
        [[ $output =~ $library\ [0-9]+\.[0-9] ]] || fail_with "$output"
    done
    [ "$(ch -V)" = "$output" ]
}

@test "every applet answers --help, --usage and --version in its own name" {
    for applet in "${APPLETS[@]}"; do
        for called in "$CH_BUILD/$applet" "$CH_BUILD/ch $applet" \
            "$CH_BUILD/ch ${applet#ch-}"; do
            # shellcheck disable=SC2086 # one or two words
            run $called --usage
            expect_status 0
            [[ $output == "usage: $applet "* ]] || fail_with "$output"
            [ "${#lines[@]}" -eq 1 ]
            # shellcheck disable=SC2086
            run $called --version
            # other OCI runtimes have "version" in it, and further lines
            [[ ${lines[0]/ version/} =~ ^$applet\ [0-9.]+$ ]] ||
                fail_with "$output"
            # shellcheck disable=SC2086
            run $called --help
            expect_status 0
            # that of OCI runtimes begins otherwise
            [[ $output == *"sage: $applet "*"--version"* ]]
        done
    done
}

@test "no line of help is longer than a terminal is wide" {
    for applet in ch "${APPLETS[@]}"; do
        long=$("$CH_BUILD/$applet" --help | awk 'length > 79')
        [ -z "$long" ] || fail_with "$applet: $long"
    done
}

@test "an unknown option is one line of error that names it" {
    for applet in "${APPLETS[@]}"; do
        [[ $applet != ch-oci && $applet != ch-scrun ]] ||
            continue # warn, as oci_life.bats shows
        run "$CH_BUILD/$applet" --frobnicate
        [ "$status" -ne 0 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == "${applet}["*"]: error: --frobnicate: no such option"* ]]
    done
}

@test "a word that is no applet is named" {
    run ch frobnicate
    expect_status 1
    [[ $output == "ch["*"]: error: no such applet: frobnicate; see ch --help" ]]
}

@test "a renamed copy finds the applet by its first argument" {
    run renamed ch-run --usage
    expect_status 0
    [[ $output == "usage: ch-run "* ]]
    run renamed doctor --usage
    [[ $output == "usage: ch-doctor "* ]]
}

@test "a renamed copy finds the applet by CH_APPLET" {
    CH_APPLET=ch-run run renamed --usage
    [[ $output == "usage: ch-run "* ]]
    CH_APPLET=mount run renamed --usage
    [[ $output == "usage: ch-mount "* ]]
    CH_APPLET=nothing run renamed --usage
    expect_status 1
    [[ $output == *": error: \$CH_APPLET: no such applet: nothing" ]]
}

@test "a renamed copy that cannot know the applet says what to do" {
    run renamed image.sqfs -- true
    expect_status 1
    [[ $output == *"called as slurm_bcast_12.0_node1"*CH_APPLET* ]]
    run renamed
    expect_status 1
    [[ $output == *"called as slurm_bcast_12.0_node1"*CH_APPLET* ]]
}

@test "a renamed copy still answers for the program itself" {
    run renamed --list
    expect_status 0
    [ "${lines[0]}" = ch-run ]
}

@test "a link's name counts more than CH_APPLET" {
    CH_APPLET=ch-mount run "$CH_BUILD/ch-run" --usage
    [[ $output == "usage: ch-run "* ]]
    CH_APPLET=ch-mount run ch --list
    expect_status 0
}

@test "no words at all, not even a name, are survived" {
    # The kernel makes an empty word of it since Linux 5.18.
    run python3 -c 'import ctypes, sys
libc = ctypes.CDLL(None)
none = (ctypes.c_char_p * 1)(None)
libc.execve(sys.argv[1].encode(), none, none)' "$CH_BUILD/ch"
    [ "$status" -lt 128 ]
}

@test "closed standard streams do no harm" {
    for streams in "<&-" ">&-" "2>&-" "<&- >&- 2>&-"; do
        run bash -c "exec '$CH_BUILD/ch' --list $streams"
        expect_status 0
        run bash -c "exec '$CH_BUILD/ch' frobnicate $streams"
        expect_status 1
    done
}

@test "output that cannot be written is an error" {
    run bash -c "'$CH_BUILD/ch' --list >/dev/full"
    expect_status 1
    [[ $output == *"can't write to standard output: No space left on device" ]]
    run bash -c "'$CH_BUILD/ch-run' --help >/dev/full"
    expect_status 31
    [[ $output == *"can't write to standard output"* ]]
}

@test "install puts the program and its links into a folder" {
    cd "$(scratch)"
    mkdir bin
    (umask 077 && ch install bin)
    cmp "$CH_BUILD/ch" bin/ch
    [ "$(stat -c %a bin/ch)" = 755 ]
    for applet in "${APPLETS[@]}"; do
        [ "$(readlink "bin/$applet")" = ch ]
    done
    [ "$(find bin -mindepth 1 | wc -l)" -eq $((${#APPLETS[@]} + 1)) ]
    [[ $(bin/ch-run --usage) == "usage: ch-run "* ]]
}

@test "install replaces an older one, also while it runs" {
    cd "$(scratch)"
    mkdir bin
    cp /bin/busybox bin/ch
    bin/ch sleep 60 3>&- &
    ln -s /nowhere bin/ch-run
    run ch install bin
    expect_status 0
    kill %%
    cmp "$CH_BUILD/ch" bin/ch
    [ "$(readlink bin/ch-run)" = ch ]
    # over itself
    run bin/ch install bin
    expect_status 0
    cmp "$CH_BUILD/ch" bin/ch
}

@test "install killed at any moment leaves the old program or the new" {
    cd "$(scratch)"
    mkdir bin
    cp /bin/busybox bin/ch
    for i in $(seq 40); do
        timeout -s KILL "0.00$((i % 10))$((i / 10))" "$CH_BUILD/ch" \
            install bin || true
        cmp -s "$CH_BUILD/ch" bin/ch || cmp /bin/busybox bin/ch
    done
}

@test "install into what is no folder is an error" {
    cd "$(scratch)"
    touch file
    for place in file nothing /proc/self/fd; do
        run ch install "$place"
        expect_status 1
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == "ch["*"]: error: can't install "*"$place"* ]]
    done
    run ch install
    expect_status 1
    [[ $output == *"expected one DIR"* ]]
    run ch install a b
    expect_status 1
}

@test "install finds a directory in a link's place before it does anything" {
    for name in ch ch-run ch-doctor; do
        dir=$BATS_TEST_TMPDIR/in-the-way-$name
        mkdir -p "$dir/$name/full"
        run ch install "$dir"
        expect_status 1
        [[ $output == *"can't install $dir/$name: Is a directory" ]] ||
            fail_with "$output"
        [ "$(ls "$dir")" = "$name" ]
    done
}

@test "install and completion name themselves" {
    run ch install --usage
    expect_output "usage: ch install DIR"
    run ch completion --usage
    expect_output "usage: ch completion bash"
}

@test "the completion has every word of ch --help" {
    script=$(ch completion bash)
    words=" $(bash -c "$script"$'\n'"_ch_words ch") "
    for word in $(ch --help | sed -n 's/^  \(ch-\)\?\([a-z-]*\) .*/\2/p'); do
        [[ $words == *" $word "* ]] || fail_with "$word: $words"
    done
}

@test "install into a folder that may not be written leaves it as it was" {
    [ "$(id -u)" -ne 0 ] || skip "root may write everywhere"
    cd "$(scratch)"
    mkdir bin
    touch bin/ch
    chmod 555 bin
    run ch install bin
    chmod 755 bin
    expect_status 1
    [[ $output == *"can't install bin/ch: Permission denied" ]]
    [ "$(ls -A bin)" = ch ]
    [ ! -s bin/ch ]
}

@test "completion bash completes applets, options and their short forms" {
    script=$BATS_TEST_TMPDIR/script
    ch completion bash >"$script"
    bash -n "$script"
    complete_words()
    {
        bash -c 'source "$1"; shift
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
            function=$(complete -p "$1" | sed "s/.*-F \([^ ]*\) .*/\1/")
            compopt() { :; }
            "$function" "$1" "${COMP_WORDS[COMP_CWORD]}" ""
            echo "${COMPREPLY[*]}"' - "$script" "$@"
    }
    [ "$(complete_words ch-run --write)" = "--write --write-fake" ]
    [ "$(complete_words ch-run --bi)" = "--bind=" ]
    [ "$(complete_words ch run --bi)" = "--bind=" ]
    [ "$(complete_words ch ch-run --no-p)" = "--no-passwd" ]
    [ "$(complete_words ch doc)" = doctor ]
    [ "$(complete_words ch-doctor --js)" = "--json" ]
    [ -z "$(complete_words ch-run image)" ]
    [ -z "$(complete_words ch-run image -- --bi)" ]
}

@test "completion for another shell is an error" {
    run ch completion zsh
    expect_status 1
    [[ $output == *"know bash only"* ]]
}
