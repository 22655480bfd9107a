# The failings of other set-ups that doc/slurm.md lists: each is shown with crun or
# Charliecloud's ch-run, as the guides have them in oci.conf, and that it is gone.
# CH_PEERS=1 installs the two. What they do is recorded at first, as a cluster has
# but one oci.conf at a time.
# shellcheck disable=SC2016 # the containers' shell expands
# SPDX-License-Identifier: MIT

load helper

# As Slurm's guide to containers has it.
crun_conf()
{
    local id='%n.%u.%j.%s.%t' crun='crun --rootless=true --root=/run/user/%U/'
    cat <<EOF
EnvExclude="^(SLURM_CONF|SLURM_CONF_SERVER)="
RunTimeEnvExclude="^(SLURM_CONF|SLURM_CONF_SERVER)="
RunTimeQuery="$crun state $id"
RunTimeKill="$crun kill $id KILL"
RunTimeDelete="$crun delete --force $id"
RunTimeRun="$crun run --bundle %b $id"
EOF
}

# Likewise.
charliecloud_conf()
{
    cat <<'EOF'
IgnoreFileConfigJson=true
CreateEnvFile=newline
EnvExclude="^(SLURM_CONF|SLURM_CONF_SERVER)="
RunTimeEnvExclude="^(SLURM_CONF|SLURM_CONF_SERVER)="
RunTimeRun="env -i PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin/:/sbin/ USER=$(whoami) HOME=/home/$(whoami)/ ch-run -w --bind /etc/group:/etc/group --bind /etc/passwd:/etc/passwd --bind /etc/slurm:/etc/slurm --bind %m:/var/run/slurm/ --bind /var/run/munge/:/var/run/munge/ --set-env=%e --no-passwd %r -- %@"
RunTimeKill="kill -s SIGTERM %p"
RunTimeDelete="kill -s SIGKILL %p"
EOF
}

# record NAME COMMAND...: its output and status, for told().
record()
{
    local name=$1 status=0
    shift
    "$@" >"$OLD/$name.out" 2>&1 3>&- || status=$?
    echo $status >"$OLD/$name.status"
}

# told NAME: what the other tool did becomes $output and $status.
told()
{
    [ -e "$OLD/$1.status" ] || skip "not installed: CH_PEERS=1"
    output=$(<"$OLD/$1.out")
    status=$(<"$OLD/$1.status")
}

# signalled SIGNAL NAME COMMAND...: a step that gets the signal when it is ready.
signalled()
{
    local signal=$1 name=$2 pid status=0
    shift 2
    rm -f "$SHARED/$name.ready"
    sl srun -J "$name" "$@" &
    pid=$!
    eventually 10 running "$name" || true
    sl scancel -s "$signal" "$(job_id "$name").0"
    wait $pid || status=$?
    return $status
}

# A root's process, and a state that names it, written by a user's container for
# the command that Slurm runs as root when the step is over.
plant()
{
    on n1 sh -c 'sleep 500 >/dev/null 2>&1 & echo $!' >"$SHARED/victim.pid"
    on n1 sh -c 'cut -d" " -f22 /proc/'"$(<"$SHARED/victim.pid")"/stat \
        >"$SHARED/victim.start"
    put plant.sh <<'SH'
id=/run/user/1000/n1.alice.$SLURM_JOB_ID.0
mkdir -p "$id.-1" && cp "$id.0/config.json" "$id.-1/"
sed "s/\"pid\": *[0-9]*/\"pid\": $(cat /shared/victim.pid)/
    s/start-time\": *[0-9]*/start-time\": $(cat /shared/victim.start)/" \
    "$id.0/status" >"$id.-1/status"
SH
    sl srun -w n1 --container=/shared/run sh /shared/plant.sh
    eventually 20 on n1 sh -c '! pgrep slurmstepd >/dev/null'
    on n1 sh -c "kill -0 $(<"$SHARED/victim.pid")" && echo alive
    on n1 sh -c "kill $(<"$SHARED/victim.pid"); rm -rf /run/user/1000/n1*" || true
}

# A program that does not mind the signal: is it, or the user's process that is its
# parent, still a child of Slurm's?
left_alone()
{
    rm -f "$SHARED/alone.ready"
    sl srun -w n1 -J alone --container=/shared/dir \
        sh -c 'trap "" USR1; touch /shared/alone.ready; exec sleep 8' &
    eventually 10 running alone
    sl scancel -s USR1 "$(job_id alone).0"
    sleep 1
    on n1 sh -c 'p=$(pgrep -u alice -x sleep | head -n 1)
        while [ "$(ps -o user= -p "$p")" = alice ]; do
            p=$(($(ps -o ppid= -p "$p")))
        done
        [ "$p" != 1 ] || echo left alone'
    wait $! || true
}

