/* reset.h - RSTs: what became of one that was sent to an endpoint, and what one of its own says */
#ifndef CORE_RESET_H
#define CORE_RESET_H

#include "twin_run.h"

/** reset_received() - The RST @i was sent to X: judge it, and end X's connection if taken. */
void reset_received(struct run *run, unsigned i);
/** reset_sent() - X sent the RST @i: it aborted, or had no socket (any more). */
void reset_sent(struct run *run, unsigned i);

#endif
