/* conn.h - what is kept of one connection while it is followed
 *
 * Two sides, numbered 0 and 1 (the lower address and port is 0), hold counters and the few numbers
 * that per-segment facts need. The states are not here: they are computed from the journal
 * (conclude.h). Direction is an index: the sender's side is side[dir], the receiver's side[!dir].
 */
#ifndef CORE_CONN_H
#define CORE_CONN_H

#include "hosts.h"
#include "journal.h"
#include "median.h"
#include "tcptwin/event.h"

#include <stddef.h>

#ifndef TCPTWIN_SHORT_WAYS
#define TCPTWIN_SHORT_WAYS 1 /* 0: to hold them against the long ones (test/short_ways) */
#endif

enum {
    SIDE_HOLES = 4,
    CONN_EARLY = 8 /**< packets of one end among which its handshake is */
};

/** Bytes of a sender that were jumped over by a later segment. */
struct hole {
    uint32_t start, end;
};

/* One end, one cache line: a segment writes its sender's and reads its receiver's. What was last sent
 * is the journal's newest record of that side; what is seldom touched is in struct side_rest. */
struct side {
    _Alignas(64) uint32_t snd_max; /**< highest sequence number sent, plus one (SND.NXT as seen); with seq_known */
    uint32_t max_ack;    /**< highest acknowledgment sent (RCV.NXT as told); with ack_known */
    uint32_t fin_seq;    /**< number of its first FIN, with fin_seen */
    uint32_t isn;        /**< valid with isn_known */
    uint32_t packets, good_checksums;
    uint64_t bytes, payload_bytes;
    uint64_t rtt_ts_ns;
    uint32_t rtt_end;    /**< waits for this acknowledgment; with rtt_pending */
    uint16_t mss;
    int8_t wscale;
    uint8_t hole_count;
    uint8_t tcp_flags;
    uint8_t history_once; /**< Zeek letters that are written once: A D I Q */
    uint8_t history_seen; /**< S H F R written before */
    bool seq_known : 1, ack_known : 1, isn_known : 1, fin_seen : 1, rst_seen : 1, rtt_pending : 1;
    bool syn_seen : 1, syn_ack_seen : 1, sack_permitted : 1, timestamps_offered : 1, timestamps_always : 1;
    bool signs : 1; /**< its SYN had a key (TCP MD5, TCP-AO) */
};
_Static_assert(sizeof(struct side) == 64, "one cache line");

/** The rest of one end: what most connections never have. Taken when the first of it is counted. */
struct side_rest {
    uint64_t retrans_bytes, gap_bytes;
    uint32_t retrans_packets, out_of_order, truncated, duplicates, oversize;
    uint32_t bad_checksums, dup_acks, keepalives, zero_windows;
    uint32_t lost_before, lost_after; /**< segments it had to send again: see count_losses() */
    uint32_t doubted, doubted_tsval, doubted_end; /**< the newest of lost_after, from when, and up to where:
                                                       see judge_losses() */
    uint32_t history_log[4]; /**< C G T W: next count that writes the letter again */
    struct hole holes[SIDE_HOLES];
    struct hole unseen; /**< its last numbers, while nothing captured has them; empty: none */
};

struct anomaly_node {
    struct anomaly_node *next;
    struct tcptwin_anomaly_record record;
};

/** A SYN with a new number on a connection that looks alive: whether it opens anything, its answer tells. */
struct pending_syn {
    struct tcptwin_segment segment;
    /* sent or captured again since; counted for the connection whose it turns out to be */
    uint64_t again_bytes, again_payload_bytes;
    uint64_t copy_ts_ns, copy_frame; /**< the first that is a copy made by the capture */
    uint32_t again_packets, copies;
    uint8_t again_flags;
};

/** Live: one transition that was said, as far as a revision must repeat it. */
struct said {
    uint64_t ts_ns, frame;
    uint8_t endpoint, from, to, event, basis;
};
enum { SAID_MAX = 48 };
struct said_list {
    uint32_t count;
    struct said item[SAID_MAX];
};

