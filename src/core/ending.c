/* ending.c - a connection ends: it is concluded, said and freed, and a grave remains
 *
 * The grave (graves.h) is for stragglers: it tells a late segment from a new connection, and
 * a SYN in its TIME-WAIT from one after it. At the end of the capture nothing comes late, so none
 * is dug.
 *
 * A SYN that waited aside (incarnation.c) until the end moved nobody, and is only counted, unless
 * the connection is itself but an unanswered SYN: then it was another attempt, a connection of its
 * own, which ends for the same reason.
 */
#include "context.h"
#include "observe.h"

void forget_conn(struct tcptwin *t, struct conn *conn)
{
    journal_release(&conn->journal, &t->slab);
    while (conn->anomalies) {
        struct anomaly_node *node = conn->anomalies;
        conn->anomalies = node->next;
        slab_give(&t->slab, CLASS_ANOMALY, node);
    }
    slab_give(&t->slab, CLASS_PENDING, conn->pending);
    slab_give(&t->slab, CLASS_SAID, conn->said);
    flow_remove(&t->table, conn);
}

/* From the conclusion at hand. */
static void dig_grave(struct tcptwin *t, const struct conn *conn)
{
    struct grave grave = {.hash = conn->hash, .incarnation = conn->incarnation,
                          .since_s = second_of(t, conn->last_ts_ns)};
    for (unsigned x = 0; x < 2; x++) {
        const struct tcptwin_endpoint *end = &t->conclusion.connection.endpoint[x];
        if (end->state != TCPTWIN_STATE_TIME_WAIT)
            continue;
        grave.time_wait_s = second_of(t, end->state_since_ns) + t->timers.time_wait_s;
        grave.time_wait_end = x;
    }
    graves_dig(&t->graves, &t->budget, &grave);
}

/* Say the conclusion at hand and free the connection. */
void bury_conn(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason)
{
    say_conclusion(t);
    if (reason != TCPTWIN_END_EOF)
        dig_grave(t, conn);
    forget_conn(t, conn);
}

/* An unanswered attempt followed by another: the second SYN is a connection of its own. */
static bool pending_stands_alone(const struct conn *conn)
{
    return conn->pending && is_unanswered(conn);
}

void retire_conn(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason)
{
    struct tcptwin_segment next;
    bool has_next = pending_stands_alone(conn);
    struct flow_key key = key_of_conn(conn);
    uint64_t hash = conn->hash;
    uint32_t incarnation = conn->incarnation;
    if (conn->pending) {
        next = conn->pending->segment;
        if (!has_next)
            observe_aside(conn, &next, conn_direction(&next));
    }
    if (t->options.live)
        say_changes(t, conn, reason, true);
    judge_conn(t, conn, reason, true);
    bury_conn(t, conn, reason);
    if (!has_next)
        return;
    struct conn *alone = begin_conn(t, &key, hash, &next, conn_direction(&next), incarnation + 1);
    if (alone)
        retire_conn(t, alone, reason);
}
