# ch-slurm: what is wrong with the configuration of Slurm's containers.
# SPDX-License-Identifier: MIT

load ../helper

setup()
{
    unset SLURM_CONF
    CONF=$BATS_TEST_TMPDIR
    printf '# a cluster\nClusterName=c\n%s\n' \
        'NodeName=n1 CPUs=4 LaunchParameters="use_interactive_step"' \
        >"$CONF/slurm.conf"
    RUNTIME=$CH_BUILD/ch-oci
    cat >"$CONF/oci.conf" <<EOF
# exec is for dash, RunTimeCreate="no"
RuntimeRun = "exec $RUNTIME run --bundle %b %n.%u.%j.%s.%t" # as shipped
RunTimeQuery="echo {}"
RunTimeKill=true
RunTimeDelete="true"
EOF
}

check()
{
    timeout 20 "$CH_BUILD/ch-slurm" check --slurm-conf "$CONF/slurm.conf" "$@"
}

# set_run LINE: RunTimeRun.
set_run()
{
    sed -i "s|^Run[Tt]imeRun.*|RunTimeRun=\"$1\"|" "$CONF/oci.conf"
}

# expect_wrong NAME TEXT: just this is wrong, and there is a remedy.
expect_wrong()
{
    expect_status 1
    [ "$(grep -c '^WRONG' <<<"$output")" -eq 1 ] || fail_with "$output"
    grep '^WRONG' <<<"$output" | grep -F "$1: " | grep -F -e "$2" |
        grep -q -e ' -- .' || fail_with "no '$1: ...$2' in: $output"
}

@test "a right configuration is right" {
    run check
    expect_status 0
    [[ $output != *WRONG* ]]
    [[ $output == *"ok    RunTimeRun: exec $RUNTIME run --bundle %b %n.%u.%j.%s.%t"* ]]
    [[ $output == *"ok    runtime: $RUNTIME is there"* ]]
}

@test "slurm.conf is found by SLURM_CONF, and oci.conf beside it or by name" {
    SLURM_CONF=$CONF/slurm.conf run "$CH_BUILD/ch" slurm check
    expect_status 0
    mv "$CONF/oci.conf" "$CONF/other"
    run check --oci-conf "$CONF/other"
    expect_status 0
}

@test "the files that are shipped are right" {
    for file in oci.conf oci-ch-run.conf; do
        sed "s|/usr/local/bin/|$CH_BUILD/|" \
            "$CH_TESTS/../share/slurm/$file" >"$CONF/oci.conf"
        run check
        expect_status 0
        [[ $output == *"ok    runtime: $CH_BUILD/"* ]]
    done
    [[ $output == *"note  quotes: "* ]]
}

@test "without oci.conf --container is ignored" {
    rm "$CONF/oci.conf"
    run check
    expect_wrong oci.conf "ignores --container in silence"
}

@test "a command without exec is wrong" {
    set_run "$RUNTIME run --bundle %b %j"
    run check
    expect_wrong exec "does not begin its command with"
    set_run "export A=b; $RUNTIME run --bundle %b %j"
    run check
    expect_wrong exec "does not begin its command with"
    set_run "export A=b; exec $RUNTIME run --bundle %b %j"
    run check
    expect_status 0
}

@test "a runtime that is not there, or can't be executed, is wrong" {
    set_run "exec /no/such/runtime run %b"
    run check
    expect_wrong runtime "/no/such/runtime: missing on this node"
    set_run "exec $CONF/slurm.conf run %b"
    run check
    expect_wrong runtime "can't be executed"
    set_run "exec ch-oci run %b"
    run check
    expect_status 0
    [[ $output == *"note  runtime: ch-oci is looked up in the \$PATH"* ]]
}

@test "a configuration that runs nothing is wrong" {
    sed -i '/RuntimeRun/d' "$CONF/oci.conf"
    run check
    expect_wrong RunTimeRun missing
}

@test "create and start are wrong" {
    echo 'RunTimeCreate="crun create --bundle %b %j"' >>"$CONF/oci.conf"
    run check
    expect_wrong RunTimeCreate "steps hang, and nodes are drained"
}

@test "what root would run on a user's state is wrong" {
    for name in RunTimeQuery RunTimeKill RunTimeDelete; do
        cp "$CONF/oci.conf" "$CONF/other"
        echo "$name=\"/usr/bin/crun --root=/run/user/%U kill %j\"" >>"$CONF/other"
        run check --oci-conf "$CONF/other"
        expect_wrong "$name" "runs /usr/bin/crun as root"
        # no harmless word hides another
        cp "$CONF/oci.conf" "$CONF/other"
        echo "$name=\"true; /usr/bin/crun kill %j\"" >>"$CONF/other"
        run check --oci-conf "$CONF/other"
        expect_wrong "$name" "as root"
        cp "$CONF/oci.conf" "$CONF/other"
        echo "$name=\"echo | /usr/bin/crun kill %j\"" >>"$CONF/other"
        run check --oci-conf "$CONF/other"
        expect_wrong "$name" "as root"
        # this runtime becomes the user
        cp "$CONF/oci.conf" "$CONF/other"
        echo "$name=\"$RUNTIME kill %j\"" >>"$CONF/other"
        run check --oci-conf "$CONF/other"
        expect_status 0
        [[ $output == *"note  $name: "* ]]
    done
}

@test "what salloc does is told" {
    run check
    [[ $output == *"note  salloc: --container without a command runs"* ]]
    sed -i 's/ LaunchParameters.*//' "$CONF/slurm.conf"
    run check
    [[ $output == *"note  salloc: --container is ignored"* ]]
}

@test "files that can't be read are an error, and odd ones are read" {
    run "$CH_BUILD/ch-slurm" check --slurm-conf "$CONF/no"
    expect_status 1
    [[ $output == "ch-slurm"*"error: "*"$CONF/no"* ]]
    mkdir "$CONF/folder"
    run check --oci-conf "$CONF/folder"
    expect_status 1
    [[ $output == *"error: "* ]]
    # comments, quotes and joined lines
    # shellcheck disable=SC1003 # lone backslashes
    printf '%s\n' '=' 'x' '"' '\' "runtimerun=exec\\" "=" '   RunTimeRun = \' \
        "  \"exec $RUNTIME run \\# %b\" # x" 'RunTimeQuery="echo' >"$CONF/oci.conf"
    run check
    expect_status 0
    [[ $output == *"RunTimeRun: exec $RUNTIME run "*"# %b"* ]] || fail_with "$output"
    run "$CH_BUILD/ch-slurm"
    expect_status 1
    run "$CH_BUILD/ch-slurm" mend
    expect_status 1
    [[ $output == *"no such command: mend"* ]]
    run "$CH_BUILD/ch-slurm" check more
    expect_status 1
}
