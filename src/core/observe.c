/* observe.c - what one segment adds to a connection
 *
 * Three steps for each segment, in this order:
 *   facts     compare its numbers with what both sides sent so far: retransmission, gap, keep-alive,
 *             duplicate of the capture, foreign, ...
 *   account   counters, sequence marks, holes, round trips
 *   evidence  put it into the journal
 *
 * A foreign segment (one that its sender's stack would not have sent) is counted and kept as
 * evidence, but moves none of the sender's marks.
 */
#include "observe.h"
#include "seq.h"

#include <string.h>

#define ALWAYS_INLINE __attribute__((always_inline)) static inline

enum {
    SEQ_JUMP_MAX = 1 << 30,      /* a larger jump is not believed: another connection, or forged */
    DUPLICATE_NS = 20000000,     /* copies of one packet are captured within 20 ms */
    REORDER_NS = 3000000         /* a late segment within 3 ms was reordered, not repeated */
};

/* What this segment is, compared with what came before. */
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
    IS_NOTEWORTHY = IS_FOREIGN | IS_DUPLICATE | IS_RETRANSMISSION | IS_SPURIOUS | IS_OUT_OF_ORDER |
                    IS_KEEP_ALIVE | IS_ZERO_WINDOW | IS_ODD_FLAGS | IS_DAMAGED
};
struct facts {
    uint32_t seq_len; /* payload plus SYN and FIN */
    unsigned is;
};

unsigned conn_direction(const struct tcptwin_segment *segment)
{
    int order = memcmp(&segment->src, &segment->dst, sizeof segment->src);
    if (order)
        return order > 0;
    return segment->src_port > segment->dst_port;
}

void conn_anomaly(struct conn *conn, struct slab *slab, enum tcptwin_anomaly anomaly,
                  unsigned endpoint, unsigned confidence, uint64_t frame, uint64_t ts_ns)
{
    struct anomaly_node *node = conn->anomalies;
    while (node && (node->record.anomaly != anomaly || node->record.endpoint != endpoint))
        node = node->next;
    if (!node) {
        node = slab_take(slab, CLASS_ANOMALY);
        if (!node)
            return;
        *node = (struct anomaly_node){.next = conn->anomalies};
        node->record.anomaly = (uint8_t)anomaly;
        node->record.endpoint = (uint8_t)endpoint;
        node->record.first_frame = frame;
        node->record.first_ts_ns = ts_ns;
        conn->anomalies = node;
    }
    if (node->record.count < UINT32_MAX)
        node->record.count++;
    if (node->record.confidence < confidence)
        node->record.confidence = (uint8_t)confidence;
    node->record.last_frame = frame;
    node->record.last_ts_ns = ts_ns;
}

static uint32_t sequence_length(const struct tcptwin_segment *segment)
{
    return segment->payload_len + ((segment->flags & TCPTWIN_SYN) != 0) +
           ((segment->flags & TCPTWIN_FIN) != 0);
}

/* Flags that no stack sends together and every receiver drops. */
static bool flags_are_odd(unsigned flags)
{
    unsigned kind = flags & (TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST | TCPTWIN_ACK);
    if (kind == 0 || kind == TCPTWIN_FIN)
        return true;
    return (flags & TCPTWIN_SYN) && (flags & (TCPTWIN_FIN | TCPTWIN_RST));
}

/* A wrong checksum where the sender's others are right: damage. Where most are wrong: offload. */
static bool checksum_is_damage(const struct side *sender, const struct tcptwin_segment *segment)
{
    return (segment->notes & TCPTWIN_NOTE_CHECKSUM_BAD) &&
           sender->good_checksums > sender->bad_checksums;
}

/* A connection that negotiated timestamps has them in every segment but RSTs (RFC 7323 3.2). */
static bool is_foreign(const struct conn *conn, const struct side *sender,
                       const struct tcptwin_segment *segment)
{
    if (segment->options & TCPTWIN_OPT_TIMESTAMPS)
        return false;
    if (segment->notes & (TCPTWIN_NOTE_OPTIONS_CUT | TCPTWIN_NOTE_OPTIONS_MALFORMED))
        return false;
    if (segment->flags & TCPTWIN_RST)
        return false;
    if (conn->timestamps_on)
        return true;
    return !conn->has_first_syn && sender->packets >= 2 &&
           sender->timestamps_always && !(segment->flags & TCPTWIN_SYN);
}

