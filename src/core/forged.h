/* forged.h - segments that the side they name did not send, or that no receiver takes */
#ifndef CORE_FORGED_H
#define CORE_FORGED_H

#include "trace.h"

/** forged_find() - Fill the trace's denied[], injected[] and refused[]. */
void forged_find(struct trace *trace);
/** forged_find_syn() - @x sends something that lies before its SYN: deny that, and the SYN if @x goes on with nothing
 * else, which sets disowned[]. */
void forged_find_syn(struct trace *trace, unsigned x);

#endif
