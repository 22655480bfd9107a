// fuzz_spec.c - config.json that is nearly right.
//
// Any bytes are hardly ever a document. Here they are changes of a whole one:
// in pairs, a value, counted as it comes in the text, and what stands in its
// place. So each input is JSON, and most of it has the types that are expected.
// SPDX-License-Identifier: MIT
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mount_words.h"
#include "core/oci/limits.h"
#include "core/oci/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1 << 16, VALUES_MAX = 4096, CHANGE = 3 };

#define MAPS "[{'containerID':0,'hostID':1000,'size':1}]"
#define HOOK "[{'path':'/bin/true','args':['true'],'env':['A=b'],'timeout':3}]"
#define RATE "[{'major':8,'minor':0,'rate':100}]"

static const char whole[] =
    "{'ociVersion':'1.2.0','hostname':'h','domainname':'d',"
    "'root':{'path':'rootfs','readonly':true},"
    "'process':{'terminal':true,'consoleSize':{'height':20,'width':80},"
    "'cwd':'/','args':['sh','-c','true'],'env':['PATH=/bin','A=b'],"
    "'user':{'uid':0,'gid':0,'umask':18,'additionalGids':[1,2]},"
    "'capabilities':{'bounding':['CAP_KILL'],'effective':['CAP_KILL'],"
    "'inheritable':[],'permitted':['CAP_KILL'],'ambient':['CAP_CHOWN']},"
    "'rlimits':[{'type':'RLIMIT_NOFILE','soft':10,'hard':20},"
    "{'type':'RLIMIT_CORE','soft':0,'hard':18446744073709551615}],"
    "'noNewPrivileges':true,'oomScoreAdj':-10,'apparmorProfile':'p',"
    "'selinuxLabel':'a:b:c:d','ioPriority':{'class':'IOPRIO_CLASS_BE',"
    "'priority':4},'scheduler':{'policy':'SCHED_OTHER','nice':5,'priority':0,"
    "'flags':['SCHED_FLAG_RESET_ON_FORK'],'runtime':0,'deadline':0,"
    "'period':0},'execCPUAffinity':{'initial':'0-1,3','final':'2'}},"
    "'mounts':[{'destination':'/proc','type':'proc','source':'proc',"
    "'options':['nosuid','ro']},{'destination':'mnt','type':'bind',"
    "'source':'/x','options':['rbind','rro','idmap','mode=700'],"
    "'uidMappings':" MAPS ",'gidMappings':" MAPS "}],"
    "'hooks':{'prestart':" HOOK ",'createRuntime':" HOOK
    ",'createContainer':" HOOK ",'startContainer':" HOOK ",'poststart':" HOOK
    ",'poststop':" HOOK "},'annotations':{'org.example':'x',"
    "'run.oci.keep_original_groups':'1','ch.overlay':'10m'},"
    "'linux':{'namespaces':[{'type':'pid'},{'type':'mount'},"
    "{'type':'network','path':'/proc/1/ns/net'},{'type':'user'},"
    "{'type':'time'},{'type':'uts'},{'type':'ipc'}],"
    "'uidMappings':" MAPS ",'gidMappings':" MAPS ",'devices':["
    "{'path':'/dev/x','type':'c','major':1,'minor':3,'fileMode':438,'uid':0,"
    "'gid':0}],'netDevices':{'eth0':{'name':'c0'}},'cgroupsPath':'/a/b',"
    "'sysctl':{'net.ipv4.ip_forward':'1','kernel.shmmax':'1'},"
    "'rootfsPropagation':'slave','maskedPaths':['/proc/kcore'],"
    "'readonlyPaths':['/proc/sys'],'mountLabel':'l','timeOffsets':{"
    "'monotonic':{'secs':-3,'nanosecs':4},'boottime':{'secs':5}},"
    "'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0-1,4',"
    "'flags':['MPOL_F_STATIC_NODES']},'personality':{'domain':'LINUX32',"
    "'flags':[]},'intelRdt':{'closID':'c','l3CacheSchema':'L3:0=f',"
    "'memBwSchema':'MB:0=20','schemata':['L2:0=f'],'enableMonitoring':true},"
    "'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','defaultErrnoRet':1,"
    "'architectures':['SCMP_ARCH_X86_64'],'flags':['SECCOMP_FILTER_FLAG_LOG'],"
    "'listenerPath':'/s','listenerMetadata':'m','syscalls':[{'names':['mkdir'],"
    "'action':'SCMP_ACT_ERRNO','errnoRet':13,'args':[{'index':1,'value':2,"
    "'valueTwo':3,'op':'SCMP_CMP_MASKED_EQ'}]}]},"
    "'resources':{'memory':{'limit':9000000,'reservation':5000000,"
    "'swap':9500000,'kernel':1,'kernelTCP':1,'swappiness':4,"
    "'disableOOMKiller':false,'useHierarchy':true,'checkBeforeUpdate':true},"
    "'cpu':{'shares':100,'quota':10000,'burst':100,'period':20000,'idle':0,"
    "'realtimeRuntime':1,'realtimePeriod':2,'cpus':'0-1','mems':'0'},"
    "'pids':{'limit':10},'blockIO':{'weight':100,'leafWeight':10,"
    "'weightDevice':[{'major':8,'minor':0,'weight':20,'leafWeight':10}],"
    "'throttleReadBpsDevice':" RATE ",'throttleWriteBpsDevice':" RATE
    ",'throttleReadIOPSDevice':" RATE ",'throttleWriteIOPSDevice':" RATE "},"
    "'hugepageLimits':[{'pageSize':'2MB','limit':4194304}],"
    "'rdma':{'mlx':{'hcaHandles':1,'hcaObjects':2}},"
    "'network':{'classID':1,'priorities':[{'name':'eth0','priority':1}]},"
    "'devices':[{'allow':false,'type':'c','major':1,'minor':3,"
    "'access':'rwm'}],'unified':{'memory.max':'100','hugetlb.2MB.max':'x'}}}}";

