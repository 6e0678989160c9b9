/* twin_timers.c - what ends a twin's state when no segment does: timers, and reuse of its ports
 *
 * Nothing on the wire says that a stack gave up; that it does not send any more is all there is.
 * After the last segment, in packet time:
 *
 *     a series       X sends the same again and again (SYN, SYN-ACK, data, FIN, keep-alive probes), and nothing
 *                    answers. When the next of them is overdue it gave up at the time for that one.
 *     a limit        where no series shows it, the profile's total for that state
 *                    (struct tcptwin_timers): SYN, SYN-ACK, data or FIN, FIN-WAIT-2, TIME-WAIT
 *
 *     copy      copy           copy                          (next)
 *      |---- 1 ---|----- 2 ------|-------------- 4 -------------|  overdue: CLOSED here
 *
 * A timer that is due after the end of the capture has not fired. Every step is told as what it is,
 * TCPTWIN_BASIS_TIMER: the evidence is silence.
 */
#include "seq.h"
#include "step.h"

#define RTO_MAX_NS (120 * SECOND_NS) /* Linux; others stay below */

/** The last sends of one side that ask for an answer, if they are copies of one segment. */
struct series {
    unsigned copies;
    uint64_t first_ns, last_ns;
    uint64_t alive_ns; /**< the last of whatever it sent */
    uint64_t interval_ns, interval_before_ns; /**< 0: fewer copies */
    uint32_t end;
    bool probes; /**< what it asks again was acknowledged: keep-alive */
};

static bool is_captured_send(const struct trace *trace, unsigned i, unsigned x)
{
    return trace_is_send(trace, i, x) && !trace->synthetic[i];
}

/* @before: only records before that one. Pure acknowledgments ask for nothing and are passed over; a
 * keep-alive probe is one that is numbered below what its sender has sent. */
static struct series last_series(const struct trace *trace, unsigned x, unsigned before)
{
    struct series series = {0};
    uint32_t seq = 0, sent = trace->sent_max[x];
    for (unsigned i = before; i-- > 0;) {
        const struct record *copy = &trace->records[i];
        uint32_t end = record_end(copy);
        if (trace_is_send(trace, i, !x) && has(copy, TCPTWIN_ACK) && seq_gt(copy->ack, sent))
            sent = copy->ack; /* what that was is not kept any more */
        if (!is_captured_send(trace, i, x))
            continue;
        if (!series.alive_ns)
            series.alive_ns = copy->ts_ns;
        if (end == copy->seq && !(copy->flags & TCPTWIN_RST) && !seq_lt(end, sent))
            continue;
        if (copy->flags & TCPTWIN_RST || (series.copies && end != series.end) ||
            (end == copy->seq && series.copies && copy->seq != seq))
            break;
        if (series.copies == 1)
            series.interval_ns = series.first_ns - copy->ts_ns;
        else if (series.copies == 2)
            series.interval_before_ns = series.first_ns - copy->ts_ns;
        if (!series.copies)
            series.last_ns = copy->ts_ns;
        series.first_ns = copy->ts_ns;
        series.end = end;
        seq = copy->seq;
        series.probes = end == copy->seq;
        series.copies++;
    }
    return series;
}

/* Whether the peer was heard at all before record @before, and has not acknowledged @series. Probes ask for
 * any word. */
static bool is_unanswered(const struct trace *trace, unsigned x, const struct series *series, unsigned before)
{
    bool heard = false;
    for (unsigned i = 0; i < before; i++) {
        const struct record *record = &trace->records[i];
        if (!is_captured_send(trace, i, !x))
            continue;
        heard = true;
        if (series->probes ? record->ts_ns > series->last_ns - series->interval_ns -
                                                 series->interval_before_ns
                           : has(record, TCPTWIN_ACK) && seq_ge(record->ack, series->end))
            return false;
    }
    return heard;
}

/* When the next copy should have passed the tap. Probes keep their interval, all else doubles it
 * (up to RTO_MAX_NS). 0: shorter and shorter intervals are those of no timer. */
static uint64_t next_due(const struct series *series)
{
    uint64_t interval = series->interval_ns, before = series->interval_before_ns;
    if (interval < before - before / 4)
        return 0;
    if (series->probes && interval < before + before / 2)
        return series->last_ns + interval;
    return series->last_ns + (2 * interval < RTO_MAX_NS ? 2 * interval : RTO_MAX_NS);
}

