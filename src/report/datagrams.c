/* datagrams.c - the report `datagrams`: UDP and ICMP in a sentence
 *
 * A conversation is what passes between two ports (pings: between two hosts, from the one that asks). It
 * has no states; what counts is who sent first, what came back, and what ICMP said. At most CONVERSATIONS
 * are held (pairs.h): of more, the least recently seen is told as it stands, and counted.
 *
 * An answer may come from where nobody asked: from each member of a group, or from another port (TFTP). So
 * what each port sent last is remembered, and a conversation that begins towards it is an answer.
 */
#include "datagrams.h"
#include "json_line.h"
#include "kinds.h"
#include "places.h"

#include <stdlib.h>
#include <string.h>

enum { CONVERSATIONS = 1 << 17, ICMP_PAIRS = 1 << 14, PORTS = 1 << 15, ASKERS = 1 << 16 };

struct report {
    struct datagrams datagrams;
    struct json_line line;
};

/* How long after a datagram one from elsewhere is believed to answer it. */
#define ELSEWHERE_NS UINT64_C(10000000000)

/* A port that sent first, and to whom it sent last. */
struct asker {
    struct place place;
    struct tcptwin_address peer;
    uint16_t peer_port;
    uint64_t group_ns; /* when it last sent to a group; 0: never */
};

static struct place place_of(const struct tcptwin_datagram *d, const struct tcptwin_address *address,
                             uint16_t port)
{
    return (struct place){.address = *address, .scope = d->scope, .port = port, .ip_version = d->ip_version};
}

/* -- a conversation begins ------------------------------------------------------------------------ */

static bool is_soon(uint64_t then_ns, uint64_t now_ns)
{
    return then_ns && now_ns < then_ns + ELSEWHERE_NS;
}

/* It was begun towards a port that sent something itself: perhaps as the answer to that. */
static void relate(struct datagrams *all, struct conversation *c, const struct asker *asker)
{
    const struct place *from = &c->pair.end[0], *to = &c->pair.end[1];
    struct place asked = *from;
    unsigned x;
    if (is_soon(asker->group_ns, c->first_ts_ns)) {
        c->answers = true;
        return;
    }
    if (memcmp(&asker->peer, &from->address, sizeof asker->peer) != 0)
        return;
    asked.port = asker->peer_port;
    struct conversation *other = pairs_look(&all->conversations, to, &asked, c->pair.kind, &x);
    if (!other || other == c || other->packets[1] || !is_soon(other->last_ts_ns, c->first_ts_ns))
        return;
    c->answers = true;
    c->answers_port = asked.port;
    if (!other->answering_port) {
        other->answering_port = from->port;
        other->answer_ts_ns = other->answered_ts_ns = c->first_ts_ns;
        other->asked_first = other->packets[0];
    }
}

static void remember(struct datagrams *all, const struct conversation *c, const struct tcptwin_datagram *d)
{
    struct asker *asker = places_find(&all->askers, &c->pair.end[0]);
    if (!asker)
        return;
    asker->peer = c->pair.end[1].address;
    asker->peer_port = c->pair.end[1].port;
    if (d->to_group)
        asker->group_ns = d->ts_ns;
}

static void begin(struct datagrams *all, struct conversation *c, const struct tcptwin_datagram *d)
{
    c->first_ts_ns = c->last_ts_ns = d->ts_ns;
    c->first_frame = d->frame;
    if (d->kind != TCPTWIN_DATAGRAM_UDP)
        return;
    const struct asker *asker = places_look(&all->askers, &c->pair.end[1]);
    if (asker)
        relate(all, c, asker);
    if (!c->answers)
        remember(all, c, d);
}

