/* distance.c - how far each end is from the tap, and when something was there
 *
 *     y --- SYN ---> (tap) ---> x       what x answers at once passes the tap twice the way
 *     y <--- SYN,ACK (tap) <--- x       to x later
 *
 * Three things tell the way to x, the best first:
 *
 *     own        the handshake of this connection, where nothing of it was repeated
 *     host       the handshakes of the host's other connections, while most of them agree
 *     answers    the quickest answer to data, FIN or SYN: the way is no longer than that
 *
 * A path delays, it never hastens. So an own sample above what most of the host's agree on met a delay (if only
 * a busy host's), or a repetition that was not captured, and the host's counts.
 */
#include "distance.h"
#include "seq.h"

/* Where both have timestamps an answer echoes its question's, or a later one: not that of an earlier copy. */
static bool echoes(const struct record *answer, const struct record *question)
{
    return !(answer->marks & question->marks & MARK_TIMESTAMPS) ||
           seq_ge(answer->tsecr, question->tsval);
}

/* From y's question at the tap to x's answer at the tap is twice the way to x. */
static bool half_round_trip(const struct trace *trace, int question, int answer, uint64_t *distance)
{
    if (question < 0 || answer <= question || trace->synthetic[question] || trace->synthetic[answer] ||
        !echoes(&trace->records[answer], &trace->records[question]))
        return false;
    uint64_t left_ns = trace->records[answer].ts_ns - trace->held_ns[answer];
    uint64_t half = (left_ns - trace->records[question].ts_ns) / 2; /* huge: time went back */
    if (half > FARTHEST_NS)
        return false;
    *distance = half;
    return true;
}

static int first_after(const struct trace *trace, int after, unsigned x, unsigned flags,
                       unsigned without)
{
    for (unsigned i = (unsigned)after; after >= 0 && i < trace->count; i++)
        if (trace_is_send(trace, i, x) && has(&trace->records[i], flags) &&
            !(trace->records[i].flags & without))
            return (int)i;
    return NONE;
}

static bool by_handshake(const struct trace *trace, const struct survey survey[2], unsigned x,
                         uint64_t *distance)
{
    const struct survey *mine = &survey[x], *peers = &survey[!x];
    if (peers->syn != NONE && peers->syns == 1 && mine->syn_acks <= 1) {
        int answer = mine->syn_ack != NONE ? mine->syn_ack
                                           : first_after(trace, peers->syn, x, TCPTWIN_RST, 0);
        if (half_round_trip(trace, peers->syn, answer, distance))
            return true;
    }
    if (peers->syn_ack == NONE || peers->syn_acks != 1)
        return false;
    return half_round_trip(trace, peers->syn_ack,
                           first_after(trace, peers->syn_ack, x, TCPTWIN_ACK, TCPTWIN_SYN), distance);
}

/* Whoever has no fast open says nothing before the ACK of its SYN-ACK has come: if it does so sooner after that ACK
 * than twice the way, its SYN-ACK had met a delay (a busy listener, the first packet of a flow, ARP). */
static bool by_first_word(const struct trace *trace, const struct survey survey[2], unsigned x, uint64_t *distance)
{
    const struct survey *mine = &survey[x];
    if (mine->syn != NONE || mine->syn_ack == NONE || mine->syn_acks != 1 || trace->fast_open)
        return false;
    int ack = first_after(trace, mine->syn_ack, !x, TCPTWIN_ACK, TCPTWIN_SYN | TCPTWIN_RST);
    for (unsigned k = (unsigned)ack; ack != NONE && k < trace->count; k++) {
        const struct record *word = &trace->records[k];
        if (trace_is_send(trace, k, x) && !trace->synthetic[k] && !(word->flags & (TCPTWIN_SYN | TCPTWIN_RST)))
            return half_round_trip(trace, ack, (int)k, distance);
    }
    return false;
}

bool distance_by_answers(const struct trace *trace, unsigned x, uint64_t *distance)
{
    bool found = false;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *question = &trace->records[i];
        if (!trace_is_send(trace, i, !x) || trace->synthetic[i] ||
            is_empty(question))
            continue;
        for (unsigned k = i + 1; k < trace->count; k++) {
            const struct record *answer = &trace->records[k];
            if (!trace_is_send(trace, k, x) || trace->synthetic[k] || !has(answer, TCPTWIN_ACK) ||
                seq_lt(answer->ack, record_end(question)))
                continue;
            if (!echoes(answer, question))
                break;
            uint64_t left = answer->ts_ns - trace->held_ns[k];
            uint64_t half = left > question->ts_ns ? (left - question->ts_ns) / 2 : 0;
            if (half > FARTHEST_NS || (!half && trace->held_ns[k]))
                break;
            if (!found || half < *distance)
                *distance = half;
            found = true;
            break;
        }
    }
    return found;
}

static void find_one(struct trace *trace, const struct survey survey[2], unsigned x,
                     const struct host_clock *host)
{
    uint64_t distance = 0, told = host->distance_ns;
    bool own = by_handshake(trace, survey, x, &distance);
    trace->distance_known[x] = own || told;
    uint64_t least;
    if (own && by_first_word(trace, survey, x, &least) && least < distance)
        distance = least;
    if (own && host->steady && distance > told) {
        distance = told;
    } else if (!own) { /* what the host's others tell, but not more than this one allows */
        bool bounded = distance_by_answers(trace, x, &distance);
        if (told && (!bounded || told < distance))
            distance = told;
    }
    trace->distance[x] = distance;
    trace->slack[x] = distance / 16 + 50000;
}

void distance_find(struct trace *trace, const struct survey survey[2],
                   const struct host_clock hosts[2])
{
    for (unsigned x = 0; x < 2; x++)
        find_one(trace, survey, x, &hosts[x]);
}
