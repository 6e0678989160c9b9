/* facts.h - what one segment is, compared with what came before
 *
 * Most segments of a capture are the next ones in order, and nothing is to be said about them. One
 * comparison with the sender's marks tells that (is_ordinary(), inlined into its caller); only the
 * others are looked at closely (facts_of()). For observe.c and what it calls.
 */
#ifndef CORE_FACTS_H
#define CORE_FACTS_H

#include "conn.h"
#include "seq.h"

/* facts.is */
enum {
    IS_CONTROL = 1 << 0,
    IS_FOREIGN = 1 << 1,
    IS_DUPLICATE = 1 << 2,
    IS_RETRANSMISSION = 1 << 3,
    IS_SPURIOUS = 1 << 4,
    IS_OUT_OF_ORDER = 1 << 5,
    IS_KEEP_ALIVE = 1 << 6,
    IS_ZERO_WINDOW = 1 << 7,
    IS_DUP_ACK = 1 << 8,
    IS_ODD_FLAGS = 1 << 9,
    IS_DAMAGED = 1 << 10,
    IS_BEHIND = 1 << 11, /* an ACK without data whose number is below what its sender seemed to have sent */
    IS_URGENT = 1 << 12,
    IS_UNFLAGGED_ACK = 1 << 13,
    IS_SHRUNK = 1 << 14, /* it takes back window that its sender had offered */
    IS_APART = 1 << 15,  /* see is_apart() */
    IS_NOTEWORTHY = IS_FOREIGN | IS_DUPLICATE | IS_RETRANSMISSION | IS_SPURIOUS | IS_OUT_OF_ORDER |
                    IS_KEEP_ALIVE | IS_ZERO_WINDOW | IS_ODD_FLAGS | IS_DAMAGED | IS_URGENT |
                    IS_UNFLAGGED_ACK | IS_SHRUNK
};
struct facts {
    uint32_t seq_len; /* payload plus SYN and FIN */
    unsigned is;
    bool ordinary; /* see is_ordinary() */
    bool steady;   /* that, of a steady connection, and it acknowledges nothing unseen */
};

/**
 * facts_of() - Look at one segment of side @dir, before anything of it was taken up
 * Pure: reads the marks of both sides, and changes nothing.
 */
struct facts facts_of(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir);

/** The numbers of two connections of one tuple are further apart: with Linux the second begins 65,537 above
 * the end of the first if that was in TIME-WAIT (tcp_twsk_unique()), else 15,625 a millisecond later; RFC
 * 6528 has 250. */
enum { ELSEWHERE_BYTES = 1 << 16 };

/** is_elsewhere() - Far from what @side has used: its SYN, whatever it answered, and the last. */
bool is_elsewhere(const struct side *side, uint32_t number);
/**
 * is_apart() - Both its numbers are far from all that was captured
 * Much was missed, and perhaps the end of this connection, and the beginning of another.
 */
bool is_apart(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir);
/**
 * follows_older() - A SYN-ACK that accepts the peer's SYN, and its sender had spoken with numbers far from it
 * Those were of an older socket, which the SYN met (RFC 9293 3.5.1).
 */
bool follows_older(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir);

/**
 * is_ordinary() - The next segment in order of an open connection, with nothing to note
 * @steady: The connection is (is_steady() in observe.c): what that says need not be asked.
 * Return: true if facts_of() would find nothing at all; false means only that it must be asked.
 */
static inline bool is_ordinary(const struct conn *conn, const struct tcptwin_segment *segment,
                               unsigned dir, bool steady)
{
    const struct side *sender = &conn->side[dir];
    unsigned odd_notes = TCPTWIN_NOTE_CHECKSUM_BAD | TCPTWIN_NOTE_OPTIONS_CUT |
                         TCPTWIN_NOTE_OPTIONS_MALFORMED | TCPTWIN_NOTE_IP_LENGTH_ZERO;
    return (segment->flags & ~TCPTWIN_PSH) == TCPTWIN_ACK && !(segment->notes & odd_notes) &&
           segment->window && (steady || sender->seq_known) && segment->seq == sender->snd_max &&
           (segment->payload_len || ((steady || sender->ack_known) && seq_gt(segment->ack, sender->max_ack))) &&
           (steady || !sender->fin_seen) &&
           (segment->options & TCPTWIN_OPT_TIMESTAMPS ||
            !(conn->timestamps_on || sender->timestamps_always));
}

#endif
