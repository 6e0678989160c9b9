/* reset.c - RSTs: what became of one that was sent to an endpoint, and what one of its own says
 *
 * A RST is never acknowledged, so nothing proves that it came. It gets a verdict (enum rst_fate):
 *
 *     CLOSED, LISTEN, or in SYN-SENT one that does not acknowledge the SYN      ignored
 *     before the connection is open, timestamps that cannot be (RFC 7323 5)     stale
 *     the path to X is dead, or two RSTs before it were refuted                 refuted
 *     its number is below what X expects, or far above                          outside
 *     a little above: X would ask (challenge ACK, RFC 5961 3)                   challenged
 *     X speaks on                                                               refuted
 *     else                                                                      accepted
 *
 * A RST that X sends is certain; the question is who speaks. A bare one whose number is the
 * acknowledgment of the receipt before it is the host's answer: there is no socket, or it vanished.
 * One with an ACK is a socket's, and its numbers tell how far that had come.
 */
#include "reset.h"
#include "hindsight.h"
#include "seq.h"
#include "step.h"

/* A RST this far beyond what X expects is outside any window. */
enum { WINDOW_REACH = 1 << 20 };

/* X's RCV.NXT, at least: its highest acknowledgment, or the number after Y's FIN. */
static uint32_t rcv_nxt(const struct run *run)
{
    uint32_t fin_end = run->trace->fin_seq[!run->x] + 1;
    bool beyond = run->fin_received && run->trace->fin_known[!run->x] && seq_gt(fin_end, run->last_ack);
    return beyond ? fin_end : run->last_ack;
}

/* The highest number that Y had sent when the RST passed, or @next. */
static uint32_t highest_sent(const struct run *run, unsigned rst, uint32_t next)
{
    const struct trace *trace = run->trace;
    uint64_t until = trace->records[rst].ts_ns + trace->slack[!run->x];
    uint32_t high = next;
    for (unsigned k = 0; k < trace->count; k++)
        if (trace_is_send(trace, k, !run->x) && !has(&trace->records[k], TCPTWIN_RST) &&
            trace->records[k].ts_ns <= until && seq_gt(record_end(&trace->records[k]), high))
            high = record_end(&trace->records[k]);
    return high;
}

/* RFC 5961 3: exact is a reset. X's RCV.NXT is between its last ACK and the highest number sent. */
static enum rst_fate fate_in_sync(const struct run *run, unsigned i, uint64_t at_ns)
{
    const struct record *rst = record_at(run, i);
    if (run->acked) {
        uint32_t next = rcv_nxt(run), high = highest_sent(run, i, next);
        bool fin_minus_one = run->fin_received && rst->seq == next - 1;
        if (!fin_minus_one && (seq_lt(rst->seq, next) || seq_gt(rst->seq, high)))
            return seq_lt(rst->seq, next) || seq_diff(rst->seq, high) > WINDOW_REACH ? RST_OUTSIDE
                                                                                     : RST_CHALLENGED;
    }
    return hindsight_talks(run, at_ns) ? RST_REFUTED : RST_ACCEPTED;
}

/* X's send @i goes on beyond the one before it, and soon: it may have been under way to the tap for long. */
static bool is_of_a_stream(const struct run *run, int i)
{
    const struct trace *trace = run->trace;
    const struct record *record = &trace->records[i];
    for (unsigned k = (unsigned)i; record->len && k-- > 0;)
        if (trace_is_send(trace, k, run->x) && !trace->synthetic[k])
            return seq_ge(record->seq, record_end(&trace->records[k])) &&
                   record->ts_ns < trace->records[k].ts_ns + trace->distance[0] + trace->distance[1];
    return false;
}

/* Twice before RSTs were captured that X would have taken, and X went on: this one will not have come
 * either. One word of X refutes all RSTs before it: a burst of them, or copies, are lost once. */
static bool resets_get_lost(const struct run *run)
{
    unsigned lost = 0;
    int refuting = NONE;
    for (unsigned k = 0; k < run->receipt_at - 1u; k++) {
        const struct record *rst = record_at(run, run->receipts[k]);
        if (!has(rst, TCPTWIN_RST) || (rst->marks & (MARK_ICMP | MARK_ODD_FLAGS | MARK_BAD_CHECKSUM)))
            continue;
        int next = hindsight_next(run, trace_arrive_ns(run->trace, run->receipts[k]));
        if (next == NONE || next == refuting || is_of_a_stream(run, next))
            continue;
        refuting = next;
        lost += has(record_at(run, (unsigned)next), TCPTWIN_ACK) &&
                record_at(run, (unsigned)next)->ack == rst->seq;
    }
    return lost >= 2;
}

