/* holes.c - the open holes of each sender: a list of at most SIDE_HOLES
 *
 * A new hole is put last; the last takes the place of one that is closed. So the first is the oldest
 * only as long as none was closed. A hole that is filled in its middle stays whole: the list is an
 * upper bound of what is missing.
 */
#include "holes.h"
#include "seq.h"

#include <string.h>

void holes_fill(struct conn *conn, unsigned dir, uint32_t start, uint32_t end)
{
    struct side *sender = &conn->side[dir];
    for (unsigned i = 0; i < sender->hole_count;) {
        struct hole *holes = conn->rest[dir].holes, *hole = &holes[i];
        if (seq_le(start, hole->start) && seq_gt(end, hole->start))
            hole->start = seq_lt(end, hole->end) ? end : hole->end;
        else if (seq_lt(start, hole->end) && seq_ge(end, hole->end))
            hole->end = start;
        if (seq_ge(hole->start, hole->end))
            *hole = holes[--sender->hole_count];
        else
            i++;
    }
}

static bool overlaps(const struct hole *hole, uint32_t start, uint32_t end)
{
    return hole->start != hole->end && seq_lt(start, hole->end) && seq_gt(end, hole->start);
}

bool holes_overlap(const struct conn *conn, unsigned dir, uint32_t start, uint32_t end)
{
    const struct side_rest *rest = conn_rest(conn, dir);
    bool found = overlaps(&rest->unseen, start, end);
    for (unsigned i = 0; i < conn->side[dir].hole_count; i++)
        found |= overlaps(&rest->holes[i], start, end);
    return found;
}

void holes_add(struct conn *conn, struct slab *slab, unsigned dir, uint32_t start, uint32_t end)
{
    struct side *sender = &conn->side[dir];
    struct side_rest *rest = conn_take_rest(conn, slab, dir);
    if (!rest)
        return;
    struct hole *holes = rest->holes;
    if (sender->hole_count == SIDE_HOLES) /* the oldest is given up: not counted as a gap */
        memmove(&holes[0], &holes[1], (SIDE_HOLES - 1) * sizeof holes[0]);
    else
        sender->hole_count++;
    holes[sender->hole_count - 1] = (struct hole){start, end};
}

uint32_t holes_acknowledge(struct conn *conn, unsigned dir, uint32_t ack)
{
    struct side *sender = &conn->side[dir];
    uint32_t unseen = 0;
    for (unsigned i = 0; i < sender->hole_count;) {
        struct hole *holes = conn->rest[dir].holes;
        if (seq_ge(ack, holes[i].end)) {
            unseen += holes[i].end - holes[i].start;
            holes[i] = holes[--sender->hole_count];
        } else {
            i++;
        }
    }
    int32_t beyond = seq_diff(ack, sender->snd_max);
    if (beyond > 0 && beyond < SEQ_JUMP_MAX) {
        unseen += (uint32_t)beyond;
        sender->snd_max = ack;
    }
    return unseen;
}

void holes_note_unseen(struct conn *conn, struct slab *slab, unsigned dir, uint32_t end)
{
    int32_t beyond = seq_diff(end, conn->side[dir].snd_max);
    struct side_rest *rest = beyond > 0 && beyond < SEQ_JUMP_MAX ? conn_take_rest(conn, slab, dir) : NULL;
    if (rest)
        rest->unseen = (struct hole){conn->side[dir].snd_max, end};
}

void holes_see(struct conn *conn, unsigned dir, uint32_t start, uint32_t end)
{
    struct hole *unseen = &conn->rest[dir].unseen;
    if (seq_ge(end, unseen->end))
        unseen->start = unseen->end;
    else if (seq_le(start, unseen->start) && seq_gt(end, unseen->start))
        unseen->start = end;
}

bool holes_take_back(struct conn *conn, unsigned dir, uint32_t seq)
{
    struct side *sender = &conn->side[dir], *peer = &conn->side[!dir];
    struct side_rest *rest = conn->rest ? &conn->rest[dir] : NULL;
    if (!rest || seq != rest->unseen.start || sender->snd_max != rest->unseen.end ||
        !peer->ack_known || peer->max_ack != sender->snd_max)
        return false;
    rest->gap_bytes -= rest->unseen.end - rest->unseen.start;
    rest->unseen.end = sender->snd_max = peer->max_ack = seq;
    return true;
}
