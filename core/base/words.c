// words.c - a command line as one text for people.
//
// As Charliecloud shows commands: a word is put in double quotes if there is a
// byte in it that a shell might see as other than a letter, and in these the
// few that stay special have a backslash.
// SPDX-License-Identifier: MIT
#include "core/base/words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

static bool is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789+,-./:@_";

    return word[0] != '\0' && word[strspn(word, plain)] == '\0';
}

// Returns the place behind it.
static char *put(char *at, const char *word)
{
    bool plain = is_plain(word);

    if (!plain)
        *at++ = '"';
    for (; *word != '\0'; word++) {
        if (strchr("!\"$\\`", *word) != NULL)
            *at++ = '\\';
        *at++ = *word;
    }
    if (!plain)
        *at++ = '"';
    return at;
}

char *words_join(char *const *argv)
{
    size_t room = 1;
    char *text, *at;

    for (size_t i = 0; argv[i] != NULL; i++)
        room += 2 * strlen(argv[i]) + strlen("\"\" ");
    text = at = malloc(room);
    if (text == NULL) {
        failed(errno, "can't show the command");
        return NULL;
    }
    for (size_t i = 0; argv[i] != NULL; i++) {
        if (i > 0)
            *at++ = ' ';
        at = put(at, argv[i]);
    }
    *at = '\0';
    return text;
}