/* What X expects is one number: nothing was taken yet but the SYN, and its data. */
static enum rst_fate fate_in_syn_received(const struct run *run, unsigned i)
{
    const struct trace *trace = run->trace;
    const struct record *rst = record_at(run, i);
    unsigned y = !run->x;
    if (trace->refused[i] == REFUSED_TIMESTAMP)
        return RST_STALE;
    if (trace->isn_known[y] && rst->seq != trace->isn[y] + 1 &&
        !(trace->fast_open && rst->seq == trace->fast_open_end)) {
        int32_t ahead = seq_diff(rst->seq, trace->isn[y] + 1);
        if (ahead < 0 || ahead > WINDOW_REACH)
            return RST_OUTSIDE;
        if (hindsight_talks(run, trace_arrive_ns(trace, i)))
            return RST_CHALLENGED;
    }
    return hindsight_talks(run, trace_arrive_ns(trace, i)) ? RST_REFUTED : RST_ACCEPTED;
}

static enum rst_fate fate_of(const struct run *run, unsigned i)
{
    const struct record *rst = record_at(run, i);
    uint64_t at = trace_arrive_ns(run->trace, i);
    const struct trace *trace = run->trace;
    if (rst->marks & MARK_FOREIGN) /* signed where nobody signs */
        return RST_IGNORED;
    switch (run->twin->state) {
    case TCPTWIN_STATE_CLOSED:
    case TCPTWIN_STATE_LISTEN:
        return RST_IGNORED;
    case TCPTWIN_STATE_SYN_SENT:
        if (trace->refused[i] == REFUSED_TIMESTAMP)
            return RST_STALE;
        if (!has(rst, TCPTWIN_ACK) || !seq_gt(rst->ack, trace->isn[run->x]) ||
            seq_gt(rst->ack, trace->sent_max[run->x]))
            return RST_IGNORED;
        return hindsight_talks(run, at) ? RST_REFUTED : RST_ACCEPTED;
    case TCPTWIN_STATE_SYN_RECEIVED:
        return fate_in_syn_received(run, i);
    case TCPTWIN_STATE_UNKNOWN:
        return hindsight_talks(run, at) ? RST_REFUTED : RST_ACCEPTED;
    default:
        if ((hindsight_path_dead(run, i) || resets_get_lost(run)) && !hindsight_fell_silent(run))
            return RST_REFUTED;
        return fate_in_sync(run, i, at);
    }
}

/* A RST with ACK and timestamps comes from a full socket: the connection was open. */
static bool shows_socket(const struct record *rst)
{
    return has(rst, TCPTWIN_ACK) && (rst->marks & MARK_TIMESTAMPS) && rst->seq;
}

void reset_received(struct run *run, unsigned i)
{
    if (run->twin->state == TCPTWIN_STATE_UNKNOWN && shows_socket(record_at(run, i)))
        step_received(run, TCPTWIN_EV_SEEN_OPEN, i, NONE);
    enum rst_fate fate = fate_of(run, i);
    if (run->twin->rst_count[fate]++ == 0)
        run->twin->rst_record[fate] = i;
    run->twin->rst_last[fate] = i;
    if (fate == RST_ACCEPTED)
        step_received(run,
                      run->twin->state == TCPTWIN_STATE_SYN_RECEIVED && !run->twin->active
                          ? TCPTWIN_EV_RCV_RST_PASSIVE
                          : TCPTWIN_EV_RCV_RST,
                      i, NONE);
}

/* A socket with timestamps sends them with its RSTs, but for bare replies; not every stack does (RFC 7323 3.2:
 * it should). Without them, or as a bare reply to nothing that came, it may be a forger's, or a box's on the
 * way. */
static bool may_be_anothers(const struct run *run, unsigned i)
{
    const struct record *rst = record_at(run, i);
    if (!has(rst, TCPTWIN_ACK)) {
        for (unsigned k = 0; k < run->receipt_at; k++) {
            const struct record *receipt = record_at(run, run->receipts[k]);
            if (has(receipt, TCPTWIN_ACK) && receipt->ack == rst->seq)
                return false;
        }
        return true;
    }
    for (unsigned k = 0; !(rst->marks & MARK_TIMESTAMPS) && k < run->trace->count; k++) {
        const struct record *other = &run->trace->records[k]; /* X has them, or Y answers it with them */
        if ((other->marks & MARK_TIMESTAMPS) && (other->dir == run->x || has(other, TCPTWIN_ACK)))
            return true;
    }
    return false;
}

static void step_by_own_rst(struct run *run, unsigned i)
{
    if (step_sent(run, TCPTWIN_EV_SND_RST, i) && may_be_anothers(run, i))
        run->twin->steps[run->twin->step_count - 1].basis = TCPTWIN_BASIS_ASSUMED;
}

