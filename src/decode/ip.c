/* ip.c - IPv4 and IPv6 headers, and what stands behind them
 *
 * Lengths come from here, not from what was captured: the cursor is trimmed to the packet, so that
 * Ethernet padding is no payload, and its wire length is what the sender put in. Two cases need
 * care. Length 0: the host's own segmentation offload, captured before the card split it; then
 * the frame's length is all there is. A length beyond the frame: somebody cut the frame (or the
 * header lies); then no more than the frame carried is believed.
 *
 * A packet quoted by an ICMP error passes here too: its length says nothing of the quote's.
 */
#include "decoder.h"

enum {
    PROTOCOL_IPIP = 4, PROTOCOL_IPV6 = 41, PROTOCOL_GRE = 47, PROTOCOL_IPIP_OLD = 94,
    PROTOCOL_ETHERIP = 97, PROTOCOL_MPLS = 137
};

/** ip_tunnel() - Protocols that carry a packet or a frame; LAYER_END if this is none. */
static enum layer ip_tunnel(uint8_t protocol)
{
    switch (protocol) {
    case PROTOCOL_IPIP:
        return LAYER_IPV4;
    case PROTOCOL_IPV6:
        return LAYER_IPV6;
    case PROTOCOL_IPIP_OLD:
        return LAYER_IP;
    case PROTOCOL_GRE:
        return LAYER_GRE;
    case PROTOCOL_ETHERIP:
        return LAYER_ETHERIP;
    case PROTOCOL_MPLS:
        return LAYER_MPLS;
    default:
        return LAYER_END;
    }
}

static inline enum layer tcp_layer(const struct walk *w)
{
    return w->quoted ? LAYER_QUOTED_TCP : LAYER_TCP;
}

enum layer ip_payload(struct walk *w, uint8_t protocol)
{
    enum { EXTENSIONS_MAX = 16 };
    int next = protocol;
    for (unsigned i = 0; next != TCPTWIN_PROTOCOL_TCP; i++) {
        if (i == EXTENSIONS_MAX)
            return walk_end(w, TCPTWIN_DECODE_TOO_DEEP);
        int behind = ip_extension(w, (uint8_t)next);
        if (behind == IP_EXTENSION_END)
            return LAYER_END;
        if (behind == IP_NOT_AN_EXTENSION)
            break;
        next = behind;
    }
    if (next == TCPTWIN_PROTOCOL_TCP)
        return tcp_layer(w);
    if (w->quoted) { /* an error about something else, or about the outside of a tunnel */
        if (w->decoder->options.datagrams)
            datagram_quoted(w, (uint8_t)next);
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    }
    if (next == TCPTWIN_PROTOCOL_UDP)
        return LAYER_UDP;
    if (next == (w->ip.version == 4 ? TCPTWIN_PROTOCOL_ICMP : TCPTWIN_PROTOCOL_ICMPV6))
        return LAYER_ICMP;
    enum layer inner = ip_tunnel((uint8_t)next);
    if (inner == LAYER_END)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    walk_enter_tunnel(w);
    return inner;
}

/**
 * ip_length() - Trim the cursor to the packet
 * @claimed: The packet's length by its header; 0: not given.
 */
static void ip_length(struct walk *w, uint32_t claimed)
{
    w->notes &= (uint16_t)~(TCPTWIN_NOTE_IP_LENGTH_ZERO | TCPTWIN_NOTE_LENGTH_CLAMPED);
    w->ip.length = claimed;
    if (w->quoted)
        return;
    if (claimed == 0)
        w->notes |= TCPTWIN_NOTE_IP_LENGTH_ZERO;
    else if (claimed > w->cursor.wire)
        w->notes |= TCPTWIN_NOTE_LENGTH_CLAMPED;
    else
        cursor_trim(&w->cursor, claimed);
    w->ip.length = w->cursor.wire;
}

/** ip_v4_route() - RFC 791: with a source route, the final destination is its last address. */
static void ip_v4_route(struct walk *w, uint32_t header)
{
    enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_LSRR = 131, OPTION_SSRR = 137 };
    for (uint32_t at = 20; at + 2 <= header;) {
        uint8_t kind = cursor_u8(&w->cursor, at), length = cursor_u8(&w->cursor, at + 1);
        if (kind == OPTION_END)
            return;
        if (kind == OPTION_NOP) {
            at++;
            continue;
        }
        if (length < 2 || at + length > header)
            return;
        bool route = (kind == OPTION_LSRR || kind == OPTION_SSRR) && length >= 7;
        if (route && cursor_u8(&w->cursor, at + 2) <= length) {
            w->ip.unverifiable = !cursor_has(&w->cursor, at, length);
            if (!w->ip.unverifiable)
                cursor_copy(&w->cursor, at + length - 4, w->ip.dst.bytes + 12, 4);
        }
        at += length;
    }
}

