// glob.c - shell patterns, with the extended ones of bash and ksh.
//
// A pattern is an untrusted program: matching "*(*(a))" against a long text
// naively takes exponential time. Each call therefore carries a budget of
// steps, of which a character of the pattern that is looked at is one; when it
// is spent, the answer is no.
// SPDX-License-Identifier: MIT
#include "core/base/glob.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define STEPS (1 << 20) // far more than a sane pattern takes
#define DEPTH 200       // of recursion

// A piece of the pattern or of the text: from here, up to but without there.
struct span {
    const char *at, *end;
};

struct match {
    long steps; // left
    int depth;
};

static bool match(struct match *m, struct span pattern, struct span text);

// Character classes of a bracket expression, by name.
static const struct {
    const char *name;
    int (*is)(int c);
} classes[] = {
    { "[:alnum:]", isalnum }, { "[:alpha:]", isalpha },
    { "[:blank:]", isblank }, { "[:cntrl:]", iscntrl },
    { "[:digit:]", isdigit }, { "[:graph:]", isgraph },
    { "[:lower:]", islower }, { "[:print:]", isprint },
    { "[:punct:]", ispunct }, { "[:space:]", isspace },
    { "[:upper:]", isupper }, { "[:xdigit:]", isxdigit },
};

// The end of "[...]" that starts at "at", behind its bracket; NULL if none.
static const char *bracket_end(struct match *m, const char *at, const char *end)
{
    at++;
    if (at < end && (*at == '!' || *at == '^'))
        at++;
    if (at < end && *at == ']')
        at++;
    for (; at < end && *at != ']'; at++, m->steps--) {
        const char *close = NULL;

        if (*at == '[' && at + 1 < end && at[1] == ':')
            close = memmem(at, (size_t)(end - at), ":]", 2);
        if (close != NULL)
            at = close + 1;
    }
    return at < end ? at + 1 : NULL;
}

// One member of a bracket expression: does it hold "c"? Moves *at behind it.
static bool member_matches(const char **at, const char *end, unsigned char c)
{
    unsigned char low = (unsigned char)**at;

    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        size_t length = strlen(classes[i].name);

        if ((size_t)(end - *at) >= length &&
            memcmp(*at, classes[i].name, length) == 0) {
            *at += length;
            return classes[i].is(c) != 0;
        }
    }
    if (end - *at >= 3 && (*at)[1] == '-') {
        unsigned char high = (unsigned char)(*at)[2];

        *at += 3;
        return low <= c && c <= high;
    }
    ++*at;
    return low == c;
}

// Does "[...]" between "at" and "end" (behind the bracket) hold the character?
static bool bracket_matches(const char *at, const char *end, unsigned char c)
{
    bool negated;
    bool found = false;

    at++;
    end--;
    negated = *at == '!' || *at == '^';
    if (negated)
        at++;
    while (at < end)
        if (member_matches(&at, end, c))
            found = true;
    return found != negated;
}

// Behind the parenthesis that closes the one before "at"; NULL if none does.
static const char *group_end(struct match *m, const char *at, const char *end)
{
    int open = 1;

    for (; at < end; at++, m->steps--) {
        if (*at == '\\' && at + 1 < end)
            at++;
        else if (*at == '(')
            open++;
        else if (*at == ')' && --open == 0)
            return at + 1;
    }
    return NULL;
}

// The next alternative of a group: up to a "|" that no parenthesis encloses.
static const char *alternative_end(struct match *m, const char *at,
                                   const char *end)
{
    int open = 0;

    for (; at < end; at++, m->steps--) {
        if (*at == '\\' && at + 1 < end)
            at++;
        else if (*at == '(')
            open++;
        else if (*at == ')')
            open--;
        else if (*at == '|' && open == 0)
            return at;
    }
    return end;
}

