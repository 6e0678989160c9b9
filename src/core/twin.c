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
 *     receipt.c       what a receipt does
 *     reset.c         RSTs, both ways
 *     hindsight.c     what X's later segments prove or refute; fin_copy.c, fin_waits.c: of FINs
 *     step.c          each step goes through the one table (transitions.def)
 *     twin_timers.c   what comes after the last segment
 *
 * Here: the merge of the two streams (trace_make.c), and the sends.
 */
#include "twin.h"
#include "fin_copy.h"
#include "hindsight.h"
#include "receipt.h"
#include "reset.h"
#include "seq.h"
#include "step.h"
#include "twin_run.h"

#include <stddef.h>
#include <string.h>

/* -- sends ------------------------------------------------------------------------------------- */

/* X, whose SYN crossed its peer's, sends its FIN @i before an acknowledgment of what it sent first can have come: both
 * ways take longer. */
static bool closes_unanswered(const struct run *run, unsigned i)
{
    const struct trace *trace = run->trace;
    uint64_t way = trace->distance[0] + trace->distance[1];
    return has(record_at(run, i), TCPTWIN_FIN) && !trace->synthetic[i] && !trace->synthetic[run->sends[0]] &&
           trace->distance_known[0] && trace->distance_known[1] &&
           trace->records[i].ts_ns + trace->slack[0] + trace->slack[1] < trace->records[run->sends[0]].ts_ns + 2 * way;
}

/* X's FIN @i, just behind its SYN-ACK, passes the tap before Y's ACK of that: only one that both opened
 * (its own SYN was missed), or by fast open, has an application by then. That it is that ACK: after the
 * FIN had come Y would acknowledge it. Presumed: a tap may take one direction later than the other. */
static bool closes_before_ack(const struct run *run, unsigned i)
{
    const struct trace *trace = run->trace;
    const struct record *fin = record_at(run, i);
    if (!has(fin, TCPTWIN_FIN) || trace->synthetic[i] || trace->synthetic[run->sends[0]] || !trace->isn_known[run->x] ||
        record_end(fin) != trace->isn[run->x] + 2)
        return false;
    for (unsigned k = 0; k < run->receipt_count; k++) {
        const struct record *answer = record_at(run, run->receipts[k]);
        if (!trace_is_send(trace, run->receipts[k], !run->x) || !has(answer, TCPTWIN_ACK))
            continue;
        return !trace->synthetic[run->receipts[k]] && !(answer->flags & TCPTWIN_RST) &&
               is_empty(answer) && answer->ack == fin->seq && answer->ts_ns > fin->ts_ns + AT_ONCE_NS;
    }
    return false;
}

/* Nothing of Y but a SYN that was not captured comes before X's send @i, which acknowledges no more than that: by fast
 * open it may speak before it is answered. */
static bool speaks_first(const struct run *run, unsigned i)
{
    const struct trace *trace = run->trace;
    if (run->last_receipt == NONE)
        return !trace->own_peer;
    bool comes_now = run->receipt_at < run->receipt_count &&
                     trace_arrive_ns(trace, run->receipts[run->receipt_at]) <=
                         trace_send_ns(trace, i) + trace->slack[run->x] + AT_ONCE_NS;
    return trace->synthetic[run->last_receipt] && has(record_at(run, (unsigned)run->last_receipt), TCPTWIN_SYN) &&
           !comes_now && !(run->acked && seq_gt(record_at(run, i)->ack, run->last_ack));
}

