/* orderly.h - one look at a connection of which all was captured, once and in order */
#ifndef CORE_ORDERLY_H
#define CORE_ORDERLY_H

#include "survey.h"
#include "trace.h"

/**
 * orderly_look() - Whether the records are those of such a connection; @trace has them, and nothing else yet
 *
 * If so: trace->orderly is set, all that trace_make() finds out before distances are known, and of @survey what tells
 * these: the handshake. Otherwise nothing that counts.
 */
bool orderly_look(struct trace *trace, const struct conn *conn, struct survey survey[2]);

#endif
