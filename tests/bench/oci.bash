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
    [[ $3 = false ]] || kind=(--rootless)
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
# Goals: WHAT:PEER:SHARE of the peer's median time, and at most crun's memory.
goals=("plain run:crun:0.3" "plain run:runc:0.1" run:crun:0.3 run:runc:0.1
    cycle:crun:0.5 exec:crun:0.6)
verdicts=()

# words_for RUNTIME WORD...: fills "row" with the command for this one. runc has
# no way to do without control groups, so it makes one.
words_for()
{
    local runtime=$1
    shift
    row=("${@//RUNTIME/$(command -v "$runtime")}")
    row=("${row[@]//STATE/$states/$who.${runtime##*/}}")
    [[ $runtime != runc ]] ||
        row=("${row[@]//--cgroup-manager=disabled/--rootless=$rootless}")
}

# add_rows WHAT COMMAND...: a row for each runtime that works, RUNTIME in the
# command standing for it with its options; for run also what the namespaces take
# alone, without one mount in them.
add_rows()
{
    local what=$1 runtime row
    shift
    rows=()
    for runtime in crun runc "$build/ch-oci"; do
        has "$runtime" || continue
        words_for "$runtime" "$@"
        if $as "${row[@]}" >"$work/log" 2>&1; then
            ((${#rows[@]} == 0)) || rows+=(",")
            rows+=("$what ${runtime##*/}" "${row[@]}")
        else
            echo "${runtime##*/}: left out: $(tail -n 1 "$work/log")"
        fi
    done
    [[ $what != run ]] ||
        rows+=("," "run unshare" "$(command -v unshare)" --mount --pid --fork
            --net --uts --ipc --cgroup --map-root-user "$work/root/bin/true")
    $as "$work/spawn" "$rounds" "${rows[@]}" | tee "$work/table"
    judge "$what"
    echo
}

# judge WHAT: how the goals for it are met, by the table that was printed. Its
# columns are counted from the end, as a label has several words.
judge()
{
    local goal peer verdict
    for goal in "${goals[@]}"; do
        [[ $goal = "$1:"* ]] || continue
        peer=${goal#*:}
        verdict=$(awk -v ours="$1 ch-oci" -v peer="$1 ${peer%:*}" \
            -v share="${peer#*:}" '
            function say(what, value, most) {
                return sprintf("%s %s <= %s: %s", what, value, most,
                               value + 0 <= most + 0 ? "met" : "missed")
            }
            NF > 9 {
                label = $0
                sub(/ +[0-9].*/, "", label)
                time[label] = $(NF - 6)
                memory[label] = $NF
            }
            END {
                if (!(ours in time) || !(peer in time)) {
                    print "left out"
                    exit
                }
                text = say("time", sprintf("%.2f", time[ours] / time[peer]),
                           share)
                if (peer ~ /crun$/)
                    text = text "; " say("KiB", memory[ours], memory[peer])
                print text
            }' "$work/table")
        verdicts+=("$who, $1, with ${peer%:*}: $verdict")
    done
}

oci_as()
{
    local as=$1 who=$2 rootless=$3 runtime row rows bundle=$work/$2
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
    [[ $rootless = false ]] ||
        add_rows "plain run" RUNTIME --root STATE --cgroup-manager=disabled \
            run --bundle "$work/bundle" bench
    add_rows run RUNTIME --root STATE --cgroup-manager=disabled \
        run --bundle "$bundle.true" bench
    add_rows cycle "$work/cycle" RUNTIME --root STATE \
        --cgroup-manager=disabled
    for runtime in crun runc "$build/ch-oci"; do
        has "$runtime" || continue
        words_for "$runtime" RUNTIME --root STATE --cgroup-manager=disabled \
            run --detach --bundle "$bundle.stay" held
        $as "${row[@]}" </dev/null >/dev/null 2>&1 || true
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
    OCI_UID=$(as_user id -u) oci_as as_user "$(as_user id -un)" true
    ((EUID)) || OCI_UID=0 oci_as env root false
    rm -rf "$states"
    echo "goals:"
    printf '%s\n' "${verdicts[@]}"
}
