/* unseen.c - what was never captured, and what was captured reveals
 *
 * A capture misses packets, or begins to lose them on the way to the tap. Numbers give them away:
 *
 *     a SYN-ACK                                       a SYN came before it
 *     an ACK after a SYN                              a SYN-ACK came before it
 *     data acknowledged of one who was never heard    it had answered the SYN-ACK
 *     one number used that no data had, the last      a FIN: its sender goes on above it, or its
 *                                                     receiver acknowledges it
 *     the same, and the FIN is captured later         what was captured is a repetition
 *     a FIN acknowledged that no captured copy was    a repetition that was not captured
 *
 * Each becomes a synthetic record just before the one that reveals it, with that one's frame. When it
 * passed the tap is bounded by what its sender sent before, and by the way to whoever reveals it;
 * the timestamp that its receiver echoes tells it to a tick.
 */
#include "unseen.h"
#include "lost.h"
#include "seq.h"

#define MILLISECOND_NS UINT64_C(1000000)
#define SPAN_WAVERS_NS UINT64_C(10000000) /* so much a path may add to the time between two segments */

static void note_sent(struct trace *trace, unsigned x, uint32_t end)
{
    if (!trace->sent_known[x] || seq_gt(end, trace->sent_max[x]))
        trace->sent_max[x] = end;
    trace->sent_known[x] = true;
}

/* Nothing was captured but SYN-ACKs, and their sender's ACKs of no more: that the SYN came from where it said, nothing
 * shows. */
static bool is_lone_answer(const struct trace *trace, const struct record *answer)
{
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        if (record->dir != answer->dir || record->len || record->ack != answer->ack || !has(record, TCPTWIN_ACK) ||
            (record->flags & (TCPTWIN_FIN | TCPTWIN_RST)))
            return false;
    }
    return true;
}

/* y's first word says that x's SYN came twice (D-SACK), too soon for a repetition: before its SYN-ACK x sent one
 * alone. */
static bool came_twice(const struct trace *trace, const struct survey *mine, const struct survey *peers)
{
    if (mine->syn_ack == NONE || peers->ack == NONE)
        return false;
    const struct record *first = &trace->records[mine->syn_ack], *word = &trace->records[peers->ack];
    return (word->marks & MARK_DSACK) && word->sack_right == first->seq + 1 &&
           word->ts_ns < first->ts_ns + SECOND_NS / 2;
}

/* A SYN-ACK of who had sent a SYN has its number: both open one connection. */
static bool goes_with_syn(const struct trace *trace, const struct survey *its)
{
    return its->syn == NONE || its->syn > its->syn_ack ||
           trace->records[its->syn].seq == trace->records[its->syn_ack].seq;
}

/* x's SYN was missed. Its own SYN-ACK (both opened at once) or the peer's shows it, whichever was captured first. Who
 * sent a SYN answers a SYN only so; and where both send SYN-ACKs, both had. */
static bool unseen_syn(struct trace *trace, const struct survey *mine, const struct survey *peers, unsigned x)
{
    bool says_more_than_rst = mine->ack != NONE || mine->fin || !mine->resets;
    bool crossed = peers->syn == NONE || peers->syn < peers->syn_ack;
    if (mine->syn != NONE)
        return false;
    bool twice = peers->syn_ack == NONE && came_twice(trace, mine, peers);
    if (!twice && (peers->syn_ack == NONE || !says_more_than_rst || (mine->syn_ack != NONE && !crossed) ||
                   !goes_with_syn(trace, peers)))
        return false;
    bool by_own = twice || (mine->syn_ack != NONE && mine->syn_ack < peers->syn_ack);
    unsigned at = (unsigned)(by_own ? mine->syn_ack : peers->syn_ack);
    struct record syn = {.ts_ns = trace->records[at].ts_ns, .frame = trace->records[at].frame,
                         .seq = by_own ? trace->records[at].seq : trace->records[at].ack - 1,
                         .flags = TCPTWIN_SYN, .dir = (uint8_t)x};
    bool lone = !by_own && is_lone_answer(trace, &trace->records[at]);
    bool no_syn = mine->syn_ack != NONE && peers->syn_ack != NONE &&
                  (peers->syn == NONE || trace->synthetic[peers->syn]);
    enum unseen kind = lone || no_syn ? UNSEEN_PRESUMED : UNSEEN_REVEALED;
    trace_insert(trace, at, &syn, kind);
    return true;
}

