# ch-bench by root: the kernel beside it.
# SPDX-License-Identifier: MIT

load ../helper

setup_file()
{
    make_fixtures
}

# no_loop IMAGE: no loop device has it.
no_loop()
{
    [ -z "$(losetup -j "$1")" ]
}

@test "root is told of the kernel's mount too, and nothing is left of it" {
    run timeout 120 "$CH_BUILD/ch-bench" -r 1 "$SQUASH"
    expect_status 0
    [[ $output == *"by the kernel  ratio"* ]] || fail_with "$output"
    [ "$(grep -cE '(cold|warm) .* ms .* ms .* [0-9]+\.[0-9]{2}$' <<<"$output")" \
        -eq 8 ]
    # the two have read the same
    run timeout 120 "$CH_BUILD/ch-bench" -r 1 --json "$SQUASH"
    expect_status 0
    run python3 -c '
import collections, json, sys
seen = collections.defaultdict(set)
for t in json.load(sys.stdin)["times"]:
    seen[t["work"]].add((t["count"], t["bytes"]))
print(len(seen), set(map(len, seen.values())))' <<<"$output"
    expect_output "4 {1}"
    eventually 10 no_loop "$SQUASH"
}
