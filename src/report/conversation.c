/* conversation.c - what became of a conversation of datagrams, and how that is said
 *
 * UDP has no states: a datagram was answered or it was not, or an ICMP error says why. A port that
 * answered is bound, and so is the one that sent; silence proves nothing.
 */
#include "datagrams.h"
#include "format.h"

#include <string.h>

/* So many, at least one a second: a stream, and not a question that is asked again. */
enum { ONE_WAY_LEAST = 10 };
#define ONE_WAY_STEP_NS UINT64_C(1000000000)
/* So many in vain, for so long: worth a word. */
enum { IN_VAIN_LEAST = 3 };
#define IN_VAIN_NS UINT64_C(5000000000)

static const struct {
    uint8_t ip_version, type, code, fate;
    const char *name;
} errors[] = {
#define ICMP_ERROR(version_, type_, code_, fate_, name_)                                           \
    {version_, type_, code_, TCPTWIN_FATE_##fate_, name_},
#include "icmp_errors.def"
};
enum { ERRORS = sizeof errors / sizeof errors[0] };

static size_t find_error(unsigned ip_version, unsigned type, unsigned code)
{
    size_t i = 0;
    while (i < ERRORS && (errors[i].ip_version != ip_version || errors[i].type != type || errors[i].code != code))
        i++;
    return i;
}

enum tcptwin_fate icmp_fate(unsigned ip_version, unsigned type, unsigned code)
{
    size_t i = find_error(ip_version, type, code);
    return i < ERRORS ? (enum tcptwin_fate)errors[i].fate : TCPTWIN_FATE_OTHER_ERROR;
}

struct text icmp_name(unsigned ip_version, unsigned type, unsigned code)
{
    size_t i = find_error(ip_version, type, code);
    return i < ERRORS ? format_copy(errors[i].name) : format_printf("type %u, code %u", type, code);
}

static uint64_t lasted(const struct conversation *c)
{
    return c->last_ts_ns > c->first_ts_ns ? c->last_ts_ns - c->first_ts_ns : 0;
}

static unsigned version_of(const struct conversation *c)
{
    return c->pair.end[0].ip_version;
}

static enum tcptwin_fate fate_of_error(const struct conversation *c, unsigned x)
{
    return icmp_fate(version_of(c), c->error[x].type, c->error[x].code);
}

uint64_t conversation_pings(const struct conversation *c)
{
    uint64_t replies = c->packets[1] - c->pings.repeated;
    return replies < c->packets[0] ? replies : c->packets[0];
}

enum tcptwin_fate conversation_fate(const struct conversation *c)
{
    if (c->packets[1] && c->error[1].count >= c->packets[1] &&
        fate_of_error(c, 1) == TCPTWIN_FATE_PORT_UNREACHABLE)
        return TCPTWIN_FATE_LATE_ANSWER;
    if (c->packets[1] || c->answering_port)
        return TCPTWIN_FATE_ANSWERED;
    if (c->to_group)
        return TCPTWIN_FATE_GROUP;
    if (c->error[0].count)
        return fate_of_error(c, 0);
    if (c->answers)
        return TCPTWIN_FATE_ANSWER;
    if (c->packets[0] >= ONE_WAY_LEAST && lasted(c) / (c->packets[0] - 1) < ONE_WAY_STEP_NS)
        return TCPTWIN_FATE_ONE_WAY;
    return TCPTWIN_FATE_UNANSWERED;
}

/* -- in words ------------------------------------------------------------------------------------- */

static void say_error(struct sentence *sentence, const struct conversation *c, unsigned x)
{
    const struct icmp_tally *error = &c->error[x];
    bool itself = memcmp(&error->reporter, &c->pair.end[!x].address, sizeof error->reporter) == 0;
    say(sentence, "%s said %s", format_ip(&error->reporter, version_of(c)).s,
        icmp_name(version_of(c), error->type, error->code).s);
    if (error->count > 1)
        say(sentence, " %s times", format_count(error->count).s);
    say(sentence, " (ICMP%s type %u code %u, frame %llu", version_of(c) == 4 ? "" : "v6", error->type,
        error->code, (unsigned long long)error->frame);
    if (c->packets[x] && x == 0 && error->ts_ns > c->first_ts_ns)
        say(sentence, ", after %s", format_duration(error->ts_ns - c->first_ts_ns).s);
    say(sentence, ")");
    if (fate_of_error(c, x) == TCPTWIN_FATE_PORT_UNREACHABLE && x == 0)
        say(sentence, itself && !c->packets[1] ? ": nothing is bound to port %u there"
                      : itself                 ? ": by then nothing was bound to port %u"
                                               : ", not the host of port %u itself: a filter rejects",
            c->pair.end[1].port);
    say(sentence, ".");
}

static void say_answered(struct sentence *sentence, const struct conversation *c)
{
    uint64_t after = c->answer_ts_ns > c->first_ts_ns ? c->answer_ts_ns - c->first_ts_ns : 0;
    say(sentence, "Answered after %s", format_duration(after).s);
    if (c->asked_first > 1)
        say(sentence, ", when %s had been sent", format_count(c->asked_first).s);
    if (c->answering_port)
        say(sentence, ", from port %u", c->answering_port);
    else if (c->pair.end[1].port)
        say(sentence, ": port %u is bound", c->pair.end[1].port);
    uint64_t vain = c->last_ts_ns > c->answered_ts_ns ? c->last_ts_ns - c->answered_ts_ns : 0;
    if (c->asked_since >= IN_VAIN_LEAST && vain >= IN_VAIN_NS)
        say(sentence, "; the last %s, for %s, brought nothing back", format_count(c->asked_since).s,
            format_duration(vain).s);
    say(sentence, ".");
    if (c->error[0].count) {
        say(sentence, " ");
        say_error(sentence, c, 0);
    }
    if (c->error[1].count) {
        say(sentence, " Of the answers, ");
        say_error(sentence, c, 1);
    }
}

static void say_pings(struct sentence *sentence, const struct conversation *c)
{
    const struct ping_tally *pings = &c->pings;
    say(sentence, "%s of %s ping%s answered", format_count(conversation_pings(c)).s,
        format_count(c->packets[0]).s, plural(c->packets[0]));
    if (pings->timed == 1)
        say(sentence, ", after %s", format_duration(pings->min_ns).s);
    else if (pings->timed)
        say(sentence, ", after %s (%s to %s)", format_duration(pings->sum_ns / pings->timed).s,
            format_duration(pings->min_ns).s, format_duration(pings->max_ns).s);
    if (pings->repeated)
        say(sentence, "; %s answer%s came twice", format_count(pings->repeated).s, plural(pings->repeated));
    say(sentence, ".");
    if (c->error[0].count) {
        say(sentence, " ");
        say_error(sentence, c, 0);
    }
}

/* What it began as. */
static void say_relation(struct sentence *sentence, const struct conversation *c)
{
    if (!c->answers)
        return;
    say(sentence, "It answers what was sent to ");
    if (c->answers_port)
        say(sentence, "port %u.", c->answers_port);
    else
        say(sentence, "a group.");
    if (conversation_fate(c) != TCPTWIN_FATE_ANSWER)
        say(sentence, " ");
}

static void say_silence(struct sentence *sentence, const struct conversation *c)
{
    if (c->packets[0] == 1)
        say(sentence, "Nothing came back.");
    else
        say(sentence, "Sent %s times within %s, and nothing came back.", format_count(c->packets[0]).s,
            format_duration(lasted(c)).s);
}

void conversation_say(struct sentence *sentence, const struct conversation *c)
{
    if (c->pair.kind != TCPTWIN_PROTOCOL_UDP) {
        say_pings(sentence, c);
        return;
    }
    say_relation(sentence, c);
    switch (conversation_fate(c)) {
    case TCPTWIN_FATE_ANSWERED:
        say_answered(sentence, c);
        return;
    case TCPTWIN_FATE_LATE_ANSWER:
        say(sentence, "Answered, but the asker's port was closed by then: ");
        say_error(sentence, c, 1);
        return;
    case TCPTWIN_FATE_UNANSWERED:
        say_silence(sentence, c);
        return;
    case TCPTWIN_FATE_ONE_WAY:
        say(sentence, "A stream one way: %s datagrams in %s, and nothing came back.",
            format_count(c->packets[0]).s, format_duration(lasted(c)).s);
        return;
    case TCPTWIN_FATE_GROUP:
        say(sentence, "Sent to a group: who has it cannot be seen.");
        return;
    case TCPTWIN_FATE_ANSWER: /* it is said already */
        return;
    default:
        if (!c->packets[0])
            say(sentence, "Quoted by an ICMP error, and not captured itself: ");
        say_error(sentence, c, 0);
    }
}

void icmp_pair_say(struct sentence *sentence, const struct icmp_pair *pair)
{
    const struct {
        uint64_t count;
        const char *name;
    } about[] = {{pair->about_udp, "UDP"}, {pair->about_tcp, "TCP"}, {pair->about_icmp, "pings"},
                 {pair->about_other, "other protocols"}};
    bool first = true;
    for (unsigned i = 0; i < TCPTWIN_FATE_COUNT; i++)
        if (pair->fate[i]) {
            say(sentence, "%s%s %s", first ? "" : ", ", format_count(pair->fate[i]).s,
                tcptwin_fate_word((enum tcptwin_fate)i)->name);
            first = false;
        }
    first = true;
    for (unsigned i = 0; i < sizeof about / sizeof about[0]; i++)
        if (about[i].count) {
            say(sentence, "%s%s", first ? "; about " : ", ", about[i].name);
            first = false;
        }
    say(sentence, ".");
}

/* -- in order --------------------------------------------------------------------------------------- */

int conversation_compare(const void *a_, const void *b_)
{
    const struct conversation *a = a_, *b = b_;
    int rank_a = tcptwin_fate_rank(conversation_fate(a)), rank_b = tcptwin_fate_rank(conversation_fate(b));
    if (rank_a != rank_b)
        return rank_a > rank_b ? -1 : 1;
    uint64_t packets_a = a->packets[0] + a->packets[1], packets_b = b->packets[0] + b->packets[1];
    if (packets_a != packets_b)
        return packets_a > packets_b ? -1 : 1;
    return a->pair.order < b->pair.order ? -1 : a->pair.order > b->pair.order;
}

int icmp_pair_compare(const void *a_, const void *b_)
{
    const struct icmp_pair *a = a_, *b = b_;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->pair.order < b->pair.order ? -1 : a->pair.order > b->pair.order;
}