struct conn {
    /* first line: the key, and what every segment asks */
    _Alignas(64) struct tcptwin_address address[2];
    uint16_t port[2];
    uint32_t scope;
    uint32_t index;       /**< in the flow table */
    uint32_t rtt_samples;
    uint8_t ip_version;   /**< 0: not in use */
    uint8_t first_sender;
    uint8_t first_syn_dir;/**< who sent the first plain SYN, with has_first_syn */
    uint8_t first_data_dir;
    bool has_first_syn, has_first_data, has_first_response;
    bool timestamps_on;   /**< SYN and SYN-ACK both had the option */
    bool over;            /**< both FINs acknowledged, or a RST: a SYN may begin anew */
    bool handshake_disturbed;
    bool reused : 1, departed : 1;
    bool reused_by_answer : 1; /**< ... by a segment with an ACK, not by a SYN */
    bool apart : 1;       /**< a segment of it has MARK_APART */
    bool held : 1;        /**< when judged last it had ended, and waits for the end of TIME-WAIT; more may come */
    bool after_grave : 1; /**< its ports had belonged to another connection not long ago */
    bool steady;          /**< see is_steady() in observe.c */
    uint8_t queue;        /**< which one it is in */
    uint8_t completeness, history_length, reused_dir;
    /* second line: what every segment writes */
    _Alignas(64) struct journal journal;
    uint64_t last_ts_ns, last_frame;
    struct pending_syn *pending;
    struct side_rest *rest; /**< of both ends, [2]; NULL: all zero. A slab piece */
    /* the two ends */
    struct side side[2];
    /* fifth line: what the handshake and an answer to data write */
    _Alignas(64) uint64_t rtt_sum_us;
    uint32_t rtt_min_us, rtt_max_us;
    struct median rtt_median; /**< microseconds */
    uint64_t syn_ts_ns, syn_ack_ts_ns; /**< of an undisturbed handshake; 0: none, or repeated */
    /* seldom */
    struct anomaly_node *anomalies; /**< a slab piece, as the next */
    struct said_list *said; /**< live: what was said so far */
    uint32_t free_next;   /**< free connections: index + 1 of the next, 0: none */
    uint32_t held_until;  /**< while it is held: when it is due, in units of 2^20 ns; by that its entry is told
                               from an older one */
    uint64_t hash, stream;
    uint32_t incarnation, reordered;
    uint16_t vlan_id;     /**< of the first segment; 0: none */
    bool began_by_syn;    /**< its first segment was a SYN, or answered one: */
    uint32_t began;       /**< the number of that */
    uint64_t first_ts_ns, first_frame;
    uint64_t first_data_ts_ns, first_response_ts_ns;
    uint64_t reused_frame, reused_ts_ns; /**< the SYN that took its place, with reused */
    char history[TCPTWIN_HISTORY_MAX]; /**< upper case: side 0; swapped at print if the client is side 1 */
};
_Static_assert(offsetof(struct conn, side) == 128, "two lines before the ends");
_Static_assert(offsetof(struct conn, anomalies) == 320, "and one after them");
_Static_assert(sizeof(struct conn) == 512, "eight lines in all");

/** The size classes of the context's slab after the journal's. */
enum {
    CLASS_ANOMALY = JOURNAL_CLASSES,
    CLASS_PENDING,
    CLASS_SAID,
    CLASS_REST,
    CLASS_ENDS /**< of openings with IPv6 */
};
_Static_assert((int)CLASS_ENDS < (int)SLAB_CLASSES, "a class for each kind of piece");

/** conn_piece_sizes() - Set the sizes of the classes that a connection's pieces have. */
void conn_piece_sizes(struct slab *slab);
/** conn_start() - What a new connection, zero but for its key, has before its first segment is observed. */
void conn_start(struct conn *conn, uint64_t stream, uint32_t incarnation, const struct tcptwin_segment *first,
                unsigned dir);
/** conn_take_pending() - The SYN that waits aside is the connection's no more. It has one. */
struct pending_syn conn_take_pending(struct conn *conn, struct slab *slab);
/** conn_release() - Give back what a connection has beside itself. */
void conn_release(struct conn *conn, struct slab *slab);