/* What a send of X shows about receipts that were missed. */
static void implied_by_send(struct run *run, unsigned i)
{
    const struct record *send = record_at(run, i);
    const struct trace *trace = run->trace;
    unsigned y = !run->x;
    uint8_t state = run->twin->state;
    if (state == TCPTWIN_STATE_UNKNOWN)
        step_sent(run,
                  trace->closed_before[y] ? TCPTWIN_EV_SEEN_PEER_CLOSED : TCPTWIN_EV_SEEN_OPEN, i);
    if (state == TCPTWIN_STATE_SYN_SENT && has(send, TCPTWIN_ACK) && trace->isn_known[y]) {
        int from = run->last_receipt == NONE ? (int)i : run->last_receipt;
        bool crossed = asks(record_at(run, (unsigned)from)) &&
                       from != (int)i && send->frame > record_at(run, run->sends[0])->frame;
        /* then X's own SYN-ACK may be what is missing */
        int proof = crossed || receipt_closes_at_once(run, i) ? NONE : (int)i;
        run->syn_acked |= step_received(run, TCPTWIN_EV_RCV_SYN_ACK, (unsigned)from, proof);
        run->twin->presumed |= crossed;
    }
    uint32_t beyond_syn = trace->isn_known[y] ? trace->isn[y] + 1 : 0;
    bool shows_open =
        send->len || has(send, TCPTWIN_FIN) ||
        (has(send, TCPTWIN_ACK) && trace->isn_known[y] && seq_gt(send->ack, beyond_syn));
    bool unanswered = state == TCPTWIN_STATE_SYN_RECEIVED && closes_unanswered(run, i);
    bool early = state == TCPTWIN_STATE_SYN_RECEIVED && !trace->fast_open && closes_before_ack(run, i);
    run->twin->presumed |= early && !run->twin->active;
    if (state == TCPTWIN_STATE_SYN_RECEIVED && shows_open && !trace->fast_open &&
        !(unanswered && run->twin->active) && !early) {
        bool unseen = run->last_receipt == NONE ||
                      (asks(record_at(run, (unsigned)run->last_receipt)) && !trace->synthetic[i]);
        int from = unseen ? (int)i : run->last_receipt; /* the ACK was not captured: by now it has come */
        bool doubted = unanswered || speaks_first(run, i) || receipt_closes_at_once(run, i);
        int proof = doubted ? NONE : receipt_open_proof(run, (int)i);
        run->syn_acked |= step_received(run, TCPTWIN_EV_RCV_ACK_OF_SYN, (unsigned)from, proof);
    }
}

/* When the SYN came that X's SYN-ACK @i answers: the one whose timestamp it echoes, else the last
 * that can have come before. A SYN is answered at once, and again after a second or more: a late
 * SYN-ACK is not the first, and X was in SYN-RECEIVED since its SYN came. */
static uint64_t syn_arrived_ns(const struct run *run, unsigned i)
{
    const struct record *answer = record_at(run, i);
    uint64_t left = trace_send_ns(run->trace, i), arrived = left;
    for (unsigned k = 0; k < run->receipt_count; k++) {
        unsigned r = run->receipts[k];
        const struct record *syn = record_at(run, r);
        bool timestamps = (syn->marks & answer->marks & MARK_TIMESTAMPS) != 0;
        if (!asks(syn) ||
            seq_gt(answer->ack, record_end(syn)) || seq_le(answer->ack, syn->seq) ||
            trace_arrive_ns(run->trace, r) > left || (timestamps && syn->tsval != answer->tsecr))
            continue;
        arrived = trace_arrive_ns(run->trace, r);
        if (run->trace->orderly)
            break; /* there is no other */
    }
    return left - arrived > SECOND_NS / 2 ? arrived : left;
}

/* When the half-open connection ended that X's SYN-ACK @before belongs to, at the latest when the SYN came that @i
 * answers: an ICMP error about it had come, or it was not repeated when that was due. */
static uint64_t request_gone_ns(const struct run *run, unsigned before, unsigned i)
{
    for (unsigned k = 0; k < run->receipt_count; k++) {
        unsigned r = run->receipts[k];
        if (r > before && r < i && (record_at(run, r)->marks & MARK_ICMP))
            return trace_arrive_ns(run->trace, r);
    }
    return syn_arrived_ns(run, i);
}

static bool syn_came_again(const struct run *run, unsigned from, unsigned to)
{
    for (unsigned k = 0; k < run->receipt_count; k++)
        if (run->receipts[k] > from && run->receipts[k] < to && has(record_at(run, run->receipts[k]), TCPTWIN_SYN))
            return true;
    return false;
}

