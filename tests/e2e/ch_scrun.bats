# ch-scrun on a host where srun, scancel and sbcast are scripts (slurm/), which run
# the job right there; tests/slurm/scrun.bats has a cluster.
# shellcheck disable=SC2016 # the containers' shell expands
# SPDX-License-Identifier: MIT

load ../oci

setup()
{
    make_bundle
    FAKE=$BATS_TEST_TMPDIR/fake
    STAGE=$BATS_TEST_TMPDIR/stage
    OUT=$BATS_TEST_TMPDIR/out
    mkdir "$FAKE"
    PATH=$BATS_TEST_DIRNAME/slurm:$PATH
    export FAKE PATH SCRUN_STAGE_DIR=$STAGE OCI_RUNTIME=$CH_BUILD/ch-scrun
    : >"$FAKE/srun.log"
    image_root
}

# Some of the fixtures' tree, of this test's own.
image_root()
{
    IMAGE=$BATS_TEST_TMPDIR/image
    mkdir -p "$IMAGE"/{etc,proc,dev,tmp,sys}
    cp -a "$ROOT/bin" "$IMAGE/"
    echo ID=scrun >"$IMAGE/etc/os-release"
    change "c['root'] = {'path': '$IMAGE', 'readonly': False}"
}

# create [OPTION...]: c1, its output in $OUT.
create()
{
    oci create -b "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$@" c1 \
        >"$OUT" 2>&1 </dev/null 3>&-
}

# scrun_run [OPTION...]: to the end; the program's status is not told to anybody.
# shellcheck disable=SC2120 # options are optional
scrun_run()
{
    create "$@" || fail_with "$(cat "$OUT")"
    oci start c1
    eventually 30 is_status stopped
}

# ended: c1 is made and started by its parent to be.
ended()
{
    timeout 60 python3 "$BATS_TEST_DIRNAME/slurm/reaped.py" \
        "$BATS_TEST_TMPDIR/pid" "$OCI_RUNTIME --root ${STATE:?} start c1" \
        "$OCI_RUNTIME" --root "$STATE" create -b "$BUNDLE" \
        --pid-file "$BATS_TEST_TMPDIR/pid" c1
}

# status_of: of the container c1, made, started and awaited.
status_of()
{
    run status_file ended
    status=$(<"$BATS_TEST_TMPDIR/status")
}

# bats warns of some statuses.
status_file()
{
    local code=0
    "$@" || code=$?
    echo $code >"$BATS_TEST_TMPDIR/status"
}

# nothing_staged: but images and the program.
nothing_staged()
{
    [ -z "$(ls -A "$STAGE"/ch-scrun-*/jobs)" ] || fail_with "$(ls -R "$STAGE")"
    [ -z "$(ls -A "$STATE")" ] || fail_with "$(ls -A "$STATE")"
}

images()
{
    find "$STAGE" -name '*.sqfs' | wc -l
}

# said WORD: srun had this word.
said()
{
    grep -qxFe "$1" "$FAKE/srun.log" || fail_with "$1: $(cat "$FAKE/srun.log")"
}

@test "status and output are the program's, its environment has Slurm's" {
    program sh -c 'cat /etc/os-release; echo $SLURM_JOB_ID; echo $PATH; exit 7'
    status_of
    expect_status 7
    expect_output $'ID=scrun\n77\n/bin'
}

@test "the program reads the container's input" {
    program cat
    run ended <<<hello
    expect_output hello
}

@test "a program that is not there is status 127, death by a signal that of srun" {
    program /no/such
    status_of
    expect_status 127
    [[ $output == *"cannot find \`/no/such\`"* ]] || fail_with "$output"
    oci delete c1
    change "drop('pid')" # its first process would be spared
    program sh -c 'kill -9 $$'
    status_of
    expect_status 137
}

