/* sentence.c - a finding in words: its sentence in findings.def, with the words in braces filled in
 *
 *     {at}            the side it is said of: "server 192.0.2.1:80"
 *     {connections}   how many: "1 connection", "12 connections"
 *     {n}             a count
 *     {share NOUNS}   some of many: "the only attempt", "both attempts", "all 12 attempts", "3 of 12 attempts";
 *                     "3 attempts", where nobody knows of how many
 *     {time}          a duration
 *     {peers}         how many addresses; {targets}: how many services on how many hosts
 *     {how}           what the evidence adds
 */
#include "findings.h"
#include "format.h"

#include <ctype.h>
#include <string.h>

struct text finding_subject(const struct finding *finding)
{
    static const char *const sides[] = {"client ", "server ", "", "host "};
    if (finding->side == FINDING_CAPTURE)
        return format_copy("");
    return format_printf("%s%s", sides[finding->side],
                         finding->port ? format_end(&finding->address, finding->port, finding->ip_version).s
                                       : format_ip(&finding->address, finding->ip_version).s);
}

static struct text counted(uint64_t count, bool more, const char *one, const char *many)
{
    return format_printf("%s%s %s", more ? "more than " : "", format_count(count).s,
                         count == 1 && !more ? one : many);
}

/* @nouns: "attempts}..." in the sentence */
static struct text share(const struct finding *finding, const char *nouns)
{
    int length = (int)strcspn(nouns, "}");
    if (!finding->of)
        return format_printf("%s %.*s", format_count(finding->count).s, length - (finding->count == 1), nouns);
    if (finding->of == 1)
        return format_printf("the only %.*s", length - 1, nouns);
    if (finding->count == finding->of && finding->of == 2)
        return format_printf("both %.*s", length, nouns);
    if (finding->count == finding->of)
        return format_printf("all %s %.*s", format_count(finding->of).s, length, nouns);
    return format_printf("%s of %s %.*s", format_count(finding->count).s, format_count(finding->of).s,
                         length, nouns);
}

static struct text targets(const struct finding *finding)
{
    const struct crowd *hosts = finding->crowd;
    struct text services = counted(finding->targets, finding->more_targets, "service", "services");
    if (!hosts)
        return services;
    return format_printf("%s on %s", services.s, counted(hosts->count, hosts->more, "host", "hosts").s);
}

static struct text capture_fault(const struct finding *finding)
{
    if (finding->detail == CAPTURE_DISORDERED)
        return format_printf("its times run back by %s", format_duration(finding->time_ns).s);
    if (finding->detail == CAPTURE_ONE_WAY)
        return format_printf("one direction is missing on %s",
                             share(finding, "connections}").s);
    return format_printf("it missed packets of %s", share(finding, "connections}").s);
}

static struct text how(const struct finding *finding)
{
    const struct tcptwin_word *error = tcptwin_app_error_word((enum tcptwin_app_error)finding->error);
    if (finding->code == TCPTWIN_FINDING_CAPTURE_UNFIT)
        return capture_fault(finding);
    if (finding->code == TCPTWIN_FINDING_REFUSED && !finding->of)
        return format_copy("whether it took others is not known");
    if (finding->code == TCPTWIN_FINDING_REFUSED)
        return format_copy(finding->took_others ? "it took others, so it restarted, or limits or filters some"
                                                : "nothing listens there, or a filter rejects");
    if (finding->code == TCPTWIN_FINDING_SERVICE_SILENT)
        return format_copy(finding->answered_before ? "answered on other ports before, not since (it may be down)"
                                                    : "answered on other ports");
    if (finding->answered_before)
        return format_copy(", though it had answered before");
    switch ((enum symptom_detail)finding->detail) {
    case DETAIL_BY_RST:
        return format_copy("was answered by a RST");
    case DETAIL_UNANSWERED:
        return format_copy("was never answered");
    case DETAIL_GAVE_UP:
        return format_copy(", until the other side gave up");
    case DETAIL_WINDOW_CLOSED:
        return format_copy("soon after it had closed its window");
    case DETAIL_NEVER_SENT:
        return format_copy("without having sent a byte");
    case DETAIL_TOO_LATE:
        return format_copy("what came then met no socket any more");
    case DETAIL_TIMED_OUT:
        return format_copy("its kernel gave the socket up");
    case DETAIL_NO_ROUTE:
        return format_printf(" (%s)", error->name);
    case DETAIL_NONE:
        break;
    }
    if (finding->code == TCPTWIN_FINDING_IDLE_CUT)
        return format_copy("was answered by a RST or not at all");
    return format_copy(finding->code == TCPTWIN_FINDING_FIN_WAIT_2_STUCK ? "no FIN came in time" : "");
}

static struct text fill_in(const struct finding *finding, const char *word)
{
    static const char *const names[] = {"at}", "connections}", "n}", "time}", "peers}", "targets}", "how}"};
    size_t i = 0;
    if (strncmp(word, "share ", 6) == 0)
        return share(finding, word + 6);
    while (i < sizeof names / sizeof names[0] && strncmp(word, names[i], strlen(names[i])) != 0)
        i++;
    switch (i) {
    case 0:
        return finding_subject(finding);
    case 1:
        return counted(finding->evidence.connections, false, "connection", "connections");
    case 2:
        return format_count(finding->count);
    case 3:
        return format_duration(finding->time_ns);
    case 4:
        return counted(finding->crowd ? finding->crowd->count : 1, finding->crowd && finding->crowd->more,
                       "address", "addresses");
    case 5:
        return targets(finding);
    default:
        return how(finding);
    }
}

void sentence_write(char out[static FINDING_SENTENCE_SIZE], const struct finding *finding)
{
    const char *from = tcptwin_finding_sentence((enum tcptwin_finding)finding->code);
    size_t used = 0;
    while (*from && used + 1 < FINDING_SENTENCE_SIZE) {
        if (*from != '{') {
            out[used++] = *from++;
            continue;
        }
        struct text text = fill_in(finding, from + 1);
        size_t length = strlen(text.s), room = FINDING_SENTENCE_SIZE - 1 - used;
        memcpy(out + used, text.s, length < room ? length : room);
        used += length < room ? length : room;
        from += strcspn(from, "}");
        from += *from == '}';
    }
    out[used] = '\0';
    out[0] = (char)toupper((unsigned char)out[0]);
}
