/* receipt.c - what a segment or an ICMP error that was sent to an endpoint does to it
 *
 * The order is RFC 9293 3.10.7's: RST, SYN, the acknowledgment (of the SYN, of the FIN), the FIN.
 * Each is presumed to have come, unless hindsight strikes it out; where a later send of X shows it,
 * that send is its proof. What a stack throws away without a word moves nothing: copies made on the
 * way, bad checksums, odd flags, acknowledgments of what was never sent.
 */
#include "receipt.h"
#include "fin_waits.h"
#include "hindsight.h"
#include "icmp_tells.h"
#include "reset.h"
#include "seq.h"
#include "step.h"

/* Y has asked twice before this SYN-ACK @i, each time waiting for longer than any answer takes, and X said nothing. */
static bool asked_in_vain(const struct run *run, unsigned i)
{
    unsigned asked = 0;
    for (unsigned k = 0; k < run->receipt_at; k++) {
        unsigned r = run->receipts[k];
        asked += r < i && has(record_at(run, r), TCPTWIN_SYN | TCPTWIN_ACK) &&
                 record_at(run, r)->ts_ns + SECOND_NS / 2 < record_at(run, i)->ts_ns;
    }
    return asked >= 2;
}

/* Y's SYN was on its way to X, and packets were missed: X may have answered that, and been in SYN-RECEIVED. */
static bool may_have_crossed(const struct run *run)
{
    bool missed = false, crossed = false;
    if (run->trace->orderly)
        return false;
    for (unsigned k = 0; k < run->trace->count; k++)
        missed |= run->trace->synthetic[k] == UNSEEN_REVEALED || run->trace->synthetic[k] == UNSEEN_PRESUMED;
    for (unsigned k = 0; k < run->receipt_at; k++)
        crossed |= asks(record_at(run, run->receipts[k]));
    return missed && crossed;
}

/* By its timestamp X's first answer echoes what Y sent before the SYN-ACK @i, and X's own SYN was not
 * captured: that was a copy, or a SYN that crossed X's own, so that X was in SYN-RECEIVED. */
static bool echoes_earlier(const struct run *run, unsigned i)
{
    const struct record *answer = record_at(run, i);
    for (unsigned k = run->send_at; run->trace->synthetic[run->sends[0]] && k < run->send_count; k++) {
        const struct record *shown = record_at(run, run->sends[k]);
        if (!run->trace->synthetic[run->sends[k]] && (shown->marks & answer->marks & MARK_TIMESTAMPS) &&
            has(shown, TCPTWIN_ACK) && seq_gt(shown->ack, answer->seq))
            return seq_lt(shown->tsecr, answer->tsval);
    }
    return false;
}

bool receipt_closes_at_once(const struct run *run, unsigned i)
{
    const struct record *send = record_at(run, i);
    const struct trace *trace = run->trace;
    bool may_have_asked = run->twin->active || trace->synthetic[run->sends[0]];
    if (!may_have_asked || trace->synthetic[i] || !has(send, TCPTWIN_FIN) || send->len ||
        send->seq != trace->isn[run->x] + 1 || !trace->isn_known[!run->x] || send->ack != trace->isn[!run->x] + 1)
        return false;
    for (unsigned k = 0; k < run->receipt_count && run->receipts[k] < i; k++)
        if (!trace->synthetic[run->receipts[k]] && has(record_at(run, run->receipts[k]), TCPTWIN_ACK))
            return false;
    return true;
}

/* X's @proof shows that something accepted its SYN. That it was the SYN-ACK @i, not a SYN first? */
static bool shows_syn_ack(const struct run *run, unsigned i, int proof)
{
    const struct trace *trace = run->trace;
    if (proof == NONE || echoes_earlier(run, i))
        return false;
    if (!trace->synthetic[i])
        return true;
    const struct record *shown = &trace->records[i + 1 < trace->count ? i + 1 : i];
    bool twice = (shown->marks & MARK_DSACK) && shown->sack_right == trace->isn[run->x] + 1; /* X's SYN came twice */
    return !twice && !receipt_closes_at_once(run, (unsigned)proof);
}

