/* trace.h - the evidence of one connection, made ready for judgment
 *
 * A working copy of the journal in capture order, with what the numbers reveal that was never
 * captured (synthetic records), the distance of each endpoint from the tap, and for every record
 * whether its named sender really sent it.
 *
 *     A ----- distance[0] ----- (tap) ----- distance[1] ----- B
 *
 * A record of side x left x at ts - distance[x] and, if it arrived, reached the other side y at
 * ts + distance[y]; the ts of a synthetic record is an estimate (unseen.h). All times are
 * nanoseconds of the capture's clock.
 */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "conn.h"

#define SECOND_NS UINT64_C(1000000000)
#define AT_ONCE_NS UINT64_C(1000000) /**< what a stack answers at once, it answers within this */
#define LEAST_RTO_NS (SECOND_NS / 5) /**< no stack repeats a lone segment before this; Linux: TCP_RTO_MIN */

enum {
    TRACE_MAX = JOURNAL_MAX + 8,
    HANDSHAKE = 3, /* records of an undisturbed one */
    SENT_BY_NOBODY = 2, SIDES = 3, /* with nobody */
    LEAST_MSS = 536 /* RFC 9293 3.7.1 */
};

/** What is known of a record that was never captured. */
enum unseen {
    UNSEEN_NOT,      /**< it was captured */
    UNSEEN_REVEALED, /**< a later record reveals it */
    UNSEEN_PRESUMED, /**< ... and where it belongs is the likelier of two cases */
    UNSEEN_LOST,     /**< lost in front of the tap: the next record is a copy of it */
    UNSEEN_LOST_PRESUMED /**< ... if it was this that was lost */
};
/** Why a receiver drops a segment. A RST on an open connection is taken whatever its timestamps. OLDER: it is of its
 * sender's socket of an older connection. */
enum trace_refusal { REFUSED_NOT, REFUSED_ACK, REFUSED_OLD_ACK, REFUSED_TIMESTAMP, REFUSED_OLDER };

struct trace {
    struct record records[TRACE_MAX];
    uint8_t synthetic[TRACE_MAX]; /**< enum unseen */
    bool denied[TRACE_MAX];    /**< not sent by the side it names: forged. Set by trace_deny() */
    uint8_t sent_by[TRACE_MAX];/**< the side, or SENT_BY_NOBODY: denied, or an ICMP error */
    bool injected[TRACE_MAX];  /**< a RST, and its TTL says so */
    uint64_t held_ns[TRACE_MAX]; /**< how long it was held back on its way to the tap, at least */
    struct {
        uint64_t left, arrived;
    } at_ns[TRACE_MAX];        /**< at its sender, and at who gets it if it arrives; known when all else is, as the next */
    unsigned sends[SIDES][TRACE_MAX], receipts[SIDES][TRACE_MAX]; /**< what each side sent, as it did, and what was
                                                                        sent to it and not lost, as captured */
    unsigned send_count[2], receipt_count[2];
    uint8_t refused[TRACE_MAX];/**< enum trace_refusal: and no receiver takes it */
    unsigned count;
    bool any_denied, any_held;
    bool orderly;              /**< all of it was captured, once and in order (orderly.c); nothing is synthetic */
    unsigned fin_from;         /**< of an orderly one, none of which was held back: the first record with a FIN, or
                                    the count; at both ends times run with the records. Else 0 */
    bool in_turn;              /**< and it ends: FIN; its answers, the last of them with the other FIN; the ACK of that */
    unsigned apart_from;       /**< from this record on it may be another connection; or the count */
    uint64_t end_ts_ns;        /**< how far the capture goes */
    uint64_t distance[2];
    bool distance_known[2];
    uint64_t slack[2];         /**< how far times at that endpoint may be off */
    bool isn_known[2], fin_known[2];
    uint32_t isn[2], fin_seq[2];
    bool fin_may_hide[2];      /**< that side never closed, but among its last numbers, that nothing captured had, may
                                    be a FIN; or midstream, and all that was captured of it was silence */
    uint32_t sent_max[2];      /**< highest number really sent, plus one */
    bool sent_known[2];
    uint64_t payload[2];       /**< bytes of data captured from that side */
    uint32_t mss[2];           /**< the largest segment that side may be sent */
    uint8_t window_shift[2];   /**< of the windows that side offers */
    bool disowned[2];          /**< its SYN, captured or not, was not that side's own (forged.c) */
    uint64_t anew_ts_ns[2];    /**< when that side asked anew, with another SYN, and ended this; 0: it did not */
    uint8_t ip_version;        /**< 4 or 6 */
    bool own_peer;             /**< one socket, connected to itself: all segments are side 0's */
    bool midstream;            /**< no SYN or SYN-ACK of either side */
    bool fast_open;            /**< the SYN-ACK acknowledged data of the SYN */
    uint32_t fast_open_end;    /**< the number behind that data */
    bool closed_before[2];     /**< midstream: that side had closed before the capture began */
};

