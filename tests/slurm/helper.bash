# shellcheck shell=bash
# helper.bash - what the tests on a cluster share. They run as root on the host;
# commands run on the cluster by sl, on its node "ctl" as the ordinary user.
#
# On all nodes, /shared/dir and /shared/sqfs are bundles of one image, which has
# little more than busybox, and /shared/img.sqfs is the image.
# SPDX-License-Identifier: MIT

bats_require_minimum_version 1.5.0
# shellcheck source=tests/helper.bash
load ../helper

sl()
{
    timeout "${SL_TIMEOUT:-60}" "$CLUSTER" run "$@"
}

on()
{
    timeout 30 "$CLUSTER" root "$@"
}

# put NAME: the standard input becomes the file /shared/NAME.
put()
{
    cat >"$SHARED/$1"
    chmod 755 "$SHARED/$1"
}

# make_bundle NAME ROOT STATEMENT...: what python changes of "c", the document.
make_bundle()
{
    local name=$1
    mkdir -p "$SHARED/$name"
    rm -f "$SHARED/$name/config.json"
    "$CH_SLURM_BIN/ch-oci" spec --rootless -b "$SHARED/$name"
    python3 - "$SHARED/$name/config.json" "${@:2}" <<'PYTHON'
import json, sys
with open(sys.argv[1]) as f:
    c = json.load(f)
p, l = c["process"], c["linux"]
c["root"] = {"path": sys.argv[2], "readonly": False}
p["terminal"] = False
p["env"] = ["PATH=/bin", "IN_BUNDLE=yes"]
l["namespaces"] = [n for n in l["namespaces"] if n["type"] in ("user", "mount")]
c.pop("hostname", None)
c["mounts"] = [
    {"destination": d, "type": "none", "source": d, "options": ["rbind"]}
    for d in ("/proc", "/dev", "/shared")]
for statement in sys.argv[3:]:
    exec(statement)
with open(sys.argv[1], "w") as f:
    json.dump(c, f)
PYTHON
    chmod 644 "$SHARED/$name/config.json"
}

make_image()
{
    local name image=$SHARED/rootfs
    rm -rf "$image"
    mkdir -p "$image"/{bin,etc,proc,dev,tmp,run,var,shared}
    ln -s ../run "$image/var/run"
    cp /bin/busybox "$image/bin/"
    for name in $(/bin/busybox --list); do
        [ "$name" = busybox ] || ln -s busybox "$image/bin/$name"
    done
    echo "ID=slurm-test" >"$image/etc/os-release"
    chown -R 1000:1000 "$image"
    chmod 1777 "$image/tmp"
    mksquashfs "$image" "$SHARED/img.sqfs" -noappend -quiet >/dev/null
    chmod 644 "$SHARED/img.sqfs"
}

setup_cluster()
{
    SHARED=$("$CLUSTER" shared)
    export SHARED
    make_image
    make_bundle dir /shared/rootfs
    make_bundle sqfs /shared/img.sqfs
}

BUNDLES=(dir sqfs)
export BUNDLES

# idle: no step's process, and nothing in the spool folder, on any node.
idle()
{
    local i
    for ((i = 1; i <= NODES; i++)); do
        on "n$i" sh -c '! pgrep -u alice >/dev/null &&
            ! ls -d /var/spool/slurmd/oci-* /tmp/ch-oci* >/dev/null 2>&1 &&
            ! pgrep slurmstepd >/dev/null' || return 1
    done
}

nothing_left()
{
    local i
    eventually 20 idle || {
        for ((i = 1; i <= NODES; i++)); do
            on "n$i" sh -c 'pgrep -a -u alice; ls -R /var/spool/slurmd/oci-* \
                /tmp/ch-oci* 2>/dev/null'
        done
        return 1
    }
    run sl sinfo -h -N -o %T
    # shellcheck disable=SC2154 # of bats
    [[ $output != *drain* ]] || fail_with "$output"
}

# running NAME: the step of the job of this name has its ranks.
running()
{
    [ -e "$SHARED/$1.ready" ]
}

# job_id NAME
job_id()
{
    sl squeue -h -n "$1" -o %i
}

# An image with Open MPI and MPICH; what only compilers need stays out. It takes
# minutes, once, and fails without CH_PEERS=1 if it was never made.
make_mpi_image()
{
    local tree kind packages=()
    [ -z "${CH_PEERS:-}" ] ||
        packages=(gcc libc6-dev openmpi-bin libopenmpi-dev libmpich-dev)
    tree=$("$CLUSTER" tree mpi "${packages[@]}") || return 1
    cp "$BATS_TEST_DIRNAME/allreduce.c" "$tree/tmp/"
    for kind in openmpi mpich; do
        chroot "$tree" "mpicc.$kind" -o "/usr/local/bin/allreduce.$kind" \
            /tmp/allreduce.c
    done
    mkdir -p "$tree/shared"
    mksquashfs "$tree" "$SHARED/mpi.sqfs" -noappend -quiet -wildcards \
        -comp zstd -Xcompression-level 1 -e 'var/*' 'usr/share/*' \
        'usr/libexec/*' usr/lib/gcc 'usr/include/*' 'dev/*' 'proc/*' \
        '... *.a' '... lib*san.so*' >/dev/null
    chmod 644 "$SHARED/mpi.sqfs"
}

# make_mpi_bundle NAME ROOT STATEMENT...: of /sys, MPI's libraries learn about
# processors and network interfaces.
make_mpi_bundle()
{
    make_bundle "$1" "$2" \
        'p["env"] = ["PATH=/usr/local/bin:/usr/bin"]' \
        'c["mounts"].append({"destination": "/sys", "type": "none",
            "source": "/sys", "options": ["rbind", "ro"]})' "${@:3}"
}

# Open MPI's own way over TCP (ob1, 5.0.7) can crash in MPI_Init on a busy machine,
# when a peer on another node is ahead: mca_pml_ob1_recv_frag_callback_match. UCX's,
# which MPICH takes, too, does not.
# ranks OPTION...
ranks()
{
    sl env OMPI_MCA_pml=ucx OMPI_MCA_pml_ucx_tls=any \
        OMPI_MCA_pml_ucx_devices=any srun -N"$NODES" --ntasks-per-node=2 "$@"
}
