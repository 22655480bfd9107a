#!/usr/bin/env bash
# run.sh [TEXT] - run the command lines (those with TEXT in them, in full
# detail) with Charliecloud's ch-run and ours, as an ordinary user.
# SPDX-License-Identifier: MIT
set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/../../.."
here=tests/e2e/compare
# shellcheck source=tests/stage.sh
. tests/stage.sh

# A script around each, so that what a shell does to the environment is done
# to both.
wrap() {
    mkdir "$scratch/$1"
    printf '%s\n' '#!/bin/sh' "exec $2 \"\$@\"" >"$scratch/$1/ch-run"
    chmod 755 "$scratch/$1" "$scratch/$1/ch-run"
}

upstream=$($here/upstream.sh)
make_scratch
set_stage
((EUID)) || make_user
cp -r "$upstream" "$scratch/upstream"
wrap theirs "$scratch/upstream/ld.so --argv0 ch-run \
--library-path $scratch/upstream $scratch/upstream/ch-run"
wrap ours "$scratch/build/ch-run"
as_user "$CH_TESTS/data/make.sh" "$scratch/data/fixtures"
as_user python3 "$CH_TESTS/e2e/compare/fixtures.py" "$scratch/data/fixtures"
as_user python3 "$CH_TESTS/e2e/compare/compare.py" "$scratch" "$@"
