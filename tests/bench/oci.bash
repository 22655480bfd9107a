# shellcheck shell=bash
# oci.bash - run.sh's section "oci": ch-oci against other runtimes, each with the
# same bundle, as the ordinary user and as root.
# SPDX-License-Identifier: MIT

# What run.sh sets.
: "${here:?}" "${build:?}" "${work:?}" "${rounds:?}"

# The configuration that "spec" gives, for both kinds of user, without a terminal
# and with "args" for its command. State is kept in memory, as in /run.
make_oci_bundle()
{
    local bundle=$1 args=$2 kind=()
    ((${3:-0} == 0)) || kind=(--rootless)
    mkdir "$bundle"
    "$build/ch-oci" spec "${kind[@]}" -b "$bundle"
    python3 - "$bundle/config.json" "$work/root" "$args" <<'PYTHON'
import json, os, sys
name, root, args = sys.argv[1:]
with open(name) as f:
    c = json.load(f)
c["process"].update(terminal=False, args=args.split())
c["root"]["path"] = root
for kind in "uidMappings", "gidMappings":
    if kind in c["linux"]:
        c["linux"][kind][0]["hostID"] = int(os.environ["OCI_UID"])
with open(name, "w") as f:
    json.dump(c, f)
PYTHON
    chmod -R a+rX "$bundle"
}

# "plain run" is of a bundle with no more than a user and a mount namespace, which
# needs no second process; the others are of the whole configuration.
#
# add_rows WHAT COMMAND...: a row for each runtime that works, RUNTIME in the
# command standing for it with its options.
add_rows()
{
    local what=$1 runtime row
    shift
    rows=()
    for runtime in crun runc "$build/ch-oci"; do
        has "$runtime" || continue
        row=("${@//RUNTIME/$(command -v "$runtime")}")
        row=("${row[@]//STATE/$states/$who.${runtime##*/}}")
        if $as "${row[@]}" >"$work/log" 2>&1; then
            ((${#rows[@]} == 0)) || rows+=(",")
            rows+=("$what ${runtime##*/}" "${row[@]}")
        else
            echo "${runtime##*/}: left out: $(tail -n 1 "$work/log")"
        fi
    done
    $as "$work/spawn" "$rounds" "${rows[@]}"
    echo
}

oci_as()
{
    local as=$1 who=$2 rootless=$3 runtime rows bundle=$work/$2
    make_oci_bundle "$bundle.true" /bin/true "$rootless"
    make_oci_bundle "$bundle.stay" /bin/stay "$rootless"
    cat >"$work/cycle" <<'SH'
#!/bin/sh
"$@" create --bundle "$BUNDLE" bench && "$@" start bench &&
    "$@" delete --force bench
SH
    chmod 755 "$work/cycle"
    export BUNDLE=$bundle.true
    echo "ch-oci and others as $who, $rounds rounds by turns"
    ((rootless == 0)) ||
        add_rows "plain run" RUNTIME --root STATE --cgroup-manager=disabled \
            run --bundle "$work/bundle" bench
    add_rows run RUNTIME --root STATE --cgroup-manager=disabled \
        run --bundle "$bundle.true" bench
    add_rows cycle "$work/cycle" RUNTIME --root STATE \
        --cgroup-manager=disabled
    for runtime in crun runc "$build/ch-oci"; do
        ! has "$runtime" || $as "$runtime" \
            --root "$states/$who.${runtime##*/}" --cgroup-manager=disabled \
            run --detach --bundle "$bundle.stay" held >/dev/null 2>&1 || true
    done
    add_rows exec RUNTIME --root STATE exec held /bin/true
    for runtime in crun runc "$build/ch-oci"; do
        ! has "$runtime" || $as "$runtime" \
            --root "$states/$who.${runtime##*/}" delete --force held || true
    done
}

bench_oci()
{
    compile "$here/spawn.c" "$work/spawn"
    make_root
    echo 'int pause(void); int main(void) { return pause(); }' >"$work/stay.c"
    compile "$work/stay.c" "$work/root/bin/stay"
    make_bundle
    chmod -R a+rX "$work"
    states=$(mktemp -d /dev/shm/ch-bench.XXXXXX)
    chmod 1777 "$states"
    OCI_UID=$(as_user id -u) oci_as as_user "$(as_user id -un)" 1
    ((EUID)) || OCI_UID=0 oci_as env root 0
    rm -rf "$states"
}