@test "a container is created, runs, has stopped and is gone" {
    program sh -c 'while [ ! -e /tmp/go ]; do sleep 0.1; done'
    change "c['mounts'].append({'destination': '/tmp', 'type': 'bind',
        'source': '$FAKE', 'options': ['rbind']})"
    create || fail_with "$(cat "$OUT")"
    expect_member status created
    [ ! -s "$FAKE/srun.log" ]
    oci start c1
    expect_member status running
    [ "$(member pid)" = "$(<"$BATS_TEST_TMPDIR/pid")" ]
    run oci delete c1
    expect_oci_error "cannot delete container c1 that is not stopped"
    run oci start c1
    expect_oci_error "cannot start container c1: it is running"
    touch "$FAKE/go"
    eventually 30 is_status stopped
    run oci kill c1
    expect_oci_error "container not running: c1"
    oci delete c1
    run oci state c1
    expect_oci_error "container c1 does not exist"
    oci delete --force c1
    nothing_staged
}

@test "what the container writes goes with it, and does not reach the image" {
    program sh -c 'echo new >/new && rm /etc/os-release && cat /new'
    status_of
    expect_status 0
    expect_output new
    [ -e "$IMAGE/etc/os-release" ]
    [ ! -e "$IMAGE/new" ]
}

@test "an image is made once, of this tree and of others with the same content" {
    scrun_run && oci delete c1
    [ "$(images)" -eq 1 ]
    before=$(find "$STAGE" -name '*.sqfs' -printf '%p %Ts\n')
    scrun_run && oci delete c1
    cp -a "$IMAGE" "$IMAGE.copy"
    change "c['root']['path'] = '$IMAGE.copy'"
    scrun_run && oci delete c1
    [ "$(images)" -eq 1 ]
    [ "$(find "$STAGE" -name '*.sqfs' | head -n1)" = "${before% *}" ]
    # the same size and time, another content
    touch -r "$IMAGE.copy/etc/os-release" "$BATS_TEST_TMPDIR/time"
    echo ID=other >"$IMAGE.copy/etc/os-release"
    touch -r "$BATS_TEST_TMPDIR/time" "$IMAGE.copy/etc/os-release"
    program cat /etc/os-release
    status_of
    expect_output ID=other
    [ "$(images)" -eq 2 ]
}

@test "a signal comes to the program, also from a third party" {
    program sh -c 'trap "echo usr1" USR1; trap "echo term; exit 9" TERM
        echo ready; while :; do sleep 0.1; done'
    create
    oci start c1
    eventually 30 grep -q ready "$OUT"
    oci kill c1 USR1
    eventually 30 grep -q usr1 "$OUT"
    kill -TERM "$(member pid)"
    eventually 30 grep -q term "$OUT"
    eventually 30 is_status stopped
    oci kill --all c1
    [ "$(grep -c . "$FAKE/scancel.log")" -eq 2 ]
}

@test "a job that waits is given up when the container is killed" {
    touch "$FAKE/pending"
    create
    oci start c1
    expect_member status running
    oci kill c1 USR1 # nobody is there
    oci kill c1 KILL
    eventually 30 is_status stopped
    said TERM
    [ ! -e "$FAKE/scancel.log" ]
}

@test "a signal that gets stuck is not in the way of the next, nor of the end" {
    program sh -c 'trap "echo usr2" USR2; echo ready
        while [ ! -e /tmp/go ]; do sleep 0.1; done'
    change "c['mounts'].append({'destination': '/tmp', 'type': 'bind',
        'source': '$FAKE', 'options': ['rbind']})"
    stuck()
    {
        [ "$(grep -c -- --signal=10 "$FAKE/scancel.log")" -eq 1 ]
    }
    echo 10 >"$FAKE/hangs"
    create
    oci start c1
    eventually 30 grep -q ready "$OUT"
    oci kill c1 USR1
    eventually 30 stuck
    pid=$(<"$FAKE/77.0")
    before=$SECONDS
    oci delete --force c1 # by another scancel, which is not behind that one
    [ $((SECONDS - before)) -lt 15 ]
    is_gone "$pid"
    rm "$FAKE/scancel.log"
    create
    oci start c1
    eventually 30 grep -q ready "$OUT"
    oci kill c1 USR1
    eventually 30 stuck
    touch "$FAKE/go"
    before=$SECONDS
    eventually 15 is_status stopped
    oci delete c1
    nothing_staged
}

