/* twin_timers.c - what ends a twin's state when no segment does: timers, and reuse of its ports
 *
 * In packet time, after the last segment: an attempt that is never answered is given up, a
 * half-open connection too, and TIME-WAIT ends after 2 MSL (RFC 9293 3.10.8), or earlier when a new
 * SYN takes the ports. The stacks' limits are the caller's (struct tcptwin_timers). A timer that is
 * due after the end of the capture has not fired.
 */
#include "step.h"

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
            if (trace_is_send(trace, i, !x) && has(&trace->records[i], TCPTWIN_FIN) &&
                !(trace->records[i].marks & MARK_BAD_CHECKSUM) && trace_arrive_ns(trace, i) > since)
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
