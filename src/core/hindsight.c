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
 * refutes anything. Looks at the streams and changes nothing.
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
    return !run->trace->orderly && next_repeat(run, flags, at_ns) != UINT64_MAX;
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
    if (run->trace->orderly)
        return false;
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

bool hindsight_answer_due(const struct run *run, uint64_t at)
{
    return run->trace->end_ts_ns > at + run->trace->distance[run->x] + SECOND_NS / 4;
}

bool hindsight_no_socket(const struct run *run, unsigned i)
{
    const struct record *receipt = record_at(run, i);
    if (run->trace->orderly || run->send_at >= run->send_count || !has(receipt, TCPTWIN_ACK))
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
        if (!is_empty(later) && later->frame < reply->frame)
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
        if (is_empty(send) || (last && record_end(send) != end))
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

bool hindsight_ignored(const struct run *run)
{
    for (unsigned k = 0; k < run->receipt_count; k++) {
        const struct record *first = record_at(run, run->receipts[k]);
        uint64_t last = first->ts_ns, interval = 0;
        unsigned copies = 1;
        if (is_empty(first) || (first->flags & (TCPTWIN_SYN | TCPTWIN_RST)) ||
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
        bool demands = !is_empty(asked) || probes;
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
    bool late = left > at + trace->slack[run->x] && left < at + PROMPT_NS;
    return late && is_empty(answer) && answer->ack == record_end(record_at(run, i)) &&
                   !answer_was_held(run, (unsigned)proof)
               ? left
               : at;
}