static inline void conn_prefetch(const struct conn *conn, unsigned dir)
{
    prefetch_to_write(conn);
    prefetch_to_write(&conn->journal);
    prefetch_to_write(&conn->side[dir]);
    prefetch_to_write(&conn->side[!dir]);
}

/** conn_prefetch_times() - With its first lines at hand: if a segment from @dir, with @flags, may touch its times. */
static inline void conn_prefetch_times(const struct conn *conn, unsigned dir, unsigned flags)
{
    bool may = conn->side[!dir].rtt_pending | (conn->side[dir].packets < CONN_EARLY) | ((flags & TCPTWIN_SYN) != 0);
    prefetch_to_write(&conn->side[2 * may]); /* the line behind the sides; or one that is there: a branch costs more */
}

/** conn_prefetch_pieces() - Its pieces will be given back soon: the lines that name them. */
static inline void conn_prefetch_pieces(const struct conn *conn)
{
    prefetch_to_write(&conn->journal);
    prefetch_to_write(&conn->anomalies);
}
/** conn_prefetch_waiting() - It will be looked at soon, and may depart. */
static inline void conn_prefetch_waiting(const struct conn *conn)
{
    prefetch_to_write(conn);
    prefetch_to_write(&conn->journal);
    prefetch_to_write(&conn->side[0]);
    prefetch_to_write(&conn->side[1]);
    prefetch_to_write(&conn->anomalies);
}
/** conn_prefetch_all(), conn_prefetch_evidence() - In this order: it will be concluded soon. */
static inline void conn_prefetch_all(const struct conn *conn)
{
    for (unsigned line = 0; line < sizeof *conn; line += 64)
        prefetch_to_write((const char *)conn + line);
}
static inline void conn_prefetch_evidence(const struct conn *conn)
{
    const char *records = (const char *)conn->journal.records;
    for (unsigned line = 0; line < conn->journal.count * sizeof(struct record); line += 64)
        prefetch(records + line);
}

/** conn_direction() - Which side sent the segment: 0 or 1, by canonical order of the two ends. */
unsigned conn_direction(const struct tcptwin_segment *segment);

/** conn_rest() - The rest of one end, to be read. */
static inline const struct side_rest *conn_rest(const struct conn *conn, unsigned dir)
{
    static const struct side_rest none;
    return conn->rest ? &conn->rest[dir] : &none;
}
/** conn_take_rest() - The rest of one end, to be written; NULL if there is no memory for it. */
struct side_rest *conn_take_rest(struct conn *conn, struct slab *slab, unsigned dir);

/** anomaly_seen_at() - It was seen there, too. A SYN that waited aside is taken up after later segments. */
static inline void anomaly_seen_at(struct tcptwin_anomaly_record *said, uint64_t frame, uint64_t ts_ns)
{
    if (frame < said->first_frame) {
        said->first_frame = frame;
        said->first_ts_ns = ts_ns;
    }
    if (frame > said->last_frame) {
        said->last_frame = frame;
        said->last_ts_ns = ts_ns;
    }
}
/** conn_anomalies() - Count so many of one kind; nothing happens if there is no memory for a new kind. */
void conn_anomalies(struct conn *conn, struct slab *slab, enum tcptwin_anomaly anomaly, unsigned endpoint,
                    unsigned confidence, uint32_t count, uint64_t frame, uint64_t ts_ns);
/** conn_anomaly() - Count one. */
static inline void conn_anomaly(struct conn *conn, struct slab *slab, enum tcptwin_anomaly anomaly,
                                unsigned endpoint, unsigned confidence, uint64_t frame, uint64_t ts_ns)
{
    conn_anomalies(conn, slab, anomaly, endpoint, confidence, 1, frame, ts_ns);
}
/** conn_anomaly_withdraw() - The last one turned out otherwise. */
void conn_anomaly_withdraw(struct conn *conn, struct slab *slab, enum tcptwin_anomaly anomaly,
                           unsigned endpoint);

#endif
