# ch-convert: conversions that end before they are done.
# SPDX-License-Identifier: MIT

load ../convert

# An archive that can be given to a conversion in two parts.
setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    mkdir -p tree/{bin,data}
    head -c 3000000 /dev/urandom >tree/data/big
    convert -q ./tree image.tar
}

@test "a killed conversion leaves what the next one or --clean removes" {
    mkfifo pipe
    "$CH_BUILD/ch-convert" -q tar:pipe ./image 3>&- &
    exec 4>pipe
    head -c 2000000 image.tar >&4
    eventually 10 being_written image
    kill -KILL $!
    wait $! || true
    exec 4>&-
    [ "$(find . -maxdepth 1 -name '.image.part-*' | wc -l)" -eq 1 ]
    cp -r .image.part-* .other.part-1
    run convert --clean .
    expect_status 0
    [[ $output == *"removed: 2"* ]]
    [ ! -e image ]
    mkdir .image.part-77
    convert -q image.tar ./image
    [ ! -e .image.part-77 ]
    [ -e image/data/big ]
}

@test "what another is still writing stays" {
    mkfifo pipe
    "$CH_BUILD/ch-convert" -q tar:pipe ./image 3>&- &
    exec 4>pipe
    head -c 2000000 image.tar >&4
    eventually 10 being_written image
    run convert --clean .
    [[ $output == *"removed: 0"* ]]
    convert -q image.tar ./image
    tail -c +2000001 image.tar >&4
    exec 4>&-
    wait $!
    [ -e image/data/big ]
    [ "$(find . -maxdepth 1 -name '.image.part-*' | wc -l)" -eq 0 ]
}

@test "signals end a conversion at once, and leave nothing" {
    mkfifo pipe
    for signal in INT TERM HUP; do
        # a shell's background jobs ignore SIGINT
        python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' \
            "$CH_BUILD/ch-convert" -q tar:pipe ./image 2>err 3>&- &
        exec 4>pipe
        head -c 2000000 image.tar >&4
        eventually 10 being_written image
        kill -"$signal" $!
        status=0
        wait $! || status=$?
        expect_status $((128 + $(kill -l "$signal")))
        exec 4>&-
        [ "$(find . -maxdepth 1 -name '*image*' | wc -l)" -eq 1 ]
    done
}
