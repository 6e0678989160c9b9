/* twin.c - the state machine of one endpoint, run over the evidence in that endpoint's own order
 *
 * A segment seen is not a segment received. For endpoint X the trace is two streams, each in order:
 *
 *     sends     what X did: certain, at the tap's time minus X's distance
 *     receipts  what its peer Y sent: presumed to arrive, at the tap's time plus X's distance
 *
 * They are merged by X's own clock, and by what the numbers say: a send that acknowledges a receipt
 * comes after it; a send that does not yet acknowledge Y's FIN comes before it. With hindsight a
 * receipt is struck out: a SYN-ACK or FIN that X repeats was not acknowledged yet, a FIN that X's
 * later segments do not cover had not come, a RST after which X talks on was not believed.
 *
 * Each step goes through the one table (transitions.def). Where X's own segments later prove the
 * receipt, its basis is raised from assumed to confirmed.
 */
#include "twin.h"
#include "seq.h"

#include <stddef.h>
#include <string.h>

#define NONE (-1)
#define SECOND_NS UINT64_C(1000000000)

/* The run of one twin: who, and how far the two streams are. */
struct run {
    struct twin *twin;
    const struct trace *trace;
    unsigned x;
    unsigned sends[TRACE_MAX], send_count, send_at;
    unsigned receipts[TRACE_MAX], receipt_count, receipt_at;
    bool fin_sent, fin_received, syn_acked, peer_syn_seen;
    int last_receipt;      /* newest receipt before the send at hand */
    uint32_t last_ack;     /* highest acknowledgment X has sent so far, with acked */
    bool acked;
    unsigned refuted_resets;
    int fin_copy;          /* the copy of Y's FIN that arrived, or NONE */
    int fin_proof;         /* X's first send that acknowledges Y's FIN, or NONE */
};

static const struct record *record_at(const struct run *run, unsigned i)
{
    return &run->trace->records[i];
}
static bool has(const struct record *record, unsigned flags)
{
    return (record->flags & flags) == flags;
}

/* -- stepping ------------------------------------------------------------------------------------- */

static struct tcptwin_brief brief_of(const struct trace *trace, unsigned i)
{
    const struct record *record = &trace->records[i];
    unsigned dir = record->dir;
    struct tcptwin_brief brief = {.frame = record->frame, .ts_ns = record->ts_ns, .len = record->len,
                                  .window = record->window, .flags = record->flags,
                                  .sender = (uint8_t)dir, .has_ack = has(record, TCPTWIN_ACK)};
    brief.seq = record->seq - (trace->isn_known[dir] ? trace->isn[dir] : record->seq);
    if (brief.has_ack)
        brief.ack = record->ack - (trace->isn_known[!dir] ? trace->isn[!dir] : record->ack - 1);
    if (record->marks & MARK_ICMP)
        brief.flags = 0;
    return brief;
}

/* One step, told by record @i (NONE: by nothing), at the endpoint at @at_ns. False: no such row. */
static bool step_at(struct twin *twin, const struct trace *trace, unsigned x,
                    enum tcptwin_machine_event event, int i, uint64_t ts_ns, uint64_t at_ns)
{
    const struct tcptwin_row *row = tcptwin_row(twin->state, event);
    if (!row || twin->step_count == TWIN_STEPS_MAX)
        return false;
    struct tcptwin_transition *step = &twin->steps[twin->step_count++];
    *step = (struct tcptwin_transition){.endpoint = (uint8_t)x, .from = twin->state,
                                        .to = (uint8_t)row->to, .event = (uint8_t)event,
                                        .basis = (uint8_t)row->basis, .ts_ns = ts_ns,
                                        .has_endpoint_ts = trace->distance_known[x],
                                        .endpoint_ts_ns = at_ns};
    if (twin->step_count > 1) {
        const struct tcptwin_transition *before = step - 1;
        if (step->endpoint_ts_ns < before->endpoint_ts_ns)
            step->endpoint_ts_ns = before->endpoint_ts_ns;
        step->dwell_ns = step->endpoint_ts_ns - before->endpoint_ts_ns;
    }
    if (i != NONE) {
        step->segment = brief_of(trace, (unsigned)i);
        if (trace->synthetic[i] && step->basis == TCPTWIN_BASIS_OBSERVED)
            step->basis = TCPTWIN_BASIS_CONFIRMED;
    }
    twin->state = (uint8_t)row->to;
    twin->states |= 1u << row->to;
    twin->events |= 1u << event;
    return true;
}

