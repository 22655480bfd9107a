#!/usr/bin/env bash
# Runs test files that are built already and counts: run.sh FILE...
#   tests/unit/test_*.c   the program built from it (FLAVOUR: host, tsan)
#   tests/e2e/*.bats      on build/ch, as an ordinary user
#   tests/long/*.bats     the same, for minutes
#   tests/root/*.bats     on build/ch, as root; skipped for others
#   tests/long/*_root.bats  the same, for minutes
#   tests/fuzz/fuzz_*.c   the harness built from it, for FUZZ_SECONDS
# The last line is "N passed, N failed", and ", N skipped" where it is so.
#
# SPDX-License-Identifier: MIT
set -euo pipefail
shopt -s nullglob
cd "$(dirname "$(readlink -f "$0")")/.."

flavour=${FLAVOUR:-host}
fuzz_seconds=${FUZZ_SECONDS:-10}
unit_limit=300 # seconds for one program
file_limit=1800 # seconds for one file of bats
# shellcheck source=tests/stage.sh
. tests/stage.sh
passed=0 failed=0 skipped=0

# report FILE LOG STATUS: count what LOG (in TAP) says of FILE and show what
# failed. To die, or to end without a word, is a failure too.
report() {
    local file=$1 log=$2 status=$3 ok bad skip ms
    ms=$(((${EPOCHREALTIME/./} - began) / 1000))
    skip=$(grep -ciE '^ok .*# skip' "$log" || true)
    ok=$(($(grep -c '^ok ' "$log" || true) - skip))
    bad=$(grep -c '^not ok ' "$log" || true)
    ((bad > 0 || (status == 0 && ok + skip > 0))) || bad=1
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
    printf '%-32s %3d.%02d s %4d passed' "${file#tests/}" $((ms / 1000)) \
        $((ms % 1000 / 10)) "$ok"
    ((bad == 0)) || printf ', %d failed' "$bad"
    ((skip == 0)) || printf ', %d skipped' "$skip"
    echo
    ((bad == 0)) || show_failures "$log" "$status"
}

show_failures() {
    if grep -q '^not ok ' "$1"; then
        # A failure is its line and the comments that follow (bats), or the
        # messages before it (cmocka).
        grep -vE '^(ok |1\.\.)' "$1" | sed 's/^/    /'
    else
        tail -n 60 "$1" | sed 's/^/    /'
        echo "    ended with status $2"
    fi
}

run_unit() {
    local file name log=$scratch/log status began
    for file; do
        name=${file##*/}
        began=${EPOCHREALTIME/./} status=0
        timeout -k 5 "$unit_limit" "build/$flavour/${name%.c}" \
            >"$log" 2>&1 </dev/null || status=$?
        report "$file" "$log" "$status"
    done
}

# Harnesses run side by side, one per core; what breaks one stays in build/.
run_fuzz() {
    local file name began=${EPOCHREALTIME/./}
    for file; do
        while (($(jobs -pr | wc -l) >= $(nproc))); do
            wait -n || true
        done
        name=${file##*/}
        fuzz_one "${name%.c}" &
    done
    wait
    for file; do
        name=${file##*/}
        name=$scratch/${name%.c}
        report "$file" "$name.log" "$(<"$name.status")"
    done
}

fuzz_one() {
    local seeds=("tests/data/corpus/${1#fuzz_}") status=0
    mkdir "$scratch/$1"
    [[ -d ${seeds[0]} ]] || seeds=()
    "build/fuzz/$1" -max_total_time="$fuzz_seconds" -timeout=20 \
        -rss_limit_mb=2048 -artifact_prefix="build/fuzz/$1-" -verbosity=0 \
        -print_final_stats=1 "$scratch/$1" "${seeds[@]}" \
        >"$scratch/$1.log" 2>&1 </dev/null || status=$?
    ((status)) || echo "ok $1" >>"$scratch/$1.log"
    echo "$status" >"$scratch/$1.status"
}

# run_bats AS FILE...: AS is as_user or env. The temporary folder of bats' own
# choice would be closed to the ordinary user whom a test of root's becomes.
run_bats() {
    local as=$1 file name log=$scratch/log status began
    shift
    for file; do
        name=${file##*/}
        began=${EPOCHREALTIME/./} status=0
        $as timeout --foreground -k 10 "$file_limit" bats --tap \
            --tempdir "$scratch/tmp/${name%.bats}" "$scratch/$file" \
            >"$log" 2>&1 </dev/null || status=$?
        report "$file" "$log" "$status"
    done
}

skip_file() {
    local count
    count=$(grep -c '^@test ' "$1" || true)
    skipped=$((skipped + count))
    printf '%-32s %8s %4d skipped: needs root\n' "${1#tests/}" '' "$count"
}

run_root() {
    local file
    if ((EUID == 0)); then
        run_bats env "$@"
        return
    fi
    for file; do
        skip_file "$file"
    done
}

make_scratch
unit=() e2e=() root=() fuzz=()
for file; do
    case $file in
    tests/unit/*) unit+=("$file") ;;
    tests/root/* | tests/long/*_root.bats) root+=("$file") ;;
    tests/e2e/* | tests/long/*) e2e+=("$file") ;;
    tests/fuzz/*) fuzz+=("$file") ;;
    esac
done
run_unit "${unit[@]}"
if ((${#e2e[@]} + ${#root[@]})); then
    set_stage
    ((EUID)) || make_user
    run_bats as_user "${e2e[@]}"
    run_root "${root[@]}"
fi
run_fuzz "${fuzz[@]}"
printf '%d passed, %d failed' "$passed" "$failed"
((skipped == 0)) || printf ', %d skipped' "$skipped"
echo
((failed == 0))
