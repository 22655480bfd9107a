# shellcheck shell=bash
# helper.bash - what all end-to-end tests share: load it first in every file.
#
# CH_BUILD is the folder with ch and its links, CH_TESTS this folder, CH_DATA
# a scratch folder; set by run.sh, guessed when a file is run by hand.
# SPDX-License-Identifier: MIT

bats_require_minimum_version 1.5.0

CH_TESTS=${CH_TESTS:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)}
CH_BUILD=${CH_BUILD:-$(dirname "$CH_TESTS")/build}
CH_DATA=${CH_DATA:-${TMPDIR:-/tmp}/ch-test}
export CH_TESTS CH_BUILD CH_DATA PYTHONDONTWRITEBYTECODE=1

# A user each: files that root made could not be changed by the other.
FIXTURES=$CH_DATA/fixtures.$(id -u)
ROOT=$FIXTURES/root
SQUASH=$FIXTURES/images/gzip.sqfs
# Both kinds of image; most claims hold for each.
# shellcheck disable=SC2034
IMAGES=("$ROOT" "$SQUASH")
export FIXTURES ROOT SQUASH

# Variables of the caller that would change what ch-run does.
unset CH_RUNNING CH_IMAGE_STORAGE TMPDIR

# Call from setup_file: make the shared tree and images once per run; others
# that come at the same time wait for them.
make_fixtures()
{
    mkdir -p "$CH_DATA"
    exec 9>"$FIXTURES.lock"
    flock 9
    if [ ! -e "$FIXTURES/made" ]; then
        "$CH_TESTS/data/make.sh" "$FIXTURES"
        touch "$FIXTURES/made"
    fi
    exec 9>&-
}

ch_run()
{
    "$CH_BUILD/ch-run" "$@"
}

# unset_launchers: no batch system's job step, whoever runs the tests.
unset_launchers()
{
    unset SLURM_JOB_ID SLURM_STEP_ID SLURM_STEP_TASKS_PER_NODE SLURM_NODEID \
        SLURM_CPUS_ON_NODE FLUX_JOB_ID PALS_APID PALS_LOCAL_SIZE \
        PMIX_NAMESPACE OMPI_COMM_WORLD_LOCAL_SIZE PBS_JOBID LSB_JOBID \
        LSB_JOBINDEX
}

# A scratch folder of this test alone, for -b.
scratch()
{
    mkdir -p "$BATS_TEST_TMPDIR/scratch"
    echo "$BATS_TEST_TMPDIR/scratch"
}

# eventually SECONDS COMMAND...: try until it succeeds. The deadline is for
# slow machines; a fast one does not wait for it.
eventually()
{
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        if ((SECONDS >= end)); then
            echo "not within the deadline: $*"
            return 1
        fi
        sleep 0.05
    done
}

# fail_with TEXT: the test fails and shows TEXT.
fail_with()
{
    echo "$1"
    return 1
}

# expect_status N: of the last "run", with what it printed when it is wrong.
expect_status()
{
    # shellcheck disable=SC2154
    [ "$status" -eq "$1" ] || {
        echo "status $status instead of $1; output:"
        echo "$output"
        return 1
    }
}

# expect_output TEXT: the last "run" printed exactly this.
expect_output()
{
    [ "$output" = "$1" ] || {
        echo "expected: $1"
        echo "got:      $output"
        return 1
    }
}

# expect_error N TEXT: the last "run" ended with status N and one line of
# error, in the form that Charliecloud's users search their logs for, that
# contains TEXT.
expect_error()
{
    expect_status "$1"
    # shellcheck disable=SC2154
    if [ "${#lines[@]}" -ne 1 ] || [[ $output != *"$2"* ]] ||
        ! [[ $output =~ ^ch-run\[[0-9]+\]:\ error:\ .+ ]]; then
        echo "expected one line of error with: $2"
        echo "got: $output"
        return 1
    fi
}

# needs PROGRAM...: skip where one is not installed.
needs()
{
    local program
    for program; do
        type -P "$program" >/dev/null || skip "$program is not installed"
    done
}

# build_walk: the program that lists a tree (data/walk.c), in $FIXTURES.
build_walk()
{
    ${CH_TEST_CC:-gcc} -static -O2 -std=gnu17 -D_GNU_SOURCE \
        -o "$FIXTURES/walk" "$CH_TESTS/data/walk.c"
}

# as_user COMMAND...: for tests that root runs; run.sh made the user.
as_user()
{
    local user=${CH_USER:-chtest}
    setpriv --reuid="$user" --regid="$user" --init-groups \
        env HOME=/home/"$user" USER="$user" "$@"
}

# open_scratch: let the ordinary user pass to the test's folder.
open_scratch()
{
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
}

# leaves_nothing COMMAND...: run it and wait for what it leaves behind to go;
# the last line of output is "exited 0, nothing left" or tells otherwise.
leaves_nothing()
{
    python3 "$CH_TESTS/after.py" "$@"
}
