/* hindsight.c - what an endpoint's later segments prove or refute about what it received
 *
 * The tap sees what was sent to X, not what reached it. But the whole trace lies before us, and
 * what X sends later betrays what it had got:
 *
 *     it acknowledges the number, or echoes the timestamp    it came, before that send left
 *     it repeats the SYN, SYN-ACK or FIN                      no acknowledgment of it had come
 *     it sends an older acknowledgment                        what lies above had not come
 *     it is silent where it had to answer, again and again    nothing comes any more
 *     it goes on after a RST or an ICMP error                 that was not believed
 *
 * A time of X is an estimate, off by up to slack[x]; only a send that is later by more than that
 * refutes anything. Looks at the streams, changes nothing but fin_copy and fin_proof of the run.
 */
#include "hindsight.h"
#include "seq.h"

/* No path holds anything back for longer, and no retransmission comes so soon. */
#define PROMPT_NS (SECOND_NS / 10)

static bool is_repeat_of(const struct record *record, unsigned flags)
{
    return (record->flags & (TCPTWIN_SYN | TCPTWIN_ACK | TCPTWIN_FIN) & (flags | TCPTWIN_SYN)) ==
               flags &&
           !(record->flags & TCPTWIN_RST);
}

/* When X first sends such a segment after @at_ns; UINT64_MAX: never. */
static uint64_t next_repeat(const struct run *run, unsigned flags, uint64_t at_ns)
{
    for (unsigned k = 0; k < run->send_count; k++) {
        unsigned i = run->sends[k];
        if (is_repeat_of(record_at(run, i), flags) &&
            trace_send_ns(run->trace, i) > at_ns + run->trace->slack[run->x])
            return trace_send_ns(run->trace, i);
    }
    return UINT64_MAX;
}

bool hindsight_repeats(const struct run *run, unsigned flags, uint64_t at_ns)
{
    return next_repeat(run, flags, at_ns) != UINT64_MAX;
}

/* X's retransmission timer would have fired again before the capture ends: the interval doubles. */
static bool timer_was_stopped(const struct run *run, unsigned flags)
{
    uint64_t last = 0, before = 0;
    for (unsigned k = 0; k < run->send_count; k++) {
        if (!is_repeat_of(record_at(run, run->sends[k]), flags))
            continue;
        before = last;
        last = trace_send_ns(run->trace, run->sends[k]);
    }
    return before && run->trace->end_ts_ns > last + 5 * (last - before) / 2;
}

bool hindsight_acks_get_lost(const struct run *run, uint32_t number, unsigned flags)
{
    unsigned ignored = 0;
    uint64_t first = UINT64_MAX, last_repeat = 0;
    unsigned copies = 0;
    for (unsigned k = 0; k < run->send_count; k++)
        if (is_repeat_of(record_at(run, run->sends[k]), flags) && !copies++)
            first = trace_send_ns(run->trace, run->sends[k]);
    if (copies < 3) /* two repetitions at least */
        return false;
    for (unsigned k = 0; k < run->receipt_count; k++) {
        unsigned i = run->receipts[k];
        uint64_t at = trace_arrive_ns(run->trace, i);
        if (!has(record_at(run, i), TCPTWIN_ACK) || seq_le(record_at(run, i)->ack, number) || at <= first)
            continue;
        uint64_t repeat = next_repeat(run, flags, at);
        if (repeat != UINT64_MAX && repeat != last_repeat)
            ignored++;
        last_repeat = repeat;
    }
    return ignored > 2 || (ignored == 2 && !timer_was_stopped(run, flags));
}

int hindsight_next(const struct run *run, uint64_t at_ns)
{
    for (unsigned k = 0; k < run->send_count; k++) {
        unsigned i = run->sends[k];
        if (!(record_at(run, i)->flags & TCPTWIN_RST) &&
            trace_send_ns(run->trace, i) > at_ns + run->trace->slack[run->x])
            return (int)i;
    }
    return NONE;
}

