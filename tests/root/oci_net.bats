# ch-oci as root: network devices that become a container's. All of it happens in
# a network namespace of the test's own, which stands for the host's.
# SPDX-License-Identifier: MIT

load ../oci

setup()
{
    needs ip
    unshare -n sleep 1000 3>&- &
    HOST=$!
    export HOST
    wait_until_other_net "$HOST"
    on_host ip link add eth0 type veth peer name peer0
    on_host ip link set eth0 address 02:00:00:00:00:07 mtu 1400
    on_host ip addr add 10.9.8.7/24 brd 10.9.8.255 dev eth0
    on_host ip addr add fd00::7/64 dev eth0 nodad
    on_host ip link set eth0 up
    make_bundle
    change 'p["args"] = ["sleep", "1000"]'
}

teardown()
{
    local id
    [ -n "${HOST:-}" ] || return 0
    for id in $(oci list -q); do
        oci delete --force "$id" || true
    done
    kill "$HOST"
}

# wait_until_other_net PID: the process is in a namespace of its own.
wait_until_other_net()
{
    local own
    own=$(readlink /proc/self/ns/net)
    for _ in $(seq 200); do
        [ "$(readlink "/proc/$1/ns/net")" = "$own" ] || return 0
        sleep 0.05
    done
    fail_with "unshare -n has not done it"
}

on_host()
{
    nsenter -t "$HOST" -n "$@"
}

oci()
{
    on_host timeout 60 "$CH_BUILD/ch-oci" --root "$STATE" "$@"
}

# in_container WORD...: in its network namespace, by the programs of the host.
in_container()
{
    nsenter -t "$(member pid)" -n "$@"
}

is_up()
{
    in_container ip -o link show "$1" | grep -q '<.*\bUP\b.*>'
}

# has_address DEVICE ADDRESS
has_address()
{
    in_container ip -o addr show dev "$1" | grep -q " $2 " ||
        fail_with "$1 has: $(in_container ip -o addr show dev "$1")"
}

@test "a network device of the host becomes the container's, with its addresses, and is up" {
    change 'l["netDevices"] = {"eth0": {}}'
    create_one
    run on_host ip link show eth0
    [ "$status" -ne 0 ]
    is_up eth0
    has_address eth0 10.9.8.7/24
    has_address eth0 fd00::7/64
    in_container ip link show eth0 | grep -q 'mtu 1400'
    in_container ip link show eth0 | grep -q 02:00:00:00:00:07
}

@test "addresses that are not for ever, or not for all, stay behind" {
    on_host ip addr add 10.9.8.8/24 dev eth0 valid_lft 1000 preferred_lft 1000
    on_host ip addr add 169.254.3.4/16 dev eth0 scope link
    change 'l["netDevices"] = {"eth0": {}}'
    create_one
    has_address eth0 10.9.8.7/24
    run in_container ip -o addr show dev eth0
    [[ $output != *10.9.8.8* ]]
    [[ $output != *169.254.3.4* ]]
}

@test "a network device is called in the container as it is said" {
    change 'l["netDevices"] = {"eth0": {"name": "inner0"}}'
    create_one
    is_up inner0
    has_address inner0 10.9.8.7/24
}

@test "a name with %d gets the least number that is free" {
    on_host ip link add eth1 type veth peer name peer1
    change 'l["netDevices"] = {"eth0": {"name": "own%d"},
        "eth1": {"name": "own%d"}}'
    create_one
    is_up own0
    is_up own1
}

@test "a name that is in use in the container is an error, and nothing moves" {
    change 'l["netDevices"] = {"eth0": {"name": "lo"}}'
    run oci create -b "$BUNDLE" c1
    expect_oci_error "linux.netDevices.eth0: can't move network device eth0: there is one called lo"
    nothing_left
    on_host ip -o addr show dev eth0 | grep -q 10.9.8.7/24
}

@test "a device that is not there is an error, and those before it come back" {
    change 'l["netDevices"] = {"eth0": {"name": "x"}, "none0": {}}'
    run oci create -b "$BUNDLE" c1
    expect_oci_error "linux.netDevices.none0: can't find network device none0: No such device"
    nothing_left
    on_host ip -o addr show dev eth0 | grep -q 10.9.8.7/24
    on_host ip -o link show eth0 | grep -q '<.*\bUP\b.*>'
}

@test "devices come back when a hook lets the making fail" {
    change 'l["netDevices"] = {"eth0": {"name": "x"}}'
    hook createRuntime 'exit 3'
    run oci create -b "$BUNDLE" c1
    expect_status 1
    nothing_left
    on_host ip -o addr show dev eth0 | grep -q 10.9.8.7/24
}

@test "a device goes to a namespace that is joined, and stays there" {
    unshare -n sleep 1000 3>&- &
    other=$!
    wait_until_other_net "$other"
    change 'drop("network")' 'l["netDevices"] = {"eth0": {}}' \
        "l['namespaces'].append({'type': 'network',
            'path': '/proc/$other/ns/net'})"
    create_one
    oci delete --force c1
    nsenter -t "$other" -n ip link show eth0
    kill "$other"
}

@test "run moves devices, too, and a container in a user namespace gets them" {
    open_scratch
    chmod 755 "$CH_DATA" "$FIXTURES" "$BUNDLE"
    change 'l["netDevices"] = {"eth0": {}}' \
        'l["namespaces"].append({"type": "user"})' \
        'l["uidMappings"] = [{"containerID": 0, "hostID": 100000,
            "size": 65536}]' 'l["gidMappings"] = l["uidMappings"]' \
        'p["args"] = ["cat", "/proc/net/dev"]'
    run oci_run
    expect_status 0
    [[ $output == *eth0:* ]]
}