static void receive_syn_ack(struct run *run, unsigned i)
{
    const struct trace *trace = run->trace;
    const struct record *answer = record_at(run, i);
    uint64_t at = trace_arrive_ns(trace, i);
    if (!seq_gt(answer->ack, trace->isn[run->x]) || seq_gt(answer->ack, trace->sent_max[run->x]))
        return;
    if (run->twin->state == TCPTWIN_STATE_SYN_SENT) {
        int proof = hindsight_proof(run, run->send_at, answer->seq + 1);
        bool captured = !trace->synthetic[run->sends[0]]; /* else a forger may have sent its SYN */
        if (proof == NONE && (!captured || hindsight_repeats(run, TCPTWIN_SYN, at) || hindsight_no_socket(run, i) ||
                              asked_in_vain(run, i) || hindsight_answer_due(run, at)))
            return; /* a SYN-ACK that arrives is answered at once */
        if (proof != NONE && hindsight_repeats(run, TCPTWIN_SYN, at) &&
            !has(record_at(run, (unsigned)proof), TCPTWIN_SYN))
            return;
        at = hindsight_arrival_ns(run, i, proof);
        run->twin->presumed |= may_have_crossed(run);
        run->syn_acked |= step_received_at(run, TCPTWIN_EV_RCV_SYN_ACK, i, at,
                                           shows_syn_ack(run, i, proof) ? proof : NONE);
    } else if (run->twin->state == TCPTWIN_STATE_SYN_RECEIVED) {
        run->syn_acked |= step_received(run, TCPTWIN_EV_RCV_ACK_OF_SYN, i,
                                        receipt_open_proof(run, hindsight_talk(run, run->send_at)));
    }
}

/* X's FIN was not captured: by fast open it may have been sent in SYN-RECEIVED. */
static bool closes_unseen(const struct run *run)
{
    for (unsigned k = 0; k < run->send_count; k++)
        if (has(record_at(run, run->sends[k]), TCPTWIN_FIN))
            return run->trace->synthetic[run->sends[k]] != UNSEEN_NOT;
    return run->trace->fin_may_hide[run->x];
}

/* X may have closed in SYN-RECEIVED, for it opened itself, too, or (perhaps) by fast open, and when it closed was not
 * captured: what it sent later does not show that it was in ESTABLISHED. */
static bool may_close_half_open(const struct run *run)
{
    const struct trace *trace = run->trace;
    unsigned first = 0;
    if (trace->orderly)
        return false;
    while (first < run->receipt_count && !has(record_at(run, run->receipts[first]), TCPTWIN_SYN))
        first++;
    bool asked = first < run->receipt_count && !trace->synthetic[run->receipts[first]];
    return (run->twin->active || trace->fast_open || !asked) && !trace->own_peer && closes_unseen(run);
}

/* A bare ACK below its FIN was sent before that. */
static bool is_before_fin(const struct run *run, unsigned i)
{
    const struct record *sent = record_at(run, i);
    return is_empty(sent) && seq_le(sent->seq, run->trace->fin_seq[run->x]);
}

int receipt_open_proof(const struct run *run, int proof)
{
    if (proof == NONE || !may_close_half_open(run))
        return proof;
    return run->trace->fin_known[run->x] && is_before_fin(run, (unsigned)proof) ? proof : NONE;
}

/* By fast open X talks in SYN-RECEIVED: the ACK has come when X acknowledges what came with or after it. But
 * only one that was sent before X's FIN shows that X was in ESTABLISHED: what is repeated, a FIN or what is
 * before it, acknowledges what has come since. */
static int fast_open_proof(const struct run *run)
{
    const struct trace *trace = run->trace;
    int proof = hindsight_proof(run, run->send_at, trace->fast_open_end + 1);
    if (proof == NONE || !trace->fin_known[run->x])
        return proof;
    return is_before_fin(run, (unsigned)proof) ? proof : NONE;
}