/** trace_insert() - Put @record, which was never captured, before record @at. Nothing happens if the trace is full. */
void trace_insert(struct trace *trace, unsigned at, const struct record *record, enum unseen kind);

/** It was sent, and its receiver cannot have got it. */
static inline bool trace_lost(const struct trace *trace, unsigned i)
{
    return trace->synthetic[i] >= UNSEEN_LOST;
}
/** trace_sent_before() - Of one sender's records @i and @k that was captured before it: @i had been sent
 * before @k, and was only held back on its way to the tap (RFC 7323 4.2). */
bool trace_sent_before(const struct trace *trace, unsigned i, unsigned k);
/** When the tap saw it; of what was never captured, when it saw the record that reveals it. */
uint64_t trace_shown_ns(const struct trace *trace, unsigned i);
static inline uint64_t trace_seen_ns(const struct trace *trace, unsigned i)
{
    return trace->synthetic[i] ? trace_shown_ns(trace, i) : trace->records[i].ts_ns;
}
/** When it left its sender. */
static inline uint64_t trace_send_ns(const struct trace *trace, unsigned i)
{
    return trace->at_ns[i].left;
}
/** When it reached the other side; an ICMP error travels to the side whose segment it quotes, which is its record's. */
static inline uint64_t trace_arrive_ns(const struct trace *trace, unsigned i)
{
    return trace->at_ns[i].arrived;
}
/** has() - Whether it has all of these flags. */
static inline bool has(const struct record *record, unsigned flags)
{
    return (record->flags & flags) == flags;
}
/** asks() - It is a SYN that answers none. */
static inline bool asks(const struct record *record)
{
    return (record->flags & (TCPTWIN_SYN | TCPTWIN_ACK)) == TCPTWIN_SYN;
}
/** has_empty_timestamp() - A RST whose TSval old stacks leave empty: it tells nothing. */
static inline bool has_empty_timestamp(const struct record *record)
{
    return (record->flags & TCPTWIN_RST) && !record->tsval;
}
/** The window that the record offers, in bytes; a SYN's is not scaled. */
static inline uint32_t trace_window(const struct trace *trace, const struct record *record)
{
    return (uint32_t)record->window << (record->flags & TCPTWIN_SYN ? 0 : trace->window_shift[record->dir]);
}
/** The number after the record's last, counting SYN and FIN. */
static inline uint32_t record_end(const struct record *record)
{
    return record->seq + record->len + record->flags / TCPTWIN_SYN % 2u + record->flags / TCPTWIN_FIN % 2u;
}
/** is_empty() - It takes up no number (SEG.LEN is 0): no SYN, data or FIN. */
static inline bool is_empty(const struct record *record)
{
    return !record->len && !(record->flags & (TCPTWIN_SYN | TCPTWIN_FIN));
}
/** Whether side @x really sent record @i, and a receiver would look at it. */
static inline bool trace_is_send(const struct trace *trace, unsigned i, unsigned x)
{
    return trace->sent_by[i] == x;
}
/** trace_deny() - Say whether record @i was not sent by the side it names. */
static inline void trace_deny(struct trace *trace, unsigned i, bool denied)
{
    const struct record *record = &trace->records[i];
    trace->denied[i] = denied;
    trace->any_denied |= denied;
    trace->sent_by[i] = denied || (record->marks & MARK_ICMP) ? SENT_BY_NOBODY : record->dir;
}
/** Bytes that a receiver may take for its peer's, and are not: then what the peer sends there is old to it. */
static inline bool trace_is_forged_stream(const struct record *record)
{
    return (record->marks & MARK_FOREIGN) && !(record->flags & (TCPTWIN_SYN | TCPTWIN_RST));
}
/** Whether x's peer acknowledges exactly the number before @end, in a record from @from on. */
static inline bool trace_acknowledged(const struct trace *trace, unsigned x, uint32_t end, unsigned from)
{
    for (unsigned i = from; i < trace->count; i++)
        if (trace_is_send(trace, i, !x) && has(&trace->records[i], TCPTWIN_ACK) &&
            trace->records[i].ack == end)
            return true;
    return false;
}

#endif
