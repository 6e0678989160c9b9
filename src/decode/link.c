/* link.c - the first header of a frame, by link type
 *
 * Each function finds out what protocol follows and where. Layouts: tcpdump.org/linktypes.html.
 * 802.11 is in wlan.c; what Ethernet types lead to is in ether.c.
 */
#include "walk.h"

enum layer link_layer(int link_type)
{
    switch (link_type) {
#define LINK_TYPE(number_, name_, layer_) \
    case number_:                         \
        return LAYER_##layer_;
#include "link_types.def"
    default:
        return LAYER_END;
    }
}

enum layer link_ethernet(struct walk *w)
{
    if (walk_lacks(w, 14, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    w->ethertype = cursor_u16(&w->cursor, 12);
    w->to_group = cursor_u8(&w->cursor, 0) & 1;
    cursor_skip(&w->cursor, 14);
    return ether_type(w);
}

/** cooked() - Linux "any": a header of @length bytes with the protocol at @protocol_at. */
static enum layer cooked(struct walk *w, uint32_t length, uint32_t protocol_at, uint32_t arphrd_at,
                         uint32_t type_at)
{
    enum { TO_BROADCAST = 1, TO_MULTICAST = 2 };
    enum { ARPHRD_RADIOTAP = 803, ARPHRD_NETLINK = 824, PROTOCOL_802_3 = 1, PROTOCOL_LLC = 4 };
    if (walk_lacks(w, length, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    uint16_t hardware = cursor_u16(&w->cursor, arphrd_at);
    uint8_t type = cursor_u8(&w->cursor, type_at);
    w->ethertype = cursor_u16(&w->cursor, protocol_at);
    w->to_group = type == TO_BROADCAST || type == TO_MULTICAST;
    cursor_skip(&w->cursor, length);
    if (hardware == ARPHRD_NETLINK)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    if (hardware == ARPHRD_RADIOTAP)
        return LAYER_RADIOTAP;
    if (w->ethertype == PROTOCOL_LLC)
        return LAYER_LLC;
    if (w->ethertype == PROTOCOL_802_3)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    return LAYER_ETHERTYPE;
}

enum layer link_cooked(struct walk *w)
{
    return cooked(w, 16, 14, 2, 1);
}

enum layer link_cooked_v2(struct walk *w)
{
    return cooked(w, 20, 0, 8, 10);
}

/* An address family as the capturing host wrote it: either byte order, and AF_INET6 has as many
 * values as there are systems. LOOP is the same in network order. */
enum layer link_bsd_loopback(struct walk *w)
{
    if (walk_lacks(w, 4, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    uint32_t big = cursor_u32(&w->cursor, 0), little = cursor_le32(&w->cursor, 0);
    cursor_skip(&w->cursor, 4);
    switch (big < little ? big : little) {
    case 2:
        return LAYER_IPV4;
    case 10: /* Linux */
    case 23: /* Windows */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* macOS */
        return LAYER_IPV6;
    default:
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    }
}

/* RFC 1661, RFC 1662: address and control (ff 03) and the protocol's first byte may be left out. */
enum layer link_ppp(struct walk *w)
{
    if (walk_lacks(w, 2, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    if (cursor_u16(&w->cursor, 0) == 0xff03)
        cursor_skip(&w->cursor, 2);
    if (walk_lacks(w, 2, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    /* the last byte of a protocol number is odd, the one before is even */
    bool compressed = cursor_u8(&w->cursor, 0) & 1;
    uint16_t protocol = compressed ? cursor_u8(&w->cursor, 0) : cursor_u16(&w->cursor, 0);
    cursor_skip(&w->cursor, compressed ? 1 : 2);
    switch (protocol) {
    case 0x0021:
        return LAYER_IPV4;
    case 0x0057:
        return LAYER_IPV6;
    case 0x0281:
    case 0x0283:
        return LAYER_MPLS;
    default:
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    }
}

/* PPP in HDLC-like framing or Cisco HDLC: the address byte tells. */
enum layer link_ppp_serial(struct walk *w)
{
    uint8_t address = cursor_u8(&w->cursor, 0);
    return address == 0x0f || address == 0x8f ? LAYER_CISCO_HDLC : LAYER_PPP;
}

/* A byte that tells the direction, in front of PPP or in place of its address byte. */
enum layer link_ppp_direction(struct walk *w)
{
    if (walk_lacks(w, 1, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    cursor_skip(&w->cursor, 1);
    if (cursor_u8(&w->cursor, 0) == 0x03 && cursor_u8(&w->cursor, 1) == 0)
        cursor_skip(&w->cursor, 1);
    return LAYER_PPP;
}

enum layer link_cisco_hdlc(struct walk *w)
{
    if (walk_lacks(w, 4, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    w->ethertype = cursor_u16(&w->cursor, 2);
    cursor_skip(&w->cursor, 4);
    return LAYER_ETHERTYPE;
}

/* Q.922 address, then RFC 2427 (control 03 and an NLPID) or Cisco's way (an Ethernet type). */
enum layer link_frame_relay(struct walk *w)
{
    enum { NLPID_SNAP = 0x80, NLPID_IPV6 = 0x8e, NLPID_IPV4 = 0xcc };
    uint32_t at = 2;
    if (walk_lacks(w, 4, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    if ((cursor_u8(&w->cursor, 1) & 1) == 0)
        at = 4; /* a long address */
    if (walk_lacks(w, at + 2, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    if (cursor_u8(&w->cursor, at) != 0x03) {
        w->ethertype = cursor_u16(&w->cursor, at);
        cursor_skip(&w->cursor, at + 2);
        return LAYER_ETHERTYPE;
    }
    at += cursor_u8(&w->cursor, at + 1) == 0 ? 2 : 1; /* a byte of padding */
    if (walk_lacks(w, at + 1, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    uint8_t nlpid = cursor_u8(&w->cursor, at);
    if (nlpid == NLPID_SNAP && walk_lacks(w, at + 6, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    if (nlpid == NLPID_SNAP && cursor_u24(&w->cursor, at + 1) == 0) {
        w->ethertype = cursor_u16(&w->cursor, at + 4);
        cursor_skip(&w->cursor, at + 6);
        return LAYER_ETHERTYPE;
    }
    cursor_skip(&w->cursor, at + 1);
    if (nlpid == NLPID_IPV4)
        return LAYER_IPV4;
    return nlpid == NLPID_IPV6 ? LAYER_IPV6 : walk_end(w, TCPTWIN_DECODE_OTHER);
}

enum layer link_fddi(struct walk *w)
{
    if (walk_lacks(w, 13, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    if ((cursor_u8(&w->cursor, 0) & 0xf0) != 0x50) /* not an asynchronous LLC frame */
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    cursor_skip(&w->cursor, 13);
    return LAYER_LLC;
}

/* Attributes in the capturing host's byte order, each padded to 4; number 9 is the packet. */
enum layer link_netfilter_log(struct walk *w)
{
    enum { ATTRIBUTES_MAX = 32, ATTRIBUTE_PAYLOAD = 9, FAMILY_INET = 2, FAMILY_INET6 = 10 };
    if (walk_lacks(w, 4, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    uint8_t family = cursor_u8(&w->cursor, 0);
    if (family != FAMILY_INET && family != FAMILY_INET6)
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    cursor_skip(&w->cursor, 4);
    for (unsigned i = 0; i < ATTRIBUTES_MAX; i++) {
        if (walk_lacks(w, 4, TCPTWIN_DECODE_MALFORMED_LINK))
            return LAYER_END;
        /* types are small numbers: the byte order in which this one is */
        bool big = cursor_u16(&w->cursor, 2) < cursor_le16(&w->cursor, 2);
        uint16_t length = big ? cursor_u16(&w->cursor, 0) : cursor_le16(&w->cursor, 0);
        uint16_t type = big ? cursor_u16(&w->cursor, 2) : cursor_le16(&w->cursor, 2);
        if (length < 4)
            return walk_end(w, TCPTWIN_DECODE_MALFORMED_LINK);
        if (type == ATTRIBUTE_PAYLOAD) {
            cursor_trim(&w->cursor, length);
            cursor_skip(&w->cursor, 4);
            return LAYER_IP;
        }
        cursor_skip(&w->cursor, (length + 3u) & ~3u);
    }
    return walk_end(w, TCPTWIN_DECODE_TOO_DEEP);
}