/* The conversation from one end to another; begun if need be. @x: which end it is that sends. */
static struct conversation *find(struct datagrams *all, const struct tcptwin_datagram *d,
                                 const struct place *from, const struct place *to, unsigned *x)
{
    unsigned kind = d->protocol == TCPTWIN_PROTOCOL_ICMPV6 ? TCPTWIN_PROTOCOL_ICMP : d->protocol;
    struct conversation *c = pairs_find(&all->conversations, from, to, kind, x);
    if (!c) {
        all->unplaced++;
        return NULL;
    }
    if (!c->first_frame)
        begin(all, c, d);
    if (d->ts_ns > c->last_ts_ns)
        c->last_ts_ns = d->ts_ns;
    c->last_frame = d->frame;
    return c;
}

/* -- datagrams ------------------------------------------------------------------------------------ */

static void count(struct conversation *c, unsigned x, const struct tcptwin_datagram *d)
{
    c->packets[x]++;
    c->bytes[x] += d->payload_len;
    if (x == 0) {
        c->to_group |= d->to_group;
        c->asked_since++;
        return;
    }
    if (!c->answer_ts_ns) {
        c->answer_ts_ns = d->ts_ns;
        c->asked_first = c->packets[0];
    }
    c->answered_ts_ns = d->ts_ns;
    c->asked_since = 0;
}

static void learn_udp(struct datagrams *all, const struct tcptwin_datagram *d)
{
    struct place from = place_of(d, &d->src, d->src_port), to = place_of(d, &d->dst, d->dst_port);
    unsigned x;
    struct conversation *c = find(all, d, &from, &to, &x);
    all->udp_packets++;
    if (!c)
        return;
    count(c, x, d);
    if (d->to_group && x == 0)
        remember(all, c, d);
}

static void learn_request(struct ping_tally *pings, const struct tcptwin_datagram *d)
{
    pings->open[pings->next++ % PINGS_OPEN] = (struct open_ping){
        .ts_ns = d->ts_ns, .id = d->echo_id, .sequence = d->echo_sequence, .waits = true};
}

static void learn_reply(struct ping_tally *pings, const struct tcptwin_datagram *d)
{
    for (unsigned i = 0; i < PINGS_OPEN; i++) {
        struct open_ping *open = &pings->open[i];
        if (!open->waits || open->id != d->echo_id || open->sequence != d->echo_sequence)
            continue;
        pings->repeated += open->answered;
        if (!open->answered && d->ts_ns >= open->ts_ns) {
            uint64_t took = d->ts_ns - open->ts_ns;
            pings->min_ns = pings->timed && pings->min_ns < took ? pings->min_ns : took;
            pings->max_ns = pings->max_ns > took ? pings->max_ns : took;
            pings->sum_ns += took;
            pings->timed++;
        }
        open->answered = true;
        return;
    }
}

/* Who asks is end[0], even if the capture begins with a reply; both may ping each other. */
static void learn_ping(struct datagrams *all, const struct tcptwin_datagram *d)
{
    bool is_reply = d->kind == TCPTWIN_DATAGRAM_ECHO_REPLY;
    struct place asker = place_of(d, is_reply ? &d->dst : &d->src, 1);
    struct place asked = place_of(d, is_reply ? &d->src : &d->dst, 0);
    unsigned x;
    struct conversation *c = find(all, d, &asker, &asked, &x);
    all->ping_packets++;
    if (!c)
        return;
    count(c, is_reply, d);
    if (is_reply)
        learn_reply(&c->pings, d);
    else
        learn_request(&c->pings, d);
}

/* -- ICMP errors ------------------------------------------------------------------------------------ */

static void learn_pair(struct datagrams *all, const struct tcptwin_datagram *d, enum tcptwin_fate fate)
{
    struct place from = place_of(d, &d->reporter, 1), to = place_of(d, &d->src, 0);
    unsigned x;
    struct icmp_pair *pair = pairs_find(&all->errors, &from, &to, 0, &x);
    if (!pair) {
        all->unplaced++;
        return;
    }
    if (!pair->count++) {
        pair->first_ts_ns = pair->last_ts_ns = d->ts_ns;
        pair->first_frame = d->frame;
    }
    pair->last_ts_ns = d->ts_ns > pair->last_ts_ns ? d->ts_ns : pair->last_ts_ns;
    pair->last_frame = d->frame;
    pair->fate[fate]++;
    bool icmp = d->protocol == TCPTWIN_PROTOCOL_ICMP || d->protocol == TCPTWIN_PROTOCOL_ICMPV6;
    ++*(d->protocol == TCPTWIN_PROTOCOL_UDP   ? &pair->about_udp
        : d->protocol == TCPTWIN_PROTOCOL_TCP ? &pair->about_tcp
        : icmp                                ? &pair->about_icmp
                                              : &pair->about_other);
}