/* A listener that has forgotten the SYN answers its copy with another number, and the client takes that. */
static bool answers_anew(struct run *run, unsigned i)
{
    int before = NONE;
    for (unsigned k = 0; k + 1 < run->send_at; k++)
        if (has(record_at(run, run->sends[k]), TCPTWIN_SYN | TCPTWIN_ACK))
            before = (int)run->sends[k];
    uint32_t isn = run->trace->isn[run->x];
    if (before == NONE || record_at(run, (unsigned)before)->seq == isn || record_at(run, i)->seq != isn ||
        !syn_came_again(run, (unsigned)before, i))
        return false;
    return step_at(run->twin, run->trace, run->x, TCPTWIN_EV_REQUEST_GONE, (int)i, trace_seen_ns(run->trace, i),
                   request_gone_ns(run, (unsigned)before, i));
}

static void send_syn_ack(struct run *run, unsigned i)
{
    struct twin *twin = run->twin;
    bool anew = twin->state == TCPTWIN_STATE_SYN_RECEIVED && !twin->active && answers_anew(run, i);
    if (twin->state == TCPTWIN_STATE_SYN_SENT) {
        int from = run->last_receipt == NONE ? (int)i : run->last_receipt;
        if (record_at(run, i)->seq == run->trace->isn[run->x]) /* else it is not of this connection */
            step_received(run, TCPTWIN_EV_RCV_SYN, (unsigned)from, (int)i);
    } else if (twin->state == TCPTWIN_STATE_LISTEN) {
        step_at(run->twin, run->trace, run->x, TCPTWIN_EV_RCV_SYN, (int)i,
                trace_seen_ns(run->trace, i), syn_arrived_ns(run, i));
        if (anew) /* a cookie of the next minute has another number, too */
            twin->steps[twin->step_count - 1].basis = TCPTWIN_BASIS_ASSUMED;
    }
}

static void note_acknowledged(struct run *run, const struct record *sent)
{
    if (has(sent, TCPTWIN_ACK) && (!run->acked || seq_gt(sent->ack, run->last_ack))) {
        run->acked = true;
        run->last_ack = sent->ack;
    }
}

/* X sends a SYN, does not repeat it, and answers the SYN-ACK with bare RSTs or not at all: it gave up meanwhile, or had
 * no socket, for it scans without one, or the SYN was forged in its name. */
static bool may_not_have_asked(const struct run *run)
{
    const struct trace *trace = run->trace;
    const struct record *syn = record_at(run, run->sends[0]);
    if (run->send_count + run->receipt_count < 2) /* nor repeats it when that is due (RFC 6298) */
        return trace->end_ts_ns > syn->ts_ns + SECOND_NS + SECOND_NS / 8;
    for (unsigned k = run->send_count; k-- > 1;) {
        const struct record *sent = record_at(run, run->sends[k]);
        unsigned kind = sent->flags & (TCPTWIN_SYN | TCPTWIN_ACK | TCPTWIN_RST);
        if (kind != TCPTWIN_RST && (kind != TCPTWIN_SYN || sent->ts_ns > syn->ts_ns + SECOND_NS / 2))
            return false;
    }
    bool refuses = has(record_at(run, run->sends[run->send_count - 1]), TCPTWIN_RST), ignores = false;
    for (unsigned k = 0; k < run->receipt_count; k++) {
        const struct record *receipt = record_at(run, run->receipts[k]);
        unsigned kind = receipt->flags & (TCPTWIN_SYN | TCPTWIN_ACK);
        if (kind == TCPTWIN_SYN) /* both open */
            return false;
        refuses |= (receipt->flags & (TCPTWIN_RST | TCPTWIN_ACK)) == TCPTWIN_RST && trace->isn_known[!run->x] &&
                   receipt->seq != trace->isn[!run->x] + 1; /* what X sent was missed, and of another connection */
        if (kind == (TCPTWIN_SYN | TCPTWIN_ACK) && receipt->ack == trace->sent_max[run->x])
            ignores |= hindsight_answer_due(run, trace_arrive_ns(trace, run->receipts[k])) ||
                       trace->anew_ts_ns[run->x] > trace_arrive_ns(trace, run->receipts[k]) + AT_ONCE_NS;
    }
    return refuses || ignores || trace->disowned[run->x];
}

