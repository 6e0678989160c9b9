/* facts.c - what one segment is, compared with what came before
 *
 * The tap sees each segment once, and knows of both sides what they have sent so far:
 *
 *        receiver's max_ack                 sender's snd_max
 *     ---------|---------------------------------|--------------> sequence numbers
 *     spurious |  retransmission, or out of      |  new; beyond snd_max it jumps over a hole
 *              |  order if soon after a hole     |
 *                                              keep-alive: the number before snd_max, once more
 *
 * Two questions come first, since their segments are not measured by these marks. A duplicate is the
 * same packet captured twice: same numbers, same identity, shortly after. It is nothing else beside:
 * a copy tells nothing new. A foreign segment is one that its sender's stack would not have sent
 * (forged, or of another connection).
 *
 * Without an IP identification (IPv6; Linux's SYN-ACKs, which have 0) the timestamp has to tell, or
 * the time: no stack repeats a SYN within 20 ms, nor data within 1 ms. Two bare ACKs or RSTs with the
 * same numbers may always be two.
 */
#include "facts.h"
#include "holes.h"
#include "seq.h"

enum {
    DUPLICATE_NS = 20000000,     /* copies of one packet are captured within 20 ms */
    SOON_NS = 1000000,           /* no stack repeats data within 1 ms */
    REORDER_NS = 3000000         /* a late segment within 3 ms was reordered, not repeated */
};

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

/* Data whose sum its sender leaves to the network card. A card that is left SYNs and RSTs is left all: then
 * most are wrong; one among right ones is somebody's who hopes that it is believed here. */
static bool is_left_to_card(const struct tcptwin_segment *segment)
{
    return (segment->notes & TCPTWIN_NOTE_CHECKSUM_PARTIAL) && segment->payload_len &&
           !(segment->flags & (TCPTWIN_SYN | TCPTWIN_RST));
}

/* A wrong checksum where the sender's others are right: damage. Where most are wrong: offload. */
static bool checksum_is_damage(const struct conn *conn, const struct tcptwin_segment *segment,
                               unsigned dir)
{
    return (segment->notes & TCPTWIN_NOTE_CHECKSUM_BAD) && !is_left_to_card(segment) &&
           conn->side[dir].good_checksums > conn_rest(conn, dir)->bad_checksums;
}

/* A key (TCP MD5, TCP-AO) on a connection that began without one: its receiver drops it. */
static bool is_oddly_signed(const struct conn *conn, const struct side *sender,
                            const struct tcptwin_segment *segment)
{
    return (segment->options & (TCPTWIN_OPT_MD5 | TCPTWIN_OPT_AO)) && conn->has_first_syn &&
           sender->isn_known && !sender->signs && !(segment->flags & TCPTWIN_SYN);
}

/* A connection that negotiated timestamps has them in every segment but RSTs (RFC 7323 3.2); and an
 * initial number lies below all that its sender sent. */
static bool is_foreign(const struct conn *conn, const struct side *sender,
                       const struct tcptwin_segment *segment)
{
    bool number_above = (segment->flags & TCPTWIN_SYN) && sender->seq_known && !sender->isn_known &&
                        seq_ge(segment->seq, sender->snd_max);
    if (is_oddly_signed(conn, sender, segment) || number_above)
        return true;
    if (segment->options & TCPTWIN_OPT_TIMESTAMPS)
        return false;
    if (segment->notes & (TCPTWIN_NOTE_OPTIONS_CUT | TCPTWIN_NOTE_OPTIONS_MALFORMED))
        return false;
    if (segment->flags & TCPTWIN_RST)
        return false;
    if (conn->timestamps_on)
        return true;
    if (!sender->timestamps_always || sender->packets < 2 || !sender->ack_known || (segment->flags & TCPTWIN_SYN))
        return false;
    if (!conn->has_first_syn)
        return true;
    bool answered = conn->side[0].syn_ack_seen || conn->side[1].syn_ack_seen; /* else it was agreed upon unseen */
    return !answered && conn->side[conn->first_syn_dir].timestamps_offered;
}