/* The ACK that completes a passive open, unless X repeats its SYN-ACK, or had no socket. */
static void receive_ack_of_syn(struct run *run, unsigned i)
{
    const struct trace *trace = run->trace;
    uint64_t at = trace_arrive_ns(trace, i);
    unsigned syn_ack = TCPTWIN_SYN | TCPTWIN_ACK;
    if (hindsight_repeats(run, syn_ack, at)) {
        run->twin->handshake_ack_lost = true;
        return;
    }
    if (hindsight_no_socket(run, i)) {
        step_received(run, TCPTWIN_EV_VANISHED, i, NONE);
        return;
    }
    int talk = hindsight_talk(run, run->send_at);
    if (talk == NONE && hindsight_ignored(run))
        return;
    if (talk == NONE && hindsight_acks_get_lost(run, trace->isn[run->x], syn_ack))
        return;
    if (trace->fast_open)
        talk = fast_open_proof(run);
    run->syn_acked |= step_received(run, TCPTWIN_EV_RCV_ACK_OF_SYN, i, receipt_open_proof(run, talk));
}

static bool acks_own_fin(const struct run *run, const struct record *receipt)
{
    return run->fin_sent && has(receipt, TCPTWIN_ACK) && receipt->ack == run->trace->fin_seq[run->x] + 1;
}

/* A RST answers the ACK of X's FIN: X had aborted. But where that ACK closes the socket (LAST-ACK), the RST may answer
 * its copy; and where X did not repeat its FIN for longer than a retransmission takes, an earlier ACK had come. */
static bool is_gone_by_then(const struct run *run, unsigned i)
{
    const struct tcptwin_transition *closed = &run->twin->steps[run->twin->step_count - 1];
    return run->twin->state != TCPTWIN_STATE_LAST_ACK &&
           trace_arrive_ns(run->trace, i) < closed->endpoint_ts_ns + SECOND_NS && hindsight_met_no_socket(run, i);
}

/* Nothing answers the FIN that Y sent with this or before, and X had to repeat its own: the path to X is dead. */
static bool went_unheard(const struct run *run, unsigned i)
{
    return run->fin_unheard != NONE && (int)i >= run->fin_unheard &&
           hindsight_repeats(run, TCPTWIN_FIN, run->twin->steps[run->twin->step_count - 1].endpoint_ts_ns);
}

static void receive_ack_of_fin(struct run *run, unsigned i)
{
    uint64_t at = trace_arrive_ns(run->trace, i);
    if (run->fin_copy == (int)i) /* one segment, and its FIN is answered at once */
        at = run->fin_at_ns;
    if (hindsight_repeats(run, TCPTWIN_FIN, at) || hindsight_closed_by_then(run, i) || is_gone_by_then(run, i))
        return;
    if (went_unheard(run, i) && hindsight_echo(run, i) == NONE)
        return;
    if (hindsight_echo(run, i) == NONE && hindsight_acks_get_lost(run, run->trace->fin_seq[run->x], TCPTWIN_FIN))
        return;
    bool order_known = run->fin_copy == NONE || run->fin_copy == (int)i || run->fin_received ||
                       (trace_arrive_ns(run->trace, (unsigned)run->fin_copy) > at + run->trace->slack[run->x] &&
                        !run->fin_doubted);
    step_received_at(run, TCPTWIN_EV_RCV_ACK_OF_FIN, i, at, order_known ? hindsight_echo(run, i) : NONE);
}

/* X's FIN @fin may be a repetition: something of X before it was missed (if only its ACK of Y's FIN @i, which nobody
 * puts off for so long), or @i, and what X sent last was long enough before. Unless it comes just when @i has come, and
 * so answers that. */
static bool may_repeat(const struct run *run, unsigned fin, unsigned i)
{
    const struct trace *trace = run->trace;
    const struct record *before = NULL;
    uint64_t left = trace_send_ns(trace, fin), came = trace_arrive_ns(trace, i) + trace->slack[run->x];
    bool missed = true, late = left > came + LEAST_RTO_NS && left < came + SECOND_NS; /* or several were missed */
    if (!has(record_at(run, fin), TCPTWIN_FIN) || (trace->orderly && !late) ||
        (!trace->synthetic[i] && left <= came + AT_ONCE_NS))
        return false;
    for (unsigned k = 0; k < run->send_count && run->sends[k] != fin; k++) {
        const struct record *sent = record_at(run, run->sends[k]);
        if (has(sent, TCPTWIN_RST) || trace->synthetic[run->sends[k]])
            continue;
        before = sent;
        missed &= seq_lt(record_end(sent), record_at(run, fin)->seq);
    }
    if (before && record_at(run, fin)->ts_ns < before->ts_ns + LEAST_RTO_NS)
        return false;
    return missed || late || trace->synthetic[i];
}

