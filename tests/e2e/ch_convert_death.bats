# ch-convert that ends too early: the old image or the new, complete. The long
# form is in long/kill.bats.
# SPDX-License-Identifier: MIT

load ../helper

# death MODE: see kill/convert.py.
death()
{
    run timeout 300 python3 "$CH_TESTS/kill/convert.py" "$1" \
        "$CH_BUILD/ch-convert" "$BATS_TEST_TMPDIR"
    expect_status 0
}

@test "kill -9 at any moment leaves a whole image, and an orphan" {
    CH_ROUNDS=${CH_ROUNDS:-12} death kill
}

@test "Ctrl-C at any moment leaves a whole image, and nothing else" {
    CH_ROUNDS=${CH_ROUNDS:-12} death int
}

@test "kill -9 at each step of the end leaves a whole image" {
    needs strace
    death steps
}

@test "errors of a disk, at any system call, leave a whole image" {
    needs strace
    CH_ROUNDS=${CH_ROUNDS:-24} death errors
}
