# A layer of changes that stays, and who may use it when.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # scripts for sh within

load ../helper

setup_file()
{
    make_fixtures
}

setup()
{
    cd "$(scratch)" || return
}

# holds COMMAND...: a container in the background that runs until the pipe
# "stop" is opened; returns when it runs.
holds()
{
    mkfifo stop started
    ch_run -b "$PWD:/mnt/0" "$@" -- \
        sh -c 'cd /mnt/0; echo $$ >started; cat stop' 3>&- &
    job=$!
    read -r holder <started
}

lets_go()
{
    : >stop
    wait "$job"
    rm stop started
}

# kill_warden LOG: of the container that told of itself there.
kill_warden()
{
    local pid
    pid=$(sed -n 's/.*warden of the lock: pid //p' "$1")
    [ -n "$pid" ] || fail_with "no warden"
    kill -9 "$pid"
}

# Every container of the layer is gone.
is_free()
{
    ch_run --overlay layer "$1" -- true
}

@test "the changes of one run are seen by the next" {
    for image in "${IMAGES[@]}"; do
        run ch_run --overlay layer "$image" -- sh -c 'echo new >/new &&
            rm /data/small/2 && rm -r /opt && mkdir /opt && echo own >/opt/own &&
            mv /data/small/3 /data/moved && mv /data/small /data/tiny &&
            ln /data/tiny/4 /data/hard && echo more >>/data/tiny/5 &&
            chmod 700 /mnt && mkdir -p /a/b/c && ln -s /new /a/link'
        expect_status 0
        run ch_run --overlay layer "$image" -- sh -c 'cat /new /opt/* /data/moved
            ls /data; ls /data/tiny/2 /data/tiny/3 2>&1 | grep -c "No such"
            stat -c %h /data/hard; tail -n 1 /data/tiny/5; stat -c %a /mnt
            readlink /a/link; ls -d /a/b/c'
        expect_output "$(printf '%s\n' new own 'file 3' big hard moved tiny 2 2 \
            more 700 /new /a/b/c)"
        run ch_run "$image" -- ls /new /a /data/tiny
        expect_status 1
        rm -r layer
    done
    [ ! -e "$ROOT/new" ] && [ -e "$ROOT/data/small/2" ]
}

@test "extended attributes stay" {
    for image in "${IMAGES[@]}"; do
        for python in 'os.setxattr("/data/small/1", "user.mine", b"yes")' \
            'print(os.getxattr("/data/small/1", "user.mine").decode())'; do
            run ch_run --overlay layer -b /usr -b /lib -b /lib64 "$image" -- \
                /usr/bin/python3 -c "import os; $python"
        done
        expect_output yes
        rm -r layer
    done
}

@test "a layer is root's to whoever is root within" {
    for image in "${IMAGES[@]}"; do
        run ch_run -u0 -g0 --overlay layer "$image" -- sh -c 'mkdir /d; touch /d/f'
        expect_status 0
        run ch_run -u0 -g0 --overlay layer "$image" -- stat -c %u:%g /d/f /d
        expect_output $'0:0\n0:0'
        [ "$(stat -c %u layer/upper/d/f)" = "$(id -u)" ]
        rm -r layer
    done
}

@test "a new layer's root has the mode of the image's" {
    for image in "${IMAGES[@]}"; do
        mode=$(ch_run "$image" -- stat -c %a /)
        (umask 077 && ch_run --overlay layer "$image" -- true)
        run ch_run --overlay layer "$image" -- stat -c %a /
        expect_output "$mode"
        rm -r layer
    done
}

@test "a second writer is told who has it" {
    for image in "${IMAGES[@]}"; do
        holds --overlay layer "$image"
        run ch_run --overlay layer "$image" -- true
        expect_error 31 "can't lock overlay $PWD/layer: another container writes"
        [[ $output == *"(process $holder on $(uname -n): sh -c "* ]] ||
            fail_with "$output"
        run ch_run --overlay layer:ro "$image" -- true
        expect_error 31 "another container writes to it (process $holder on "
        lets_go
        run is_free "$image"
        expect_status 0
        rm -r layer
    done
}