static bool step_sent(struct run *run, enum tcptwin_machine_event event, unsigned i)
{
    return step_at(run->twin, run->trace, run->x, event, (int)i, record_at(run, i)->ts_ns,
                   trace_send_ns(run->trace, i));
}

/* A receipt; @proof is X's later send that shows it, or NONE. */
static bool step_received(struct run *run, enum tcptwin_machine_event event, unsigned i, int proof)
{
    uint64_t at = trace_arrive_ns(run->trace, i);
    if (proof != NONE && trace_send_ns(run->trace, (unsigned)proof) < at)
        at = trace_send_ns(run->trace, (unsigned)proof);
    if (!step_at(run->twin, run->trace, run->x, event, (int)i, record_at(run, i)->ts_ns, at))
        return false;
    struct tcptwin_transition *step = &run->twin->steps[run->twin->step_count - 1];
    if (proof != NONE && step->basis == TCPTWIN_BASIS_ASSUMED) {
        step->basis = TCPTWIN_BASIS_CONFIRMED;
        step->proof_frame = record_at(run, (unsigned)proof)->frame;
    }
    return true;
}

/* -- hindsight ---------------------------------------------------------------------------------------- */

static bool is_repeat_of(const struct record *record, unsigned flags)
{
    return (record->flags & (TCPTWIN_SYN | TCPTWIN_ACK | TCPTWIN_FIN) & (flags | TCPTWIN_SYN)) ==
               flags &&
           !(record->flags & TCPTWIN_RST);
}

/* Whether X sends such a segment (SYN; SYN-ACK; FIN) after @at_ns: it had not been acknowledged. */
static bool repeats_after(const struct run *run, unsigned flags, uint64_t at_ns)
{
    for (unsigned k = 0; k < run->send_count; k++) {
        unsigned i = run->sends[k];
        if (is_repeat_of(record_at(run, i), flags) &&
            trace_send_ns(run->trace, i) > at_ns + run->trace->slack[run->x])
            return true;
    }
    return false;
}

/* How many receipts that acknowledge @end X ignored: each was followed by a repetition. */
static unsigned ignored_acks(const struct run *run, uint32_t end, unsigned flags)
{
    unsigned ignored = 0;
    for (unsigned k = 0; k < run->receipt_count; k++) {
        unsigned i = run->receipts[k];
        if (has(record_at(run, i), TCPTWIN_ACK) && seq_ge(record_at(run, i)->ack, end) &&
            repeats_after(run, flags, trace_arrive_ns(run->trace, i)))
            ignored++;
    }
    return ignored;
}

/* X's first send from send number @from on that acknowledges @end. */
static int proof_of(const struct run *run, unsigned from, uint32_t end)
{
    for (unsigned k = from; k < run->send_count; k++) {
        const struct record *send = record_at(run, run->sends[k]);
        if (has(send, TCPTWIN_ACK) && seq_ge(send->ack, end) &&
            seq_diff(send->ack, end) < 1 << 30)
            return (int)run->sends[k];
    }
    return NONE;
}

/* X's first later send that is neither SYN nor RST: it is open by then. */
static int talk_of(const struct run *run, unsigned from)
{
    for (unsigned k = from; k < run->send_count; k++)
        if (!(record_at(run, run->sends[k])->flags & (TCPTWIN_SYN | TCPTWIN_RST)))
            return (int)run->sends[k];
    return NONE;
}

/* X's first later send that echoes the timestamp of receipt @i, or a later one. */
static int echo_of(const struct run *run, unsigned i)
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

/* Which copy of Y's FIN arrived (inference rule 4): bounded by X's sends, picked by echo, D-SACK, time. */
static void choose_fin_copy(struct run *run)
{
    const struct trace *trace = run->trace;
    unsigned y = !run->x;
    run->fin_copy = run->fin_proof = NONE;
    if (!trace->fin_known[y])
        return;
    uint32_t fin = trace->fin_seq[y];
    run->fin_proof = proof_of(run, 0, fin + 1);
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
        last = any; /* X spoke on with an older acknowledgment, but has it: held up on the way to the tap */
    if (echoed != NONE)
        run->fin_copy = echoed;
    else if (run->fin_proof != NONE && first != last &&
             (record_at(run, (unsigned)run->fin_proof)->marks & MARK_DSACK))
        run->fin_copy = first;
    else
        run->fin_copy = last;
}

