/* tunnel.c - tunnels that are IP protocols of their own: GRE and EtherIP
 *
 * IP in IP needs no code but a row in ip.c. Tunnels over UDP are in udp_tunnel.c.
 */
#include "walk.h"

enum {
    GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000,
    GRE_ACK = 0x0080, GRE_VERSION = 0x0007,
    TYPE_WCCP = 0x883e, TYPE_ERSPAN = 0x88be, TYPE_ERSPAN_III = 0x22eb, TYPE_PPP = 0x880b,
    TYPE_ARUBA_FIRST = 0x8200, TYPE_ARUBA_LAST = 0x8370
};

/* A mirror port's header before an Ethernet frame (draft-foschiano-erspan): type I has none. */
static enum layer erspan(struct walk *w, bool has_sequence)
{
    enum { VERSION_II = 1, VERSION_III = 2, SUBHEADER = 1 };
    uint32_t length = 0;
    if (w->ethertype == TYPE_ERSPAN_III || has_sequence) {
        if (walk_lacks(w, 8, TCPTWIN_DECODE_MALFORMED_LINK))
            return LAYER_END;
        uint8_t version = cursor_u8(&w->cursor, 0) >> 4;
        if (version == VERSION_II)
            length = 8;
        else if (version == VERSION_III)
            length = cursor_u8(&w->cursor, 11) & SUBHEADER ? 20 : 12;
        else
            return walk_end(w, TCPTWIN_DECODE_OTHER);
        if (walk_lacks(w, length, TCPTWIN_DECODE_MALFORMED_LINK))
            return LAYER_END;
    }
    cursor_skip(&w->cursor, length);
    return LAYER_ETHERNET;
}

/* RFC 1701's source routes: entries until an empty one. */
static bool skip_routes(struct walk *w)
{
    enum { ROUTES_MAX = 16 };
    for (unsigned i = 0; i < ROUTES_MAX; i++) {
        if (walk_lacks(w, 4, TCPTWIN_DECODE_MALFORMED_IP))
            return false;
        uint16_t family = cursor_u16(&w->cursor, 0);
        uint8_t length = cursor_u8(&w->cursor, 3);
        cursor_skip(&w->cursor, 4u + length);
        if (family == 0 && length == 0)
            return true;
    }
    w->result = TCPTWIN_DECODE_TOO_DEEP;
    return false;
}

/* Version 1 is PPTP's (RFC 2637): the key is a length and a call id, which differs by direction. */
static enum layer gre_pptp(struct walk *w, uint16_t flags)
{
    uint32_t length = 8u + (flags & GRE_SEQUENCE ? 4u : 0u) + (flags & GRE_ACK ? 4u : 0u);
    if (w->ethertype != TYPE_PPP || !(flags & GRE_KEY))
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    if (walk_lacks(w, length, TCPTWIN_DECODE_MALFORMED_IP))
        return LAYER_END;
    uint16_t payload = cursor_u16(&w->cursor, 4);
    cursor_skip(&w->cursor, length);
    cursor_trim(&w->cursor, payload);
    if (!(flags & GRE_SEQUENCE) || w->cursor.wire == 0) /* an acknowledgment only */
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    return LAYER_PPP;
}

/* RFC 2784, RFC 2890; NVGRE (RFC 7637) is the key and Ethernet. */
enum layer tunnel_gre(struct walk *w)
{
    if (walk_lacks(w, 4, TCPTWIN_DECODE_MALFORMED_IP))
        return LAYER_END;
    uint16_t flags = cursor_u16(&w->cursor, 0);
    w->ethertype = cursor_u16(&w->cursor, 2);
    if ((flags & GRE_VERSION) == 1)
        return gre_pptp(w, flags);
    if ((flags & GRE_VERSION) != 0)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    uint32_t key_at = 4u + (flags & (GRE_CHECKSUM | GRE_ROUTING) ? 4u : 0u);
    uint32_t length = key_at + (flags & GRE_KEY ? 4u : 0u) + (flags & GRE_SEQUENCE ? 4u : 0u);
    if (walk_lacks(w, length, TCPTWIN_DECODE_MALFORMED_IP))
        return LAYER_END;
    if (flags & GRE_KEY) /* NVGRE's low byte only spreads flows */
        walk_scope_tunnel(w, cursor_u32(&w->cursor, key_at) >> (w->ethertype == TYPE_BRIDGED ? 8 : 0));
    cursor_skip(&w->cursor, length);
    if ((flags & GRE_ROUTING) && !skip_routes(w))
        return LAYER_END;
    if (w->ethertype >= TYPE_ARUBA_FIRST && w->ethertype <= TYPE_ARUBA_LAST)
        return LAYER_WLAN; /* an access point's tunnel: 802.11 as it came, by queue */
    switch (w->ethertype) {
    case TYPE_ERSPAN:
    case TYPE_ERSPAN_III:
        return erspan(w, flags & GRE_SEQUENCE);
    case TYPE_WCCP: /* version 2 puts four bytes before the packet, version 1 none */
        if (cursor_u8(&w->cursor, 0) >> 4 != 4)
            cursor_skip(&w->cursor, 4);
        return LAYER_IPV4;
    default:
        return w->ethertype == 0 ? walk_end(w, TCPTWIN_DECODE_OTHER) : LAYER_ETHERTYPE;
    }
}

/* RFC 3378: version 3 and zeros, then an Ethernet frame. */
enum layer tunnel_etherip(struct walk *w)
{
    if (walk_lacks(w, 2, TCPTWIN_DECODE_MALFORMED_IP))
        return LAYER_END;
    if (cursor_u8(&w->cursor, 0) >> 4 != 3)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    cursor_skip(&w->cursor, 2);
    return LAYER_ETHERNET;
}