@test "delete --force ends the job and leaves nothing" {
    program sleep 1000
    create
    oci start c1
    eventually 30 [ -e "$FAKE/77.0" ]
    pid=$(<"$FAKE/77.0")
    oci delete --force c1
    is_gone "$pid"
    nothing_staged
    create
    oci delete --force c1
    nothing_staged
}

@test "srun ends the job when the container's process is killed" {
    program sleep 1000
    create
    oci start c1
    eventually 30 [ -e "$FAKE/77.0" ]
    kill -KILL "$(member pid)"
    eventually 30 grep -qx TERM "$FAKE/srun.log"
    expect_member status stopped
    oci delete c1
    nothing_staged
}

@test "create that fails leaves nothing but the image" {
    run create --pid-file /no/such/place
    expect_status 1
    grep -q "can't write the pid file" "$OUT" || fail_with "$(cat "$OUT")"
    nothing_staged
    run create --console-socket /no/such
    expect_status 1
    nothing_staged
}

@test "a host without srun is told by start" {
    create
    PATH=/usr/bin:/bin run oci start c1
    [ "$status" -eq 0 ] # create's is what counts
    oci delete --force c1
    if ! type -P srun | grep -qv "$BATS_TEST_DIRNAME"; then
        PATH=/usr/bin:/bin create
        run oci start c1
        expect_status 1
        [[ $output == *"can't run srun: No such file or directory"* ]] ||
            fail_with "$output"
    fi
}

@test "what can't be a job ends with status 1 and says why" {
    change 'c["annotations"] = {"slurm.partition": "nosuch"}'
    status_of
    expect_status 1
    [[ $output == *"no job: allocation failure: Invalid partition name"* ]] ||
        fail_with "$output"
}

@test "options for srun: environment, SCRUN_ARGS, --slurm, annotations, in order" {
    change 'c["annotations"] = {"slurm.time": "4", "slurm.job-name": "it s",
        "other": "x"}'
    export SCRUN_TIMELIMIT=1 SCRUN_PARTITION=one SCRUN_QOS=high SCRUN_OVERLAP=true
    export SCRUN_ARGS='--partition=two  gres=gpu:1'
    oci --slurm time=3 --slurm mem=1G create -b "$BUNDLE" --slurm ntasks=1 \
        --slurm overlap=false c1 >"$OUT" 2>&1 </dev/null 3>&-
    oci start c1
    eventually 30 is_status stopped
    said --time=4
    said "--job-name=it s"
    said --partition=two
    said --gres=gpu:1
    said --qos=high
    said --mem=1G
    said --ntasks=1
    run grep -e --partition=one -e "--time=[13]" -e overlap -e other \
        "$FAKE/srun.log"
    expect_output ""
}

@test "no option but those of the table, and no value that is more than one" {
    for bad in prolog=/bin/sh output=/etc/passwd bcast=/x chdir=/ uid=0 "" \
        -- --export=ALL ntasks nodes= overlap=yes nodelist=/etc/hosts; do
        run oci create -b "$BUNDLE" "--slurm=$bad" c1
        expect_oci_error "--slurm: "
        nothing_left
    done
    for bad in '{"slurm.prolog": "/bin/sh"}' '{"slurm.time": "1\n--prolog=/x"}' \
        '{"slurm.": "x"}' '{"slurm.time": ""}'; do
        change "c['annotations'] = $bad"
        run oci create -b "$BUNDLE" c1
        expect_oci_error "annotation: "
    done
    change 'c["annotations"] = {"slurm.comment": "--prolog=/bin/sh; $(true)"}'
    scrun_run
    said '--comment=--prolog=/bin/sh; $(true)'
}

