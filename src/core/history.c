/* history.c - the letters of Zeek's history, in the order of the segments that wrote them
 *
 * When a letter is written again differs by kind (history.h); so each kind has its own memory: a bit
 * (once), the last such segment in the journal (numbered), or the count that is due next (logarithmic). At most
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

/* The number of a segment of kind S, H, F or R. */
static uint32_t number_of(unsigned which, uint32_t seq, uint32_t len)
{
    return which == 2 ? seq + len : seq;
}

/* Whether the last segment of that kind, which is in the journal, had the same number. */
static bool is_repeated(const struct conn *conn, unsigned dir, unsigned which, uint32_t number)
{
    static const uint8_t flags[] = {TCPTWIN_SYN, TCPTWIN_SYN, TCPTWIN_FIN, TCPTWIN_RST};
    for (unsigned i = conn->journal.count; i-- > 0;) {
        const struct record *record = &conn->journal.records[i];
        unsigned kind = record->flags & (TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST);
        bool answer = which == 1;
        if (record->dir != dir || (record->marks & MARK_ICMP) || kind != flags[which] ||
            (kind == TCPTWIN_SYN && answer != ((record->flags & TCPTWIN_ACK) != 0)))
            continue;
        return number_of(which, record->seq, record->len) == number;
    }
    return false;
}

/* S H F R: again only with another number. */
static void history_numbered(struct conn *conn, unsigned dir, unsigned which,
                             const struct tcptwin_segment *segment)
{
    struct side *side = &conn->side[dir];
    uint32_t number = number_of(which, segment->seq, segment->payload_len);
    if ((side->history_seen & 1u << which) && is_repeated(conn, dir, which, number))
        return;
    side->history_seen = (uint8_t)(side->history_seen | 1u << which);
    history_put(conn, dir, "SHFR"[which]);
}

/* C G T W: at the 1st, 10th, 100th ... occurrence. */
static void history_logarithmic(struct conn *conn, unsigned dir, unsigned which, uint32_t count)
{
    uint32_t *next = conn->rest ? &conn->rest[dir].history_log[which] : NULL;
    if (!next || count != (*next ? *next : 1))
        return;
    *next = count * 10;
    history_put(conn, dir, "CGTW"[which]);
}

void history_write(struct conn *conn, const struct tcptwin_segment *segment, unsigned is,
                   unsigned dir)
{
    unsigned flags = segment->flags, control = flags & (TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST);
    if ((is & IS_RETRANSMISSION) && segment->payload_len)
        history_logarithmic(conn, dir, 2, conn_rest(conn, dir)->retrans_packets);
    if ((is & IS_ZERO_WINDOW) && !conn->side[!dir].fin_seen)
        history_logarithmic(conn, dir, 3, conn_rest(conn, dir)->zero_windows);
    if (control & (control - 1)) { /* more than one */
        if (flags & TCPTWIN_SYN)
            history_once(conn, dir, HISTORY_Q, 'Q');
        else
            history_once(conn, dir, HISTORY_I, 'I');
    } else if (control) {
        unsigned syn = (flags & TCPTWIN_ACK) != 0;
        history_numbered(conn, dir, control == TCPTWIN_SYN ? syn : control == TCPTWIN_FIN ? 2 : 3, segment);
    } else if (segment->payload_len) {
        history_once(conn, dir, HISTORY_D, 'D');
    } else if (flags & TCPTWIN_ACK) {
        history_once(conn, dir, HISTORY_A, 'A');
    }
}
