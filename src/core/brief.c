/* brief.c - see brief.h
 *
 * Most connections are captured whole, once and in order, and most of these close one side after the other:
 *
 *     SYN, SYN-ACK, ACK ... FIN of A ... FIN of B that acknowledges it ... its ACK by A
 *
 * Who counts connections asks of these only what they have in common: closed in order, by A, without an anomaly. A has
 * acknowledged B's FIN, so it came there, and A is in TIME-WAIT while that lasts; that A's last ACK came to B is
 * presumed. No course of states needs to be computed for that, only one look at the evidence (orderly.h).
 *
 * A short way: whatever else a connection has, or is near the end of a time that somebody waits, goes the long one.
 */
#include "brief.h"
#include "orderly.h"
#include "trace_make.h"

enum {
    HALF_CLOSED_S = 20, /* between the FINs: less than any system waits for the second */
    CLOCK_S = 2         /* around the end of TIME-WAIT: when it began is known to the tap's distance only */
};

/* All that was counted for it is usual. */
static bool is_usual(const struct conn *conn)
{
    return !conn->anomalies && !conn->rest && !conn->pending && !conn->reused && !conn->after_grave && !conn->apart &&
           !conn->handshake_disturbed && !conn->reordered && !conn->journal.dropped && conn->has_first_syn &&
           !conn->side[0].hole_count && !conn->side[1].hole_count;
}

/* The second FIN, if it acknowledges the first, and came soon; NULL: not so. */
static const struct record *second_fin(const struct trace *trace)
{
    const struct record *first = &trace->records[trace->fin_from];
    unsigned i = trace->count - 1;
    while (i > trace->fin_from && !has(&trace->records[i], TCPTWIN_FIN))
        i--;
    const struct record *second = &trace->records[i];
    if (i <= trace->fin_from || second->ts_ns - first->ts_ns >= HALF_CLOSED_S * SECOND_NS)
        return NULL;
    return second->ack == trace->sent_max[first->dir] ? second : NULL;
}

/* Is A's TIME-WAIT going on, or over? Return: false if it is hard to say. */
static bool find_state(struct tcptwin_endpoint *end, const struct record *fin, const struct surroundings *surroundings)
{
    uint64_t quiet_ns = surroundings->end_ts_ns - fin->ts_ns, wait_ns = surroundings->timers.time_wait_s * SECOND_NS;
    if (surroundings->end_ts_ns < fin->ts_ns)
        return false;
    end->state = quiet_ns < wait_ns ? TCPTWIN_STATE_TIME_WAIT : TCPTWIN_STATE_CLOSED;
    end->state_since_ns = quiet_ns < wait_ns ? fin->ts_ns : 0;
    return quiet_ns < wait_ns || quiet_ns > wait_ns + CLOCK_S * SECOND_NS;
}

bool conclude_in_brief(struct conclusion *c, const struct conn *conn, const struct surroundings *surroundings)
{
    struct tcptwin_connection *out = &c->connection;
    struct survey survey[2];
    if (!TCPTWIN_SHORT_WAYS || !is_usual(conn))
        return false;
    trace_open(&c->trace, conn, surroundings->end_ts_ns);
    const struct record *fin = orderly_look(&c->trace, conn, survey) ? second_fin(&c->trace) : NULL;
    if (!fin)
        return false;
    conclusion_fill_identity(out, conn);
    if (!find_state(&out->endpoint[!fin->dir], fin, surroundings))
        return false;
    out->endpoint[fin->dir].state = TCPTWIN_STATE_CLOSED;
    out->brief = true;
    out->final = surroundings->final;
    out->origin_ns = surroundings->origin_ns;
    out->end_reason = surroundings->end_reason == TCPTWIN_END_EOF ? TCPTWIN_END_DETECTED
                                                                  : (uint8_t)surroundings->end_reason;
    out->handshake = TCPTWIN_HANDSHAKE_COMPLETE;
    out->outcome = TCPTWIN_OUTCOME_CLOSED_FIN;
    out->closed_by = out->first_fin_by = fin->dir == out->client ? TCPTWIN_PARTY_SERVER : TCPTWIN_PARTY_CLIENT;
    out->reset_by = TCPTWIN_PARTY_NONE;
    out->confidence = CONFIDENCE_OF_ORDERLY;
    return true;
}