static void send(struct run *run, unsigned i)
{
    const struct record *record = record_at(run, i);
    if (has(record, TCPTWIN_RST)) {
        reset_sent(run, i);
        return;
    }
    if (has(record, TCPTWIN_SYN)) {
        if (has(record, TCPTWIN_ACK))
            send_syn_ack(run, i);
        else if (!run->twin->step_count) { /* a repetition opens nothing anew */
            run->twin->doubtful = may_not_have_asked(run);
            run->twin->presumed |= run->twin->doubtful;
            step_sent(run, TCPTWIN_EV_SND_SYN, i);
        }
    } else {
        implied_by_send(run, i);
    }
    if (has(record, TCPTWIN_FIN) && !run->fin_sent && run->trace->fin_known[run->x] &&
        record_end(record) == run->trace->fin_seq[run->x] + 1)
        run->fin_sent = step_sent(run, TCPTWIN_EV_SND_FIN, i);
    note_acknowledged(run, record);
}

/* -- the merge --------------------------------------------------------------------------------- */

static bool closed_before(const struct run *run, uint64_t at_ns)
{
    for (unsigned k = 0; k < run->send_count; k++)
        if (has(record_at(run, run->sends[k]), TCPTWIN_FIN))
            return trace_send_ns(run->trace, run->sends[k]) + run->trace->slack[run->x] < at_ns;
    return false;
}

/* Y's FIN comes only after other receipts, before number @to of them. */
static void move_fin(struct run *run, unsigned from, unsigned to)
{
    memcpy(run->moved, run->receipts, run->receipt_count * sizeof run->moved[0]);
    memmove(&run->moved[from], &run->moved[from + 1], (to - from) * sizeof run->moved[0]);
    run->moved[to] = (unsigned)run->fin_copy;
    run->receipts = run->moved;
}

/* X, which had closed, answered Y's FIN late: it was held back behind the tap, and what came in order meanwhile
 * came before it. */
static void place_fin(struct run *run)
{
    const struct trace *trace = run->trace;
    unsigned place = run->receipt_count;
    if (run->fin_copy == NONE)
        return;
    while (run->receipts[--place] != (unsigned)run->fin_copy) {
    }
    unsigned found = place;
    uint64_t at = run->fin_at_ns = hindsight_arrival_ns(run, (unsigned)run->fin_copy, run->fin_proof);
    bool late = at > trace_arrive_ns(trace, (unsigned)run->fin_copy) + 2 * AT_ONCE_NS && closed_before(run, at);
    while (late && place + 1 < run->receipt_count &&
           trace_arrive_ns(trace, run->receipts[place + 1]) + trace->slack[run->x] < at)
        place++;
    if (place != found)
        move_fin(run, found, place);
    run->fin_place = place;
}

/* The FIN that X got still waits in the queue, and this send acknowledges it. */
static bool acks_waiting_fin(const struct run *run, const struct record *sent)
{
    return run->fin_copy != NONE && run->fin_proof != NONE && !run->fin_received &&
           run->fin_place >= run->receipt_at && has(sent, TCPTWIN_ACK) &&
           seq_gt(sent->ack, run->trace->fin_seq[!run->x]) &&
           seq_diff(sent->ack, run->trace->fin_seq[!run->x]) < 1 << 30;
}

/* A bare RST takes its number from the acknowledgment of what it answers. */
static bool answers(const struct record *receipt, const struct record *rst)
{
    return (rst->flags & (TCPTWIN_RST | TCPTWIN_ACK)) == TCPTWIN_RST &&
           has(receipt, TCPTWIN_ACK) && receipt->ack == rst->seq && receipt->frame < rst->frame;
}

