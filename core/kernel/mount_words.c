// mount_words.c - the options of a mount, by their words.
//
// Sources: mount(8), and the table "Linux mount options" of the OCI runtime
// specification (config.md). A word with an "r" in front of a name is about all
// mounts below, too, and goes to mount_setattr(2); the plain one is about one
// mount.
// SPDX-License-Identifier: MIT
#include "core/kernel/mount_words.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "core/base/err.h"

// From linux/mount.h, which can't be included beside sys/mount.h.
#define ATTR_RDONLY 0x01u
#define ATTR_NOSUID 0x02u
#define ATTR_NODEV 0x04u
#define ATTR_NOEXEC 0x08u
#define ATTR_ATIME 0x70u // a number of two bits, and a spare one
#define ATTR_RELATIME 0x00u
#define ATTR_NOATIME 0x10u
#define ATTR_STRICTATIME 0x20u
#define ATTR_NODIRATIME 0x80u
#define ATTR_NOSYMFOLLOW 0x200000u

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256 // Linux 5.10
#endif
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif

// Words that are about one mount, and by an "r" in front of them about all
// below; "on" and "off" are flags of mount(2), "set" and "clear" attributes.
static const struct word {
    const char *name;
    unsigned long on, off;
    uint64_t set, clear;
    bool alone; // there is none with an "r"
} words_table[] = {
    { "async", 0, MS_SYNCHRONOUS, 0, 0, true },
    { "sync", MS_SYNCHRONOUS, 0, 0, 0, true },
    { "dirsync", MS_DIRSYNC, 0, 0, 0, true },
    { "iversion", MS_I_VERSION, 0, 0, 0, true },
    { "noiversion", 0, MS_I_VERSION, 0, 0, true },
    { "lazytime", MS_LAZYTIME, 0, 0, 0, true },
    { "nolazytime", 0, MS_LAZYTIME, 0, 0, true },
    { "mand", MS_MANDLOCK, 0, 0, 0, true },
    { "nomand", 0, MS_MANDLOCK, 0, 0, true },
    { "silent", MS_SILENT, 0, 0, 0, true },
    { "loud", 0, MS_SILENT, 0, 0, true },
    { "acl", MS_POSIXACL, 0, 0, 0, true },
    { "noacl", 0, MS_POSIXACL, 0, 0, true },
    { "defaults", 0, 0, 0, 0, true },
    { "ro", MS_RDONLY, 0, ATTR_RDONLY, 0, false },
    { "rw", 0, MS_RDONLY, 0, ATTR_RDONLY, false },
    { "nosuid", MS_NOSUID, 0, ATTR_NOSUID, 0, false },
    { "suid", 0, MS_NOSUID, 0, ATTR_NOSUID, false },
    { "nodev", MS_NODEV, 0, ATTR_NODEV, 0, false },
    { "dev", 0, MS_NODEV, 0, ATTR_NODEV, false },
    { "noexec", MS_NOEXEC, 0, ATTR_NOEXEC, 0, false },
    { "exec", 0, MS_NOEXEC, 0, ATTR_NOEXEC, false },
    { "noatime", MS_NOATIME, 0, ATTR_NOATIME, ATTR_ATIME, false },
    { "atime", 0, MS_NOATIME, 0, ATTR_ATIME, false },
    { "nodiratime", MS_NODIRATIME, 0, ATTR_NODIRATIME, 0, false },
    { "diratime", 0, MS_NODIRATIME, 0, ATTR_NODIRATIME, false },
    { "relatime", MS_RELATIME, 0, ATTR_RELATIME, ATTR_ATIME, false },
    { "norelatime", 0, MS_RELATIME, 0, ATTR_ATIME, false },
    { "strictatime", MS_STRICTATIME, 0, ATTR_STRICTATIME, ATTR_ATIME, false },
    { "nostrictatime", 0, MS_STRICTATIME, 0, ATTR_ATIME, false },
    { "nosymfollow", MS_NOSYMFOLLOW, 0, ATTR_NOSYMFOLLOW, 0, false },
    { "symfollow", 0, MS_NOSYMFOLLOW, 0, ATTR_NOSYMFOLLOW, false },
};

