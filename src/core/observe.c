/* observe.c - what one segment adds to a connection
 *
 * Three steps for each segment, in this order:
 *
 *   facts     compare its numbers with what both sides sent so far (facts.h)
 *   account   counters, sequence marks, round trips; and holes.h, history.h, segment_anomalies.h
 *   evidence  put it into the journal (journal.h)
 *
 * A duplicate is only counted: it is no evidence, and must not push evidence out of the journal. A
 * foreign segment (one that its sender's stack would not have sent) is counted and kept as evidence, but
 * moves none of the sender's marks.
 *
 * Every segment of a capture goes through here, and nearly all are the next in order of an open
 * connection. So take_in() and what it needs for these is inlined once more for them alone, and a third
 * time for those of a connection of which nothing else is open (observe_steady()); only what happens
 * seldom is called, and gets its facts by value, since a pointer to them would force them into memory.
 */
#include "observe.h"
#include "history.h"
#include "holes.h"
#include "segment_anomalies.h"
#include "seq.h"

#define ALWAYS_INLINE __attribute__((always_inline)) static inline

/* -- account ---------------------------------------------------------------------------------- */

static void take_options(struct conn *conn, struct side *sender, const struct side *receiver,
                         const struct tcptwin_segment *segment)
{
    if (segment->options & TCPTWIN_OPT_MSS)
        sender->mss = segment->mss;
    if (segment->options & TCPTWIN_OPT_WSCALE)
        sender->wscale = (int8_t)(segment->wscale > 14 ? 14 : segment->wscale);
    sender->signs |= (segment->options & (TCPTWIN_OPT_MD5 | TCPTWIN_OPT_AO)) != 0;
    sender->sack_permitted |= (segment->options & TCPTWIN_OPT_SACK_PERMITTED) != 0;
    if (segment->options & TCPTWIN_OPT_TIMESTAMPS)
        sender->timestamps_offered = true;
    if (sender->timestamps_offered && receiver->timestamps_offered)
        conn->timestamps_on = true;
}

/* A jump of more than a GiB is believed when the next segment goes on from there. */
static void believe_jump(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                         uint32_t end, unsigned dir)
{
    struct side *sender = &conn->side[dir], *receiver = &conn->side[!dir];
    const struct record *last = journal_latest(&conn->journal, dir);
    if (!last || !last->len || segment->seq != last->seq + last->len)
        return;
    struct side_rest *rest = conn_take_rest(conn, slab, dir);
    if (rest)
        rest->gap_bytes += last->seq - sender->snd_max;
    sender->snd_max = end;
    sender->hole_count = 0;
    receiver->max_ack = segment->seq;
}

ALWAYS_INLINE void account_sequence(struct conn *conn, struct slab *slab,
                                    const struct tcptwin_segment *segment,
                                    const struct facts *facts, unsigned dir)
{
    struct side *sender = &conn->side[dir];
    uint32_t end = segment->seq + facts->seq_len;
    if (facts->steady) {
        sender->snd_max = end;
        return;
    }
    if (facts->ordinary) {
        if (sender->hole_count && facts->seq_len)
            holes_fill(conn, dir, segment->seq, end);
        sender->snd_max = end;
        return;
    }
    if (segment->flags & TCPTWIN_RST)
        return;
    if (!sender->seq_known) {
        sender->seq_known = true;
        sender->snd_max = end;
        return;
    }
    if (sender->hole_count && facts->seq_len)
        holes_fill(conn, dir, segment->seq, end);
    int32_t jump = seq_diff(segment->seq, sender->snd_max);
    if (jump < -SEQ_JUMP_MAX || jump >= SEQ_JUMP_MAX) {
        believe_jump(conn, slab, segment, end, dir);
        return;
    }
    if (jump > 0) {
        if (facts->seq_len) {
            anomalies_of_jump(conn, slab, segment, dir);
            holes_add(conn, slab, dir, sender->snd_max, segment->seq);
        } else {
            holes_note_unseen(conn, slab, dir, segment->seq);
        }
    }
    if (jump < 0 && facts->seq_len && conn->rest)
        holes_see(conn, dir, segment->seq, end);
    if (seq_gt(end, sender->snd_max))
        sender->snd_max = end;
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
    median_add(&conn->rtt_median, conn->rtt_samples, rtt_us);
    conn->rtt_samples++;
}