/* ... so what acknowledges more, the next receipt, came after that; unless what it answers follows that. */
static bool outnumbers(const struct run *run, const struct record *rst)
{
    const struct record *receipt = record_at(run, run->receipts[run->receipt_at]);
    if ((rst->flags & (TCPTWIN_RST | TCPTWIN_ACK)) != TCPTWIN_RST || !has(receipt, TCPTWIN_ACK) ||
        !seq_gt(receipt->ack, rst->seq))
        return false;
    for (unsigned k = run->receipt_at + 1; k < run->receipt_count; k++)
        if (answers(record_at(run, run->receipts[k]), rst))
            return false;
    return true;
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
    if (acks_waiting_fin(run, sent))
        return true;
    bool known = has(receipt, TCPTWIN_SYN) && (sent->flags & (TCPTWIN_SYN | TCPTWIN_FIN)) && run->twin->active &&
                 run->twin->state == TCPTWIN_STATE_SYN_RECEIVED;
    bool numbered = !is_empty(receipt) && !(receipt->marks & (MARK_ICMP | MARK_FOREIGN)) &&
                    !has(receipt, TCPTWIN_RST) && !known; /* by the SYN that it repeats */
    if (numbered && has(sent, TCPTWIN_ACK)) {
        int32_t reach = seq_diff(sent->ack, record_end(receipt));
        if (reach >= 0 && reach < 1 << 30 && receipt->frame < sent->frame && !has(sent, TCPTWIN_RST))
            return true;
        if ((int)r == run->fin_copy && reach <= 0) /* a RST lacks what it only SACKed */
            return false;
    }
    uint64_t arrived = trace_arrive_ns(run->trace, r), left = trace_send_ns(run->trace, s);
    if (answers(receipt, sent))
        left += run->trace->slack[run->x];
    else if (outnumbers(run, sent))
        arrived += run->trace->slack[run->x];
    return arrived < left || (arrived == left && r < s);
}

/* -- what moves nobody ------------------------------------------------------------------------- */

/* In ESTABLISHED it does nothing to either end: data and acknowledgments as they were sent, but of a FIN, and not
 * what a FIN waited for. */
static bool is_quiet(const struct run *run, unsigned i)
{
    const struct trace *trace = run->trace;
    const struct record *record = &trace->records[i];
    unsigned peer = !record->dir;
    return (record->flags & (TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST | TCPTWIN_ACK)) == TCPTWIN_ACK &&
           !(record->marks & ~(MARK_PINNED | MARK_TIMESTAMPS | MARK_DSACK)) && !trace->synthetic[i] &&
           !trace->denied[i] && !trace->refused[i] && !trace->held_ns[i] &&
           !(trace->fin_known[peer] && seq_gt(record->ack, trace->fin_seq[peer])) && (int)i != run->fin_copy;
}

static unsigned first_loud(const struct run *run, const unsigned *stream, unsigned at, unsigned count)
{
    unsigned fin_from = run->trace->fin_from; /* before it and behind the handshake nobody need look */
    while (at < count && ((stream[at] < fin_from && stream[at] >= HANDSHAKE - 1) || is_quiet(run, stream[at])))
        at++;
    return at;
}

/* X is in ESTABLISHED: pass over what is quiet, up to what the merge may put before a loud send or receipt. */
static void pass_quiet(struct run *run)
{
    const struct trace *trace = run->trace;
    unsigned loud_receipt = first_loud(run, run->receipts, run->receipt_at, run->receipt_count);
    unsigned loud_send = first_loud(run, run->sends, run->send_at, run->send_count);
    uint64_t left = loud_send < run->send_count ? trace_send_ns(trace, run->sends[loud_send]) : UINT64_MAX;
    unsigned before = trace->count;
    uint64_t arrived = UINT64_MAX;
    if (loud_receipt < run->receipt_count) {
        before = run->receipts[loud_receipt];
        arrived = trace_arrive_ns(trace, before);
    }
    while (run->receipt_at < loud_receipt && trace_arrive_ns(trace, run->receipts[run->receipt_at]) < left)
        run->last_receipt = (int)run->receipts[run->receipt_at++];
    while (run->send_at < loud_send && run->sends[run->send_at] < before &&
           trace_send_ns(trace, run->sends[run->send_at]) < arrived)
        note_acknowledged(run, record_at(run, run->sends[run->send_at++]));
}

/* -- in turn ------------------------------------------------------------------------------------- */

static void take_syn(struct run *run)
{
    run->send_at = 1;
    send(run, run->sends[0]);
}

static void take_fin(struct run *run, unsigned at)
{
    run->send_at = at + 1;
    run->fin_sent = step_sent(run, TCPTWIN_EV_SND_FIN, run->sends[at]);
}

static void take_receipt(struct run *run, unsigned at)
{
    run->receipt_at = at + 1;
    receipt_accept(run, run->receipts[at]);
    run->last_receipt = (int)run->receipts[at];
}

/* How the merge begins is known: the SYN, the SYN-ACK, what acknowledges that. But by the times a server may have gone
 * on before the last. */
