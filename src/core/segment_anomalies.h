/* segment_anomalies.h - what is odd about a single segment, counted on its connection
 *
 * Only what one segment shows beside the marks of its sender is found here; what takes the whole
 * connection to see is found when it is concluded (conclude.c). Call these before the segment moves
 * any mark. For observe.c.
 */
#ifndef CORE_SEGMENT_ANOMALIES_H
#define CORE_SEGMENT_ANOMALIES_H

#include "facts.h"

/** anomalies_of_facts() - A segment with facts @is or notes of the decoder that deserve a word. */
void anomalies_of_facts(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                        unsigned is, unsigned dir);
/** anomalies_of_syn() - A SYN or SYN-ACK: repeated, contradicting an earlier one, or misshapen. */
void anomalies_of_syn(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                      unsigned dir);
/** anomalies_of_jump() - Data that jumps over what its sender has sent so far. */
void anomalies_of_jump(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                       unsigned dir);
/** anomalies_of_close() - A FIN or RST, or whatever a side sends after its FIN. */
void anomalies_of_close(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                        unsigned is, unsigned dir);

#endif