// What may stand in the place of a value; NULL: another value of the document.
static const char *const others[] = {
    NULL,
    NULL,
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1",
    "4294967295",
    "4294967296",
    "18446744073709551616",
    "-9223372036854775809",
    "1e308",
    "0.5",
    "''",
    "'/'",
    "'..'",
    "'a/../b'",
    "'x'",
    "'0-99999999'",
    "'1,'",
    "'%s%n'",
    "'\\u0000'",
    "'\\n'",
    "[]",
    "{}",
    "[null]",
    "{'':''}",
    "['x','x']",
    "[[[[[[]]]]]]",
    "'SCMP_ACT_NOTIFY'",
    "'user'",
};

struct value {
    size_t start, end;
};

// The values of a text that is JSON, with ' for ", as they end. Names count as
// values: in their place, too, something may stand that is a text.
static size_t find_values(const char *text, struct value *values)
{
    size_t open[256], depth = 0, count = 0;

    for (size_t i = 0; text[i] != '\0' && count < VALUES_MAX; i++) {
        size_t start = i;

        if (text[i] == '[' || text[i] == '{') {
            open[depth++ % 256] = i;
            continue;
        }
        if (text[i] == ']' || text[i] == '}') {
            start = depth > 0 ? open[--depth % 256] : 0;
        } else if (text[i] == '\'') {
            for (i++; text[i] != '\'' && text[i] != '\0'; i++)
                ;
        } else if (strchr(",:", text[i]) == NULL) {
            i += strcspn(text + i, ",:]}") - 1;
        } else {
            continue;
        }
        values[count++] = (struct value){ start, i + 1 };
    }
    return count;
}

// One value stands in another's place; what would be too long stays.
static void change(char *text, const uint8_t *how)
{
    static struct value values[VALUES_MAX];
    static char next[TEXT_MAX];
    size_t count = find_values(text, values);
    size_t which = (size_t)(how[0] | how[1] << 8) % (count > 0 ? count : 1);
    const struct value *old = &values[which];
    const struct value *from = &values[(which * 31 + how[2]) % (count | 1)];
    const char *other = others[how[2] % (sizeof others / sizeof *others)];
    int n;

    if (count == 0)
        return;
    n = other != NULL
            ? snprintf(next, sizeof next, "%.*s%s%s", (int)old->start, text,
                       other, text + old->end)
            : snprintf(next, sizeof next, "%.*s%.*s%s", (int)old->start, text,
                       (int)(from->end - from->start), text + from->start,
                       text + old->end);
    if (n > 0 && (size_t)n < sizeof next)
        memcpy(text, next, (size_t)n + 1);
}

static void read_words(const struct spec *spec)
{
    for (size_t i = 0; i < spec->jail.mount_count; i++) {
        struct mount_words words;

        if (mount_words_read(&words, spec->jail.mounts[i].options) < 0)
            err_clear();
        mount_words_free(&words);
    }
}

static void calculate_limits(const struct spec *spec)
{
    struct arena arena = { NULL };
    struct limits limits;
    const struct device_rule *rules;
    size_t count;

    if (limits_of(&spec->resources, &arena, &limits) == 0)
        (void)limits_first(&limits);
    if (limits_device_rules(&spec->resources, &arena, &rules, &count) < 0)
        err_clear();
    err_clear();
    arena_free(&arena);
}

static void must(int holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TEXT_MAX];
    struct spec spec = { 0 };
    char *copy;

    strcpy(text, whole);
    for (; size >= CHANGE; data += CHANGE, size -= CHANGE)
        change(text, data);
    for (char *at = text; (at = strchr(at, '\'')) != NULL; at++)
        *at = '"';
    copy = str_dup(text);
    if (copy != NULL && spec_parse(&spec, "config.json", copy) == 0) {
        read_words(&spec);
        calculate_limits(&spec);
    } else {
        must(err_text()[0] != '\0');
        err_clear();
    }
    spec_free(&spec);
    return 0;
}
