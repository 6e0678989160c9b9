/* forged.c - segments that the side they name did not send, or that no receiver takes
 *
 * The tap sees what passes in a host's name. That the host did not send it, its other segments tell:
 *
 *     it has no timestamp, a key, impossible flags    facts.c saw that at once (the record's marks)
 *     a RST, and the host talks on                    a socket that sent one is gone
 *     a RST with another TTL than all its others      something on the path sent it: its receiver takes
 *                                                       it, and the host knows nothing of it
 *     a RST with a wrong checksum                     whoever sent it, nobody got it
 *     timestamps older than before, or an echo        RFC 7323 5; a FIN with them is refused, and a
 *       of none that was ever sent                      RST too until the connection is open
 *     an acknowledgment of what the peer never sent   the peer's later numbers show that; refused
 *       or of what is older than any window             (RFC 5961 5). It may be the host's own all the
 *                                                       same, if it was fed by a forger and stays with it
 *     a FIN, and the stream goes on at its number     the peer acknowledges more; or never this FIN,
 *       or ended elsewhere                              and the sender's numbers know nothing of it
 *     it answers a SYN with numbers far from it,      an older socket has these ports (RFC 9293 3.5.1): that
 *       and a RST or a SYN-ACK follows                  challenges the SYN, and is gone by the RST
 *     a SYN, and its SYN-ACK is answered with         the host is in TIME-WAIT of those, or open there: it did
 *       numbers of another connection                   not ask. Neither the SYN nor that ACK is this connection's
 *
 * denied: it moves the side that it names nowhere. What it does to the other side is the receiver's
 * affair (receipt.c, reset.c), but what is refused does nothing.
 */
#include "forged.h"
#include "facts.h"
#include "seq.h"

enum {
    TALKS_ON_NS = 1000000,       /* sent before a RST, captured after it: not more than this */
    PURE_ACK_LATE_NS = 20000000, /* the same of an ACK without data and a FIN */
    STALE_TICKS = 1000,          /* a RST may be captured behind later segments: a second of timestamps */
    ANCIENT_BYTES = 1 << 27,     /* no acknowledgment is older than this */
    ACK_REACH = 1 << 30,         /* numbers further apart are not compared */
    TTL_FAR = 2,                 /* hops: a route may change by one */
    TTL_OTHERS = 2,              /* segments that must agree on the sender's own */
    WINDOWS_AHEAD = 4            /* a FIN so many windows ahead is beyond any that was not captured */
};

/* Each side's numbers, of all that it really sent. */
struct extent {
    bool acked_known, data_known, sent_known, tsval_known;
    uint32_t acked, data_end, sent_end; /* sent_end: SYN and FIN counted */
    uint32_t first_tsval; /* of its SYN or SYN-ACK */
    uint32_t window;      /* largest, scaled */
};

/* An ACK and nothing else. */
static bool is_pure_ack(const struct record *record)
{
    return !record->len && (record->flags & (TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST |
                                             TCPTWIN_ACK)) == TCPTWIN_ACK;
}

static bool talks_on(const struct trace *trace, unsigned rst)
{
    unsigned dir = trace->records[rst].dir;
    for (unsigned i = rst + 1; i < trace->count; i++) {
        const struct record *later = &trace->records[i];
        if (later->dir != dir || (later->flags & TCPTWIN_RST) ||
            (later->marks & (MARK_ICMP | MARK_FOREIGN | MARK_ODD_FLAGS)))
            continue;
        if (!trace->records[rst].seq && asks(later))
            return false; /* there was no socket, and now one opens */
        if (later->ts_ns > trace->records[rst].ts_ns + TALKS_ON_NS)
            return true;
    }
    return false;
}

static bool has_anothers_ttl(const struct trace *trace, unsigned rst)
{
    const struct record *record = &trace->records[rst];
    unsigned others = 0, own = 0;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *other = &trace->records[i];
        if (other->dir != record->dir || trace->synthetic[i] || (other->flags & TCPTWIN_RST) ||
            (other->marks & (MARK_ICMP | MARK_FOREIGN | MARK_ODD_FLAGS)))
            continue;
        if (others++ && other->ttl != own)
            return false;
        own = other->ttl;
    }
    unsigned apart = own > record->ttl ? own - record->ttl : record->ttl - own;
    return others >= TTL_OTHERS && apart >= TTL_FAR;
}

/* -- timestamps ------------------------------------------------------------------------------------- */