/* y speaks, and sends its SYN-ACK later: that is a repetition, and by fast open y did not wait for an answer. */
static bool unseen_first_syn_ack(struct trace *trace, const struct survey *mine, const struct survey *peers)
{
    if (mine->syn == NONE || peers->syn != NONE || peers->ack <= mine->syn || peers->ack > peers->syn_ack ||
        trace_sent_before(trace, (unsigned)peers->syn_ack, (unsigned)peers->ack))
        return false;
    const struct record *spoken = &trace->records[peers->ack];
    struct record first = trace->records[peers->syn_ack];
    if (spoken->ack != first.ack || spoken->seq != first.seq + 1)
        return false;
    first.ts_ns = spoken->ts_ns;
    first.frame = spoken->frame;
    first.marks &= (uint8_t)~MARK_TIMESTAMPS;
    trace_insert(trace, (unsigned)peers->ack, &first, UNSEEN_REVEALED);
    return true;
}

/* A SYN-ACK acknowledges a SYN (unless the answer is nothing but RSTs: backscatter); an ACK after a
 * SYN acknowledges a SYN-ACK. True: one was missing. */
bool unseen_handshake(struct trace *trace, const struct survey survey[2], unsigned x)
{
    const struct survey *mine = &survey[x], *peers = &survey[!x];
    if (unseen_syn(trace, mine, peers, x) || unseen_first_syn_ack(trace, mine, peers))
        return true;
    bool asked = mine->syn_ack != NONE && goes_with_syn(trace, mine);
    if (mine->syn != NONE && mine->ack > mine->syn && !asked && peers->syn == NONE && peers->syn_ack == NONE) {
        /* by fast open its sender went on before it was answered */
        bool went_on = peers->ack > mine->syn && peers->ack < mine->ack;
        const struct record *syn = &trace->records[mine->syn];
        const struct record *shown = &trace->records[went_on ? peers->ack : mine->ack];
        struct record unseen = {.ts_ns = shown->ts_ns, .frame = shown->frame,
                                .seq = trace->records[mine->ack].ack - 1, .ack = syn->seq + 1,
                                .flags = TCPTWIN_SYN | TCPTWIN_ACK, .dir = (uint8_t)!x};
        if (went_on && seq_lt(shown->seq - 1, unseen.seq))
            unseen.seq = shown->seq - 1;
        if (went_on && seq_gt(shown->ack, unseen.ack) && seq_le(shown->ack, record_end(syn)))
            unseen.ack = shown->ack;
        if (!went_on && seq_ge(shown->seq, record_end(syn)))
            unseen.ack = record_end(syn); /* its data needs not be sent again */
        trace_insert(trace, (unsigned)(went_on ? peers->ack : mine->ack), &unseen, UNSEEN_REVEALED);
        return true;
    }
    return false;
}

/* Nothing of x was captured but its SYN (or not even that), and y acknowledges data of it: x answered
 * the SYN-ACK. */
void unseen_answer(struct trace *trace, const struct survey survey[2], unsigned x)
{
    const struct survey *mine = &survey[x], *peers = &survey[!x];
    if (mine->ack != NONE || mine->resets || mine->syn == NONE || peers->syn_ack == NONE)
        return;
    uint32_t first = trace->records[mine->syn].seq + 1 + trace->records[mine->syn].len;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *shown = &trace->records[i];
        if (!trace_is_send(trace, i, !x) || !has(shown, TCPTWIN_ACK) ||
            (shown->flags & (TCPTWIN_SYN | TCPTWIN_RST)) || !seq_gt(shown->ack, first))
            continue;
        struct record unseen = {.ts_ns = shown->ts_ns, .frame = shown->frame, .seq = first,
                                .ack = trace->records[peers->syn_ack].seq + 1,
                                .len = shown->ack - first, .flags = TCPTWIN_ACK, .dir = (uint8_t)x};
        trace_insert(trace, i, &unseen, UNSEEN_REVEALED);
        note_sent(trace, x, record_end(&unseen));
        return;
    }
}