@test "a daemon left behind keeps the lock, and its end frees it" {
    for image in "${IMAGES[@]}"; do
        mkfifo stop
        ch_run --overlay layer -b "$PWD:/mnt/0" "$image" -- \
            sh -c 'cat /mnt/0/stop >/kept 2>&1 &' 3>&-
        run ch_run --overlay layer "$image" -- true
        expect_error 31 "what a container has left running writes to it (begun"
        [[ $output == *", which has ended: sh -c "* ]] || fail_with "$output"
        echo said >stop
        eventually 20 is_free "$image"
        run ch_run --overlay layer "$image" -- cat /kept
        expect_output said
        rm -r stop layer
    done
}

@test "a killed warden lets no second writer in while the first goes on" {
    for image in "${IMAGES[@]}"; do
        holds -v -v --overlay layer "$image" 2>log
        kill_warden log
        run ch_run --overlay layer "$image" -- true
        expect_error 31 "can't lock overlay $PWD/layer: another container writes"
        [[ $output == *"(process $holder on $(uname -n): sh -c "* ]] ||
            fail_with "$output"
        run ch_run --overlay layer:ro "$image" -- true
        expect_error 31 "another container writes to it (process $holder on "
        # those that were refused have left the sign for the next one
        run ch_run --overlay layer "$image" -- true
        expect_error 31 "another container writes to it (process $holder on "
        lets_go
        eventually 20 is_free "$image"
        eventually 20 test ! -s layer/lock
        rm -r layer
    done
}

@test "a killed warden is as good as the end of a daemon left behind" {
    for image in "${IMAGES[@]}"; do
        mkfifo stop
        ch_run -v -v --overlay layer -b "$PWD:/mnt/0" "$image" -- \
            sh -c 'cat /mnt/0/stop >/kept 2>&1 &' 3>&- 2>log
        kill_warden log
        run ch_run --overlay layer "$image" -- true
        expect_error 31 "what a container has left running writes to it (begun"
        [[ $output == *", which has ended: sh -c "* ]] || fail_with "$output"
        echo said >stop
        eventually 20 is_free "$image"
        rm -r stop layer
    done
}

@test "a lock that nobody took back is nobody's after the container's end" {
    for image in "${IMAGES[@]}"; do
        ch_run --overlay layer "$image" -- true
        eventually 20 is_free "$image"
        echo "1 elsewhere sleep 1000" >layer/lock
        run ch_run --overlay layer:ro "$image" -- true
        expect_output ""
        run ch_run --overlay layer "$image" -- true
        expect_output ""
        rm -r layer
    done
}

@test "the command has no descriptor of the layer" {
    for image in "${IMAGES[@]}"; do
        run ch_run "$image" -- sh -c 'ls /proc/self/fd'
        plain=$output
        run ch_run --overlay layer "$image" -- sh -c 'ls /proc/self/fd'
        expect_output "$plain"
        rm -r layer
    done
}

@test "any number may use a layer read-only, but nobody may write then" {
    for image in "${IMAGES[@]}"; do
        ch_run --overlay layer "$image" -- sh -c 'echo kept >/kept; rm /opt/relative'
        holds --overlay layer:ro "$image"
        run ch_run --overlay layer:ro "$image" -- sh -c 'cat /kept
            ls /opt/relative 2>&1; touch /new 2>&1'
        expect_status 1
        [[ $output == *kept*"No such file"*"Read-only file system"* ]] ||
            fail_with "$output"
        run ch_run --overlay layer "$image" -- true
        expect_error 31 "uses it (process $holder on $(uname -n): cat stop)"
        lets_go
        run is_free "$image"
        expect_status 0
        rm -r layer
    done
}

@test "over a layer that is only read, -W and --home forget what is written" {
    for image in "${IMAGES[@]}"; do
        ch_run --overlay layer "$image" -- sh -c 'echo kept >/kept'
        run ch_run -W --overlay layer:ro "$image" -- sh -c 'echo x >>/kept
            cat /kept; touch /new'
        expect_output $'kept\nx'
        run env HOME="$PWD" "$CH_BUILD/ch-run" --home --overlay=layer:ro \
            "$image" -- sh -c 'ls ~; cat /kept; touch /new'
        expect_output $'layer\nkept'
        [ ! -e layer/upper/new ]
        rm -r layer
    done
}

