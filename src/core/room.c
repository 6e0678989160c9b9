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
    EVICT_SPARSE = 16, /* where one in so many openings is in use, they are looked at */
    EVICT_PART = 128 /* of all connections: so many at once, since the other stage must be waited for */
};

static int eviction_rank(const struct conn *conn)
{
    return conn->over ? 2 : is_unanswered(conn) ? 1 : 0;
}

/* Whom to evict: a connection, or an opening. */
struct victim {
    struct conn *conn;
    struct opening *opening;
    int rank;
    uint64_t last_ts_ns;
};

static bool is_worse(const struct victim *there, const struct victim *victim)
{
    return there->rank > victim->rank || (there->rank == victim->rank && there->last_ts_ns < victim->last_ts_ns);
}

/* Who is at that place among connections, or openings. Return: false if nobody is. */
static bool look_at(const struct tcptwin *t, uint32_t index, const void *except, struct victim *there)
{
    struct conn *conn = flow_at(&t->table, index);
    struct opening *opening = flow_opening_at(&t->table, index);
    if (conn && conn != except)
        *there = (struct victim){conn, NULL, eviction_rank(conn), conn->last_ts_ns};
    else if (opening && opening != except && opening->count)
        *there = (struct victim){NULL, opening, opening->count == 1,
                                 opening_newest_ns(opening, flow_rest(&t->table, opening))};
    else
        return false;
    return true;
}

/* The worst of a few among @room places after @first, from one that hops. */
static void find_victim(struct tcptwin *t, const void *except, uint32_t first, uint32_t room,
                        struct victim *victim)
{
    struct victim there;
    t->evict_hand = t->evict_hand * 1664525u + 1013904223u; /* Numerical Recipes' generator */
    for (uint32_t seen = 0, step = 0; step < room; step++) {
        if (!look_at(t, first + (t->evict_hand + step) % room, except, &there))
            continue;
        if (is_worse(&there, victim))
            *victim = there;
        seen++;
        if (seen >= (victim->rank ? EVICT_LOOK : EVICT_LONG))
            break;
    }
}

static void evict_conn(struct tcptwin *t, struct conn *conn)
{
    observe_aside(conn, &t->slab);
    depart(t, conn, TCPTWIN_END_RESOURCES);
}

static bool evict_one(struct tcptwin *t, const void *except)
{
    struct victim victim = {.rank = -1};
    uint32_t openings = flow_opening_room(&t->table);
    find_victim(t, except, 0, flow_room(&t->table), &victim);
    if (!victim.conn || t->table.openings >= openings / EVICT_SPARSE)
        find_victim(t, except, FLOW_OPENING, openings, &victim);
    if (victim.opening)
        depart_opening(t, victim.opening, TCPTWIN_END_RESOURCES);
    else if (victim.conn)
        evict_conn(t, victim.conn);
    else
        return false;
    t->stats.evicted++;
    return true;
}

void recover_departed(struct tcptwin *t)
{
    send_off(t);
    if (t->options.pipeline)
        t->options.pipeline->drain(t->options.pipeline->user);
}

bool evict_some(struct tcptwin *t, const void *except)
{
    uint32_t wanted = 1 + t->table.used / EVICT_PART, evicted = 0;
    while (evicted < wanted && evicted < TCPTWIN_DEPARTURES && evict_one(t, except))
        evicted++;
    recover_departed(t);
    return evicted != 0;
}

/* A piece for a journal, of the smallest size there is. @class: its size. */
static void *take_piece(struct tcptwin *t, unsigned *class)
{
    void *piece = NULL;
    for (*class = 0; *class < JOURNAL_CLASSES && !(piece = slab_take(&t->slab, *class)); ++*class)
        ;
    return piece;
}

/* A connection without evidence would be a claim without ground: there must be memory for a journal. */
bool have_evidence_room(struct tcptwin *t, const void *except)
{
    unsigned class;
    if (slab_has(&t->slab, 0))
        return true;
    void *piece = take_piece(t, &class);
    if (!piece) {
        recover_departed(t);
        piece = take_piece(t, &class);
    }
    for (unsigned tries = 0; !piece && tries < EVICT_TRIES && evict_some(t, except); tries++)
        piece = take_piece(t, &class);
    if (piece)
        slab_give(&t->slab, class, piece);
    return piece != NULL;
}
