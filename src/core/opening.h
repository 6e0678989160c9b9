/* opening.h - a connection of which nothing but its opening was seen, in a quarter of the memory
 *
 * Floods and scans are SYNs without an answer, and an idle server holds connections that opened and did
 * nothing more. Of such a connection its few segments are kept as they are, packed:
 *
 *     SYN  |  SYN, SYN-ACK  |  SYN, SYN-ACK, ACK       each once, in order, without data or anything odd
 *
 * Whatever else comes makes a full connection of it, to which these segments are shown first.
 * Nothing that is said of it depends on that.
 */
#ifndef CORE_OPENING_H
#define CORE_OPENING_H

#include "tcptwin/segment.h"

struct conn;
struct slab;

enum { OPENING_MAX = 3 };

/** A segment without payload, SACK or rare options; addresses, ports and scope are its opening's. */
struct packed_segment {
    uint64_t ts_ns;
    uint32_t frames_later; /**< than the opening's first */
    uint32_t seq, ack, tsval, tsecr;
    uint16_t wire_len, window, ip_id, options, notes, mss, vlan_id;
    uint8_t flags, ttl, wscale;
};

struct opening {
    struct tcptwin_address address[2]; /**< in canonical order, as of a connection */
    uint16_t port[2];
    uint32_t scope;
    uint64_t stream, first_frame;
    struct packed_segment *rest; /**< its second and third segment, a slab piece; NULL: none yet */
    uint32_t index;      /**< in the flow table */
    uint32_t became;     /**< with count 0: the connection of that index, while a queue has this one's; in the free
                              list the number of the next, plus 1 */
    uint8_t ip_version;  /**< 0: not in use */
    uint8_t count;       /**< of segments */
    bool sender : 1;     /**< of the SYN: the side */
    bool departed : 1;   /**< to be concluded */
    struct packed_segment syn;
};
_Static_assert(sizeof(struct opening) == 128, "two cache lines");

static inline void opening_prefetch(const struct opening *opening)
{
    __builtin_prefetch(opening, 1);
    __builtin_prefetch(&opening->syn, 1);
}
/** opening_prefetch_rest() - With its first lines at hand. */
static inline void opening_prefetch_rest(const struct opening *opening)
{
    if (opening->rest) {
        __builtin_prefetch(opening->rest);
        __builtin_prefetch((const char *)(opening->rest + OPENING_MAX - 1) - 1);
    }
}

/** opening_packs() - Whether a segment can be packed, so many frames after the first of its opening. */
bool opening_packs(const struct tcptwin_segment *segment, uint64_t frames_later);
void opening_pack(struct packed_segment *packed, const struct tcptwin_segment *segment, uint32_t frames_later);
/** opening_unpack() - The segment as it came, sent by side @dir. */
void opening_unpack(const struct opening *opening, const struct packed_segment *packed, unsigned dir,
                    struct tcptwin_segment *segment);

/** opening_segment(), opening_sender() - Its segment @i, from 0, and whose that is. */
static inline const struct packed_segment *opening_segment(const struct opening *opening, unsigned i)
{
    return i ? &opening->rest[i - 1] : &opening->syn;
}
static inline unsigned opening_sender(const struct opening *opening, unsigned i)
{
    return i == 1 ? !opening->sender : opening->sender;
}
/** opening_newest() - The segment that it has last. */
static inline const struct packed_segment *opening_newest(const struct opening *opening)
{
    return opening_segment(opening, opening->count - 1u);
}
/** opening_show() - A connection, zero but for its key, is shown the opening's segments, and so begins. */
void opening_show(const struct opening *opening, struct conn *conn, struct slab *slab);

/** opening_begins() - Whether an opening can begin with the segment. */
bool opening_begins(const struct tcptwin_segment *segment);
/** opening_goes_on() - Whether the segment from side @dir is the opening's next. @last: its newest so far. */
bool opening_goes_on(const struct opening *opening, const struct packed_segment *last,
                     const struct tcptwin_segment *segment, unsigned dir);

#endif