bool hindsight_talks(const struct run *run, uint64_t at_ns)
{
    return hindsight_next(run, at_ns) != NONE;
}

int hindsight_proof(const struct run *run, unsigned from, uint32_t end)
{
    for (unsigned k = from; k < run->send_count; k++) {
        const struct record *send = record_at(run, run->sends[k]);
        if (has(send, TCPTWIN_ACK) && seq_ge(send->ack, end) &&
            seq_diff(send->ack, end) < 1 << 30)
            return (int)run->sends[k];
    }
    return NONE;
}

int hindsight_talk(const struct run *run, unsigned from)
{
    for (unsigned k = from; k < run->send_count; k++)
        if (!(record_at(run, run->sends[k])->flags & (TCPTWIN_SYN | TCPTWIN_RST)))
            return (int)run->sends[k];
    return NONE;
}

int hindsight_echo(const struct run *run, unsigned i)
{
    if (!(record_at(run, i)->marks & MARK_TIMESTAMPS))
        return NONE;
    for (unsigned k = run->send_at; k < run->send_count; k++) {
        const struct record *send = record_at(run, run->sends[k]);
        if ((send->marks & MARK_TIMESTAMPS) && has(send, TCPTWIN_ACK) &&
            seq_ge(send->tsecr, record_at(run, i)->tsval))
            return (int)run->sends[k];
    }
    return NONE;
}

/* X sends @i after the time @at_ns without acknowledging number @seq: it had not got it by then. */
static bool lags_after(const struct run *run, uint32_t seq, uint64_t at_ns, uint64_t until_ns)
{
    for (unsigned k = 0; k < run->send_count; k++) {
        const struct record *send = record_at(run, run->sends[k]);
        uint64_t sent = trace_send_ns(run->trace, run->sends[k]);
        if (sent > at_ns + run->trace->slack[run->x] && sent < until_ns && has(send, TCPTWIN_ACK) &&
            seq_le(send->ack, seq))
            return true;
    }
    return false;
}

bool hindsight_answered_syn(const struct run *run)
{
    bool syn_acked = false;
    for (unsigned k = 0; k < run->receipt_count; k++)
        syn_acked |= has(record_at(run, run->receipts[k]), TCPTWIN_SYN | TCPTWIN_ACK);
    for (unsigned k = 0; k < run->send_count; k++) {
        const struct record *send = record_at(run, run->sends[k]);
        if (has(send, TCPTWIN_SYN | TCPTWIN_ACK))
            return true;
        if (!(send->flags & (TCPTWIN_SYN | TCPTWIN_RST)))
            return !syn_acked || (send->marks & MARK_DSACK);
    }
    return true;
}

/* The copies of Y's FIN that were sent to X. */
struct fin_copies {
    unsigned count;   /* sent one after another, not copied on the way */
    int first, last;  /* that can be the one: undamaged, and X's sends around it allow it */
    int echoed;       /* the last that is no younger than the timestamp that X's proof echoes */
    int any, earliest; /* undamaged ones: the last, the first */
    uint64_t first_at, last_at; /* when the first and the last of all reached X, or would have */
    uint64_t interval_ns; /* between the last two */
};

/* X answers this copy with a bare RST: by then it had no socket. */
static bool met_no_socket(const struct run *run, const struct record *copy, uint64_t at_ns)
{
    for (unsigned k = 0; k < run->send_count; k++) {
        const struct record *answer = record_at(run, run->sends[k]);
        uint64_t left = trace_send_ns(run->trace, run->sends[k]);
        if (left + run->trace->slack[run->x] >= at_ns)
            return (answer->flags & (TCPTWIN_RST | TCPTWIN_ACK)) == TCPTWIN_RST && answer->seq == copy->ack &&
                   left < at_ns + PROMPT_NS;
    }
    return false;
}