static bool is_capture_duplicate(const struct record *last, const struct tcptwin_segment *segment)
{
    bool has_timestamps = segment->options & TCPTWIN_OPT_TIMESTAMPS;
    uint64_t later_ns = last ? segment->ts_ns - last->ts_ns : 0;
    if (!last || segment->ip_id != last->ip_id || (has_timestamps && segment->tsval != last->tsval) ||
        segment->seq != last->seq || segment->ack != last->ack || segment->payload_len != last->len ||
        segment->flags != last->flags || segment->window != last->window)
        return false;
    if (segment->ip_id || (segment->flags & TCPTWIN_SYN))
        return later_ns < DUPLICATE_NS;
    return sequence_length(segment) && later_ns < (has_timestamps ? DUPLICATE_NS : SOON_NS);
}

/* @last: what its sender sent before; NULL: nothing. */
static void sequence_facts(struct facts *facts, const struct conn *conn, const struct record *last,
                           const struct tcptwin_segment *segment, unsigned dir)
{
    const struct side *sender = &conn->side[dir], *receiver = &conn->side[!dir];
    if (!facts->seq_len && !(segment->flags & TCPTWIN_RST)) {
        if (sender->seq_known && segment->seq == sender->snd_max - 1 && !sender->fin_seen)
            facts->is |= IS_KEEP_ALIVE;
        else if (last && sender->ack_known && segment->ack == last->ack &&
                 segment->window == last->window && segment->seq == sender->snd_max && !last->len &&
                 receiver->seq_known &&
                 seq_lt(segment->ack, receiver->snd_max))
            facts->is |= IS_DUP_ACK;
        else if (sender->seq_known && !seq_ahead(segment->seq, sender->snd_max) &&
                 segment->seq != sender->snd_max)
            facts->is |= IS_BEHIND;
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
    if (seq_ahead(end, sender->snd_max))
        return;
    if (receiver->ack_known && seq_ge(receiver->max_ack, end))
        facts->is |= IS_SPURIOUS;
    else if (last && segment->ts_ns - last->ts_ns < REORDER_NS &&
             (sender->hole_count || holes_overlap(conn, dir, segment->seq, end)))
        facts->is |= IS_OUT_OF_ORDER;
    if (!(facts->is & IS_OUT_OF_ORDER))
        facts->is |= IS_RETRANSMISSION;
}

/* Numbers that no copy of what was sent before can have. Spares a look at the journal. */
static bool is_news(const struct side *sender, const struct tcptwin_segment *segment, uint32_t seq_len)
{
    if (!sender->seq_known || (segment->flags & (TCPTWIN_SYN | TCPTWIN_RST)))
        return false;
    if (seq_len)
        return seq_ge(segment->seq, sender->snd_max);
    return !sender->ack_known || seq_gt(segment->ack, sender->max_ack);
}

/* Of what stands in the header alone. */
static unsigned header_facts(const struct tcptwin_segment *segment)
{
    unsigned is = segment->flags & TCPTWIN_URG ? IS_URGENT : 0;
    if (!(segment->flags & (TCPTWIN_ACK | TCPTWIN_RST)) && segment->ack_raw) /* Windows' RSTs have one */
        is |= IS_UNFLAGGED_ACK;
    return is;
}

/* Smaller with the same acknowledgment; or closed where some was left. Segments that acknowledge more and
 * leave some window are not looked at: nearly all of them are ordinary.
 * @scale: 0 if it is not known; what is left is more, then. */
static bool window_shrank(const struct record *last, const struct tcptwin_segment *segment, unsigned scale)
{
    if (!last || !(last->flags & segment->flags & TCPTWIN_ACK) ||
        ((last->flags | segment->flags) & (TCPTWIN_SYN | TCPTWIN_RST | TCPTWIN_FIN)) ||
        (last->marks & (MARK_FOREIGN | MARK_BAD_CHECKSUM)) || (segment->notes & TCPTWIN_NOTE_OPTIONS_CUT))
        return false;
    if (segment->ack == last->ack)
        return segment->window < last->window && segment->ts_ns >= last->ts_ns + REORDER_NS;
    return !segment->window && seq_gt(segment->ack, last->ack) &&
           seq_lt(segment->ack, last->ack + ((uint32_t)last->window << scale));
}

bool is_elsewhere(const struct side *side, uint32_t number)
{
    int32_t last = seq_diff(number, side->snd_max), first = side->isn_known ? seq_diff(number, side->isn) : last;
    return (last > ELSEWHERE_BYTES || last < -ELSEWHERE_BYTES) && (first > ELSEWHERE_BYTES || first < -ELSEWHERE_BYTES);
}

bool follows_older(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    const struct side *sender = &conn->side[dir], *peer = &conn->side[!dir];
    return (segment->flags & (TCPTWIN_SYN | TCPTWIN_ACK)) == (TCPTWIN_SYN | TCPTWIN_ACK) && !sender->isn_known &&
           sender->seq_known && is_elsewhere(sender, segment->seq) && peer->isn_known &&
           segment->ack == peer->isn + 1 && peer->snd_max == segment->ack;
}

bool is_apart(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    const struct side *sender = &conn->side[dir], *receiver = &conn->side[!dir];
    if (!(segment->flags & TCPTWIN_ACK) || !sender->seq_known || !is_elsewhere(sender, segment->seq))
        return false;
    if (receiver->seq_known)
        return is_elsewhere(receiver, segment->ack);
    int32_t beyond = seq_diff(segment->ack, sender->max_ack);
    return sender->ack_known && (beyond > ELSEWHERE_BYTES || beyond < -ELSEWHERE_BYTES);
}

/* Of the connection only one end's SYN is known, and this is far from it: perhaps the next one's. */
static bool is_far_from_syn(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    unsigned asker = conn->first_syn_dir;
    const struct side *side = &conn->side[asker];
    uint32_t number = dir == asker ? segment->seq : segment->ack;
    return (segment->flags & TCPTWIN_ACK) && conn->has_first_syn && !conn->side[!asker].seq_known && !side->ack_known &&
           is_elsewhere(side, number);
}

struct facts facts_of(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    const struct side *sender = &conn->side[dir], *receiver = &conn->side[!dir];
    const struct record *last = journal_latest(&conn->journal, dir);
    struct facts facts = {.seq_len = sequence_length(segment)};
    if (flags_are_odd(segment->flags))
        facts.is |= IS_ODD_FLAGS | IS_CONTROL;
    if (checksum_is_damage(conn, segment, dir))
        facts.is |= IS_DAMAGED;
    if (is_foreign(conn, sender, segment))
        facts.is |= IS_FOREIGN | IS_CONTROL;
    if ((facts.is || !is_news(sender, segment, facts.seq_len)) && is_capture_duplicate(last, segment)) {
        facts.is = IS_DUPLICATE;
        return facts;
    }
    if (segment->flags & (TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST))
        facts.is |= IS_CONTROL;
    else if (segment->window == 0 && !(segment->notes & TCPTWIN_NOTE_OPTIONS_CUT))
        facts.is |= IS_ZERO_WINDOW;
    unsigned scale = sender->wscale > 0 && receiver->wscale >= 0 ? (unsigned)sender->wscale : 0;
    if (!(facts.is & (IS_FOREIGN | IS_DAMAGED)) && window_shrank(last, segment, scale))
        facts.is |= IS_SHRUNK;
    facts.is |= header_facts(segment);
    if (!(facts.is & IS_FOREIGN))
        sequence_facts(&facts, conn, last, segment, dir);
    if (!(facts.is & (IS_FOREIGN | IS_DAMAGED | IS_ODD_FLAGS)) && !(segment->flags & (TCPTWIN_SYN | TCPTWIN_RST)) &&
        segment->seq != sender->snd_max && (is_apart(conn, segment, dir) || is_far_from_syn(conn, segment, dir)))
        facts.is |= IS_APART | IS_CONTROL;
    return facts;
}