static bool is_capture_duplicate(const struct side *sender, const struct tcptwin_segment *segment)
{
    return sender->packets && segment->ip_id != 0 && segment->ip_id == sender->last_ip_id &&
           segment->seq == sender->last_seq && segment->ack == sender->last_ack &&
           segment->payload_len == sender->last_len && segment->flags == sender->last_flags &&
           segment->ts_ns - sender->last_ts_ns < DUPLICATE_NS;
}

static void sequence_facts(struct facts *facts, const struct side *sender,
                           const struct side *receiver, const struct tcptwin_segment *segment)
{
    if (!facts->seq_len && !(segment->flags & TCPTWIN_RST)) {
        if (sender->seq_known && segment->seq == sender->snd_max - 1 && !sender->fin_seen)
            facts->is |= IS_KEEP_ALIVE;
        else if (sender->ack_known && segment->ack == sender->last_ack && sender->packets &&
                 segment->window == sender->last_window && segment->seq == sender->snd_max &&
                 !sender->last_len && receiver->seq_known &&
                 seq_lt(segment->ack, receiver->snd_max))
            facts->is |= IS_DUP_ACK;
        return;
    }
    if (!sender->seq_known || (segment->flags & TCPTWIN_RST))
        return;
    uint32_t end = segment->seq + facts->seq_len;
    if (segment->payload_len == 1 && segment->seq == sender->snd_max - 1 && receiver->ack_known &&
        segment->seq == receiver->max_ack - 1) {
        facts->is |= IS_KEEP_ALIVE;
        return;
    }
    if (seq_ge(segment->seq, sender->snd_max) || !seq_le(end, sender->snd_max))
        return;
    if (receiver->ack_known && seq_ge(receiver->max_ack, end))
        facts->is |= IS_SPURIOUS;
    else if (sender->hole_count && segment->ts_ns - sender->last_ts_ns < REORDER_NS)
        facts->is |= IS_OUT_OF_ORDER;
    if (!(facts->is & IS_OUT_OF_ORDER))
        facts->is |= IS_RETRANSMISSION;
}

static struct facts facts_of(const struct conn *conn, const struct tcptwin_segment *segment,
                             unsigned dir)
{
    const struct side *sender = &conn->side[dir], *receiver = &conn->side[!dir];
    unsigned control = segment->flags & (TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST);
    struct facts facts = {.seq_len = sequence_length(segment)};
    if (flags_are_odd(segment->flags))
        facts.is |= IS_ODD_FLAGS | IS_CONTROL;
    if (checksum_is_damage(sender, segment))
        facts.is |= IS_DAMAGED;
    if (is_foreign(conn, sender, segment))
        facts.is |= IS_FOREIGN | IS_CONTROL;
    if (is_capture_duplicate(sender, segment))
        facts.is |= IS_DUPLICATE;
    if (control)
        facts.is |= IS_CONTROL;
    else if (segment->window == 0 && !(segment->notes & TCPTWIN_NOTE_OPTIONS_CUT))
        facts.is |= IS_ZERO_WINDOW;
    if (!(facts.is & (IS_DUPLICATE | IS_FOREIGN)))
        sequence_facts(&facts, sender, receiver, segment);
    return facts;
}

/* The next segment in order of an open connection, with nothing to note: no facts at all. */
static bool is_ordinary(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    const struct side *sender = &conn->side[dir];
    unsigned odd_notes = TCPTWIN_NOTE_CHECKSUM_BAD | TCPTWIN_NOTE_OPTIONS_CUT |
                         TCPTWIN_NOTE_OPTIONS_MALFORMED | TCPTWIN_NOTE_IP_LENGTH_ZERO;
    return (segment->flags & ~TCPTWIN_PSH) == TCPTWIN_ACK && !(segment->notes & odd_notes) &&
           segment->window && sender->seq_known && segment->seq == sender->snd_max &&
           (segment->payload_len || segment->ack != sender->last_ack) && !sender->fin_seen &&
           (segment->options & TCPTWIN_OPT_TIMESTAMPS ||
            !(conn->timestamps_on || sender->timestamps_always));
}