/* -- FIN ------------------------------------------------------------------------------------------- */

/* Side x's FIN has the number before @end: the first record before @until that shows it was sent. */
static int first_shown(const struct trace *trace, unsigned x, uint32_t end, unsigned until)
{
    for (unsigned i = 0; i < until; i++) {
        const struct record *record = &trace->records[i];
        if (record->dir == x && trace_is_forged_stream(record) && seq_lt(record->seq, end) &&
            seq_ge(record_end(record), end))
            return NONE; /* the receiver acknowledges what a forger sent */
        if (!trace_is_send(trace, i, record->dir) || (record->flags & TCPTWIN_SYN) ||
            (record->marks & MARK_BAD_CHECKSUM) || !has(record, TCPTWIN_ACK))
            continue;
        if (record->dir == x ? record->seq == end : record->ack == end)
            return (int)i;
    }
    return NONE;
}

static int first_fin(const struct trace *trace, unsigned x)
{
    for (unsigned i = 0; i < trace->count && trace->fin_known[x]; i++)
        if (trace_is_send(trace, i, x) && has(&trace->records[i], TCPTWIN_FIN) &&
            record_end(&trace->records[i]) == trace->fin_seq[x] + 1)
            return (int)i;
    return NONE;
}

/* The newest record before @until that side x sent. */
static int sent_before(const struct trace *trace, unsigned x, unsigned until)
{
    for (unsigned i = until; i-- > 0;)
        if (trace_is_send(trace, i, x) && !(trace->records[i].flags & TCPTWIN_RST))
            return (int)i;
    return NONE;
}

/* Whether x's record @shown, above its own FIN, is its answer to its peer's FIN @peers: with that FIN
 * already sent, it comes at once. If later, x may have answered before, with the FIN that was not captured. */
static bool answers_at_once(const struct trace *trace, unsigned x, unsigned peers, unsigned shown)
{
    return trace->records[shown].ts_ns - trace->held_ns[shown] <=
           trace->records[peers].ts_ns + 2 * trace->distance[x] + trace->slack[x] + trace->slack[!x] + AT_ONCE_NS;
}

/* Something that was old when it came, after the peer's FIN @peers, drew record @shown (RFC 9293 3.10.7.4). */
static bool answers_old(const struct trace *trace, unsigned x, unsigned peers, unsigned shown)
{
    for (unsigned i = peers; i < shown; i++)
        if (trace_is_send(trace, i, !x) && !(trace->records[i].flags & (TCPTWIN_FIN | TCPTWIN_RST)) &&
            seq_le(record_end(&trace->records[i]), trace->fin_seq[!x]) &&
            answers_at_once(trace, x, i, shown) && !trace->synthetic[i])
            return true;
    return false;
}

/* What the unseen FIN before record @shown acknowledged. Of the peer's FIN: not yet, if the FIN was on
 * its way before that came. That is so if the peer's own FIN acknowledges it, or x's first answer to
 * the peer's FIN lies above its own (inference rule 7). Where that answers a repetition (D-SACK), or
 * something old, the first answer was not captured: likely it was the FIN. Otherwise the time tells. */
