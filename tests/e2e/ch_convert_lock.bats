# ch-convert: two who write to one place at once.
# SPDX-License-Identifier: MIT

load ../convert

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
}

@test "of images that are added to a layout at once none is lost" {
    local tag pids=()
    mkdir one
    echo one >one/file
    exec 8<.
    flock 8 # all come to the place where one waits for another
    for tag in a b c; do
        convert ./one oci:layout:$tag >$tag.log 2>&1 8<&- &
        pids+=($!)
    done
    for tag in a b c; do
        eventually 30 grep -q "waiting for another who adds to layout" $tag.log
    done
    exec 8<&-
    for tag in "${pids[@]}"; do wait "$tag"; done
    for tag in a b c; do convert -q --verify oci:layout:$tag; done
    [ -z "$(find . -name '*part*')" ]
}

@test "an image that another adds meanwhile is not replaced by --no-clobber" {
    mkdir one
    echo one >one/file
    exec 8<.
    flock 8
    convert --no-clobber ./one oci:layout:a >first.log 2>&1 8<&- &
    convert --no-clobber ./one oci:layout:a >second.log 2>&1 8<&- &
    eventually 30 grep -q "waiting for another" first.log
    eventually 30 grep -q "waiting for another" second.log
    exec 8<&-
    wait || true
    [ "$(cat -- *.log | grep -c 'per --no-clobber: layout:a$')" -eq 1 ]
}
