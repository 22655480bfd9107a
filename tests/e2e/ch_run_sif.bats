# SIF files, as Apptainer makes them: run and mounted as the SquashFS in them.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
    SIF=$BATS_FILE_TMPDIR/image.sif
    export SIF
    sif plain >"$SIF"
}

# sif KIND: a SIF file of this kind, from the image that all tests share.
sif()
{
    python3 "$CH_TESTS/data/sif.py" "$1" "$SQUASH"
}

# no_sif KIND TEXT: ch-run ends with one line of error with TEXT.
no_sif()
{
    local file=$BATS_TEST_TMPDIR/$1.sif
    sif "$1" >"$file"
    run timeout 20 "$CH_BUILD/ch-run" "$file" -- true
    expect_error 31 "can't read SIF file $file: "
    expect_error 31 "$2"
}

@test "a SIF file is run as the SquashFS in it" {
    run ch_run "$SIF" -- cat /data/small/7
    expect_output "file 7"
    run ch_run "$SIF" -- sh -c 'md5sum </data/big; exit 7'
    expect_status 7
    expect_output "$(md5sum <"$ROOT/data/big")"
}

@test "a SIF file is known by its magic, not by its name" {
    cp "$SIF" "$BATS_TEST_TMPDIR/image.sqfs"
    run ch_run "$BATS_TEST_TMPDIR/image.sqfs" -- cat /data/small/7
    expect_output "file 7"
    cp "$SQUASH" "$BATS_TEST_TMPDIR/plain.sif"
    run ch_run "$BATS_TEST_TMPDIR/plain.sif" -- cat /data/small/7
    expect_output "file 7"
}

@test "a SIF file runs without FUSE" {
    run ch_run --fuse=never "$SIF" -- cat /data/small/7
    expect_status 0
    [ "${lines[-1]}" = "file 7" ]
}

@test "the system of a SIF file is found among other objects" {
    for kind in others_first deleted; do
        sif $kind >"$BATS_TEST_TMPDIR/$kind.sif"
        run ch_run "$BATS_TEST_TMPDIR/$kind.sif" -- cat /data/small/7
        expect_output "file 7"
    done
}

@test "changes of a SIF file are kept in memory" {
    run ch_run -W "$SIF" -- sh -c 'echo new >/data/small/7; cat /data/small/7'
    expect_output new
    run ch_run -w "$SIF" -- true
    expect_error 31 "--write-fake keeps changes in memory"
}

@test "a SIF file is bound as a directory, or as the file that it is" {
    run ch_run -b "$SIF:/mnt/1" "$ROOT" -- cat /mnt/1/data/small/7
    expect_output "file 7"
    run ch_run -W -b "$SIF:/mnt/image.sif" "$ROOT" -- \
        sh -c 'wc -c </mnt/image.sif'
    expect_output "$(stat -c %s "$SIF")"
}

@test "ch-mount mounts a SIF file for a command" {
    mkdir "$BATS_TEST_TMPDIR/dir"
    run "$CH_BUILD/ch-mount" "$SIF" "$BATS_TEST_TMPDIR/dir" -- \
        cat "$BATS_TEST_TMPDIR/dir/data/small/7"
    expect_output "file 7"
}

@test "ranks of a step share a SIF file" {
    local rank
    for rank in 1 2 3; do
        SLURM_JOB_ID=77$$ SLURM_STEP_ID=1 SLURM_STEP_TASKS_PER_NODE=3 \
            ch_run "$SIF" -- sh -c 'cat /data/small/7' \
            >"$BATS_TEST_TMPDIR/$rank" 3>&- &
    done
    wait
    [ "$(cat "$BATS_TEST_TMPDIR"/[123])" = \
        $'file 7\nfile 7\nfile 7' ]
}

@test "a SIF file that can't be run says why, and what to do" {
    no_sif ext3 "ext3 file system"
    no_sif ext3 "apptainer build NEW.sif OLD.sif"
    no_sif encrypted "encrypted"
    no_sif encrypted "apptainer build --sandbox DIR"
    no_sif archive "an archive"
    no_sif raw "no known form"
    no_sif unknown "a file system of kind 77"
    no_sif layers "OCI-SIF"
    no_sif no_system "no system to run"
    no_sif empty "no system to run"
    no_sif version 'version "99"'
}

@test "a damaged SIF file is an error" {
    no_sif cut_header "truncated"
    no_sif cut_table "truncated"
    no_sif cut_data "copy it again"
    no_sif many "a list of 1125899906842624 objects"
    no_sif negative "damaged"
    no_sif beyond "truncated"
    no_sif before "truncated"
    no_sif huge "truncated"
    no_sif inside "damaged: its system at byte 0"
}

@test "a SIF file whose system is no SquashFS is an error" {
    sif no_squashfs >"$BATS_TEST_TMPDIR/none.sif"
    run timeout 20 "$CH_BUILD/ch-run" "$BATS_TEST_TMPDIR/none.sif" -- true
    expect_error 31 "not a SquashFS file"
}