/* What was sent again is acknowledged. If the timestamp that comes back is older than the first of these copies, what
 * came was the copy before (Eifel, RFC 3522): nothing was lost. */
static void judge_losses(struct side_rest *peers, const struct tcptwin_segment *segment)
{
    bool older = seq_lt(segment->tsecr, peers->doubted_tsval);
    if (!(segment->options & TCPTWIN_OPT_TIMESTAMPS) || (older && seq_lt(segment->ack, peers->doubted_end)))
        return;
    peers->lost_after -= older ? peers->doubted : 0;
    peers->doubted = 0;
}

/* Return: whether it acknowledges just one number that nothing captured had: a FIN. */
ALWAYS_INLINE bool account_ack(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                               const struct facts *facts, unsigned dir)
{
    struct side *sender = &conn->side[dir], *peer = &conn->side[!dir];
    bool shows_fin = false;
    if (!facts->steady && peer->seq_known && (peer->hole_count || seq_gt(segment->ack, peer->snd_max))) {
        shows_fin = segment->ack == peer->snd_max + 1;
        holes_note_unseen(conn, slab, !dir, segment->ack);
        uint32_t unseen = holes_acknowledge(conn, !dir, segment->ack);
        if (unseen) {
            struct side_rest *rest = conn_take_rest(conn, slab, !dir);
            if (rest)
                rest->gap_bytes += unseen;
            conn_anomaly(conn, slab, TCPTWIN_ANOMALY_ACK_OF_UNSEEN, !dir, 90, segment->frame,
                         segment->ts_ns);
        }
    }
    if (!facts->steady && conn->rest && conn->rest[!dir].doubted)
        judge_losses(&conn->rest[!dir], segment);
    if (peer->rtt_pending && seq_ge(segment->ack, peer->rtt_end))
        account_round_trip(conn, peer, segment->ts_ns);
    if ((!facts->steady && !sender->ack_known) || seq_gt(segment->ack, sender->max_ack)) {
        if (!facts->steady)
            sender->ack_known = true;
        sender->max_ack = segment->ack;
    }
    return shows_fin;
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

/* Field by field, straight into the journal: a record put together elsewhere and copied in wider pieces
 * would wait for its own stores. */
ALWAYS_INLINE void write_record(struct record *record, const struct tcptwin_segment *segment,
                                const struct facts *facts, unsigned dir, unsigned marks)
{
    uint32_t sack_right = 0;
    bool has_timestamps = segment->options & TCPTWIN_OPT_TIMESTAMPS;
    for (unsigned i = 0; i < segment->sack_count; i++) {
        if (seq_lt(segment->sack[i].left, segment->ack))
            marks |= MARK_DSACK;
        if (!sack_right || seq_gt(segment->sack[i].right, sack_right))
            sack_right = segment->sack[i].right;
    }
    if (facts->is)
        marks |= (facts->is & IS_FOREIGN ? MARK_FOREIGN : 0u) |
                 (facts->is & IS_DAMAGED ? MARK_BAD_CHECKSUM : 0u) |
                 (facts->is & IS_ODD_FLAGS ? MARK_ODD_FLAGS : 0u) | (facts->is & IS_APART ? MARK_APART : 0u);
    record->ts_ns = segment->ts_ns;
    record->frame = segment->frame;
    record->seq = segment->seq;
    record->ack = segment->ack;
    record->len = segment->payload_len;
    record->tsval = has_timestamps ? segment->tsval : 0;
    record->tsecr = has_timestamps ? segment->tsecr : 0;
    record->sack_right = sack_right;
    record->window = segment->window;
    record->ip_id = (uint16_t)segment->ip_id;
    record->flags = segment->flags;
    record->dir = (uint8_t)dir;
    record->marks = (uint8_t)(marks | (has_timestamps ? MARK_TIMESTAMPS : 0u));
    record->ttl = segment->ttl;
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

static bool is_other_syn(const struct side *sender, const struct side *receiver,
                         const struct tcptwin_segment *segment)
{
    if (sender->isn_known && sender->isn != segment->seq)
        return true;
    return (segment->flags & TCPTWIN_ACK) && receiver->isn_known &&
           (seq_le(segment->ack, receiver->isn) || seq_gt(segment->ack, receiver->snd_max));
}

/* Return: whether it shows a FIN that was not captured. */
ALWAYS_INLINE bool account_marks(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                          const struct facts *facts, unsigned dir)
{
    struct side *sender = &conn->side[dir], *receiver = &conn->side[!dir];
    unsigned flags = facts->ordinary ? TCPTWIN_ACK : segment->flags; /* and perhaps PSH */
    bool other_syn = false; /* it has another number, or acknowledges another SYN: it moves no marks */
    if (flags & TCPTWIN_SYN) {
        other_syn = is_other_syn(sender, receiver, segment);
        anomalies_of_syn(conn, slab, segment, dir);
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
    if (flags & (TCPTWIN_FIN | TCPTWIN_RST) || (!facts->ordinary && sender->fin_seen))
        anomalies_of_close(conn, slab, segment, facts->is, dir);
    if (!other_syn)
        account_sequence(conn, slab, segment, facts, dir);
    bool shows_fin = (flags & TCPTWIN_ACK) && !(flags & TCPTWIN_RST) && !other_syn &&
                     account_ack(conn, slab, segment, facts, dir);
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
    return shows_fin;
}

/* A segment sent again was lost somewhere, and what was seen of its first copy tells where:
 *
 *     not captured, nor acknowledged    in front of the tap
 *     captured                          behind it, or its acknowledgment was; unless judge_losses() says otherwise
 *     not captured, but acknowledged    only the capture missed it, and nobody sends again: gap_bytes
 */
static void count_losses(const struct conn *conn, struct side_rest *rest,
                         const struct tcptwin_segment *segment, unsigned is, unsigned dir)
{
    if ((is & (IS_RETRANSMISSION | IS_SPURIOUS)) != IS_RETRANSMISSION)
        return;
    if (holes_overlap(conn, dir, segment->seq, segment->seq + segment->payload_len)) {
        rest->lost_before++;
        return;
    }
    rest->lost_after++;
    if (!conn->timestamps_on || !segment->payload_len)
        return;
    if (!rest->doubted++)
        rest->doubted_tsval = segment->tsval;
    rest->doubted_end = segment->seq + segment->payload_len;
}

/* What is odd about it, and is counted for its sender. */
static void count_oddities(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                           unsigned is, unsigned dir)
{
    struct side_rest *rest = conn_take_rest(conn, slab, dir);
    if (!rest)
        return;
    rest->dup_acks += (is & IS_DUP_ACK) != 0;
    rest->zero_windows += (is & IS_ZERO_WINDOW) != 0;
    rest->keepalives += (is & IS_KEEP_ALIVE) != 0;
    rest->retrans_packets += (is & IS_RETRANSMISSION) != 0;
    rest->retrans_bytes += is & IS_RETRANSMISSION ? segment->payload_len : 0;
    count_losses(conn, rest, segment, is, dir);
    rest->out_of_order += (is & IS_OUT_OF_ORDER) != 0;
    rest->duplicates += (is & IS_DUPLICATE) != 0;
    rest->bad_checksums += (segment->notes & TCPTWIN_NOTE_CHECKSUM_BAD) != 0;
    rest->truncated += (segment->notes & TCPTWIN_NOTE_OPTIONS_CUT) != 0;
    rest->oversize += (segment->notes & TCPTWIN_NOTE_IP_LENGTH_ZERO) != 0;
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

/* Whether all that it sent had them. */
ALWAYS_INLINE void account_timestamps(struct side *sender, const struct tcptwin_segment *segment, unsigned is)
{
    bool timestamps = (segment->options & TCPTWIN_OPT_TIMESTAMPS) != 0;
    if (!timestamps && !(is & IS_FOREIGN)) /* else it is not its own */
        sender->timestamps_always = false;
    else if (timestamps && sender->packets == 1)
        sender->timestamps_always = true;
}

ALWAYS_INLINE void account_counters(struct conn *conn, struct slab *slab,
                             const struct tcptwin_segment *segment, const struct facts *facts, unsigned dir)
{
    static const unsigned counted = IS_DUP_ACK | IS_ZERO_WINDOW | IS_KEEP_ALIVE | IS_RETRANSMISSION |
                                    IS_OUT_OF_ORDER | IS_DUPLICATE;
    static const unsigned noted = TCPTWIN_NOTE_CHECKSUM_BAD | TCPTWIN_NOTE_OPTIONS_CUT |
                                  TCPTWIN_NOTE_IP_LENGTH_ZERO;
    struct side *sender = &conn->side[dir];
    sender->packets++;
    sender->bytes += segment->wire_len;
    sender->payload_bytes += segment->payload_len;
    sender->tcp_flags |= segment->flags;
    sender->good_checksums += (segment->notes & TCPTWIN_NOTE_CHECKSUM_OK) != 0;
    if (!facts->ordinary && ((facts->is & counted) || (segment->notes & noted)))
        count_oddities(conn, slab, segment, facts->is, dir);
    if (!facts->steady)
        account_timestamps(sender, segment, facts->is);
    if (segment->payload_len && !conn->has_first_response)
        account_first_data(conn, segment, dir);
}

static void remember_last(struct conn *conn, const struct tcptwin_segment *segment)
{
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

/* Its sender says that it has sent less. If only an acknowledgment told of more, that was of bytes never
 * sent; if the peer has acknowledged what passed here, somebody else sent it. */
static void fall_behind(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                        unsigned dir)
{
    const struct side *peer = &conn->side[!dir];
    if (holes_take_back(conn, dir, segment->seq)) {
        conn_anomaly_withdraw(conn, slab, TCPTWIN_ANOMALY_ACK_OF_UNSEEN, dir);
        conn_anomaly(conn, slab, TCPTWIN_ANOMALY_ACK_OF_UNSENT, !dir, 90, segment->frame,
                     segment->ts_ns);
    } else if (peer->ack_known && seq_gt(peer->max_ack, segment->seq)) {
        conn_anomaly(conn, slab, TCPTWIN_ANOMALY_DESYNCHRONISED, dir, 70, segment->frame,
                     segment->ts_ns);
    }
}

/* Nothing is open: what the next segment in order can do to it is known. Both ends are past the handshake and
 * what it tells of distances (three segments each), nothing was closed, nothing is missing or waits aside, and no
 * segment is to be pinned. Until something else comes it stays so. */
static bool is_steady(const struct conn *conn)
{
    for (unsigned x = 0; x < 2; x++) {
        const struct side *side = &conn->side[x];
        if (!side->seq_known || !side->ack_known || side->fin_seen || side->rst_seen || side->hole_count ||
            side->packets < 3 + conn_rest(conn, x)->duplicates || conn_rest(conn, x)->doubted)
            return false;
    }
    return !conn->journal.answers[0] && !conn->journal.answers[1] && !conn->pending && !conn->journal.starved;
}

/* Inlined three times: with facts, and with none known at compile time for the ordinary segment, and the
 * steady one. */
ALWAYS_INLINE bool
take_in(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment, unsigned dir,
        struct facts facts)
{
    bool control = (facts.is & IS_CONTROL) ||
                   (!facts.steady && acknowledges_control(&conn->side[dir], &conn->side[!dir], segment));
    if (!facts.ordinary && (facts.is & IS_NOTEWORTHY ||
                            segment->notes & (TCPTWIN_NOTE_OPTIONS_MALFORMED | TCPTWIN_NOTE_OPTIONS_CUT)))
        anomalies_of_facts(conn, slab, segment, facts.is, dir);
    account_counters(conn, slab, segment, &facts, dir);
    if (facts.is & IS_DUPLICATE) {
        remember_last(conn, segment);
        return false;
    }
    if (facts.is & IS_BEHIND)
        fall_behind(conn, slab, segment, dir);
    if (!(facts.is & (IS_FOREIGN | IS_DAMAGED | IS_ODD_FLAGS)))
        control |= account_marks(conn, slab, segment, &facts, dir);
    unsigned flags = facts.ordinary ? TCPTWIN_ACK : segment->flags;
    history_add(conn, segment, flags, facts.is, dir);
    completeness_add(conn, segment, flags);
    bool pinned = control || (!facts.steady && conn->journal.answers[dir] != 0);
    unsigned marks = 0;
    struct record *record = facts.steady ? journal_place_tail(&conn->journal, slab, dir)
                                         : journal_place(&conn->journal, slab, dir, control, &marks);
    if (record)
        write_record(record, segment, &facts, dir, marks);
    if (facts.is & IS_APART)
        conn->apart = true;
    remember_last(conn, segment);
    if (control)
        conn->over = is_over(conn);
    return pinned;
}

/* What was said before is of an older socket, and so was the RST that it drew. */
static void forget_older(struct conn *conn, unsigned dir)
{
    struct side *sender = &conn->side[dir], *receiver = &conn->side[!dir];
    sender->seq_known = sender->ack_known = sender->fin_seen = sender->rst_seen = receiver->rst_seen = false;
    sender->hole_count = receiver->hole_count = 0;
    conn->over = false;
}

bool observe_segment(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment,
                     unsigned dir)
{
    bool pinned;
    if (is_ordinary(conn, segment, dir, false)) {
        pinned = take_in(conn, slab, segment, dir, (struct facts){.seq_len = segment->payload_len, .ordinary = true});
    } else {
        if (follows_older(conn, segment, dir))
            forget_older(conn, dir);
        pinned = take_in(conn, slab, segment, dir, facts_of(conn, segment, dir));
    }
    conn->steady = is_steady(conn);
    return pinned;
}

bool observe_steady(struct conn *conn, struct slab *slab, const struct tcptwin_segment *segment, unsigned dir)
{
    if (!TCPTWIN_SHORT_WAYS || !is_ordinary(conn, segment, dir, true) ||
        seq_gt(segment->ack, conn->side[!dir].snd_max))
        return false;
    take_in(conn, slab, segment, dir,
            (struct facts){.seq_len = segment->payload_len, .ordinary = true, .steady = true});
    return true;
}

void observe_copies(struct conn *conn, struct slab *slab, const struct pending_syn *pending)
{
    unsigned dir = conn_direction(&pending->segment);
    struct side *sender = &conn->side[dir];
    sender->packets += pending->again_packets;
    sender->bytes += pending->again_bytes;
    sender->payload_bytes += pending->again_payload_bytes;
    sender->tcp_flags |= pending->again_flags;
    if (!pending->copies)
        return;
    struct side_rest *rest = conn_take_rest(conn, slab, dir);
    if (rest)
        rest->duplicates += pending->copies;
    conn_anomalies(conn, slab, TCPTWIN_ANOMALY_DUPLICATE_CAPTURE, dir, 80, pending->copies, pending->copy_frame,
                   pending->copy_ts_ns);
}

void observe_aside(struct conn *conn, struct slab *slab)
{
    if (!conn->pending)
        return;
    struct pending_syn pending = conn_take_pending(conn, slab);
    const struct tcptwin_segment *segment = &pending.segment;
    struct side *sender = &conn->side[conn_direction(segment)];
    sender->packets++;
    sender->bytes += segment->wire_len;
    sender->payload_bytes += segment->payload_len;
    sender->tcp_flags |= segment->flags;
    observe_copies(conn, slab, &pending);
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
    conn->steady = false;
    bool early = icmp->frame < conn->first_frame; /* no error comes before what it is about */
    unsigned marks = MARK_ICMP;
    struct record *record = journal_place(&conn->journal, slab, dir, true, &marks);
    if (record)
        *record = (struct record){.ts_ns = early ? conn->first_ts_ns : icmp->ts_ns,
                                  .frame = icmp->frame,
                                  .seq = icmp->seq,
                                  .len = (uint32_t)icmp->type << 8 | icmp->code,
                                  .dir = (uint8_t)dir,
                                  .marks = (uint8_t)marks};
    conn_anomaly(conn, slab, TCPTWIN_ANOMALY_ICMP_ERROR, dir, 90, icmp->frame, icmp->ts_ns);
    if (icmp->ts_ns > conn->last_ts_ns)
        conn->last_ts_ns = icmp->ts_ns;
    if (icmp->frame > conn->last_frame)
        conn->last_frame = icmp->frame;
    return true;
}