@test "settings that make no sense are errors that name them" {
    SCRUN_STAGE_DIR=relative run oci create -b "$BUNDLE" c1
    expect_oci_error "the stage must be an absolute path"
    SCRUN_STAGE_DAYS=0 run oci create -b "$BUNDLE" c1
    expect_oci_error "SCRUN_STAGE_DAYS"
    SCRUN_PROGRAM=x run oci create -b "$BUNDLE" c1
    expect_oci_error "SCRUN_PROGRAM"
    SCRUN_ARGS=--nosuch=1 run oci create -b "$BUNDLE" c1
    expect_oci_error "SCRUN_ARGS: there is no option nosuch"
    SCRUN_STAGE_DIR=/proc/x run oci create -b "$BUNDLE" c1
    expect_oci_error "SCRUN_STAGE_DIR names another"
    run env -u HOME -u SCRUN_STAGE_DIR "$OCI_RUNTIME" --root "$STATE" create \
        -b "$BUNDLE" c1
    expect_oci_error "set SCRUN_STAGE_DIR"
}

@test "a stage that others can write to is refused" {
    scrun_run && oci delete c1
    chmod 777 "$STAGE"/ch-scrun-*
    run oci create -b "$BUNDLE" c1
    expect_oci_error "can be written to by others"
    rm -rf "$STAGE"
    mkdir -p "$STAGE" "$STAGE.other"
    ln -s "$STAGE.other" "$STAGE/ch-scrun-$(id -u)"
    run oci create -b "$BUNDLE" c1
    expect_oci_error "can't open the folder"
}

