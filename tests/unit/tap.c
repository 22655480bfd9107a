// tap.c - linked into each unit test, for the runner to count its results.
//
// Not by $CMOCKA_MESSAGE_OUTPUT, which a test of the environment clears.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

__attribute__((constructor)) static void speak_tap(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
}