/* What shows the peer's FIN @i lies behind X's own, which was not captured, or is that one: it may have come after
 * it. */
static bool is_behind_own_fin(const struct run *run, unsigned i, unsigned proof)
{
    const struct trace *trace = run->trace;
    return may_repeat(run, proof, i) || trace->synthetic[proof] == UNSEEN_PRESUMED ||
           trace->synthetic[proof] == UNSEEN_LOST_PRESUMED ||
           (trace->fin_known[run->x] && seq_gt(record_at(run, proof)->seq, trace->fin_seq[run->x]));
}

/* By its timestamp it is the very copy @i that X's proof answers. */
static bool is_echoed(const struct run *run, unsigned i)
{
    const struct record *copy = record_at(run, i), *proof = record_at(run, (unsigned)run->fin_proof);
    return (copy->marks & proof->marks & MARK_TIMESTAMPS) && proof->tsecr == copy->tsval;
}

/* What X's later send shows of the FIN is that it came, not when. Before X closed? Not if X's own FIN may
 * have waited behind data that it repeats. Before the ACK of that FIN? If X answered at once, or no such ACK
 * can have come by then. */
static bool fin_order_known(const struct run *run, unsigned i)
{
    const struct trace *trace = run->trace;
    if (run->fin_proof == NONE)
        return false;
    if (run->twin->state == TCPTWIN_STATE_ESTABLISHED)
        return !fin_waits_for_ack(run, i) && !fin_waits_for_window(run, i) &&
               !is_behind_own_fin(run, i, (unsigned)run->fin_proof);
    uint64_t shown = trace_send_ns(trace, (unsigned)run->fin_proof) + trace->slack[run->x];
    if (run->twin->state != TCPTWIN_STATE_FIN_WAIT_1)
        return true;
    if (trace_arrive_ns(trace, i) + LEAST_RTO_NS < shown && !is_echoed(run, i))
        return false; /* it may answer another copy, which was not captured */
    for (unsigned k = 0; k < run->receipt_count; k++)
        if (acks_own_fin(run, record_at(run, run->receipts[k])) &&
            trace_arrive_ns(trace, run->receipts[k]) <= shown)
            return false;
    return true;
}

static void receive_fin(struct run *run, unsigned i)
{
    if (hindsight_refused(run, i))
        return; /* the RST that answers it tells the rest */
    bool known = fin_order_known(run, i);
    run->twin->presumed |= !known && run->fin_proof != NONE && run->twin->state == TCPTWIN_STATE_ESTABLISHED;
    bool at_once = run->twin->state != TCPTWIN_STATE_ESTABLISHED; /* there the ACK may wait for an answer */
    uint64_t at = at_once ? run->fin_at_ns : trace_arrive_ns(run->trace, i);
    run->fin_received |= step_received_at(run, TCPTWIN_EV_RCV_FIN, i, at, known ? run->fin_proof : NONE);
}

/* An acknowledgment of bytes X never sent (its peer was fed by a forger) discards the segment. */
static bool acks_unsent(const struct run *run, const struct record *receipt)
{
    const struct trace *trace = run->trace;
    if (!has(receipt, TCPTWIN_ACK) || seq_le(receipt->ack, trace->sent_max[run->x]))
        return false;
    for (unsigned k = 0; k < trace->count; k++)
        if (trace->records[k].dir == run->x && (trace->records[k].marks & MARK_FOREIGN) &&
            seq_ge(record_end(&trace->records[k]), receipt->ack))
            return true;
    return false;
}

static void receive_icmp(struct run *run, unsigned i)
{
    enum tcptwin_app_error error = icmp_tells(record_at(run, i)->len, run->trace->ip_version);
    if (error == TCPTWIN_APP_NONE)
        return;
    run->twin->soft_icmp = (uint8_t)error; /* Linux: sk_err_soft */
    if (run->twin->state != TCPTWIN_STATE_SYN_SENT ||
        hindsight_talks(run, trace_arrive_ns(run->trace, i)))
        return;
    run->twin->icmp = (uint8_t)error;
    step_received(run, TCPTWIN_EV_RCV_ICMP, i, NONE);
}