/* Older, by more than @ticks, than what went last before it in the stream. */
static bool is_stale(const struct trace *trace, unsigned i, int32_t ticks)
{
    const struct record *record = &trace->records[i];
    if (has_empty_timestamp(record))
        return false;
    for (unsigned k = i; (record->marks & MARK_TIMESTAMPS) && k > 0; k--) {
        const struct record *before = &trace->records[k - 1];
        if (trace_is_send(trace, k - 1, record->dir) && (before->marks & MARK_TIMESTAMPS) &&
            seq_le(before->seq, record->seq))
            return (int32_t)(before->tsval - record->tsval) > ticks;
    }
    return false;
}

/* Its receiver acknowledges it with an echo of its timestamp: what looked newer had been sent before, and
 * did not count (RFC 7323 4.3: only what fits in sequence sets TS.Recent). */
static bool was_taken(const struct trace *trace, unsigned i)
{
    const struct record *record = &trace->records[i];
    for (unsigned k = i + 1; k < trace->count; k++) {
        const struct record *answer = &trace->records[k];
        if (trace_is_send(trace, k, !record->dir) && has(answer, TCPTWIN_ACK) &&
            (answer->marks & MARK_TIMESTAMPS) && answer->tsecr == record->tsval &&
            seq_ge(answer->ack, record_end(record)))
            return true;
    }
    return false;
}

/* What its sender's other segments echo, too, was said by a SYN or SYN-ACK that was not captured. */
static bool others_echo(const struct trace *trace, unsigned i)
{
    const struct record *record = &trace->records[i];
    for (unsigned k = 0; k < i; k++)
        if (trace_is_send(trace, k, record->dir) && (trace->records[k].marks & MARK_TIMESTAMPS) &&
            trace->records[k].tsecr == record->tsecr && !(trace->records[k].flags & (TCPTWIN_FIN | TCPTWIN_RST)))
            return true;
    return false;
}

/* Its echo is older than the first that its peer ever said. */
static bool echoes_nothing(const struct trace *trace, unsigned i, const struct extent *peer)
{
    const struct record *record = &trace->records[i];
    return (record->marks & MARK_TIMESTAMPS) && record->tsecr && peer->tsval_known &&
           seq_lt(record->tsecr, peer->first_tsval) && !others_echo(trace, i);
}

/* -- acknowledgments ---------------------------------------------------------------------------------- */

static bool is_ancient(const struct extent *mine, const struct record *record)
{
    return mine->acked_known && seq_diff(mine->acked, record->ack) > ANCIENT_BYTES &&
           !seq_ahead(record->ack, mine->acked);
}

/* Numbers only grow: an ACK without data that the peer sends later with a lower number says that what
 * @i acknowledges had not been sent. */
static bool acks_unsent(const struct trace *trace, unsigned i)
{
    const struct record *record = &trace->records[i];
    for (unsigned k = i; k < trace->count; k++)
        if (trace_is_send(trace, k, !record->dir) && is_pure_ack(&trace->records[k]) &&
            seq_lt(trace->records[k].seq, record->ack))
            return true;
    return false;
}

/* Whoever acknowledges what was forged in its peer's name stays with it; a host's own never shrinks. */
static bool takes_ack_back(const struct trace *trace, unsigned i)
{
    const struct record *record = &trace->records[i];
    for (unsigned k = i + 1; k < trace->count; k++)
        if (trace_is_send(trace, k, record->dir) && has(&trace->records[k], TCPTWIN_ACK) &&
            !(trace->records[k].flags & TCPTWIN_RST) && seq_lt(trace->records[k].ack, record->ack))
            return true;
    return false;
}

/* -- FINs ----------------------------------------------------------------------------------------------- */

static bool goes_on_below(const struct trace *trace, unsigned fin, uint32_t end)
{
    const struct record *record = &trace->records[fin];
    for (unsigned k = fin; k < trace->count; k++)
        if (trace_is_send(trace, k, record->dir) && is_pure_ack(&trace->records[k]) &&
            seq_lt(trace->records[k].seq, end) &&
            trace->records[k].ts_ns > record->ts_ns + PURE_ACK_LATE_NS)
            return true;
    return false;
}

static bool another_is_acknowledged(const struct trace *trace, unsigned fin, uint32_t end)
{
    unsigned x = trace->records[fin].dir;
    for (unsigned k = 0; k < trace->count; k++)
        if (k != fin && trace_is_send(trace, k, x) && has(&trace->records[k], TCPTWIN_FIN) &&
            record_end(&trace->records[k]) != end &&
            trace_acknowledged(trace, x, record_end(&trace->records[k]), 0))
            return true;
    return false;
}

