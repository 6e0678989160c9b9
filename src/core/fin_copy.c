/* fin_copy.c - which copy of the peer's FIN reached an endpoint, if any did
 *
 * A FIN is repeated until it is acknowledged. The copy that came is bounded by X's sends: those that still acknowledge
 * less came before it, the first that acknowledges it (the proof) after it. But what leaves X just as a copy comes may
 * answer what came just before it. Between these
 *
 *     an echoed timestamp     tells the copy
 *     a D-SACK                says that one before it had come
 *     nothing                 the last that can be it (inference rule 4)
 *
 * and behind a hole, which X reports (SACK) or the later capture of what belongs there shows, it counts when
 * the hole is filled. No copy came where X, asked three times, says nothing; or where a forger's bytes lie in
 * its place.
 */
#include "fin_copy.h"
#include "hindsight.h"
#include "seq.h"

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

/* The copies of Y's FIN that were sent to X. */
struct fin_copies {
    unsigned count;   /* sent one after another, not copied on the way */
    int first, last;  /* that can be the one: undamaged, and X's sends around it allow it */
    int echoed;       /* the last that is no younger than the timestamp that X's proof echoes */
    int any, earliest; /* undamaged ones: the last, the first */
    bool doubted;     /* one that all but came: X left it out only in what it sent at once */
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
    if (lags_after(run, trace->fin_seq[!run->x], at, until)) { /* a hole before it, or lost */
        copies->doubted |= !lags_after(run, trace->fin_seq[!run->x], at + AT_ONCE_NS, until);
        return;
    }
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
    return seq_gt(proof->ack, end) ||
           (foreign && first != NONE && proof->frame < record_at(run, (unsigned)first)->frame);
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
        if (is_empty(send) && !(send->flags & TCPTWIN_RST) &&
            trace_send_ns(run->trace, run->sends[k]) > since_ns)
            return true;
    }
    return false;
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

/* Y's data @i had not come before: nothing that was captured earlier has its last byte, or X, which got the FIN, spoke
 * on without it. Unless it acknowledges that FIN and says that something came twice (D-SACK). */
static bool was_missing(const struct run *run, unsigned i)
{
    const struct trace *trace = run->trace;
    const struct record *data = record_at(run, i);
    const struct record *proof = run->fin_proof == NONE ? NULL : record_at(run, (unsigned)run->fin_proof);
    uint32_t last = record_end(data) - 1;
    bool seen = false, lagged = false;
    for (unsigned k = 0; k < i; k++) {
        const struct record *before = record_at(run, k);
        if (trace_is_send(trace, k, !run->x))
            seen |= seq_le(before->seq, last) && seq_gt(record_end(before), last);
        else if (trace_is_send(trace, k, run->x) && has(before, TCPTWIN_ACK) && seq_gt(before->ack, last))
            return false;
        else
            lagged |= k > (unsigned)run->fin_copy && trace_is_send(trace, k, run->x);
    }
    return !seen || (lagged && !(proof && (proof->marks & MARK_DSACK)));
}

/* Receipt @i came before X acknowledged Y's FIN; or soon after that, if X never did. */
static bool precedes_proof(const struct run *run, unsigned i)
{
    const struct trace *trace = run->trace;
    uint64_t at = trace_arrive_ns(trace, i);
    if (run->fin_proof == NONE)
        return at <= trace_arrive_ns(trace, (unsigned)run->fin_copy) + PROMPT_NS;
    return at <= trace_send_ns(trace, (unsigned)run->fin_proof) + trace->slack[run->x];
}

/* Y's data @i, which came after its FIN, lies below that and was missing. */
static bool fills_before(const struct run *run, unsigned i, uint32_t fin)
{
    const struct record *data = record_at(run, i);
    return seq_le(record_end(data), fin) && !(data->flags & (TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST)) &&
           !(data->marks & (MARK_ICMP | MARK_BAD_CHECKSUM | MARK_FOREIGN)) && precedes_proof(run, i) &&
           was_missing(run, i);
}

/* The last of these, before X acknowledged both: with it the FIN counts. */
static int completes_fin(const struct run *run, uint32_t fin)
{
    for (unsigned k = run->receipt_count; k-- > 0 && (int)run->receipts[k] > run->fin_copy;)
        if (record_at(run, run->receipts[k])->len && fills_before(run, run->receipts[k], fin))
            return (int)run->receipts[k];
    return NONE;
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

/* Y's FIN, of which there is one copy, and nobody acknowledges it before that. */
static void take_only_copy(struct run *run, uint32_t fin)
{
    unsigned k = run->receipt_count, behind = run->send_count;
    while (!has(record_at(run, run->receipts[--k]), TCPTWIN_FIN)) {
    }
    while (behind && run->sends[behind - 1] > run->receipts[k])
        behind--;
    run->fin_copy = (int)run->receipts[k];
    run->fin_proof = hindsight_proof(run, behind, fin + 1);
}

/* Inference rule 4: bounded by X's sends, picked by echo, D-SACK, time. */
void fin_copy_find(struct run *run)
{
    const struct trace *trace = run->trace;
    run->fin_copy = run->fin_proof = run->fin_unheard = NONE;
    run->fin_ahead = run->fin_refuted = run->fin_doubted = false;
    if (!trace->fin_known[!run->x])
        return;
    uint32_t fin = trace->fin_seq[!run->x];
    struct fin_copies copies = {.first = NONE, .last = NONE, .echoed = NONE, .any = NONE, .earliest = NONE};
    if (trace->orderly) {
        take_only_copy(run, fin);
        return;
    }
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
    run->fin_doubted = copies.doubted;
    run->fin_copy = choose_copy(run, &copies, fin);
    int last = run->fin_copy == NONE ? NONE : completes_fin(run, fin);
    if (last == NONE)
        return;
    run->fin_copy = last;
    run->fin_ahead = true;
}
