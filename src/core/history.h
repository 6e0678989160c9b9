/* history.h - two summaries of a connection that other tools know: letters and a bit set
 *
 *     history       Zeek's conn.log: one letter per kind of event, upper case for side 0 here
 *                   S SYN  H SYN-ACK  F FIN  R RST            again only with another number
 *                   A ACK  D data  I, Q inconsistent flags    once per side
 *                   T retransmission  W window of zero        at the 1st, 10th, 100th ... time
 *     completeness  Wireshark's tcp.completeness: 1 SYN, 2 SYN-ACK, 4 ACK, 8 data, 16 FIN, 32 RST
 *
 * Neither knows of states, nor do the states know of them. A segment that writes no letter, as most
 * do not, is told by the test that is inlined here. For observe.c.
 */
#ifndef CORE_HISTORY_H
#define CORE_HISTORY_H

#include "facts.h"

enum { HISTORY_A = 1, HISTORY_D = 2, HISTORY_I = 4, HISTORY_Q = 8 }; /* side.history_once */
enum { HISTORY_S = 1, HISTORY_H = 2 }; /* side.history_seen: a bit for each of S H F R */

/** history_write() - Write the letters of a segment that may have some; @is: its facts. */
void history_write(struct conn *conn, const struct tcptwin_segment *segment, unsigned is,
                   unsigned dir);

/** history_add() - Take up one segment of side @dir, with @flags, that is counted already. */
static inline void history_add(struct conn *conn, const struct tcptwin_segment *segment, unsigned flags, unsigned is,
                               unsigned dir)
{
    bool telling = (flags & (TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST)) ||
                   (is & (IS_RETRANSMISSION | IS_ZERO_WINDOW));
    unsigned written = conn->side[dir].history_once;
    if (telling || !(written & (segment->payload_len ? HISTORY_D : HISTORY_A)))
        history_write(conn, segment, is, dir);
}

/** history_begin() - Letters and bits of a handshake, as far as it went: @count segments, each once.
 * @dir: who asked. */
static inline void history_begin(struct conn *conn, unsigned dir, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        conn->history[i] = (dir ? "sHa" : "ShA")[i];
    conn->side[dir].history_seen = HISTORY_S;
    conn->side[!dir].history_seen = count > 1 ? HISTORY_H : 0;
    conn->side[dir].history_once = count > 2 ? HISTORY_A : 0;
    conn->completeness = (uint8_t)((1u << count) - 1);
    conn->history_length = (uint8_t)count;
}

/** completeness_add() - A SYN counts only as the conversation's first packet. */
static inline void completeness_add(struct conn *conn, const struct tcptwin_segment *segment, unsigned flags)
{
    flags &= TCPTWIN_SYN | TCPTWIN_ACK | TCPTWIN_FIN | TCPTWIN_RST;
    if (flags == TCPTWIN_ACK) {
        conn->completeness |= segment->payload_len ? 8 : 4;
    } else if (flags == TCPTWIN_SYN) {
        if (segment->frame == conn->first_frame)
            conn->completeness |= 1;
    } else if (flags == (TCPTWIN_SYN | TCPTWIN_ACK)) {
        conn->completeness |= 2;
    } else if (flags & TCPTWIN_RST) {
        conn->completeness |= 32;
    } else if (flags == (TCPTWIN_FIN | TCPTWIN_ACK)) {
        conn->completeness |= 16;
    }
}

#endif
