# ch-convert: how long it is going to take, on a terminal.
# SPDX-License-Identifier: MIT

load ../convert

setup()
{
    cd "$BATS_TEST_TMPDIR" || exit 1
    unset CH_XATTRS SOURCE_DATE_EPOCH
    mkdir tree
    head -c 3000000 /dev/urandom >tree/a
    head -c 3000000 /dev/urandom >tree/b
}

# told IN: on a terminal of python's, whose standard output takes nothing until
# it was said how long it will take.
told()
{
    timeout 60 python3 - "$CH_BUILD/ch-convert" "$1" - <<'END'
import os, pty, sys
reader, writer = os.pipe()
pid, terminal = pty.fork()
if pid == 0:
    os.dup2(writer, 1)
    os.execv(sys.argv[1], sys.argv[1:])
os.close(writer)
said = b""
while b" % done, " not in said or b" left" not in said:
    said += os.read(terminal, 4096)
while os.read(reader, 1 << 20):
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
}

@test "how long it will take is told of SquashFS and layers" {
    convert -q ./tree image.sqfs
    convert -q ./tree oci:layout
    convert -q ./tree docker-archive:image.docker
    for image in image.sqfs layout image.docker; do
        told $image
    done
}
