/* ip_extension.c - IPv6 extension headers (RFC 8200 4), and AH, which IPv4 has too
 *
 *     next header | length in 8-byte units beyond the first | ...
 *
 * Nothing is asked of their order, as receivers ask nothing (RFC 8200 4.1). Routing headers name
 * the final destination, which is the connection's and the checksum's.
 */
#include "decoder.h"

enum {
    HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, DESTINATION_OPTIONS = 60,
    MOBILITY = 135, HOST_IDENTITY = 139, SHIM6 = 140
};

/** extension_length() - By kind and its length byte. */
static uint32_t extension_length(uint8_t protocol, uint8_t length)
{
    if (protocol == AUTHENTICATION)
        return (length + 2u) * 4u;
    return protocol == FRAGMENT ? 8u : (length + 1u) * 8u;
}

/** routing() - Where the packet really goes: RFC 5095's type 0, RFC 6275's 2, RFC 8754's 4. */
static void routing(struct walk *w, uint32_t length)
{
    enum { TYPE_SOURCE = 0, TYPE_MOBILE = 2, TYPE_SEGMENTS = 4 };
    uint8_t type = cursor_u8(&w->cursor, 2), segments_left = cursor_u8(&w->cursor, 3);
    if (segments_left == 0)
        return; /* the destination is the final one */
    uint32_t last = type == TYPE_SEGMENTS ? 8 : length - 16; /* type 4 counts from the end */
    bool known = type == TYPE_SOURCE || type == TYPE_MOBILE || type == TYPE_SEGMENTS;
    if (known && length >= 24 && cursor_has(&w->cursor, last, 16))
        cursor_copy(&w->cursor, last, w->ip.dst.bytes, 16);
    else
        w->ip.unverifiable = true;
}

/**
 * option_at() - Where an option of a hop-by-hop or destination options header begins
 * @length: Bytes that it must have, with its kind and length bytes.
 * Return: its offset, all of it captured, or 0.
 */
static uint32_t option_at(const struct cursor *c, uint8_t kind, uint32_t length)
{
    enum { OPTION_PAD1 = 0 };
    uint32_t end = extension_length(HOP_BY_HOP, cursor_u8(c, 1));
    for (uint32_t at = 2; at + length <= end && cursor_has(c, at, length);) {
        uint8_t found = cursor_u8(c, at);
        if (found == kind && cursor_u8(c, at + 1) == length - 2)
            return at;
        at += found == OPTION_PAD1 ? 1u : 2u + cursor_u8(c, at + 1);
    }
    return 0;
}

/** home_address() - RFC 6275 6.3: a mobile node names the address that its connections have. */
static void home_address(struct walk *w)
{
    enum { OPTION_HOME_ADDRESS = 0xc9 };
    uint32_t at = option_at(&w->cursor, OPTION_HOME_ADDRESS, 18);
    if (at != 0)
        cursor_copy(&w->cursor, at + 2, w->ip.src.bytes, 16);
}

/** fragment() - The fragment header; the cursor stands on it. */
static int fragment(struct walk *w, uint8_t next)
{
    uint16_t field = cursor_u16(&w->cursor, 2);
    struct fragment part = {.id = cursor_u32(&w->cursor, 4),
                            .offset = field & 0xfff8u,
                            .protocol = next,
                            .more = field & 1};
    cursor_skip(&w->cursor, 8);
    if (part.offset == 0 && !part.more)
        return next; /* an atomic fragment (RFC 6946) is a whole packet */
    return fragment_add(w, &part) ? part.protocol : IP_EXTENSION_END;
}

int ip_extension(struct walk *w, uint8_t protocol)
{
    switch (protocol) {
    case AUTHENTICATION:
        break;
    case HOP_BY_HOP:
    case ROUTING:
    case FRAGMENT:
    case DESTINATION_OPTIONS:
    case MOBILITY:
    case HOST_IDENTITY:
    case SHIM6:
        if (w->ip.version == 6)
            break;
        return IP_NOT_AN_EXTENSION;
    default:
        return IP_NOT_AN_EXTENSION;
    }
    if (walk_lacks(w, 8, TCPTWIN_DECODE_MALFORMED_IP))
        return IP_EXTENSION_END;
    uint8_t next = cursor_u8(&w->cursor, 0);
    if (protocol == FRAGMENT)
        return fragment(w, next);
    uint32_t length = extension_length(protocol, cursor_u8(&w->cursor, 1));
    if (length > w->cursor.wire && walk_lacks(w, length, TCPTWIN_DECODE_MALFORMED_IP))
        return IP_EXTENSION_END;
    if (protocol == ROUTING)
        routing(w, length);
    if (protocol == DESTINATION_OPTIONS)
        home_address(w);
    w->payload_summed = false; /* the sum would cover this header */
    cursor_skip(&w->cursor, length);
    return next;
}

uint32_t ip_v6_jumbo_length(const struct cursor *c)
{
    enum { OPTION_JUMBO = 0xc2 };
    uint32_t at = option_at(c, OPTION_JUMBO, 6);
    return at != 0 ? cursor_u32(c, at + 2) : 0;
}
