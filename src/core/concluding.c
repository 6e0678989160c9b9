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
    struct concluding *mine = &t->concluding;
    mine->budget = (struct slab_budget){t->options.allocator, t->options.memory_limit / TIME_WAITS_PART, 0};
    slab_init(&mine->slab, &mine->nothing_more);
    set_piece_sizes(&mine->slab);
    _Static_assert(sizeof mine->evidence / sizeof *mine->evidence >= 4, "a journal of the smallest size");
    slab_lend(&mine->slab, 0, mine->evidence, sizeof mine->evidence);
    slab_lend(&mine->slab, CLASS_ANOMALY, mine->anomalies, sizeof mine->anomalies);
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

static struct conn *make_of(struct tcptwin *t, const struct opening *opening)
{
    struct conn *made = &t->concluding.made;
    *made = (struct conn){.scope = opening->scope, .ip_version = opening->ip_version};
    memcpy(made->address, opening->address, sizeof made->address);
    memcpy(made->port, opening->port, sizeof made->port);
    show_opening(made, &t->concluding.slab, opening);
    return made;
}

static void conclude_conn(struct tcptwin *t, const struct tcptwin_departure *departure, const struct conn *conn)
{
    struct conclusion *conclusion = &t->concluding.conclusion;
    struct surroundings surroundings = {.origin_ns = t->origin_ns, .end_ts_ns = departure->end_ts_ns,
                                        .timers = t->timers, .end_reason = departure->reason, .final = true};
    for (unsigned x = 0; x < 2; x++)
        surroundings.hosts[x] = (struct host_clock){departure->distance_ns[x], departure->steady[x]};
    conclude(conclusion, conn, &surroundings);
    if (conn->after_grave)
        check_reuse(t, conn);
    if (departure->reason != TCPTWIN_END_EOF && !departure->opening) /* an opening never is in TIME-WAIT */
        remember_time_wait(t, conn);
    struct tcptwin_event event = {TCPTWIN_EVENT_CONNECTION, &conclusion->connection, NULL, NULL};
    t->options.sink(t->options.sink_user, &event);
}

static void conclude_one(struct tcptwin *t, const struct tcptwin_departure *departure)
{
    if (!departure->opening) {
        conclude_conn(t, departure, departure->conn);
        return;
    }
    struct conn *made = make_of(t, departure->opening);
    conclude_conn(t, departure, made);
    release_pieces(made, &t->concluding.slab);
}

static void prefetch_far(const struct tcptwin_departure *departure)
{
    if (departure->opening)
        opening_prefetch(departure->opening);
    else
        conn_prefetch_all(departure->conn);
}

static void prefetch_near(const struct tcptwin_departure *departure)
{
    if (departure->opening)
        opening_prefetch_rest(departure->opening);
    else
        conn_prefetch_evidence(departure->conn);
}

void tcptwin_conclude(struct tcptwin *t, const struct tcptwin_departures *departures)
{
    for (uint32_t i = 0; i < departures->count; i++) {
        if (i + PREFETCH_FAR < departures->count)
            prefetch_far(&departures->list[i + PREFETCH_FAR]);
        if (i + PREFETCH_NEAR < departures->count)
            prefetch_near(&departures->list[i + PREFETCH_NEAR]);
        conclude_one(t, &departures->list[i]);
    }
}
