/* openings.c - a tuple's first segment, and connections while nothing but their opening is seen (opening.h)
 *
 * A tuple that has no connection may have a grave (graves.h): then a SYN is the next incarnation, and anything
 * else a straggler, counted. Without one:
 *
 *     SYN of a new tuple --> opening --> the next of its handshake --> kept
 *                                    --> anything else --> promote() --> a connection
 *                                    --> its time, or the capture, is over --> it departs as it is, and is
 *                                        concluded without ever being one (conclude_opening.c)
 *
 * What others must know at once does not wait for promotion: the stream's number, what the handshake tells of
 * the hosts' distances, and the place in the queue of the unanswered. Live, where each step is said when it
 * happens, there are none.
 */
#include "context.h"

/* An opening under that key. With IPv6 its addresses have a piece of their own. */
static struct opening *open_flow(struct tcptwin *t, const struct flow_key *key, uint64_t hash)
{
    bool is_long = key->ip_version != 4;
    struct tcptwin_address *v6 = is_long ? slab_take(&t->slab, CLASS_ENDS) : NULL;
    struct opening *opening = is_long && !v6 ? NULL : flow_open(&t->table, key, hash, v6);
    if (!opening)
        slab_give(&t->slab, CLASS_ENDS, v6);
    return opening;
}

/* Return: false if it is not one, or there is no memory. */
static bool begin_opening(struct tcptwin *t, const struct flow_key *key, uint64_t hash,
                          const struct tcptwin_segment *segment, unsigned dir)
{
    if (!TCPTWIN_SHORT_WAYS || t->options.live || t->early.count || !opening_begins(segment) ||
        t->stats.connections >> 40 || !have_evidence_room(t, NULL))
        return false;
    struct opening *opening = open_flow(t, key, hash);
    for (unsigned tries = 0; !opening && tries < EVICT_TRIES && evict_some(t, NULL); tries++)
        opening = open_flow(t, key, hash);
    if (!opening)
        return false;
    opening_begin(opening, segment, t->stats.connections++, dir);
    if (t->table.used > t->stats.peak_connections)
        t->stats.peak_connections = t->table.used;
    enqueue_opening(t, opening);
    return true;
}

void begin_first(struct tcptwin *t, const struct tcptwin_segment *segment,
                 const struct tcptwin_place *place, const struct flow_key *key)
{
    uint32_t now_s = second_of(t, t->now_ns);
    const struct grave *grave = graves_find(&t->graves, place->hash, now_s);
    if (grave && !(segment->flags & TCPTWIN_SYN)) {
        t->stats.late_segments++;
        return;
    }
    uint32_t incarnation = grave ? grave->value + 1 : 1;
    bool after_grave = grave != NULL;
    if (!after_grave && begin_opening(t, key, place->hash, segment, place->sender))
        return;
    struct conn *conn = begin_conn(t, key, place->hash, segment, place->sender, incarnation);
    if (conn)
        conn->after_grave = after_grave;
}

/* -- becoming a connection --------------------------------------------------------------------------- */

static struct conn *take_its_place(struct tcptwin *t, struct opening *opening, uint64_t hash)
{
    bool room = have_evidence_room(t, opening);
    struct conn *conn = room ? flow_promote(&t->table, opening, hash) : NULL;
    if (room && !conn) {
        recover_departed(t);
        conn = flow_promote(&t->table, opening, hash);
    }
    for (unsigned tries = 0; room && !conn && tries < EVICT_TRIES && evict_some(t, opening); tries++)
        conn = flow_promote(&t->table, opening, hash);
    return conn;
}

struct conn *promote(struct tcptwin *t, struct opening *opening, uint64_t hash, bool answered)
{
    struct conn *conn = take_its_place(t, opening, hash);
    if (!conn)
        return NULL;
    struct opened opened;
    opening_read(opening, flow_rest(&t->table, opening), &opened);
    opened_show(&opened, conn, &t->slab);
    conn->queue = QUEUE_UNANSWERED;
    if (opening->count > 1 || answered) {
        free_opening(t, opening);
        return conn;
    }
    if (opening->ip_version != 4)
        slab_give(&t->slab, CLASS_ENDS, opening->ends.v6);
    opening->count = 0;
    opening->link = conn->index;
    return conn;
}

/* -- going on ------------------------------------------------------------------------------------------- */

static bool append(struct tcptwin *t, struct opening *opening, const struct tcptwin_segment *segment, unsigned dir)
{
    struct opening_rest *rest = flow_rest(&t->table, opening);
    if (!opening_goes_on(opening, rest, segment, dir) || (!rest && !(rest = flow_take_rest(&t->table, opening))))
        return false;
    hosts_learn(&t->hosts, &segment->src, (segment->ts_ns - opening_newest_ns(opening, rest)) / 2);
    opening_go_on(opening, rest, segment);
    return true;
}

void take_up_opening(struct tcptwin *t, struct opening *opening, const struct tcptwin_segment *segment,
                     const struct tcptwin_place *place)
{
    unsigned dir = place->sender;
    if (append(t, opening, segment, dir))
        return;
    struct conn *conn = promote(t, opening, place->hash, dir != opening->sender);
    if (conn)
        take_up(t, conn, segment, dir);
    else
        t->stats.refused_segments++;
}