state_left()
{
    sl srun -w n1 --container=/shared/dir sh -c 'kill -9 $PPID; kill -9 $$'
    on n1 ls /run/user/1000
    on n1 sh -c 'pkill -KILL -u alice; rm -rf /run/user/1000/n1*'
}

# first_use COMMAND...: ranks that are the first to use an image on a node, until
# one of them loses the race for what the first makes.
first_use()
{
    local i
    for ((i = 1; i <= 20; i++)); do
        on n1 sh -c 'rm -rf /var/tmp/alice.ch'
        sl srun -w n1 -n16 -K0 "$@" || {
            echo "lost in round $i"
            return 0
        }
    done
    echo "never lost"
}

record_crun()
{
    local i
    for ((i = 1; i <= NODES; i++)); do
        on "n$i" install -d -o alice -m 700 /run/user /run/user/1000
        on "n$i" chmod 755 /run/user
    done
    crun_conf >"$OLD/crun.conf"
    OCI_CONF=$OLD/crun.conf "$CLUSTER" conf
    record 1 sl srun --container=/shared/nopath sh -c 'echo works'
    record 4 left_alone
    record 5 plant
    record 6 sl sbatch -W -o /shared/6.out --container=/shared/dir /shared/six.sh
    cp "$SHARED/6.out" "$OLD/6.out"
    record 7 state_left
    record 8 sl srun --container=/shared/dir sh -c 'kill -SEGV $$'
    record 11 sl srun --mpi=pmi2 --container=/shared/dir \
        sh -c 'readlink /proc/self/fd/$PMI_FD'
    record 13 sl srun --container=/shared/site sh -c 'echo works'
    # it would wait for ever
    [ ! -e "$SHARED/mpi.root" ] ||
        SL_TIMEOUT=40 record 12 ranks --mpi=pmix --container=/shared/mpi-root \
            allreduce.openmpi
    sl scancel -u alice
}

record_charliecloud()
{
    charliecloud_conf >"$OLD/charliecloud.conf"
    cp -a "$SHARED/rootfs" "$SHARED/spoilt"
    OCI_CONF=$OLD/charliecloud.conf "$CLUSTER" conf
    record 2 sl srun --container=/shared/spoilt /bin/sh -c 'echo works'
    find "$SHARED/spoilt" -type d >"$OLD/2.tree"
    record 3 sl srun --container=/shared/rootfs /bin/echo "don't"
    record 10 first_use ch-run /shared/full.sqfs -- /bin/true
    record 9 signalled TERM nine ch-run -b /shared /shared/full.sqfs -- \
        /bin/sh /shared/nine.sh
}

# A directory for crun, in which the user is root. Its files are the user's, as crun
# makes mount points in it.
make_mpi_root()
{
    make_mpi_image || return 1
    unsquashfs -quiet -no-progress -dest "$SHARED/mpi.root" "$SHARED/mpi.sqfs" \
        >/dev/null
    rm "$SHARED/mpi.sqfs"
    chown -R 1000:1000 "$SHARED/mpi.root"
    make_mpi_bundle mpi-root /shared/mpi.root \
        'l["uidMappings"] = [{"containerID": 0, "hostID": 1000, "size": 1}]' \
        'l["gidMappings"] = l["uidMappings"]' \
        'p["user"] = {"uid": 0, "gid": 0}'
}

teardown_file()
{
    rm -rf "$SHARED/mpi.root"
}

setup_file()
{
    setup_cluster
    export OLD=$BATS_FILE_TMPDIR/old
    mkdir -p "$OLD"
    cp "$CH_SLURM_BIN/ch" "$SHARED/ch"
    # crun can't map the user to himself
    local root=('l["uidMappings"] = [{"containerID": 0, "hostID": 1000, "size": 1}]'
        'l["gidMappings"] = l["uidMappings"]' 'p["user"] = {"uid": 0, "gid": 0}')
    make_bundle dir /shared/rootfs "${root[@]}"
    make_bundle nopath /shared/rootfs "${root[@]}" 'p["env"] = []'
    make_bundle run /shared/rootfs "${root[@]}" \
        'c["mounts"].append({"destination": "/run", "type": "none",
            "source": "/run", "options": ["rbind"]})'
    # a site's image, which users can't write to
    mkdir -p "$SHARED/site.root"/{bin,proc,dev,shared}
    cp -a "$SHARED/rootfs/bin" "$SHARED/site.root/"
    chown -R 0:0 "$SHARED/site.root"
    make_bundle site /shared/site.root "${root[@]}"
    # what Charliecloud mounts on must be in the image
    cp -a "$SHARED/rootfs" "$SHARED/full.root"
    mkdir "$SHARED/full.root/sys"
    touch "$SHARED/full.root/etc"/{passwd,group,hosts,resolv.conf}
    mksquashfs "$SHARED/full.root" "$SHARED/full.sqfs" -noappend -quiet >/dev/null
    chmod 644 "$SHARED/full.sqfs"
    printf '#!/bin/sh\necho batch\n' | put six.sh
    put nine.sh <<'SH'
