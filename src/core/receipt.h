/* receipt.h - what a segment or an ICMP error that was sent to an endpoint does to it */
#ifndef CORE_RECEIPT_H
#define CORE_RECEIPT_H

#include "twin_run.h"

/** receipt_take() - The record @i reaches X, unless something shows that it did not. */
void receipt_take(struct run *run, unsigned i);
/** receipt_accept() - The same of a segment that is not thrown away, nor a RST: of any of an orderly trace. */
void receipt_accept(struct run *run, unsigned i);
/** receipt_open_proof() - @proof, if what X sends there shows that it had been in ESTABLISHED; else NONE. */
int receipt_open_proof(const struct run *run, int proof);
/** receipt_closes_at_once() - X's send @i closes, says nothing else, and no acknowledgment came before it: if X opened
 * itself, too, or how it opened was not captured, it may have closed in SYN-RECEIVED. */
bool receipt_closes_at_once(const struct run *run, unsigned i);

#endif
