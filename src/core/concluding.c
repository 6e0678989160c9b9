/* concluding.c - the second stage: what departed is concluded and said
 *
 *     tcptwin_conclude()                one list after the other, in the order of departure: concluded and said
 *     tcptwin_prepare(), tcptwin_say()  the same in two steps: the first of many lists at once, each at a desk
 *
 * To conclude is a pure function of what departed, and it is most of the work. To say is a matter of order: what
 * is remembered from one connection to the next (who is in TIME-WAIT), and the sink. So what is said is the
 * same whoever concludes it, and when. It may all be on threads of their own (struct tcptwin_pipeline): it
 * touches nothing that feeding does, only what is constant in the context, t->concluding, and what departed, which
 * nobody else looks at until it is reclaimed.
 */
#include "brief.h"
#include "conclude_opening.h"
#include "context.h"

enum {
    TIME_WAITS_PART = 32, /* of the memory limit, at most, for who is in TIME-WAIT */
    DESK_BYTES = 112 * 1024 /* for one list: what opened and closed in order just fits */
};

static void bench_init(struct bench *bench)
{
    uintptr_t line = _Alignof(struct conn);
    bench->made = (struct conn *)(((uintptr_t)bench->made_room + line - 1) & ~(line - 1));
    slab_init(&bench->slab, &bench->nothing_more);
    conn_piece_sizes(&bench->slab);
    _Static_assert(sizeof bench->evidence / sizeof *bench->evidence >= 4, "a journal of the smallest size");
    slab_lend(&bench->slab, 0, bench->evidence, sizeof bench->evidence);
    slab_lend(&bench->slab, CLASS_ANOMALY, bench->anomalies, sizeof bench->anomalies);
}

void concluding_init(struct tcptwin *t)
{
    t->concluding.budget = (struct slab_budget){t->options.allocator,
                                                t->options.memory_limit / TIME_WAITS_PART, 0};
    bench_init(&t->concluding.bench);
}

void concluding_release(struct tcptwin *t)
{
    graves_release(&t->concluding.time_waits);
}

/* -- concluding ---------------------------------------------------------------------------------------- */

/* The connection that it shows. */
static struct conn *make_of(struct bench *bench, const struct tcptwin_departure *departure,
                            const struct opened *opened)
{
    struct flow_key key = key_of_opening(departure->opening);
    conn_of_key(bench->made, &key);
    opened_show(opened, bench->made, &bench->slab);
    return bench->made;
}

static void conclude_opened(struct bench *bench, const struct tcptwin_departure *departure,
                            const struct surroundings *surroundings)
{
    struct opened opened;
    opening_read(departure->opening, departure->opening_rest, &opened);
    if (conclude_opening(&bench->conclusion, &opened, surroundings))
        return;
    struct conn *made = make_of(bench, departure, &opened);
    conclude(&bench->conclusion, made, surroundings);
    conn_release(made, &bench->slab);
}

static struct surroundings surroundings_of(const struct tcptwin *t, const struct tcptwin_departure *departure)
{
    struct surroundings surroundings = {.origin_ns = t->origin_ns, .end_ts_ns = departure->end_ts_ns,
                                        .timers = t->timers, .end_reason = departure->reason, .final = true};
    for (unsigned x = 0; x < 2; x++)
        surroundings.hosts[x] = (struct host_clock){departure->distance_ns[x], departure->steady[x]};
    return surroundings;
}

/* Fills bench->conclusion. @brief: where that can be, if it is not asked for more. */
static void conclude_departure(const struct tcptwin *t, struct bench *bench,
                               const struct tcptwin_departure *departure, bool brief)
{
    struct surroundings surroundings = surroundings_of(t, departure);
    if (brief && departure->conn && conclude_in_brief(&bench->conclusion, departure->conn, &surroundings))
        return;
    if (departure->opening)
        conclude_opened(bench, departure, &surroundings);
    else
        conclude(&bench->conclusion, departure->conn, &surroundings);
}

static void prefetch_far(const struct tcptwin_departure *departure)
{
    if (!departure->opening) {
        conn_prefetch_all(departure->conn);
        return;
    }
    opening_prefetch(departure->opening);
    if (departure->opening_rest)
        prefetch(departure->opening_rest);
}

/* That list will be concluded now. */
static void prefetch_first(const struct tcptwin_departures *departures)
{
    for (uint32_t i = 0; i < PREFETCH_FAR && i < departures->count; i++)
        prefetch_far(&departures->list[i]);
}

/* Of one that will be said soon: where its TIME-WAIT may be remembered. Only who says may look there. */
static void prefetch_grave(const struct tcptwin *t, const struct tcptwin_departures *departures, uint32_t i)
{
    if (i < departures->count && departures->list[i].conn)
        graves_prefetch(&t->concluding.time_waits, departures->list[i].conn->hash);
}

/* ... and is at @i. */
static inline void prefetch_ahead(const struct tcptwin_departures *departures, uint32_t i)
{
    if (i + PREFETCH_FAR < departures->count)
        prefetch_far(&departures->list[i + PREFETCH_FAR]);
    if (i + PREFETCH_NEAR < departures->count && departures->list[i + PREFETCH_NEAR].conn)
        conn_prefetch_evidence(departures->list[i + PREFETCH_NEAR].conn);
}

/* -- saying ---------------------------------------------------------------------------------------------- */