static const struct {
    const char *name;
    unsigned long flags;
} propagations[] = {
    { "private", MS_PRIVATE },       { "rprivate", MS_PRIVATE | MS_REC },
    { "slave", MS_SLAVE },           { "rslave", MS_SLAVE | MS_REC },
    { "shared", MS_SHARED },         { "rshared", MS_SHARED | MS_REC },
    { "unbindable", MS_UNBINDABLE }, { "runbindable", MS_UNBINDABLE | MS_REC },
};

// Words that switch something on, wherever it is kept.
#define SWITCH(f) offsetof(struct mount_words, f)
static const struct {
    const char *name;
    size_t first, second;
} switches[] = {
    { "bind", SWITCH(bind), SWITCH(bind) },
    { "rbind", SWITCH(bind), SWITCH(bind_below) },
    { "remount", SWITCH(remount), SWITCH(remount) },
    { "tmpcopyup", SWITCH(copy_up), SWITCH(copy_up) },
    { "idmap", SWITCH(map_ids), SWITCH(map_ids) },
    { "ridmap", SWITCH(map_ids), SWITCH(map_ids_below) },
    { "src-nofollow", SWITCH(source_no_follow), SWITCH(source_no_follow) },
    { "dest-nofollow", SWITCH(target_no_follow), SWITCH(target_no_follow) },
    { "copy-symlink", SWITCH(copy_link), SWITCH(copy_link) },
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static bool read_flag(struct mount_words *words, const char *name)
{
    for (size_t i = 0; i < COUNT(words_table); i++) {
        const struct word *w = &words_table[i];
        bool below =
            !w->alone && name[0] == 'r' && strcmp(name + 1, w->name) == 0;

        if (below) {
            words->set_below = (words->set_below & ~w->clear) | w->set;
            words->clear_below = (words->clear_below & ~w->set) | w->clear;
            return true;
        }
        if (strcmp(name, w->name) != 0)
            continue;
        words->flags = (words->flags | w->on) & ~w->off;
        words->set = (words->set & ~w->clear) | w->set;
        words->clear = (words->clear & ~w->set) | w->clear;
        return true;
    }
    return false;
}

static bool read_switch(struct mount_words *words, const char *name)
{
    for (size_t i = 0; i < COUNT(switches); i++)
        if (strcmp(name, switches[i].name) == 0) {
            *(bool *)((char *)words + switches[i].first) = true;
            *(bool *)((char *)words + switches[i].second) = true;
            return true;
        }
    return false;
}

unsigned long mount_words_propagation(const char *word)
{
    for (size_t i = 0; i < COUNT(propagations); i++)
        if (strcmp(word, propagations[i].name) == 0)
            return propagations[i].flags;
    return 0;
}

int mount_words_read(struct mount_words *words, const char *const *list)
{
    *words = (struct mount_words){ 0 };
    for (; list != NULL && *list != NULL; list++) {
        unsigned long propagation = mount_words_propagation(*list);

        if (propagation != 0)
            words->propagation = propagation;
        else if (!read_flag(words, *list) && !read_switch(words, *list) &&
                 strlist_add(&words->data, *list) < 0)
            return -1;
    }
    return 0;
}

void mount_words_free(struct mount_words *words)
{
    strlist_free(&words->data);
}

char *mount_words_data(const struct mount_words *words, const char *without)
{
    char *text = str_dup("");

    for (size_t i = 0; i < words->data.count && text != NULL; i++) {
        const char *word = words->data.items[i];
        char *longer;

        if (without != NULL && str_starts(word, without))
            continue;
        longer = str_printf("%s%s%s", text, text[0] != '\0' ? "," : "", word);
        free(text);
        text = longer;
    }
    return text;
}

const char *mount_words_known(size_t index)
{
    static char text[32];

    if (index < COUNT(propagations))
        return propagations[index].name;
    index -= COUNT(propagations);
    if (index < COUNT(switches))
        return switches[index].name;
    index -= COUNT(switches);
    if (index < COUNT(words_table))
        return words_table[index].name;
    index -= COUNT(words_table);
    for (size_t i = 0; i < COUNT(words_table); i++)
        if (!words_table[i].alone && index-- == 0) {
            snprintf(text, sizeof text, "r%s", words_table[i].name);
            return text;
        }
    return NULL;
}
