/* openings.c - connections while nothing but their opening is seen (opening.h)
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
#include "observe.h"

bool begin_opening(struct tcptwin *t, const struct flow_key *key, uint64_t hash,
                   const struct tcptwin_segment *segment, unsigned dir)
{
    if (!TCPTWIN_SHORT_WAYS || t->options.live || t->early.count || !opening_begins(segment) ||
        !have_evidence_room(t, NULL))
        return false;
    struct opening *opening = flow_open(&t->table, key, hash);
    for (unsigned tries = 0; !opening && tries < EVICT_TRIES && evict_some(t, NULL); tries++)
        opening = flow_open(&t->table, key, hash);
    if (!opening)
        return false;
    opening->stream = t->stats.connections++;
    opening->first_frame = segment->frame;
    opening->sender = dir != 0;
    opening->count = 1;
    opening_pack(&opening->syn, segment, 0);
    if (t->table.used > t->stats.peak_connections)
        t->stats.peak_connections = t->table.used;
    enqueue_opening(t, opening);
    return true;
}

/* -- becoming a connection --------------------------------------------------------------------------- */

static struct conn *take_its_place(struct tcptwin *t, struct opening *opening)
{
    uint64_t hash = hash_of_opening(t, opening);
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

struct conn *promote(struct tcptwin *t, struct opening *opening, bool answered)
{
    struct conn *conn = take_its_place(t, opening);
    if (!conn)
        return NULL;
    opening_show(opening, conn, &t->slab);
    conn->queue = QUEUE_UNANSWERED;
    slab_give(&t->slab, CLASS_OPENING_REST, opening->rest);
    opening->rest = NULL;
    if (opening->count == 1 && !answered) {
        opening->count = 0;
        opening->became = conn->index;
    } else {
        flow_opening_free(&t->table, opening);
    }
    return conn;
}

/* -- going on ------------------------------------------------------------------------------------------- */

static bool append(struct tcptwin *t, struct opening *opening, const struct tcptwin_segment *segment, unsigned dir)
{
    const struct packed_segment *question = opening_newest(opening);
    if (!opening_goes_on(opening, question, segment, dir) ||
        (!opening->rest && !(opening->rest = slab_take(&t->slab, CLASS_OPENING_REST))))
        return false;
    hosts_learn(&t->hosts, &opening->address[dir], (segment->ts_ns - question->ts_ns) / 2);
    opening_pack(&opening->rest[opening->count++ - 1], segment, (uint32_t)(segment->frame - opening->first_frame));
    return true;
}

void take_up_opening(struct tcptwin *t, struct opening *opening, const struct tcptwin_segment *segment, unsigned dir)
{
    if (append(t, opening, segment, dir))
        return;
    struct conn *conn = promote(t, opening, dir != opening->sender);
    if (conn)
        take_up(t, conn, segment, dir);
    else
        t->stats.refused_segments++;
}