@test "what nobody has used for long is removed, what is in use is not" {
    scrun_run && oci delete c1
    old=$(find "$STAGE" -name '*.sqfs')
    mkdir "$(echo "$STAGE"/ch-scrun-*)/jobs/left"
    touch -d '40 days ago' "$old" "$STAGE"/ch-scrun-*/{keys/*,jobs/left,bin/*}
    echo ID=new >"$IMAGE/etc/os-release"
    scrun_run && oci delete c1
    [ ! -e "$old" ]
    nothing_staged
    [ "$(images)" -eq 1 ]
    new=$(find "$STAGE" -name '*.sqfs')
    touch -d '20 days ago' "$new"
    SCRUN_STAGE_DAYS=30 scrun_run && oci delete c1
    [ -e "$new" ]
    [ "$(find "$new" -mtime -1)" = "$new" ]
}

@test "an image that was removed is made again" {
    scrun_run && oci delete c1
    rm "$STAGE"/ch-scrun-*/images/*
    program cat /etc/os-release
    status_of
    expect_output ID=scrun
}

@test "what is the submitting host's alone is left out of the job" {
    mkdir "$BUNDLE/own"
    echo known >"$BUNDLE/hosts"
    change "c['mounts'] += [
        {'destination': '/etc/hosts', 'type': 'bind', 'source': '$BUNDLE/hosts',
         'options': ['bind']},
        {'destination': '/dev/shm', 'type': 'bind', 'source': '$BUNDLE/own',
         'options': ['bind']}]" \
        "l['cgroupsPath'] = '/nowhere'; p['rlimits'] = [
            {'type': 'RLIMIT_NOFILE', 'soft': 9999999, 'hard': 9999999}]" \
        "drop('network')" \
        "l['namespaces'].append({'type': 'network', 'path': '/no/such/net'})" \
        "c['hooks'] = {'prestart': [{'path': '/no/such/hook'}]}" \
        "p['oomScoreAdj'] = -1000; p['user']['additionalGids'] = [4, 5]"
    program sh -c 'cat /etc/hosts; grep " /dev/shm tmpfs " /proc/mounts'
    status_of
    expect_status 0
    [ "${lines[0]}" = known ]
    [[ ${lines[1]} == *" /dev/shm tmpfs "* ]] || fail_with "$output"
}

@test "ids are those of the configuration, or with keep-uid the user's own" {
    program id -u
    change 'p["user"] = {"uid": 5, "gid": 6}'
    status_of
    expect_output 5
    oci delete c1
    change 'c["annotations"] = {"ch.scrun.keep-uid": "true"}'
    status_of
    expect_output "$(id -u)"
}

@test "exec runs a further process in the container, in a step of its job" {
    program sh -c 'echo mine >/tmp/file; sleep 1000'
    change 'l["namespaces"] = [{"type": "mount"}]' 'c.pop("hostname", None)'
    create
    oci start c1
    eventually 30 [ -e "$FAKE/77.0" ]
    inside()
    {
        run oci exec c1 cat /tmp/file
        [ "$output" = mine ]
    }
    eventually 30 inside
    run oci exec --env A=b --cwd /etc c1 sh -c 'echo $A; pwd; exit 4'
    expect_status 4
    expect_output $'b\n/etc'
    said --overlap
    said --jobid=77
    run status_file oci exec c1 nosuch
    [ "$(<"$BATS_TEST_TMPDIR/status")" -eq 127 ]
    oci delete --force c1
    nothing_staged
}

@test "exec needs a container that runs and has a job" {
    create
    run oci exec c1 true
    expect_oci_error "cannot exec in container c1: it is created, not running"
    touch "$FAKE/pending"
    oci start c1
    run oci exec c1 true
    expect_oci_error "it has no job yet"
    oci delete --force c1
}

@test "without a stage, image and program are sent to the nodes" {
    program sh -c 'cat /etc/os-release; exit 3'
    TMPDIR=$BATS_TEST_TMPDIR
    SCRUN_STAGE_DIR=bcast status_of
    expect_status 3
    expect_output ID=scrun
    [ "$(grep -c . "$FAKE/sbcast.log")" -eq 3 ]
    # and removed there
    [ -z "$(find /tmp -maxdepth 1 -user "$(id -u)" -name 'ch-scrun.c1.*')" ]
    oci delete c1
    rm -rf "/var/tmp/ch-scrun-$(id -u)"
}

@test "without a stage, exec finds the container all the same" {
    program sh -c 'echo mine >/tmp/file; sleep 1000'
    change 'l["namespaces"] = [{"type": "mount"}]' 'c.pop("hostname", None)'
    export SCRUN_STAGE_DIR=bcast
    create
    oci start c1
    found_inside()
    {
        run oci exec --env "A=it's; \"one\" word" c1 sh -c 'cat /tmp/file; echo "$A"'
        [ "$output" = $'mine\nit\'s; "one" word' ]
    }
    eventually 30 found_inside
    oci delete --force c1
    rm -rf "/var/tmp/ch-scrun-$(id -u)" /tmp/ch-scrun.c1.*
}

@test "a name in /var/tmp that somebody has taken is not in the way" {
    taken=/var/tmp/ch-scrun-$(id -u)
    rm -rf "$taken"
    ln -s /tmp "$taken"
    program cat /etc/os-release
    HOME=$BATS_TEST_TMPDIR SCRUN_STAGE_DIR=bcast status_of
    rm "$taken"
    expect_status 0
    [[ $output == *"can't open the folder $taken"*ID=scrun* ]] ||
        fail_with "$output"
    [ -d "$BATS_TEST_TMPDIR/.cache/ch-scrun-$(id -u)/images" ]
}

@test "what somebody else could have put on the node is not run" {
    name=$(mktemp /tmp/ch-scrun.XXXXXX)
    step()
    {
        run env -i SLURM_JOB_ID=1 SLURM_PROCID=0 "$CH_BUILD/ch-scrun" step "$1"
    }
    echo '{}' >"$name.target"
    ln -s "$name.target" "$name.json"
    step "$name.json"
    expect_oci_error "$name.json is not a file of user"
    rm "$name.json"
    echo '{}' >"$name.json"
    chmod 666 "$name.json"
    step "$name.json"
    expect_oci_error "$name.json is not a file of user"
    chmod 600 "$name.json"
    step "$name.json"
    expect_oci_error "$name.sqfs did not come to this node"
    rm "$name"*
    mkdir -m 777 "$BATS_TEST_TMPDIR/open"
    echo '{}' >"$BATS_TEST_TMPDIR/open/config.json"
    step "$BATS_TEST_TMPDIR/open/config.json"
    expect_oci_error "others could remove files from $BATS_TEST_TMPDIR/open"
}

@test "exec tells if the container's first process is on another node" {
    program sleep 1000
    create
    oci start c1
    eventually 30 [ -e "$FAKE/77.0" ]
    noted()
    {
        first=$(find "$STAGE" -name config.json.first)
        [ -n "$first" ]
    }
    eventually 30 noted
    sed -i 's/"node": *"[^"]*"/"node": "elsewhere"/' "$first"
    run oci exec c1 true
    expect_oci_error "the container has its first process on another node, elsewhere"
    oci delete --force c1
}

@test "what was sent is removed by the last task, and nothing else is" {
    over()
    {
        env CH_SCRUN_SENT="$1" SLURM_JOB_ID=1 SLURM_STEP_ID=0 SLURM_NODEID=1 \
            SLURM_STEP_TASKS_PER_NODE=1,3 SLURM_LOCALID="$2" \
            "$CH_BUILD/ch-scrun"
    }
    name=$(mktemp /tmp/ch-scrun.XXXXXX)
    touch "$name.json" "$name.sqfs" "$name.json.first"
    over "$name.json" 2
    over "$name.json" 0
    over "$name.json" 0
    [ -e "$name.sqfs" ]
    over "$name.json" 1
    [ -z "$(ls "$name"* 2>/dev/null)" ]
    for bad in /etc/passwd.json /tmp/ch-scrun.x/../y.json /tmp/ch-scrun.x; do
        run over "$bad" 0
        expect_oci_error "not the name of such a file"
    done
    run over "$name.json" x
    expect_oci_error "SLURM_LOCALID"
}

@test "a terminal is sent to the caller, and srun makes one on the node" {
    program sh -c 'test -t 0 && echo is-a-terminal'
    change 'p["terminal"] = True'
    run oci create -b "$BUNDLE" c1
    expect_oci_error "--console-socket goes with process.terminal"
    nothing_left
    cat >"$BATS_TEST_TMPDIR/both" <<SH
"$OCI_RUNTIME" --root "$STATE" create -b "$BUNDLE" \
    --console-socket "$BATS_TEST_TMPDIR/socket" c1 &&
    "$OCI_RUNTIME" --root "$STATE" start c1
SH
    program sh -c 'test -t 0 && echo is-a-terminal; read x; echo $x $x'
    run timeout 60 python3 "$BATS_TEST_DIRNAME/console.py" \
        "$BATS_TEST_TMPDIR/socket" sh "$BATS_TEST_TMPDIR/both"
    [[ $output == *is-a-terminal* ]] || fail_with "$output"
    said --pty
}

@test "several containers at once, of one image that none of them has made yet" {
    for i in 1 2 3 4 5 6; do
        oci create -b "$BUNDLE" "m$i" >/dev/null 2>&1 </dev/null 3>&- &
    done
    wait
    [ "$(oci list -q | grep -c '^m')" -eq 6 ]
    [ "$(images)" -eq 1 ]
    for i in 1 2 3 4 5 6; do oci delete --force "m$i"; done
    nothing_staged
}
