# Hooks of ch-oci: when they run, what they are told, what their failure does.
# SPDX-License-Identifier: MIT

load ../oci

@test "hooks run in their order, and are told the state" {
    own_log
    for kind in prestart createRuntime createContainer startContainer \
        poststart poststop; do
        hook $kind "echo $kind \$(sed 's/.*\"status\":\"\\([a-z]*\\)\".*/\\1/') \
            >>$LOG"
    done
    program sh -c "echo program >>$LOG"
    run oci_run
    expect_status 0
    run cat "$LOG"
    # the program may be done before poststart is
    [ "${lines[*]:0:4}" = "prestart creating createRuntime creating \
createContainer creating startContainer created" ]
    [[ ${lines[*]:4:2} == *program* ]]
    [[ ${lines[*]:4:2} == *"poststart running"* ]]
    [ "${lines[6]}" = "poststop stopped" ]
}

@test "hooks run in their namespaces" {
    own_log
    hook createRuntime "echo runtime \$(readlink /proc/self/ns/uts) >>$LOG"
    hook createContainer "echo container \$(readlink /proc/self/ns/uts) >>$LOG"
    hook startContainer "echo root \$(ls /data/small | wc -l) >>$LOG"
    run oci_run
    expect_status 0
    run cat "$LOG"
    [ "${lines[0]}" = "runtime $(readlink /proc/self/ns/uts)" ]
    [[ ${lines[1]} == "container uts:"* ]]
    [ "${lines[1]#* }" != "${lines[0]#* }" ]
    [ "${lines[2]}" = "root 200" ]
}

@test "the pid that hooks are told is the one outside" {
    own_log
    for kind in createRuntime createContainer; do
        hook $kind "sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/' >>$LOG; echo >>$LOG"
    done
    create_one
    [ "$(sort -u "$LOG" | xargs)" = "$(member pid)" ]
}

@test "a hook that fails before the start undoes all" {
    own_log
    for kind in prestart createRuntime createContainer startContainer; do
        hook $kind 'exit 3'
        run oci_run
        expect_oci_error "error running $kind hook #0: /bin/sh: $kind hook failed"
        nothing_left
        change "del c['hooks']['$kind']"
    done
}

@test "a hook that fails after the start is a warning" {
    own_log
    hook poststop 'exit 3'
    hook poststop "echo second >>$LOG"
    program echo hello
    run oci_run
    expect_status 0
    [ "${lines[0]}" = hello ]
    [[ ${lines[1]} == *"warning: error running poststop hook #"*"exit code 3"* ]]
    [ "$(cat "$LOG")" = second ]
}

@test "a hook that takes too long is killed" {
    hook createRuntime 'exec sleep 1000' 1
    run oci_run
    expect_oci_error "hook #0: /bin/sh took more than 1 seconds"
    nothing_left
}

@test "a poststart hook that fails stops the container, and start says so" {
    hook poststart 'exit 3'
    program sleep 1000
    create_one
    run oci start c1
    expect_oci_error "error running poststart hook #0: /bin/sh: poststart hook failed"
    nothing_left
    run oci_run
    expect_oci_error "error running poststart hook #0: /bin/sh: poststart hook failed"
    nothing_left
}
