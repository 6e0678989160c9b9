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

unsigned hindsight_ignored_acks(const struct run *run, uint32_t end, unsigned flags)
{
    unsigned ignored = 0;
    uint64_t last_repeat = 0;
    for (unsigned k = 0; k < run->receipt_count; k++) {
        unsigned i = run->receipts[k];
        if (!has(record_at(run, i), TCPTWIN_ACK) || seq_lt(record_at(run, i)->ack, end))
            continue;
        uint64_t repeat = next_repeat(run, flags, trace_arrive_ns(run->trace, i));
        if (repeat != UINT64_MAX && repeat != last_repeat)
            ignored++;
        last_repeat = repeat;
    }
    return ignored;
}

bool hindsight_talks(const struct run *run, uint64_t at_ns)
{
    for (unsigned k = 0; k < run->send_count; k++) {
        unsigned i = run->sends[k];
        if (!(record_at(run, i)->flags & TCPTWIN_RST) &&
            trace_send_ns(run->trace, i) > at_ns + run->trace->slack[run->x])
            return true;
    }
    return false;
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

/* Inference rule 4: bounded by X's sends, picked by echo, D-SACK, time. */
void hindsight_fin_copy(struct run *run)
{
    const struct trace *trace = run->trace;
    unsigned y = !run->x;
    run->fin_copy = run->fin_proof = NONE;
    if (!trace->fin_known[y])
        return;
    uint32_t fin = trace->fin_seq[y];
    run->fin_proof = hindsight_proof(run, 0, fin + 1);
    uint64_t until = run->fin_proof == NONE ? UINT64_MAX
                                            : trace_send_ns(trace, (unsigned)run->fin_proof);
    unsigned copies = 0;
    int first = NONE, last = NONE, echoed = NONE, any = NONE;
    for (unsigned k = 0; k < run->receipt_count; k++) {
        unsigned i = run->receipts[k];
        const struct record *copy = record_at(run, i);
        if (!has(copy, TCPTWIN_FIN) || record_end(copy) != fin + 1)
            continue;
        copies++;
        if (copy->marks & MARK_BAD_CHECKSUM)
            continue;
        any = (int)i;
        if (until != UINT64_MAX && last != NONE &&
            trace_arrive_ns(trace, i) > until + trace->slack[run->x])
            continue;
        if (lags_after(run, fin, trace_arrive_ns(trace, i), until))
            continue; /* a hole before it, or lost */
        if (first == NONE)
            first = (int)i;
        last = (int)i;
        if (run->fin_proof != NONE && echoed == NONE && (copy->marks & MARK_TIMESTAMPS) &&
            record_at(run, (unsigned)run->fin_proof)->tsecr == copy->tsval)
            echoed = (int)i;
    }
    if (run->fin_proof == NONE && copies >= 3)
        return; /* never answered */
    if (last == NONE && run->fin_proof != NONE)
        last = any; /* X spoke on with an older ACK, but has it: held up on the way to the tap */
    if (echoed != NONE)
        run->fin_copy = echoed;
    else if (run->fin_proof != NONE && first != last &&
             (record_at(run, (unsigned)run->fin_proof)->marks & MARK_DSACK))
        run->fin_copy = first;
    else
        run->fin_copy = last;
}

bool hindsight_no_socket(const struct run *run, unsigned i)
{
    const struct record *receipt = record_at(run, i);
    if (run->send_at >= run->send_count || !has(receipt, TCPTWIN_ACK))
        return false;
    const struct record *next = record_at(run, run->sends[run->send_at]);
    return (next->flags & (TCPTWIN_RST | TCPTWIN_ACK)) == TCPTWIN_RST && next->seq == receipt->ack;
}

bool hindsight_ignored(const struct run *run)
{
    for (unsigned k = 0; k < run->receipt_count; k++) {
        const struct record *first = record_at(run, run->receipts[k]);
        unsigned copies = 0;
        if (record_end(first) == first->seq || (first->flags & (TCPTWIN_SYN | TCPTWIN_RST)) ||
            (first->marks & MARK_ICMP))
            continue;
        for (unsigned m = k; m < run->receipt_count; m++) {
            const struct record *copy = record_at(run, run->receipts[m]);
            copies += copy->seq == first->seq && record_end(copy) == record_end(first) &&
                      !(copy->marks & MARK_ICMP);
        }
        if (copies >= 3)
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
