/* step.h - one step of a twin through the one table, written down with its evidence */
#ifndef CORE_STEP_H
#define CORE_STEP_H

#include "twin_run.h"

/**
 * step_at() - One step of @twin (endpoint @x) by @event, through transitions.def
 * @i:     the record that tells it, or NONE
 * @ts_ns: when the tap saw it
 * @at_ns: when it was at the endpoint
 *
 * Return: false if the table has no such row, or the steps are full; nothing is done then.
 */
bool step_at(struct twin *twin, const struct trace *trace, unsigned x,
             enum tcptwin_machine_event event, int i, uint64_t ts_ns, uint64_t at_ns);
/** step_sent() - A step told by X's own send @i. */
bool step_sent(struct run *run, enum tcptwin_machine_event event, unsigned i);
/** step_received() - A step by the receipt @i; @proof is X's later send that shows it, or NONE. */
bool step_received(struct run *run, enum tcptwin_machine_event event, unsigned i, int proof);
/** step_received_at() - The same, where more is known of when it arrived: @at_ns. */
bool step_received_at(struct run *run, enum tcptwin_machine_event event, unsigned i, uint64_t at_ns, int proof);

#endif