trap 'sleep 0.3; /bin/ls /etc; exit 9' TERM
touch /shared/nine.ready
while :; do sleep 0.1; done
SH
    make_mpi_root || echo "no image with MPI: CH_PEERS=1 makes one" >&3
    ! on n1 sh -c 'command -v crun' >/dev/null || record_crun
    ! on n1 sh -c 'command -v ch-run' >/dev/null || record_charliecloud
    "$CLUSTER" conf
    nothing_left || true
}

@test "1: a command that the node has elsewhere than the image" {
    run sl srun --container=/shared/nopath sh -c 'echo works'
    expect_status 0
    [[ $output == *works* ]]
    told 1
    [[ $output != *works* ]] || fail_with "$output"
}

@test "2: an image that lacks files of Slurm's is run, and stays as it is" {
    before=$(find "$SHARED/rootfs" -type d)
    run sl srun --container=/shared/dir /bin/sh -c 'echo works'
    expect_output works
    [ "$before" = "$(find "$SHARED/rootfs" -type d)" ]
    told 2
    [[ $output != *works* ]] || grep -qE 'munge|etc/slurm' "$OLD/2.tree" ||
        fail_with "$output; $(<"$OLD/2.tree")"
}

@test "3: a command with a single quote" {
    run sl srun --container=/shared/dir /bin/echo "don't"
    expect_output "don't"
    run sl srun /shared/ch run /shared/rootfs -- /bin/echo "don't"
    expect_output "don't"
    told 3
    [[ $output == *"Unterminated quoted string"* ]] || fail_with "$output"
}

@test "4: a signal that ends the shell of Slurm's leaves no container alone" {
    run left_alone
    [[ $output != *"left alone"* ]] || fail_with "$output"
    told 4
    [[ $output == *"left alone"* ]] || fail_with "$output"
}

@test "5: a container's state does not make root kill what it names" {
    run plant
    [[ $output == *alive* ]] || fail_with "$output"
    told 5
    [[ $output != *alive* ]] || fail_with "$output"
}

@test "6: a batch job's output is its own" {
    sl sbatch -W -o /shared/6.out --container=/shared/dir /shared/six.sh
    run cat "$SHARED/6.out"
    expect_output batch
    told 6
    [[ $output == *"RunTimeQuery failed"* ]] || fail_with "$output"
}

@test "7: a killed container leaves no state" {
    on n1 install -d -o alice -m 700 /run/user/1000
    run state_left
    [[ $output != *n1.alice* ]] || fail_with "$output"
    told 7
    [[ $output == *n1.alice* ]] || fail_with "$output"
}

@test "8: death by a signal is told as such" {
    run sl srun --container=/shared/dir sh -c 'kill -SEGV $$'
    [[ $output == *"Segmentation fault"* ]] || fail_with "$output"
    told 8
    [[ $output == *"exit code 139"* ]] || fail_with "$output"
}

@test "9: the image is there until the handler of TERM is done" {
    run signalled TERM nine /shared/ch run -b /shared /shared/full.sqfs -- \
        /bin/sh /shared/nine.sh
    [[ $output == *os-release* ]] || fail_with "$output"
    expect_status 9
    told 9
    [[ $output != *os-release* ]] || fail_with "$output"
    # it ran until then
    grep -qE "not connected|Bus error" <<<"$output" || fail_with "$output"
}

@test "10: ranks that are the first to use an image lose none of them" {
    run first_use /shared/ch run /shared/full.sqfs -- /bin/true
    [[ $output == *"never lost"* ]] || fail_with "$output"
    told 10
    [[ $output != *"never lost"* ]] || skip "Charliecloud was lucky 20 times"
    [[ $output == *"File exists"* ]] || fail_with "$output"
}

@test "11: PMI2's descriptor is open" {
    run sl srun --mpi=pmi2 --container=/shared/dir \
        sh -c 'readlink /proc/self/fd/$PMI_FD'
    [[ $output == *socket:* ]] || fail_with "$output"
    told 11
    [[ $output != *socket:* ]] || fail_with "$output"
}

@test "12: PMIx works though the bundle makes the user root" {
    [ -e "$SHARED/mpi.root" ] ||
        skip "no image with MPI: CH_PEERS=1 makes one, in minutes"
    run ranks --mpi=pmix --container=/shared/mpi-root allreduce.openmpi
    expect_status 0
    [ "$(grep -c ": right" <<<"$output")" -eq $((2 * NODES)) ] ||
        fail_with "$output"
    told 12
    [ "$status" -ne 0 ]
    [[ $output != *": right"* ]] || fail_with "$output"
}

@test "13: an image that the user can't write to" {
    run sl srun --container=/shared/site sh -c 'echo works'
    expect_output works
    told 13
    [[ $output == *"Permission denied"* ]] || fail_with "$output"
}
