/* tcp.c - the TCP header (RFC 9293 3.1)
 *
 *      0 ports 4 seq 8 ack 12 data offset 13 flags | 14 window 16 checksum 18 urgent 20 options
 *      |<------------- needed ------------------->|
 *
 * The first 14 bytes are all that states need; what a short snapshot cut behind them is 0 and noted.
 * The payload's length follows from the IP packet's length and the data offset.
 */
#include "decoder.h"

enum { HEADER_BYTES = 20, HEADER_BYTES_NEEDED = 14 };

/** header_bytes() - The fixed header at the cursor; fields not captured whole are 0, in @whole. */
static const uint8_t *header_bytes(const struct cursor *c, uint8_t whole[HEADER_BYTES])
{
    enum { WINDOW_END = 16 };
    if (c->captured >= HEADER_BYTES)
        return c->at;
    memset(whole, 0, HEADER_BYTES);
    memcpy(whole, c->at, c->captured < WINDOW_END ? HEADER_BYTES_NEEDED : c->captured);
    return whole;
}

/** describe() - Where the segment came from: the fields that the walk already knows. */
static void describe(const struct walk *w, struct tcptwin_segment *s)
{
    s->ts_ns = w->ts_ns;
    s->frame = w->frame;
    s->src = w->ip.src;
    s->dst = w->ip.dst;
    s->wire_len = w->ip.length;
    s->scope = w->scope;
    s->vlan_id = w->vlan_id;
    s->ip_id = w->ip.id;
    s->ip_version = w->ip.version;
    s->ttl = w->ip.ttl;
    s->notes = w->notes;
}

/** options() - RFC 7323 appendix A is the list of most segments of most captures; and many have none. */
static inline void options(const struct cursor *c, uint32_t header, struct tcptwin_segment *s)
{
    enum { USUAL_HEADER = 32, USUAL_BYTES = 0x0101080a };
    s->options = 0;
    s->sack_count = 0;
    s->tsval = s->tsecr = 0;
    if (header == HEADER_BYTES)
        return;
    if (header == USUAL_HEADER && c->captured >= USUAL_HEADER &&
        load_u32(c->at + HEADER_BYTES) == USUAL_BYTES) {
        s->options = TCPTWIN_OPT_TIMESTAMPS;
        s->tsval = load_u32(c->at + HEADER_BYTES + 4);
        s->tsecr = load_u32(c->at + HEADER_BYTES + 8);
        return;
    }
    tcp_options(c, header, s);
}

enum layer tcp_segment(struct walk *w)
{
    const struct cursor *c = &w->cursor;
    struct tcptwin_segment *s = w->segment;
    uint8_t whole[HEADER_BYTES];
    bool clamped = w->notes & TCPTWIN_NOTE_LENGTH_CLAMPED;

    if (c->wire < HEADER_BYTES && !clamped)
        return walk_end(w, TCPTWIN_DECODE_MALFORMED_TCP);
    if (c->captured < HEADER_BYTES_NEEDED)
        return walk_end(w, TCPTWIN_DECODE_TRUNCATED);
    const uint8_t *bytes = header_bytes(c, whole);
    uint32_t header = (bytes[12] >> 4) * 4u;
    if (header < HEADER_BYTES || (header > c->wire && !clamped))
        return walk_end(w, TCPTWIN_DECODE_MALFORMED_TCP);

    describe(w, s);
    s->src_port = load_u16(bytes);
    s->dst_port = load_u16(bytes + 2);
    s->seq = load_u32(bytes + 4);
    s->ack_raw = load_u32(bytes + 8);
    s->flags = bytes[13];
    s->ack = s->flags & TCPTWIN_ACK ? s->ack_raw : 0;
    s->window = load_u16(bytes + 14);
    s->payload_len = header < c->wire ? c->wire - header : 0;
    options(c, header, s);
    if (c->captured < header)
        s->notes |= TCPTWIN_NOTE_OPTIONS_CUT;
    if (w->decoder->options.verify_checksums)
        s->notes |= checksum_verify(w);
    return walk_end(w, TCPTWIN_DECODE_TCP);
}