/* The next copy is late by more than a timer wavers, and its sender was not heard since it was due. */
static bool is_overdue(const struct trace *trace, const struct series *series, uint64_t due_ns)
{
    return series->alive_ns < due_ns && due_ns + (due_ns - series->last_ns) / 8 <= trace->end_ts_ns;
}

/* @due_ns: at the tap, had it been sent. Of two timers that have not fired yet the earlier one counts. */
static void expire(struct twin *twin, const struct trace *trace, unsigned x,
                   enum tcptwin_machine_event event, uint64_t due_ns)
{
    uint64_t way = trace->distance[x];
    uint64_t here_ns = due_ns > way ? due_ns - way : 0;
    if (due_ns > trace->end_ts_ns) {
        if (!twin->timer_due_ns || here_ns < twin->timer_due_ns)
            twin->timer_due_ns = here_ns;
        return;
    }
    step_at(twin, trace, x, event, NONE, due_ns, here_ns);
}

/* SYNs and SYN-ACKs: two of them make a series, as their first interval is known to be a second or
 * more; and who has a single one counts from the first. */
static void expire_opening(struct twin *twin, const struct trace *trace, unsigned x,
                           unsigned limit_s)
{
    struct series series = last_series(trace, x, trace->count);
    uint64_t limit = series.first_ns + limit_s * SECOND_NS, due = 0;
    if (!series.copies)
        return; /* not captured: nothing tells that it goes on */
    if (series.copies >= 2 && series.interval_ns >= SECOND_NS - SECOND_NS / 8)
        due = next_due(&series);
    if (is_overdue(trace, &series, due) && (!limit_s || due < limit))
        expire(twin, trace, x, TCPTWIN_EV_T_USER, due);
    else if (limit_s)
        expire(twin, trace, x, TCPTWIN_EV_T_USER, limit);
}

/* Data, a FIN, or keep-alive probes. Who gives data up has sent it again before: where that was not captured, the
 * capture lost sight. Who closed is gone by then, with an answer or without. */
static void expire_open(struct twin *twin, const struct trace *trace, unsigned x, unsigned limit_s)
{
    struct series series = last_series(trace, x, trace->count);
    if (!series.copies || !is_unanswered(trace, x, &series, trace->count))
        return;
    uint64_t due = next_due(&series), limit = series.first_ns + limit_s * SECOND_NS;
    bool is_open = twin->state == TCPTWIN_STATE_ESTABLISHED || twin->state == TCPTWIN_STATE_CLOSE_WAIT;
    if (series.copies >= 3 && is_overdue(trace, &series, due))
        expire(twin, trace, x, TCPTWIN_EV_T_USER, due);
    else if (limit_s && (series.copies >= 2 || !is_open) && !series.probes && series.alive_ns < limit)
        expire(twin, trace, x, TCPTWIN_EV_T_USER, limit);
}

/* A socket that its application has closed, and nothing shows that it has not: it acknowledged no
 * data since. */
static void expire_fin_wait_2(struct twin *twin, const struct trace *trace, unsigned x,
                              unsigned limit_s)
{
    const struct tcptwin_transition *entered = &twin->steps[twin->step_count - 1];
    uint32_t known = 0;
    bool acked = false;
    if (!limit_s)
        return;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        if (!trace_is_send(trace, i, x) || !has(record, TCPTWIN_ACK))
            continue;
        if (acked && record->ts_ns > entered->ts_ns && seq_gt(record->ack, known))
            return;
        if (!acked || seq_gt(record->ack, known))
            known = record->ack;
        acked = true;
    }
    expire(twin, trace, x, TCPTWIN_EV_T_FIN_WAIT_2, entered->ts_ns + limit_s * SECOND_NS);
}

static void expire_time_wait(struct twin *twin, const struct trace *trace, unsigned x,
                             unsigned limit_s)
{
    uint64_t since = twin->steps[twin->step_count - 1].endpoint_ts_ns;
    for (unsigned i = trace->fin_from; i < trace->count; i++) /* what comes late starts it again: Linux, whatever it is */
        if (trace_is_send(trace, i, !x) && has(&trace->records[i], TCPTWIN_ACK) &&
            !(trace->records[i].flags & TCPTWIN_RST) && !(trace->records[i].marks & MARK_BAD_CHECKSUM) &&
            trace_arrive_ns(trace, i) > since)
            since = trace_arrive_ns(trace, i);
    expire(twin, trace, x, TCPTWIN_EV_T_2MSL, since + trace->distance[x] + limit_s * SECOND_NS);
}