@test "--home keeps what is written if the overlay does" {
    for image in "${IMAGES[@]}"; do
        run env HOME="$PWD" "$CH_BUILD/ch-run" --home --overlay=layer \
            "$image" -- touch /new
        expect_status 0
        [ -e layer/upper/new ]
        rm -r layer
    done
}

@test "a layer survives that all of its container are killed" {
    for image in "${IMAGES[@]}"; do
        mkfifo started
        ch_run --overlay layer -b "$PWD:/mnt/0" "$image" -- \
            sh -c 'echo kept >/kept; cd /mnt/0
            (while [ -p started ]; do cp -r /data /copy; rm -r /copy; done) &
            echo $$ $! >started; wait' 3>&- &
        job=$!
        read -r one two <started
        eventually 20 test -e layer/upper/copy
        kill -9 "$two" "$one"
        wait "$job" || true
        eventually 20 is_free "$image"
        run ch_run --overlay layer "$image" -- cat /kept
        expect_output kept
        rm -r layer started
    done
}

@test "what overlayfs leaves in work/ keeps nobody from going on" {
    for image in "${IMAGES[@]}"; do
        ch_run --overlay layer "$image" -- true
        mkdir -p layer/work/work/left
        chmod 0 layer/work/work/left layer/work/work
        run ch_run --overlay layer "$image" -- true
        expect_status 0
        rm -r layer
    done
}

@test "a layer of another image is refused, of one built anew warned of" {
    cp "$SQUASH" image
    ch_run --overlay layer image -- true
    mv image moved
    run ch_run --overlay layer moved -- true
    expect_output ""
    run ch_run --overlay layer "$ROOT" -- true
    expect_error 31 "it belongs to $PWD/moved"
    [[ $output == *"remove $PWD/layer/image"* ]]
    cp "${SQUASH%/*}/xz.sqfs" moved
    run ch_run --overlay layer moved -- true
    expect_status 0
    [[ $output == *"warning: overlay $PWD/layer: the image has changed"* ]]
    run ch_run --overlay layer moved -- true
    expect_output ""
}

@test "--overlay makes the place for a bind in the layer" {
    for image in "${IMAGES[@]}"; do
        run ch_run --overlay layer -b "$PWD:/new/place" "$image" -- \
            ls /new/place/layer
        expect_status 0
        [ -d layer/upper/new/place ]
        run ch_run --overlay layer:ro -b "$PWD:/mnt/new/place" "$image" -- \
            ls -d /mnt/new/place/layer /mnt/0
        expect_output $'/mnt/0\n/mnt/new/place/layer'
        [ ! -e layer/upper/mnt/new ]
        rm -r layer
    done
}

@test "what is no overlay is not made one" {
    mkdir home
    touch home/thesis
    run ch_run --overlay home "$SQUASH" -- true
    expect_error 31 "not an overlay: $PWD/home (it is not empty: thesis"
    [ "$(ls home)" = thesis ]
    run ch_run --overlay home:ro "$SQUASH" -- true
    expect_error 31 "not an overlay: $PWD/home"
    run ch_run --overlay home/thesis "$SQUASH" -- true
    expect_error 31 "home/thesis"
    run ch_run --overlay no/such "$SQUASH" -- true
    expect_error 31 "can't make overlay no/such: No such file or directory"
    run ch_run --overlay none:ro "$SQUASH" -- true
    expect_error 31 "can't find overlay none: No such file or directory"
    run ch_run --overlay /proc "$SQUASH" -- true
    expect_error 31 "overlay /proc"
    run ch_run --overlay "" "$SQUASH" -- true
    expect_error 31 "no directory"
    ln -s nowhere link
    run ch_run --overlay link "$SQUASH" -- true
    expect_error 31 "can't find overlay link: No such file or directory"
}

