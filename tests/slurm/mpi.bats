# MPI programs in an image of Debian's packages: Open MPI by PMIx, MPICH by PMI2,
# each with two ranks on each node. The nodes have neither.
#
# The image takes minutes to make, once: CH_PEERS=1 does.
# SPDX-License-Identifier: MIT

load helper

setup_file()
{
    setup_cluster
    cp "$CH_SLURM_BIN/ch" "$SHARED/ch"
    make_mpi_image || return 0
    make_mpi_bundle mpi /shared/mpi.sqfs
    # root in the container, if the runtime lets it be
    make_mpi_bundle mpi-root /shared/mpi.sqfs \
        'l["uidMappings"] = [{"containerID": 0, "hostID": 1000, "size": 1}]' \
        'l["gidMappings"] = l["uidMappings"]' \
        'p["user"] = {"uid": 0, "gid": 0}'
}

teardown_file()
{
    rm -f "$SHARED/mpi.sqfs"
}

setup()
{
    [ -e "$SHARED/mpi.sqfs" ] ||
        skip "no image with MPI: CH_PEERS=1 makes one, in minutes"
}

# all_right: two ranks on each node told that the sum is right, and no more.
all_right()
{
    expect_status 0
    # shellcheck disable=SC2154 # of bats
    [ "${#lines[@]}" -eq $((2 * NODES)) ] || fail_with "$output"
    [ "$(grep -c "of $((2 * NODES)) on n[0-9]*: right" <<<"$output")" -eq \
        $((2 * NODES)) ] || fail_with "$output"
    [ "$(grep -o ' on n[0-9]*' <<<"$output" | sort -u | wc -l)" -eq "$NODES" ] ||
        fail_with "$output"
}

@test "Open MPI by PMIx in ch-run sums over all nodes" {
    run ranks --mpi=pmix /shared/ch run /shared/mpi.sqfs -- allreduce.openmpi
    all_right
    nothing_left
}

@test "Open MPI by PMIx in srun --container sums over all nodes" {
    run ranks --mpi=pmix --container=/shared/mpi allreduce.openmpi
    all_right
    nothing_left
}

@test "R8 PMIx finds its server though the bundle makes the user root" {
    run ranks --mpi=pmix --container=/shared/mpi-root allreduce.openmpi
    all_right
    nothing_left
}

@test "MPICH by PMI2 in ch-run sums over all nodes" {
    run ranks --mpi=pmi2 /shared/ch run /shared/mpi.sqfs -- allreduce.mpich
    all_right
    nothing_left
}

@test "R7 MPICH by PMI2 in srun --container sums over all nodes" {
    run ranks --mpi=pmi2 --container=/shared/mpi allreduce.mpich
    all_right
    nothing_left
}

@test "MPI by PMIx and PMI2 with --container naming the image, by ch-run" {
    OCI_CONF=$CH_SLURM_SHARE/oci-ch-run.conf OCI_RUNTIME=$CH_SLURM_BIN/ch-run \
        "$CLUSTER" conf
    run ranks --mpi=pmix --container=/shared/mpi.sqfs allreduce.openmpi
    pmix=$output pmix_status=$status
    run ranks --mpi=pmi2 --container=/shared/mpi.sqfs allreduce.mpich
    "$CLUSTER" conf
    all_right
    status=$pmix_status output=$pmix
    mapfile -t lines <<<"$pmix"
    all_right
    nothing_left
}
