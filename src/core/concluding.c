/* concluding.c - the second stage: what departed is concluded and said
 *
 * It may run on a thread of its own (struct tcptwin_pipeline), so it touches nothing that feeding
 * does: what is constant in the context, t->concluding, and connections that departed, which nobody else
 * looks at until they are reclaimed. It concludes in the order of departure; so what it remembers
 * from one connection to the next (who is in TIME-WAIT) is the same whoever runs it, and when.
 */
#include "context.h"

enum { TIME_WAITS_PART = 32 }; /* of the memory limit, at most, for who is in TIME-WAIT */

void concluding_init(struct tcptwin *t)
{
    t->concluding.budget = (struct slab_budget){t->options.allocator,
                                                t->options.memory_limit / TIME_WAITS_PART, 0};
}

void concluding_release(struct tcptwin *t)
{
    graves_release(&t->concluding.time_waits);
}

/* It began where another connection of its ports had been: was that one's TIME-WAIT over? */
static void check_reuse(struct tcptwin *t, const struct conn *conn)
{
    uint32_t began_s = second_of(t, conn->first_ts_ns);
    const struct grave *grave = graves_find(&t->concluding.time_waits, conn->hash, began_s);
    if (grave && grave->value >> 1 > began_s)
        conclusion_add_reuse(&t->concluding.conclusion, conn, grave->value & 1);
}

/* Until when is one end of the connection just concluded in TIME-WAIT, and which? */
static void remember_time_wait(struct tcptwin *t, const struct conn *conn)
{
    const struct tcptwin_endpoint *end = t->concluding.conclusion.connection.endpoint;
    struct grave grave = {conn->hash, second_of(t, conn->last_ts_ns), 0};
    unsigned x = end[1].state == TCPTWIN_STATE_TIME_WAIT;
    if (end[x].state == TCPTWIN_STATE_TIME_WAIT)
        grave.value = (second_of(t, end[x].state_since_ns) + t->timers.time_wait_s) << 1 | x;
    if (grave.value || conn->incarnation > 1) /* nobody is: the one before it may have been */
        graves_dig(&t->concluding.time_waits, &t->concluding.budget, &grave);
}

static void conclude_one(struct tcptwin *t, const struct conn *conn)
{
    const struct departure *departure = &conn->departure;
    struct conclusion *conclusion = &t->concluding.conclusion;
    struct surroundings surroundings = {.origin_ns = t->origin_ns, .end_ts_ns = departure->end_ts_ns,
                                        .timers = t->timers, .end_reason = departure->reason, .final = true};
    for (unsigned x = 0; x < 2; x++)
        surroundings.hosts[x] = departure->hosts[x];
    conclude(conclusion, conn, &surroundings);
    if (departure->after_grave)
        check_reuse(t, conn);
    if (departure->reason != TCPTWIN_END_EOF)
        remember_time_wait(t, conn);
    struct tcptwin_event event = {TCPTWIN_EVENT_CONNECTION, &conclusion->connection, NULL, NULL};
    t->options.sink(t->options.sink_user, &event);
}

void tcptwin_conclude(struct tcptwin *t, const struct tcptwin_departures *departures)
{
    for (uint32_t i = 0; i < departures->count; i++) {
        if (i + PREFETCH_FAR < departures->count)
            conn_prefetch_all(departures->conn[i + PREFETCH_FAR]);
        if (i + PREFETCH_NEAR < departures->count)
            conn_prefetch_evidence(departures->conn[i + PREFETCH_NEAR]);
        conclude_one(t, departures->conn[i]);
    }
}
