/* held.c - segments that passed the tap later than what their sender sent after them, or than its clock says
 *
 * A path delays, and not all segments alike. Two things tell that one was held back in front of the tap:
 *
 *     overtaken   what its sender sent later was captured before it (RFC 7323 4.2 tells by the timestamps)
 *     the clock   the time in its timestamp is further behind the capture's clock than in its neighbours'
 *
 * The second needs to know how long a tick is. A millisecond it is with most systems; so that is tried, and
 * holds where most of a side's segments agree on it over some time:
 *
 *     captured  0      20.1    40.0     68.2     80.3 ms
 *     tsval     700    720     740      760      780
 *     behind    0      0.1     0        8.2      0.3        the fourth was held back for 8 ms
 *
 * A SYN-ACK may have something else in its timestamp (SYN cookies) and is left out.
 */
#include "held.h"
#include "seq.h"
#include "survey.h"

enum {
    CLOCK_AGREE_NS = 1500000, /* a tick, and what a path wavers */
    CLOCK_HELD_NS = 2500000,
    CLOCK_HALF_TICK_NS = 500000, /* so much later, on average, than the tick began */
    CLOCK_SPAN_NS = 20000000 /* over so long segments must agree: no other clock does */
};
/* Between clocks that differ by 100 ppm a millisecond or two goes unnoticed. */
#define CLOCK_WINDOW_NS (4 * SECOND_NS)

/* -- overtaken ------------------------------------------------------------------------------------- */

static void hold(struct trace *trace, unsigned i, uint64_t ns)
{
    trace->held_ns[i] = ns;
    trace->any_held = true;
}

static void find_overtaken(struct trace *trace, unsigned i, unsigned newest)
{
    const struct record *record = &trace->records[i];
    unsigned overtaker = newest;
    for (unsigned k = overtaker; k-- > 0;)
        if (trace_is_send(trace, k, record->dir) && !trace->synthetic[k] && trace_sent_before(trace, i, k))
            overtaker = k;
    if (record->ts_ns > trace->records[overtaker].ts_ns)
        hold(trace, i, record->ts_ns - trace->records[overtaker].ts_ns);
}

/* -- the clock ---------------------------------------------------------------------------------------- */

/* Whether its timestamp is the time at which it was sent. */
static bool bears_time(const struct record *record)
{
    return (record->marks & MARK_TIMESTAMPS) && !has(record, TCPTWIN_SYN | TCPTWIN_ACK) && !has_empty_timestamp(record);
}

/* How much further @record is behind its own clock than its sender's @first. */
static int64_t behind_ns(const struct record *record, const struct record *first)
{
    return (int64_t)(record->ts_ns - first->ts_ns) - (int64_t)seq_diff(record->tsval, first->tsval) * 1000000;
}

/* What one side sent with the time in it, and how far each is behind the first. */
struct ticks {
    unsigned count, record[TRACE_MAX];
    int64_t behind_ns[TRACE_MAX];
};

static void take_ticks(const struct trace *trace, unsigned x, unsigned first, struct ticks *ticks)
{
    ticks->count = 0;
    for (unsigned i = first; i < trace->count; i++) {
        if (!trace_is_send(trace, i, x) || trace->synthetic[i] || !bears_time(&trace->records[i]))
            continue;
        ticks->behind_ns[ticks->count] = behind_ns(&trace->records[i], &trace->records[first]);
        ticks->record[ticks->count++] = i;
    }
}

/* How much longer @n was on its way than the quickest of its neighbours, if most of these agree with that. */
static int64_t held_by_clock(const struct trace *trace, const struct ticks *ticks, unsigned n)
{
    const struct record *held = &trace->records[ticks->record[n]];
    int64_t least = ticks->behind_ns[n];
    unsigned from = ticks->count, to = 0, agree = 0;
    uint64_t first = 0, last = 0;
    for (unsigned k = 0; k < ticks->count; k++) {
        uint64_t ts = trace->records[ticks->record[k]].ts_ns;
        if (ts + CLOCK_WINDOW_NS < held->ts_ns || ts > held->ts_ns + CLOCK_WINDOW_NS)
            continue;
        from = from < k ? from : k;
        to = k + 1;
        least = ticks->behind_ns[k] < least ? ticks->behind_ns[k] : least;
    }
    for (unsigned k = from; k < to; k++) {
        if (ticks->behind_ns[k] - least > CLOCK_AGREE_NS)
            continue;
        last = trace->records[ticks->record[k]].ts_ns;
        first = agree++ ? first : last;
    }
    bool trusted = 2 * agree > to - from && last - first >= CLOCK_SPAN_NS;
    return trusted ? ticks->behind_ns[n] - least : 0;
}

static void find_by_clock(struct trace *trace, unsigned x, unsigned first)
{
    struct ticks ticks;
    take_ticks(trace, x, first, &ticks);
    for (unsigned n = 0; n < ticks.count; n++) {
        int64_t held = held_by_clock(trace, &ticks, n);
        unsigned i = ticks.record[n];
        if (held >= CLOCK_HELD_NS && (uint64_t)held > trace->held_ns[i])
            hold(trace, i, (uint64_t)held - CLOCK_HALF_TICK_NS);
    }
}

/* How far what one side sent is apart by its clock, where that is more than a path wavers. */
static void find_by_clocks(struct trace *trace)
{
    struct {
        const struct record *first; /* that bears the time; how far others are behind it */
        int64_t least_ns, most_ns;
    } clock[2] = {{0}, {0}};
    for (unsigned i = 0, count = trace->count; i < count; i++) {
        const struct record *record = &trace->records[i];
        unsigned x = record->dir;
        if (!bears_time(record) || !trace_is_send(trace, i, x) || trace->synthetic[i])
            continue;
        if (!clock[x].first)
            clock[x].first = record;
        int64_t behind = behind_ns(record, clock[x].first);
        if (behind < clock[x].least_ns)
            clock[x].least_ns = behind;
        else if (behind > clock[x].most_ns)
            clock[x].most_ns = behind;
    }
    for (unsigned x = 0; x < 2; x++)
        if (clock[x].most_ns - clock[x].least_ns >= CLOCK_HELD_NS)
            find_by_clock(trace, x, (unsigned)(clock[x].first - trace->records));
}

/* -- both -------------------------------------------------------------------------------------------- */

static void find_all_overtaken(struct trace *trace)
{
    int newest[2] = {NONE, NONE}; /* what each side sent last */
    for (unsigned i = 0; i < trace->count; i++) {
        int *mine = &newest[trace->records[i].dir];
        if (!trace_is_send(trace, i, trace->records[i].dir) || trace->synthetic[i])
            continue;
        if (*mine == NONE || !trace_sent_before(trace, i, (unsigned)*mine))
            *mine = (int)i;
        else
            find_overtaken(trace, i, (unsigned)*mine);
    }
}

void held_find(struct trace *trace)
{
    if (!trace->orderly)
        find_all_overtaken(trace);
    if (!trace->orderly || (trace->records[0].marks & MARK_TIMESTAMPS)) /* else none has */
        find_by_clocks(trace);
}