/* -- RST ------------------------------------------------------------------------------------------------ */

static bool talks_after(const struct run *run, uint64_t at_ns)
{
    for (unsigned k = 0; k < run->send_count; k++) {
        unsigned i = run->sends[k];
        if (!(record_at(run, i)->flags & TCPTWIN_RST) &&
            trace_send_ns(run->trace, i) > at_ns + run->trace->slack[run->x])
            return true;
    }
    return false;
}

/* RFC 5961 3: exact is a reset. X's RCV.NXT lies between its last ACK and the highest number sent. */
static enum rst_fate rst_in_sync(const struct run *run, const struct record *rst, uint64_t at_ns)
{
    const struct trace *trace = run->trace;
    unsigned y = !run->x;
    if (run->acked) {
        uint32_t high = trace->sent_known[y] && seq_gt(trace->sent_max[y], run->last_ack)
                            ? trace->sent_max[y]
                            : run->last_ack;
        bool fin_minus_one = run->fin_received && rst->seq == run->last_ack - 1;
        if (!fin_minus_one && (seq_lt(rst->seq, run->last_ack) || seq_gt(rst->seq, high)))
            return seq_lt(rst->seq, run->last_ack) || seq_diff(rst->seq, high) > 1 << 20
                       ? RST_OUTSIDE
                       : RST_CHALLENGED;
    }
    return talks_after(run, at_ns) ? RST_REFUTED : RST_ACCEPTED;
}

/* Y's segments that demand an answer went unanswered from some point on, at least two of them and
 * spread over a retransmission time: the path to X is dead, and a RST takes the same path. */
static bool path_is_dead(const struct run *run, unsigned rst)
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
        if (!demands || (asked->marks & (MARK_ICMP | MARK_FOREIGN | MARK_DUPLICATE)) ||
            trace_arrive_ns(run->trace, i) <= last_sent + run->trace->slack[run->x])
            continue;
        first = first ? first : asked->ts_ns;
        unanswered++;
    }
    return unanswered >= 2 && record_at(run, rst)->ts_ns - first > SECOND_NS / 5;
}

/* Two RSTs before this one were captured and X went on: this one will not have come either. */
static bool resets_get_lost(const struct run *run)
{
    return run->refuted_resets >= 2;
}

static enum rst_fate rst_fate_of(const struct run *run, unsigned i)
{
    const struct record *rst = record_at(run, i);
    uint64_t at = trace_arrive_ns(run->trace, i);
    const struct trace *trace = run->trace;
    switch (run->twin->state) {
    case TCPTWIN_STATE_CLOSED:
    case TCPTWIN_STATE_LISTEN:
        return RST_IGNORED;
    case TCPTWIN_STATE_SYN_SENT:
        if (!has(rst, TCPTWIN_ACK) || !seq_gt(rst->ack, trace->isn[run->x]) ||
            seq_gt(rst->ack, trace->sent_max[run->x]))
            return RST_IGNORED;
        return talks_after(run, at) ? RST_REFUTED : RST_ACCEPTED;
    case TCPTWIN_STATE_SYN_RECEIVED:
        if (trace->isn_known[!run->x] && rst->seq != trace->isn[!run->x] + 1 &&
            (seq_le(rst->seq, trace->isn[!run->x]) || seq_gt(rst->seq, trace->sent_max[!run->x])))
            return RST_OUTSIDE;
        return talks_after(run, at) ? RST_REFUTED : RST_ACCEPTED;
    case TCPTWIN_STATE_UNKNOWN:
        return talks_after(run, at) ? RST_REFUTED : RST_ACCEPTED;
    default:
        if (path_is_dead(run, i) || resets_get_lost(run))
            return RST_REFUTED;
        return rst_in_sync(run, rst, at);
    }
}

/* A RST with ACK and timestamps comes from a full socket: the connection was open. */
static bool shows_socket(const struct record *rst)
{
    return has(rst, TCPTWIN_ACK) && (rst->marks & MARK_TIMESTAMPS) && rst->seq;
}

