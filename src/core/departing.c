/* departing.c - a connection ends: it leaves the table with all it has, and a grave remains
 *
 *     bury_conn() --> depart() --> t->departures --> concluded and said (concluding.c) --> reclaimed
 *
 * What departs is complete: nothing that comes later changes it. So it can be concluded on another
 * thread while feeding goes on (struct tcptwin_pipeline); without one it is concluded and reclaimed at
 * once. Its memory stays as it is until it is reclaimed.
 *
 * The grave (graves.h) is for stragglers: it tells a late segment from a new connection. At the end of
 * the capture nothing comes late, so none is dug.
 */
#include "context.h"
#include "distance.h"
#include "trace_make.h"

void free_opening(struct tcptwin *t, struct opening *opening)
{
    if (opening->count && opening->ip_version != 4)
        slab_give(&t->slab, CLASS_ENDS, opening->ends.v6);
    flow_opening_free(&t->table, opening);
}

static void reclaim(struct tcptwin *t, const struct tcptwin_departure *departure)
{
    if (departure->opening) {
        free_opening(t, departure->opening);
    } else {
        conn_release(departure->conn, &t->slab);
        flow_reclaim(&t->table, departure->conn);
    }
}

static void prefetch_reclaimed(const struct tcptwin_departure *departure)
{
    if (departure->opening)
        opening_prefetch(departure->opening);
    else
        conn_prefetch_pieces(departure->conn);
}

void tcptwin_reclaim(struct tcptwin *t, const struct tcptwin_departures *departures)
{
    for (uint32_t i = 0; i < departures->count; i++) {
        if (i + PREFETCH_FAR < departures->count)
            prefetch_reclaimed(&departures->list[i + PREFETCH_FAR]);
        reclaim(t, &departures->list[i]);
    }
}

void send_off(struct tcptwin *t)
{
    if (!t->departures.count)
        return;
    if (t->options.pipeline) {
        t->options.pipeline->hand_over(t->options.pipeline->user, &t->departures);
    } else {
        tcptwin_conclude(t, &t->departures);
        tcptwin_reclaim(t, &t->departures);
    }
    t->departures.count = 0;
}

/* Without a handshake, answers to data and FIN tell of the two hosts. */
void learn_conn(struct tcptwin *t, const struct conn *conn)
{
    static const struct host_clock unknown[2];
    struct trace *trace = &t->conclusion.trace;
    uint64_t distance_ns;
    if (conn->has_first_syn || conn->side[0].syn_ack_seen || conn->side[1].syn_ack_seen)
        return;
    trace_make(trace, conn, unknown, t->now_ns);
    for (unsigned x = 0; x < 2 && trace->midstream; x++)
        if (distance_by_answers(trace, x, &distance_ns))
            hosts_learn_answer(&t->hosts, &conn->address[x], distance_ns);
}

/* With what is known now of its two hosts. */
static void see_off(struct tcptwin *t, struct conn *conn, struct opening *opening,
                    const struct tcptwin_address address[2], enum tcptwin_end_reason reason)
{
    struct tcptwin_departure *departure = &t->departures.list[t->departures.count++];
    *departure = (struct tcptwin_departure){.conn = conn, .opening = opening, .end_ts_ns = t->now_ns,
                                            .reason = (uint8_t)reason};
    if (opening)
        departure->opening_rest = flow_rest(&t->table, opening);
    for (unsigned x = 0; x < 2; x++) {
        struct host_clock clock = hosts_clock(&t->hosts, &address[x]);
        departure->distance_ns[x] = clock.distance_ns;
        departure->steady[x] = clock.steady;
    }
    if (!t->options.pipeline || t->departures.count == TCPTWIN_DEPARTURES)
        send_off(t);
}

void depart(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason)
{
    if (reason != TCPTWIN_END_EOF)
        learn_conn(t, conn);
    if (t->options.live)
        say_changes(t, conn, reason, true);
    flow_remove(&t->table, conn);
    see_off(t, conn, NULL, conn->address, reason);
}

void bury_conn(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason)
{
    if (reason != TCPTWIN_END_EOF) {
        struct grave grave = {conn->hash, second_of(t, conn->last_ts_ns), conn->incarnation};
        graves_dig(&t->graves, &t->budget, &grave);
    }
    depart(t, conn, reason);
}

static void see_off_opening(struct tcptwin *t, struct opening *opening, enum tcptwin_end_reason reason)
{
    struct tcptwin_address address[2] = {opening_address(opening, 0), opening_address(opening, 1)};
    see_off(t, NULL, opening, address, reason);
}

static void depart_from(struct tcptwin *t, struct opening *opening, uint64_t hash, enum tcptwin_end_reason reason)
{
    flow_opening_remove(&t->table, opening, hash);
    see_off_opening(t, opening, reason);
}

void depart_opening(struct tcptwin *t, struct opening *opening, enum tcptwin_end_reason reason)
{
    depart_from(t, opening, hash_of_opening(t, opening), reason);
}

void retire_opening(struct tcptwin *t, struct opening *opening, enum tcptwin_end_reason reason)
{
    if (reason == TCPTWIN_END_EOF) {
        flow_opening_leave(&t->table, opening);
        see_off_opening(t, opening, reason);
        return;
    }
    uint64_t hash = hash_of_opening(t, opening);
    struct grave grave = {hash, second_of(t, opening_newest_ns(opening, flow_rest(&t->table, opening))), 1};
    graves_dig(&t->graves, &t->budget, &grave);
    depart_from(t, opening, hash, reason);
}
