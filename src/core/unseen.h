/* unseen.h - what was never captured, and what was captured reveals */
#ifndef CORE_UNSEEN_H
#define CORE_UNSEEN_H

#include "survey.h"
#include "trace.h"

/** unseen_handshake() - The SYN of @x, or the SYN-ACK of its peer. Return: true if one was missing. */
bool unseen_handshake(struct trace *trace, const struct survey survey[2], unsigned x);
/** unseen_answer() - The answer of @x to a SYN-ACK, where nothing else of it was captured. */
void unseen_answer(struct trace *trace, const struct survey survey[2], unsigned x);
/** unseen_fins() - The FIN of either side, or its first copy. */
void unseen_fins(struct trace *trace, const struct conn *conn);
/** unseen_fin_copy() - The copy of @x's FIN that reached its peer, where none that was captured did. */
void unseen_fin_copy(struct trace *trace, unsigned x);
/** unseen_date() - Estimate when the synthetic record @i passed the tap. Return: how far that may be off. */
uint64_t unseen_date(struct trace *trace, unsigned i);

#endif
