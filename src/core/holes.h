/* holes.h - bytes of a sender that were jumped over, and what became of them
 *
 * A segment beyond snd_max leaves a hole. It ends in one of three ways:
 *
 *     filled        a later segment of the sender brings the bytes: they were only late
 *     acknowledged  the receiver has them, so they were sent, and the capture missed them: a gap
 *     given up      more than SIDE_HOLES are open: the oldest is forgotten, not counted as a gap
 *
 * What lies unseen at the top, before anything of the sender beyond it was captured, is remembered
 * in side_rest.unseen: one number there is a FIN (unseen.c).
 *
 * All of this is seldom: the callers ask first whether side.hole_count is not 0. For observe.c.
 */
#ifndef CORE_HOLES_H
#define CORE_HOLES_H

#include "conn.h"

enum { SEQ_JUMP_MAX = 1 << 30 }; /**< a larger jump is not believed: another connection, or forged */

/** holes_overlap() - Whether some of these numbers are in an open hole of that sender, or unseen at the top. */
bool holes_overlap(const struct conn *conn, unsigned dir, uint32_t start, uint32_t end);
/** holes_add() - Side @dir went on at @end, and was at @start. */
void holes_add(struct conn *conn, struct slab *slab, unsigned dir, uint32_t start, uint32_t end);
/** holes_fill() - Side @dir sent @start up to @end: where that was a hole, it is none. */
void holes_fill(struct conn *conn, unsigned dir, uint32_t start, uint32_t end);
/**
 * holes_acknowledge() - Everything that side @dir sent before @ack has been acknowledged
 * What is acknowledged beyond snd_max was sent too, and moves it.
 * Return: how many of the bytes the capture never showed.
 */
uint32_t holes_acknowledge(struct conn *conn, unsigned dir, uint32_t ack);
/** holes_note_unseen() - Side @dir is at @end, and nothing captured has its numbers since snd_max. */
void holes_note_unseen(struct conn *conn, struct slab *slab, unsigned dir, uint32_t end);
/** holes_see() - Side @dir's numbers @start up to @end came late, or again: they are not unseen.
 * Asked only if there is a rest. */
void holes_see(struct conn *conn, unsigned dir, uint32_t start, uint32_t end);
/**
 * holes_take_back() - Side @dir says that its next byte is @seq
 * Return: true if only an acknowledgment had told of more; then that counts no longer.
 */
bool holes_take_back(struct conn *conn, unsigned dir, uint32_t seq);

#endif
