# The environment: passed on, then the rules of ch-run, then the user's
# changes in their order.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # sh scripts; subshells; bats

load ../helper

setup_file()
{
    make_fixtures
}

# value NAME [OPTION...]: $NAME within the container; "(unset)" if so. Both
# kinds of image say the same, or it is said twice.
value()
{
    local name=$1 image values=()
    shift
    for image in "${IMAGES[@]}"; do
        values+=("$(ch_run "$@" "$image" -- /bin/sh -c \
            'eval "echo \"\${$1-(unset)}\""' - "$name" 2>&1)")
    done
    if [ "${values[0]}" = "${values[1]}" ]; then
        echo "${values[0]}"
    else
        printf 'directory: %s\nSquashFS: %s\n' "${values[@]}"
    fi
}

@test "variables of the caller are passed on, whatever is in them" {
    for image in "${IMAGES[@]}"; do
        WEIRD=$'a b\n"c" $d=e' run ch_run "$image" -- \
            sh -c 'echo "$WEIRD"'
        expect_output $'a b\n"c" $d=e'
    done
}

@test "nothing else than the rules say is changed" {
    for image in "${IMAGES[@]}"; do
        # env is asked as a shell would set variables of its own.
        run env -i A=1 PATH=/usr/bin:/bin HOME=/nowhere TMPDIR=/tmp TERM=dumb \
            "$CH_BUILD/ch-run" "$image" -- env
        [ "$(sort <<<"$output")" = "$(printf '%s\n' A=1 \
            "CH_RUNNING=Weird Al Yankovic" HOME=/root PATH=/usr/bin:/bin \
            PWD=/ TERM=dumb)" ] || fail_with "$output"
    done
}

@test "HOME is /root, or / where the image has no /root" {
    for image in "${IMAGES[@]}"; do
        HOME=/nowhere run ch_run "$image" -- sh -c 'echo "$HOME"'
        expect_output /root
    done
    cp -a "$ROOT" "$BATS_TEST_TMPDIR/rootless"
    rmdir "$BATS_TEST_TMPDIR/rootless/root"
    HOME=/nowhere run ch_run "$BATS_TEST_TMPDIR/rootless" -- \
        sh -c 'echo "$HOME"'
    expect_output /
}

@test "/bin is appended to PATH only when it is absent" {
    for image in "${IMAGES[@]}"; do
        for pair in /usr/bin:/sbin=/usr/bin:/sbin:/bin /bin:/sbin=/bin:/sbin \
            /sbin:/bin:/x=/sbin:/bin:/x /binary=/binary:/bin; do
            run env PATH="${pair%=*}" "$CH_BUILD/ch-run" "$image" -- \
                /bin/sh -c 'echo "$PATH"'
            [ "$output" = "${pair#*=}" ] || fail_with "$pair: $output"
        done
    done
}

@test "PATH that is not set stays so, with a warning" {
    for image in "${IMAGES[@]}"; do
        run --separate-stderr env -u PATH "$CH_BUILD/ch-run" "$image" -- \
            /bin/env
        expect_status 0
        ! grep ^PATH= <<<"$output" || fail_with "$output"
        grep -qE '^ch-run\[[0-9]+\]: warning: \$PATH not set$' \
            <<<"$stderr" || fail_with "$stderr"
    done
}

@test "TMPDIR is not passed on" {
    TMPDIR=/tmp run value TMPDIR
    expect_output "(unset)"
}

@test "PWD is where the command starts, whatever the user says of it" {
    for image in "${IMAGES[@]}"; do
        PWD=/nowhere run ch_run -c /data/small --set-env=PWD=/nowhere \
            "$image" -- env
        [ "$(grep ^PWD= <<<"$output")" = PWD=/data/small ] ||
            fail_with "$output"
        run ch_run --unset-env='*' "$image" -- /bin/env
        [ "$(grep ^PWD= <<<"$output")" = PWD=/ ] || fail_with "$output"
    done
}

@test "GC_MARKERS is not passed on" {
    for image in "${IMAGES[@]}"; do
        GC_MARKERS=4 run ch_run "$image" -- sh -c 'echo "${GC_MARKERS-unset}"'
        expect_output unset
    done
}

@test "CH_RUNNING says that this is a container" {
    CH_RUNNING=no run value CH_RUNNING
    expect_output "Weird Al Yankovic"
}

@test "--set-env=NAME=VALUE sets it, also one that ch-run made itself" {
    run value FOO --set-env=FOO=bar=baz
    expect_output bar=baz
    run value HOME --set-env=HOME=/opt
    expect_output /opt
    run value FOO --set-env=FOO=
    expect_output ""
    run value FOO --set-env="FOO=' quoted '"
    expect_output " quoted "
    run value FOO --set-env="FOO='half"
    expect_output "'half"
}

@test "--set-env expands whole items of a list and drops the empty ones" {
    export BAR=bar EMPTY='' LIST=x:y
    run value FOO --set-env='FOO=$BAR'
    expect_output bar
    run value FOO --set-env='FOO=a:$BAR:b:$LIST'
    expect_output a:bar:b:x:y
    run value FOO --set-env='FOO=$NO_SUCH:a:$EMPTY'
    expect_output a
    run value FOO --set-env='FOO=/$BAR:x$BAR'
    expect_output '/$BAR:x$BAR'
    run value FOO --set-env='FOO=$NO_SUCH'
    expect_output ""
    run value FOO --set-env='FOO=:bar:baz::'
    expect_output :bar:baz::
}

@test "--env-no-expand leaves $ alone in the options that follow" {
    export BAR=bar
    run value FOO --env-no-expand --set-env='FOO=a:$BAR'
    expect_output 'a:$BAR'
    run value FOO --set-env='FOO=a:$BAR' --env-no-expand
    expect_output a:bar
    printf '%s' 'FOO=a:$BAR' >"$BATS_TEST_TMPDIR/variables"
    run value FOO --env-no-expand --set-env="$BATS_TEST_TMPDIR/variables"
    expect_output 'a:$BAR'
}

@test "--set-env=FILE reads variables from a file of the host" {
    printf '%s\n' A=1 "" "B=' two '" 'C=$A:$NO_SUCH:3' \
        >"$BATS_TEST_TMPDIR/variables"
    for name in A=1 "B= two " C=1:3; do
        run value "${name%%=*}" --set-env="$BATS_TEST_TMPDIR/variables"
        expect_output "${name#*=}"
    done
}

@test "--set-env=FILE may lack the last newline" {
    printf 'A=1\nB=2' >"$BATS_TEST_TMPDIR/variables"
    run value B --set-env="$BATS_TEST_TMPDIR/variables"
    expect_output 2
}

@test "--set-env0 separates by NUL, so a value may hold newlines" {
    printf 'A=1\0\0B=two\nlines\0C=3' >"$BATS_TEST_TMPDIR/variables"
    for name in A=1 $'B=two\nlines' C=3; do
        run value "${name%%=*}" --set-env0="$BATS_TEST_TMPDIR/variables"
        expect_output "${name#*=}"
    done
    run value FOO --set-env0=FOO=bar
    expect_output bar
}

@test "--set-env alone reads /ch/environment of the image" {
    for image in "${IMAGES[@]}"; do
        run ch_run --set-env "$image" -- \
            sh -c 'echo "$IMAGE_PLAIN"; echo "$IMAGE_QUOTED"; echo "$IMAGE_LIST"'
        expect_output "$(printf '%s\n' plain " two words " plain:end)"
        run ch_run "$image" -- sh -c 'echo "${IMAGE_PLAIN-(unset)}"'
        expect_output "(unset)"
    done
}

@test "--set-env=FILE may lie in the image" {
    run value IMAGE_PLAIN --set-env=/ch/environment
    expect_output plain
}

@test "a file for --set-env that is missing or has a bad line is an error" {
    printf 'A=1\nno equals sign\n' >"$BATS_TEST_TMPDIR/variables"
    for image in "${IMAGES[@]}"; do
        run ch_run --set-env=/no/such/file "$image" -- true
        expect_error 31 "/no/such/file: No such file or directory"
        run ch_run --set-env="$BATS_TEST_TMPDIR/variables" "$image" -- true
        expect_error 31 "no delimiter: $BATS_TEST_TMPDIR/variables:2"
        run ch_run --set-env="=value" "$image" -- true
        expect_error 31 "empty name: =value"
        for option in --set-env= --set-env0= --unset-env=; do
            run ch_run "$option" "$image" -- true
            expect_error 31 "must have non-zero length"
        done
    done
}

@test "--unset-env removes what the glob matches" {
    export FOO_A=1 FOO_B=2 OTHER=3
    run value FOO_A --unset-env='FOO_*'
    expect_output "(unset)"
    run value OTHER --unset-env='FOO_*'
    expect_output 3
    run value FOO_B --unset-env='FOO_[!A]'
    expect_output "(unset)"
    run value FOO_A --unset-env='FOO_[!A]'
    expect_output 1
    run value FOO_A --unset-env=FOO
    expect_output 1
}

@test "--unset-env knows extended globs" {
    export FOO_A=1 FOO_B=2 OTHER=3
    run value OTHER --unset-env='!(FOO_*|PATH)'
    expect_output "(unset)"
    run value FOO_A --unset-env='!(FOO_*|PATH)'
    expect_output 1
    run value FOO_B --unset-env='@(FOO_B|OTHER)'
    expect_output "(unset)"
}

@test "--unset-env=* leaves CH_RUNNING and PWD alone" {
    for image in "${IMAGES[@]}"; do
        run ch_run --unset-env='*' "$image" -- /bin/env
        expect_output "CH_RUNNING=Weird Al Yankovic"$'\n'PWD=/
    done
}

@test "--set-env and --unset-env work in their order" {
    run value FOO --set-env=FOO=1 --unset-env='FO*'
    expect_output "(unset)"
    run value FOO --unset-env='FO*' --set-env=FOO=1
    expect_output 1
    run value FOO --set-env=FOO=1 --set-env='FOO=$FOO:2'
    expect_output 1:2
}

@test "the command is looked up in the PATH that it gets" {
    mkdir -p "$BATS_TEST_TMPDIR/programs"
    printf '#!/bin/sh\necho found\n' >"$BATS_TEST_TMPDIR/programs/mine"
    chmod +x "$BATS_TEST_TMPDIR/programs/mine"
    for image in "${IMAGES[@]}"; do
        run ch_run -b "$BATS_TEST_TMPDIR/programs:/mnt/7" \
            --set-env='PATH=$PATH:/mnt/7' "$image" -- mine
        expect_output found
    done
}
