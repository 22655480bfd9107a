// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"

// This is built with glibc, whose strerror(3) is the model.
static void each_errno_is_described_as_by_glibc(void **state)
{
    (void)state;
    for (int errnum = 1; errnum <= EHWPOISON; errnum++) {
        const char *model = strerrordesc_np(errnum);

        if (model != NULL)
            assert_string_equal(errno_text(errnum), model);
    }
}

static void an_error_has_these_words(void **state)
{
    (void)state;
    failed(ELOOP, "can't open %s", "/a");
    assert_string_equal(err_text(),
                        "can't open /a: Too many levels of symbolic links");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_errno_is_described_as_by_glibc),
        cmocka_unit_test(an_error_has_these_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
