// completion.c - ch completion bash: a script for the user's shell.
//
// Options come from the tables that parse them: each applet is asked for its
// words (core/base/opt.h), so the script can't lag behind.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "applets/applets.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/opt.h"

static const struct opt options[] = { OPT_END };

static const struct opt_spec spec = {
    .usage = "completion bash",
    .about = "Print a completion script:  source <(ch completion bash)",
    .table = options,
};

// Files are completed by bash itself, wherever no option can stand.
static const char functions[] =
    "_ch_complete()\n"
    "{\n"
    "    local applet=$1 word=${COMP_WORDS[COMP_CWORD]} i\n"
    "    [[ $word == -* ]] || return 0\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        [[ ${COMP_WORDS[i]} != -- ]] || return 0\n"
    "    done\n"
    "    mapfile -t COMPREPLY < <(compgen -W \"$(_ch_words \"$applet\")\" \\\n"
    "        -- \"$word\")\n"
    "    [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] ||\n"
    "        compopt -o nospace\n"
    "}\n"
    "\n"
    "_ch_link()\n"
    "{\n"
    "    _ch_complete \"${1##*/}\"\n"
    "}\n"
    "\n"
    "_ch()\n"
    "{\n"
    "    local applet=${COMP_WORDS[1]#ch-}\n"
    "    if ((COMP_CWORD == 1)); then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$(_ch_words ch)\" \\\n"
    "            -- \"$2\")\n"
    "    else\n"
    "        _ch_complete \"ch-$applet\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "complete -o default -F _ch ch\n";

// One "case" of _ch_words: what can follow the applet's name.
static int print_case(const struct command *applet)
{
    char name[64], words[] = "--" OPT_WORDS;
    char *argv[] = { name, words, NULL };

    snprintf(name, sizeof name, "%s", applet->name);
    printf("    %s) echo '", name);
    if (applet->main(2, argv) != 0)
        return failed(0, "%s does not tell its options", name);
    printf("' ;;\n");
    return 0;
}

// The words that are no hidden names of others.
static void print_names(const struct command *table, size_t skipped)
{
    for (const struct command *c = table; c->name != NULL; c++)
        if (c->summary != NULL)
            printf(" %s", c->name + skipped);
}

static int print_script(const struct command *own)
{
    printf("# Completion for ch and its applets, made by: ch completion bash\n"
           "\n"
           "_ch_words()\n"
           "{\n"
           "    case $1 in\n"
           "    ch) echo '");
    print_names(own, 0);
    print_names(applets, strlen("ch-"));
    printf("' ;;\n");
    for (const struct command *c = applets; c->name != NULL; c++)
        if (print_case(c) < 0)
            return -1;
    printf("    esac\n}\n\n%s", functions);
    for (const struct command *c = applets; c->name != NULL; c++)
        printf("complete -o default -F _ch_link %s\n", c->name);
    return 0;
}

int completion_main(int argc, char **argv, const struct command *own)
{
    int first = opt_parse(&spec, argc, argv, NULL);

    if (first == OPT_ANSWERED)
        return 0;
    if (first < 0)
        return -1;
    if (argc - first != 1 || strcmp(argv[first], "bash") != 0)
        return failed(0, "expected the name of a shell, and know bash only");
    return print_script(own);
}