/* X's RST came when its next probe was due, and no later. */
static bool is_punctual(const struct series *series, uint64_t rst_ns)
{
    uint64_t due = series->last_ns + series->interval_ns, play = series->interval_ns / 16;
    return rst_ns + play >= due && rst_ns <= due + play;
}

/* What ended X, as its RST @rst tells, was a time-out and not its application:
 *
 *     it was gone without a word     and what it had repeated was never acknowledged, or its next probe was overdue
 *     a RST for the next probe       whatever answered the others did not reach it
 *     a RST when a copy was due      or later, and nothing answered those before
 */
static bool gave_up(const struct trace *trace, unsigned x, const struct series *series, unsigned rst, bool vanished)
{
    uint64_t due = next_due(series), now = trace->records[rst].ts_ns;
    if (series->copies < 2)
        return false;
    if (vanished)
        return series->probes ? due && now >= due : is_unanswered(trace, x, series, trace->count);
    if (series->probes && is_punctual(series, now))
        return true;
    return series->copies >= 3 && due && now + series->interval_ns / 8 >= due &&
           is_unanswered(trace, x, series, series->probes ? rst : trace->count);
}

/* If its RST answers something, and later, the time-out had come when the next copy did not. */
static void find_timed_out(struct twin *twin, const struct trace *trace, unsigned x)
{
    struct tcptwin_transition *last = &twin->steps[twin->step_count - 1];
    bool vanished = last->event == TCPTWIN_EV_VANISHED;
    unsigned rst = 0;
    if (last->event != TCPTWIN_EV_SND_RST && !vanished)
        return;
    while (trace->records[rst].frame != last->segment.frame)
        rst++;
    struct series series = last_series(trace, x, rst);
    uint64_t due = next_due(&series), way = trace->distance[x];
    twin->timed_out = gave_up(trace, x, &series, rst, vanished);
    if (!twin->timed_out || !vanished || due < last->endpoint_ts_ns - last->dwell_ns + way ||
        due > last->endpoint_ts_ns + way)
        return;
    last->dwell_ns -= last->endpoint_ts_ns + way - due;
    last->endpoint_ts_ns = due - way;
}

void twin_timers(struct twin *twin, const struct trace *trace, unsigned x,
                 const struct tcptwin_timers *timers)
{
    if (!twin->step_count)
        return;
    switch (twin->state) {
    case TCPTWIN_STATE_SYN_SENT:
        expire_opening(twin, trace, x, timers->syn_give_up_s);
        break;
    case TCPTWIN_STATE_SYN_RECEIVED:
        expire_opening(twin, trace, x, timers->syn_received_give_up_s);
        break;
    case TCPTWIN_STATE_TIME_WAIT:
        expire_time_wait(twin, trace, x, timers->time_wait_s);
        break;
    case TCPTWIN_STATE_CLOSED:
        find_timed_out(twin, trace, x);
        break;
    default:
        expire_open(twin, trace, x, timers->retransmit_give_up_s);
        if (twin->state == TCPTWIN_STATE_FIN_WAIT_2)
            expire_fin_wait_2(twin, trace, x, timers->fin_wait_2_s);
        break;
    }
}

void twin_reused(struct twin *twin, const struct trace *trace, unsigned x, const struct conn *conn)
{
    uint64_t at = conn->reused_ts_ns;
    if (conn->reused_dir == x)
        at = at > trace->distance[x] ? at - trace->distance[x] : 0;
    else
        at += trace->distance[x];
    if (!step_at(twin, trace, x, TCPTWIN_EV_REUSED, NONE, conn->reused_ts_ns, at))
        return;
    struct tcptwin_transition *step = &twin->steps[twin->step_count - 1];
    if (conn->reused_dir == x && conn->reused_by_answer) /* it began anew; but a SYN may be forged, lost, or refused */
        step->basis = TCPTWIN_BASIS_CONFIRMED;
    step->segment = (struct tcptwin_brief){.frame = conn->reused_frame, .ts_ns = conn->reused_ts_ns,
                                           .flags = TCPTWIN_SYN, .sender = conn->reused_dir};
}