static void receive_foreign(struct run *run, unsigned i)
{
    int proof;
    const struct record *forged = record_at(run, i);
    if ((forged->marks & MARK_ODD_FLAGS) || !has(forged, TCPTWIN_FIN) || run->fin_received ||
        !hindsight_foreign_taken(run, i, &proof))
        return;
    if (acks_own_fin(run, forged)) /* taken as a whole */
        step_received(run, TCPTWIN_EV_RCV_ACK_OF_FIN, i, proof);
    run->fin_received |= step_received(run, TCPTWIN_EV_RCV_FIN, i, proof);
}

/* A copy of Y's FIN that did not arrive. Whatever else it bore was lost with it. */
static bool is_lost_fin(const struct run *run, unsigned i)
{
    const struct record *receipt = record_at(run, i);
    return has(receipt, TCPTWIN_FIN) && run->trace->fin_known[!run->x] &&
           record_end(receipt) == run->trace->fin_seq[!run->x] + 1 && !run->fin_received &&
           (run->fin_copy == NONE ? run->fin_refuted : (int)i < run->fin_copy) && !run->fin_ahead;
}

/* X answers a SYN by a RST without a number (RFC 9293 3.10.7.1): it has given up its own attempt. */
static bool meets_nobody(const struct run *run, const struct record *syn)
{
    if (run->send_at == run->send_count)
        return false;
    const struct record *next = record_at(run, run->sends[run->send_at]);
    return has(next, TCPTWIN_RST | TCPTWIN_ACK) && !next->seq && next->ack == record_end(syn);
}

void receipt_accept(struct run *run, unsigned i)
{
    const struct record *receipt = record_at(run, i);
    uint8_t *state = &run->twin->state;
    if (has(receipt, TCPTWIN_SYN | TCPTWIN_ACK)) {
        receive_syn_ack(run, i);
        return;
    }
    if (has(receipt, TCPTWIN_SYN)) {
        if (*state == TCPTWIN_STATE_SYN_SENT && hindsight_answered_syn(run) && !meets_nobody(run, receipt))
            step_received(run, TCPTWIN_EV_RCV_SYN, i,
                          hindsight_proof(run, run->send_at, receipt->seq + 1));
        return;
    }
    /* from here on each has an ACK, or its flags were odd */
    if (*state == TCPTWIN_STATE_UNKNOWN)
        step_received(run, TCPTWIN_EV_SEEN_OPEN, i, NONE);
    if (*state == TCPTWIN_STATE_SYN_RECEIVED && seq_gt(receipt->ack, run->trace->isn[run->x]) &&
        seq_le(receipt->ack, run->trace->sent_max[run->x]))
        receive_ack_of_syn(run, i);
    if (*state == TCPTWIN_STATE_SYN_RECEIVED)
        return; /* what is not acknowledged here was not taken */
    if (acks_own_fin(run, receipt))
        receive_ack_of_fin(run, i);
    if ((int)i == run->fin_copy && !run->fin_received)
        receive_fin(run, i);
}

static void receive_segment(struct run *run, unsigned i)
{
    const struct record *receipt = record_at(run, i);
    if (receipt->marks & MARK_BAD_CHECKSUM)
        return;
    if (has(receipt, TCPTWIN_RST)) {
        /* with SYN: an open connection looks at the RST, nobody else at anything */
        if (!(receipt->marks & MARK_ODD_FLAGS) || run->twin->state >= TCPTWIN_STATE_ESTABLISHED)
            reset_received(run, i);
        return;
    }
    if (receipt->marks & (MARK_FOREIGN | MARK_ODD_FLAGS)) {
        receive_foreign(run, i);
        return;
    }
    if (run->trace->refused[i] == REFUSED_NOT && !acks_unsent(run, receipt) && !is_lost_fin(run, i))
        receipt_accept(run, i);
}

void receipt_take(struct run *run, unsigned i)
{
    if (record_at(run, i)->marks & MARK_ICMP) {
        receive_icmp(run, i);
        return;
    }
    if (run->twin->soft_icmp != TCPTWIN_APP_NONE && has(record_at(run, i), TCPTWIN_ACK) && !hindsight_no_socket(run, i))
        run->twin->soft_icmp = TCPTWIN_APP_NONE;
    receive_segment(run, i);
}
