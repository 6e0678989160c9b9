/* lost.h - FINs whose first copies were lost in front of the tap */
#ifndef CORE_LOST_H
#define CORE_LOST_H

#include "trace.h"

enum { LOST_MAX = 6 }; /**< more copies than these are not lost one after another */

/** lost_sent_ns() - When the copy @nth (1: the one just before) of the FIN that was captured in record @fin was sent,
 * as the tap would have seen it. 0: before there was time. */
uint64_t lost_sent_ns(const struct trace *trace, unsigned fin, unsigned nth);
/** lost_fin() - Insert the first copy of @x's FIN, if it was lost. */
void lost_fin(struct trace *trace, const struct conn *conn, unsigned x);

#endif