/* It began where another connection of its ports had been: was that one's TIME-WAIT over? */
static void check_reuse(struct tcptwin *t, const struct conn *conn)
{
    uint32_t began_s = second_of(t, conn->first_ts_ns);
    const struct grave *grave = graves_find(&t->concluding.time_waits, conn->hash, began_s);
    if (grave && grave->value >> 1 > began_s)
        conclusion_add_reuse(&t->concluding.bench.conclusion, conn, grave->value & 1);
}

/* Until when is one end of the connection just concluded in TIME-WAIT, and which? */
static void remember_time_wait(struct tcptwin *t, const struct conn *conn, const struct tcptwin_endpoint end[2])
{
    struct grave grave = {conn->hash, second_of(t, conn->last_ts_ns), 0};
    unsigned x = end[1].state == TCPTWIN_STATE_TIME_WAIT;
    if (end[x].state == TCPTWIN_STATE_TIME_WAIT)
        grave.value = (second_of(t, end[x].state_since_ns) + t->timers.time_wait_s) << 1 | x;
    if (grave.value || conn->incarnation > 1) /* nobody is: the one before it may have been */
        graves_dig(&t->concluding.time_waits, &t->concluding.budget, &grave);
}

static void say(struct tcptwin *t, const struct tcptwin_departure *departure,
                const struct tcptwin_connection *connection)
{
    if (departure->reason != TCPTWIN_END_EOF && departure->conn) /* an opening never is in TIME-WAIT */
        remember_time_wait(t, departure->conn, connection->endpoint);
    struct tcptwin_event event = {TCPTWIN_EVENT_CONNECTION, connection, NULL, NULL};
    t->options.sink(t->options.sink_user, &event);
}

static bool is_after_grave(const struct tcptwin_departure *departure)
{
    return departure->conn && departure->conn->after_grave;
}

/* Whether the sink wants more of it than it has. */
static bool is_too_brief(const struct tcptwin *t, const struct tcptwin_connection *connection)
{
    return connection->brief && !t->options.enough(t->options.sink_user, connection);
}

static void conclude_and_say(struct tcptwin *t, const struct tcptwin_departure *departure)
{
    struct conclusion *conclusion = &t->concluding.bench.conclusion;
    conclude_departure(t, &t->concluding.bench, departure, t->options.enough != NULL);
    if (is_too_brief(t, &conclusion->connection))
        conclude_departure(t, &t->concluding.bench, departure, false);
    if (is_after_grave(departure))
        check_reuse(t, departure->conn);
    say(t, departure, &conclusion->connection);
}

void tcptwin_conclude(struct tcptwin *t, const struct tcptwin_departures *departures)
{
    prefetch_first(departures);
    for (uint32_t i = 0; i < departures->count; i++) {
        prefetch_ahead(departures, i);
        prefetch_grave(t, departures, i + PREFETCH_NEAR);
        conclude_and_say(t, &departures->list[i]);
    }
}

/* -- in two steps ---------------------------------------------------------------------------------------- */

struct tcptwin_desk {
    struct bench bench;
    const struct tcptwin_departures *departures;
    struct tcptwin_connection *prepared[TCPTWIN_DEPARTURES]; /* in room; NULL: to be concluded when it is said */
    size_t used;
    _Alignas(16) uint8_t room[DESK_BYTES];
};

size_t tcptwin_desk_size(void)
{
    return sizeof(struct tcptwin_desk);
}

struct tcptwin_desk *tcptwin_desk_init(void *memory)
{
    struct tcptwin_desk *desk = memory;
    memset(&desk->bench, 0, sizeof desk->bench);
    bench_init(&desk->bench);
    return desk;
}

static void *put_down(struct tcptwin_desk *desk, const void *what, size_t bytes)
{
    void *at = desk->room + desk->used;
    if (bytes) /* else there may be nothing to point to */
        memcpy(at, what, bytes);
    desk->used += (bytes + 15) & ~(size_t)15;
    return at;
}

/* What the bench has, to be said later. Return: NULL if there is no room. */
static struct tcptwin_connection *keep(struct tcptwin_desk *desk)
{
    const struct tcptwin_connection *connection = &desk->bench.conclusion.connection;
    size_t transitions = connection->transition_count * sizeof *connection->transitions;
    size_t anomalies = connection->anomaly_count * sizeof *connection->anomalies;
    if (desk->used + sizeof *connection + transitions + anomalies + 3 * 16 > sizeof desk->room)
        return NULL;
    struct tcptwin_connection *kept = put_down(desk, connection, sizeof *connection);
    kept->transitions = put_down(desk, connection->transitions, transitions);
    kept->anomalies = put_down(desk, connection->anomalies, anomalies);
    return kept;
}

void tcptwin_prepare(const struct tcptwin *t, struct tcptwin_desk *desk,
                     const struct tcptwin_departures *departures)
{
    desk->departures = departures;
    desk->used = 0;
    prefetch_first(departures);
    for (uint32_t i = 0; i < departures->count; i++) {
        prefetch_ahead(departures, i);
        desk->prepared[i] = NULL;
        if (is_after_grave(&departures->list[i]))
            continue; /* it depends on what is said before */
        conclude_departure(t, &desk->bench, &departures->list[i], t->options.enough != NULL);
        desk->prepared[i] = keep(desk);
    }
}

void tcptwin_say(struct tcptwin *t, struct tcptwin_desk *desk)
{
    for (uint32_t i = 0; i < desk->departures->count; i++) {
        const struct tcptwin_departure *departure = &desk->departures->list[i];
        prefetch_grave(t, desk->departures, i + PREFETCH_FAR);
        if (desk->prepared[i] && !is_too_brief(t, desk->prepared[i]))
            say(t, departure, desk->prepared[i]);
        else
            conclude_and_say(t, departure);
    }
}