static void shake_hands(struct run *run)
{
    const struct trace *trace = run->trace;
    if (trace->records[0].dir == run->x) {
        take_syn(run);
        take_receipt(run, 0);
    } else if (run->send_count > 1 &&
               trace_arrive_ns(trace, HANDSHAKE - 1) <= trace_send_ns(trace, run->sends[1])) {
        run->receipt_at = 1; /* the SYN: its answer tells */
        take_syn(run);
        take_receipt(run, 1);
    }
}

/* And how it ends: a FIN comes when all is sent that does not acknowledge it, and before what does. Who sends it has
 * moved on when the first answer comes, unless by the times; what was sent in between moves nobody. */
static void close_in_turn(struct run *run)
{
    const struct trace *trace = run->trace;
    unsigned fin = trace->fin_from, answers = trace->count - 2 - fin;
    bool closes_first = trace->records[fin].dir == run->x;
    unsigned at = run->send_count - (closes_first ? 2 : 1 + answers);
    if (trace_send_ns(trace, run->sends[at]) >= trace_arrive_ns(trace, closes_first ? fin + 1 : fin))
        return;
    if (closes_first) {
        take_fin(run, at);
        take_receipt(run, run->receipt_count - answers);
        if (answers > 1)
            take_receipt(run, run->receipt_count - 1);
    } else {
        run->send_at = at + 1;
        take_receipt(run, run->receipt_count - 2);
        take_fin(run, run->send_count - 1);
        take_receipt(run, run->receipt_count - 1);
    }
    run->send_at = run->send_count;
}

/* Of an orderly trace: as far as the order is known. */
static void run_in_turn(struct run *run)
{
    if (run->trace->fin_from < HANDSHAKE)
        return;
    shake_hands(run);
    if (run->trace->in_turn && run->twin->state == TCPTWIN_STATE_ESTABLISHED)
        close_in_turn(run);
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

/* Only RSTs that answer something unseen (bare, or with number 0), or nothing that a stack sends: no claim about
 * anybody. A RST with ACK and a number ends a connection that was open, unless a probe with odd flags drew it. */
static bool nothing_but_answers(const struct trace *trace)
{
    bool probed = false, numbered = false;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        bool odd = record->marks & MARK_ODD_FLAGS;
        if (!odd && !(record->marks & MARK_ICMP) && !(record->flags & TCPTWIN_RST))
            return false;
        probed |= odd;
        numbered |= !odd && !(record->marks & MARK_ICMP) && has(record, TCPTWIN_ACK) && record->seq;
    }
    return probed || !numbered;
}

void twin_run(struct twin *twin, const struct trace *trace, unsigned x)
{
    struct run run;
    run.twin = twin;
    run.trace = trace;
    run.x = x;
    run.sends = trace->sends[x];
    run.send_count = trace->send_count[x];
    run.receipts = trace->receipts[x];
    run.receipt_count = trace->receipt_count[x];
    run.send_at = run.receipt_at = 0;
    run.fin_sent = run.fin_received = run.syn_acked = run.acked = false;
    run.last_receipt = NONE;
    memset(twin, 0, offsetof(struct twin, steps)); /* the steps are filled up to step_count only */
    twin->state = twin->start = TCPTWIN_STATE_UNKNOWN;
    if (nothing_but_answers(trace) || (trace->own_peer && x) || (trace->disowned[x] && !trace->isn_known[x]))
        return;
    fin_copy_find(&run);
    place_fin(&run);
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
    run_in_turn(&run);
    bool passed = !TCPTWIN_SHORT_WAYS;
    while (run.receipt_at < run.receipt_count || run.send_at < run.send_count) {
        if (!passed && twin->state == TCPTWIN_STATE_ESTABLISHED) {
            passed = true;
            pass_quiet(&run);
        } else if (receipt_first(&run)) {
            unsigned i = run.receipts[run.receipt_at++];
            receipt_take(&run, i);
            if (!(trace->records[i].marks & (MARK_ICMP | MARK_BAD_CHECKSUM | MARK_ODD_FLAGS)))
                run.last_receipt = (int)i;
        } else {
            unsigned i = run.sends[run.send_at++];
            send(&run, i);
        }
    }
}