static bool fin_is_refuted(const struct trace *trace, unsigned fin, const struct extent extent[2])
{
    const struct record *record = &trace->records[fin];
    const struct extent *mine = &extent[record->dir], *peers = &extent[!record->dir];
    uint32_t end = record_end(record);
    int32_t beyond = peers->acked_known ? seq_diff(peers->acked, end) : -1;
    if (beyond == 0)
        return false;
    if ((uint32_t)beyond < ACK_REACH) /* unless it took what a forger sent */
        return mine->data_known && seq_ge(mine->data_end, end);
    if (trace_acknowledged(trace, record->dir, end, 0))
        return false;
    if (another_is_acknowledged(trace, fin, end))
        return true;
    if (mine->data_known && seq_ge(mine->data_end, end))
        return true;
    if (peers->window && peers->acked_known &&
        seq_diff(end, peers->acked) / WINDOWS_AHEAD > (int32_t)peers->window)
        return true;
    return goes_on_below(trace, fin, end);
}

/* -- SYNs ----------------------------------------------------------------------------------------------- */

/* An ACK of x that belongs to another connection than the one in which x begins at @first, and which y's SYN-ACK
 * @answer (if that was captured) accepts: no stack sends what is before its SYN. */
static bool is_of_another(const struct record *ack, uint32_t first, const struct record *answer)
{
    return is_pure_ack(ack) && seq_lt(ack->seq + 1, first) && /* a keep-alive probe is one below */
           !(answer && seq_gt(ack->ack, answer->seq) && seq_diff(ack->ack, answer->seq) < ANCIENT_BYTES);
}

/* y has got more of x than a SYN, or sends what it sends on an open connection. */
static bool hears_more(const struct trace *trace, unsigned y, uint32_t first)
{
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        if (trace_is_send(trace, i, y) && !(record->flags & (TCPTWIN_SYN | TCPTWIN_RST)) &&
            (!is_pure_ack(record) || seq_gt(record->ack, first)))
            return true;
    }
    return false;
}

static void disown_syns(struct trace *trace, unsigned x)
{
    trace->disowned[x] = true;
    for (unsigned i = 0; i < trace->count; i++)
        if (trace_is_send(trace, i, x) && has(&trace->records[i], TCPTWIN_SYN))
            trace_deny(trace, i, true);
}

/* Where y's SYN-ACK was not captured the SYN may be x's all the same. */
void forged_find_syn(struct trace *trace, unsigned x)
{
    const struct record *answer = NULL;
    bool known = false, odd = false;
    uint32_t first = 0;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        unsigned kind = record->flags & (TCPTWIN_SYN | TCPTWIN_ACK);
        if (!trace_is_send(trace, i, record->dir) || (record->flags & TCPTWIN_RST))
            continue;
        if (kind == (record->dir == x ? TCPTWIN_SYN | TCPTWIN_ACK : TCPTWIN_SYN))
            return; /* y asks: x answers */
        if (kind == TCPTWIN_ACK && record->dir == x) {
            if (!known || !is_of_another(record, first, answer))
                return;
            trace_deny(trace, i, true);
            odd = true;
        } else if (kind & TCPTWIN_SYN && !answer) {
            answer = record->dir == x ? NULL : record;
            first = answer ? record->ack : record->seq + 1;
            known = true;
        }
    }
    if (odd && answer && !hears_more(trace, !x, first))
        disown_syns(trace, x);
    trace->disowned[x] |= odd;
}

/* Whoever sent the SYN refuses what @i acknowledges by a RST, or is answered by a SYN-ACK after it. */
static bool is_disclaimed(const struct trace *trace, unsigned i, uint32_t isn)
{
    const struct record *challenge = &trace->records[i];
    for (unsigned k = i + 1; k < trace->count; k++) {
        const struct record *later = &trace->records[k];
        bool refuses = later->dir != challenge->dir && later->seq == challenge->ack &&
                       (later->flags & (TCPTWIN_RST | TCPTWIN_ACK)) == TCPTWIN_RST;
        bool answers = later->dir == challenge->dir && has(later, TCPTWIN_SYN | TCPTWIN_ACK) && later->ack == isn + 1;
        if (!trace->synthetic[k] && (refuses || answers))
            return true;
    }
    return false;
}