static uint32_t ack_of_fin(struct trace *trace, unsigned x, int before, unsigned shown, uint64_t doubt_ns)
{
    const struct record *revealing = &trace->records[shown];
    int peers = first_fin(trace, !x);
    uint32_t old = revealing->dir == x ? revealing->ack : revealing->seq; /* of one never heard */
    if (before != NONE && !trace->synthetic[before] && has(&trace->records[before], TCPTWIN_ACK))
        old = trace->records[before].ack;
    else if (trace->fin_known[!x] && seq_gt(old, trace->fin_seq[!x]))
        old = trace->fin_seq[!x];
    if (peers == NONE || (unsigned)peers >= shown || seq_gt(old, trace->fin_seq[!x]))
        return old;
    uint32_t new = trace->fin_seq[!x] + 1;
    if (revealing->dir == x) {
        bool late = !answers_at_once(trace, x, (unsigned)peers, shown);
        bool again = (revealing->marks & MARK_DSACK) && revealing->sack_right == new;
        again |= late && answers_old(trace, x, (unsigned)peers, shown);
        trace->synthetic[shown - 1] = again || late ? UNSEEN_PRESUMED : UNSEEN_REVEALED;
        return again ? new : old;
    }
    if (trace->synthetic[peers] && trace->records[peers].frame == revealing->frame) {
        /* one record tells of both: as its sender answers a FIN with it, and not with its own, that was
         * on its way before; and likely drew this one, or one more record would be missing */
        struct record *other = &trace->records[peers];
        uint64_t way = 2 * trace->distance[x], sent = trace->records[shown - 1].ts_ns;
        int earlier = sent_before(trace, !x, (unsigned)peers);
        trace->synthetic[peers] = trace->synthetic[shown - 1] = UNSEEN_PRESUMED;
        if (sent > way && (earlier == NONE || sent - way > trace->records[earlier].ts_ns))
            other->ts_ns = sent - way;
        return new;
    }
    uint64_t came = trace->records[peers].ts_ns + 2 * trace->distance[x], sent = trace->records[shown - 1].ts_ns;
    uint64_t doubt = trace->slack[x] + trace->slack[!x] + doubt_ns;
    if (sent + doubt >= trace->records[peers].ts_ns) /* else they met before the tap: the order is certain */
        trace->synthetic[shown - 1] = UNSEEN_PRESUMED;
    return sent + doubt < came ? old : new;
}

/* Nothing of x was captured that bears a number: acknowledgments at most. */
static bool is_bare(const struct side *side)
{
    return !side->payload_bytes && !(side->tcp_flags & (TCPTWIN_SYN | TCPTWIN_FIN));
}

/* The last number of such a side stands alone: x or its peer was at what is before it, and then beyond it.
 * Otherwise its FIN may be among the numbers that it used, or, as its SYN-ACK tells nobody where they begin,
 * below the first that is known. */
static bool last_stands_alone(struct trace *trace, unsigned x, uint32_t *end)
{
    uint32_t before = trace->isn_known[x] ? trace->isn[x] + 1 : 0;
    bool known = trace->isn_known[x], alone = false, hides = false;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        uint32_t number = record->dir == x ? record->seq : record->ack;
        if (!known && trace_is_send(trace, i, !x) && has(record, TCPTWIN_SYN | TCPTWIN_ACK)) {
            known = true; /* of one who only resets: its SYN is not believed for that */
            before = *end = number;
        }
        hides |= trace->synthetic[i] && record->dir == x && has(record, TCPTWIN_SYN | TCPTWIN_ACK);
        if (!trace_is_send(trace, i, record->dir) || !has(record, TCPTWIN_ACK) ||
            (record->flags & (TCPTWIN_SYN | TCPTWIN_RST)) || (known && seq_le(number, before)))
            continue;
        alone = known && number == before + 1;
        hides |= known;
        before = *end = number;
        known = true;
    }
    trace->fin_may_hide[x] |= hides && !alone;
    return alone;
}

/* The first record that shows a FIN of side x, number before @end, that was not captured (before it). */
static int shows_unseen_fin(struct trace *trace, const struct conn *conn, unsigned x, uint32_t *end)
{
    const struct hole *unseen = &conn_rest(conn, x)->unseen;
    *end = trace->fin_known[x] ? trace->fin_seq[x] + 1 : unseen->end;
    if (!trace->fin_known[x]) {
        bool top = unseen->end != unseen->start && unseen->end == conn->side[x].snd_max;
        bool bare = is_bare(&conn->side[x]);
        bool one = bare ? last_stands_alone(trace, x, end) : top && unseen->end - unseen->start == 1;
        trace->fin_may_hide[x] |= top && !bare && !one;
        if (!one)
            return NONE;
    }
    int captured = first_fin(trace, x);
    int shown = first_shown(trace, x, *end, captured == NONE ? trace->count : (unsigned)captured);
    bool late = shown != NONE && captured != NONE && trace->records[shown].dir == x &&
                trace_sent_before(trace, (unsigned)captured, (unsigned)shown);
    return late ? NONE : shown; /* late: no repetition, it was only held back */
}