static void receive_rst(struct run *run, unsigned i)
{
    if (run->twin->state == TCPTWIN_STATE_UNKNOWN && shows_socket(record_at(run, i)))
        step_received(run, TCPTWIN_EV_SEEN_OPEN, i, NONE);
    enum rst_fate fate = rst_fate_of(run, i);
    if (fate > run->twin->rst_fate || (fate != RST_IGNORED && fate != RST_NONE)) {
        run->twin->rst_fate = (uint8_t)fate;
        run->twin->rst_record = i;
    }
    run->refuted_resets += fate == RST_REFUTED;
    if (fate == RST_ACCEPTED)
        step_received(run,
                      run->twin->state == TCPTWIN_STATE_SYN_RECEIVED && !run->twin->active
                          ? TCPTWIN_EV_RCV_RST_PASSIVE
                          : TCPTWIN_EV_RCV_RST,
                      i, NONE);
}

/* X's very next word after receipt @i is a bare RST with that receipt's acknowledgment: no socket. */
static bool answered_by_no_socket(const struct run *run, unsigned i)
{
    const struct record *receipt = record_at(run, i);
    if (run->send_at >= run->send_count || !has(receipt, TCPTWIN_ACK))
        return false;
    const struct record *next = record_at(run, run->sends[run->send_at]);
    return (next->flags & (TCPTWIN_RST | TCPTWIN_ACK)) == TCPTWIN_RST && next->seq == receipt->ack;
}

/* -- receipts ---------------------------------------------------------------------------------------------- */

static void receive_syn_ack(struct run *run, unsigned i)
{
    const struct trace *trace = run->trace;
    const struct record *answer = record_at(run, i);
    uint64_t at = trace_arrive_ns(trace, i);
    if (!seq_gt(answer->ack, trace->isn[run->x]) || seq_gt(answer->ack, trace->sent_max[run->x]))
        return;
    if (run->twin->state == TCPTWIN_STATE_SYN_SENT) {
        int proof = proof_of(run, run->send_at, answer->seq + 1);
        if (proof == NONE && (repeats_after(run, TCPTWIN_SYN, at) ||
                              trace->end_ts_ns > at + trace->distance[run->x] + SECOND_NS / 4))
            return; /* a SYN-ACK that arrives is answered at once */
        if (proof != NONE && repeats_after(run, TCPTWIN_SYN, at) &&
            !has(record_at(run, (unsigned)proof), TCPTWIN_SYN))
            return;
        run->syn_acked |= step_received(run, TCPTWIN_EV_RCV_SYN_ACK, i, proof);
    } else if (run->twin->state == TCPTWIN_STATE_SYN_RECEIVED) {
        run->syn_acked |= step_received(run, TCPTWIN_EV_RCV_ACK_OF_SYN, i,
                                        talk_of(run, run->send_at));
    }
}

/* Y says the same thing three times or more, and X, who never said more than SYN-ACK, is silent. */
static bool is_ignored(const struct run *run)
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
                      !(copy->marks & (MARK_ICMP | MARK_DUPLICATE));
        }
        if (copies >= 3)
            return true;
    }
    return false;
}

/* The ACK that completes a passive open, unless the server repeats its SYN-ACK, or had no socket. */
static void receive_ack_of_syn(struct run *run, unsigned i)
{
    const struct trace *trace = run->trace;
    uint64_t at = trace_arrive_ns(trace, i);
    unsigned syn_ack = TCPTWIN_SYN | TCPTWIN_ACK;
    if (repeats_after(run, syn_ack, at)) {
        run->twin->handshake_ack_lost = true;
        return;
    }
    if (answered_by_no_socket(run, i)) {
        step_received(run, TCPTWIN_EV_VANISHED, i, NONE);
        return;
    }
    int talk = talk_of(run, run->send_at);
    if (talk == NONE && is_ignored(run))
        return;
    if (talk == NONE && ignored_acks(run, trace->isn[run->x] + 1, syn_ack) >= 2)
        return; /* two were lost for certain, so was the last */
    run->syn_acked |= step_received(run, TCPTWIN_EV_RCV_ACK_OF_SYN, i, trace->fast_open ? NONE : talk);
}

static bool acks_own_fin(const struct run *run, const struct record *receipt)
{
    return run->fin_sent && has(receipt, TCPTWIN_ACK) &&
           seq_gt(receipt->ack, run->trace->fin_seq[run->x]);
}

