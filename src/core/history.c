/* history.c - the letters of Zeek's history, in the order of the segments that wrote them
 *
 * When a letter is written again differs by kind (history.h); so each kind has its own memory: a bit
 * (once), the number of the last (numbered), or the count that is due next (logarithmic). At most
 * TCPTWIN_HISTORY_MAX letters are kept, the first ones.
 */
#include "history.h"

static void history_put(struct conn *conn, unsigned dir, char letter)
{
    if (conn->history_length < TCPTWIN_HISTORY_MAX)
        conn->history[conn->history_length++] = (char)(dir ? letter + ('a' - 'A') : letter);
}

static void history_once(struct conn *conn, unsigned dir, uint8_t bit, char letter)
{
    if (conn->side[dir].history_once & bit)
        return;
    conn->side[dir].history_once |= bit;
    history_put(conn, dir, letter);
}

/* S H F R: again only with another number. */
static void history_numbered(struct conn *conn, unsigned dir, unsigned which, uint32_t seq)
{
    struct side *side = &conn->side[dir];
    uint32_t *before = &conn->rest[dir].history_seq[which];
    if ((side->history_seen & 1u << which) && *before == seq)
        return;
    side->history_seen = (uint8_t)(side->history_seen | 1u << which);
    *before = seq;
    history_put(conn, dir, "SHFR"[which]);
}

/* C G T W: at the 1st, 10th, 100th ... occurrence. */
static void history_logarithmic(struct conn *conn, unsigned dir, unsigned which, uint32_t count)
{
    uint32_t *next = &conn->rest[dir].history_log[which];
    if (count != (*next ? *next : 1))
        return;
    *next = count * 10;
    history_put(conn, dir, "CGTW"[which]);
}

void history_write(struct conn *conn, const struct tcptwin_segment *segment, unsigned is,
                   unsigned dir)
{
    unsigned flags = segment->flags;
    unsigned kinds = (flags & TCPTWIN_SYN ? 1u : 0u) + (flags & TCPTWIN_FIN ? 1u : 0u) +
                     (flags & TCPTWIN_RST ? 1u : 0u);
    if ((is & IS_RETRANSMISSION) && segment->payload_len)
        history_logarithmic(conn, dir, 2, conn->rest[dir].retrans_packets);
    if ((is & IS_ZERO_WINDOW) && !conn->side[!dir].fin_seen)
        history_logarithmic(conn, dir, 3, conn->rest[dir].zero_windows);
    if (kinds > 1) {
        if (flags & TCPTWIN_SYN)
            history_once(conn, dir, HISTORY_Q, 'Q');
        else
            history_once(conn, dir, HISTORY_I, 'I');
    } else if (flags & TCPTWIN_SYN) {
        history_numbered(conn, dir, (flags & TCPTWIN_ACK) != 0, segment->seq);
    } else if (flags & TCPTWIN_FIN) {
        history_numbered(conn, dir, 2, segment->seq + segment->payload_len);
    } else if (flags & TCPTWIN_RST) {
        history_numbered(conn, dir, 3, segment->seq);
    } else if (segment->payload_len) {
        history_once(conn, dir, HISTORY_D, 'D');
    } else if (flags & TCPTWIN_ACK) {
        history_once(conn, dir, HISTORY_A, 'A');
    }
}
