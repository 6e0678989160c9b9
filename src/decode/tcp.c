/* tcp.c - the TCP segment that a walk ends at
 *
 * The first 14 bytes of its header (tcp.h) are all that states need; what a short snapshot cut behind them
 * is 0 and noted. The payload's length follows from the IP packet's length and the data offset.
 */
#include "decoder.h"
#include "tcp.h"

enum { HEADER_BYTES_NEEDED = 14 };

/** header_bytes() - The fixed header at the cursor; fields not captured whole are 0, in @whole. */
static const uint8_t *header_bytes(const struct cursor *c, uint8_t whole[TCP_HEADER_BYTES])
{
    enum { WINDOW_END = 16 };
    if (c->captured >= TCP_HEADER_BYTES)
        return c->at;
    memset(whole, 0, TCP_HEADER_BYTES);
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

enum layer tcp_segment(struct walk *w)
{
    const struct cursor *c = &w->cursor;
    struct tcptwin_segment *s = w->segment;
    uint8_t whole[TCP_HEADER_BYTES];
    bool clamped = w->notes & TCPTWIN_NOTE_LENGTH_CLAMPED;

    if (c->wire < TCP_HEADER_BYTES && !clamped)
        return walk_end(w, TCPTWIN_DECODE_MALFORMED_TCP);
    if (c->captured < HEADER_BYTES_NEEDED)
        return walk_end(w, TCPTWIN_DECODE_TRUNCATED);
    const uint8_t *bytes = header_bytes(c, whole);
    uint32_t length = tcp_header_length(bytes);
    if (length < TCP_HEADER_BYTES || (length > c->wire && !clamped))
        return walk_end(w, TCPTWIN_DECODE_MALFORMED_TCP);

    describe(w, s);
    tcp_header(bytes, s);
    s->payload_len = length < c->wire ? c->wire - length : 0;
    tcp_option_list(c->at, length, c->captured, s);
    if (c->captured < length)
        s->notes |= TCPTWIN_NOTE_OPTIONS_CUT;
    if (w->decoder->options.verify_checksums)
        s->notes |= checksum_verify(w);
    return walk_end(w, TCPTWIN_DECODE_TCP);
}