static void receive_ack_of_fin(struct run *run, unsigned i)
{
    uint64_t at = trace_arrive_ns(run->trace, i);
    if (repeats_after(run, TCPTWIN_FIN, at))
        return;
    if (ignored_acks(run, run->trace->fin_seq[run->x] + 1, TCPTWIN_FIN) >= 2 &&
        echo_of(run, i) == NONE)
        return;
    step_received(run, TCPTWIN_EV_RCV_ACK_OF_FIN, i, echo_of(run, i));
}

static void receive_fin(struct run *run, unsigned i)
{
    if (answered_by_no_socket(run, i)) {
        return; /* the RST that answers it tells the rest */
    }
    run->fin_received |= step_received(run, TCPTWIN_EV_RCV_FIN, i, run->fin_proof);
}

/* A forged FIN counts if X acknowledges it before its real peer sent that far. */
static bool foreign_taken(const struct run *run, unsigned i, int *proof)
{
    const struct trace *trace = run->trace;
    uint32_t end = record_end(record_at(run, i));
    *proof = proof_of(run, run->send_at, end);
    if (*proof == NONE)
        return false;
    const struct record *shown = record_at(run, (unsigned)*proof);
    for (unsigned k = 0; k < trace->count; k++)
        if (trace_is_send(trace, k, !run->x) && trace->records[k].frame < shown->frame &&
            seq_ge(record_end(&trace->records[k]), shown->ack))
            return false;
    return true;
}

/* An acknowledgment of bytes that X never sent (its peer was fed by a forger) discards the segment. */
static bool acks_unsent(const struct run *run, const struct record *receipt)
{
    const struct trace *trace = run->trace;
    if (!has(receipt, TCPTWIN_ACK) || !trace->sent_known[run->x] ||
        seq_le(receipt->ack, trace->sent_max[run->x]))
        return false;
    for (unsigned k = 0; k < trace->count; k++)
        if (trace->records[k].dir == run->x && (trace->records[k].marks & MARK_FOREIGN) &&
            seq_ge(record_end(&trace->records[k]), receipt->ack))
            return true;
    return false;
}

static void receive_icmp(struct run *run, unsigned i)
{
    const struct record *error = record_at(run, i);
    if (run->twin->state != TCPTWIN_STATE_SYN_SENT || talks_after(run, trace_arrive_ns(run->trace, i)))
        return;
    run->twin->icmp = error->len;
    step_received(run, TCPTWIN_EV_RCV_ICMP, i, NONE);
}

static void receive_foreign(struct run *run, unsigned i)
{
    int proof;
    const struct record *forged = record_at(run, i);
    if ((forged->marks & MARK_ODD_FLAGS) || has(forged, TCPTWIN_SYN) || !has(forged, TCPTWIN_FIN) ||
        run->fin_received || !foreign_taken(run, i, &proof))
        return;
    run->fin_received |= step_received(run, TCPTWIN_EV_RCV_FIN, i, proof);
}

static void receive(struct run *run, unsigned i)
{
    const struct record *receipt = record_at(run, i);
    uint8_t *state = &run->twin->state;
    if (receipt->marks & (MARK_DUPLICATE | MARK_BAD_CHECKSUM))
        return;
    if (has(receipt, TCPTWIN_RST)) {
        if (!(receipt->marks & MARK_ODD_FLAGS))
            receive_rst(run, i);
        return;
    }
    if (receipt->marks & (MARK_FOREIGN | MARK_ODD_FLAGS)) {
        receive_foreign(run, i);
        return;
    }
    if (acks_unsent(run, receipt))
        return;
    if (has(receipt, TCPTWIN_SYN | TCPTWIN_ACK)) {
        receive_syn_ack(run, i);
        return;
    }
    if (has(receipt, TCPTWIN_SYN)) {
        if (*state == TCPTWIN_STATE_SYN_SENT)
            step_received(run, TCPTWIN_EV_RCV_SYN, i, proof_of(run, run->send_at, receipt->seq + 1));
        return;
    }
    if (*state == TCPTWIN_STATE_UNKNOWN && !run->trace->closed_before[run->x] &&
        has(receipt, TCPTWIN_ACK))
        step_received(run, TCPTWIN_EV_SEEN_OPEN, i, NONE);
    if (*state == TCPTWIN_STATE_SYN_RECEIVED && has(receipt, TCPTWIN_ACK) &&
        seq_gt(receipt->ack, run->trace->isn[run->x]) &&
        seq_le(receipt->ack, run->trace->sent_max[run->x]))
        receive_ack_of_syn(run, i);
    if (*state == TCPTWIN_STATE_SYN_RECEIVED)
        return; /* what is not acknowledged here was not taken */
    if (acks_own_fin(run, receipt))
        receive_ack_of_fin(run, i);
    if ((int)i == run->fin_copy && !run->fin_received)
        receive_fin(run, i);
}

