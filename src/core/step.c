/* step.c - one step of a twin through the one table, written down with its evidence
 *
 * A step has two times: the tap's, and the endpoint's own. The endpoint's times never run back,
 * whatever the estimated distance says; and what X's own send proves happened no later than that
 * send left. The basis is the table's, raised where there is more:
 *
 *     a send never captured, but revealed by numbers     observed -> confirmed
 *     a receipt that X's own later send shows             assumed -> confirmed, by that frame
 *     a send presumed to have been, and what follows it   assumed
 */
#include "step.h"

/* The number as @x counts from its first; @unknown where nobody knows that. */
static uint32_t relative(const struct trace *trace, unsigned x, uint32_t number, uint32_t unknown)
{
    return trace->isn_known[x] ? number - trace->isn[x] : unknown;
}

/* What the trace's record says. Inlined it would take half as much again, for want of registers. */
__attribute__((noinline)) static void write_brief(struct tcptwin_brief *restrict brief,
                                                  const struct trace *restrict trace,
                                                  const struct record *restrict record, uint64_t ts_ns)
{
    unsigned dir = record->dir, flags = record->flags;
    brief->frame = record->frame;
    brief->ts_ns = ts_ns;
    brief->seq = relative(trace, dir, record->seq, 0);
    brief->ack = 0;
    brief->len = record->len;
    brief->window = record->window;
    brief->flags = (uint8_t)flags;
    brief->sender = (uint8_t)dir;
    brief->has_ack = flags & TCPTWIN_ACK;
    brief->icmp = 0;
    if (flags & TCPTWIN_ACK)
        brief->ack = relative(trace, !dir, record->ack, 1);
    if ((flags & TCPTWIN_RST) && !record->seq) /* RFC 9293 3.10.7.1 */
        brief->seq = 0;
    if (record->marks & MARK_ICMP) {
        brief->len = 0;
        brief->icmp = (uint16_t)record->len;
    }
}

/* That is told by record @i, and was by one that was captured, or not. */
static void weigh_record(struct twin *twin, const struct trace *trace, struct tcptwin_transition *step, unsigned i)
{
    bool captured = !trace->synthetic[i] || trace_lost(trace, i); /* it, or a copy of it */
    bool of_fin = step->event == TCPTWIN_EV_SND_FIN || step->event == TCPTWIN_EV_RCV_FIN;
    if (!captured && step->basis == TCPTWIN_BASIS_OBSERVED)
        step->basis = TCPTWIN_BASIS_CONFIRMED;
    twin->presumed |= trace->synthetic[i] == UNSEEN_PRESUMED || trace->synthetic[i] == UNSEEN_LOST_PRESUMED ||
                      i >= trace->apart_from || (of_fin && (trace->fin_may_hide[0] || trace->fin_may_hide[1]));
}

/* What follows from a presumption is one itself; but who sends a RST is closed, if it ever was anything else. */
static void lower_if_presumed(const struct twin *twin, struct tcptwin_transition *step)
{
    if (twin->presumed && (step->event != TCPTWIN_EV_SND_RST || twin->doubtful) &&
        (step->basis == TCPTWIN_BASIS_OBSERVED || step->basis == TCPTWIN_BASIS_CONFIRMED))
        step->basis = TCPTWIN_BASIS_ASSUMED;
}

bool step_at(struct twin *twin, const struct trace *trace, unsigned x,
             enum tcptwin_machine_event event, int i, uint64_t ts_ns, uint64_t at_ns)
{
    const struct tcptwin_row *row = tcptwin_row(twin->state, event);
    twin->steps_lost += row && twin->step_count == TWIN_STEPS_MAX;
    if (!row || twin->step_count == TWIN_STEPS_MAX)
        return false;
    if (event >= TCPTWIN_EV_SEEN_OPEN && trace->records[0].ts_ns < at_ns)
        at_ns = trace->records[0].ts_ns; /* it was so when the capture began */
    struct tcptwin_transition *step = &twin->steps[twin->step_count];
    uint64_t before_ns = twin->step_count ? step[-1].endpoint_ts_ns : at_ns;
    at_ns = at_ns < before_ns ? before_ns : at_ns;
    step->endpoint = (uint8_t)x;
    step->from = twin->state;
    step->to = (uint8_t)row->to;
    step->event = (uint8_t)event;
    step->basis = (uint8_t)row->basis;
    step->has_endpoint_ts = trace->distance_known[x];
    step->ts_ns = ts_ns;
    step->endpoint_ts_ns = at_ns;
    step->dwell_ns = at_ns - before_ns;
    step->proof_frame = 0;
    twin->step_count++;
    twin->state = step->to;
    twin->states |= 1u << step->to;
    twin->events |= 1u << event;
    if (i == NONE)
        step->segment = (struct tcptwin_brief){0};
    else
        write_brief(&step->segment, trace, &trace->records[i], trace_seen_ns(trace, (unsigned)i));
    if (i != NONE && !trace->orderly)
        weigh_record(twin, trace, step, (unsigned)i);
    lower_if_presumed(twin, step);
    return true;
}

bool step_sent(struct run *run, enum tcptwin_machine_event event, unsigned i)
{
    return step_at(run->twin, run->trace, run->x, event, (int)i, trace_seen_ns(run->trace, i),
                   trace_send_ns(run->trace, i));
}

bool step_received(struct run *run, enum tcptwin_machine_event event, unsigned i, int proof)
{
    return step_received_at(run, event, i, trace_arrive_ns(run->trace, i), proof);
}

bool step_received_at(struct run *run, enum tcptwin_machine_event event, unsigned i, uint64_t at_ns, int proof)
{
    if (proof != NONE && trace_send_ns(run->trace, (unsigned)proof) < at_ns)
        at_ns = trace_send_ns(run->trace, (unsigned)proof);
    if (!step_at(run->twin, run->trace, run->x, event, (int)i, trace_seen_ns(run->trace, i), at_ns))
        return false;
    struct tcptwin_transition *step = &run->twin->steps[run->twin->step_count - 1];
    bool proves = proof != NONE && (unsigned)proof < run->trace->apart_from;
    if (proves && step->basis == TCPTWIN_BASIS_ASSUMED && !run->twin->presumed) {
        step->basis = TCPTWIN_BASIS_CONFIRMED;
        step->proof_frame = record_at(run, (unsigned)proof)->frame;
    }
    return true;
}
