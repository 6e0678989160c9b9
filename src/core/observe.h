/* observe.h - what one segment adds to a connection: counters, facts, evidence */
#ifndef CORE_OBSERVE_H
#define CORE_OBSERVE_H

#include "conn.h"

/**
 * observe_segment() - Take up one segment of this connection, sent by side @dir
 * Return: whether it is control evidence, so that the states may have changed.
 */
bool observe_segment(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                     unsigned dir);
/**
 * observe_steady() - The short way of observe_segment(), for most segments of most connections
 * Does just the same, with conn->journal.starved to be looked at. @conn: one that is steady.
 * Return: whether it could be taken. If so it is no control evidence, and begins nothing anew.
 */
bool observe_steady(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment, unsigned dir);
/** observe_aside() - The SYN that waits aside, if one does, moved nobody: count it, and its copies; it is gone. */
void observe_aside(struct conn *conn, struct slab *slab);
/** observe_copies() - Count the copies of a SYN that waited aside, which is this connection's. */
void observe_copies(struct conn *conn, struct slab *slab, const struct pending_syn *pending);
/** observe_icmp() - An ICMP error that quotes a segment of side @dir. Return: whether the number fits. */
bool observe_icmp(struct conn *conn, struct slab *slab, const struct tcptwin_icmp_error *icmp,
                  unsigned dir);

#endif
