/* segment_anomalies.c - what is odd about a single segment
 *
 * The confidence is how sure the tap can be that it was so, in percent: what stands in the segment
 * (100), what it says compared with earlier ones of its sender (90, 95), and what rests on habits of
 * stacks or on times (70, 80).
 */
#include "segment_anomalies.h"
#include "seq.h"

void anomalies_of_syn(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                      unsigned dir)
{
    const struct side *sender = &conn->side[dir];
    bool is_answer = (segment->flags & TCPTWIN_ACK) != 0;
    bool before = is_answer ? sender->syn_ack_seen : sender->syn_seen;
    if (before && sender->isn == segment->seq)
        conn_anomaly(conn, slab,
                     is_answer ? TCPTWIN_ANOMALY_SYN_ACK_RETRANSMITTED
                               : TCPTWIN_ANOMALY_SYN_RETRANSMITTED,
                     dir, 95, segment->frame, segment->ts_ns);
    else if (sender->isn_known && sender->isn != segment->seq)
        conn_anomaly(conn, slab,
                     is_answer ? TCPTWIN_ANOMALY_SYN_ACK_CONFLICT : TCPTWIN_ANOMALY_SYN_ISN_CONFLICT,
                     dir, 90, segment->frame, segment->ts_ns);
    const struct side *peer = &conn->side[!dir];
    if (is_answer && peer->isn_known &&
        (seq_le(segment->ack, peer->isn) || seq_gt(segment->ack, peer->snd_max)))
        conn_anomaly(conn, slab, TCPTWIN_ANOMALY_SYN_ACK_BAD_ACK, dir, 95, segment->frame,
                     segment->ts_ns);
    if (segment->payload_len && !is_answer)
        conn_anomaly(conn, slab, TCPTWIN_ANOMALY_SYN_DATA, dir, 100, segment->frame, segment->ts_ns);
    if ((segment->options & TCPTWIN_OPT_WSCALE) && segment->wscale > 14)
        conn_anomaly(conn, slab, TCPTWIN_ANOMALY_WSCALE_INVALID, dir, 100, segment->frame,
                     segment->ts_ns);
}

/* Judged only where the scale is known: both SYNs were captured, with their options. The acknowledgment that opened
 * the window further may be on its way to the tap, so one more window is allowed. */
void anomalies_of_jump(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                       unsigned dir)
{
    const struct side *sender = &conn->side[dir], *receiver = &conn->side[!dir];
    const struct record *told = journal_latest(&conn->journal, !dir);
    if (!told || (told->flags & (TCPTWIN_ACK | TCPTWIN_RST)) != TCPTWIN_ACK ||
        (told->marks & (MARK_FOREIGN | MARK_BAD_CHECKSUM)) || !conn->has_first_syn || !sender->mss ||
        !receiver->mss)
        return;
    bool scaled = sender->wscale >= 0 && receiver->wscale >= 0 && !(told->flags & TCPTWIN_SYN);
    uint32_t window = (uint32_t)told->window << (scaled ? receiver->wscale : 0);
    if (seq_ge(segment->seq, told->ack + 2 * window))
        conn_anomaly(conn, slab, TCPTWIN_ANOMALY_BEYOND_WINDOW, dir, 70, segment->frame, segment->ts_ns);
}

void anomalies_of_close(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                        unsigned is, unsigned dir)
{
    const struct side *sender = &conn->side[dir];
    uint32_t end = segment->seq + segment->payload_len;
    if (segment->flags & TCPTWIN_RST) {
        if (segment->payload_len)
            conn_anomaly(conn, slab, TCPTWIN_ANOMALY_RST_WITH_DATA, dir, 100, segment->frame,
                         segment->ts_ns);
        return;
    }
    if (!sender->fin_seen || (is & IS_FOREIGN))
        return;
    if (segment->flags & TCPTWIN_FIN)
        conn_anomaly(conn, slab,
                     end == sender->fin_seq ? TCPTWIN_ANOMALY_FIN_RETRANSMITTED
                                            : TCPTWIN_ANOMALY_FIN_MOVED,
                     dir, 90, segment->frame, segment->ts_ns);
    else if (segment->payload_len && seq_gt(end, sender->fin_seq))
        conn_anomaly(conn, slab, TCPTWIN_ANOMALY_DATA_AFTER_FIN, dir, 90, segment->frame,
                     segment->ts_ns);
}

void anomalies_of_facts(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                        unsigned is, unsigned dir)
{
    const struct record *told = is & IS_KEEP_ALIVE ? journal_latest(&conn->journal, !dir) : NULL;
    bool asks_for_window = told && !told->window;
    const struct {
        unsigned is, notes;
        bool with_data;
        enum tcptwin_anomaly anomaly;
        unsigned confidence;
    } table[] = {
        {IS_DAMAGED, 0, false, TCPTWIN_ANOMALY_CHECKSUM_BAD, 90},
        {IS_ODD_FLAGS, 0, false, TCPTWIN_ANOMALY_FLAGS_INVALID, 100},
        {IS_FOREIGN, 0, false, TCPTWIN_ANOMALY_FOREIGN_SEGMENT, 80},
        {IS_DUPLICATE, 0, false, TCPTWIN_ANOMALY_DUPLICATE_CAPTURE, 80},
        {IS_SPURIOUS, 0, true, TCPTWIN_ANOMALY_SPURIOUS_RETRANSMISSION, 90},
        {IS_OUT_OF_ORDER, 0, false, TCPTWIN_ANOMALY_OUT_OF_ORDER, 70},
        {IS_KEEP_ALIVE, 0, false, asks_for_window ? TCPTWIN_ANOMALY_ZERO_WINDOW_PROBE
                                                  : TCPTWIN_ANOMALY_KEEP_ALIVE, 80},
        {IS_ZERO_WINDOW, 0, false, TCPTWIN_ANOMALY_ZERO_WINDOW, 100},
        {IS_SHRUNK, 0, false, TCPTWIN_ANOMALY_WINDOW_SHRUNK, 70},
        {IS_URGENT, 0, false, TCPTWIN_ANOMALY_URGENT_DATA, 100},
        {IS_UNFLAGGED_ACK, 0, false, TCPTWIN_ANOMALY_ACK_WITHOUT_FLAG, 100},
        {0, TCPTWIN_NOTE_OPTIONS_MALFORMED, false, TCPTWIN_ANOMALY_OPTIONS_MALFORMED, 100},
        {0, TCPTWIN_NOTE_OPTIONS_CUT, false, TCPTWIN_ANOMALY_TRUNCATED, 100},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if ((is & table[i].is || segment->notes & table[i].notes) &&
            (segment->payload_len || !table[i].with_data))
            conn_anomaly(conn, slab, table[i].anomaly, dir, table[i].confidence, segment->frame,
                         segment->ts_ns);
    if ((is & (IS_RETRANSMISSION | IS_SPURIOUS)) == IS_RETRANSMISSION && segment->payload_len)
        conn_anomaly(conn, slab, TCPTWIN_ANOMALY_RETRANSMISSION, dir, 90, segment->frame,
                     segment->ts_ns);
}