/* -- sends ---------------------------------------------------------------------------------------------------- */

static void send_rst(struct run *run, unsigned i)
{
    const struct record *rst = record_at(run, i);
    bool bare = !has(rst, TCPTWIN_ACK);
    if (run->twin->state == TCPTWIN_STATE_UNKNOWN && shows_socket(rst))
        step_sent(run, TCPTWIN_EV_SEEN_OPEN, i);
    int last = run->last_receipt;
    bool answers = bare && last != NONE && has(record_at(run, (unsigned)last), TCPTWIN_ACK) &&
                   record_at(run, (unsigned)last)->ack == rst->seq;
    if (run->twin->state == TCPTWIN_STATE_CLOSED || run->twin->state == TCPTWIN_STATE_LISTEN) {
        run->twin->no_socket_reply |= answers;
        run->twin->no_socket_record = i;
        return;
    }
    if (run->twin->state == TCPTWIN_STATE_FIN_WAIT_2 && last != NONE &&
        record_at(run, (unsigned)last)->len && !has(record_at(run, (unsigned)last), TCPTWIN_FIN)) {
        run->twin->data_after_close = true;
        step_sent(run, TCPTWIN_EV_SND_RST, i);
        return;
    }
    run->twin->no_socket_reply |= answers;
    run->twin->no_socket_record = i;
    step_sent(run, answers ? TCPTWIN_EV_VANISHED : TCPTWIN_EV_SND_RST, i);
}

/* What a send of X shows about receipts that were missed. */
static void implied_by_send(struct run *run, unsigned i)
{
    const struct record *send = record_at(run, i);
    const struct trace *trace = run->trace;
    unsigned y = !run->x;
    uint8_t state = run->twin->state;
    if (state == TCPTWIN_STATE_UNKNOWN && !trace->closed_before[run->x])
        step_sent(run, trace->closed_before[y] ? TCPTWIN_EV_SEEN_PEER_CLOSED : TCPTWIN_EV_SEEN_OPEN, i);
    if (state == TCPTWIN_STATE_SYN_SENT && has(send, TCPTWIN_ACK) && trace->isn_known[y]) {
        int from = run->last_receipt == NONE ? (int)i : run->last_receipt;
        run->syn_acked |= step_received(run, TCPTWIN_EV_RCV_SYN_ACK, (unsigned)from, (int)i);
    }
    uint32_t beyond_syn = trace->isn_known[y] ? trace->isn[y] + 1 : 0;
    bool shows_open = send->len || has(send, TCPTWIN_FIN) ||
                      (has(send, TCPTWIN_ACK) && trace->isn_known[y] && seq_gt(send->ack, beyond_syn));
    if (state == TCPTWIN_STATE_SYN_RECEIVED && shows_open && !trace->fast_open) {
        int from = run->last_receipt == NONE ? (int)i : run->last_receipt;
        run->syn_acked |= step_received(run, TCPTWIN_EV_RCV_ACK_OF_SYN, (unsigned)from, (int)i);
    }
}

static void send_syn_ack(struct run *run, unsigned i)
{
    struct twin *twin = run->twin;
    if (twin->state == TCPTWIN_STATE_SYN_SENT) {
        int from = run->last_receipt == NONE ? (int)i : run->last_receipt;
        step_received(run, TCPTWIN_EV_RCV_SYN, (unsigned)from, (int)i);
    } else if (twin->state == TCPTWIN_STATE_LISTEN) {
        step_sent(run, TCPTWIN_EV_RCV_SYN, i);
    }
}