/* An acknowledgment with this number accepts X's SYN. */
static bool acks_syn(const struct run *run, uint32_t number)
{
    return seq_gt(number, run->trace->isn[run->x]) && seq_le(number, run->trace->sent_max[run->x]);
}

/* A RST with an ACK bears its socket's numbers. Where these count data, X's own or its peer's, the connection had
 * been open, though nothing that was captured says so: many captures hold no more than SYN, FIN and RST. Numbers of
 * what was not captured may be a forger's: then that is assumed. */
static void implied_by_reset(struct run *run, unsigned i)
{
    const struct record *rst = record_at(run, i);
    const struct trace *trace = run->trace;
    unsigned x = run->x, y = !run->x;
    if (run->twin->state != TCPTWIN_STATE_SYN_RECEIVED || !has(rst, TCPTWIN_ACK) || trace->fast_open || !rst->seq ||
        !trace->isn_known[x] || !seq_gt(rst->seq, trace->isn[x])) /* 0: RFC 9293 3.10.7.1 */
        return;
    bool sent = seq_gt(rst->seq, trace->isn[x] + 1);
    bool received = trace->isn_known[y] && seq_gt(rst->ack, trace->isn[y] + 1);
    bool sure = !may_be_anothers(run, i) && seq_le(rst->seq, trace->sent_max[x]) &&
                seq_le(rst->ack, trace->sent_max[y]);
    if (sent || received)
        run->syn_acked |= step_received_at(run, TCPTWIN_EV_RCV_ACK_OF_SYN, i, trace_send_ns(trace, i),
                                           sure ? (int)i : NONE);
}

/* Just before it X sent the same, and as often as something came that asks for it: a copy, of X or the capture. */
static bool is_sent_twice(const struct run *run, unsigned i)
{
    const struct trace *trace = run->trace;
    const struct record *rst = record_at(run, i);
    unsigned first = i, before = 0, asked = 0;
    for (unsigned k = run->send_at - 1u; k-- > 0; before++) {
        const struct record *other = record_at(run, run->sends[k]);
        if (other->flags != rst->flags || other->seq != rst->seq || other->ack != rst->ack ||
            other->ts_ns + AT_ONCE_NS < record_at(run, first)->ts_ns)
            break;
        first = run->sends[k];
    }
    for (unsigned k = 0; before && k < run->receipt_count && run->receipts[k] < i; k++)
        asked += trace_arrive_ns(trace, run->receipts[k]) + trace->slack[run->x] + AT_ONCE_NS >=
                     trace_send_ns(trace, first) &&
                 has(record_at(run, run->receipts[k]), TCPTWIN_ACK) &&
                 record_at(run, run->receipts[k])->ack == rst->seq;
    return before && before >= asked;
}

void reset_sent(struct run *run, unsigned i)
{
    const struct record *rst = record_at(run, i);
    bool bare = !has(rst, TCPTWIN_ACK);
    if (is_sent_twice(run, i))
        return;
    implied_by_reset(run, i);
    if (run->twin->state == TCPTWIN_STATE_UNKNOWN && shows_socket(rst))
        step_sent(run, TCPTWIN_EV_SEEN_OPEN, i);
    int last = run->last_receipt;
    bool answers = bare && last != NONE && has(record_at(run, (unsigned)last), TCPTWIN_ACK) &&
                   record_at(run, (unsigned)last)->ack == rst->seq;
    if (answers) {
        run->twin->no_socket_reply = true;
        run->twin->no_socket_record = i;
    }
    if (run->twin->state == TCPTWIN_STATE_FIN_WAIT_2 && last != NONE &&
        record_at(run, (unsigned)last)->len && !has(record_at(run, (unsigned)last), TCPTWIN_FIN)) {
        run->twin->data_after_close = true;
        run->twin->no_socket_reply = false; /* there was one, until then */
        step_by_own_rst(run, i);
        return;
    }
    if (run->twin->state == TCPTWIN_STATE_SYN_RECEIVED && answers && !acks_syn(run, rst->seq))
        return; /* it refuses what is not of this connection, and waits on (RFC 9293 3.10.7.4) */
    if (run->twin->state == TCPTWIN_STATE_SYN_SENT && answers) {
        /* it had given up, or refuses what it never asked for */
        if (acks_syn(run, rst->seq))
            step_sent(run, TCPTWIN_EV_SND_RST, i);
        return;
    }
    if (answers)
        step_sent(run, TCPTWIN_EV_VANISHED, i);
    else
        step_by_own_rst(run, i);
}
