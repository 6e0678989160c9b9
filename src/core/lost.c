/* lost.c - FINs whose first copies were lost in front of the tap
 *
 * What is lost there leaves no number behind: the first copy of a FIN that was captured looks like the first that
 * was sent. But a stack that counts its packets (IP identification) betrays that some are missing before it:
 *
 *     id 11040  A  seq 51 ack 201             the last word
 *     (11041)      seq 51 FIN                 lost, by one retransmission time earlier than
 *     id 11042  A  seq 51 FIN ack 201         the copy that was captured
 *
 * If nothing came from the peer meanwhile that had to be acknowledged, what is missing can only be FINs. If
 * something came, it may be acknowledgments; then it is presumed to be a FIN where that would have been the prompt
 * answer to the peer's FIN.
 *
 * A retransmission time is a round trip and Linux's least variance; the first is a loss probe's (RFC 8985 7), from
 * the second on they double.
 */
#include "lost.h"
#include "seq.h"
#include "survey.h"

enum { COUNTED_LEAST = 2 }; /* packets that must be seen to count on */
#define ANSWER_NS (SECOND_NS / 20) /* a FIN that bears the delayed ACK of the peer's */
#define WAVERS_NS UINT64_C(15000000) /* so much a retransmission time may be off */

uint64_t lost_sent_ns(const struct trace *trace, unsigned fin, unsigned nth)
{
    uint64_t way = 2 * (trace->distance[0] + trace->distance[1]), ts = trace->records[fin].ts_ns;
    uint64_t back = (LEAST_RTO_NS + way + way / 4) << (nth - 1);
    return ts > back ? ts - back : 0;
}

static bool is_captured(const struct trace *trace, unsigned i, unsigned x)
{
    return trace_is_send(trace, i, x) && !trace->synthetic[i] && !(trace->records[i].flags & TCPTWIN_RST);
}

/* Its packets are counted one by one, but for what is missing before @fin: the host does not count all its
 * connections together, nor take any number. */
static bool counts_packets(const struct trace *trace, unsigned x, unsigned fin)
{
    const struct record *before = NULL;
    unsigned counted = 0, other = 0;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        if (!is_captured(trace, i, x) || !record->ip_id)
            continue;
        if (before && (uint16_t)(record->ip_id - before->ip_id) == 1)
            counted++;
        else if (before && i != fin && record->ip_id != before->ip_id)
            other++;
        before = record;
    }
    return counted >= COUNTED_LEAST && counted > other;
}

/* What x had to acknowledge, captured between its records @from and @to. */
static unsigned asked_between(const struct trace *trace, unsigned x, unsigned from, unsigned to)
{
    unsigned asked = 0;
    for (unsigned i = from + 1; i < to; i++)
        asked += is_captured(trace, i, !x) && !is_empty(&trace->records[i]);
    return asked;
}

static int first_captured_fin(const struct trace *trace, unsigned x)
{
    for (unsigned i = trace->fin_from; i < trace->count; i++)
        if (trace_is_send(trace, i, x) && has(&trace->records[i], TCPTWIN_FIN) &&
            record_end(&trace->records[i]) == trace->fin_seq[x] + 1)
            return trace->synthetic[i] ? NONE : (int)i;
    return NONE;
}

/* The first copy of y's FIN that x's @fin acknowledges and its last word @last did not. */
static int peers_fin_between(const struct trace *trace, unsigned x, unsigned last, unsigned fin)
{
    if (!trace->fin_known[!x] || !seq_gt(trace->records[fin].ack, trace->fin_seq[!x]) ||
        seq_gt(trace->records[last].ack, trace->fin_seq[!x]))
        return NONE;
    for (unsigned i = 0; i < fin; i++)
        if (trace_is_send(trace, i, !x) && has(&trace->records[i], TCPTWIN_FIN))
            return (int)i;
    return NONE;
}

/* One packet, and counted as one. A larger segment is cut up only behind the tap. */
static bool is_one_packet(const struct record *record, uint32_t mss)
{
    return record->ip_id && record->len <= (mss ? mss : LEAST_MSS) && !has(record, TCPTWIN_SYN);
}

/* x's captured record just before its @fin, if nothing but packets without numbers is missing between them. */
static int last_word(const struct trace *trace, const struct conn *conn, unsigned x, unsigned fin)
{
    unsigned i = fin;
    do {
        if (!i--)
            return NONE;
    } while (!is_captured(trace, i, x));
    bool next = record_end(&trace->records[i]) == trace->records[fin].seq && !trace->held_ns[i];
    return next && is_one_packet(&trace->records[i], conn->side[!x].mss) ? (int)i : NONE;
}

void lost_fin(struct trace *trace, const struct conn *conn, unsigned x)
{
    bool datable = trace->distance_known[0] && trace->distance_known[1]; /* else nothing tells when it was due */
    int found = datable ? first_captured_fin(trace, x) : NONE;
    int before = found == NONE ? NONE : last_word(trace, conn, x, (unsigned)found);
    if (before == NONE)
        return;
    unsigned fin = (unsigned)found, last = (unsigned)before;
    const struct record *captured = &trace->records[fin], *word = &trace->records[last];
    unsigned missing = (uint16_t)(captured->ip_id - word->ip_id - 1u), asked = asked_between(trace, x, last, fin);
    if (!captured->ip_id || !missing || missing > LOST_MAX || !counts_packets(trace, x, fin))
        return;
    int peers = peers_fin_between(trace, x, last, fin);
    unsigned copies = missing > asked ? missing - asked : 1;
    while (copies && lost_sent_ns(trace, fin, copies) < word->ts_ns)
        copies--;
    if (!copies)
        return;
    uint64_t ts = lost_sent_ns(trace, fin, copies);
    uint64_t came = peers == NONE ? 0 : trace->records[peers].ts_ns + 2 * trace->distance[x];
    bool prompt = came && ts + WAVERS_NS >= came && ts <= came + ANSWER_NS;
    if (missing <= asked && !prompt)
        return;
    struct record first = *captured;
    first.ts_ns = ts;
    first.marks &= (uint8_t)~MARK_TIMESTAMPS;
    first.ack = came && ts + WAVERS_NS < came ? word->ack : captured->ack;
    trace_insert(trace, fin, &first, peers == NONE ? UNSEEN_LOST : UNSEEN_LOST_PRESUMED);
}