static void send(struct run *run, unsigned i)
{
    const struct record *record = record_at(run, i);
    if (has(record, TCPTWIN_RST)) {
        send_rst(run, i);
        return;
    }
    if (has(record, TCPTWIN_SYN)) {
        if (has(record, TCPTWIN_ACK))
            send_syn_ack(run, i);
        else
            step_sent(run, TCPTWIN_EV_SND_SYN, i);
    } else {
        implied_by_send(run, i);
    }
    if (has(record, TCPTWIN_FIN) && !run->fin_sent && run->trace->fin_known[run->x] &&
        record_end(record) == run->trace->fin_seq[run->x] + 1)
        run->fin_sent = step_sent(run, TCPTWIN_EV_SND_FIN, i);
    if (has(record, TCPTWIN_ACK) && (!run->acked || seq_gt(record->ack, run->last_ack))) {
        run->acked = true;
        run->last_ack = record->ack;
    }
}

/* -- the merge --------------------------------------------------------------------------------------------------- */

static void split_streams(struct run *run)
{
    const struct trace *trace = run->trace;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        if (record->marks & MARK_DUPLICATE)
            continue;
        if (record->marks & MARK_ICMP) {
            if (record->dir == run->x)
                run->receipts[run->receipt_count++] = i;
        } else if (record->dir != run->x) {
            run->receipts[run->receipt_count++] = i;
        } else if (!trace->denied[i]) {
            run->sends[run->send_count++] = i;
        }
    }
}

/* Whether the next receipt comes before the next send, at X. */
static bool receipt_first(const struct run *run)
{
    if (run->receipt_at == run->receipt_count)
        return false;
    if (run->send_at == run->send_count)
        return true;
    unsigned r = run->receipts[run->receipt_at], s = run->sends[run->send_at];
    const struct record *receipt = record_at(run, r), *sent = record_at(run, s);
    uint32_t end = record_end(receipt);
    bool numbered = end != receipt->seq && !(receipt->marks & (MARK_ICMP | MARK_FOREIGN)) &&
                    !has(receipt, TCPTWIN_RST);
    if (numbered && has(sent, TCPTWIN_ACK) && !has(sent, TCPTWIN_RST)) {
        int32_t reach = seq_diff(sent->ack, end);
        if (reach >= 0 && reach < 1 << 30 && receipt->frame < sent->frame)
            return true;
        if ((int)r == run->fin_copy && reach < 0)
            return false;
    }
    uint64_t arrives = receipt->marks & MARK_ICMP ? receipt->ts_ns + run->trace->distance[run->x]
                                                  : trace_arrive_ns(run->trace, r);
    return arrives <= trace_send_ns(run->trace, s);
}

static uint8_t start_state(const struct run *run)
{
    const struct trace *trace = run->trace;
    if (trace->midstream)
        return TCPTWIN_STATE_UNKNOWN;
    for (unsigned k = 0; k < run->send_count; k++) {
        const struct record *record = record_at(run, run->sends[k]);
        if (!has(record, TCPTWIN_SYN))
            continue;
        return has(record, TCPTWIN_ACK) ? TCPTWIN_STATE_LISTEN : TCPTWIN_STATE_CLOSED;
    }
    /* only RSTs of it, or nothing: a SYN met no socket, or nobody knows */
    return run->send_count ? TCPTWIN_STATE_CLOSED : TCPTWIN_STATE_UNKNOWN;
}

/* Only RSTs that answer something unseen (bare, or with number 0), or nothing that a stack sends:
 * no claim about anybody. A RST with ACK and a number ends a connection that was open. */
static bool nothing_but_answers(const struct trace *trace)
{
    for (unsigned i = 0; i < trace->count; i++)
        if ((!(trace->records[i].flags & TCPTWIN_RST) ||
             (has(&trace->records[i], TCPTWIN_ACK) && trace->records[i].seq)) &&
            !(trace->records[i].marks & (MARK_ODD_FLAGS | MARK_ICMP)))
            return false;
    return true;
}

