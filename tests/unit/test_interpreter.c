// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "core/run/interpreter.h"

static void assert_interpreter(const char *data, size_t size, const char *name)
{
    char *exact = malloc(size); // so that the sanitizer sees each byte too far
    char *found;

    memcpy(exact, data, size);
    found = interpreter_of(exact, size);
    free(exact);
    if (name == NULL) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    assert_string_equal(found, name);
    free(found);
}

static void a_script_names_it_in_its_first_line(void **state)
{
    static const char *const scripts[] = { "#!/bin/sh\n", "#! \t/bin/sh -e\n",
                                           "#!/bin/sh" };

    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        assert_interpreter(scripts[i], strlen(scripts[i]), "/bin/sh");
    assert_interpreter("#!/bin/sh\r\n", 11, "/bin/sh\r");
}

static void what_is_neither_has_none(void **state)
{
    (void)state;
    assert_interpreter("", 0, NULL);
    assert_interpreter("#!", 2, NULL);
    assert_interpreter("#!  \n", 5, NULL);
    assert_interpreter("echo\n", 5, NULL);
    assert_interpreter("\x7f"
                       "ELF",
                       4, NULL);
}

static void a_program_names_its_loader(void **state)
{
    struct {
        Elf64_Ehdr head;
        Elf64_Phdr segments[2];
        char name[16];
    } big = { .head = { .e_ident = "\x7f"
                                   "ELF\2",
                        .e_phoff = sizeof(Elf64_Ehdr),
                        .e_phnum = 2,
                        .e_phentsize = sizeof(Elf64_Phdr) },
              .segments = { { .p_type = PT_LOAD },
                            { .p_type = PT_INTERP,
                              .p_offset =
                                  sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr),
                              .p_filesz = sizeof "/lib/ld.so" } },
              .name = "/lib/ld.so" };
    struct {
        Elf32_Ehdr head;
        Elf32_Phdr segment;
        char name[16];
    } small = { .head = { .e_ident = "\x7f"
                                     "ELF\1",
                          .e_phoff = sizeof(Elf32_Ehdr),
                          .e_phnum = 1,
                          .e_phentsize = sizeof(Elf32_Phdr) },
                .segment = { .p_type = PT_INTERP,
                             .p_offset =
                                 sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr),
                             .p_filesz = sizeof "/lib/ld.so" },
                .name = "/lib/ld.so" };

    (void)state;
    assert_interpreter((char *)&big, sizeof big, "/lib/ld.so");
    assert_interpreter((char *)&small, sizeof small, "/lib/ld.so");
    for (size_t size = 0; size < sizeof big - 16; size++)
        assert_interpreter((char *)&big, size, NULL);
    big.segments[1].p_filesz = UINT64_MAX;
    assert_interpreter((char *)&big, sizeof big, NULL);
    big.head.e_phoff = UINT64_MAX - 10;
    assert_interpreter((char *)&big, sizeof big, NULL);
    small.head.e_phentsize = 1;
    assert_interpreter((char *)&small, sizeof small, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_names_it_in_its_first_line),
        cmocka_unit_test(what_is_neither_has_none),
        cmocka_unit_test(a_program_names_its_loader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