static void sort_fin_copy(const struct run *run, struct fin_copies *copies, unsigned i)
{
    const struct trace *trace = run->trace;
    const struct record *copy = record_at(run, i);
    const struct record *proof = run->fin_proof == NONE ? NULL : record_at(run, (unsigned)run->fin_proof);
    uint64_t at = trace_arrive_ns(trace, i);
    uint64_t until = proof ? trace_send_ns(trace, (unsigned)run->fin_proof) : UINT64_MAX;
    bool again = copies->count && at > copies->last_at + PROMPT_NS;
    if (!proof && again && !trace->fin_known[run->x] && met_no_socket(run, copy, at))
        return; /* what came before drew nothing, as an open socket may wait with its ACK: it was taken */
    if (again)
        copies->interval_ns = at - copies->last_at;
    else if (!copies->count)
        copies->first_at = at;
    copies->count += again || !copies->count;
    copies->last_at = at;
    if (copy->marks & MARK_BAD_CHECKSUM)
        return;
    bool echoed = proof && copies->any != NONE && (copy->marks & proof->marks & MARK_TIMESTAMPS) &&
                  proof->tsecr == copy->tsval && record_at(run, (unsigned)copies->any)->tsval != copy->tsval;
    if (proof && copies->any != NONE && at > until + trace->slack[run->x] && !echoed)
        return; /* one that was sent before had come, however late */
    copies->any = (int)i;
    if (copies->earliest == NONE)
        copies->earliest = (int)i;
    if (lags_after(run, trace->fin_seq[!run->x], at, until))
        return; /* a hole before it, or lost */
    if (copies->first == NONE)
        copies->first = (int)i;
    copies->last = (int)i;
    if (!proof || !(copy->marks & proof->marks & MARK_TIMESTAMPS))
        return;
    if (seq_ge(proof->tsecr, copy->tsval))
        copies->echoed = (int)i;
}

static bool sends_reset(const struct trace *trace)
{
    for (unsigned i = 0; i < trace->count; i++)
        if ((trace->records[i].flags & TCPTWIN_RST) && !(trace->records[i].marks & MARK_ICMP))
            return true;
    return false;
}

/* X's RCV.NXT passed Y's FIN before Y sent it, or goes beyond: a forger's bytes, captured or not, lie where the FIN
 * belongs, so that X takes it for old. */
static bool fin_is_covered(const struct run *run, int first)
{
    const struct trace *trace = run->trace;
    uint32_t end = trace->fin_seq[!run->x] + 1;
    bool foreign = false;
    for (unsigned k = 0; k < run->receipt_count && !foreign; k++) {
        const struct record *forged = record_at(run, run->receipts[k]);
        foreign = trace_is_forged_stream(forged) && seq_ge(record_end(forged), end);
    }
    if (run->fin_proof == NONE)
        return false;
    const struct record *proof = record_at(run, (unsigned)run->fin_proof);
    return seq_gt(proof->ack, end) || (foreign && first != NONE && proof->frame < record_at(run, (unsigned)first)->frame);
}

/* X's last send that reports Y's FIN behind a hole (SACK): it has come, and does not count yet. */
static int reports_behind_hole(const struct run *run, uint32_t fin)
{
    int last = NONE;
    for (unsigned k = 0; k < run->send_count; k++) {
        const struct record *send = record_at(run, run->sends[k]);
        if (send->sack_right && seq_gt(send->sack_right, fin) && seq_le(send->ack, fin))
            last = (int)run->sends[k];
    }
    return last;
}

/* Y's segment that fills the hole which X's send @report shows; NONE if it was not captured. */
static int fills_hole(const struct run *run, unsigned report)
{
    const struct record *waiting = record_at(run, report);
    uint64_t since = trace_send_ns(run->trace, report);
    for (unsigned k = 0; k < run->receipt_count; k++) {
        unsigned i = run->receipts[k];
        const struct record *filler = record_at(run, i);
        if (filler->len && !(filler->marks & (MARK_ICMP | MARK_BAD_CHECKSUM | MARK_FOREIGN)) &&
            seq_le(filler->seq, waiting->ack) && seq_gt(record_end(filler), waiting->ack) &&
            trace_arrive_ns(run->trace, i) + run->trace->slack[run->x] >= since)
            return (int)i;
    }
    return NONE;
}