void twin_run(struct twin *twin, const struct trace *trace, unsigned x)
{
    struct run run;
    run.twin = twin;
    run.trace = trace;
    run.x = x;
    run.send_count = run.receipt_count = run.send_at = run.receipt_at = 0;
    run.fin_sent = run.fin_received = run.syn_acked = run.acked = false;
    run.refuted_resets = 0;
    run.last_receipt = NONE;
    memset(twin, 0, offsetof(struct twin, steps)); /* the steps are filled up to step_count only */
    twin->state = twin->start = TCPTWIN_STATE_UNKNOWN;
    if (nothing_but_answers(trace))
        return;
    split_streams(&run);
    choose_fin_copy(&run);
    twin->start = twin->state = start_state(&run);
    twin->states = 1u << twin->start;
    twin->active = twin->start == TCPTWIN_STATE_CLOSED && trace->isn_known[x];
    if (trace->closed_before[x] && trace->count)
        step_at(twin, trace, x, TCPTWIN_EV_SEEN_CLOSED_FIRST, 0, trace->records[0].ts_ns,
                trace->records[0].ts_ns);
    else if (trace->closed_before[!x] && trace->count)
        step_at(twin, trace, x, TCPTWIN_EV_SEEN_PEER_CLOSED, 0, trace->records[0].ts_ns,
                trace->records[0].ts_ns);
    run.fin_sent = trace->closed_before[x];
    while (run.receipt_at < run.receipt_count || run.send_at < run.send_count) {
        if (receipt_first(&run)) {
            unsigned i = run.receipts[run.receipt_at++];
            if (record_at(&run, i)->marks & MARK_ICMP)
                receive_icmp(&run, i);
            else
                receive(&run, i);
            run.last_receipt = (int)i;
        } else {
            unsigned i = run.sends[run.send_at++];
            send(&run, i);
        }
    }
    twin->existed = twin->step_count > 0 || twin->start == TCPTWIN_STATE_UNKNOWN;
}

/* -- timers and reuse ----------------------------------------------------------------------------------------------- */

static void expire(struct twin *twin, const struct trace *trace, unsigned x,
                   enum tcptwin_machine_event event, uint64_t due_ns)
{
    if (due_ns > trace->end_ts_ns)
        return;
    if (step_at(twin, trace, x, event, NONE, due_ns, due_ns))
        twin->steps[twin->step_count - 1].basis = TCPTWIN_BASIS_TIMER;
}

/* SYNs that go unanswered: the attempt ends one doubled interval after the last. */
static uint64_t syn_give_up(const struct trace *trace, unsigned x, uint64_t limit_ns)
{
    uint64_t first = 0, last = 0, before = 0;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        if (!trace_is_send(trace, i, x) || !has(record, TCPTWIN_SYN))
            continue;
        first = first ? first : record->ts_ns;
        before = last;
        last = record->ts_ns;
    }
    uint64_t ladder = first + limit_ns;
    if (before && last > before && last - before >= SECOND_NS * 3 / 2)
        return last + 2 * (last - before) < ladder ? last + 2 * (last - before) : ladder;
    return ladder;
}

void twin_timers(struct twin *twin, const struct trace *trace, unsigned x,
                 const struct tcptwin_timers *timers)
{
    if (!twin->step_count)
        return;
    uint64_t since = twin->steps[twin->step_count - 1].endpoint_ts_ns;
    uint64_t second = SECOND_NS;
    switch (twin->state) {
    case TCPTWIN_STATE_SYN_SENT:
        if (timers->syn_give_up_s)
            expire(twin, trace, x, TCPTWIN_EV_T_USER,
                   syn_give_up(trace, x, timers->syn_give_up_s * second));
        break;
    case TCPTWIN_STATE_SYN_RECEIVED:
        if (timers->syn_received_give_up_s)
            expire(twin, trace, x, TCPTWIN_EV_T_USER,
                   since + timers->syn_received_give_up_s * second);
        break;
    case TCPTWIN_STATE_TIME_WAIT:
        for (unsigned i = 0; i < trace->count; i++) /* a repeated FIN starts it again */
            if (trace->records[i].dir != x && has(&trace->records[i], TCPTWIN_FIN) &&
                trace_arrive_ns(trace, i) > since)
                since = trace_arrive_ns(trace, i);
        expire(twin, trace, x, TCPTWIN_EV_T_2MSL, since + timers->time_wait_s * second);
        break;
    default:
        break;
    }
}

void twin_reused(struct twin *twin, const struct trace *trace, unsigned x, const struct record *syn)
{
    uint64_t at = syn->ts_ns;
    if (syn->dir == x)
        at = at > trace->distance[x] ? at - trace->distance[x] : 0;
    else
        at += trace->distance[x];
    if (!step_at(twin, trace, x, TCPTWIN_EV_REUSED, NONE, syn->ts_ns, at))
        return;
    struct tcptwin_transition *step = &twin->steps[twin->step_count - 1];
    step->segment = (struct tcptwin_brief){.frame = syn->frame, .ts_ns = syn->ts_ns,
                                           .flags = syn->flags, .sender = syn->dir};
}
