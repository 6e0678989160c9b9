/* fin_waits.c - whether an endpoint's FIN may have waited, behind data that it may not send yet
 *
 * close() is silent: the FIN goes out behind all data. Where that is held back the application may have closed long
 * before, and a FIN of the peer that comes meanwhile meets FIN-WAIT-1, not ESTABLISHED:
 *
 *     no acknowledgment comes    what was sent last is repeated, or will be, and a sender that repeats sends no more
 *     no window                  it is closed, or full, or more is under way than a sender may begin with (RFC 5681)
 */
#include "fin_waits.h"
#include "seq.h"

/* X's FIN leaves as receipt @i comes: that may have let it go. */
static bool fin_follows_at_once(const struct run *run, unsigned i)
{
    uint64_t at = trace_arrive_ns(run->trace, i) + run->trace->slack[run->x] + AT_ONCE_NS;
    for (unsigned k = run->send_at; k < run->send_count; k++)
        if (has(record_at(run, run->sends[k]), TCPTWIN_FIN))
            return trace_send_ns(run->trace, run->sends[k]) <= at;
    return false;
}

/* X sends again what receipt @i acknowledged, or that is an earlier copy of the FIN that came: it was
 * lost. */
static bool was_not_heeded(const struct run *run, unsigned i)
{
    const struct record *receipt = record_at(run, i);
    uint64_t came = trace_arrive_ns(run->trace, i) + run->trace->slack[run->x];
    if (has(receipt, TCPTWIN_FIN) && run->fin_copy != NONE && (int)i < run->fin_copy)
        return true;
    for (unsigned k = 0; k < run->send_at; k++) {
        const struct record *send = record_at(run, run->sends[k]);
        if (send->len && seq_lt(send->seq, receipt->ack) && trace_send_ns(run->trace, run->sends[k]) > came)
            return true;
    }
    return false;
}

/* X's data @last had not come when Y sent its FIN @i, and was due. */
static bool was_lost(const struct run *run, const struct record *last, unsigned i)
{
    const struct trace *trace = run->trace;
    unsigned y = !run->x;
    return trace->distance_known[y] && seq_le(record_at(run, i)->ack, last->seq) &&
           last->ts_ns + 2 * trace->distance[y] + trace->slack[y] + AT_ONCE_NS < record_at(run, i)->ts_ns;
}

/* X's data, its send number @k of the stream, came so late after all before it that it may be a repetition, whose first
 * copies were lost in front of the tap; the next was not due when Y's FIN @i came, and that lets more data go. */
static bool may_be_repeated(const struct run *run, unsigned k, unsigned i)
{
    const struct trace *trace = run->trace;
    uint64_t left = trace_send_ns(trace, run->sends[k]), before = k ? trace_send_ns(trace, run->sends[k - 1]) : 0;
    if (!trace->fin_known[run->x] || seq_le(trace->fin_seq[run->x], record_end(record_at(run, run->sends[k]))))
        return false;
    for (unsigned m = 0; m < run->receipt_at; m++) {
        uint64_t came = trace_arrive_ns(trace, run->receipts[m]);
        if (came <= left && came > before)
            before = came;
    }
    return before && left - before >= LEAST_RTO_NS && trace_arrive_ns(trace, i) < left + 2 * (left - before) &&
           fin_follows_at_once(run, i);
}

bool fin_waits_for_ack(const struct run *run, unsigned i)
{
    const struct record *last = NULL;
    unsigned copies = 0, syn_acks = 0, nth = 0;
    for (unsigned k = run->send_at; k-- > 0 && !(run->trace->orderly && last);) {
        const struct record *send = record_at(run, run->sends[k]);
        syn_acks += has(send, TCPTWIN_SYN | TCPTWIN_ACK);
        if (!send->len)
            continue;
        nth = last ? nth : k;
        last = last ? last : send;
        copies += send->seq == last->seq || seq_gt(record_end(send), last->seq);
    }
    if (last && copies == 1 && may_be_repeated(run, nth, i))
        return true;
    bool lets_go = syn_acks >= 2 && fin_follows_at_once(run, i); /* what acknowledged it before, was lost */
    for (unsigned k = run->receipt_at - 1; last && !lets_go && k-- > 0;) {
        const struct record *receipt = record_at(run, run->receipts[k]);
        if (has(receipt, TCPTWIN_ACK) && seq_gt(receipt->ack, last->seq) &&
            !was_not_heeded(run, run->receipts[k]))
            return false;
    }
    return copies >= 2 || (copies && (syn_acks >= 2 || was_lost(run, last, i)));
}

/* Of Y's segments that were captured among the first @count receipts, the one whose window X goes by: not the
 * newest, if that was overtaken (RFC 9293 3.10.7.4: SND.WL1, SND.WL2). */
static int offers_window(const struct run *run, unsigned count)
{
    const struct trace *trace = run->trace;
    int best = NONE;
    for (unsigned k = count; k-- > 0 && !(trace->orderly && best != NONE);) {
        unsigned r = run->receipts[k];
        const struct record *offer = record_at(run, r);
        const struct record *other = best == NONE ? NULL : record_at(run, (unsigned)best);
        if (trace->synthetic[r] || !has(offer, TCPTWIN_ACK) || (offer->flags & (TCPTWIN_SYN | TCPTWIN_RST)) ||
            trace->refused[r] || (trace->isn_known[run->x] && seq_le(offer->ack, trace->isn[run->x])))
            continue;
        if (!other || seq_gt(offer->ack, other->ack) ||
            (offer->ack == other->ack && seq_gt(offer->seq, other->seq)))
            best = (int)r;
    }
    return best;
}

/* X sends, or has in its FIN, numbers beyond @sent. */
static bool goes_beyond(const struct run *run, uint32_t sent)
{
    if (run->trace->fin_known[run->x])
        return seq_gt(run->trace->fin_seq[run->x], sent);
    for (unsigned k = run->send_at; k < run->send_count; k++)
        if (seq_gt(record_end(record_at(run, run->sends[k])), sent))
            return true;
    return false;
}

/* By the window that @offered offers X had sent as much as it may; or, if @counts_under_way, more is not
 * acknowledged in it than a first window lets go. */
static bool was_held_back(const struct run *run, int offered, bool counts_under_way)
{
    const struct trace *trace = run->trace;
    if (offered == NONE)
        return false;
    const struct record *offer = record_at(run, (unsigned)offered);
    uint32_t sent = offer->ack, window = trace_window(trace, offer);
    unsigned highest = trace->orderly && run->send_at ? run->send_at - 1 : 0; /* there the last is */
    for (unsigned k = highest; k < run->send_at; k++) {
        const struct record *send = record_at(run, run->sends[k]);
        if (!(send->flags & TCPTWIN_RST) && seq_gt(record_end(send), sent))
            sent = record_end(send);
    }
    uint32_t under_way = sent - offer->ack, room = window > under_way ? window - under_way : 0;
    uint32_t segment = trace->mss[!run->x] < window / 2 ? trace->mss[!run->x] : window / 2;
    bool much = counts_under_way && under_way >= 2 * trace->mss[!run->x];
    return !room || ((room < segment || much) && goes_beyond(run, sent));
}

bool fin_waits_for_window(const struct run *run, unsigned i)
{
    bool at_hand = run->receipt_at && run->receipts[run->receipt_at - 1] == i;
    return was_held_back(run, offers_window(run, run->receipt_at), true) ||
           (at_hand && /* what the FIN let go */
            was_held_back(run, offers_window(run, run->receipt_at - 1), false));
}