enum layer ip_v4(struct walk *w)
{
    enum { MORE_FRAGMENTS = 0x2000, OFFSET_MASK = 0x1fff };
    if (walk_lacks(w, 20, TCPTWIN_DECODE_MALFORMED_IP))
        return LAYER_END;
    uint8_t first = cursor_u8(&w->cursor, 0);
    uint32_t header = (first & 15u) * 4u, total = cursor_u16(&w->cursor, 2);
    if (first >> 4 != 4 || header < 20 || (total != 0 && total < header && !w->quoted))
        return walk_end(w, TCPTWIN_DECODE_MALFORMED_IP);

    uint16_t fragmented = cursor_u16(&w->cursor, 6);
    uint8_t protocol = cursor_u8(&w->cursor, 9);
    ip_length(w, total);
    w->ip.version = 4;
    w->ip.id = cursor_u16(&w->cursor, 4);
    w->ip.ttl = cursor_u8(&w->cursor, 8);
    w->ip.unverifiable = false;
    ip_v4_address(w->cursor.at + 12, &w->ip.src);
    ip_v4_address(w->cursor.at + 16, &w->ip.dst);
    if (header > 20)
        ip_v4_route(w, header);
    w->payload_summed = false;
    cursor_skip(&w->cursor, header);
    if ((fragmented & (MORE_FRAGMENTS | OFFSET_MASK)) == 0 && protocol == TCPTWIN_PROTOCOL_TCP)
        return tcp_layer(w);
    if ((fragmented & (MORE_FRAGMENTS | OFFSET_MASK)) == 0)
        return ip_payload(w, protocol);

    struct fragment fragment = {.id = w->ip.id,
                                .offset = (fragmented & OFFSET_MASK) * 8u,
                                .protocol = protocol,
                                .more = fragmented & MORE_FRAGMENTS};
    return fragment_add(w, &fragment) ? ip_payload(w, fragment.protocol) : LAYER_END;
}

enum layer ip_v6(struct walk *w)
{
    enum { HOP_BY_HOP = 0 };
    if (walk_lacks(w, 40, TCPTWIN_DECODE_MALFORMED_IP))
        return LAYER_END;
    if (cursor_u8(&w->cursor, 0) >> 4 != 6)
        return walk_end(w, TCPTWIN_DECODE_MALFORMED_IP);
    uint32_t payload = cursor_u16(&w->cursor, 4);
    uint8_t next = cursor_u8(&w->cursor, 6);
    if (payload == 0 && next == HOP_BY_HOP) {
        struct cursor options = w->cursor;
        cursor_skip(&options, 40);
        payload = ip_v6_jumbo_length(&options);
    }
    ip_length(w, payload == 0 || payload > INT32_MAX ? 0 : payload + 40);
    w->ip.version = 6;
    w->ip.id = 0;
    w->ip.ttl = cursor_u8(&w->cursor, 7);
    w->ip.unverifiable = false;
    cursor_copy(&w->cursor, 8, w->ip.src.bytes, 16);
    cursor_copy(&w->cursor, 24, w->ip.dst.bytes, 16);
    w->payload_summed = false;
    cursor_skip(&w->cursor, 40);
    return ip_payload(w, next);
}

enum layer ip_any(struct walk *w)
{
    if (walk_lacks(w, 1, TCPTWIN_DECODE_MALFORMED_IP))
        return LAYER_END;
    switch (cursor_u8(&w->cursor, 0) >> 4) {
    case 4:
        return LAYER_IPV4;
    case 6:
        return LAYER_IPV6;
    default:
        return walk_end(w, TCPTWIN_DECODE_MALFORMED_IP);
    }
}

bool ip_looks_sane(const struct cursor *c)
{
    uint8_t first = cursor_u8(c, 0);
    if (first >> 4 == 4) {
        uint32_t header = (first & 15u) * 4u, total = cursor_u16(c, 2);
        if (total == 0) /* more than fits the field (BIG TCP) */
            return header >= 20 && c->wire > UINT16_MAX;
        if (header < 20 || total < header)
            return false;
        /* longer than what carries it: cut before it was wrapped, or no packet at all */
        return total <= c->wire || (cursor_has(c, 0, header) &&
                                    checksum_fold(checksum_add(0, c->at, header)) == 0xffff);
    }
    return first >> 4 == 6 && cursor_has(c, 0, 20) && cursor_u16(c, 4) + 40u <= c->wire;
}