// Does one of the alternatives match the whole text?
static bool any_matches(struct match *m, struct span group, struct span text)
{
    for (const char *at = group.at;;) {
        const char *end = alternative_end(m, at, group.end);

        if (match(m, (struct span){ at, end }, text))
            return true;
        if (end == group.end || m->steps < 0)
            return false;
        at = end + 1;
    }
}

// A group "X(...)" with what follows it in the pattern.
struct group {
    char kind; // one of "?*+@!"
    struct span inner, rest;
};

static bool group_matches(struct match *m, const struct group *g,
                          struct span text);

// The group takes the text up to "cut"; does what follows match the rest?
static bool cut_matches(struct match *m, const struct group *g,
                        struct span text, const char *cut)
{
    struct span taken = { text.at, cut };
    struct span left = { cut, text.end };
    struct group again = *g;

    if (g->kind == '!')
        return !any_matches(m, g->inner, taken) && match(m, g->rest, left);
    if (!any_matches(m, g->inner, taken))
        return false;
    if (match(m, g->rest, left))
        return true;
    again.kind = '*';
    // a repetition of nothing gets nowhere
    return (g->kind == '*' || g->kind == '+') && cut > text.at &&
           group_matches(m, &again, left);
}

static bool group_matches(struct match *m, const struct group *g,
                          struct span text)
{
    if ((g->kind == '?' || g->kind == '*') && match(m, g->rest, text))
        return true;
    for (const char *cut = text.at; cut <= text.end && m->steps > 0; cut++)
        if (cut_matches(m, g, text, cut))
            return true;
    return false;
}

static bool star_matches(struct match *m, struct span rest, struct span text)
{
    for (; text.at <= text.end && m->steps > 0; text.at++)
        if (match(m, rest, text))
            return true;
    return false;
}

// One character of the text against the head of the pattern, which is no star
// and no group. Moves the pattern behind the head.
static bool head_matches(struct match *m, struct span *pattern, unsigned char c)
{
    const char *end;

    if (*pattern->at == '[') {
        end = bracket_end(m, pattern->at, pattern->end);
        if (end != NULL) {
            const char *at = pattern->at;

            pattern->at = end;
            return bracket_matches(at, end, c);
        }
    }
    if (*pattern->at == '?') {
        pattern->at++;
        return true;
    }
    if (*pattern->at == '\\' && pattern->end - pattern->at > 1)
        pattern->at++;
    return (unsigned char)*pattern->at++ == c;
}

// Is there a group at the head of the pattern?
static bool find_group(struct match *m, struct span pattern, struct group *g)
{
    const char *end;

    if (pattern.end - pattern.at < 2 || pattern.at[1] != '(' ||
        strchr("?*+@!", pattern.at[0]) == NULL)
        return false;
    end = group_end(m, pattern.at + 2, pattern.end);
    if (end == NULL)
        return false;
    *g = (struct group){ pattern.at[0],
                         { pattern.at + 2, end - 1 },
                         { end, pattern.end } };
    return true;
}

static bool match_here(struct match *m, struct span pattern, struct span text)
{
    while (pattern.at < pattern.end) {
        struct group g;

        if (--m->steps < 0)
            return false;
        if (find_group(m, pattern, &g))
            return group_matches(m, &g, text);
        if (*pattern.at == '*') {
            pattern.at++;
            return star_matches(m, pattern, text);
        }
        if (text.at == text.end ||
            !head_matches(m, &pattern, (unsigned char)*text.at++))
            return false;
    }
    return text.at == text.end;
}

static bool match(struct match *m, struct span pattern, struct span text)
{
    bool matches;

    if (--m->steps < 0 || m->depth == DEPTH)
        return false;
    m->depth++;
    matches = match_here(m, pattern, text);
    m->depth--;
    return matches;
}

bool glob_matches(const char *pattern, const char *text)
{
    struct match m = { .steps = STEPS };

    return match(&m, (struct span){ pattern, pattern + strlen(pattern) },
                 (struct span){ text, text + strlen(text) });
}
