/* held.h - segments that passed the tap later than what their sender sent after them, or than its clock says */
#ifndef CORE_HELD_H
#define CORE_HELD_H

#include "trace.h"

/** held_find() - Fill the trace's held_ns[]. */
void held_find(struct trace *trace);

#endif