static void add_unseen_fin(struct trace *trace, unsigned x, uint32_t end, int shown)
{
    int before = sent_before(trace, x, (unsigned)shown);
    struct record fin = {.frame = trace->records[shown].frame, .seq = end - 1,
                         .flags = TCPTWIN_FIN | TCPTWIN_ACK, .dir = (uint8_t)x};
    trace_insert(trace, (unsigned)shown, &fin, UNSEEN_REVEALED);
    uint64_t doubt_ns = unseen_date(trace, (unsigned)shown);
    trace->records[shown].ack = ack_of_fin(trace, x, before, (unsigned)shown + 1, doubt_ns);
    if (!trace->fin_known[x]) /* no copy was captured: it may have been a byte of data */
        trace->synthetic[shown] = UNSEEN_PRESUMED;
    trace->fin_known[x] = true;
    trace->fin_seq[x] = end - 1;
    note_sent(trace, x, end);
}

void unseen_fins(struct trace *trace, const struct conn *conn)
{
    uint32_t end[2];
    int shown[2] = {shows_unseen_fin(trace, conn, 0, &end[0]), shows_unseen_fin(trace, conn, 1, &end[1])};
    if (shown[0] == NONE && shown[1] == NONE)
        return;
    /* what a side shows of itself first: it tells in which order the two were */
    unsigned first = shown[1] != NONE && trace->records[shown[1]].dir == 1;
    for (unsigned n = 0; n < 2 && trace->count < TRACE_MAX; n++) {
        unsigned x = n ? !first : first;
        int now = n ? shows_unseen_fin(trace, conn, x, &end[x]) : shown[x];
        if (now != NONE)
            add_unseen_fin(trace, x, end[x], now);
    }
}

/* Whether the FIN that y acknowledges in its record @proof for the first time may be a captured copy: one
 * undamaged came before. Where the echoed timestamp is newer than all that was captured of x, and y had
 * closed itself (then a FIN is answered at once), something unseen came in its place. */
static bool copy_was_captured(const struct trace *trace, unsigned x, unsigned proof)
{
    const struct record *shown = &trace->records[proof];
    bool copy = false, newer = (shown->marks & MARK_TIMESTAMPS) != 0, closed = false;
    for (unsigned i = 0; i < proof; i++) {
        const struct record *record = &trace->records[i];
        if (!trace_is_send(trace, i, record->dir))
            continue;
        bool fin = has(record, TCPTWIN_FIN);
        if (record->dir != x) {
            closed |= fin && !copy;
            continue;
        }
        copy |= fin && !(record->marks & MARK_BAD_CHECKSUM);
        newer &= (record->marks & MARK_TIMESTAMPS) && seq_lt(record->tsval, shown->tsecr);
    }
    return copy && !(newer && closed);
}

void unseen_fin_copy(struct trace *trace, unsigned x)
{
    uint32_t end = trace->fin_seq[x] + 1;
    int first = first_fin(trace, x);
    if (first == NONE || trace->count == TRACE_MAX)
        return;
    for (unsigned i = (unsigned)first; i < trace->count; i++) {
        const struct record *proof = &trace->records[i];
        if (proof->dir == x && trace_is_forged_stream(proof) && seq_ge(record_end(proof), end))
            return;
        if (!trace_is_send(trace, i, !x) || !has(proof, TCPTWIN_ACK) || proof->ack != end)
            continue;
        if (copy_was_captured(trace, x, i))
            return;
        struct record copy = trace->records[first];
        copy.frame = proof->frame;
        copy.marks &= (uint8_t)~MARK_BAD_CHECKSUM;
        copy.tsval = proof->tsecr;
        trace_insert(trace, i, &copy, UNSEEN_REVEALED);
        unseen_date(trace, i);
        return;
    }
}

/* -- dates ----------------------------------------------------------------------------------------- */

