/* ether.c - what an Ethernet type leads to: IP, tags, labels, sessions
 *
 * Other links name the protocol by the same numbers, so they end up here as well (GRE, SLL,
 * LLC/SNAP, Cisco HDLC).
 */
#include "walk.h"

enum {
    TYPE_LENGTH_MAX = 1500, /* up to here it is IEEE 802.3's length */
    TYPE_ARP = 0x0806,
    TYPE_MPLS = 0x8847, TYPE_MPLS_MULTICAST = 0x8848,
    TYPE_PPP = 0x880b, TYPE_PPPOE_SESSION = 0x8864,
    TYPE_VLAN = 0x8100, TYPE_PROVIDER_VLAN = 0x88a8, TYPE_QINQ_OLD = 0x9100, TYPE_QINQ_OLDER = 0x9200,
    TYPE_PROVIDER_BACKBONE = 0x88e7, TYPE_FABRIC_PATH = 0x8903, TYPE_CISCO_METADATA = 0x8909,
    TYPE_VN_TAG = 0x8926, TYPE_E_TAG = 0x893f
};

/** tagged() - A tag of @length bytes; the type that it hides is in its last two. */
static enum layer tagged(struct walk *w, uint32_t length, bool vlan)
{
    if (walk_lacks(w, length, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    if (vlan)
        walk_scope_vlan(w, cursor_u16(&w->cursor, 0) & 0x0fff);
    w->ethertype = cursor_u16(&w->cursor, length - 2);
    cursor_skip(&w->cursor, length);
    return LAYER_ETHERTYPE;
}

enum layer ether_type(struct walk *w)
{
    switch (w->ethertype) {
    case TYPE_IPV4:
        return LAYER_IPV4;
    case TYPE_IPV6:
        return LAYER_IPV6;
    case TYPE_VLAN:
    case TYPE_PROVIDER_VLAN:
    case TYPE_QINQ_OLD:
    case TYPE_QINQ_OLDER:
        return tagged(w, 4, true);
    case TYPE_VN_TAG:
        return tagged(w, 6, false);
    case TYPE_CISCO_METADATA:
    case TYPE_E_TAG: /* IEEE 802.1BR */
        return tagged(w, 8, false);
    case TYPE_MPLS:
    case TYPE_MPLS_MULTICAST:
        return LAYER_MPLS;
    case TYPE_PPPOE_SESSION:
        return LAYER_PPPOE;
    case TYPE_PPP:
        return LAYER_PPP;
    case TYPE_PROVIDER_BACKBONE: /* IEEE 802.1ah: four bytes of I-TAG, then the customer's frame */
        cursor_skip(&w->cursor, 4);
        return LAYER_ETHERNET;
    case TYPE_FABRIC_PATH: /* Cisco: two bytes of tag, then the frame */
        cursor_skip(&w->cursor, 2);
        return LAYER_ETHERNET;
    case TYPE_BRIDGED:
        return LAYER_ETHERNET;
    default:
        if (w->ethertype > TYPE_LENGTH_MAX)
            return walk_end(w, TCPTWIN_DECODE_OTHER);
        if (w->ethertype != 0)
            cursor_trim(&w->cursor, w->ethertype);
        return LAYER_LLC;
    }
}

/* IEEE 802.2: SNAP with an Ethernet type (RFC 1042, or bridged), or IP's own access point. */
enum layer ether_llc(struct walk *w)
{
    enum { OUI_ETHERNET = 0x000000, OUI_BRIDGED_802_1H = 0x0000f8 };
    if (walk_lacks(w, 3, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    uint32_t access_points = cursor_u24(&w->cursor, 0);
    if (access_points == 0x060603) {
        cursor_skip(&w->cursor, 3);
        return LAYER_IPV4;
    }
    if (access_points != 0xaaaa03)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    if (walk_lacks(w, 8, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    uint32_t oui = cursor_u24(&w->cursor, 3);
    w->ethertype = cursor_u16(&w->cursor, 6);
    cursor_skip(&w->cursor, 8);
    if ((oui != OUI_ETHERNET && oui != OUI_BRIDGED_802_1H) || w->ethertype <= TYPE_LENGTH_MAX)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    return LAYER_ETHERTYPE;
}

/* RFC 826, for IPv4 on Ethernet; no packet, but a sign that here is a frame. */
static bool arp_looks_sane(const struct cursor *c)
{
    enum { HARDWARE_ETHERNET = 1, ADDRESS_LENGTHS = 0x0604 };
    return cursor_u16(c, 0) == HARDWARE_ETHERNET && cursor_u16(c, 2) == TYPE_IPV4 &&
           cursor_u16(c, 4) == ADDRESS_LENGTHS;
}

bool ether_looks_sane(const struct cursor *c)
{
    struct cursor inner = *c;
    uint16_t type = cursor_u16(c, 12);
    uint32_t header = 14;
    for (unsigned tags = 0; tags < 2 && (type == TYPE_VLAN || type == TYPE_PROVIDER_VLAN); tags++) {
        type = cursor_u16(c, header + 2);
        header += 4;
    }
    cursor_skip(&inner, header);
    if (type == TYPE_ARP)
        return arp_looks_sane(&inner);
    return (type == TYPE_IPV4 || type == TYPE_IPV6) && ip_looks_sane(&inner);
}

/* RFC 3032: labels say nothing of what follows the last one; so guess, as routers do (RFC 4928):
 * IP by its version, a pseudowire's control word (RFC 4385) before Ethernet, or Ethernet itself. */
enum layer ether_mpls(struct walk *w)
{
    enum { LABELS_MAX = 16, BOTTOM_OF_STACK = 0x100 };
    uint32_t entry = 0;
    for (unsigned i = 0; i < LABELS_MAX && !(entry & BOTTOM_OF_STACK); i++) {
        if (walk_lacks(w, 4, TCPTWIN_DECODE_MALFORMED_LINK))
            return LAYER_END;
        entry = cursor_u32(&w->cursor, 0);
        cursor_skip(&w->cursor, 4);
    }
    if (!(entry & BOTTOM_OF_STACK))
        return walk_end(w, TCPTWIN_DECODE_TOO_DEEP);
    uint8_t nibble = cursor_u8(&w->cursor, 0) >> 4;
    bool ip = nibble == 4 || nibble == 6;
    uint32_t telling = ip ? 34 : 46; /* Ethernet and IPv4; control word and two VLAN tags */
    if (walk_lacks(w, telling < w->cursor.wire ? telling : w->cursor.wire, TCPTWIN_DECODE_OTHER))
        return LAYER_END;

    struct cursor behind_control_word = w->cursor;
    cursor_skip(&behind_control_word, 4);
    if (nibble == 0 && ether_looks_sane(&behind_control_word)) {
        w->cursor = behind_control_word;
        return LAYER_ETHERNET;
    }
    if (ether_looks_sane(&w->cursor))
        return LAYER_ETHERNET;
    return ip ? LAYER_IP : walk_end(w, TCPTWIN_DECODE_OTHER);
}

/* RFC 2516: version and type 1, code 0 for data, the session, the length, then PPP. */
enum layer ether_pppoe(struct walk *w)
{
    if (walk_lacks(w, 6, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    if (cursor_u8(&w->cursor, 0) != 0x11)
        return walk_end(w, TCPTWIN_DECODE_MALFORMED_LINK);
    if (cursor_u8(&w->cursor, 1) != 0)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    uint16_t session = cursor_u16(&w->cursor, 2), length = cursor_u16(&w->cursor, 4);
    cursor_skip(&w->cursor, 6);
    if (length != 0)
        cursor_trim(&w->cursor, length);
    walk_scope_tunnel(w, session);
    return LAYER_PPP;
}