@test "an unknown option behind --overlay is no name of a new directory" {
    run ch_run --overlay layer:xx "$SQUASH" -- true
    expect_error 31 "unknown option: xx (known: ro rw"
    [ ! -e layer:xx ]
    mkdir layer:xx
    run ch_run --overlay layer:xx "$SQUASH" -- touch /new
    expect_output ""
    [ -e layer:xx/upper/new ]
}

@test "a layer of somebody else is not written to" {
    run ch_run --overlay /var/tmp "$SQUASH" -- true
    expect_error 31 "can't write to overlay /var/tmp: it belongs to user 0"
}

@test "parts of a layer that are not what they should be are errors" {
    ch_run --overlay layer "$SQUASH" -- true
    mv layer/lock lock
    mkfifo layer/lock
    run timeout 20 "$CH_BUILD/ch-run" --overlay layer "$SQUASH" -- true
    expect_error 31 "not a file: $PWD/layer/lock"
    rm layer/lock
    ln -s ../lock layer/lock
    run ch_run --overlay layer "$SQUASH" -- true
    expect_error 31 "$PWD/layer/lock"
    rm layer/lock
    mv layer/upper upper
    ln -s ../upper layer/upper
    run ch_run --overlay layer "$SQUASH" -- true
    expect_error 31 "not a directory: $PWD/layer/upper"
    rm layer/upper
    mv upper layer/upper
    head -c 100000 /dev/zero >layer/image
    run ch_run --overlay layer "$SQUASH" -- true
    expect_error 31 "reading the overlay"
}

@test "neither may the layer lie in the image nor the image in it" {
    cp -a "$ROOT" own
    run ch_run --overlay own/layer own -- true
    expect_error 31 "it lies in the image $PWD/own"
    [ ! -e own/layer ]
    mkdir -p layer/upper
    mv own layer/own
    run ch_run --overlay layer layer/own -- true
    expect_error 31 "the image $PWD/layer/own lies in it"
}

@test "a file system that can't keep changes is named" {
    mkdir -p lower upper work point
    # the only one that an ordinary user can have here: overlayfs itself
    run unshare -Urm sh -c 'mount -t overlay overlay -o \
        lowerdir=lower,upperdir=upper,workdir=work,userxattr point &&
        exec "$@"' - "$CH_BUILD/ch-run" --overlay point/layer "$SQUASH" -- true
    expect_error 31 "can't use overlay $PWD/point/layer, on file system overlay"
    [[ $output == *"local disk"* ]]
}

@test "--overlay excludes -w and -W, and is given once" {
    run ch_run --overlay layer -W "$ROOT" -- true
    expect_error 31 "exclude each other"
    run ch_run --overlay layer -w "$ROOT" -- true
    expect_error 31 "exclude each other"
    run ch_run --overlay layer --overlay other "$ROOT" -- true
    expect_error 31 "only once"
    [ ! -e layer ]
}

@test "a full disk is the program's error, and the layer goes on" {
    for image in "${IMAGES[@]}"; do
        mkdir disk
        run unshare -Urm sh -c 'mount -t tmpfs -o size=1m none disk &&
            "$1" --overlay disk/layer "$2" -- \
                dd if=/dev/zero of=/big bs=64k count=64
            "$1" --overlay disk/layer "$2" -- sh -c "rm /big && echo gone"' \
            - "$CH_BUILD/ch-run" "$image"
        [[ $output == *"No space left on device"*gone ]] || fail_with "$output"
        rmdir disk
    done
}

@test "--dry-run names the layer, and makes none" {
    for image in "${IMAGES[@]}"; do
        run ch_run --dry-run --overlay layer "$image" -- true
        [[ $output == *"root.writable    yes"*"root.overlay     layer"* ]] ||
            fail_with "$output"
        run ch_run --dry-run --overlay layer:ro "$image" -- true
        [[ $output == *"root.writable    no"*"root.overlay     layer"* ]] ||
            fail_with "$output"
        [ ! -e layer ]
    done
}

@test "nothing is left behind but the layer" {
    for image in "${IMAGES[@]}"; do
        run leaves_nothing "$CH_BUILD/ch-run" --overlay layer "$image" -- true
        expect_output "exited 0, nothing left"
        rm -r layer
    done
}
