# srun --container=IMAGE by ch-run (share/slurm/oci-ch-run.conf), copies of the one
# file, and what ch-slurm says on a node.
# shellcheck disable=SC2016 # the containers' shell expands
# SPDX-License-Identifier: MIT

load helper

setup_file()
{
    setup_cluster
    OCI_CONF=$CH_SLURM_SHARE/oci-ch-run.conf OCI_RUNTIME=$CH_SLURM_BIN/ch-run \
        "$CLUSTER" conf
}

# As it was for the other files.
teardown_file()
{
    "$CLUSTER" conf
}

@test "--container names an image, and the status is the program's" {
    for image in img.sqfs rootfs; do
        run --separate-stderr sl srun --container=/shared/$image \
            sh -c "cat /etc/os-release; exit 7"
        expect_status 7
        [ "${lines[0]}" = ID=slurm-test ] || fail_with "$output"
    done
}

@test "the job's environment is there as it is, and not the daemon's" {
    run sl env 'ODD=a $HOME
b' srun --container=/shared/img.sqfs \
        /bin/sh -c 'echo "$ODD|$SLURM_JOB_NAME|$HOME|$SLURMD_RECONF"; echo $PATH'
    expect_status 0
    [[ $output == 'a $HOME'$'\n''b|sh|/home/alice|'* ]] || fail_with "$output"
    [[ $output != *usr/games* ]]
}

@test "ranks share the image, and nothing is left" {
    run sl srun -N1 -n4 --container=/shared/img.sqfs \
        /bin/sh -c "sleep 1; readlink /proc/self/ns/user"
    expect_status 0
    [ "$(sort -u <<<"$output" | wc -l)" -eq 1 ] || fail_with "$output"
    nothing_left
}

@test "ch-slurm check agrees with the configuration of a node" {
    cp "$CH_SLURM_BIN/ch" "$SHARED/ch"
    run on n1 /shared/ch slurm check
    expect_status 0
    [[ $output == *"ok    runtime: /usr/local/bin/ch-run is there"* ]]
    run on ctl sh -c 'grep -v RunTimeRun /etc/slurm/oci.conf >/tmp/oci.conf
        /shared/ch slurm check --oci-conf=/tmp/oci.conf'
    expect_status 1
    [[ $output == *"WRONG RunTimeRun"* ]]
}

@test "a copy by --bcast runs under any name" {
    cp "$CH_SLURM_BIN/ch" "$SHARED/ch"
    run sl srun -N"$NODES" --bcast=/tmp/ch-run /shared/ch /shared/img.sqfs -- \
        cat /etc/os-release
    expect_status 0
    [ "$(grep -c ID=slurm-test <<<"$output")" -eq "$NODES" ] || fail_with "$output"
    run sl srun -N"$NODES" --bcast /shared/ch run /shared/img.sqfs -- \
        cat /etc/os-release
    expect_status 0
    [ "$(grep -c ID=slurm-test <<<"$output")" -eq "$NODES" ] || fail_with "$output"
}