/* Whether its timestamp is the time at which x sent it: not that of a SYN-ACK, which may be a cookie. */
static bool tells_time(const struct trace *trace, unsigned i, unsigned x)
{
    const struct record *record = &trace->records[i];
    return trace_is_send(trace, i, x) && !trace->synthetic[i] && (record->marks & MARK_TIMESTAMPS) &&
           !has(record, TCPTWIN_SYN | TCPTWIN_ACK);
}

/* When the tap would have seen it, had nothing held it back. */
static uint64_t unheld_ns(const struct trace *trace, unsigned i)
{
    return trace->records[i].ts_ns - trace->held_ns[i];
}

/* By the clock of its sender's timestamps: when side x sent @tsval, as the tap would have seen it. @before is
 * its newest record before that. A tick is a millisecond with most, and what the connection itself shows if
 * that is clearly something else. @doubt_ns: how far that may be off. */
static uint64_t by_timestamp(const struct trace *trace, unsigned x, unsigned before, uint32_t tsval,
                             uint64_t *doubt_ns)
{
    uint32_t newest = trace->records[before].tsval, later = tsval - newest;
    uint64_t tick = MILLISECOND_NS, now = unheld_ns(trace, before);
    *doubt_ns = tick;
    for (unsigned i = 0; i < before; i++) {
        if (!tells_time(trace, i, x) || unheld_ns(trace, i) > now)
            continue;
        uint32_t ticks = newest - trace->records[i].tsval;
        uint64_t span = now - unheld_ns(trace, i), shown = ticks ? span / ticks : 0;
        if (ticks >= 20 && ticks < 1u << 30 && (shown > tick + tick / 4 || shown < tick - tick / 4)) {
            tick = shown;
            *doubt_ns = tick + later * (SPAN_WAVERS_NS / ticks);
        }
        break;
    }
    return now + later * tick;
}

/* Its sender shows @shown that it had sent the FIN @i, and repeats it later: that was lost, and by so many
 * retransmission times older than the repetition. */
static void date_by_copy(struct trace *trace, unsigned i, unsigned shown, uint64_t earliest)
{
    struct record *unseen = &trace->records[i];
    if (!has(unseen, TCPTWIN_FIN) || trace->records[shown].dir != unseen->dir)
        return;
    for (unsigned k = shown + 1; k < trace->count; k++) {
        if (!trace_is_send(trace, k, unseen->dir) || !has(&trace->records[k], TCPTWIN_FIN) ||
            record_end(&trace->records[k]) != record_end(unseen) || trace->synthetic[k])
            continue;
        for (unsigned nth = 1; nth <= LOST_MAX; nth++) {
            uint64_t ts = lost_sent_ns(trace, k, nth);
            if (ts > trace->records[shown].ts_ns)
                continue;
            if (ts > earliest)
                unseen->ts_ns = ts;
            return;
        }
        return;
    }
}

uint64_t unseen_date(struct trace *trace, unsigned i)
{
    uint64_t doubt_ns = 0;
    struct record *unseen = &trace->records[i];
    unsigned x = unseen->dir, shown = i;
    while (shown < trace->count && (trace->synthetic[shown] || trace->records[shown].frame != unseen->frame))
        shown++;
    if (shown == trace->count)
        return 0;
    const struct record *revealing = &trace->records[shown];
    int before = sent_before(trace, x, i);
    uint64_t way = revealing->dir == x ? 0 : 2 * trace->distance[revealing->dir];
    uint64_t earliest = before == NONE ? 0 : trace->records[before].ts_ns;
    uint64_t latest = revealing->ts_ns > way ? revealing->ts_ns - way : 0;
    unseen->ts_ns = latest;
    if (revealing->dir != x && before != NONE &&
        (revealing->marks & MARK_TIMESTAMPS) && tells_time(trace, (unsigned)before, x) &&
        seq_gt(revealing->tsecr, trace->records[before].tsval)) {
        uint64_t at = by_timestamp(trace, x, (unsigned)before, revealing->tsecr, &doubt_ns);
        unseen->ts_ns = at < latest ? at : latest;
    }
    if (unseen->ts_ns < earliest)
        unseen->ts_ns = earliest;
    date_by_copy(trace, i, shown, earliest);
    return doubt_ns;
}
