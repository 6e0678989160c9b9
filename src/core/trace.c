/* trace.c - see trace.h */
#include "trace.h"
#include "seq.h"

#include <string.h>

enum { HELD_TICKS = 1 << 24 /* nothing is held back for so many ticks of any clock: what is so far behind jumped */ };
/* Without timestamps a SYN or FIN captured this little after what lies above it was late; repeated it would be
 * much later. */
#define LATE_NS UINT64_C(3000000)

void trace_insert(struct trace *trace, unsigned at, const struct record *record, enum unseen kind)
{
    if (trace->count >= TRACE_MAX)
        return;
    memmove(&trace->records[at + 1], &trace->records[at],
            (trace->count - at) * sizeof trace->records[0]);
    memmove(&trace->synthetic[at + 1], &trace->synthetic[at], trace->count - at);
    memmove(&trace->held_ns[at + 1], &trace->held_ns[at],
            (trace->count - at) * sizeof trace->held_ns[0]);
    trace->held_ns[at] = 0;
    memmove(&trace->denied[at + 1], &trace->denied[at], trace->count - at);
    memmove(&trace->sent_by[at + 1], &trace->sent_by[at], trace->count - at);
    memmove(&trace->refused[at + 1], &trace->refused[at], trace->count - at);
    memmove(&trace->injected[at + 1], &trace->injected[at], trace->count - at);
    trace->records[at] = *record;
    trace->synthetic[at] = (uint8_t)kind;
    trace->refused[at] = REFUSED_NOT;
    trace->injected[at] = false;
    trace->count++;
    trace->orderly = false;
    trace->fin_from = 0;
    trace->in_turn = false;
    trace_deny(trace, at, false);
}

/* The next that was captured, of the same frame. */
uint64_t trace_shown_ns(const struct trace *trace, unsigned i)
{
    unsigned shown = i;
    while (trace->synthetic[shown] && shown + 1 < trace->count &&
           trace->records[shown + 1].frame == trace->records[i].frame)
        shown++;
    return trace->records[shown].ts_ns;
}

/* A host's timestamps run with its sends; within a tick a SYN or FIN comes before what lies above it. */
bool trace_sent_before(const struct trace *trace, unsigned i, unsigned k)
{
    const struct record *late = &trace->records[i], *early = &trace->records[k];
    bool numbered = !(early->flags & TCPTWIN_RST) || early->seq; /* a RST without: RFC 9293 3.10.7.1 */
    bool below = numbered && (late->flags & (TCPTWIN_SYN | TCPTWIN_FIN)) && seq_ge(early->seq, record_end(late));
    if ((late->marks & early->marks & MARK_TIMESTAMPS) && !has_empty_timestamp(late) && !has_empty_timestamp(early))
        return early->tsval - late->tsval <= HELD_TICKS && (late->tsval != early->tsval || below);
    return below && late->ts_ns - early->ts_ns < LATE_NS;
}