/* -- account ---------------------------------------------------------------------------------- */

static void take_options(struct conn *conn, struct side *sender, const struct side *receiver,
                         const struct tcptwin_segment *segment)
{
    if (segment->options & TCPTWIN_OPT_MSS)
        sender->mss = segment->mss;
    if (segment->options & TCPTWIN_OPT_WSCALE)
        sender->wscale = (int8_t)(segment->wscale > 14 ? 14 : segment->wscale);
    sender->sack_permitted |= (segment->options & TCPTWIN_OPT_SACK_PERMITTED) != 0;
    if (segment->options & TCPTWIN_OPT_TIMESTAMPS)
        sender->timestamps_offered = true;
    if (sender->timestamps_offered && receiver->timestamps_offered)
        conn->timestamps_on = true;
}

/* A hole that later segments of the sender fill is no hole. */
static void fill_holes(struct side *sender, struct hole *holes, uint32_t start, uint32_t end)
{
    for (unsigned i = 0; i < sender->hole_count;) {
        struct hole *hole = &holes[i];
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

static void add_hole(struct side *sender, struct hole *holes, uint32_t start, uint32_t end)
{
    if (sender->hole_count == SIDE_HOLES) /* the oldest is given up: not counted as a gap */
        memmove(&holes[0], &holes[1], (SIDE_HOLES - 1) * sizeof holes[0]);
    else
        sender->hole_count++;
    holes[sender->hole_count - 1] = (struct hole){start, end};
}

ALWAYS_INLINE void account_sequence(struct side *sender, struct hole *holes,
                             const struct tcptwin_segment *segment,
                             const struct facts *facts)
{
    uint32_t end = segment->seq + facts->seq_len;
    if (segment->flags & TCPTWIN_RST)
        return;
    if (!sender->seq_known) {
        sender->seq_known = true;
        sender->snd_max = end;
        return;
    }
    if (sender->hole_count && facts->seq_len)
        fill_holes(sender, holes, segment->seq, end);
    int32_t jump = seq_diff(segment->seq, sender->snd_max);
    if (jump > 0 && jump < SEQ_JUMP_MAX && facts->seq_len)
        add_hole(sender, holes, sender->snd_max, segment->seq);
    if (jump < SEQ_JUMP_MAX && seq_gt(end, sender->snd_max))
        sender->snd_max = end;
}

/* The receiver of data acknowledged bytes of its peer that the capture never showed. */
static uint32_t unseen_acknowledged(struct side *peer, struct hole *holes, uint32_t ack)
{
    uint32_t unseen = 0;
    for (unsigned i = 0; i < peer->hole_count;) {
        if (seq_ge(ack, holes[i].end)) {
            unseen += holes[i].end - holes[i].start;
            holes[i] = holes[--peer->hole_count];
        } else {
            i++;
        }
    }
    int32_t beyond = seq_diff(ack, peer->snd_max);
    if (beyond > 0 && beyond < SEQ_JUMP_MAX) {
        unseen += (uint32_t)beyond;
        peer->snd_max = ack;
    }
    return unseen;
}

static void account_round_trip(struct conn *conn, struct side *peer, uint64_t ts_ns)
{
    uint64_t rtt = ts_ns > peer->rtt_ts_ns ? (ts_ns - peer->rtt_ts_ns) / 1000 : 0;
    uint32_t rtt_us = rtt < UINT32_MAX ? (uint32_t)rtt : UINT32_MAX;
    peer->rtt_pending = false;
    if (!conn->rtt_samples || rtt_us < conn->rtt_min_us)
        conn->rtt_min_us = rtt_us;
    if (rtt_us > conn->rtt_max_us)
        conn->rtt_max_us = rtt_us;
    conn->rtt_sum_us += rtt_us;
    conn->rtt_samples++;
}

ALWAYS_INLINE void account_ack(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                        unsigned dir)
{
    struct side *sender = &conn->side[dir], *peer = &conn->side[!dir];
    if (peer->seq_known) {
        uint32_t unseen = peer->hole_count || seq_gt(segment->ack, peer->snd_max)
                              ? unseen_acknowledged(peer, conn->rest[!dir].holes, segment->ack)
                              : 0;
        if (unseen) {
            conn->rest[!dir].gap_bytes += unseen;
            conn_anomaly(conn, slab, TCPTWIN_ANOMALY_ACK_OF_UNSEEN, !dir, 90, segment->frame,
                         segment->ts_ns);
        }
    }
    if (peer->rtt_pending && seq_ge(segment->ack, peer->rtt_end))
        account_round_trip(conn, peer, segment->ts_ns);
    if (!sender->ack_known || seq_gt(segment->ack, sender->max_ack)) {
        sender->ack_known = true;
        sender->max_ack = segment->ack;
    }
}

/* -- Zeek's history (state-machine free; one letter per kind of event) -------------------------- */

static void history_put(struct conn *conn, unsigned dir, char letter)
{
    if (conn->history_length < TCPTWIN_HISTORY_MAX)
        conn->history[conn->history_length++] = (char)(dir ? letter + ('a' - 'A') : letter);
}

enum { HISTORY_A = 1, HISTORY_D = 2, HISTORY_I = 4, HISTORY_Q = 8 };
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

ALWAYS_INLINE void account_history(struct conn *conn, const struct tcptwin_segment *segment,
                            const struct facts *facts, unsigned dir)
{
    const struct side *sender = &conn->side[dir];
    unsigned flags = segment->flags;
    if (!(flags & (TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST)) && !(facts->is & IS_RETRANSMISSION) &&
        !(facts->is & IS_ZERO_WINDOW) &&
        (sender->history_once & (segment->payload_len ? HISTORY_D : HISTORY_A)))
        return;
    unsigned kinds = (flags & TCPTWIN_SYN ? 1u : 0u) + (flags & TCPTWIN_FIN ? 1u : 0u) +
                     (flags & TCPTWIN_RST ? 1u : 0u);
    if ((facts->is & IS_RETRANSMISSION) && segment->payload_len)
        history_logarithmic(conn, dir, 2, conn->rest[dir].retrans_packets);
    if ((facts->is & IS_ZERO_WINDOW) && !conn->side[!dir].fin_seen)
        history_logarithmic(conn, dir, 3, sender->zero_windows);
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

/* tcp.completeness: SYN counts only as the conversation's first packet. */
ALWAYS_INLINE void account_completeness(struct conn *conn, const struct tcptwin_segment *segment)
{
    unsigned flags = segment->flags & (TCPTWIN_SYN | TCPTWIN_ACK | TCPTWIN_FIN | TCPTWIN_RST);
    if (flags == TCPTWIN_SYN) {
        if (segment->frame == conn->first_frame)
            conn->completeness |= 1;
    } else if (flags == (TCPTWIN_SYN | TCPTWIN_ACK)) {
        conn->completeness |= 2;
    } else if (segment->flags & TCPTWIN_RST) {
        conn->completeness |= 32;
    } else if (flags == (TCPTWIN_FIN | TCPTWIN_ACK)) {
        conn->completeness |= 16;
    } else if (flags == TCPTWIN_ACK) {
        conn->completeness |= segment->payload_len ? 8 : 4;
    }
}

/* -- anomalies of single segments --------------------------------------------------------------- */

static void syn_anomalies(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
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
    if (segment->payload_len && !is_answer)
        conn_anomaly(conn, slab, TCPTWIN_ANOMALY_SYN_DATA, dir, 100, segment->frame, segment->ts_ns);
    if ((segment->options & TCPTWIN_OPT_WSCALE) && segment->wscale > 14)
        conn_anomaly(conn, slab, TCPTWIN_ANOMALY_WSCALE_INVALID, dir, 100, segment->frame,
                     segment->ts_ns);
}

static void closing_anomalies(struct conn *conn, struct slab *slab,
                              const struct tcptwin_segment *segment, const struct facts *facts,
                              unsigned dir)
{
    const struct side *sender = &conn->side[dir];
    uint32_t end = segment->seq + segment->payload_len;
    if (segment->flags & TCPTWIN_RST) {
        if (segment->payload_len)
            conn_anomaly(conn, slab, TCPTWIN_ANOMALY_RST_WITH_DATA, dir, 100, segment->frame,
                         segment->ts_ns);
        return;
    }
    if (!sender->fin_seen || (facts->is & IS_FOREIGN))
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

static void note_anomalies(struct conn *conn, struct slab *slab,
                           const struct tcptwin_segment *segment, const struct facts *facts,
                           unsigned dir)
{
    static const struct {
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
        {IS_KEEP_ALIVE, 0, false, TCPTWIN_ANOMALY_KEEP_ALIVE, 80},
        {IS_ZERO_WINDOW, 0, false, TCPTWIN_ANOMALY_ZERO_WINDOW, 100},
        {0, TCPTWIN_NOTE_OPTIONS_MALFORMED, false, TCPTWIN_ANOMALY_OPTIONS_MALFORMED, 100},
        {0, TCPTWIN_NOTE_OPTIONS_CUT, false, TCPTWIN_ANOMALY_TRUNCATED, 100},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if ((facts->is & table[i].is || segment->notes & table[i].notes) &&
            (segment->payload_len || !table[i].with_data))
            conn_anomaly(conn, slab, table[i].anomaly, dir, table[i].confidence, segment->frame,
                         segment->ts_ns);
    if ((facts->is & (IS_RETRANSMISSION | IS_SPURIOUS)) == IS_RETRANSMISSION && segment->payload_len)
        conn_anomaly(conn, slab, TCPTWIN_ANOMALY_RETRANSMISSION, dir, 90, segment->frame,
                     segment->ts_ns);
}

/* For the hosts' clocks: when the two questions of the handshake passed, if each was asked once. */
static void account_handshake(struct conn *conn, const struct tcptwin_segment *segment)
{
    uint64_t *ts = segment->flags & TCPTWIN_ACK ? &conn->syn_ack_ts_ns : &conn->syn_ts_ns;
    if (*ts)
        conn->handshake_disturbed = true;
    *ts = segment->ts_ns;
}

/* -- evidence ------------------------------------------------------------------------------------- */

ALWAYS_INLINE struct record record_of(const struct tcptwin_segment *segment, const struct facts *facts,
                               unsigned dir)
{
    struct record record = {
        .ts_ns = segment->ts_ns,
        .frame = segment->frame,
        .seq = segment->seq,
        .ack = segment->ack,
        .len = segment->payload_len,
        .window = segment->window,
        .ip_id = (uint16_t)segment->ip_id,
        .flags = segment->flags,
        .dir = (uint8_t)dir,
        .ttl = segment->ttl,
    };
    unsigned marks = 0;
    if (segment->options & TCPTWIN_OPT_TIMESTAMPS) {
        marks |= MARK_TIMESTAMPS;
        record.tsval = segment->tsval;
        record.tsecr = segment->tsecr;
    }
    for (unsigned i = 0; i < segment->sack_count; i++) {
        if (seq_lt(segment->sack[i].left, segment->ack))
            marks |= MARK_DSACK;
        if (!record.sack_right || seq_gt(segment->sack[i].right, record.sack_right))
            record.sack_right = segment->sack[i].right;
    }
    if (facts->is)
        marks |= (facts->is & IS_FOREIGN ? MARK_FOREIGN : 0u) |
                 (facts->is & IS_DUPLICATE ? MARK_DUPLICATE : 0u) |
                 (facts->is & IS_DAMAGED ? MARK_BAD_CHECKSUM : 0u) |
                 (facts->is & IS_ODD_FLAGS ? MARK_ODD_FLAGS : 0u);
    record.marks = (uint8_t)marks;
    return record;
}

/* The first acknowledgment of the peer's FIN or SYN is evidence like the FIN or SYN itself. */
ALWAYS_INLINE bool acknowledges_control(const struct side *sender, const struct side *peer,
                                 const struct tcptwin_segment *segment)
{
    if (!(segment->flags & TCPTWIN_ACK))
        return false;
    if (peer->fin_seen && seq_gt(segment->ack, peer->fin_seq) &&
        !(sender->ack_known && seq_gt(sender->max_ack, peer->fin_seq)))
        return true;
    return !sender->ack_known && peer->isn_known;
}

ALWAYS_INLINE void account_marks(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                          const struct facts *facts, unsigned dir)
{
    struct side *sender = &conn->side[dir], *receiver = &conn->side[!dir];
    unsigned flags = segment->flags;
    if (flags & TCPTWIN_SYN) {
        syn_anomalies(conn, slab, segment, dir);
        account_handshake(conn, segment);
        take_options(conn, sender, receiver, segment);
        if (!sender->isn_known) {
            sender->isn_known = true;
            sender->isn = segment->seq;
        }
        if (flags & TCPTWIN_ACK)
            sender->syn_ack_seen = true;
        else
            sender->syn_seen = true;
        if (!(flags & TCPTWIN_ACK) && !conn->has_first_syn) {
            conn->has_first_syn = true;
            conn->first_syn_dir = (uint8_t)dir;
        }
    }
    if (flags & (TCPTWIN_FIN | TCPTWIN_RST) || sender->fin_seen)
        closing_anomalies(conn, slab, segment, facts, dir);
    account_sequence(sender, conn->rest[dir].holes, segment, facts);
    if ((flags & TCPTWIN_ACK) && !(flags & TCPTWIN_RST))
        account_ack(conn, slab, segment, dir);
    if ((flags & TCPTWIN_FIN) && !sender->fin_seen) {
        sender->fin_seen = true;
        sender->fin_seq = segment->seq + segment->payload_len;
    }
    if (flags & TCPTWIN_RST)
        sender->rst_seen = true;
    if (segment->payload_len && !(facts->is & IS_RETRANSMISSION) && !sender->rtt_pending) {
        sender->rtt_pending = true;
        sender->rtt_end = segment->seq + segment->payload_len;
        sender->rtt_ts_ns = segment->ts_ns;
    } else if ((facts->is & IS_RETRANSMISSION)) {
        sender->rtt_pending = false; /* Karn: an answer would be ambiguous */
    }
}

static void count_facts(struct side *sender, struct side_rest *rest, const struct tcptwin_segment *segment,
                        unsigned is)
{
    sender->dup_acks += (is & IS_DUP_ACK) != 0;
    sender->zero_windows += (is & IS_ZERO_WINDOW) != 0;
    sender->keepalives += (is & IS_KEEP_ALIVE) != 0;
    if (!(is & (IS_RETRANSMISSION | IS_OUT_OF_ORDER | IS_DUPLICATE)))
        return;
    rest->retrans_packets += (is & IS_RETRANSMISSION) != 0;
    rest->retrans_bytes += is & IS_RETRANSMISSION ? segment->payload_len : 0;
    rest->out_of_order += (is & IS_OUT_OF_ORDER) != 0;
    rest->duplicates += (is & IS_DUPLICATE) != 0;
}

static void account_first_data(struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    if (!conn->has_first_data) {
        conn->has_first_data = true;
        conn->first_data_ts_ns = segment->ts_ns;
        conn->first_data_dir = (uint8_t)dir;
    } else if (conn->first_data_dir != dir) {
        conn->has_first_response = true;
        conn->first_response_ts_ns = segment->ts_ns;
    }
}

ALWAYS_INLINE void account_counters(struct conn *conn, const struct tcptwin_segment *segment,
                             const struct facts *facts, unsigned dir)
{
    struct side *sender = &conn->side[dir];
    struct side_rest *rest = &conn->rest[dir];
    sender->packets++;
    sender->bytes += segment->wire_len;
    sender->payload_bytes += segment->payload_len;
    sender->tcp_flags |= segment->flags;
    sender->good_checksums += (segment->notes & TCPTWIN_NOTE_CHECKSUM_OK) != 0;
    if (facts->is)
        count_facts(sender, rest, segment, facts->is);
    if (segment->notes & ~TCPTWIN_NOTE_CHECKSUM_OK) {
        sender->bad_checksums += (segment->notes & TCPTWIN_NOTE_CHECKSUM_BAD) != 0;
        rest->truncated += (segment->notes & TCPTWIN_NOTE_OPTIONS_CUT) != 0;
        rest->oversize += (segment->notes & TCPTWIN_NOTE_IP_LENGTH_ZERO) != 0;
    }
    bool timestamps = (segment->options & TCPTWIN_OPT_TIMESTAMPS) != 0;
    sender->timestamps_always = timestamps && (sender->packets == 1 || sender->timestamps_always);
    if (segment->payload_len && !conn->has_first_response)
        account_first_data(conn, segment, dir);
}

static void remember_last(struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    struct side *sender = &conn->side[dir];
    sender->last_seq = segment->seq;
    sender->last_ack = segment->ack;
    sender->last_len = segment->payload_len;
    sender->last_ip_id = segment->ip_id;
    sender->last_window = segment->window;
    sender->last_flags = segment->flags;
    sender->last_ts_ns = segment->ts_ns;
    if (segment->ts_ns < conn->last_ts_ns)
        conn->reordered++;
    else
        conn->last_ts_ns = segment->ts_ns;
    conn->last_frame = segment->frame;
}

/* Nothing more is expected: a SYN with another number begins anew at once. */
static bool is_over(const struct conn *conn)
{
    const struct side *a = &conn->side[0], *b = &conn->side[1];
    if (a->rst_seen || b->rst_seen)
        return true;
    return a->fin_seen && b->fin_seen && a->ack_known && b->ack_known &&
           (seq_gt(a->max_ack, b->fin_seq) || seq_gt(b->max_ack, a->fin_seq));
}

/* Inlined twice: with facts, and for the ordinary segment with none known at compile time. */
ALWAYS_INLINE bool
take_in(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment, unsigned dir,
        struct facts facts)
{
    bool control = (facts.is & IS_CONTROL) ||
                   acknowledges_control(&conn->side[dir], &conn->side[!dir], segment);
    if (facts.is & IS_NOTEWORTHY ||
        segment->notes & (TCPTWIN_NOTE_OPTIONS_MALFORMED | TCPTWIN_NOTE_OPTIONS_CUT))
        note_anomalies(conn, slab, segment, &facts, dir);
    account_counters(conn, segment, &facts, dir);
    if (!(facts.is & (IS_FOREIGN | IS_DAMAGED | IS_ODD_FLAGS)))
        account_marks(conn, slab, segment, &facts, dir);
    account_history(conn, segment, &facts, dir);
    account_completeness(conn, segment);
    struct record record = record_of(segment, &facts, dir);
    bool pinned = control || conn->journal.answers[dir] != 0;
    journal_add(&conn->journal, slab, &record, control);
    remember_last(conn, segment, dir);
    if (control)
        conn->over = is_over(conn);
    return pinned;
}

bool observe_segment(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                     unsigned dir)
{
    if (is_ordinary(conn, segment, dir))
        return take_in(conn, slab, segment, dir, (struct facts){.seq_len = segment->payload_len});
    return take_in(conn, slab, segment, dir, facts_of(conn, segment, dir));
}

void observe_aside(struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    struct side *sender = &conn->side[dir];
    sender->packets++;
    sender->bytes += segment->wire_len;
    sender->payload_bytes += segment->payload_len;
    sender->tcp_flags |= segment->flags;
}

bool observe_icmp(struct conn *conn, struct slab *slab, const struct tcptwin_icmp_error *icmp,
                  unsigned dir)
{
    const struct side *victim = &conn->side[dir], *peer = &conn->side[!dir];
    if (!victim->seq_known)
        return false;
    uint32_t una = peer->ack_known ? peer->max_ack : victim->isn_known ? victim->isn : icmp->seq;
    if (seq_lt(icmp->seq, una) || seq_gt(icmp->seq, victim->snd_max))
        return false;
    struct record record = {.ts_ns = icmp->ts_ns,
                            .frame = icmp->frame,
                            .seq = icmp->seq,
                            .len = (uint32_t)icmp->type << 8 | icmp->code,
                            .dir = (uint8_t)dir,
                            .marks = MARK_ICMP};
    conn_anomaly(conn, slab, TCPTWIN_ANOMALY_ICMP_ERROR, dir, 90, icmp->frame, icmp->ts_ns);
    journal_add(&conn->journal, slab, &record, true);
    if (icmp->ts_ns > conn->last_ts_ns)
        conn->last_ts_ns = icmp->ts_ns;
    conn->last_frame = icmp->frame;
    return true;
}