/* What @y says between x's SYN and its own SYN-ACK, with numbers of an older connection. */
static void find_older(struct trace *trace, unsigned y)
{
    const struct record *syn = NULL;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        if (trace->synthetic[i] || (record->marks & (MARK_ICMP | MARK_FOREIGN | MARK_ODD_FLAGS | MARK_BAD_CHECKSUM)))
            continue;
        if (record->dir == y && (record->flags & TCPTWIN_SYN))
            return;
        if (record->dir != y && !asks(record) && !(record->flags & TCPTWIN_RST))
            return; /* x goes on */
        if (record->dir != y)
            syn = asks(record) ? record : syn;
        if (!syn || record->dir != y || (record->flags & TCPTWIN_RST) || !has(record, TCPTWIN_ACK))
            continue;
        int32_t apart = seq_diff(record->ack, syn->seq);
        if (!(apart <= ELSEWHERE_BYTES && apart >= -ELSEWHERE_BYTES) && is_disclaimed(trace, i, syn->seq))
            trace->refused[i] = REFUSED_OLDER;
    }
}

/* -- all of them ------------------------------------------------------------------------------------------ */

static void take_extent(struct extent *mine, const struct record *record, const struct trace *trace)
{
    unsigned flags = record->flags;
    if (flags & TCPTWIN_RST)
        return;
    if (has(record, TCPTWIN_ACK) && (!mine->acked_known || seq_ahead(record->ack, mine->acked)))
        mine->acked = record->ack, mine->acked_known = true;
    if (!mine->sent_known || seq_ahead(record_end(record), mine->sent_end))
        mine->sent_end = record_end(record), mine->sent_known = true;
    uint32_t end = record->seq + record->len;
    if (record->len && !(flags & (TCPTWIN_SYN | TCPTWIN_FIN)) &&
        (!mine->data_known || seq_ahead(end, mine->data_end)))
        mine->data_end = end, mine->data_known = true;
    if ((flags & TCPTWIN_SYN) && (record->marks & MARK_TIMESTAMPS) && !mine->tsval_known)
        mine->first_tsval = record->tsval, mine->tsval_known = true;
    uint32_t window = trace_window(trace, record);
    if (window > mine->window)
        mine->window = window;
}

static uint8_t refusal(const struct trace *trace, unsigned i, const struct extent extent[2])
{
    const struct record *record = &trace->records[i];
    const struct extent *mine = &extent[record->dir], *peers = &extent[!record->dir];
    bool rst = record->flags & TCPTWIN_RST, control = rst || (record->flags & TCPTWIN_FIN);
    bool stale = control && is_stale(trace, i, rst ? STALE_TICKS : 1) && (rst || !was_taken(trace, i));
    if (stale || (control && echoes_nothing(trace, i, peers)))
        return REFUSED_TIMESTAMP;
    if (rst || !has(record, TCPTWIN_ACK) || (record->flags & TCPTWIN_SYN))
        return REFUSED_NOT;
    if (is_ancient(mine, record))
        return REFUSED_OLD_ACK;
    bool unseen = peers->sent_known && seq_gt(record->ack, peers->sent_end);
    return unseen && acks_unsent(trace, i) ? REFUSED_ACK : REFUSED_NOT;
}

void forged_find(struct trace *trace)
{
    struct extent extent[2] = {{false}, {false}};
    bool fins = false;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        bool rst = record->flags & TCPTWIN_RST;
        trace->injected[i] = rst && !(record->marks & MARK_ICMP) && has_anothers_ttl(trace, i);
        trace_deny(trace, i, (record->marks & (MARK_FOREIGN | MARK_ODD_FLAGS)) || trace->injected[i] ||
                                 (rst && ((record->marks & MARK_BAD_CHECKSUM) || talks_on(trace, i))));
        trace->refused[i] = REFUSED_NOT;
    }
    for (unsigned y = 0; y < 2; y++)
        find_older(trace, y);
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        if (trace->synthetic[i] || (record->marks & (MARK_ICMP | MARK_FOREIGN | MARK_ODD_FLAGS |
                                                     MARK_BAD_CHECKSUM)))
            continue;
        if (trace->refused[i] != REFUSED_OLDER)
            trace->refused[i] = refusal(trace, i, extent);
        if (trace->refused[i] == REFUSED_OLDER || trace->refused[i] == REFUSED_TIMESTAMP ||
            trace->refused[i] == REFUSED_OLD_ACK ||
            (trace->refused[i] == REFUSED_ACK && takes_ack_back(trace, i)))
            trace_deny(trace, i, true);
        if (trace->denied[i])
            continue;
        take_extent(&extent[record->dir], record, trace);
        fins |= (record->flags & TCPTWIN_FIN) != 0;
    }
    for (unsigned i = 0; fins && i < trace->count; i++)
        if (has(&trace->records[i], TCPTWIN_FIN) && !(trace->records[i].flags & TCPTWIN_RST) &&
            !trace->synthetic[i] && trace_is_send(trace, i, trace->records[i].dir))
            trace_deny(trace, i, fin_is_refuted(trace, i, extent));
}
