# ch-bench: how fast this node reads an image.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
}

bench()
{
    timeout 120 "$CH_BUILD/ch-bench" "$@"
}

# refused TEXT: the last "run" was one line of error with TEXT.
refused()
{
    expect_status 1
    # shellcheck disable=SC2154
    if [ "${#lines[@]}" -ne 1 ] ||
        [[ $output != "ch-bench["*"]: error: "*"$1"* ]]; then
        fail_with "expected one line of error with: $1"$'\n'"got: $output"
    fi
}

@test "a table has a line for each way of reading, cold and warm" {
    run bench --rounds 1 "$SQUASH"
    expect_status 0
    for work in "stat all" "read all" "largest file" "random 4 KiB"; do
        for state in cold warm; do
            [[ $output =~ $work\ +$state\ +[0-9.]+\ ms ]] ||
                fail_with "$work $state: $output"
        done
    done
    [[ $output == *"can be measured by root only"* ]]
}

@test "what was read is all that there is, unless less was asked for" {
    cat >look.py <<'EOF'
import json, sys
top = json.load(sys.stdin)
print(top["files"] > 200, top["rounds"], len(top["times"]))
for t in top["times"]:
    if t["state"] == "cold":
        print(t["by"], t["work"], t["count"], t["bytes"], t["seconds"] > 0)
EOF
    mkdir tree
    seq 100000 >tree/large
    for n in $(seq 300); do echo "$n" >"tree/$n"; done
    mksquashfs tree image.sqfs -quiet -no-progress >/dev/null
    bytes=$(cat tree/* | wc -c)
    large=$(stat -c %s tree/large)
    run bench --json -r 2 image.sqfs
    expect_status 0
    run python3 look.py <<<"$output"
    expect_output "True 2 8
server stat all 301 0 True
server read all 301 $bytes True
server largest file $(((large + 131071) / 131072)) $large True
server random 4 KiB 5000 20480000 True"
    run bench --json -r 1 --size 4K image.sqfs
    run python3 look.py <<<"$output"
    [[ ${lines[2]} =~ ^server\ read\ all\ [0-9]+\ [0-9]{4,6}\ True$ ]] ||
        fail_with "$output"
}

@test "images of odd contents are measured, or an error says why not" {
    mkdir empty odd
    mksquashfs empty empty.sqfs -quiet -no-progress >/dev/null
    run bench -r 1 empty.sqfs
    expect_status 0
    (
        cd odd
        : >nothing
        ln -s nothing link
        mkfifo fifo
        mkdir -p "$(printf '%0200d/%0200d' 1 2)" closed
        chmod 0 closed nothing
    )
    mksquashfs odd odd.sqfs -quiet -no-progress >/dev/null
    chmod 700 odd/closed
    run bench -r 1 odd.sqfs
    expect_status 0
}

@test "wrong use and what is no image are one line of error" {
    run bench
    refused "IMAGE not specified"
    run bench a b
    refused "more than one IMAGE"
    run bench none.sqfs
    refused "none.sqfs"
    run bench "$ROOT"
    refused "$ROOT"
    echo text >text
    run bench text
    refused "not a SquashFS file: text"
    mkfifo fifo
    run bench fifo
    refused "fifo"
    for bad in 0 100 -1 x ""; do
        run bench --rounds "$bad" "$SQUASH"
        refused "rounds"
    done
    for bad in 0 65 x; do
        run bench --threads "$bad" "$SQUASH"
        refused "threads"
    done
    for option in size cache offset; do
        run bench "--$option" x "$SQUASH"
        refused "$option"
    done
}

@test "nothing is left, also when it is killed" {
    run leaves_nothing "$CH_BUILD/ch-bench" -r 1 "$SQUASH"
    [[ $output == *"exited 0, nothing left" ]] || fail_with "$output"
    run leaves_nothing timeout -s KILL 0.3 "$CH_BUILD/ch-bench" "$SQUASH"
    [[ $output == *"nothing left" ]] || fail_with "$output"
}