/* X sends acknowledgments alone: it does so only when asked. */
static bool answers_anything(const struct run *run, uint64_t since_ns)
{
    for (unsigned k = 0; k < run->send_count; k++) {
        const struct record *send = record_at(run, run->sends[k]);
        if (record_end(send) == send->seq && !(send->flags & TCPTWIN_RST) &&
            trace_send_ns(run->trace, run->sends[k]) > since_ns)
            return true;
    }
    return false;
}

bool hindsight_answer_due(const struct run *run, uint64_t at)
{
    return run->trace->end_ts_ns > at + run->trace->distance[run->x] + SECOND_NS / 4;
}

/* None of these copies, which nobody acknowledged, can have come: a FIN that arrives is answered at once. But
 * who repeats it once and then no more, has got an answer. */
static bool is_unheard(const struct run *run, const struct fin_copies *copies)
{
    uint64_t next = copies->last_at + 5 * copies->interval_ns / 2;
    bool stopped = run->trace->end_ts_ns > next && !sends_reset(run->trace);
    bool answer_due = hindsight_answer_due(run, copies->last_at);
    return copies->count >= 3 || (copies->count == 2 && answer_due && !stopped);
}

/* X reported Y's FIN behind a hole: it counts when what fills that comes. Return: whether that decides. */
static bool comes_behind_hole(struct run *run, uint32_t fin)
{
    for (unsigned k = 0; k < run->send_count; k++)
        run->fin_ahead |= record_at(run, run->sends[k])->sack_right == fin + 1;
    int report = run->fin_ahead ? reports_behind_hole(run, fin) : NONE;
    if (report == NONE)
        return false;
    run->fin_copy = fills_hole(run, (unsigned)report);
    if (run->fin_copy != NONE && run->fin_proof == NONE &&
        hindsight_answer_due(run, trace_arrive_ns(run->trace, (unsigned)run->fin_copy)))
        run->fin_copy = NONE; /* X would have acknowledged it all */
    return run->fin_copy != NONE || run->fin_proof == NONE;
}

/* Which of the copies came. */
static int choose_copy(const struct run *run, const struct fin_copies *copies, uint32_t fin)
{
    const struct record *proof = run->fin_proof == NONE ? NULL : record_at(run, (unsigned)run->fin_proof);
    int first = copies->first, last = copies->last;
    if (last == NONE && proof) { /* X spoke on with an older ACK, but has it: held up */
        first = copies->earliest;
        last = copies->any;
    }
    if (proof && first != last && (proof->marks & MARK_DSACK) && proof->sack_right == fin + 1)
        return first; /* the proof answers a repetition */
    return copies->echoed != NONE ? copies->echoed : last;
}

/* Inference rule 4: bounded by X's sends, picked by echo, D-SACK, time. */
void hindsight_fin_copy(struct run *run)
{
    const struct trace *trace = run->trace;
    run->fin_copy = run->fin_proof = run->fin_unheard = NONE;
    run->fin_ahead = run->fin_refuted = false;
    if (!trace->fin_known[!run->x])
        return;
    uint32_t fin = trace->fin_seq[!run->x];
    struct fin_copies copies = {.first = NONE, .last = NONE, .echoed = NONE, .any = NONE, .earliest = NONE};
    run->fin_proof = hindsight_proof(run, 0, fin + 1);
    if (comes_behind_hole(run, fin))
        return;
    for (unsigned k = 0; k < run->receipt_count; k++) {
        unsigned i = run->receipts[k];
        if (has(record_at(run, i), TCPTWIN_FIN) && record_end(record_at(run, i)) == fin + 1 &&
            !(record_at(run, i)->marks & MARK_FOREIGN))
            sort_fin_copy(run, &copies, i);
    }
    if (fin_is_covered(run, copies.earliest))
        return;
    if (run->fin_proof == NONE && is_unheard(run, &copies)) {
        run->fin_unheard = answers_anything(run, copies.first_at) ? NONE : copies.earliest;
        return;
    }
    run->fin_refuted = copies.last == NONE && run->fin_proof == NONE;
    run->fin_copy = choose_copy(run, &copies, fin);
}