static void learn_error(struct datagrams *all, const struct tcptwin_datagram *d)
{
    enum tcptwin_fate fate = icmp_fate(d->ip_version, d->type, d->code);
    bool udp = d->protocol == TCPTWIN_PROTOCOL_UDP && d->dst_port;
    bool ping = d->echo_id || d->echo_sequence;
    struct place from = place_of(d, &d->src, udp ? d->src_port : 1);
    struct place to = place_of(d, &d->dst, udp ? d->dst_port : 0);
    unsigned x;
    all->error_packets++;
    learn_pair(all, d, fate);
    struct conversation *c = udp || ping ? find(all, d, &from, &to, &x) : NULL;
    if (!c)
        return;
    struct icmp_tally *tally = &c->error[x];
    unsigned version = d->ip_version;
    if (!tally->count++ || tcptwin_fate_rank(fate) >
                               tcptwin_fate_rank(icmp_fate(version, tally->type, tally->code))) {
        tally->frame = d->frame;
        tally->ts_ns = d->ts_ns;
        tally->reporter = d->reporter;
        tally->type = d->type;
        tally->code = d->code;
    }
}

static void datagram(struct report *report, const struct tcptwin_datagram *d)
{
    struct datagrams *all = &report->datagrams;
    const struct selection *selection = &all->options.selection;
    if (!selection_has_host(selection, &d->src, d->ip_version) &&
        !selection_has_host(selection, &d->dst, d->ip_version) &&
        (d->kind != TCPTWIN_DATAGRAM_ERROR || !selection_has_host(selection, &d->reporter, d->ip_version)))
        return;
    if (!all->udp_packets && !all->ping_packets && !all->error_packets)
        all->first_ts_ns = d->ts_ns;
    all->last_ts_ns = d->ts_ns > all->last_ts_ns ? d->ts_ns : all->last_ts_ns;
    if (d->kind == TCPTWIN_DATAGRAM_UDP)
        learn_udp(all, d);
    else if (d->kind == TCPTWIN_DATAGRAM_ERROR)
        learn_error(all, d);
    else
        learn_ping(all, d);
}

/* -- the end of a conversation ---------------------------------------------------------------------- */

static void learn_port(struct datagrams *all, const struct conversation *c, enum tcptwin_fate fate)
{
    struct asked_port *port = c->to_group || c->answers ? NULL : places_find(&all->ports, &c->pair.end[1]);
    const struct icmp_tally *error = &c->error[0];
    if (!port)
        return;
    uint64_t took = c->answer_ts_ns > c->first_ts_ns ? c->answer_ts_ns - c->first_ts_ns : 0;
    port->asked++;
    port->silent += fate == TCPTWIN_FATE_UNANSWERED || fate == TCPTWIN_FATE_ONE_WAY;
    port->closed += fate == TCPTWIN_FATE_PORT_UNREACHABLE &&
                    memcmp(&error->reporter, &port->place.address, sizeof error->reporter) == 0;
    if (fate != TCPTWIN_FATE_ANSWERED && fate != TCPTWIN_FATE_LATE_ANSWER)
        return;
    port->answer_min_ns = port->answered && port->answer_min_ns < took ? port->answer_min_ns : took;
    port->answer_sum_ns += took;
    port->answered++;
}

