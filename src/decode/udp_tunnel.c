/* udp_tunnel.c - UDP, and tunnels over it
 *
 * A port number is a hint, no more: any client may have picked it. So each function asks the
 * tunnel's header to be exactly what its RFC says, and what it carries to look like a packet, and
 * says OTHER if not. What fails further inside is a wrong guess too (walk.guessed, decode.c).
 *
 * Ids that are the same in both directions (VNI) enter the scope; those that each side chooses
 * for itself (TEID, L2TP session) must not: they would tear a connection in two.
 */
#include "decoder.h"

/** guess() - What follows is a tunnel's content, if the frame was not cut and it looks like @inner. */
static enum layer guess(struct walk *w, enum layer inner)
{
    enum { ETHERNET_BYTES = 22 /* with two VLAN tags */, IPV4_BYTES = 20 };
    bool ethernet = inner == LAYER_ETHERNET;
    if (walk_lacks(w, (ethernet ? ETHERNET_BYTES : 0) + IPV4_BYTES, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    if (!(ethernet ? ether_looks_sane(&w->cursor) : ip_looks_sane(&w->cursor)))
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    w->guessed = true;
    walk_enter_tunnel(w);
    return inner;
}

static enum layer udp_port_layer(uint16_t port)
{
    switch (port) {
#define UDP_TUNNEL(port_, layer_) \
    case port_:                   \
        return LAYER_##layer_;
#include "udp_tunnels.def"
    default:
        return LAYER_END;
    }
}

enum layer udp_datagram(struct walk *w)
{
    if (walk_lacks(w, 8, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    uint16_t src = cursor_u16(&w->cursor, 0), dst = cursor_u16(&w->cursor, 2);
    uint16_t length = cursor_u16(&w->cursor, 4);
    if (length >= 8)
        cursor_trim(&w->cursor, length);
    cursor_skip(&w->cursor, 8);
    if (w->decoder->options.datagrams && (length >= 8 || length == 0)) /* 0: a jumbogram */
        datagram_udp(w, src, dst);
    enum layer layer = udp_port_layer(dst);
    if (layer == LAYER_END)
        layer = udp_port_layer(src);
    return layer == LAYER_END ? walk_end(w, TCPTWIN_DECODE_OTHER) : layer;
}

/* RFC 7348: the flag I; reserved bits are ignored, and Group Policy uses some of them. */
enum layer udp_vxlan(struct walk *w)
{
    if (walk_lacks(w, 8, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    if ((cursor_u8(&w->cursor, 0) & 0x08) == 0)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    walk_scope_tunnel(w, cursor_u24(&w->cursor, 4));
    cursor_skip(&w->cursor, 8);
    return guess(w, LAYER_ETHERNET);
}

/* draft-ietf-nvo3-vxlan-gpe: flags I and P, and what follows. */
enum layer udp_vxlan_gpe(struct walk *w)
{
    if (walk_lacks(w, 8, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    if ((cursor_u8(&w->cursor, 0) & 0xfc) != 0x0c || cursor_u16(&w->cursor, 1) != 0)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    uint8_t protocol = cursor_u8(&w->cursor, 3);
    walk_scope_tunnel(w, cursor_u24(&w->cursor, 4));
    cursor_skip(&w->cursor, 8);
    switch (protocol) {
    case 1:
    case 2:
        return guess(w, LAYER_IP);
    case 3:
        return guess(w, LAYER_ETHERNET);
    default:
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    }
}

/* RFC 8926: version 0, options in 4-byte units, an Ethernet type. */
enum layer udp_geneve(struct walk *w)
{
    if (walk_lacks(w, 8, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    uint8_t first = cursor_u8(&w->cursor, 0);
    uint16_t type = cursor_u16(&w->cursor, 2);
    if (first >> 6 != 0 || (cursor_u8(&w->cursor, 1) & 0x3f) != 0 || cursor_u8(&w->cursor, 7) != 0)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    walk_scope_tunnel(w, cursor_u24(&w->cursor, 4));
    cursor_skip(&w->cursor, 8u + (first & 0x3fu) * 4u);
    if (type == TYPE_BRIDGED)
        return guess(w, LAYER_ETHERNET);
    if (type == TYPE_IPV4 || type == TYPE_IPV6)
        return guess(w, LAYER_IP);
    return walk_end(w, TCPTWIN_DECODE_OTHER);
}

/** gtp_extensions() - Each is a length in 4-byte units, content, and the next one's type. */
static bool gtp_extensions(struct walk *w, uint8_t next)
{
    enum { EXTENSIONS_MAX = 8 };
    for (unsigned i = 0; next != 0 && i < EXTENSIONS_MAX; i++) {
        if (walk_lacks(w, 4, TCPTWIN_DECODE_OTHER))
            return false;
        uint32_t length = cursor_u8(&w->cursor, 0) * 4u;
        if (length == 0)
            break;
        if (walk_lacks(w, length, TCPTWIN_DECODE_OTHER))
            return false;
        next = cursor_u8(&w->cursor, length - 1);
        cursor_skip(&w->cursor, length);
    }
    w->result = TCPTWIN_DECODE_OTHER;
    return next == 0;
}

/* 3GPP TS 29.281: version 1, protocol type 1, message 255 (T-PDU); then extension headers. */
enum layer udp_gtp_u(struct walk *w)
{
    enum { EXTENSION = 4, SEQUENCE = 2, N_PDU = 1, MESSAGE_T_PDU = 255 };
    if (walk_lacks(w, 8, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    uint8_t flags = cursor_u8(&w->cursor, 0);
    if ((flags & 0xf0) != 0x30 || cursor_u8(&w->cursor, 1) != MESSAGE_T_PDU)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    uint16_t length = cursor_u16(&w->cursor, 2);
    cursor_skip(&w->cursor, 8);
    if (length > w->cursor.wire)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    cursor_trim(&w->cursor, length);
    if (flags & (EXTENSION | SEQUENCE | N_PDU)) {
        if (walk_lacks(w, 4, TCPTWIN_DECODE_OTHER))
            return LAYER_END;
        uint8_t next = flags & EXTENSION ? cursor_u8(&w->cursor, 3) : 0;
        cursor_skip(&w->cursor, 4);
        if (!gtp_extensions(w, next))
            return LAYER_END;
    }
    return guess(w, LAYER_IP);
}

/* RFC 4380: an authentication header (00 01) and an origin (00 00) may precede the IPv6 packet. */
enum layer udp_teredo(struct walk *w)
{
    if (walk_lacks(w, 4, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    if (cursor_u16(&w->cursor, 0) == 1)
        cursor_skip(&w->cursor, 13u + cursor_u8(&w->cursor, 2) + cursor_u8(&w->cursor, 3));
    if (walk_lacks(w, 2, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    if (cursor_u16(&w->cursor, 0) == 0)
        cursor_skip(&w->cursor, 8);
    if (walk_lacks(w, 1, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    if (cursor_u8(&w->cursor, 0) >> 4 != 6)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    return guess(w, LAYER_IP);
}

/* RFC 9300: eight bytes, then IP. */
enum layer udp_lisp(struct walk *w)
{
    if (walk_lacks(w, 8, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    cursor_skip(&w->cursor, 8);
    return guess(w, LAYER_IP);
}

/* RFC 7510. */
enum layer udp_mpls(struct walk *w)
{
    w->guessed = true;
    walk_enter_tunnel(w);
    return LAYER_MPLS;
}

/* RFC 2661: version 2, data (no T bit); optional length, sequence numbers and offset; then PPP. */
enum layer udp_l2tp(struct walk *w)
{
    enum { TYPE_CONTROL = 0x8000, LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200,
           RESERVED = 0x34f0, VERSION = 0x000f };
    if (walk_lacks(w, 6, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    uint16_t flags = cursor_u16(&w->cursor, 0);
    if (walk_lacks(w, flags & OFFSET ? 14 : 6, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    if ((flags & VERSION) != 2 || (flags & (TYPE_CONTROL | RESERVED)))
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    uint32_t at = 2;
    if (flags & LENGTH) {
        if (cursor_u16(&w->cursor, at) > w->cursor.wire)
            return walk_end(w, TCPTWIN_DECODE_OTHER);
        cursor_trim(&w->cursor, cursor_u16(&w->cursor, at));
        at += 2;
    }
    at += 4u + (flags & SEQUENCE ? 4u : 0u);
    if (flags & OFFSET)
        at += 2u + cursor_u16(&w->cursor, at);
    cursor_skip(&w->cursor, at);
    w->guessed = true;
    walk_enter_tunnel(w);
    return LAYER_PPP;
}
