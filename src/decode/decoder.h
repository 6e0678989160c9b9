/* decoder.h - what lives from frame to frame: options, and fragments that wait for others
 *
 * Only decode.c, fragment.c and those who ask for an option include this.
 */
#ifndef DECODE_DECODER_H
#define DECODE_DECODER_H

#include "walk.h"

enum {
    FRAGMENT_HEAD_BYTES = 256, /**< kept of each packet: room for every header we follow */
    FRAGMENT_RANGES_MAX = 16,  /**< gaps in a packet, at most */
    FRAGMENT_WAYS_MAX = 8      /**< packets among which the oldest is evicted */
};

/** One IP packet of which fragments arrived. See fragment.c. */
struct pending {
    struct tcptwin_address src, dst;
    uint64_t first_ts_ns, last_ts_ns;
    uint64_t age;        /**< order of creation */
    uint64_t sum;        /**< one's complement sum of the bytes received, if summed */
    uint32_t id, scope;
    uint32_t total;      /**< bytes of payload; 0: the last fragment is missing */
    uint32_t head_units; /**< bit i: bytes [8i, 8i + 8) of the head were captured */
    uint8_t state;       /**< enum pending_state in fragment.c */
    uint8_t version, protocol, range_count;
    bool summed;
    struct {
        uint16_t from, to;
    } range[FRAGMENT_RANGES_MAX]; /**< received: sorted, disjoint, not adjacent */
    uint8_t head[FRAGMENT_HEAD_BYTES];
};

struct tcptwin_decoder {
    struct tcptwin_decode_options options;
    enum layer link_layer;
    uint32_t pending_sets, pending_ways;
    uint64_t pending_age;
    uint8_t assembled[FRAGMENT_HEAD_BYTES]; /**< head of the packet just completed */
    struct pending pending[];
};

/** A fragment, as the IP header (or the fragment header) tells; its bytes are at the cursor. */
struct fragment {
    uint32_t id, offset;
    uint8_t protocol;
    bool more;
};

/**
 * fragment_add() - Take a fragment
 * Return: true if it completed its packet: then the cursor stands on the whole payload,
 * fragment->protocol is the first fragment's, and the notes say so. false: w->result is set.
 */
bool fragment_add(struct walk *w, struct fragment *fragment);

#endif