bool hindsight_no_socket(const struct run *run, unsigned i)
{
    const struct record *receipt = record_at(run, i);
    if (run->send_at >= run->send_count || !has(receipt, TCPTWIN_ACK))
        return false;
    const struct record *next = record_at(run, run->sends[run->send_at]);
    return (next->flags & (TCPTWIN_RST | TCPTWIN_ACK)) == TCPTWIN_RST && next->seq == receipt->ack;
}

bool hindsight_refused(const struct run *run, unsigned i)
{
    return hindsight_no_socket(run, i) &&
           trace_send_ns(run->trace, run->sends[run->send_at]) < trace_arrive_ns(run->trace, i) + PROMPT_NS;
}

bool hindsight_met_no_socket(const struct run *run, unsigned i)
{
    if (!hindsight_no_socket(run, i) || record_at(run, i)->len)
        return false;
    const struct record *reply = record_at(run, run->sends[run->send_at]);
    if (trace_send_ns(run->trace, run->sends[run->send_at]) >
        trace_arrive_ns(run->trace, i) + run->trace->slack[run->x] + 2 * AT_ONCE_NS)
        return false;
    for (unsigned k = run->receipt_at; k < run->receipt_count; k++) {
        const struct record *later = record_at(run, run->receipts[k]);
        if (record_end(later) != later->seq && later->frame < reply->frame)
            return false;
    }
    return true;
}

bool hindsight_fell_silent(const struct run *run)
{
    const struct trace *trace = run->trace;
    uint64_t last = 0, before = 0;
    uint32_t end = 0;
    for (unsigned k = run->send_count; k-- > 0;) {
        const struct record *send = record_at(run, run->sends[k]);
        if (record_end(send) == send->seq || (last && record_end(send) != end))
            continue;
        uint64_t left = trace_send_ns(trace, run->sends[k]);
        end = record_end(send);
        if (last && left + PROMPT_NS < last) {
            before = left;
            break;
        }
        last = left;
    }
    for (unsigned k = 0; k < run->receipt_count; k++)
        if (has(record_at(run, run->receipts[k]), TCPTWIN_ACK) &&
            seq_ge(record_at(run, run->receipts[k])->ack, end))
            return false;
    uint64_t interval = before ? last - before : SECOND_NS / 2;
    return last && trace->end_ts_ns > last + 5 * interval / 2;
}

bool hindsight_closed_by_then(const struct run *run, unsigned i)
{
    if (!hindsight_no_socket(run, i))
        return false;
    uint64_t reply = trace_send_ns(run->trace, run->sends[run->send_at]);
    bool overtaken = false;
    for (unsigned k = run->receipt_at; k < run->receipt_count; k++) {
        const struct record *later = record_at(run, run->receipts[k]);
        if (trace_arrive_ns(run->trace, run->receipts[k]) > reply + run->trace->slack[run->x])
            break;
        overtaken |= has(later, TCPTWIN_RST) && trace_arrive_ns(run->trace, run->receipts[k]) < reply;
        if (!has(later, TCPTWIN_RST) && later->ack == record_at(run, i)->ack &&
            trace_arrive_ns(run->trace, run->receipts[k]) > trace_arrive_ns(run->trace, i) + 2 * AT_ONCE_NS)
            return false; /* it answers this one */
    }
    return overtaken;
}

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
    for (unsigned m = 0; m < run->receipt_at; m++) {
        uint64_t came = trace_arrive_ns(trace, run->receipts[m]);
        if (came < left && came > before)
            before = came;
    }
    return before && left - before >= LEAST_RTO_NS && trace_arrive_ns(trace, i) < left + 2 * (left - before) &&
           trace->fin_known[run->x] && seq_gt(trace->fin_seq[run->x], record_end(record_at(run, run->sends[k]))) &&
           fin_follows_at_once(run, i);
}

