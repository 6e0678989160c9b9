/* room.c - at the memory limit connections are evicted
 *
 * Ended ones first, then those never answered, then the least recently seen: the worst of a few
 * from one place, not of all, so that the price of an eviction is bounded. An evicted connection is
 * concluded and said like any other, with its end_reason, and counted.
 */
#include "context.h"
#include "observe.h"

enum {
    EVICT_LOOK = 16, /* connections, or EVICT_LONG as long as none but open ones are met */
    EVICT_LONG = 256,
    EVICT_PART = 128 /* of all connections: so many at once, since the other stage must be waited for */
};

static int eviction_rank(const struct conn *conn)
{
    return conn->over ? 2 : is_unanswered(conn) ? 1 : 0;
}

/* The worst of a few connections from a place that hops through the table. */
static struct conn *find_victim(struct tcptwin *t, const struct conn *except)
{
    struct conn *victim = NULL;
    uint32_t room = flow_room(&t->table);
    t->evict_hand = t->evict_hand * 1664525u + 1013904223u; /* Numerical Recipes' generator */
    for (uint32_t seen = 0, step = 0; step < room; step++) {
        struct conn *conn = flow_at(&t->table, (t->evict_hand + step) % room);
        if (!conn || conn == except)
            continue;
        int order = victim ? eviction_rank(conn) - eviction_rank(victim) : 1;
        if (order > 0 || (order == 0 && conn->last_ts_ns < victim->last_ts_ns))
            victim = conn;
        seen++;
        if (seen >= (eviction_rank(victim) ? EVICT_LOOK : EVICT_LONG))
            break;
    }
    return victim;
}

static bool evict_one(struct tcptwin *t, const struct conn *except)
{
    struct conn *victim = find_victim(t, except);
    if (!victim)
        return false;
    t->stats.evicted++;
    if (victim->pending)
        observe_aside(victim, &victim->pending->segment,
                      conn_direction(&victim->pending->segment));
    slab_give(&t->slab, CLASS_PENDING, victim->pending);
    victim->pending = NULL;
    depart(t, victim, TCPTWIN_END_RESOURCES);
    return true;
}

bool evict_some(struct tcptwin *t, const struct conn *except)
{
    uint32_t wanted = 1 + t->table.used / EVICT_PART, evicted = 0;
    while (evicted < wanted && evicted < TCPTWIN_DEPARTURES && evict_one(t, except))
        evicted++;
    send_off(t);
    if (t->options.pipeline)
        t->options.pipeline->drain(t->options.pipeline->user);
    return evicted != 0;
}

/* A connection without evidence would be a claim without ground: there must be memory for a journal. */
bool have_evidence_room(struct tcptwin *t)
{
    void *piece = NULL;
    unsigned class = 0;
    for (unsigned tries = 0; !piece && tries < EVICT_TRIES; tries++) {
        for (class = 0; class < JOURNAL_CLASSES && !(piece = slab_take(&t->slab, class)); class++)
            ;
        if (!piece && !evict_some(t, NULL))
            return false;
    }
    slab_give(&t->slab, class, piece);
    return piece != NULL;
}
