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
    struct tcptwin_segment *s = &w->out->segment;
    bool clamped = w->notes & TCPTWIN_NOTE_LENGTH_CLAMPED;

    if (c->wire < HEADER_BYTES && !clamped)
        return walk_end(w, TCPTWIN_DECODE_MALFORMED_TCP);
    if (c->captured < HEADER_BYTES_NEEDED)
        return walk_end(w, TCPTWIN_DECODE_TRUNCATED);
    uint32_t header = (cursor_u8(c, 12) >> 4) * 4u;
    if (header < HEADER_BYTES || (header > c->wire && !clamped))
        return walk_end(w, TCPTWIN_DECODE_MALFORMED_TCP);

    describe(w, s);
    s->src_port = cursor_u16(c, 0);
    s->dst_port = cursor_u16(c, 2);
    s->seq = cursor_u32(c, 4);
    s->ack_raw = cursor_u32(c, 8);
    s->flags = cursor_u8(c, 13);
    s->ack = s->flags & TCPTWIN_ACK ? s->ack_raw : 0;
    s->window = cursor_u16(c, 14);
    s->payload_len = header < c->wire ? c->wire - header : 0;
    tcp_options(c, header, s);
    if (c->captured < header)
        s->notes |= TCPTWIN_NOTE_OPTIONS_CUT;
    if (w->decoder->options.verify_checksums)
        s->notes |= checksum_verify(w);
    return walk_end(w, TCPTWIN_DECODE_TCP);
}