bool hindsight_data_is_stuck(const struct run *run, unsigned i)
{
    const struct record *last = NULL;
    unsigned copies = 0, syn_acks = 0, nth = 0;
    for (unsigned k = run->send_at; k-- > 0;) {
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
    for (unsigned k = 0; last && !lets_go && k + 1 < run->receipt_at; k++) {
        const struct record *receipt = record_at(run, run->receipts[k]);
        if (has(receipt, TCPTWIN_ACK) && seq_gt(receipt->ack, last->seq) &&
            !was_not_heeded(run, run->receipts[k]))
            return false;
    }
    return copies >= 2 || (copies && (syn_acks >= 2 || was_lost(run, last, i)));
}

/* The newest of Y's segments that was captured among the first @count receipts: its window is known. */
static int offers_window(const struct run *run, unsigned count)
{
    for (unsigned k = count; k-- > 0;) {
        unsigned r = run->receipts[k];
        if (!run->trace->synthetic[r] && has(record_at(run, r), TCPTWIN_ACK) &&
            !(record_at(run, r)->flags & (TCPTWIN_SYN | TCPTWIN_RST)) && !run->trace->refused[r] &&
            (!run->trace->isn_known[run->x] || seq_gt(record_at(run, r)->ack, run->trace->isn[run->x])))
            return (int)r;
    }
    return NONE;
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

/* By the window that @newest offers X had sent as much as it may; or, if @counts_under_way, more is not
 * acknowledged in it than a first window lets go. */
static bool was_held_back(const struct run *run, int newest, bool counts_under_way)
{
    const struct trace *trace = run->trace;
    if (newest == NONE)
        return false;
    const struct record *offer = record_at(run, (unsigned)newest);
    uint32_t sent = offer->ack, window = trace_window(trace, offer);
    for (unsigned k = 0; k < run->send_at; k++) {
        const struct record *send = record_at(run, run->sends[k]);
        if (!(send->flags & TCPTWIN_RST) && seq_gt(record_end(send), sent))
            sent = record_end(send);
    }
    uint32_t under_way = sent - offer->ack, room = window > under_way ? window - under_way : 0;
    uint32_t segment = trace->mss[!run->x] < window / 2 ? trace->mss[!run->x] : window / 2;
    bool much = counts_under_way && under_way >= 2 * trace->mss[!run->x];
    return !room || ((room < segment || much) && goes_beyond(run, sent));
}

bool hindsight_may_hold_back(const struct run *run, unsigned i)
{
    bool at_hand = run->receipt_at && run->receipts[run->receipt_at - 1] == i;
    return was_held_back(run, offers_window(run, run->receipt_at), true) ||
           (at_hand && /* what the FIN let go */
            was_held_back(run, offers_window(run, run->receipt_at - 1), false));
}

bool hindsight_ignored(const struct run *run)
{
    for (unsigned k = 0; k < run->receipt_count; k++) {
        const struct record *first = record_at(run, run->receipts[k]);
        uint64_t last = first->ts_ns, interval = 0;
        unsigned copies = 1;
        if (record_end(first) == first->seq || (first->flags & (TCPTWIN_SYN | TCPTWIN_RST)) ||
            (first->marks & MARK_ICMP))
            continue;
        for (unsigned m = k + 1; m < run->receipt_count; m++) {
            const struct record *copy = record_at(run, run->receipts[m]);
            if (copy->seq != first->seq || record_end(copy) != record_end(first) ||
                (copy->marks & MARK_ICMP) || copy->ts_ns < last + PROMPT_NS)
                continue;
            interval = copy->ts_ns - last;
            last = copy->ts_ns;
            copies++;
        }
        if (copies >= 3 || (copies == 2 && run->trace->end_ts_ns > last + interval))
            return true;
    }
    return false;
}

/* Y's segments that demand an answer went unanswered from some point on, at least two of them and
 * spread over a retransmission time: the path to X is dead, and a RST takes the same path. */
bool hindsight_path_dead(const struct run *run, unsigned rst)
{
    unsigned unanswered = 0;
    uint64_t first = 0, last_sent = 0;
    uint32_t high = 0;
    bool high_known = false;
    for (unsigned k = 0; k < run->send_count; k++)
        if (record_at(run, run->sends[k])->frame < record_at(run, rst)->frame)
            last_sent = trace_send_ns(run->trace, run->sends[k]);
    for (unsigned k = 0; k < run->receipt_count && run->receipts[k] < rst; k++) {
        unsigned i = run->receipts[k];
        const struct record *asked = record_at(run, i);
        bool probes = high_known && !has(asked, TCPTWIN_RST) && seq_lt(asked->seq, high);
        bool demands = record_end(asked) != asked->seq || probes;
        if (!has(asked, TCPTWIN_RST) && (!high_known || seq_gt(record_end(asked), high))) {
            high = record_end(asked);
            high_known = true;
        }
        if (!demands || (asked->marks & (MARK_ICMP | MARK_FOREIGN)) ||
            trace_arrive_ns(run->trace, i) <= last_sent + run->trace->slack[run->x])
            continue;
        first = first ? first : asked->ts_ns;
        unanswered++;
    }
    return unanswered >= 2 && record_at(run, rst)->ts_ns - first > SECOND_NS / 5;
}

/* A forged FIN counts if X acknowledges it before its real peer sent that far. */
bool hindsight_foreign_taken(const struct run *run, unsigned i, int *proof)
{
    const struct trace *trace = run->trace;
    uint32_t end = record_end(record_at(run, i));
    *proof = hindsight_proof(run, run->send_at, end);
    if (*proof == NONE)
        return false;
    const struct record *shown = record_at(run, (unsigned)*proof);
    for (unsigned k = 0; k < trace->count; k++)
        if (trace_is_send(trace, k, !run->x) && trace->records[k].frame < shown->frame &&
            seq_ge(record_end(&trace->records[k]), shown->ack))
            return false;
    return true;
}

/* By its timestamp X's @answer itself was held back, if a tick is a millisecond: it passed the tap so much
 * later than what X sent before it. */
static bool answer_was_held(const struct run *run, unsigned answer)
{
    const struct record *late = record_at(run, answer);
    for (unsigned i = answer; i-- > 0;) {
        const struct record *before = record_at(run, i);
        if (!trace_is_send(run->trace, i, run->x) || run->trace->synthetic[i])
            continue;
        uint64_t apart_ns = (uint64_t)(late->tsval - before->tsval) * 1000000;
        return (late->marks & before->marks & MARK_TIMESTAMPS) && late->tsval != before->tsval &&
               late->ts_ns - before->ts_ns > apart_ns + 2 * AT_ONCE_NS;
    }
    return false;
}

uint64_t hindsight_arrival_ns(const struct run *run, unsigned i, int proof)
{
    const struct trace *trace = run->trace;
    uint64_t at = trace_arrive_ns(trace, i);
    if (proof == NONE || trace->synthetic[i] || trace->synthetic[proof])
        return at;
    const struct record *answer = record_at(run, (unsigned)proof);
    uint64_t left = trace_send_ns(trace, (unsigned)proof);
    bool bare = record_end(answer) == answer->seq && answer->ack == record_end(record_at(run, i));
    bool late = left > at + trace->slack[run->x] && left < at + PROMPT_NS;
    return bare && late && !answer_was_held(run, (unsigned)proof) ? left : at;
}