static void conclude(void *user, void *entry)
{
    struct datagrams *all = user;
    const struct conversation *c = entry;
    enum tcptwin_fate fate = conversation_fate(c);
    bool is_udp = c->pair.kind == TCPTWIN_PROTOCOL_UDP;
    if (is_udp) {
        all->fate[fate]++;
        learn_port(all, c, fate);
    }
    if (all->line)
        datagrams_write_conversation(all, c);
    else
        topk_offer(is_udp ? &all->udp : &all->pings, c);
}

static void conclude_pair(void *user, void *entry)
{
    struct datagrams *all = user;
    if (all->line)
        datagrams_write_icmp(all, entry);
    else
        topk_offer(&all->icmp, entry);
}

/* -- the report --------------------------------------------------------------------------------------- */

static uint64_t weight_of_port(const void *entry)
{
    return ((const struct asked_port *)entry)->asked;
}

static uint64_t weight_of_asker(const void *entry)
{
    return ((const struct asker *)entry)->group_ns != 0;
}

static void drop_nothing_else(void *user, void *entry)
{
    (void)user; /* places.dropped counts them */
    (void)entry;
}

static void event(struct report *report, const struct tcptwin_event *event)
{
    (void)report; /* of TCP nothing */
    (void)event;
}

static void finish(struct report *report, const struct report_summary *summary)
{
    struct datagrams *all = &report->datagrams;
    bool has_tcp = summary->core.segments || summary->core.icmp_errors;
    uint64_t tcp_ns = summary->core.first_ts_ns;
    all->origin_ns = has_tcp && tcp_ns < all->first_ts_ns ? tcp_ns : all->first_ts_ns;
    pairs_drop_all(&all->conversations);
    pairs_drop_all(&all->errors);
    if (!all->line)
        datagrams_write_text(all, summary);
    fflush(all->options.out);
}

static void close_datagrams(struct report *report)
{
    struct datagrams *all = &report->datagrams;
    pairs_free(&all->conversations);
    pairs_free(&all->errors);
    places_free(&all->ports);
    places_free(&all->askers);
    topk_free(&all->udp);
    topk_free(&all->pings);
    topk_free(&all->icmp);
    json_line_free(&report->line);
    free(report);
}

static struct topk rows(const struct report_options *options, size_t size,
                        int (*compare)(const void *a, const void *b))
{
    return (struct topk){.row_size = size, .limit = options->max_rows, .compare = compare};
}

static struct report *open_datagrams(const struct report_options *options)
{
    struct report *report = calloc(1, sizeof *report);
    if (!report)
        return NULL;
    struct datagrams *all = &report->datagrams;
    all->options = *options;
    all->line = options->selection.json ? &report->line : NULL;
    pairs_begin(&all->conversations, &(struct pairs){.entry_size = sizeof(struct conversation),
                                                     .limit = CONVERSATIONS,
                                                     .drop = conclude,
                                                     .user = all});
    pairs_begin(&all->errors, &(struct pairs){.entry_size = sizeof(struct icmp_pair),
                                              .limit = ICMP_PAIRS,
                                              .drop = conclude_pair,
                                              .user = all});
    places_begin(&all->ports, &(struct places){.entry_size = sizeof(struct asked_port),
                                               .limit = PORTS,
                                               .weight = weight_of_port,
                                               .drop = drop_nothing_else});
    places_begin(&all->askers, &(struct places){.entry_size = sizeof(struct asker),
                                                .limit = ASKERS,
                                                .weight = weight_of_asker,
                                                .drop = drop_nothing_else});
    all->udp = rows(options, sizeof(struct conversation), conversation_compare);
    all->pings = rows(options, sizeof(struct conversation), conversation_compare);
    all->icmp = rows(options, sizeof(struct icmp_pair), icmp_pair_compare);
    return report;
}

const struct report_kind report_datagrams = {
    .name = "datagrams",
    .takes_selection = true,
    .help = "UDP and ICMP in a sentence: who asked whom, answered or not, which error said why; pings",
    .open = open_datagrams,
    .event = event,
    .datagram = datagram,
    .finish = finish,
    .close = close_datagrams,
};
