/* opening.h - a connection of which nothing but its opening was seen, in a tenth of the memory
 *
 * Floods and scans are SYNs without an answer, and an idle server holds connections that opened and did
 * nothing more. Of such a connection its few segments are kept as they are, packed into one cache line or two:
 *
 *     cell                     |  another cell
 *     ends, SYN                |
 *     ends, SYN                |  SYN-ACK
 *     ends, SYN                |  SYN-ACK, ACK        each once, in order, without data or anything odd
 *
 * Whatever else comes makes a full connection of it, to which these segments are shown first.
 * Nothing that is said of it depends on that.
 */
#ifndef CORE_OPENING_H
#define CORE_OPENING_H

#include "prefetch.h"

#include "tcptwin/segment.h"

#include <stddef.h>
#include <string.h>

struct conn;
struct slab;

enum { OPENING_MAX = 3 };

/** What all its segments have, packed. */
struct packed_header {
    uint16_t window, ip_id;
    uint16_t vlan_id : 12, wscale : 4;
    uint16_t notes : 9, options : 4 /**< see OPENING_OPTIONS */, echo_bits : 2 /**< ECE, CWR */;
    uint8_t wire_len, ttl;
};
_Static_assert(sizeof(struct packed_header) == 10, "what has no better place");

/** Its SYN-ACK, or the ACK of that. */
struct packed_answer {
    uint32_t tsval, tsecr, frames_later; /**< than its first */
    uint32_t later_ns; /**< than the segment before it; and further bits */
    struct packed_header header;
    uint8_t later_high;
};

struct opening {
    union {
        uint8_t v4[2][4];
        struct tcptwin_address *v6; /**< of both, a slab piece */
    } ends; /**< in canonical order, as of a connection */
    uint16_t port[2];
    uint32_t scope;
    uint64_t ts_ns;      /**< of the SYN, as what follows */
    uint32_t seq, tsval;
    uint32_t index;      /**< in the flow table */
    uint32_t link;       /**< with more than one segment: the number of the other cell; without any: the connection that
                              it became, of that index, while a queue has this one's; in the free list the number of the
                              next cell, plus 1 */
    uint32_t stream;     /**< and further bits, as of the next */
    uint32_t first_frame;
    uint16_t frame_high;
    uint16_t mss;
    struct packed_header header;
    uint8_t stream_high;
    uint8_t ip_version : 3, /**< 0: the cell has no opening */
        count : 2,       /**< of segments */
        sender : 1,      /**< of the SYN: the side */
        departed : 1;    /**< to be concluded */
};

/** The other cell of an opening. */
struct opening_rest {
    struct packed_answer answer, ack;
    uint32_t seq; /**< of the SYN-ACK, as the next */
    uint16_t mss;
    uint8_t unused, no_opening; /**< 0: where an opening has its version */
};
_Static_assert(sizeof(struct opening) == 64 && sizeof(struct opening_rest) == 64, "a cache line each");
_Static_assert(offsetof(struct opening_rest, no_opening) == offsetof(struct opening, stream_high) + 1,
               "seen as no opening");

/** One of its segments as it came, but for what all of them have. */
struct plain_segment {
    uint64_t ts_ns, frame;
    uint32_t seq, ack, tsval, tsecr;
    uint16_t wire_len, window, ip_id, options, notes, mss, vlan_id;
    uint8_t flags, ttl, wscale;
};
/** An opening, to be looked at. */
struct opened {
    struct tcptwin_address address[2];
    uint16_t port[2];
    uint32_t scope;
    uint64_t stream;
    uint8_t ip_version, count, sender;
    struct plain_segment segment[OPENING_MAX]; /**< @count of them */
};

static inline void opening_prefetch(const struct opening *opening)
{
    prefetch_to_write(opening);
}
static inline uint64_t opening_stream(const struct opening *opening)
{
    return opening->stream | (uint64_t)opening->stream_high << 32;
}
static inline uint64_t opening_first_frame(const struct opening *opening)
{
    return opening->first_frame | (uint64_t)opening->frame_high << 32;
}
static inline uint64_t answer_later_ns(const struct packed_answer *answer)
{
    return answer->later_ns | (uint64_t)answer->later_high << 32;
}
/** opening_newest_ns() - When the segment was captured that it has last. @rest: its other cell, if it has one. */
static inline uint64_t opening_newest_ns(const struct opening *opening, const struct opening_rest *rest)
{
    return opening->ts_ns + (opening->count > 1 ? answer_later_ns(&rest->answer) : 0) +
           (opening->count > 2 ? answer_later_ns(&rest->ack) : 0);
}
static inline struct tcptwin_address opening_address(const struct opening *opening, unsigned x)
{
    if (opening->ip_version != 4)
        return opening->ends.v6[x];
    struct tcptwin_address address = {.bytes = {[10] = 0xff, [11] = 0xff}};
    memcpy(&address.bytes[12], opening->ends.v4[x], 4);
    return address;
}

/** opening_begins() - Whether an opening can begin with the segment. */
bool opening_begins(const struct tcptwin_segment *segment);
/** opening_begin() - It does; it has its ends. */
void opening_begin(struct opening *opening, const struct tcptwin_segment *segment, uint64_t stream, unsigned dir);
/** opening_goes_on() - Whether the segment from side @dir is the opening's next. */
bool opening_goes_on(const struct opening *opening, const struct opening_rest *rest,
                     const struct tcptwin_segment *segment, unsigned dir);
/** opening_go_on() - Append it. @rest: the other cell, cleared if it is the first there. */
void opening_go_on(struct opening *opening, struct opening_rest *rest, const struct tcptwin_segment *segment);
/** opening_read() - What it has. */
void opening_read(const struct opening *opening, const struct opening_rest *rest, struct opened *opened);

/** opened_sender() - Whose its segment @i is. */
static inline unsigned opened_sender(const struct opened *opened, unsigned i)
{
    return i == 1 ? !opened->sender : opened->sender;
}
/** opened_show() - A connection, zero but for its key, is shown the opening's segments, and so begins. */
void opened_show(const struct opened *opened, struct conn *conn, struct slab *slab);

#endif
